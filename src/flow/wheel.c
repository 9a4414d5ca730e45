#include "flow/wheel.h"

#include <stddef.h>

#define SECOND 1000000000LL

static int64_t second_of(int64_t ns)
{
	return ns >= 0 ? ns / SECOND : -((SECOND - 1 - ns) / SECOND);
}

void wheel_init(struct wheel *w, int64_t now)
{
	w->second = second_of(now) - 1;
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

static struct timer *slot_of(struct wheel *w, int64_t second)
{
	return &w->slot[(uint64_t)second % WHEEL_SLOTS];
}

void wheel_set(struct wheel *w, struct timer *t, int64_t deadline)
{
	wheel_clear(t);
	t->deadline = deadline;
	if (deadline == WHEEL_NEVER)
		return;

	int64_t second = second_of(deadline);
	if (second <= w->second)
		second = w->second + 1;
	if (second > w->second + WHEEL_SLOTS)
		second = w->second + WHEEL_SLOTS;
	struct timer *head = slot_of(w, second);
	t->prev = head->prev;
	t->next = head;
	head->prev->next = t;
	head->prev = t;
}

/* Take the first due timer of the slot after w->second. Those that only wait
 * for another round are hung up again, so each is met once a round. */
static struct timer *take_due(struct wheel *w, int64_t now)
{
	struct timer *head = slot_of(w, w->second + 1);
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
	const int64_t last = second_of(now);
	/* After a long silence two rounds visit every timer. */
	if (last - w->second > 2 * WHEEL_SLOTS)
		w->second = last - 2 * WHEEL_SLOTS;
	while (w->second + 1 < last) {
		struct timer *due = take_due(w, now);
		if (due)
			return due;
		w->second++;
	}
	return NULL;
}
