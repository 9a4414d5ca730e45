/*
 * A connection's history in Zeek's letters: one letter an event, upper case
 * from the client, lower case from the server. A letter is written when its
 * event first happens in that direction; T, W and G again at the 10th, 100th
 * ... time in Zeek, once here.
 */
#include <ctype.h>

#include "tcp/observe.h"

static const char letters[] = "SHADFRTWGI";

static void write_letter(struct step *step, char letter)
{
	struct conn *c = step->conn;
	uint32_t bit = 1;
	for (const char *p = letters; *p && *p != letter; p++)
		bit <<= 1;
	if (step->from != c->opener)
		bit <<= 16;
	if ((c->letter_set & bit) || c->n_letters >= sizeof(c->letters))
		return;
	c->letter_set |= bit;
	c->letters[c->n_letters++] =
		step->from == c->opener ? letter : (char)tolower(letter);
}

/* Zeek's order within one segment: SYN or RST or FIN, then data, then ACK. */
void letters_note(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool syn = segment_has(seg, TCP_SYN);
	const bool fin = segment_has(seg, TCP_FIN);
	const bool ack = segment_has(seg, TCP_ACK);

	if (step_is(step, STEP_REPEAT))
		write_letter(step, 'T');
	if (segment_has(seg, TCP_RST)) {
		write_letter(step, 'R');
		return;
	}
	if (syn)
		write_letter(step, ack ? 'H' : 'S');
	if (seg->payload_len > 0 && !step_is(step, STEP_REPEAT))
		write_letter(step, 'D');
	else if (ack && !syn && !fin)
		write_letter(step, 'A');
	if (fin)
		write_letter(step, 'F');
	if (ack && !syn && seg->window == 0)
		write_letter(step, 'W');
}
