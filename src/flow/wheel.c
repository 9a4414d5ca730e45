#include "flow/wheel.h"

#include <string.h>

int64_t wheel_slot(const struct wheel *w, int64_t ns)
{
	return ns >= 0 ? ns / w->width : -((w->width - 1 - ns) / w->width);
}

void wheel_init(struct wheel *w, const struct pool *pool, size_t offset,
                int64_t now, int64_t width)
{
	memset(w, 0, sizeof(*w));
	w->pool = pool;
	w->offset = offset;
	w->width = width;
	w->fired = wheel_slot(w, now) - 1;
}

/* ---- lists ------------------------------------------------------- */

static struct timer *timer_of(const struct wheel *w, void *object)
{
	return (struct timer *)(void *)((char *)object + w->offset);
}

static struct timer *timer_at(const struct wheel *w, pool_ref ref)
{
	return timer_of(w, pool_at(w->pool, ref));
}

/* Slots come round on the wheel. */
static struct timer_list *slot_of(struct wheel *w, uint32_t number)
{
	return &w->slot[number % WHEEL_SLOTS];
}

static void join(const struct wheel *w, struct timer_list *list, pool_ref ref)
{
	struct timer *t = timer_at(w, ref);
	t->prev = list->last;
	t->next = 0;
	if (list->last)
		timer_at(w, list->last)->next = ref;
	else
		list->first = ref;
	list->last = ref;
}

/* The list whose head names the timer, if any head does. */
static struct timer_list *list_of(struct wheel *w, const struct timer *t,
                                  pool_ref ref)
{
	return w->due.first == ref || w->due.last == ref
	               ? &w->due
	               : slot_of(w, t->number);
}

static void leave(struct wheel *w, const struct timer *t, pool_ref ref)
{
	struct timer_list *list = list_of(w, t, ref);
	if (t->prev)
		timer_at(w, t->prev)->next = t->next;
	else
		list->first = t->next;
	if (t->next)
		timer_at(w, t->next)->prev = t->prev;
	else
		list->last = t->prev;
}

/* ---- setting ----------------------------------------------------- */

static void hang(struct wheel *w, struct timer *t, pool_ref ref, int64_t number)
{
	t->number = (uint32_t)number;
	join(w, slot_of(w, t->number), ref);
}

/* The slot in which a deadline may hang. */
static int64_t place_of(const struct wheel *w, int64_t deadline)
{
	const int64_t number = wheel_slot(w, deadline);
	if (number <= w->fired)
		return w->fired + 1;
	return number > w->fired + WHEEL_SLOTS ? w->fired + WHEEL_SLOTS
	                                       : number;
}

static void take_down(struct wheel *w, struct timer *t, void *object)
{
	if (t->order)
		leave(w, t, pool_ref_of(w->pool, object));
	t->order = 0;
}

void wheel_clear(struct wheel *w, void *object)
{
	struct timer *t = timer_of(w, object);
	take_down(w, t, object);
	t->deadline = 0;
}

void wheel_set(struct wheel *w, void *object, int64_t deadline)
{
	struct timer *t = timer_of(w, object);
	if (deadline == WHEEL_NEVER) {
		wheel_clear(w, object);
		t->deadline = deadline;
		return;
	}
	if (wheel_later(w, t, deadline))
		return;
	take_down(w, t, object);
	hang(w, t, pool_ref_of(w->pool, object), place_of(w, deadline));
	t->order = wheel_order(w);
	t->deadline = deadline;
}

void wheel_note(struct wheel *w, void *object, int64_t deadline)
{
	struct timer *t = timer_of(w, object);
	t->number = wheel_order(w);
	t->deadline = deadline;
}

void wheel_hang(struct wheel *w, void *object)
{
	struct timer *t = timer_of(w, object);
	if (t->order)
		return;
	t->order = t->number;
	hang(w, t, pool_ref_of(w->pool, object), place_of(w, t->deadline));
}

