/*
 * Replies of inet_diag and of routing, made here byte by byte: whole ones,
 * those of older and newer kernels, and what no kernel would send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "host/inet_diag.h"

#ifdef HAVE_LIBMNL

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#include "packet_fence.h"

#define SEQUENCE 7

static const struct host_four_tuple v4 = {
	.ip_version = 4,
	.local = { { 192, 0, 2, 1 } },
	.remote = { { 198, 51, 100, 2 } },
	.local_port = 80,
	.remote_port = 40000,
};

static const struct host_four_tuple v6 = {
	.ip_version = 6,
	.local = { { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
	.remote = { { 0x20, 1, 0xd, 0xb8, [15] = 2 } },
	.local_port = 80,
	.remote_port = 40000,
};

/* A reply in the making. */
struct made {
	char bytes[4096];
	size_t n;
};

static struct nlmsghdr *head_of(struct made *m, size_t at)
{
	return (struct nlmsghdr *)(void *)(m->bytes + at);
}

static struct nlmsghdr *add_head(struct made *m, uint16_t type)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(m->bytes + m->n);
	head->nlmsg_type = type;
	head->nlmsg_seq = SEQUENCE;
	return head;
}

static void end_message(struct made *m, const struct nlmsghdr *head)
{
	m->n += (head->nlmsg_len + 3u) & ~3u;
}

/* The body of a reply about `name` as a socket of its family has it. */
static struct inet_diag_msg *add_socket(struct nlmsghdr *head,
                                        const struct host_four_tuple *name,
                                        uint8_t state)
{
	const size_t size = name->ip_version == 4 ? 4 : 16;
	struct inet_diag_msg *d = mnl_nlmsg_put_extra_header(head, sizeof(*d));
	d->idiag_family = name->ip_version == 4 ? AF_INET : AF_INET6;
	d->idiag_state = state;
	d->id.idiag_sport = htons(name->local_port);
	d->id.idiag_dport = htons(name->remote_port);
	memcpy(d->id.idiag_src, &name->local, size);
	memcpy(d->id.idiag_dst, &name->remote, size);
	return d;
}

/* A FIN-WAIT-1 that probes a closed window, as Linux tells it. */
static void make_pin(struct made *m, size_t info_size)
{
	const uint32_t memory[] = { 100, 0, 0, 0, 30, 2000, 4, 0, 0 };
	struct tcp_info info = { .tcpi_rto = 208000, .tcpi_snd_wnd = 9 };
	*m = (struct made){ .n = 0 };
	struct nlmsghdr *head = add_head(m, SOCK_DIAG_BY_FAMILY);
	struct inet_diag_msg *d = add_socket(head, &v4, HOST_FIN_WAIT_1);
	d->idiag_timer = HOST_TIMER_PROBE;
	d->idiag_expires = 6620;
	d->idiag_retrans = 3;
	d->idiag_wqueue = 2803713;
	d->idiag_rqueue = 5;
	d->idiag_uid = 33;
	mnl_attr_put_u8(head, INET_DIAG_SHUTDOWN, 3);
	mnl_attr_put(head, INET_DIAG_INFO, info_size, &info);
	mnl_attr_put(head, INET_DIAG_SKMEMINFO, sizeof(memory), memory);
	end_message(m, head);
}

static enum diag_reply take(const struct made *m,
                            const struct host_four_tuple *name,
                            struct host_socket *out)
{
	return inet_diag_take_socket(m->bytes, m->n, SEQUENCE, name, out);
}

/* ---- one socket ---------------------------------------------------------- */

