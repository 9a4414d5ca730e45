/* The stage for tests of the kernel's word. */
#include "kernel_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define BEGAN (INT64_C(1700000000) * SECOND)

static enum host_answer answer(void *ctx, const struct host_four_tuple *name,
                               struct host_socket *out)
{
	struct scene *s = ctx;
	const bool server = name->local_port == s->port[1];
	assert_int_equal(name->ip_version, 4);
	assert_memory_equal(&name->local, &s->addr[server], 16);
	assert_memory_equal(&name->remote, &s->addr[!server], 16);
	assert_int_equal(name->local_port, s->port[server]);
	assert_int_equal(name->remote_port, s->port[!server]);
	s->n_asked++;
	if (s->real)
		return host_sockets_ask(s->real, name, out);
	*out = s->socket[server];
	return s->answer[server];
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/* The word of the pin's object that says what showed the close. */
static void copy_shown_by(struct told *t, const struct finding_record *f)
{
	for (const struct field *d = f->kind->fields; d->name; d++) {
		const char *word;
		if (strcmp(d->name, "close_shown_by") != 0)
			continue;
		memcpy(&word, (const char *)f->detail + d->offset,
		       sizeof(word));
		copy(t->shown_by, sizeof(t->shown_by), word);
	}
}

static int hear(void *ctx, const struct record *r)
{
	struct scene *s = ctx;
	if (r->type == EVENT_TCP_CLOSE)
		s->n_findings +=
			((const struct close_record *)r->data)->findings.n;
	if (r->type != EVENT_TCP_FINDING)
		return TCPCLOSE_OK;
	const struct finding_record *f = r->data;
	assert_true(s->n_told < HEARD);
	struct told *t = &s->told[s->n_told++];
	copy(t->name, sizeof(t->name), f->finding);
	copy(t->phase, sizeof(t->phase), f->phase);
	copy(t->confidence, sizeof(t->confidence), f->confidence);
	copy(t->outcome, sizeof(t->outcome), f->outcome);
	copy(t->severity, sizeof(t->severity), f->severity);
	copy_shown_by(t, f);
	t->kernel = f->kernel;
	t->stands = finding_counts(f);
	t->event_id = f->flow.event_id;
	return TCPCLOSE_OK;
}

void scene_begin_with(struct scene *s, bool live, uint32_t rate)
{
	struct analyzer_options options;
	*s = (struct scene){
		.now = BEGAN,
		.addr = { { { 10, 0, 0, 1 } }, { { 10, 0, 0, 2 } } },
		.port = { 40000, 80 },
	};
	const struct analyzer_sink sink = { .ctx = s,
		                            .record = hear,
		                            .ask_kernel = answer };
	analyzer_options_init(&options);
	options.live = live;
	options.kernel_rate = rate;
	s->answer[0] = s->answer[1] = HOST_SOCKET_FOREIGN;
	s->a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(s->a);
}

void scene_begin(struct scene *s)
{
	scene_begin_with(s, true, 1000);
}

struct stats_record scene_end(struct scene *s)
{
	struct stats_record stats;
	assert_int_equal(analyzer_finish(s->a), TCPCLOSE_OK);
	analyzer_stats(s->a, &stats);
	analyzer_free(s->a);
	return stats;
}

void scene_state(struct scene *s, bool server, enum host_tcp_state state)
{
	s->answer[server] = HOST_SOCKET_FOUND;
	s->socket[server] = (struct host_socket){
		.state = state,
		.timer = HOST_TIMER_PROBE,
		.timer_expires = 3 * SECOND,
		.retransmits = HOST_UNKNOWN,
		.probes = 2,
		.rto = 208 * MS,
		.send_queue = 5001,
		.receive_queue = 0,
		.send_window = 0,
		.memory = 9000,
		.inode = 0,
		.uid = HOST_UNKNOWN,
		.is_whole = true,
	};
}

void scene_speak(struct scene *s, int after, bool server, uint8_t flags,
                 uint32_t seq, uint32_t ack, uint32_t len, uint16_t window)
{
	struct segment seg = {
		.ts = s->now += after * MS,
		.frame = ++s->frame,
		.tuple = {
			.src = s->addr[server],
			.dst = s->addr[!server],
			.sport = s->port[server],
			.dport = s->port[!server],
			.ip_version = 4,
		},
		.seq = { seq },
		.ack = { ack },
		.flags = flags,
		.payload_len = len,
		.window = window,
	};
	assert_int_equal(analyzer_segment(s->a, &seg), TCPCLOSE_OK);
}

void scene_handshake(struct scene *s)
{
	scene_speak(s, 0, false, TCP_SYN, 0, 0, 0, 60000);
	scene_speak(s, 1, true, TCP_SYN | TCP_ACK, 0, 1, 0, 60000);
	scene_speak(s, 1, false, TCP_ACK, 1, 1, 0, 60000);
}

/* The server's data fills the client's window. */
static void fill_window(struct scene *s)
{
	scene_speak(s, 1, true, TCP_ACK, 1, 1, 1000, 60000);
	scene_speak(s, 1, false, TCP_ACK, 1, 1001, 0, 0);
}

void scene_probe(struct scene *s, int after)
{
	scene_speak(s, after, true, TCP_ACK, 1000, 1, 0, 60000);
	scene_speak(s, 1, false, TCP_ACK, 1, 1001, 0, 0);
}

void scene_stall(struct scene *s)
{
	fill_window(s);
	for (int gap = 210; gap <= 3360; gap *= 2)
		scene_probe(s, gap);
}
