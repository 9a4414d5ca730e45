/*
 * Windows: scaling (RFC 7323 section 2.2), closing and opening, and the
 * segments by which an end probes a closed one (RFC 9293 section 3.8.6.1).
 */
#include "tcp/observe.h"

static void count(uint16_t *n)
{
	if (*n < UINT16_MAX)
		(*n)++;
}

/*
 * A Linux zero-window probe is an empty ACK at SND.UNA-1; BSD's carries the
 * byte at SND.UNA. A keep-alive has the first shape too: only the peer's
 * window tells them apart (Linux tcp_xmit_probe_skb() sends both; RFC 9293
 * sections 3.8.4 and 3.8.6.1).
 */
void window_probe(struct step *step)
{
	struct end *x = step_sender(step);
	const struct end *y = step_receiver(step);
	const uint32_t payload = step->seg->payload_len;

	if (segment_has(step->seg, TCP_SYN | TCP_FIN) ||
	    !end_is(y, END_WINDOW) || payload > 1)
		return;
	const bool before = step->seq == x->snd_una - 1;
	if (y->wnd == 0 && ((before && payload == 0) ||
	                    (step->seq == x->snd_una && payload == 1))) {
		step->meaning |= STEP_PROBE;
		count(&x->n_probes);
	} else if (y->wnd > 0 && before && x->snd_una == x->snd_nxt) {
		step->meaning |= STEP_KEEP_ALIVE;
		count(&x->n_keep_alives);
	}
}

/* Shift only if both SYNs carried the option; unknown without both SYNs. */
static uint32_t window_of(const struct step *step, struct end *x)
{
	const unsigned both = x->facts & step_receiver(step)->facts;
	const uint32_t window = step->seg->window;
	const bool is_syn = segment_has(step->seg, TCP_SYN);
	if (!is_syn && !(both & END_SYN)) {
		x->facts &= (uint16_t)~END_WINDOW_KNOWN;
		return window;
	}
	x->facts |= END_WINDOW_KNOWN;
	return !is_syn && (both & END_WSCALE) ? window << x->wscale : window;
}

static void note_change(struct step *step, uint32_t wnd)
{
	struct end *x = step_sender(step);
	if (end_is(x, END_WINDOW) && wnd != x->wnd) {
		if (wnd == 0) {
			step->meaning |= STEP_WINDOW_CLOSED;
			count(&x->n_zero_windows);
		} else if (x->wnd == 0) {
			step->meaning |= STEP_WINDOW_OPENED;
		}
		step->meaning &= ~(uint32_t)STEP_DUP_ACK;
	}
	x->wnd = wnd;
	x->facts |= END_WINDOW;
}

/* SND.WL1 and SND.WL2 of section 3.10.7.4 step 5: old segments do not move a
 * window; freshness stands in for them. */
void window_update(struct step *step)
{
	struct end *x = step_sender(step);
	struct end *y = step_receiver(step);

	if (step->ack == CONN_NEVER && !segment_has(step->seg, TCP_SYN))
		return;
	if (!step_is_fresh(step) || step_is(step, STEP_OUT_OF_WINDOW))
		return;
	note_change(step, window_of(step, x));
	if (step->ack != CONN_NEVER && step->ack + x->wnd > y->snd_max_wnd_edge)
		y->snd_max_wnd_edge = step->ack + x->wnd;
}
