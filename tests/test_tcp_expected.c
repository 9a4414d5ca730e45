/*
 * Header prediction takes a short cut through the model. It must come out
 * where the long way does: each segment of every capture in testdata/, and
 * many drawn at random, is shown to both, and they are compared byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "base/error.h"
#include "capture/capture.h"
#include "packet_random.h"
#include "replay.h"
#include "tcp/step.h"

#define LIVES    1500
#define SEGMENTS 80
#define OPENINGS 20000
#define MS       INT64_C(1000000)

/* A copy that shares nothing. */
static void copy(struct conn *to, const struct conn *from, struct pool *pool)
{
	*to = *from;
	if (from->closing) {
		to->closing = pool_take(pool, sizeof(*to->closing));
		assert_non_null(to->closing);
		*to->closing = *from->closing;
	}
	if (from->holes) {
		to->holes = pool_take(pool, sizeof(*to->holes));
		assert_non_null(to->holes);
		*to->holes = *from->holes;
	}
}

static void assert_same_part(const void *a, const void *b, size_t n)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a)
		assert_memory_equal(a, b, n);
}

static void assert_same(const struct conn *a, const struct conn *b)
{
	struct conn x = *a, y = *b;
	assert_same_part(x.closing, y.closing, sizeof(*x.closing));
	assert_same_part(x.holes, y.holes, sizeof(*x.holes));
	x.closing = y.closing = NULL;
	x.holes = y.holes = NULL;
	assert_memory_equal(&x, &y, sizeof(x));
}

static void assert_same_step(const struct step *a, const struct step *b)
{
	struct step x = *a, y = *b;
	x.conn = y.conn = NULL;
	x.sender = y.sender = x.receiver = y.receiver = NULL;
	assert_memory_equal(&x, &y, offsetof(struct step, change));
	for (unsigned i = 0; i < x.n_changes; i++) {
		assert_memory_equal(&x.change[i], &y.change[i],
		                    offsetof(struct state_change, rolled_back));
		assert_int_equal(x.change[i].rolled_back,
		                 y.change[i].rolled_back);
		assert_int_equal(x.change[i].ts, y.change[i].ts);
	}
}

/* ---- captures ------------------------------------------------------------ */

/* What each stream would be by the long way. */
struct shadows {
	struct pool pool;
	struct conn conn[4096];
	bool is_there[4096];
	size_t n_segments;
};

static void begin(struct conn *shadow, const struct step *step)
{
	const struct conn *c = step->conn;
	conn_init(shadow, step->seg);
	shadow->opener = c->opener;
	shadow->direction_source = c->direction_source;
	shadow->incarnation = c->incarnation;
	shadow->stream = c->stream;
}

static void on_step(void *ctx, const struct step *step)
{
	struct shadows *shadows = ctx;
	const struct conn *c = step->conn;
	struct conn *shadow = &shadows->conn[c->stream];
	struct step as_well = { .pasts = step->pasts };

	assert_true(c->stream < 4096);
	if (!step->seg) { /* time passed: no segment to compare */
		conn_fini(shadow, &shadows->pool);
		copy(shadow, c, &shadows->pool);
		return;
	}
	if (!shadows->is_there[c->stream])
		begin(shadow, step);
	shadows->is_there[c->stream] = true;
	shadows->n_segments++;
	shadow->flow_id = c->flow_id;
	shadow->replaced = c->replaced;
	assert_int_equal(conn_observe_in_full(shadow, step->seg, step->from,
	                                      &shadows->pool, &as_well),
	                 TCPCLOSE_OK);
	assert_same_step(step, &as_well);
	assert_same(c, shadow);
}

static int on_record(void *ctx, const struct record *record)
{
	(void)ctx, (void)record;
	return TCPCLOSE_OK;
}

static void read_capture(const char *path, struct analyzer *a)
{
	struct capture *capture = NULL;
	struct tcpclose_packet pkt;
	struct tcpclose_error err = { 0 };
	const struct capture_options options = { 0 };
	assert_int_equal(capture_open(&capture, &path, 1, &options,
	                              &alloc_default, &err),
	                 TCPCLOSE_OK);
	while (capture_next(capture, &pkt, &err) > 0)
		assert_true(analyzer_packet(a, &pkt) >= 0);
	capture_close(capture);
}

