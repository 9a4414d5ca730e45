/* The two ends of a figure. */
#include "figure_ends.h"

#include <stdlib.h>
#include <string.h>

#define MS     1000000LL
#define MSS    1460
#define WSCALE 7
#define WINDOW 64000
#define TTL    64
#define PORT_A 40000
#define PORT_B 80

static struct tcp_seq position(const struct figure_ends *ends,
                               enum figure_side side, int64_t at)
{
	return seq_wrap(at, (struct tcp_seq){ ends->world.iss[side] });
}

static struct tcp_ts clock_at(const struct figure_ends *ends,
                              enum figure_side side, int64_t ms)
{
	return (struct tcp_ts){ ends->world.ts_zero[side] + (uint32_t)ms };
}

static int64_t floor_ms(int64_t ns)
{
	return ns >= 0 ? ns / MS : -((-ns + MS - 1) / MS);
}

/* ---- what the figure says of itself ---------------------------------------
 */

void figure_options_init(struct figure_options *options)
{
	*options = (struct figure_options){
		.delay = { 5 * MS, 10 * MS },
		.mss = MSS,
	};
}

/* After `word`, where the text begins with it; 0 if it does not. */
static unsigned long number_after(const char **text, const char *word)
{
	const size_t len = strlen(word);
	char *end;
	if (strncmp(*text, word, len) != 0)
		return 0;
	const unsigned long number = strtoul(*text + len, &end, 10);
	*text = end;
	return number;
}

static const char *read_round_trips(struct figure_options *options,
                                    const char *text)
{
	const unsigned long a = number_after(&text, "rtt A ");
	const unsigned long b = number_after(&text, " ms, B ");
	if (a == 0 || b == 0 || strcmp(text, " ms") != 0)
		return "no such option";
	options->delay[SIDE_A] = (int64_t)a * MS / 2;
	options->delay[SIDE_B] = (int64_t)b * MS / 2;
	return NULL;
}

const char *figure_option_read(struct figure_options *options,
                               const char *drawn)
{
	const char *text = drawn;
	const unsigned long mss = number_after(&text, "mss ");
	if (mss > 0)
		options->mss = (uint32_t)mss;
	else if (strcmp(drawn, "no timestamps") == 0)
		options->no_timestamps = true;
	else if (strcmp(drawn, "no sack") == 0)
		options->no_sack = true;
	else if (strcmp(drawn, "no window scaling") == 0)
		options->no_wscale = true;
	else if (strcmp(drawn, "not over IPv6") == 0)
		options->no_ipv6 = true;
	else if (strcmp(drawn, "seen from A only") == 0)
		options->unseen[SIDE_B] = true;
	else if (strcmp(drawn, "seen from B only") == 0)
		options->unseen[SIDE_A] = true;
	else
		return read_round_trips(options, drawn);
	return NULL;
}

void figure_ends_init(struct figure_ends *ends,
                      const struct figure_world *world,
                      const struct figure_options *options)
{
	memset(ends, 0, sizeof(*ends));
	ends->world = *world;
	ends->options = *options;
	for (int i = 0; i < 2; i++) {
		ends->end[i].win = WINDOW;
		ends->end[i].id = (uint16_t)(1000 * (i + 1));
	}
}

/* ---- arrivals -------------------------------------------------------------
 */

/* Sent its FIN, has the ACK of it and the peer's FIN. */
static bool in_time_wait(const struct figure_end *e)
{
	return e->fin_sent && e->fin_acked && e->fin_taken;
}

static struct tcp_seq segment_end(const struct segment *seg)
{
	return seq_add(seg->seq, segment_len(seg));
}

/* RFC 7323 section 4.3. Linux's TIME_WAIT lets only an empty segment exactly
 * at RCV.NXT move TS.Recent, so that a repeated FIN does not:
 * tcp_timewait_state_process(). */
static bool moves_ts_recent(const struct figure_end *e,
                            const struct segment *seg)
{
	if (!e->has_ts_recent || segment_has(seg, TCP_SYN))
		return true;
	if (ts_diff(seg->tsval, e->ts_recent) < 0)
		return false;
	if (in_time_wait(e))
		return segment_len(seg) == 0 &&
		       seq_eq(seg->seq, e->last_ack_sent);
	return !e->acked || !seq_lt(e->last_ack_sent, seg->seq);
}

static void arrive(struct figure_end *e, const struct segment *seg)
{
	if (segment_has(seg, TCP_RST))
		return;
	if (seg->options & OPTION_TIMESTAMP && moves_ts_recent(e, seg)) {
		e->ts_recent = seg->tsval;
		e->has_ts_recent = true;
	}
	if (segment_has(seg, TCP_ACK) && e->fin_sent &&
	    seq_lt(e->fin, seg->ack))
		e->fin_acked = true;
	if (!e->heard || segment_has(seg, TCP_SYN) ||
	    seq_lt(e->heard_to, segment_end(seg)))
		e->heard_to = segment_end(seg);
	e->heard = true;
}

