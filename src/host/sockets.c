/* Questions to the kernel, and its answers. */
#include "host/sockets.h"

#include "base/alloc.h"
#include "base/error.h"

#ifdef HAVE_LIBMNL

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include "host/inet_diag.h"

#define REPLY_MAX 4096  /* of one socket: some 500 bytes */
#define DUMP_MAX  32768 /* the kernel fills no more: netlink_dump() */

/* States whose sockets are few, or are trouble; the others a counter of the
 * kernel tells. */
#define COUNTED                                                                \
	(1u << HOST_SYN_SENT | 1u << HOST_SYN_RECV | 1u << HOST_FIN_WAIT_1 |   \
	 1u << HOST_FIN_WAIT_2 | 1u << HOST_CLOSE_WAIT | 1u << HOST_LAST_ACK | \
	 1u << HOST_CLOSING)

/* A dump that may take several looks. */
struct census {
	bool is_asked;       /* replies to it are due */
	unsigned ip_version; /* whose turn it is; 0: none */
	struct host_socket_counts counts;
};

struct host_sockets {
	const struct tcpclose_allocator *alloc;
	struct mnl_socket *diag, *route, *dump;
	unsigned interface;
	uint32_t sequence, dump_sequence;
	struct census census;
	char bytes[DUMP_MAX];
};

/* ---- netlink ------------------------------------------------------------- */

static struct mnl_socket *open_one(int protocol)
{
	struct mnl_socket *s =
		mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) == 0)
		return s;
	const int why = errno;
	if (s)
		mnl_socket_close(s);
	errno = why;
	return NULL;
}

/* A new request; replies that were left over are told by their number. */
static uint32_t next_sequence(struct host_sockets *h)
{
	return ++h->sequence;
}

/* The next reply, into h->bytes; 0 if none came. */
static size_t receive(struct host_sockets *h, const struct mnl_socket *s,
                      size_t most)
{
	const ssize_t n = mnl_socket_recvfrom(s, h->bytes, most);
	return n > 0 ? (size_t)n : 0;
}

static size_t exchange(struct host_sockets *h, const struct mnl_socket *s,
                       const char *request, size_t size)
{
	if (mnl_socket_sendto(s, request, size) < 0)
		return 0;
	return receive(h, s, REPLY_MAX);
}

/* ---- one socket ---------------------------------------------------------- */

static enum diag_reply ask_with(struct host_sockets *h,
                                const struct host_four_tuple *name,
                                unsigned interface, struct host_socket *out)
{
	char request[INET_DIAG_REQUEST_MAX] = { 0 };
	const uint32_t sequence = next_sequence(h);
	const size_t size =
		inet_diag_put_socket(request, sequence, name, interface);
	enum diag_reply reply = DIAG_OTHER;
	size_t n = exchange(h, h->diag, request, size);
	while (n > 0 && reply == DIAG_OTHER) {
		reply = inet_diag_take_socket(h->bytes, n, sequence, name, out);
		if (reply == DIAG_OTHER)
			n = receive(h, h->diag, REPLY_MAX);
	}
	return reply;
}

/* Routes know which addresses are ours, also whole networks of them. */
static enum diag_reply ask_local(struct host_sockets *h,
                                 const struct host_four_tuple *name)
{
	char request[INET_DIAG_REQUEST_MAX] = { 0 };
	const uint32_t sequence = next_sequence(h);
	const size_t size = inet_diag_put_route(request, sequence, &name->local,
	                                        name->ip_version);
	enum diag_reply reply = DIAG_OTHER;
	size_t n = exchange(h, h->route, request, size);
	while (n > 0 && reply == DIAG_OTHER) {
		reply = inet_diag_take_local(h->bytes, n, sequence);
		if (reply == DIAG_OTHER)
			n = receive(h, h->route, REPLY_MAX);
	}
	return reply;
}

/* A link-local address belongs to an interface: RFC 4007 section 4. */
static bool is_link_local(const struct host_four_tuple *name)
{
	const uint8_t *byte = name->local.byte;
	return name->ip_version == 6 && byte[0] == 0xfe &&
	       (byte[1] & 0xc0) == 0x80;
}

enum host_answer host_sockets_ask(struct host_sockets *h,
                                  const struct host_four_tuple *name,
                                  struct host_socket *out)
{
	enum diag_reply reply = ask_with(h, name, 0, out);
	/* One that is bound to an interface is found with it only. */
	if (reply == DIAG_NONE && h->interface)
		reply = ask_with(h, name, h->interface, out);
	if (reply == DIAG_VALUE)
		return HOST_SOCKET_FOUND;
	if (reply != DIAG_NONE || (is_link_local(name) && !h->interface))
		return HOST_SOCKET_UNKNOWN;
	switch (ask_local(h, name)) {
	case DIAG_VALUE:
		return HOST_SOCKET_GONE;
	case DIAG_NONE:
		return HOST_SOCKET_FOREIGN;
	case DIAG_MORE:
	case DIAG_DONE:
	case DIAG_OTHER:
	case DIAG_FAILED:
	case DIAG_DAMAGED:
		break;
	}
	return HOST_SOCKET_UNKNOWN;
}

/* ---- how many ------------------------------------------------------------ */

static bool begin_dump(struct host_sockets *h, uint32_t states)
{
	char request[INET_DIAG_REQUEST_MAX] = { 0 };
	h->dump_sequence = next_sequence(h);
	const size_t size = inet_diag_put_dump(request, h->dump_sequence,
	                                       h->census.ip_version, states);
	h->census.is_asked = mnl_socket_sendto(h->dump, request, size) >= 0;
	return h->census.is_asked;
}

