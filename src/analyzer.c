/*
 * The analyzer: packets in, records out. Here rooms are only wired together;
 * what is decided is decided in them.
 */
#include "analyzer.h"

#include <stdio.h>
#include <string.h>

#include "account.h"
#include "batch.h"
#include "bookkeeping.h"
#include "findings.h"
#include "flow/flow.h"
#include "hosts.h"
#include "notes.h"
#include "record/ids.h"
#include "record/ledger_records.h"

#define SECOND      INT64_C(1000000000)
#define TIME_LAST   (INT64_MAX / 2) /* in 2116 */
#define HOSTS_SHARE 16              /* of the memory: one part in so many */

struct analyzer {
	struct analyzer_options options;
	struct analyzer_sink sink;
	const struct tcpclose_allocator *alloc;
	struct flow_table *flows;
	struct notes_plan plan;
	struct hosts *hosts;
	uint32_t hosts_follow; /* hosts_follow() */
	uint32_t heeded[2]; /* steps that mean something to anybody, though no
	                     * end changes: before a close, and in it */
	int64_t now;        /* newest time known: a packet's or the caller's */
	int64_t first_packet, last_packet;
	bool began; /* the first packet told its time */
	uint64_t packets, bytes, clones, time_reversals;
	uint64_t verdict[N_DECODE_VERDICTS];
	struct findings findings;
	int status; /* the first failure, which ends the analysis */
	bool finished;
	struct flow_counts at_end; /* when the capture was over */
	struct ledger ledger;
	struct unanswered unanswered;
	struct batch batch;
};

void analyzer_options_init(struct analyzer_options *options)
{
	*options = (struct analyzer_options){
		.time_wait = 60 * SECOND,
		.linger = 60 * SECOND,
		.idle_timeout = 3600 * SECOND,
		.max_memory = UINT64_C(1) << 30,
		.findings = UINT64_MAX,
		.open_rate = 100,
		.kernel_rate = 1000,
		.port_range = LEDGER_PORT_RANGE,
		.batch = BATCH_MAX,
	};
}

/* ---- findings ---------------------------------------------------- */

static int on_host_finding(void *ctx, const struct host_finding *host,
                           struct finding_record *r)
{
	struct analyzer *a = ctx;
	return findings_tell(&a->findings, host, r);
}

/* ---- what the flow table tells ----------------------------------- */

static uint64_t on_name(void *ctx, const struct life *life)
{
	(void)ctx;
	return account_flow_id(life);
}

/* A change is in the file of the segment that made it. */
static int emit_states(struct analyzer *a, const struct life *life,
                       const struct step *step)
{
	const uint32_t source =
		step->seg ? step->seg->source : life->conn.source;
	struct account who;
	account_init(&who, life, sink_source_name(&a->sink, source));
	for (unsigned i = 0; i < step->n_changes; i++) {
		const struct state_change *change = &step->change[i];
		struct state_record r;
		fields_clear(state_record_fields, &r);
		r.head = (struct record_head){ change->ts, who.source };
		account_flow(&who, EVENT_TCP_STATE, NULL,
		             life->conn.n_changes - step->n_changes + i,
		             &r.flow);
		account_end(&who, who.client, &r.client);
		account_end(&who, !who.client, &r.server);
		r.end = account_role(&who, change->end);
		r.from = tcp_state_name((enum tcp_state)change->from);
		r.to = tcp_state_name((enum tcp_state)change->to);
		r.grade = tcp_grade_name((enum tcp_grade)change->grade);
		r.cause = tcp_event_name((enum tcp_event)change->event);
		if (step->seg)
			r.frame = step->seg->frame;
		r.rolled_back = change->rolled_back;
		const struct record record = record_of_state(&r);
		const int status = a->sink.record(a->sink.ctx, &record);
		if (status < 0)
			return status;
	}
	return TCPCLOSE_OK;
}

/* Detectors that mind the step, and what is to be told of it at once. */
static int take_notes(struct analyzer *a, struct life *life,
                      const struct step *step)
{
	struct notes *notes = life->notes;
	const struct notes_minds minds = notes_minds(notes, step, &a->plan);
	if (!minds.all)
		return TCPCLOSE_OK;
	int status =
		notes_observe(&notes, step, minds, flow_table_pool(a->flows));
	life->notes = notes;
	if (status >= 0 && a->options.live)
		status = findings_open(&a->findings, life, a->now);
	/* What was told of it while it lasts points to the life. */
	life->notes_size = notes && !notes->told ? notes->size : 0;
	life->heeded = notes ? notes->follows : 0;
	return status;
}