static size_t compare_capture(const char *path)
{
	struct shadows *shadows = calloc(1, sizeof(*shadows));
	struct analyzer_options options;
	const struct analyzer_sink sink = {
		.ctx = shadows,
		.record = on_record,
		.step = on_step,
	};
	assert_non_null(shadows);
	pool_init(&shadows->pool, &alloc_default, 0);
	analyzer_options_init(&options);
	struct analyzer *a = analyzer_new(&options, &sink, &alloc_default);
	assert_non_null(a);
	read_capture(path, a);
	analyzer_free(a);
	pool_fini(&shadows->pool);
	const size_t n = shadows->n_segments;
	free(shadows);
	return n;
}

static void captures_come_out_the_same(void **state)
{
	(void)state;
	struct testdata data;
	size_t n = 0;
	testdata_find(&data);
	for (size_t i = 0; i < data.n; i++)
		n += compare_capture(data.path[i]);
	testdata_free(&data);
	assert_true(n > 3000);
}

/* ---- at random ----------------------------------------------------------- */

/* Mostly what is expected, and often nearly so. */
static void draw(uint64_t *dice, const struct conn *c, unsigned from,
                 int64_t ts, struct segment *seg)
{
	const struct end *x = &c->end[from], *y = &c->end[!from];
	const unsigned odd = random_below(dice, 24);
	memset(seg, 0, sizeof(*seg));
	seg->ts = ts;
	seg->frame = 1;
	seg->flags = odd == 0   ? TCP_FIN | TCP_ACK
	             : odd == 1 ? TCP_RST
	                        : TCP_ACK;
	seg->seq = seq_wrap(x->snd_nxt + (odd == 2) - (odd == 3), x->iss);
	seg->ack = seq_wrap(y->snd_nxt + (odd == 4) - (odd == 5), y->iss);
	seg->payload_len = random_below(dice, 2) ? 0 : random_below(dice, 3);
	seg->window = odd == 6 ? 0 : 500;
	seg->ttl = 64;
	seg->has_ip_id = true;
	seg->ip_id = (uint16_t)random_below(dice, 65536);
	seg->options = odd == 7 ? 0 : OPTION_TIMESTAMP;
	seg->tsval.wire = (uint32_t)(ts / MS) - (odd == 8 ? 5 : 0);
	seg->tsecr.wire = (uint32_t)(ts / MS) - (odd == 9 ? 900 : 1);
	if (odd == 10) {
		seg->options |= OPTION_SACK;
		seg->n_sacks = 1;
		seg->sack[0].left = seg->sack[0].right = seg->ack;
	}
}

/* SYN, SYN+ACK, unless the capture began too late for them. */
static void shake_hands(int i, struct segment *seg)
{
	seg->flags = i == 0 ? TCP_SYN : TCP_SYN | TCP_ACK;
	seg->options |= OPTION_WSCALE | OPTION_SACK_PERMITTED;
	seg->wscale = 7;
	seg->payload_len = 0;
	if (i == 1)
		seg->ack.wire = 1001;
	seg->seq.wire = i == 0 ? 1000 : UINT32_MAX - 30;
}

/* As most lives go: one FIN of each end, and nothing odd but late ACKs. */
static void make_orderly(uint64_t *dice, const struct conn *c, unsigned from,
                         struct segment *seg)
{
	const struct end *x = &c->end[from], *y = &c->end[!from];
	const bool closed = conn_fin(c, from) != NULL;
	const bool late = random_below(dice, 4) == 0;
	seg->flags = TCP_ACK;
	if (!closed && random_below(dice, 12) == 0)
		seg->flags |= TCP_FIN;
	seg->seq = seq_wrap(x->snd_nxt, x->iss);
	seg->ack = seq_wrap(late ? y->snd_una : y->snd_nxt, y->iss);
	seg->window = 500;
	seg->options = OPTION_TIMESTAMP;
	seg->n_sacks = 0;
	seg->tsval.wire = (uint32_t)(seg->ts / MS);
	if (closed)
		seg->payload_len = 0;
}