static void take_flight(struct figure_ends *ends, size_t i)
{
	struct figure_flight *f = &ends->flight[i];
	arrive(&ends->end[f->to], &f->seg);
	ends->n_flights--;
	memmove(f, f + 1, (ends->n_flights - i) * sizeof(*f));
}

static bool has_taken(const struct figure_end *e, struct tcp_seq ack)
{
	return e->heard && !seq_lt(e->heard_to, ack);
}

/* Let arrive at `to` what is due, and what an ACK that it sends proves. */
static void deliver(struct figure_ends *ends, enum figure_side to, int64_t now,
                    const struct figure_row *row)
{
	struct figure_end *e = &ends->end[to];
	const bool acks = row->ack != ROW_UNSAID;
	const struct tcp_seq ack =
		acks ? position(ends, !to, row->ack) : (struct tcp_seq){ 0 };
	for (size_t i = 0; i < ends->n_flights;) {
		const struct figure_flight *f = &ends->flight[i];
		if (f->to == to &&
		    (f->arrives <= now || (acks && !has_taken(e, ack))))
			take_flight(ends, i);
		else
			i++;
	}
}

static void depart(struct figure_ends *ends, enum figure_side to,
                   int64_t arrives, const struct segment *seg)
{
	if (ends->n_flights == FLIGHTS)
		take_flight(ends, 0);
	ends->flight[ends->n_flights++] =
		(struct figure_flight){ to, arrives, *seg };
}

/* ---- sending --------------------------------------------------------------
 */

