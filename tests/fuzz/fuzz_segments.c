/*
 * Fuzzing the model and the detectors: the bytes are a script of segments on
 * a few four-tuples, mostly near what would be sensible, since what is absurd
 * is soon called out of window. After every step the model must be whole.
 */
#include <assert.h>
#include <string.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "tcpclose/error.h"
#include "write/json_append.h"

#define TUPLES      4
#define BYTES_EACH  10
#define SEGMENTS    150 /* longer scripts say nothing new */
#define MILLISECOND 1000000LL

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What an end would send next. */
struct speaker {
	uint32_t seq, first, tsval;
};

struct script {
	struct analyzer *analyzer;
	struct speaker speaker[TUPLES][2];
	int64_t ts;
	uint64_t frame;
};

/* ---- the model is whole ------------------------------------------ */

static void check_end(const struct conn *c, unsigned i)
{
	const struct end *e = &c->end[i];
	const enum tcp_grade grade = conn_grade(c, i);
	assert(e->state < N_TCP_STATES);
	assert(grade <= GRADE_CERTAIN);
	assert(e->peer_fin <= GRADE_CERTAIN);
	assert(e->fin_acked <= GRADE_CERTAIN);
	assert(e->handshake <= GRADE_CERTAIN);
	assert((e->state == UNKNOWN) == (grade == GRADE_NONE));
	assert(e->wscale <= 14);
	assert(e->rtt >= 0);
	assert(e->last_ts <= c->last_ts);
	assert(e->state_since >= c->first_ts);
	if (!end_is(e, END_BASED))
		return;
	assert(e->snd_una <= e->passed);
	assert(e->passed <= e->snd_nxt);
	assert(e->snd_una >= 0);
	/* What is missing lies between the ISN and the newest byte. */
	assert(e->missing <= (uint64_t)e->snd_nxt);
}

static void check_ahead(const struct end *e, const struct spans *ahead)
{
	int64_t before = e->passed;
	assert(ahead->n <= SPANS_MAX);
	for (uint32_t i = 0; i < ahead->n; i++) {
		assert(before < ahead->span[i].from);
		assert(ahead->span[i].from < ahead->span[i].to);
		before = ahead->span[i].to;
	}
	assert(before <= e->snd_nxt);
}

static void check_fin(const struct conn *c, unsigned i)
{
	const struct fin_story *fin = conn_fin(c, i);
	if (!fin)
		return;
	assert(fin->n_sent > 0);
	assert(fin->pos >= 0);
	assert(fin->pos < c->end[i].snd_nxt);
	assert(fin->first_ts <= fin->last_ts && fin->last_ts <= c->last_ts);
	assert(fin->first_frame <= fin->last_frame);
	assert(fin->last_gap >= 0);
	assert(fin->acked_ts == CONN_NEVER ||
	       fin->last_acked_ts >= fin->acked_ts);
	for (int s = 0; s < N_TCP_STATES; s++)
		assert(fin->in_state[s] >= 0);
}

static void check_conn(const struct conn *c)
{
	assert(c->first_ts <= c->last_ts);
	assert(c->first_frame <= c->last_frame);
	assert(c->n_letters <= sizeof(c->letters));
	assert(c->opener <= 1);
	for (unsigned i = 0; i < 2; i++) {
		check_end(c, i);
		if (c->holes)
			check_ahead(&c->end[i], &c->holes->ahead[i]);
		if (c->closing)
			check_fin(c, i);
	}
}

static void check_change(const struct step *step, const struct state_change *x)
{
	assert(x->end <= 1);
	assert(x->from < N_TCP_STATES && x->to < N_TCP_STATES);
	assert(x->from != x->to);
	assert(x->event < N_TCP_EVENTS);
	assert(x->grade <= GRADE_CERTAIN);
	assert((x->grade == GRADE_NONE) == (x->to == UNKNOWN));
	assert(x->ts <= step->ts);
}

static void check_step(void *ctx, const struct step *step)
{
	const struct script *script = ctx;
	assert(step->conn);
	assert(step->n_changes < STEP_CHANGES);
	assert(step->ts <= script->ts);
	for (unsigned i = 0; i < step->n_changes; i++)
		check_change(step, &step->change[i]);
	assert((step->seg == NULL) == step_is(step, STEP_TIME));
	if (step->seg) {
		assert(step->from + step->to == 1);
		assert(step->seq <= step->seq_end);
		assert(step->idle >= 0);
		/* A capture duplicate is nothing but that. */
		assert(!step_is(step, STEP_CLONE) ||
		       step->meaning == STEP_CLONE);
	}
	check_conn(step->conn);
}

static int check_record(void *ctx, const struct record *record)
{
	char line[JSON_LINE_MAX];
	(void)ctx;
	const size_t n = json_append_record(record, line);
	assert(n > 2 && n <= JSON_LINE_MAX && line[n - 1] == '\n');
	(void)n;
	return TCPCLOSE_OK;
}

/* ---- the script -------------------------------------------------- */

