#include "cli/line_keeper.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/output_file.h"

#define PATIENCE_MS 1000

/* Which output, and with it the descriptor. */
struct message {
	unsigned char i;
	struct iovec body;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr head;
};

static struct msghdr *message_init(struct message *m)
{
	m->body = (struct iovec){ &m->i, sizeof(m->i) };
	m->head = (struct msghdr){
		.msg_iov = &m->body,
		.msg_iovlen = 1,
		.msg_control = m->control,
		.msg_controllen = sizeof(m->control),
	};
	return &m->head;
}

/* ---- the helper's own process ------------------------------------ */

/* Returns the output that a descriptor came for; -1 when the run is over. */
static int receive(int socket, int *fd)
{
	struct message m;
	if (recvmsg(socket, message_init(&m), MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m.head);
	if (!c || c->cmsg_type != SCM_RIGHTS || m.i >= LINE_KEEPER_FILES)
		return -1;
	memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return m.i;
}

static void serve(int socket, const void *ctx)
{
	const struct user *user = ctx;
	struct tcpclose_error err = { 0 };
	int kept[LINE_KEEPER_FILES], fd, i;
	if (user)
		(void)privileges_drop(user, &err); /* as the run: if it can */
	memset(kept, -1, sizeof(kept));
	while ((i = receive(socket, &fd)) >= 0) {
		if (kept[i] >= 0)
			close(kept[i]);
		kept[i] = fd;
	}
	for (i = 0; i < LINE_KEEPER_FILES; i++)
		if (kept[i] >= 0)
			output_file_mend(kept[i], NULL, NULL);
}

/* ---- the run's side ---------------------------------------------- */

void line_keeper_start(struct helper *keeper, const struct user *user)
{
	helper_start(keeper, serve, user);
}

void line_keeper_watch(const struct helper *keeper, unsigned i, int fd)
{
	struct message m = { .i = (unsigned char)i };
	if (keeper->socket < 0 || i >= LINE_KEEPER_FILES)
		return;
	struct msghdr *head = message_init(&m);
	struct cmsghdr *c = CMSG_FIRSTHDR(head);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	sendmsg(keeper->socket, head, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void line_keeper_end(struct helper *keeper)
{
	helper_end(keeper, PATIENCE_MS);
}