/* Not inlined: what is idle would pay for its registers. */
__attribute__((noinline)) static int
take_step(struct analyzer *a, struct life *life, const struct step *step)
{
	int status = TCPCLOSE_OK;
	a->clones += step_is(step, STEP_CLONE);
	if (book_minds(life, step))
		book_change(&a->ledger, life, step, a->options.linger);
	if (a->sink.step) {
		life->conn.flow_id = account_flow_id(life);
		a->sink.step(a->sink.ctx, step);
	}
	if (step->n_changes > 0 || step_is(step, a->hosts_follow))
		hosts_step(a->hosts, life, step);
	if (notes_concern(life->notes, step, &a->plan))
		status = take_notes(a, life, step);
	if (status < 0 || !a->options.want_states || step->n_changes == 0)
		return status;
	return emit_states(a, life, step);
}

/* Most of a transfer changes nothing, and means nothing to anybody. */
static int on_step(void *ctx, struct life *life, const struct step *step)
{
	struct analyzer *a = ctx;
	const uint32_t heeded =
		a->heeded[life->conn.closing != NULL] | life->heeded;
	if (step_is(step, STEP_NEW_DATA))
		book_payload(life, step->from);
	if (!step_is(step, heeded) && !book_minds(life, step) && !a->sink.step)
		return TCPCLOSE_OK;
	return take_step(a, life, step);
}

/* Whoever keeps books of lives hears of it before it is told. */
static void end_account(struct analyzer *a, struct life *life,
                        enum end_reason reason, struct account *who)
{
	book_over(&a->ledger, life, reason, a->now);
	findings_note_losses(&a->findings, &life->conn, a->now);
	account_init(who, life, sink_source_name(&a->sink, life->conn.source));
}

static int on_over(void *ctx, struct life *life, enum end_reason reason)
{
	struct analyzer *a = ctx;
	const struct moment moment = { &life->conn, a->now, reason };
	struct account who;
	struct close_record close;

	hosts_over(a->hosts, life, a->now);
	end_account(a, life, reason, &who);
	account_close(&who, &moment, &close);
	source_name_frame(&a->ledger.sources, who.source, &close.last_frame);
	worst_take_close(&a->ledger.worst, &close);
	int status = findings_close(&a->findings, &who, &moment, &close);
	if (status >= 0 &&
	    (close.findings.n > 0 || !a->options.only_troubled)) {
		const struct record record = record_of_close(&close);
		status = a->sink.record(a->sink.ctx, &record);
	}
	notes_free(life->notes, flow_table_pool(a->flows));
	life->notes = NULL;
	return status;
}

/* No detector watched it, and none of hosts minds its end, so there is no
 * finding; and a SYN that nobody answered is not among the worst of anything
 * (record/worst.c). */
static int on_unanswered(void *ctx, struct life *life, enum end_reason reason)
{
	struct analyzer *a = ctx;
	const struct moment moment = { &life->conn, a->now, reason };
	struct account who;

	end_account(a, life, reason, &who);
	if (a->options.only_troubled)
		return TCPCLOSE_OK;
	account_unanswered(&who, &moment, &a->unanswered);
	struct record record = record_of_close(&a->unanswered.close);
	record.series = a->unanswered.series;
	return a->sink.record(a->sink.ctx, &record);
}

/* ---- the front --------------------------------------------------- */