void wheel_replace(struct wheel *w, void *old, void *fresh)
{
	struct timer *from = timer_of(w, old), *to = timer_of(w, fresh);
	const pool_ref was = pool_ref_of(w->pool, old);
	const pool_ref is = pool_ref_of(w->pool, fresh);
	*to = *from;
	if (!from->order)
		return;
	struct timer_list *list = list_of(w, from, was);
	*(to->prev ? &timer_at(w, to->prev)->next : &list->first) = is;
	*(to->next ? &timer_at(w, to->next)->prev : &list->last) = is;
	*from = (struct timer){ 0 };
}

/* ---- firing ------------------------------------------------------ */

static bool is_before(const struct wheel *w, pool_ref a, pool_ref b)
{
	return (int32_t)(timer_at(w, a)->order - timer_at(w, b)->order) < 0;
}

/* Two chains in order become one; only `next` is kept. */
static pool_ref merge(const struct wheel *w, pool_ref a, pool_ref b)
{
	pool_ref first = 0, *end = &first;
	while (a && b) {
		pool_ref *least = is_before(w, b, a) ? &b : &a;
		*end = *least;
		end = &timer_at(w, *least)->next;
		*least = *end;
	}
	*end = a ? a : b;
	return first;
}

/* Merge sort from the bottom up: run[i] holds 2^i timers or none. */
static pool_ref sort(const struct wheel *w, pool_ref chain)
{
	pool_ref run[32] = { 0 };
	while (chain) {
		pool_ref one = chain;
		struct timer *t = timer_at(w, one);
		chain = t->next;
		t->next = 0;
		unsigned i = 0;
		for (; run[i]; i++) {
			one = merge(w, run[i], one);
			run[i] = 0;
		}
		run[i] = one;
	}
	for (unsigned i = 0; i < 32; i++)
		chain = merge(w, run[i], chain);
	return chain;
}

/* A timer of the slot w->fired is due, and joins that chain, or only waited
 * there for a later slot, or another round, and is hung up anew. */
static void sort_out(struct wheel *w, pool_ref ref, pool_ref *due)
{
	struct timer *t = timer_at(w, ref);
	if (wheel_slot(w, t->deadline) > w->fired) {
		hang(w, t, ref, place_of(w, t->deadline));
		return;
	}
	t->next = *due;
	*due = ref;
}

/* The due timers of the slot w->fired. Each is cold and names its neighbours:
 * from both ends at once, half as many waits follow one another. */
static pool_ref take_due(struct wheel *w)
{
	struct timer_list *slot = slot_of(w, (uint32_t)w->fired);
	pool_ref a = slot->first, b = slot->last, due = 0;
	bool is_more = a != 0;
	*slot = (struct timer_list){ 0 };
	while (is_more) {
		const pool_ref next = timer_at(w, a)->next;
		const pool_ref prev = timer_at(w, b)->prev;
		sort_out(w, a, &due);
		if (a != b)
			sort_out(w, b, &due);
		is_more = a != b && next != b;
		a = next;
		b = prev;
	}
	return due;
}

/* They become w->due. */
static void open_slot(struct wheel *w)
{
	for (pool_ref ref = sort(w, take_due(w)); ref;) {
		const pool_ref next = timer_at(w, ref)->next;
		join(w, &w->due, ref);
		ref = next;
	}
}

void *wheel_next(struct wheel *w, int64_t now)
{
	const int64_t last = wheel_slot(w, now);
	/* After a long silence two rounds visit every timer. */
	if (last - w->fired > 2 * WHEEL_SLOTS && !w->due.first)
		w->fired = last - 2 * WHEEL_SLOTS;
	while (!w->due.first) {
		if (w->fired + 1 >= last)
			return NULL;
		w->fired++;
		open_slot(w);
	}
	void *object = pool_at(w->pool, w->due.first);
	take_down(w, timer_of(w, object), object);
	return object;
}
