/*
 * The steps of conn_observe(), in the order of RFC 9293 section 3.10.7.4.
 * Private to tcp/; each writes what it finds into the step.
 */
#ifndef TCPCLOSE_TCP_OBSERVE_H
#define TCPCLOSE_TCP_OBSERVE_H

#include "tcp/step.h"

/* sequence.c: positions, capture duplicates, what of the text is new. */
void sequence_locate(struct step *step);
bool sequence_is_clone(struct step *step);
void sequence_take_print(const struct step *step); /* of what cannot be one */
void sequence_classify(struct step *step);
void sequence_late_data(struct step *step);
void sequence_tail(struct step *step);
void sequence_text(struct step *step);
void sequence_acked(struct step *step);

/* timestamp.c: RFC 7323. */
void timestamp_check(struct step *step);
void timestamp_update(struct step *step);
bool timestamp_fails_rst(const struct step *step);
bool timestamp_is_old(const struct step *step);

/* expected.c: whether a connection is steady, and open; what most segments are,
 * in their place in a steady one, which they find themselves; and all that is
 * to do for them: for one that goes on while it is open, or one of a handshake
 * or a close. */
void conn_settle(struct conn *c);
bool step_goes_on(struct step *step);
void step_go_on(struct step *step);
bool step_is_expected(struct step *step);
int step_take(struct step *step, struct pool *pool);

/* opening.c: the SYN that begins a life; the answer to it, whose place must be
 * known; and all that is to do for them. */
bool step_is_first(const struct step *step);
void step_begin_life(struct step *step);
bool step_answers(const struct step *step);
void step_take_answer(struct step *step);

/* observe.c: room for a close; the handshake; a segment counts as of it. */
int conn_open_closing(struct conn *c, struct pool *pool);
void observe_syn(struct step *step);
void observe_open(struct step *step);
void observe_close(struct step *step);

/* old.c: segments of earlier lives. */
void old_find(struct step *step);

/* window.c: advertised windows, probes, keep-alives. */
void window_probe(struct step *step);
void window_update(struct step *step);

/* fin.c: FINs, their copies and their ACKs. */
void fin_contradiction(struct step *step);
void fin_acked(struct step *step);
void fin_sent(struct step *step);
void fin_heard(struct step *step);
void fin_waits(struct step *step);

/* reuse.c: a SYN after an earlier life. */
void reuse_observe(struct step *step);

/* reset.c: RSTs, and ends that go on after one. */
void reset_observe(struct step *step);
void reset_survived(struct step *step);

/* foreign.c: RSTs that the end they name did not send. */
uint8_t foreign_signs(const struct step *step);
void foreign_note(struct step *step);
void foreign_contradiction(struct step *step);

/* rtt.c: round trips to each side of the tap. */
void rtt_observe(struct step *step);

/* letters.c: Zeek's one-letter history. */
enum letter {
	LETTER_SYN,
	LETTER_SYN_ACK,
	LETTER_ACK,
	LETTER_DATA,
	LETTER_FIN,
	LETTER_RST,
	LETTER_REPEAT,
	LETTER_WINDOW,
};

void letters_note(struct step *step);
void letter_append(struct step *step, enum letter letter);

/* In conn.letter_set. */
static inline uint32_t letter_bit(const struct step *s, enum letter letter)
{
	return (uint32_t)1 << letter << (s->from == s->conn->opener ? 0 : 16);
}

static inline void letter_write(struct step *s, enum letter letter)
{
	if (!(s->conn->letter_set & letter_bit(s, letter)))
		letter_append(s, letter);
}

static inline struct end *step_sender(const struct step *s)
{
	return s->sender;
}

static inline struct end *step_receiver(const struct step *s)
{
	return s->receiver;
}

/* SEG.LEN, in sequence space. */
static inline int64_t step_len(const struct step *s)
{
	return s->seq_end - s->seq;
}

/* The range of hop counts that the end's own segments come with. */
static inline void end_note_ttl(struct end *x, uint8_t ttl)
{
	if (x->ttl_high == 0 || ttl < x->ttl_low)
		x->ttl_low = ttl;
	if (ttl > x->ttl_high)
		x->ttl_high = ttl;
}

/*
 * The segment is not older than what its sender has said before, so what it
 * does not say is news: by TSval where there is one, else by its numbers.
 */
static inline bool step_is_fresh(const struct step *step)
{
	const struct end *x = step_sender(step);
	if ((step->seg->options & OPTION_TIMESTAMP) &&
	    end_is(x, END_TIMESTAMPS))
		return ts_diff(step->seg->tsval, x->tsval) >= 0;
	return step->seq_end >= x->snd_nxt - 1 ||
	       step->ack >= step_receiver(step)->snd_una;
}

#endif
