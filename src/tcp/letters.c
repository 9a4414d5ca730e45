/*
 * A connection's history in Zeek's letters: one letter an event, upper case
 * from the client, lower case from the server. A letter is written when its
 * event first happens in that direction; T, W and G again at the 10th, 100th
 * ... time in Zeek, once here.
 */
#include "tcp/observe.h"

void letter_append(struct step *step, enum letter letter)
{
	static const char client[] = "SHADFRTW", server[] = "shadfrtw";
	struct conn *c = step->conn;
	if (c->n_letters >= sizeof(c->letters))
		return;
	c->letter_set |= letter_bit(step, letter);
	c->letters[c->n_letters++] =
		(step->from == c->opener ? client : server)[letter];
}

/* Zeek's order within one segment: SYN or RST or FIN, then data, then ACK. */
void letters_note(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool syn = segment_has(seg, TCP_SYN);
	const bool fin = segment_has(seg, TCP_FIN);
	const bool ack = segment_has(seg, TCP_ACK);

	if (step_is(step, STEP_REPEAT))
		letter_write(step, LETTER_REPEAT);
	if (segment_has(seg, TCP_RST)) {
		letter_write(step, LETTER_RST);
		return;
	}
	if (syn)
		letter_write(step, ack ? LETTER_SYN_ACK : LETTER_SYN);
	if (seg->payload_len > 0 && !step_is(step, STEP_REPEAT))
		letter_write(step, LETTER_DATA);
	else if (ack && !syn && !fin)
		letter_write(step, LETTER_ACK);
	if (fin)
		letter_write(step, LETTER_FIN);
	if (ack && !syn && seg->window == 0)
		letter_write(step, LETTER_WINDOW);
}
