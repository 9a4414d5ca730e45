/* Zero-window stalls: collected step by step. */
#include "detect/zero_window.h"

#include "record/backoff.h"

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

#define PROBES_LEAST 3
#define LASTS_LEAST  (5 * SECOND)
#define STEADY_LOW   (110 * SECOND) /* the cap of 120 s: TCP_RTO_MAX ... */
#define STEADY_HIGH  (130 * SECOND) /* ... and the timer wheel's tolerance */
#define GAP_MAX      (120 * SECOND)
#define PAUSE        SECOND /* nothing to send: the program decides */
#define SMALL_BUFFER 65536
#define LARGE_BUFFER (4 << 20) /* tcp_wmem's default maximum */

static void add(struct stall_numbers *list, int64_t n)
{
	if (list->n < STALL_NUMBERS)
		list->at[list->n++] = n;
	else
		list->n_more++;
}

/* ---- what a stall amounts to --------------------------------------------- */

bool stall_is_proper(const struct stall *s)
{
	return s->n_probes >= PROBES_LEAST && s->n_answers > 0 &&
	       s->n_regular > 0 && 2 * s->n_regular >= s->n_ratios &&
	       s->last_ts - s->zero_ts >= LASTS_LEAST;
}

static int64_t next_gap(const struct stall *s)
{
	if (s->is_steady)
		return s->gap;
	return 2 * s->gap < GAP_MAX ? 2 * s->gap : GAP_MAX;
}

bool stall_is_silent(const struct stall *s, int64_t now, int quarters)
{
	return s->n_probes >= PROBES_LEAST &&
	       now - s->probe_ts > quarters * next_gap(s) / 4;
}

/* Answered, it lasts until the backed-off timer reaches 120 s, which is after
 * 240 s at least; unanswered, for 8 probes: Linux tcp_probe_timer(). */
bool stall_fits_orphan(const struct stall *s)
{
	if (s->n_unanswered >= 7)
		return s->gap >= 20 * SECOND;
	return s->gap >= 55 * SECOND &&
	       s->probe_ts - s->zero_ts >= 110 * SECOND;
}

void stall_end_in_silence(struct stall *s)
{
	const int64_t due = s->probe_ts + next_gap(s);
	if (s->last_ts > due)
		s->last_ts = due;
}

void stall_take_numbers(struct stall *s, const struct conn *conn)
{
	const struct end *x = &conn->end[s->end], *r = &conn->end[!s->end];
	s->snd_nxt = seq_wrap(x->snd_nxt, x->iss).wire;
	s->rcv_nxt = seq_wrap(r->snd_una, r->iss).wire;
}

/* ---- the kernel's word --------------------------------------------------- */

/* Linux enters FIN-WAIT-1 or LAST-ACK when the program closes, although the FIN
 * must wait: __tcp_close(), tcp_close_state(). CLOSING is a FIN-WAIT-1 that
 * heard the peer's FIN. */
void stall_hear(struct stall *s, enum tcp_state state)
{
	if (state == FIN_WAIT_1 || state == CLOSING || state == LAST_ACK)
		s->word = WORD_CLOSED;
	else if (s->word == WORD_NONE &&
	         (state == ESTABLISHED || state == CLOSE_WAIT))
		s->word = WORD_OPEN;
}

enum stall_proof stall_proof(const struct stall *s)
{
	if (s->word == WORD_CLOSED && s->proof < PROOF_KERNEL)
		return PROOF_KERNEL;
	return (enum stall_proof)s->proof;
}

/* Silence that ends in nothing, or in a reset by either end, is what a program
 * that never closed may come to as well. */
bool stall_is_dismissed(const struct stall *s)
{
	if (s->word != WORD_OPEN)
		return false;
	if (s->phase == STALL_CLOSED)
		return s->proof != PROOF_FIN;
	return s->proof == PROOF_NONE || s->proof == PROOF_ABORT;
}

/* ---- beginning and ending ------------------------------------------------ */

static void keep(struct stalls *all, struct stall *s)
{
	for (unsigned i = 0; i < STALLS_KEPT; i++) {
		if (all->kept[i].phase == STALL_NONE) {
			all->kept[i] = *s;
			break;
		}
	}
	s->phase = STALL_NONE;
}