struct analyzer *analyzer_new(const struct analyzer_options *options,
                              const struct analyzer_sink *sink,
                              const struct tcpclose_allocator *alloc)
{
	struct analyzer *a = alloc_new(alloc, 1, sizeof(*a));
	if (!a)
		return NULL;
	const struct flow_options flow_options = {
		.linger = options->linger,
		.idle_timeout = options->idle_timeout,
		.time_wait = options->time_wait,
		.max_memory = options->max_memory,
		.hash_seed = options->hash_seed,
	};
	const struct flow_events events = {
		.ctx = a,
		.name = on_name,
		.step = on_step,
		.over = on_over,
		.unanswered = on_unanswered,
	};
	a->options = *options;
	a->plan = notes_plan_of(options->findings);
	a->sink = *sink;
	a->alloc = alloc;
	ledger_init(&a->ledger, options->time_wait, options->port_range);
	a->ledger.sources = (struct source_names){
		.name = sink->source_name,
		.ctx = sink->ctx,
		.several = options->several_sources,
	};
	const struct host_rules rules = { options->time_wait,
		                          options->port_range };
	a->hosts = hosts_new(&rules, options->findings,
	                     options->max_memory / HOSTS_SHARE, alloc);
	const int made = findings_init(&a->findings, &a->options, &a->sink,
	                               &a->ledger, alloc);
	a->flows = flow_table_new(&flow_options, &events, alloc);
	if (made < 0 || !a->flows || !a->hosts) {
		analyzer_free(a);
		return NULL;
	}
	a->hosts_follow = hosts_follow(a->hosts);
	for (int in_close = 0; in_close < 2; in_close++)
		a->heeded[in_close] =
			a->hosts_follow | STEP_CLONE | a->plan.starts[in_close];
	a->findings.pool = flow_table_pool(a->flows);
	flow_table_charge(a->flows, hosts_memory(a->hosts) + sizeof(a->ledger));
	return a;
}

void analyzer_free(struct analyzer *a)
{
	if (!a)
		return;
	flow_table_free(a->flows);
	hosts_free(a->hosts, a->alloc);
	findings_fini(&a->findings);
	alloc_free(a->alloc, a);
}

void analyzer_several_sources(struct analyzer *a)
{
	a->ledger.sources.several = true;
}

/*
 * Time does not run backwards here; files and interfaces may. Nor
 * does it leave the range in which any timer can be added to it: a capture
 * may hold any 64 bits as a time stamp.
 */
static int64_t keep_time(struct analyzer *a, int64_t ts)
{
	const bool is_plain = ts >= a->now && ts <= TIME_LAST && a->began;
	if (is_plain)
		return a->now = a->last_packet = ts;
	if (ts < 0)
		ts = 0;
	if (ts > TIME_LAST)
		ts = TIME_LAST;
	if (!a->began)
		a->first_packet = a->now = ts;
	a->began = true;
	if (ts < a->now)
		a->time_reversals++;
	else
		a->now = ts;
	if (ts > a->last_packet)
		a->last_packet = ts;
	return a->now;
}

/* Live: what time has made a trouble, of a connection or of a host. */
static int look(struct analyzer *a)
{
	if (!a->options.live)
		return TCPCLOSE_OK;
	const int status = findings_look(&a->findings, a->now);
	return status < 0 ? status
	                  : hosts_look(a->hosts, a->now, on_host_finding, a);
}

/* A packet that holds no segment lets time pass. */
int analyzer_settle(struct analyzer *a)
{
	struct batch *b = &a->batch;
	const struct batch_packet *pkt = b->packet, *end = pkt + b->n;
	struct segment *seg = b->seg;
	const struct flow_place *place = b->place;
	int status = a->status;
	flow_table_expect(a->flows, seg, b->n_segments, b->place);
	for (; pkt < end && status >= 0; pkt++) {
		const int64_t ts = keep_time(a, pkt->ts);
		if (pkt->is_tcp) {
			seg->ts = ts;
			status = flow_table_take(a->flows, seg++, place++);
		} else {
			status = flow_table_advance(a->flows, ts);
		}
		if (status >= 0)
			status = look(a);
	}
	a->status = status;
	b->n = b->n_segments = 0;
	return status;
}

static void count(struct analyzer *a, enum decode_verdict verdict, uint32_t len)
{
	a->packets++;
	a->bytes += len;
	a->verdict[verdict]++;
}

int analyzer_gather(struct analyzer *a, const struct tcpclose_packet *pkt)
{
	count(a, batch_add(&a->batch, pkt, &a->options.decode), pkt->len);
	return a->batch.n < a->options.batch ? TCPCLOSE_OK : analyzer_settle(a);
}

int analyzer_packet(struct analyzer *a, const struct tcpclose_packet *pkt)
{
	const int status = analyzer_gather(a, pkt);
	return status < 0 ? status : analyzer_settle(a);
}

