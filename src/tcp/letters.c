/*
 * A connection's history in Zeek's letters: one letter an event, upper case
 * from the client, lower case from the server. A letter is written when its
 * event first happens in that direction; T, W and G again at the 10th, 100th
 * ... time in Zeek, once here.
 */
#include "tcp/observe.h"

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

static void write_letter(struct step *step, enum letter letter)
{
	static const char client[] = "SHADFRTW", server[] = "shadfrtw";
	struct conn *c = step->conn;
	const bool is_client = step->from == c->opener;
	const uint32_t bit = (uint32_t)1 << letter << (is_client ? 0 : 16);
	if ((c->letter_set & bit) || c->n_letters >= sizeof(c->letters))
		return;
	c->letter_set |= bit;
	c->letters[c->n_letters++] = (is_client ? client : server)[letter];
}

/* Zeek's order within one segment: SYN or RST or FIN, then data, then ACK. */
void letters_note(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool syn = segment_has(seg, TCP_SYN);
	const bool fin = segment_has(seg, TCP_FIN);
	const bool ack = segment_has(seg, TCP_ACK);

	if (step_is(step, STEP_REPEAT))
		write_letter(step, LETTER_REPEAT);
	if (segment_has(seg, TCP_RST)) {
		write_letter(step, LETTER_RST);
		return;
	}
	if (syn)
		write_letter(step, ack ? LETTER_SYN_ACK : LETTER_SYN);
	if (seg->payload_len > 0 && !step_is(step, STEP_REPEAT))
		write_letter(step, LETTER_DATA);
	else if (ack && !syn && !fin)
		write_letter(step, LETTER_ACK);
	if (fin)
		write_letter(step, LETTER_FIN);
	if (ack && !syn && seg->window == 0)
		write_letter(step, LETTER_WINDOW);
}