static void begin(struct stalls *all, const struct step *step, unsigned end)
{
	struct stall *s = &all->now[end];
	const struct fin_story *fin = conn_fin(step->conn, end);
	if (s->phase == STALL_CLOSED || (fin && fin->acked_ts != CONN_NEVER))
		return;
	if (s->phase != STALL_NONE)
		keep(all, s);
	*s = (struct stall){
		.phase = STALL_CLOSED,
		.end = (uint8_t)end,
		.outcome = STALL_UNDECIDED,
		.proof = fin ? PROOF_FIN : PROOF_NONE,
		.number = all->n_begun[end],
		.zero_ts = step->ts,
		.pinned_ts = step->ts,
		.last_ts = step->ts,
		.request_ts = CONN_NEVER,
	};
	if (all->n_begun[end] < UINT8_MAX)
		all->n_begun[end]++;
	if (step->from != end)
		add(&s->frames, (int64_t)step->seg->frame);
}

static void finish(struct stall *s, const struct step *step,
                   enum stall_outcome outcome)
{
	if (outcome != STALL_GAVE_UP)
		s->last_ts = step->ts;
	s->phase = STALL_OVER;
	s->outcome = (uint8_t)outcome;
	s->end_frame = step->seg->frame;
	stall_take_numbers(s, step->conn);
	if (!stall_is_proper(s))
		s->phase = STALL_NONE;
}

static void reopen(struct stall *s, const struct step *step)
{
	finish(s, step, STALL_RELEASED);
	if (s->phase == STALL_NONE || s->proof == PROOF_FIN)
		return;
	s->phase = STALL_REOPENED;
	s->una = step->conn->end[s->end].snd_una;
	s->flight_ts = step->ts;
	add(&s->frames, (int64_t)step->seg->frame);
}

/* ---- the end that cannot send -------------------------------------------- */

/* Data, or the FIN, sent again at SND.UNA against a closed window probes it
 * too: Linux tcp_retransmit_timer(). */
static bool is_probe(const struct step *step)
{
	const struct end *x = &step->conn->end[step->from];
	const struct end *r = &step->conn->end[step->to];
	if (step_is(step, STEP_PROBE))
		return true;
	return r->wnd == 0 && end_is(r, END_WINDOW) &&
	       step_is(step, STEP_REPEAT | STEP_FIN_COPY) &&
	       step->seq <= x->snd_una && step->seq_end > x->snd_una;
}

/* Gaps double until they come to the limit of the backoff: 120 s, or less
 * where tcp_rto_max_ms or TCP_RTO_MAX_MS says so. */
static void compare_gaps(struct stall *s, int64_t before, int64_t gap)
{
	const bool doubled = 2 * gap >= 3 * before && 2 * gap <= 5 * before;
	const bool at_most = gap >= STEADY_LOW && gap <= STEADY_HIGH &&
	                     before >= STEADY_LOW / 2;
	s->is_steady = s->n_regular > 0 && backoff_is_steady(before, gap);
	s->n_ratios++;
	s->n_regular += doubled || at_most || s->is_steady;
}

static void saw_probe(struct stall *s, const struct step *step)
{
	if (s->n_probes > 0) {
		const int64_t gap = step->ts - s->probe_ts;
		add(&s->gaps, gap);
		if (s->gap > 0)
			compare_gaps(s, s->gap, gap);
		s->gap = gap;
	}
	s->n_probes++;
	s->n_unanswered++;
	s->probe_ts = s->last_ts = step->ts;
	s->last_probe_frame = step->seg->frame;
	add(&s->frames, (int64_t)step->seg->frame);
}