static void a_pinned_orphan_is_understood(void **state)
{
	struct made m;
	struct host_socket s;
	(void)state;
	make_pin(&m, sizeof(struct tcp_info));
	assert_int_equal(take(&m, &v4, &s), DIAG_VALUE);
	assert_int_equal(s.state, HOST_FIN_WAIT_1);
	assert_int_equal(s.timer, HOST_TIMER_PROBE);
	assert_int_equal(s.timer_expires, INT64_C(6620000000));
	assert_int_equal(s.probes, 3);
	assert_int_equal(s.retransmits, HOST_UNKNOWN);
	assert_int_equal(s.rto, 208000000);
	assert_int_equal(s.send_queue, 2803713);
	assert_int_equal(s.receive_queue, 5);
	assert_int_equal(s.send_window, 9);
	assert_int_equal(s.memory, 2134);
	assert_int_equal(s.inode, 0);
	assert_int_equal(s.uid, HOST_UNKNOWN); /* an orphan has no owner */
	assert_true(s.is_whole);
}

static void an_older_kernel_tells_less(void **state)
{
	struct made m;
	struct host_socket s;
	(void)state;
	make_pin(&m, offsetof(struct tcp_info, tcpi_snd_wnd));
	assert_int_equal(take(&m, &v4, &s), DIAG_VALUE);
	assert_int_equal(s.rto, 208000000);
	assert_int_equal(s.send_window, HOST_UNKNOWN);
	make_pin(&m, 2);
	assert_int_equal(take(&m, &v4, &s), DIAG_VALUE);
	assert_int_equal(s.rto, HOST_UNKNOWN);
}

static void time_wait_has_no_queues(void **state)
{
	struct made m = { .n = 0 };
	struct host_socket s;
	(void)state;
	struct nlmsghdr *head = add_head(&m, SOCK_DIAG_BY_FAMILY);
	struct inet_diag_msg *d = add_socket(head, &v6, HOST_TIME_WAIT);
	d->idiag_timer = HOST_TIMER_TIME_WAIT;
	d->idiag_expires = (uint32_t)-20; /* it is due */
	end_message(&m, head);
	assert_int_equal(take(&m, &v6, &s), DIAG_VALUE);
	assert_int_equal(s.state, HOST_TIME_WAIT);
	assert_int_equal(s.timer_expires, 0);
	assert_int_equal(s.send_queue, HOST_UNKNOWN);
	assert_int_equal(s.inode, HOST_UNKNOWN);
	assert_false(s.is_whole);
}

static void ipv4_in_an_ipv6_socket_is_the_same_connection(void **state)
{
	struct made m = { .n = 0 };
	struct host_socket s;
	struct host_four_tuple mapped = { .ip_version = 6,
		                          .local_port = 80,
		                          .remote_port = 40000 };
	(void)state;
	for (int i = 10; i < 12; i++)
		mapped.local.byte[i] = mapped.remote.byte[i] = 0xff;
	memcpy(mapped.local.byte + 12, v4.local.byte, 4);
	memcpy(mapped.remote.byte + 12, v4.remote.byte, 4);
	struct nlmsghdr *head = add_head(&m, SOCK_DIAG_BY_FAMILY);
	add_socket(head, &mapped, HOST_ESTABLISHED);
	end_message(&m, head);
	assert_int_equal(take(&m, &v4, &s), DIAG_VALUE);
	m.bytes[NLMSG_HDRLEN + offsetof(struct inet_diag_msg, id.idiag_src)] =
		1;
	assert_int_equal(take(&m, &v4, &s), DIAG_NONE);
}

/* Where no connection is, the kernel gives the listener. */
static void another_socket_is_not_taken_for_it(void **state)
{
	struct host_socket s;
	(void)state;
	for (int what = 0; what < 6; what++) {
		struct made m = { .n = 0 };
		struct nlmsghdr *head = add_head(&m, SOCK_DIAG_BY_FAMILY);
		struct inet_diag_msg *d =
			add_socket(head, &v4, HOST_ESTABLISHED);
		if (what == 1)
			d->idiag_state = HOST_LISTEN;
		else if (what == 2)
			d->id.idiag_dport = 0;
		else if (what == 3)
			d->id.idiag_sport = htons(81);
		else if (what == 4)
			d->id.idiag_src[0] = 0;
		else if (what == 5)
			d->id.idiag_dst[0] = 0;
		end_message(&m, head);
		assert_int_equal(take(&m, &v4, &s),
		                 what == 0 ? DIAG_VALUE : DIAG_NONE);
	}
}