/* To the connection, and to a copy of it by the long way. */
static void show_both(struct conn *c, const struct segment *seg, unsigned from,
                      const struct past *pasts, struct pool *pool)
{
	struct step step = { .pasts = pasts }, as_well = { .pasts = pasts };
	struct conn shadow;
	copy(&shadow, c, pool);
	assert_int_equal(conn_observe(c, seg, from, pool, &step), TCPCLOSE_OK);
	assert_int_equal(
		conn_observe_in_full(&shadow, seg, from, pool, &as_well),
		TCPCLOSE_OK);
	assert_same_step(&step, &as_well);
	assert_same(c, &shadow);
	conn_fini(&shadow, pool);
}

/* What can begin a connection, to a copy of it by the shortest way. */
static void begin_both(const struct conn *c, const struct segment *seg,
                       unsigned from, const struct past *pasts,
                       struct pool *pool)
{
	struct step step = { .pasts = pasts }, as_well = { .pasts = pasts };
	struct conn begun = *c, shadow = *c;
	if (!conn_can_begin(seg))
		return;
	conn_begin(&begun, seg, from, &step);
	assert_int_equal(
		conn_observe_in_full(&shadow, seg, from, pool, &as_well),
		TCPCLOSE_OK);
	assert_same_step(&step, &as_well);
	assert_same(&begun, &shadow);
	conn_fini(&shadow, pool);
}

enum kind { ODD, ORDERLY };

/* Returns  that both ends closed, and both FINs were acknowledged */
static bool live(uint64_t *dice, enum kind kind)
{
	const bool whole = random_below(dice, 3) > 0;
	int64_t ts = 1700000000000 * MS;
	struct conn c;
	struct pool pool;
	pool_init(&pool, &alloc_default, 0);
	memset(&c, 0, sizeof(c));
	for (int i = 0; i < SEGMENTS; i++) {
		struct segment seg;
		const unsigned from =
			i < 2 ? (unsigned)i : random_below(dice, 2);
		ts += (int64_t)random_below(dice, 60) * MS;
		draw(dice, &c, from, ts, &seg);
		if (kind == ORDERLY && i > 1)
			make_orderly(dice, &c, from, &seg);
		if (whole && i < 2)
			shake_hands(i, &seg);
		if (i == 0)
			conn_init(&c, &seg);
		show_both(&c, &seg, from, NULL, &pool);
	}
	const bool complete = conn_complete(&c);
	pool_fini(&pool);
	return complete;
}

/* Whatever may stand in the header of a SYN. */
static void draw_syn(uint64_t *dice, int64_t ts, struct segment *seg)
{
	const uint8_t marks = TCP_PSH | TCP_URG | TCP_ECE | TCP_CWR;
	memset(seg, 0, sizeof(*seg));
	seg->ts = ts;
	seg->frame = 1 + random_below(dice, 1000);
	seg->flags = (uint8_t)(TCP_SYN | (random_below(dice, 256) & marks));
	seg->seq.wire = random_below(dice, 4) ? 4000 : UINT32_MAX;
	seg->ack.wire = random_below(dice, 3) ? 0 : random_below(dice, 9000);
	seg->payload_len = random_below(dice, 16) ? 0 : 7;
	seg->window = (uint16_t)(random_below(dice, 8) ? 64240 : 0);
	seg->checksum = (uint16_t)random_below(dice, 65536);
	seg->options = (uint8_t)random_below(dice, 32);
	seg->options_cut = random_below(dice, 8) == 0;
	seg->wscale = (uint8_t)random_below(dice, 15);
	if (seg->options & OPTION_TIMESTAMP) {
		seg->tsval.wire = (uint32_t)(ts / MS) - random_below(dice, 9);
		seg->tsecr.wire = random_below(dice, 3) * 5000;
	}
	seg->has_ip_id = random_below(dice, 3) > 0; /* or it is IPv6 */
	seg->ip_id = seg->has_ip_id ? (uint16_t)random_below(dice, 3) : 0;
	seg->ttl = (uint8_t)(random_below(dice, 3) * 64);
	if (random_below(dice, 16) == 0) {
		seg->n_sacks = 1;
		seg->sack[0].right.wire = 4001;
	}
}

