/*
 * What the kernel says of real sockets on loopback, and of connections that
 * are none of this host's. Nothing leaves the machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "host/counters.h"
#include "host/sockets.h"
#include "kernel_scene.h"

#ifdef HAVE_LIBMNL

/* A connection on loopback, and its names as its two ends know it. */
struct pair {
	int client, server;
	struct host_four_tuple from_client, from_server;
};

static struct host_sockets *ask_of(unsigned interface)
{
	struct tcpclose_error err = { 0 };
	struct host_sockets *h;
	const int status =
		host_sockets_open(&h, interface, &alloc_default, &err);
	if (status != TCPCLOSE_OK)
		fail_msg("%s", err.text);
	return h;
}

static enum host_answer ask(const struct host_four_tuple *name,
                            struct host_socket *out)
{
	struct host_sockets *h = ask_of(0);
	const enum host_answer answer = host_sockets_ask(h, name, out);
	host_sockets_close(h);
	return answer;
}

static socklen_t loopback(int family, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ .ss_family = (sa_family_t)family };
	if (family == AF_INET) {
		struct sockaddr_in *in = (void *)out;
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (void *)out;
	in6->sin6_addr = in6addr_loopback;
	return sizeof(*in6);
}

/* A listener on a port of its own; also on all addresses of both versions. */
static int listener(int family, bool on_all, uint16_t *port)
{
	struct sockaddr_storage at;
	socklen_t size = loopback(family, &at);
	const int s = socket(family, SOCK_STREAM, 0);
	struct sockaddr_in6 *in6 = (void *)&at;
	if (on_all)
		in6->sin6_addr = in6addr_any;
	assert_int_equal(bind(s, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(s, 5), 0);
	assert_int_equal(getsockname(s, (struct sockaddr *)&at, &size), 0);
	*port = ntohs(((struct sockaddr_in *)(void *)&at)->sin_port);
	return s;
}

static uint16_t local_port(int s)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	assert_int_equal(getsockname(s, (struct sockaddr *)&at, &size), 0);
	return ntohs(((struct sockaddr_in *)(void *)&at)->sin_port);
}

static struct host_four_tuple name_of(int family, uint16_t local,
                                      uint16_t remote)
{
	struct host_four_tuple name = {
		.ip_version = family == AF_INET ? 4 : 6,
		.local_port = local,
		.remote_port = remote,
	};
	if (family == AF_INET)
		name.local = (struct ip_addr){ { 127, 0, 0, 1 } };
	else
		name.local.byte[15] = 1;
	name.remote = name.local;
	return name;
}

static void connect_to(struct pair *p, int family, uint16_t port)
{
	struct sockaddr_storage at;
	const socklen_t size = loopback(family, &at);
	((struct sockaddr_in *)(void *)&at)->sin_port = htons(port);
	p->client = socket(family, SOCK_STREAM, 0);
	assert_int_equal(connect(p->client, (struct sockaddr *)&at, size), 0);
	const uint16_t client = local_port(p->client);
	p->from_client = name_of(family, client, port);
	p->from_server = name_of(family, port, client);
}

/* family  of the client
 * dual    the listener is one of IPv6 that takes both */
static void open_pair(struct pair *p, int family, bool dual)
{
	uint16_t port;
	const int s = listener(dual ? AF_INET6 : family, dual, &port);
	connect_to(p, family, port);
	p->server = accept(s, NULL, NULL);
	assert_true(p->server >= 0);
	close(s);
}

static void close_pair(struct pair *p)
{
	if (p->client >= 0)
		close(p->client);
	if (p->server >= 0)
		close(p->server);
}

static ino_t inode_of(int s)
{
	struct stat st;
	assert_int_equal(fstat(s, &st), 0);
	return st.st_ino;
}

/* The ACK of a FIN may be delayed for 40 ms. */
static void expect_soon(const struct host_four_tuple *name,
                        enum host_tcp_state wanted, struct host_socket *out)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (ask(name, out) == HOST_SOCKET_FOUND && out->state == wanted)
			return;
		usleep(2000);
	}
	fail_msg("state %d did not come", wanted);
}

/* ---- connections --------------------------------------------------------- */

static void expect_open(const struct host_four_tuple *name, int s)
{
	struct host_socket out;
	assert_int_equal(ask(name, &out), HOST_SOCKET_FOUND);
	assert_int_equal(out.state, HOST_ESTABLISHED);
	assert_true(out.is_whole);
	assert_int_equal(out.inode, inode_of(s));
	assert_int_equal(out.uid, getuid());
	assert_int_equal(out.send_queue, 0);
	assert_true(out.rto > 0);
}