static void make_error(struct made *m, uint16_t type, int error)
{
	*m = (struct made){ .n = 0 };
	struct nlmsghdr *head = add_head(m, type);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(head, sizeof(*e));
	e->error = error;
	end_message(m, head);
}

static void errors_are_told_apart(void **state)
{
	struct made m;
	struct host_socket s;
	(void)state;
	make_error(&m, NLMSG_ERROR, -ENOENT);
	assert_int_equal(take(&m, &v4, &s), DIAG_NONE);
	make_error(&m, NLMSG_ERROR, -EPERM);
	assert_int_equal(take(&m, &v4, &s), DIAG_FAILED);
	head_of(&m, 0)->nlmsg_seq = SEQUENCE - 1;
	assert_int_equal(take(&m, &v4, &s), DIAG_OTHER);
	make_pin(&m, sizeof(struct tcp_info));
	head_of(&m, 0)->nlmsg_type = RTM_NEWROUTE;
	assert_int_equal(take(&m, &v4, &s), DIAG_OTHER);
}

/* Each prefix lies against an unreadable page, aligned as a buffer is. */
static void nothing_that_is_cut_is_overread(void **state)
{
	struct made m;
	struct host_socket s;
	struct fence fence;
	(void)state;
	make_pin(&m, sizeof(struct tcp_info));
	fence_init(&fence);
	for (size_t n = 0; n < m.n; n += MNL_ALIGNTO) {
		uint8_t *cut = fence.end - n;
		memcpy(cut, m.bytes, n);
		assert_int_equal(
			inet_diag_take_socket(cut, n, SEQUENCE, &v4, &s),
			DIAG_DAMAGED);
	}
	fence_fini(&fence);
}

static void what_no_kernel_sends_is_damaged(void **state)
{
	struct made m;
	struct host_socket s;
	(void)state;
	make_pin(&m, sizeof(struct tcp_info));
	struct inet_diag_msg *d = mnl_nlmsg_get_payload(head_of(&m, 0));
	d->idiag_state = 0;
	assert_int_equal(take(&m, &v4, &s), DIAG_DAMAGED);
	d->idiag_state = 200;
	assert_int_equal(take(&m, &v4, &s), DIAG_DAMAGED);
	d->idiag_state = HOST_ESTABLISHED;
	d->idiag_timer = 200; /* a timer of tomorrow is none */
	assert_int_equal(take(&m, &v4, &s), DIAG_VALUE);
	assert_int_equal(s.timer, HOST_TIMER_NONE);
	struct nlattr *first = (void *)(d + 1);
	first->nla_len = 60000;
	assert_int_equal(take(&m, &v4, &s), DIAG_DAMAGED);
	first->nla_len = 0;
	assert_int_equal(take(&m, &v4, &s), DIAG_DAMAGED);
	make_error(&m, NLMSG_ERROR, -ENOENT);
	head_of(&m, 0)->nlmsg_len = NLMSG_HDRLEN + 3;
	assert_int_equal(take(&m, &v4, &s), DIAG_DAMAGED);
}

/* ---- dumps --------------------------------------------------------------- */

static void add_counted(struct made *m, uint8_t state, uint8_t timer)
{
	struct nlmsghdr *head = add_head(m, SOCK_DIAG_BY_FAMILY);
	add_socket(head, &v4, state)->idiag_timer = timer;
	end_message(m, head);
}