static void put_address(struct ip_addr *ip, unsigned version, bool higher)
{
	/* RFC 5737 and RFC 3849: addresses for documentation. */
	static const struct ip_addr v4[2] = { { { 192, 0, 2, 1 } },
		                              { { 198, 51, 100, 2 } } };
	static const struct ip_addr v6[2] = {
		{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
		{ { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } },
	};
	*ip = version == 4 ? v4[higher] : v6[higher];
}

static void put_tuple(const struct figure_ends *ends,
                      const struct figure_row *row, struct four_tuple *tuple)
{
	const uint16_t a =
		row->port == ROW_UNSAID ? PORT_A : (uint16_t)row->port;
	const bool higher = figure_end_index(&ends->world, row->from) == 1;
	put_address(&tuple->src, ends->world.ip_version, higher);
	put_address(&tuple->dst, ends->world.ip_version, !higher);
	tuple->sport = row->from == SIDE_A ? a : PORT_B;
	tuple->dport = row->from == SIDE_A ? PORT_B : a;
	tuple->ip_version = ends->world.ip_version;
}

/* tcp_v4_send_reset() and tcp_send_active_reset(): only the abort of a live
 * socket, RST with ACK and a number of its own, has options and goes on
 * counting. */
static bool is_stateless(const struct figure_row *row)
{
	return (row->flags & TCP_RST) &&
	       (row->ack == ROW_UNSAID || row->seq_is_wire);
}

static void put_timestamps(const struct figure_ends *ends,
                           const struct figure_row *row, int64_t sent,
                           struct segment *seg)
{
	const struct figure_end *e = &ends->end[row->from];
	if (row->tsval == ROW_UNSAID && row->tsecr == ROW_UNSAID &&
	    (ends->options.no_timestamps || row->no_timestamp ||
	     is_stateless(row)))
		return;
	seg->options |= OPTION_TIMESTAMP;
	seg->tsval = clock_at(ends, row->from,
	                      row->tsval == ROW_UNSAID ? floor_ms(sent)
	                                               : row->tsval);
	if (row->tsecr != ROW_UNSAID)
		seg->tsecr = clock_at(ends, !row->from, row->tsecr);
	else if (segment_has(seg, TCP_ACK) && e->has_ts_recent)
		seg->tsecr = e->ts_recent;
}

static void put_syn_options(const struct figure_ends *ends,
                            const struct figure_row *row, struct segment *seg)
{
	const struct figure_options *o = &ends->options;
	const bool syn = segment_has(seg, TCP_SYN);
	if (row->mss != ROW_UNSAID || syn) {
		seg->options |= OPTION_MSS;
		seg->mss =
			(uint16_t)(row->mss != ROW_UNSAID ? row->mss : o->mss);
	}
	if (row->wscale != ROW_UNSAID || (syn && !o->no_wscale)) {
		seg->options |= OPTION_WSCALE;
		seg->wscale = (uint8_t)(row->wscale != ROW_UNSAID ? row->wscale
		                                                  : WSCALE);
	}
	if (row->sack_permitted || (syn && !o->no_sack))
		seg->options |= OPTION_SACK_PERMITTED;
}

static void put_options(const struct figure_ends *ends,
                        const struct figure_row *row, int64_t sent,
                        struct segment *seg)
{
	seg->options_cut = row->options_cut;
	if (row->no_options || row->options_cut)
		return;
	put_timestamps(ends, row, sent, seg);
	put_syn_options(ends, row, seg);
	for (uint8_t i = 0; i < row->n_sacks; i++) {
		seg->options |= OPTION_SACK;
		seg->sack[i].left = position(ends, !row->from, row->sack[i][0]);
		seg->sack[i].right =
			position(ends, !row->from, row->sack[i][1]);
	}
	seg->n_sacks = row->n_sacks;
}

static void put_window(struct figure_ends *ends, const struct figure_row *row,
                       struct segment *seg)
{
	struct figure_end *e = &ends->end[row->from];
	const bool scaled =
		!ends->options.no_wscale && !segment_has(seg, TCP_SYN);
	int64_t win = row->win != ROW_UNSAID ? row->win
	              : is_stateless(row)    ? 0
	                                     : e->win;
	if (!segment_has(seg, TCP_RST))
		e->win = win;
	seg->window = (uint16_t)(scaled ? win >> WSCALE : win);
}

static void put_ip(const struct figure_ends *ends, struct figure_end *e,
                   const struct figure_row *row, struct segment *seg)
{
	const bool mini =
		is_stateless(row) || (in_time_wait(e) && segment_len(seg) == 0);
	seg->ttl = (uint8_t)(row->ttl != ROW_UNSAID ? row->ttl : TTL);
	if (ends->world.ip_version == 6)
		return;
	seg->has_ip_id = true;
	if (row->id != ROW_UNSAID)
		seg->ip_id = (uint16_t)row->id;
	else if (!mini)
		seg->ip_id = ++e->id;
}

/* Equal for equal segments, and hardly for others, as the true one. */
static uint16_t checksum_of(const struct segment *seg)
{
	const uint32_t sum = seg->seq.wire * 3u + seg->ack.wire * 5u +
	                     seg->tsval.wire * 7u + seg->tsecr.wire * 11u +
	                     seg->payload_len * 13u + seg->flags * 17u +
	                     seg->window * 19u;
	return (uint16_t)(sum ^ sum >> 16);
}

static void note_sent(struct figure_ends *ends, enum figure_side from,
                      const struct segment *seg)
{
	struct figure_end *e = &ends->end[from];
	const struct figure_end *peer = &ends->end[!from];
	e->last = *seg;
	if (segment_has(seg, TCP_RST))
		return;
	if (segment_has(seg, TCP_SYN))
		e->fin_sent = e->fin_acked = e->fin_taken = false;
	if (segment_has(seg, TCP_FIN)) {
		e->fin_sent = true;
		e->fin = seq_add(segment_end(seg), -1);
	}
	if (segment_has(seg, TCP_ACK)) {
		e->acked = true;
		e->last_ack_sent = seg->ack;
		if (peer->fin_sent && seq_lt(peer->fin, seg->ack))
			e->fin_taken = true;
	}
}

static void compose(struct figure_ends *ends, const struct figure_row *row,
                    struct segment *seg)
{
	struct figure_end *e = &ends->end[row->from];
	const int64_t sent = row->ts - ends->options.delay[row->from];

	memset(seg, 0, sizeof(*seg));
	if (row->again) {
		*seg = e->last;
		if (row->ttl != ROW_UNSAID)
			seg->ttl = (uint8_t)row->ttl;
		return;
	}
	deliver(ends, row->from, sent, row);
	seg->flags = row->flags;
	seg->seq = position(ends, row->from, row->seq);
	if (row->seq_is_wire)
		seg->seq.wire = (uint32_t)row->seq;
	if (row->ack != ROW_UNSAID)
		seg->ack = position(ends, !row->from, row->ack);
	seg->payload_len = row->len;
	put_tuple(ends, row, &seg->tuple);
	put_options(ends, row, sent, seg);
	put_window(ends, row, seg);
	put_ip(ends, e, row, seg);
	seg->checksum = checksum_of(seg);
	note_sent(ends, row->from, seg);
}

bool figure_ends_send(struct figure_ends *ends, const struct figure_row *row,
                      struct segment *seg)
{
	compose(ends, row, seg);
	const bool arrives =
		row->fate == FATE_DELIVERED || row->fate == FATE_MISSED;
	const bool passes =
		row->fate == FATE_DELIVERED || row->fate == FATE_LOST_BEHIND;
	if (arrives && !row->again)
		depart(ends, !row->from,
		       row->ts + ends->options.delay[!row->from], seg);
	if (!passes || ends->options.unseen[row->from])
		return false;
	seg->ts = FIGURE_EPOCH + row->ts;
	seg->frame = ++ends->frame;
	return true;
}
