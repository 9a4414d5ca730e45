#include "kernel.h"

/* In the kernel's numbers. LISTEN and CLOSE are of no connection. */
static enum tcp_state state_of(enum host_tcp_state state)
{
	static const uint8_t states[N_HOST_TCP_STATES] = {
		[HOST_ESTABLISHED] = ESTABLISHED,
		[HOST_SYN_SENT] = SYN_SENT,
		[HOST_SYN_RECV] = SYN_RECEIVED,
		[HOST_FIN_WAIT_1] = FIN_WAIT_1,
		[HOST_FIN_WAIT_2] = FIN_WAIT_2,
		[HOST_TIME_WAIT] = TIME_WAIT,
		[HOST_CLOSE] = CLOSED,
		[HOST_CLOSE_WAIT] = CLOSE_WAIT,
		[HOST_LAST_ACK] = LAST_ACK,
		[HOST_CLOSING] = CLOSING,
	};
	return (enum tcp_state)states[state];
}

static int64_t or_absent(int64_t n)
{
	return n == HOST_UNKNOWN ? ABSENT : n;
}

/*
 * Without a file a socket is an orphan if it was closed, and if not, one that
 * still waits in its listener's queue: sock_orphan(), inet_csk_accept(). The
 * first has left ESTABLISHED and CLOSE-WAIT, the second has not.
 */
static void tell_holder(const struct host_socket *s, struct kernel_word *out)
{
	const bool is_open =
		s->state == HOST_ESTABLISHED || s->state == HOST_CLOSE_WAIT;
	if (!s->is_whole || s->state == HOST_SYN_SENT)
		return;
	out->orphaned = s->inode == 0 && !is_open;
	if (is_open)
		out->unaccepted = s->inode == 0;
	if (s->inode != 0)
		out->inode = or_absent(s->inode);
	out->uid = or_absent(s->uid);
}

static void tell(const struct host_socket *s, struct kernel_word *out)
{
	out->state = tcp_state_name(state_of(s->state));
	out->timer = kernel_timer_words[s->timer];
	out->timer_expires = or_absent(s->timer_expires);
	out->retransmits = or_absent(s->retransmits);
	out->probes = or_absent(s->probes);
	out->rto = or_absent(s->rto);
	out->send_queue = or_absent(s->send_queue);
	out->receive_queue = or_absent(s->receive_queue);
	out->send_window = or_absent(s->send_window);
	out->memory = or_absent(s->memory);
	tell_holder(s, out);
}

static struct host_four_tuple name_of(const struct account *who, unsigned end)
{
	struct record_end local, remote;
	account_end(who, end, &local);
	account_end(who, !end, &remote);
	return (struct host_four_tuple){
		.local = local.ip.addr,
		.remote = remote.ip.addr,
		.local_port = (uint16_t)local.port,
		.remote_port = (uint16_t)remote.port,
		.ip_version = local.ip.version,
	};
}

static enum host_answer ask(struct kernel *k, const struct account *who,
                            unsigned end, struct kernel_word *out)
{
	struct host_socket socket;
	const struct host_four_tuple name = name_of(who, end);
	const enum host_answer answer = k->ask(k->ctx, &name, &socket);
	k->n_questions++;
	if (answer == HOST_SOCKET_FOUND)
		tell(&socket, out);
	else if (answer == HOST_SOCKET_GONE)
		out->state = tcp_state_name(CLOSED);
	if (out->state)
		out->end = account_role(who, end);
	return answer;
}

bool kernel_ask(struct kernel *k, const struct account *who,
                enum finding_end end, int64_t now, struct kernel_word *out)
{
	const unsigned first = end == FINDING_OF_END_1;
	fields_clear(kernel_word_fields, out);
	if (!k->ask || who->life->flow->key.tunnel)
		return false;
	if (!ration_take(&k->ration, 0, now))
		return false;
	enum host_answer answer = ask(k, who, first, out);
	if (answer == HOST_SOCKET_FOUND)
		return true;
	if (answer == HOST_SOCKET_FOREIGN && ration_take(&k->ration, 0, now))
		ask(k, who, !first, out);
	return false;
}

void kernel_fill_stats(const struct kernel *k, struct stats_record *stats)
{
	if (!k->ask)
		return;
	stats->findings_dismissed = (int64_t)k->n_dismissed;
	stats->kernel_questions = (int64_t)k->n_questions;
	stats->kernel_held_back = (int64_t)k->ration.held_back;
}
