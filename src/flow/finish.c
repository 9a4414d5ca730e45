/* The end: every life that the table still holds is over, in the order in which
 * they began. */
#include <assert.h>
#include <string.h>

#include "flow/flow.h"
#include "flow/lives.h"
#include "flow/rest.h"
#include "flow/syn.h"
#include "flow/table.h"
#include "tcpclose/error.h"

/* One life to be ended: the older, or the only one of an entry. */
struct ending {
	uint64_t stream;
	pool_ref entry;
	bool is_older;
};

/* A digit's counts fit into a first cache, and two digits are four million
 * lives. */
#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

/* Where to begin, for each digit that a number above `least` has at `shift`. */
static void count_digits(const struct ending *all, size_t n, uint64_t least,
                         unsigned shift, size_t *place)
{
	size_t sum = 0;
	memset(place, 0, DIGITS * sizeof(*place));
	for (size_t i = 0; i < n; i++)
		place[(all[i].stream - least) >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		const size_t count = place[digit];
		place[digit] = sum;
		sum += count;
	}
}

/*
 * By stream, digit by digit from the lowest: numbers of streams are dense, so
 * they have few digits, and qsort(3) would compare twenty times for each of a
 * million. Returns which of the two arrays has them.
 */
static struct ending *sort(struct ending *all, struct ending *room, size_t n)
{
	size_t place[DIGITS];
	uint64_t least = UINT64_MAX, most = 0;
	for (size_t i = 0; i < n; i++) {
		least = all[i].stream < least ? all[i].stream : least;
		most = all[i].stream > most ? all[i].stream : most;
	}
	for (unsigned shift = 0;
	     n > 0 && shift < 64 && (most - least) >> shift > 0;
	     shift += DIGIT_BITS) {
		count_digits(all, n, least, shift, place);
		for (size_t i = 0; i < n; i++)
			room[place[(all[i].stream - least) >> shift &
			           (DIGITS - 1)]++] = all[i];
		struct ending *sorted = room;
		room = all;
		all = sorted;
	}
	return all;
}

static size_t note_endings(const struct flow_entry *e, pool_ref ref,
                           struct ending *out)
{
	if (entry_is_rest(e)) {
		const struct rest *rest = (const void *)e;
		out[0] = (struct ending){ rest->stream, ref, false };
		return 1;
	}
	const struct flow *f = (const void *)e;
	size_t n = 0;
	if (f->older)
		out[n++] = (struct ending){ f->older->conn.stream, ref, true };
	if (f->life)
		out[n++] = (struct ending){ f->life->conn.stream, ref, false };
	return n;
}

/* All but those of struct syn, which are in order already. */
static size_t list_endings(const struct flow_table *t, struct ending *all)
{
	size_t n = 0;
	for (unsigned class = CLASS_PAST; class < N_CLASSES; class ++) {
		pool_ref ref = t->class[class].first;
		if (class == CLASS_LONE_SYN)
			continue;
		while (ref) {
			const struct flow_entry *e = table_at(t, ref);
			n += note_endings(e, ref, &all[n]);
			ref = e->next;
		}
	}
	return n;
}

static int end_one(struct flow_table *t, const struct ending *end, int64_t now)
{
	struct flow_entry *e = table_at(t, end->entry);
	assert(e);
	if (entry_is_rest(e))
		return rest_end(t, (struct rest *)(void *)e, END_OF_CAPTURE,
		                now);
	struct flow *f = (struct flow *)(void *)e;
	return life_end(t, f, end->is_older ? &f->older : &f->life,
	                END_OF_CAPTURE, now);
}

static int end_in_order(struct flow_table *t, const struct ending *all,
                        size_t n, int64_t now)
{
	struct syn *syn = table_at(t, t->class[CLASS_LONE_SYN].first);
	int status = TCPCLOSE_OK;
	for (size_t i = 0; (i < n || syn) && status >= 0;) {
		if (i == n || (syn && syn->stream < all[i].stream)) {
			assert(syn); /* or the loop was over */
			status = syn_end(t, syn, END_OF_CAPTURE);
			syn = table_at(t, syn->entry.next);
			continue;
		}
		status = end_one(t, &all[i++], now);
	}
	return status;
}

int flow_table_finish(struct flow_table *t, int64_t now)
{
	const size_t room = t->counts.lives - t->n_lone + 1;
	struct ending *all = alloc_new(t->alloc, room * 2, sizeof(*all));
	if (!all)
		return TCPCLOSE_ENOMEM;
	const size_t n = list_endings(t, all);
	assert(n < room);
	t->finishing = true;
	const int status = end_in_order(t, sort(all, all + room, n), n, now);
	t->finishing = false;
	alloc_free(t->alloc, all);
	return status;
}