/* An RST of the end itself: what it says about a close that was pending. */
static void saw_own_rst(struct stall *s, const struct step *step)
{
	const int64_t patience = conn_crossing(step->conn, step->from) + SECOND;
	const bool no_fin = s->proof != PROOF_FIN;
	if (step->rst.form == RST_ABORT) {
		if (no_fin && step->seq == step->conn->end[step->from].snd_una)
			s->proof = PROOF_ABORT;
		finish(s, step, STALL_RESET);
	} else if (stall_is_silent(s, step->ts, 5)) {
		if (no_fin)
			s->proof = stall_fits_orphan(s) ? PROOF_GONE
			                                : PROOF_SILENCE;
		finish(s, step, STALL_GAVE_UP);
	} else {
		if (no_fin && s->request_ts != CONN_NEVER &&
		    step->ts - s->request_ts <= patience)
			s->proof = PROOF_REFUSAL;
		finish(s, step, STALL_RESET);
	}
}

static void saw_fin(struct stall *s, const struct step *step)
{
	if (s->phase == STALL_CLOSED) {
		s->proof = PROOF_FIN;
		s->pinned_ts = step->ts;
		add(&s->frames, (int64_t)step->seg->frame);
	} else if (s->phase == STALL_REOPENED) {
		s->proof = step->seq_end - s->una <= SMALL_BUFFER
		                   ? PROOF_FLIGHT
		                   : PROOF_LONG_FLIGHT;
		s->held = step->seq_end - 1 - s->una;
		s->phase = STALL_OVER;
		s->end_frame = step->seg->frame;
	}
}

/* What follows a reopening is one flight of what had been waiting, as long as
 * the end never stops with the window open. */
static void saw_flight(struct stall *s, const struct step *step)
{
	if (s->phase != STALL_REOPENED || step->seq_end <= step->seq)
		return;
	if (step->ts - s->flight_ts > PAUSE ||
	    step->seq_end - s->una > LARGE_BUFFER)
		s->phase = STALL_NONE;
	s->flight_ts = step->ts;
}

static void end_speaks(struct stall *s, const struct step *step)
{
	const bool rst = step_is(step, STEP_RST);
	if (rst && s->phase == STALL_REOPENED)
		s->phase = STALL_NONE;
	else if (rst && s->phase == STALL_CLOSED)
		saw_own_rst(s, step);
	else if (s->phase == STALL_CLOSED && is_probe(step))
		saw_probe(s, step);
	saw_flight(s, step);
	if (step_is(step, STEP_FIN))
		saw_fin(s, step);
}

/* ---- the reader ---------------------------------------------------------- */

static void reader_resets(struct stall *s, const struct step *step)
{
	if (s->phase == STALL_REOPENED)
		s->phase = STALL_NONE;
	if (s->phase != STALL_CLOSED)
		return;
	s->reset_by_reader = true;
	finish(s, step, STALL_RESET);
}

static void reader_speaks(struct stall *s, const struct step *step)
{
	const struct end *r = &step->conn->end[step->from];
	const bool request = step_is(step, STEP_NEW_DATA);
	if (step_is(step, STEP_RST)) {
		reader_resets(s, step);
	} else if (s->phase == STALL_REOPENED) {
		s->flight_ts = step->ts;
		if (request)
			s->phase = STALL_NONE;
	} else if (s->phase == STALL_CLOSED) {
		if (request)
			s->request_ts = step->ts;
		if (step_is(step, STEP_WINDOW_OPENED) ||
		    (step_is(step, STEP_ACKS_FIN) && s->proof == PROOF_FIN)) {
			reopen(s, step);
		} else if (r->wnd == 0 && step->ack != CONN_NEVER) {
			s->n_answers++;
			s->n_unanswered = 0;
			s->last_ts = step->ts;
		}
	}
}

void stalls_observe(struct stalls *all, const struct step *step)
{
	if (step_is(step, STEP_STALE_RST))
		return;
	if (step_is(step, STEP_WINDOW_CLOSED) &&
	    !step_is(step, STEP_SYN | STEP_SYN_COPY))
		begin(all, step, step->to);
	else if (step_is(step, STEP_PROBE) &&
	         all->now[step->from].phase == STALL_NONE)
		begin(all, step, step->from);

	for (unsigned i = 0; i < 2 + STALLS_KEPT; i++) {
		struct stall *s = i < 2 ? &all->now[i] : &all->kept[i - 2];
		if (s->phase == STALL_NONE)
			continue;
		if (s->end == step->from)
			end_speaks(s, step);
		else
			reader_speaks(s, step);
	}
}