int analyzer_segment(struct analyzer *a, const struct segment *seg)
{
	const int status = analyzer_settle(a);
	if (status < 0)
		return status;
	batch_add_segment(&a->batch, seg);
	count(a, DECODE_TCP, 0);
	return analyzer_settle(a);
}

/* Before the first packet there is nothing that time could do. */
int analyzer_advance(struct analyzer *a, int64_t now)
{
	const int settled = analyzer_settle(a);
	if (settled < 0)
		return settled;
	if (now <= a->now || now > TIME_LAST)
		return TCPCLOSE_OK;
	a->now = now;
	if (a->packets == 0)
		return TCPCLOSE_OK;
	const int status = flow_table_advance(a->flows, now);
	return status < 0 ? status : look(a);
}

/* What is older than any life is of no concern: the set is bounded, and joins
 * the two that are closest when it is full. */
int analyzer_note_loss(struct analyzer *a, int64_t from, int64_t to)
{
	const int status = analyzer_settle(a);
	const int64_t last = to < TIME_LAST ? to : TIME_LAST;
	spans_add(&a->findings.losses, from < last ? from : last, last + 1);
	return status;
}

bool analyzer_found(const struct analyzer *a, enum severity severity)
{
	for (int s = (int)severity; s < N_SEVERITIES; s++) {
		if (a->findings.n_severity[s] > 0)
			return true;
	}
	return false;
}

/* ---- statistics -------------------------------------------------- */

/* Statistics that are asked for later still tell what was held at the end of
 * the capture, not what is left when all of it is reported. */
int analyzer_finish(struct analyzer *a)
{
	int status = analyzer_settle(a);
	if (status < 0)
		return status;
	if (!a->finished) {
		a->at_end = flow_table_counts(a->flows);
		a->finished = true;
	}
	status = flow_table_finish(a->flows, a->now);
	return status < 0 ? status : hosts_judge(a->hosts, on_host_finding, a);
}

int analyzer_accounts(struct analyzer *a, const char *source, bool final)
{
	const struct ledger_moment moment = {
		.now = a->now,
		.began = a->first_packet,
		.source = source,
		.is_final = final,
	};
	return ledger_hand_out(&a->ledger, &moment, a->sink.record,
	                       a->sink.ctx);
}

const struct ledger *analyzer_ledger(const struct analyzer *a)
{
	return &a->ledger;
}

void analyzer_stats(const struct analyzer *a, struct stats_record *stats)
{
	const struct flow_counts n =
		a->finished ? a->at_end : flow_table_counts(a->flows);
	const int64_t span = a->last_packet - a->first_packet;
	int64_t *verdict = (int64_t *)(void *)&stats->decode;

	fields_clear(stats_record_fields, stats);
	stats->head.timestamp = a->now;
	if (a->packets > 0) {
		stats->first_packet = a->first_packet;
		stats->last_packet = a->last_packet;
		stats->duration = span;
	}
	stats->packets = (int64_t)a->packets;
	stats->bytes = (int64_t)a->bytes;
	stats->tcp_segments = (int64_t)a->verdict[DECODE_TCP];
	if (span > 0)
		stats->packets_per_second =
			(int64_t)((double)a->packets * 1e9 / (double)span);
	stats->time_reversals = (int64_t)a->time_reversals;
	stats->capture_duplicates = (int64_t)a->clones;
	for (int i = 0; i < N_DECODE_VERDICTS; i++)
		verdict[i] = (int64_t)a->verdict[i];
	stats->connections = (int64_t)n.n_lives;
	stats->connections_open = (int64_t)n.lives;
	stats->past_incarnations = (int64_t)n.pasts;
	stats->findings = (int64_t)a->findings.n;
	if (a->options.live)
		stats->findings_held_back =
			(int64_t)a->findings.openings.held_back;
	kernel_fill_stats(&a->findings.kernel, stats);
	ledger_fill_stats(&a->ledger, stats);
	stats->evicted.past_incarnations = (int64_t)n.evicted_pasts;
	stats->evicted.unanswered_syns = (int64_t)n.evicted_syns;
	stats->evicted.connections = (int64_t)n.evicted_lives;
	stats->memory = (int64_t)n.memory;
	stats->memory_limit = (int64_t)n.memory_limit;
}