static void dumps_are_counted_to_their_end(void **state)
{
	struct made m = { .n = 0 };
	struct host_socket_counts counts = { .fin_wait_2_short = 0 };
	uint64_t n = 0;
	(void)state;
	add_counted(&m, HOST_FIN_WAIT_2, HOST_TIMER_TIME_WAIT);
	add_counted(&m, HOST_FIN_WAIT_2, HOST_TIMER_KEEPALIVE);
	add_counted(&m, HOST_CLOSE_WAIT, HOST_TIMER_NONE);
	assert_int_equal(
		inet_diag_take_dump(m.bytes, m.n, SEQUENCE, &counts, &n),
		DIAG_MORE);
	assert_int_equal(n, 3);
	struct nlmsghdr *done = add_head(&m, NLMSG_DONE);
	*(int32_t *)mnl_nlmsg_put_extra_header(done, sizeof(int32_t)) = 0;
	end_message(&m, done);
	assert_int_equal(
		inet_diag_take_dump(m.bytes, m.n, SEQUENCE, &counts, &n),
		DIAG_DONE);
	assert_int_equal(counts.state[HOST_FIN_WAIT_2], 4);
	assert_int_equal(counts.fin_wait_2_short, 2);
	assert_int_equal(counts.state[HOST_CLOSE_WAIT], 2);
}

static void dumps_that_fail_say_so(void **state)
{
	struct made m;
	struct host_socket_counts counts = { .fin_wait_2_short = 0 };
	uint64_t n = 0;
	(void)state;
	make_error(&m, NLMSG_DONE, -ENOENT); /* there is no tcp_diag */
	assert_int_equal(
		inet_diag_take_dump(m.bytes, m.n, SEQUENCE, &counts, &n),
		DIAG_FAILED);
	make_error(&m, NLMSG_ERROR, -ENOENT); /* there is no inet_diag */
	assert_int_equal(
		inet_diag_take_dump(m.bytes, m.n, SEQUENCE, &counts, &n),
		DIAG_NONE);
	assert_int_equal(inet_diag_take_dump(m.bytes, 0, SEQUENCE, &counts, &n),
	                 DIAG_DAMAGED);
}

/* ---- routes -------------------------------------------------------------- */

static void only_a_local_route_makes_an_address_ours(void **state)
{
	struct made m = { .n = 0 };
	(void)state;
	struct nlmsghdr *head = add_head(&m, RTM_NEWROUTE);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(head, sizeof(*r));
	end_message(&m, head);
	r->rtm_type = RTN_LOCAL;
	assert_int_equal(inet_diag_take_local(m.bytes, m.n, SEQUENCE),
	                 DIAG_VALUE);
	r->rtm_type = RTN_UNICAST;
	assert_int_equal(inet_diag_take_local(m.bytes, m.n, SEQUENCE),
	                 DIAG_NONE);
	make_error(&m, NLMSG_ERROR, -ENETUNREACH);
	assert_int_equal(inet_diag_take_local(m.bytes, m.n, SEQUENCE),
	                 DIAG_NONE);
	assert_int_equal(inet_diag_take_local(m.bytes, 8, SEQUENCE),
	                 DIAG_DAMAGED);
}

static void requests_fit(void **state)
{
	char request[INET_DIAG_REQUEST_MAX] = { 0 };
	(void)state;
	assert_in_range(inet_diag_put_socket(request, 1, &v6, 3), 1,
	                sizeof(request));
	assert_in_range(inet_diag_put_dump(request, 1, 6, 1), 1,
	                sizeof(request));
	assert_in_range(inet_diag_put_route(request, 1, &v6.local, 6), 1,
	                sizeof(request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pinned_orphan_is_understood),
		cmocka_unit_test(an_older_kernel_tells_less),
		cmocka_unit_test(time_wait_has_no_queues),
		cmocka_unit_test(ipv4_in_an_ipv6_socket_is_the_same_connection),
		cmocka_unit_test(another_socket_is_not_taken_for_it),
		cmocka_unit_test(errors_are_told_apart),
		cmocka_unit_test(nothing_that_is_cut_is_overread),
		cmocka_unit_test(what_no_kernel_sends_is_damaged),
		cmocka_unit_test(dumps_are_counted_to_their_end),
		cmocka_unit_test(dumps_that_fail_say_so),
		cmocka_unit_test(only_a_local_route_makes_an_address_ours),
		cmocka_unit_test(requests_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* Status 77: skipped. */
int main(void)
{
	print_message("built without libmnl\n");
	return 77;
}

#endif