static struct four_tuple tuple_of(unsigned i, unsigned from)
{
	struct four_tuple t;
	memset(&t, 0, sizeof(t));
	t.src.byte[0] = from ? 203 : 198;
	t.dst.byte[0] = from ? 198 : 203;
	t.sport = (uint16_t)(from ? 80 : 40000 + i);
	t.dport = (uint16_t)(from ? 40000 + i : 80);
	t.ip_version = 4;
	return t;
}

/* 0 to 3 ms in steps, seconds, or an hour: what timers there are. */
static int64_t pause_of(uint8_t byte)
{
	const int64_t n = byte & 63;
	switch (byte >> 6) {
	case 0:
		return n * MILLISECOND / 20;
	case 1:
		return n * 10 * MILLISECOND;
	case 2:
		return n * 1000 * MILLISECOND;
	default:
		return n * 100000 * MILLISECOND;
	}
}

/* Near a number that means something, or anywhere. */
static uint32_t number_of(const struct speaker *s, uint8_t how, uint8_t offset)
{
	const uint32_t delta = (uint32_t)(int32_t)(int8_t)offset;
	switch (how & 3) {
	case 0:
		return s->seq;
	case 1:
		return s->seq + delta;
	case 2:
		return s->first + delta;
	default:
		return s->seq + (delta << (how >> 3));
	}
}

static void add_options(struct segment *seg, const struct script *script,
                        const struct speaker *x, const struct speaker *y,
                        const uint8_t *b)
{
	if (b[0] & 0x10) {
		seg->options |= OPTION_TIMESTAMP;
		seg->tsval.wire = x->tsval + (uint32_t)(script->ts / 1000000) +
		                  (uint32_t)(int32_t)(int8_t)(b[9] & 0xf8);
		seg->tsecr.wire =
			y->tsval + (uint32_t)(script->ts / 1000000) - b[9] % 8;
	}
	if (b[0] & 0x20 && !(seg->flags & TCP_SYN)) {
		seg->options |= OPTION_SACK;
		seg->n_sacks = 1;
		seg->sack[0].left.wire = number_of(y, b[5], b[9]);
		seg->sack[0].right.wire = seg->sack[0].left.wire + b[8];
	}
	if (b[0] & 0x20 && seg->flags & TCP_SYN) {
		seg->options |= OPTION_SACK_PERMITTED | OPTION_WSCALE;
		seg->wscale = b[9] % 15;
	}
}

/* b: tuple, end and options; flags; pause; SEQ, ACK as number_of() reads
 * them; payload; window; clocks. */
static struct segment segment_of(struct script *script, const uint8_t *b)
{
	const unsigned i = b[0] % TUPLES, from = b[0] >> 2 & 1;
	struct speaker *x = &script->speaker[i][from];
	const struct speaker *y = &script->speaker[i][!from];
	script->ts += pause_of(b[2]);
	struct segment seg = {
		.ts = script->ts - (b[0] & 0x80 ? MILLISECOND : 0),
		.frame = ++script->frame,
		.tuple = tuple_of(i, from),
		.seq = { number_of(x, b[3], b[4]) },
		.ack = { number_of(y, b[5], b[6]) },
		.payload_len = b[7] & 0x80 ? (b[7] & 0x7fu) << 7 : 0,
		.window = (uint16_t)(b[8] * 257),
		.flags = b[1],
		.ttl = 64,
		.has_ip_id = true,
		.ip_id = b[0] & 0x40 ? (uint16_t)script->frame : 0,
		.checksum = b[9],
	};
	add_options(&seg, script, x, y, b);
	if (seg.flags & TCP_SYN)
		x->first = seg.seq.wire;
	const uint32_t end = seg.seq.wire + segment_len(&seg);
	if ((int32_t)(end - x->seq) > 0 || seg.flags & TCP_SYN)
		x->seq = end;
	return seg;
}

static void begin(struct script *script, const uint8_t *bytes)
{
	script->ts = 1700000000000 * MILLISECOND;
	for (unsigned i = 0; i < TUPLES; i++) {
		for (unsigned end = 0; end < 2; end++) {
			struct speaker *s = &script->speaker[i][end];
			s->seq = s->first = (uint32_t)bytes[i] << 24 |
			                    (bytes[i] & 1 ? 0xffff00 : 0);
			s->tsval = (uint32_t)bytes[end] << 24;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size < TUPLES)
		return 0;
	struct script script = { 0 };
	const struct analyzer_sink sink = { .ctx = &script,
		                            .record = check_record,
		                            .step = check_step };
	struct analyzer_options options;
	analyzer_options_init(&options);
	options.want_states = true;
	script.analyzer = analyzer_new(&options, &sink, &alloc_default);
	assert(script.analyzer);
	begin(&script, bytes);
	if (size > TUPLES + SEGMENTS * BYTES_EACH)
		size = TUPLES + SEGMENTS * BYTES_EACH;
	for (size_t at = TUPLES; at + BYTES_EACH <= size; at += BYTES_EACH) {
		const struct segment seg = segment_of(&script, bytes + at);
		const int status = analyzer_segment(script.analyzer, &seg);
		assert(status == TCPCLOSE_OK);
		(void)status;
	}
	const int status = analyzer_finish(script.analyzer);
	assert(status == TCPCLOSE_OK);
	(void)status;
	analyzer_free(script.analyzer);
	return 0;
}
