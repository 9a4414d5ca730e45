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
void sequence_classify(struct step *step);
void sequence_tail(struct step *step);
void sequence_text(struct step *step);
void sequence_acked(struct step *step);

/* timestamp.c: RFC 7323. */
void timestamp_check(struct step *step);
void timestamp_update(struct step *step);
bool timestamp_fails_rst(const struct step *step);

/* expected.c: what most segments are. Its place must be known. */
bool step_is_expected(const struct step *step);

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
void letters_note(struct step *step);

static inline struct end *step_sender(const struct step *s)
{
	return &s->conn->end[s->from];
}

static inline struct end *step_receiver(const struct step *s)
{
	return &s->conn->end[s->to];
}

/* SEG.LEN, in sequence space. */
static inline int64_t step_len(const struct step *s)
{
	return s->seq_end - s->seq;
}

/*
 * The segment is not older than what its sender has said before, so what it
 * does not say is news: by TSval where there is one, else by its numbers.
 */
bool step_is_fresh(const struct step *step);

#endif