/* A SYN, then mostly what answers it, or a copy of it, or another SYN. */
static void draw_opening(uint64_t *dice, const struct conn *c, unsigned from,
                         int64_t ts, struct segment *seg)
{
	const struct end *x = &c->end[from], *y = &c->end[!from];
	const unsigned odd = random_below(dice, 24);
	const bool answers = (y->facts & END_SYN) && odd > 4;
	draw_syn(dice, ts, seg);
	if (answers || odd == 0) {
		seg->flags |= TCP_ACK;
		seg->ack = seq_wrap(1 + (odd == 5) - (odd == 6), y->iss);
	}
	if (odd == 1) { /* what an older life left behind */
		seg->flags = TCP_ACK;
		seg->ack.wire = random_below(dice, 9000);
	}
	if (odd == 7)
		seg->flags |= TCP_FIN;
	if (odd == 8)
		seg->flags |= TCP_RST;
	if (odd < 8 || !(x->facts & END_SYN))
		return;
	seg->seq = seq_wrap(odd > 12, x->iss); /* the third of a handshake */
	if (odd > 12)
		seg->flags &= (uint8_t)~TCP_SYN;
}

/* A life of the four-tuple before, of any outcome. */
static void draw_past(uint64_t *dice, int64_t now, struct past *past)
{
	memset(past, 0, sizeof(*past));
	past->ended = now - (int64_t)random_below(dice, 90) * 1000 * MS;
	for (int i = 0; i < 2; i++) {
		past->end[i].iss.wire = 100;
		past->end[i].snd_nxt.wire =
			4000u - (random_below(dice, 2) ? 65537 : 9);
		past->end[i].rcv_nxt.wire = 5000;
		past->end[i].tsval.wire = random_below(dice, 2)
		                                  ? (uint32_t)(now / MS) + 50
		                                  : 5000;
		past->facts[i] = (uint8_t)random_below(dice, 64);
		past->state[i] = (uint8_t)random_below(dice, N_TCP_STATES);
		past->prior[i] = (uint8_t)random_below(dice, CLOSED);
	}
}

/* Returns  that both ends opened */
static bool open_life(uint64_t *dice)
{
	int64_t ts = 1700000000000 * MS;
	struct conn c;
	struct past past;
	struct pool pool;
	const bool again = random_below(dice, 3) == 0;
	pool_init(&pool, &alloc_default, 0);
	draw_past(dice, ts, &past);
	for (unsigned i = 0; i < 5; i++) {
		struct segment seg;
		const unsigned from =
			random_below(dice, 8) ? i % 2 : random_below(dice, 2);
		if (i == 0) {
			draw_syn(dice, ts, &seg);
			conn_init(&c, &seg);
			c.opener = (uint8_t)random_below(dice, 2);
			begin_both(&c, &seg, from, again ? &past : NULL, &pool);
		} else {
			draw_opening(dice, &c, from, ts, &seg);
		}
		show_both(&c, &seg, from, again ? &past : NULL, &pool);
		ts += (int64_t)random_below(dice, 40) * MS / 4;
	}
	pool_fini(&pool);
	return c.end[0].state == ESTABLISHED && c.end[1].state == ESTABLISHED;
}

static void openings_come_out_the_same(void **state)
{
	(void)state;
	uint64_t dice = 793;
	int n_open = 0;
	for (int i = 0; i < OPENINGS; i++)
		n_open += open_life(&dice);
	assert_true(n_open > OPENINGS / 4);
}

static void random_segments_come_out_the_same(void **state)
{
	(void)state;
	uint64_t dice = 1990;
	for (int i = 0; i < LIVES; i++)
		live(&dice, ODD);
}

static void orderly_lives_come_out_the_same(void **state)
{
	(void)state;
	uint64_t dice = 9293;
	int n_complete = 0;
	for (int i = 0; i < LIVES; i++)
		n_complete += live(&dice, ORDERLY);
	assert_true(n_complete > LIVES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures_come_out_the_same),
		cmocka_unit_test(openings_come_out_the_same),
		cmocka_unit_test(random_segments_come_out_the_same),
		cmocka_unit_test(orderly_lives_come_out_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
