#include "flow/wheel.h"

#include <stddef.h>

/* Slots are counted from 1970 on, and come round on the wheel. */
static int64_t number_of(const struct wheel *w, int64_t ns)
{
	return ns >= 0 ? ns / w->width : -((w->width - 1 - ns) / w->width);
}

void wheel_init(struct wheel *w, int64_t now, int64_t width)
{
	w->width = width;
	w->fired = number_of(w, now) - 1;
	for (size_t i = 0; i < WHEEL_SLOTS; i++)
		w->slot[i].prev = w->slot[i].next = &w->slot[i];
}

void wheel_clear(struct timer *t)
{
	if (!t->next)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->prev = t->next = NULL;
}

static struct timer *slot_of(struct wheel *w, int64_t number)
{
	return &w->slot[(uint64_t)number % WHEEL_SLOTS];
}

void wheel_set(struct wheel *w, struct timer *t, int64_t deadline)
{
	wheel_clear(t);
	t->deadline = deadline;
	if (deadline == WHEEL_NEVER)
		return;

	int64_t number = number_of(w, deadline);
	if (number <= w->fired)
		number = w->fired + 1;
	if (number > w->fired + WHEEL_SLOTS)
		number = w->fired + WHEEL_SLOTS;
	struct timer *head = slot_of(w, number);
	t->prev = head->prev;
	t->next = head;
	head->prev->next = t;
	head->prev = t;
}

/* Take the first due timer of the slot after w->fired. Those that only wait
 * for another round are hung up again, so each is met once a round. */
static struct timer *take_due(struct wheel *w, int64_t now)
{
	struct timer *head = slot_of(w, w->fired + 1);
	while (head->next != head) {
		struct timer *t = head->next;
		wheel_clear(t);
		if (t->deadline <= now)
			return t;
		wheel_set(w, t, t->deadline);
	}
	return NULL;
}

struct timer *wheel_next(struct wheel *w, int64_t now)
{
	const int64_t last = number_of(w, now);
	/* After a long silence two rounds visit every timer. */
	if (last - w->fired > 2 * WHEEL_SLOTS)
		w->fired = last - 2 * WHEEL_SLOTS;
	while (w->fired + 1 < last) {
		struct timer *due = take_due(w, now);
		if (due)
			return due;
		w->fired++;
	}
	return NULL;
}