/* Read on in a dump, for so many sockets. */
static enum diag_reply read_dump(struct host_sockets *h, uint64_t *left)
{
	enum diag_reply reply = DIAG_MORE;
	while (*left > 0 && (reply == DIAG_MORE || reply == DIAG_OTHER)) {
		uint64_t n = 0;
		const size_t size = receive(h, h->dump, DUMP_MAX);
		if (size == 0)
			return DIAG_FAILED;
		reply = inet_diag_take_dump(h->bytes, size, h->dump_sequence,
		                            &h->census.counts, &n);
		*left -= n < *left ? n : *left;
	}
	return reply;
}

static int give_up(struct host_sockets *h)
{
	h->census = (struct census){ 0 };
	return TCPCLOSE_EIO;
}

int host_sockets_count(struct host_sockets *h, uint64_t most,
                       struct host_socket_counts *out)
{
	uint64_t left = most;
	if (h->census.ip_version == 0)
		h->census = (struct census){ .ip_version = 4 };
	while (h->census.ip_version != 0) {
		if (!h->census.is_asked && !begin_dump(h, COUNTED))
			return give_up(h);
		const enum diag_reply reply = read_dump(h, &left);
		if (reply == DIAG_MORE || reply == DIAG_OTHER)
			return 0;
		if (reply != DIAG_DONE)
			return give_up(h);
		h->census.is_asked = false;
		h->census.ip_version = h->census.ip_version == 4 ? 6 : 0;
	}
	*out = h->census.counts;
	return 1;
}

/* ---- opening ------------------------------------------------------------- */

static int fail(struct tcpclose_error *err, enum tcpclose_status status,
                const char *what)
{
	return error_set(err, status, (struct error_place){ 0 },
	                 "--kernel-states: %s: %s", what, strerror(errno));
}

void host_sockets_close(struct host_sockets *h)
{
	if (!h)
		return;
	if (h->diag)
		mnl_socket_close(h->diag);
	if (h->route)
		mnl_socket_close(h->route);
	if (h->dump)
		mnl_socket_close(h->dump);
	alloc_free(h->alloc, h);
}

/*
 * For one socket, ENOENT says that there is none, and also that the kernel has
 * no tcp_diag. A dump tells the difference, and makes the kernel load the
 * module where that is allowed.
 */
static int probe(struct host_sockets *h, struct tcpclose_error *err)
{
	uint64_t left = UINT64_MAX;
	h->census.ip_version = 4;
	errno = 0;
	const bool is_there = begin_dump(h, 1u << HOST_CLOSING) &&
	                      read_dump(h, &left) == DIAG_DONE;
	h->census = (struct census){ 0 };
	return is_there ? TCPCLOSE_OK
	                : error_set(err, TCPCLOSE_EUNSUPPORTED,
	                            (struct error_place){ 0 },
	                            "--kernel-states: this kernel does not "
	                            "tell of its sockets; load the module "
	                            "tcp_diag, or leave the option out");
}

int host_sockets_open(struct host_sockets **out, unsigned interface,
                      const struct tcpclose_allocator *alloc,
                      struct tcpclose_error *err)
{
	struct host_sockets *h = alloc_new(alloc, 1, sizeof(*h));
	int status = TCPCLOSE_OK;
	*out = NULL;
	if (!h)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	h->alloc = alloc;
	h->interface = interface;
	h->diag = open_one(NETLINK_SOCK_DIAG);
	h->dump = h->diag ? open_one(NETLINK_SOCK_DIAG) : NULL;
	h->route = h->dump ? open_one(NETLINK_ROUTE) : NULL;
	if (!h->route)
		status = fail(err, TCPCLOSE_EIO, "cannot ask the kernel");
	else
		status = probe(h, err);
	if (status == TCPCLOSE_OK)
		*out = h;
	else
		host_sockets_close(h);
	return status;
}

void host_sockets_descriptors(const struct host_sockets *h,
                              int fd[static HOST_SOCKETS_DESCRIPTORS])
{
	fd[0] = mnl_socket_get_fd(h->diag);
	fd[1] = mnl_socket_get_fd(h->route);
	fd[2] = mnl_socket_get_fd(h->dump);
}

#else /* HAVE_LIBMNL */

int host_sockets_open(struct host_sockets **out, unsigned interface,
                      const struct tcpclose_allocator *alloc,
                      struct tcpclose_error *err)
{
	(void)interface;
	(void)alloc;
	*out = NULL;
	return error_set(err, TCPCLOSE_EUNSUPPORTED, (struct error_place){ 0 },
	                 "--kernel-states: built without libmnl; install it "
	                 "and build again, or leave the option out");
}

void host_sockets_close(struct host_sockets *h)
{
	(void)h;
}

void host_sockets_descriptors(const struct host_sockets *h,
                              int fd[static HOST_SOCKETS_DESCRIPTORS])
{
	(void)h;
	fd[0] = fd[1] = fd[2] = -1;
}

enum host_answer host_sockets_ask(struct host_sockets *h,
                                  const struct host_four_tuple *name,
                                  struct host_socket *out)
{
	(void)h;
	(void)name;
	(void)out;
	return HOST_SOCKET_UNKNOWN;
}

int host_sockets_count(struct host_sockets *h, uint64_t most,
                       struct host_socket_counts *out)
{
	(void)h;
	(void)most;
	(void)out;
	return TCPCLOSE_EUNSUPPORTED;
}

#endif