static void both_ends_of_a_connection_are_found(void **state)
{
	static const struct {
		int family;
		bool dual;
	} way[] = { { AF_INET, false },
		    { AF_INET6, false },
		    { AF_INET, true } };
	(void)state;
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		struct pair p;
		open_pair(&p, way[i].family, way[i].dual);
		expect_open(&p.from_client, p.client);
		expect_open(&p.from_server, p.server);
		close_pair(&p);
	}
}

static void half_a_close_shows_at_both_ends(void **state)
{
	struct pair p;
	struct host_socket out;
	(void)state;
	open_pair(&p, AF_INET, false);
	assert_int_equal(send(p.client, "unread", 6, 0), 6);
	close(p.client);
	p.client = -1;
	expect_soon(&p.from_server, HOST_CLOSE_WAIT, &out);
	assert_int_equal(out.receive_queue, 7); /* the FIN counts */
	expect_soon(&p.from_client, HOST_FIN_WAIT_2, &out);
	assert_true(out.timer_expires > 0);
	assert_false(out.is_whole && out.inode != 0);
	close_pair(&p);
}

static void time_wait_is_found(void **state)
{
	struct pair p;
	struct host_socket out;
	(void)state;
	open_pair(&p, AF_INET6, false);
	close(p.client);
	close(p.server);
	expect_soon(&p.from_client, HOST_TIME_WAIT, &out);
	assert_int_equal(out.timer, HOST_TIMER_TIME_WAIT);
	assert_in_range(out.timer_expires, INT64_C(50000000000),
	                INT64_C(60500000000));
	assert_int_equal(ask(&p.from_server, &out), HOST_SOCKET_GONE);
}

static void one_that_is_not_accepted_has_no_file(void **state)
{
	struct pair p;
	struct host_socket out;
	uint16_t port;
	(void)state;
	const int s = listener(AF_INET, false, &port);
	connect_to(&p, AF_INET, port);
	assert_int_equal(ask(&p.from_server, &out), HOST_SOCKET_FOUND);
	assert_int_equal(out.state, HOST_ESTABLISHED);
	assert_int_equal(out.inode, 0);
	close(p.client);
	close(s);
}

static void a_pinned_close_is_fin_wait_1(void **state)
{
	struct pair p;
	struct host_socket out;
	static const char block[65536];
	(void)state;
	open_pair(&p, AF_INET, false);
	while (send(p.server, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	close(p.server);
	p.server = -1;
	assert_int_equal(ask(&p.from_server, &out), HOST_SOCKET_FOUND);
	assert_int_equal(out.state, HOST_FIN_WAIT_1);
	assert_int_equal(out.inode, 0);
	assert_true(out.send_queue > 1);
	assert_true(out.memory >= out.send_queue);
	close_pair(&p);
}

/* ---- what is none -------------------------------------------------------- */

static void a_listener_is_no_connection(void **state)
{
	struct host_socket out;
	uint16_t port;
	(void)state;
	const int s = listener(AF_INET, false, &port);
	const struct host_four_tuple name = name_of(AF_INET, port, 1);
	assert_int_equal(ask(&name, &out), HOST_SOCKET_GONE);
	close(s);
}

static void addresses_of_others_are_foreign(void **state)
{
	struct host_socket out;
	struct host_four_tuple name = name_of(AF_INET, 1, 2);
	(void)state;
	name.local = (struct ip_addr){ { 192, 0, 2, 1 } };
	assert_int_equal(ask(&name, &out), HOST_SOCKET_FOREIGN);
	name = name_of(AF_INET6, 1, 2);
	name.local = (struct ip_addr){ { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	assert_int_equal(ask(&name, &out), HOST_SOCKET_FOREIGN);
	/* All of 127/8 is this host's, by its route. */
	name = name_of(AF_INET, 1, 2);
	name.local.byte[3] = 77;
	assert_int_equal(ask(&name, &out), HOST_SOCKET_GONE);
}

static void a_link_local_address_needs_its_interface(void **state)
{
	struct host_socket out;
	struct host_four_tuple name = name_of(AF_INET6, 1, 2);
	(void)state;
	name.local = (struct ip_addr){ { 0xfe, 0x80, [15] = 1 } };
	assert_int_equal(ask(&name, &out), HOST_SOCKET_UNKNOWN);
}

static void one_bound_to_an_interface_is_found_with_it(void **state)
{
	struct pair p;
	struct host_socket out;
	uint16_t port;
	(void)state;
	const int s = listener(AF_INET, false, &port);
	if (setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0)
		skip();
	connect_to(&p, AF_INET, port);
	struct host_sockets *h = ask_of(if_nametoindex("lo"));
	assert_int_equal(host_sockets_ask(h, &p.from_server, &out),
	                 HOST_SOCKET_FOUND);
	assert_int_equal(host_sockets_ask(h, &p.from_client, &out),
	                 HOST_SOCKET_FOUND);
	host_sockets_close(h);
	close(p.client);
	close(s);
}

/* ---- how many ------------------------------------------------------------ */

/* Others may come and go meanwhile: at least what was made here is there. */
static void sockets_are_counted(void **state)
{
	struct pair half, half6;
	struct host_socket closed;
	struct host_socket_counts n;
	struct host_counters c;
	struct host_counter_values v;
	(void)state;
	open_pair(&half, AF_INET, false);
	open_pair(&half6, AF_INET6, false);
	shutdown(half.server, SHUT_WR);
	shutdown(half6.server, SHUT_WR);
	expect_soon(&half.from_server, HOST_FIN_WAIT_2, &closed);
	expect_soon(&half6.from_server, HOST_FIN_WAIT_2, &closed);
	struct host_sockets *h = ask_of(0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(host_sockets_count(h, 65536, &n), 1);
		assert_true(n.state[HOST_CLOSE_WAIT] >= 2);
		assert_true(n.state[HOST_FIN_WAIT_2] >= 2);
		assert_int_equal(n.state[HOST_ESTABLISHED], 0);
	}
	host_counters_open(&c);
	assert_true(host_counters_read(&c, &v));
	assert_true(v.current >= 2); /* CLOSE-WAIT is among them */
	host_counters_close(&c);
	host_sockets_close(h);
	close_pair(&half);
	close_pair(&half6);
}

static void a_long_count_goes_on_in_the_next_call(void **state)
{
	struct pair half;
	struct host_socket closed;
	struct host_socket_counts n;
	int calls = 1, status;
	(void)state;
	open_pair(&half, AF_INET, false);
	shutdown(half.server, SHUT_WR);
	expect_soon(&half.from_server, HOST_FIN_WAIT_2, &closed);
	struct host_sockets *h = ask_of(0);
	while ((status = host_sockets_count(h, 1, &n)) == 0)
		assert_true(++calls < 10000);
	assert_int_equal(status, 1);
	assert_true(calls > 1);
	assert_true(n.state[HOST_CLOSE_WAIT] >= 1);
	assert_true(n.state[HOST_FIN_WAIT_2] >= 1);
	host_sockets_close(h);
	close_pair(&half);
}

/* ---- findings ------------------------------------------------------------ */

/* The socket is real; its packets are told, because a leak takes a minute. */
static void a_leak_is_told_with_its_close_wait(void **state)
{
	struct pair p;
	struct scene s;
	struct host_socket closed;
	(void)state;
	open_pair(&p, AF_INET, false);
	shutdown(p.client, SHUT_WR);
	expect_soon(&p.from_server, HOST_CLOSE_WAIT, &closed);
	scene_begin(&s);
	s.real = ask_of(0);
	s.addr[0] = s.addr[1] = p.from_client.local;
	s.port[0] = p.from_client.local_port;
	s.port[1] = p.from_server.local_port;
	scene_handshake(&s);
	scene_speak(&s, 1, false, TCP_FIN | TCP_ACK, 1, 1, 0, 60000);
	scene_speak(&s, 1, true, TCP_ACK, 1, 2, 0, 60000);
	assert_int_equal(analyzer_advance(s.a, s.now + 70 * SECOND), 0);
	scene_end(&s);
	assert_int_equal(s.n_told, 2);
	assert_string_equal(s.told[0].phase, "open");
	assert_string_equal(s.told[1].phase, "closed");
	for (size_t i = 0; i < s.n_told; i++) {
		const struct kernel_word *k = &s.told[i].kernel;
		assert_string_equal(s.told[i].name, "close_wait_leak");
		assert_string_equal(k->end, "server");
		assert_string_equal(k->state, "close_wait");
		assert_int_equal(k->inode, inode_of(p.server));
		assert_int_equal(k->unaccepted, 0);
	}
	host_sockets_close(s.real);
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_is_told_with_its_close_wait),
		cmocka_unit_test(a_long_count_goes_on_in_the_next_call),
		cmocka_unit_test(both_ends_of_a_connection_are_found),
		cmocka_unit_test(half_a_close_shows_at_both_ends),
		cmocka_unit_test(time_wait_is_found),
		cmocka_unit_test(one_that_is_not_accepted_has_no_file),
		cmocka_unit_test(a_pinned_close_is_fin_wait_1),
		cmocka_unit_test(a_listener_is_no_connection),
		cmocka_unit_test(addresses_of_others_are_foreign),
		cmocka_unit_test(a_link_local_address_needs_its_interface),
		cmocka_unit_test(one_bound_to_an_interface_is_found_with_it),
		cmocka_unit_test(sockets_are_counted),
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
