/*
 * A life in few bytes, in three steps that lose nothing.
 *
 * First, fields become differences from others that they usually resemble: of
 * twenty times most are that of one of the last few packets, and positions,
 * frames and timestamps likewise. What is none at all, as CONN_NEVER, becomes
 * zero.
 *
 * Then what all lives of that shape have in common becomes zero: states, facts,
 * letters, windows (struct pack_model).
 *
 * Then zeros are left out (flow/words.h).
 *
 * Together this turns 1,464 bytes of a connection that closed into some 250.
 */
#include "flow/pack.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "flow/words.h"

enum part {
	PART_CLOSING = 1 << 0,
	PART_HOLES = 1 << 1,
	PART_MODEL = 1 << 2, /* the model's number in the upper half */
};

/* What is packed of a life; holes and notes follow, where there are any. */
struct image {
	struct conn conn;
	struct life_book book;
	struct closing closing;
};

#define MOST_WORDS                                                             \
	((sizeof(struct image) + sizeof(struct holes) + PACK_NOTES_MAX) / 8)

static_assert(sizeof(struct conn) % 8 == 0 && sizeof(struct life_book) == 8 &&
                      sizeof(struct closing) % 8 == 0 &&
                      sizeof(struct holes) % 8 == 0,
              "the parts of an image lie at whole words");
static_assert(MOST_WORDS <= WORDS_MOST && WORDS_BYTES(MOST_WORDS) <= PACK_MAX,
              "even what has no zero fits");

/* ---- differences ------------------------------------------------- */

struct guess {
	uint16_t field, other;
};

#define CONN(f)    offsetof(struct image, conn.f)
#define CLOSING(f) offsetof(struct image, closing.f)

/* A field that another resembles stands before it, or not at all. Of 64 bits,
 * nearly the other ... */
#define END_LIKE(i, peer)                                                      \
	{ CONN(end[i].state_since), CONN(end[peer].last_ts) },                 \
		{ CONN(end[i].ts_recent_at), CONN(last_ts) },                  \
		{ CONN(end[i].bytes), CONN(end[i].snd_una) },                  \
		{ CONN(end[i].passed), CONN(end[i].snd_una) },                 \
		{ CONN(end[i].snd_nxt), CONN(end[i].snd_una) },                \
	{                                                                      \
		CONN(end[i].timed_pos), CONN(end[peer].snd_una)                \
	}

#define FIN_LIKE(i, peer)                                                      \
	{ CLOSING(fin[i].pos), CONN(end[i].snd_una) },                         \
		{ CLOSING(fin[i].first_ts), CLOSING(started) },                \
		{ CLOSING(fin[i].last_ts), CLOSING(fin[i].first_ts) },         \
		{ CLOSING(fin[i].acked_ts), CONN(end[peer].last_ts) },         \
		{ CLOSING(fin[i].last_acked_ts), CLOSING(fin[i].acked_ts) },   \
		{ CLOSING(fin[i].first_frame), CLOSING(started_frame) },       \
		{ CLOSING(fin[i].last_frame), CLOSING(fin[i].first_frame) },   \
		{ CLOSING(fin[i].acked_frame), CLOSING(fin[i].last_frame) },   \
		{ CLOSING(fin[i].last_acked_frame),                            \
		  CLOSING(fin[i].acked_frame) },                               \
	{                                                                      \
		CLOSING(fin[i].peer_pos_at_ack), CONN(end[peer].snd_una)       \
	}

/* ... of 32 bits, the same but for a little ... */
#define END_LIKE_32(i, peer)                                                   \
	{ CONN(end[i].tsval), CONN(end[i].first_tsval) },                      \
		{ CONN(end[i].ts_recent), CONN(end[peer].first_tsval) },       \
	{                                                                      \
		CONN(end[i].ts_presumed), CONN(end[i].ts_recent)               \
	}

#define FIN_LIKE_32(i)                                                         \
	{ CLOSING(fin[i].first_tsval), CONN(end[i].tsval) },                   \
	{                                                                      \
		CLOSING(fin[i].last_tsval), CONN(end[i].tsval)                 \
	}

#define N_LIKE_OF_CONN    16 /* without a close, only that many first ones */
#define N_LIKE_32_OF_CONN 7

static const struct guess like[] = {
	{ CONN(first_ts), CONN(last_ts) },
	{ CONN(last_frame), CONN(first_frame) },
	{ CONN(end[0].last_ts), CONN(last_ts) },
	{ CONN(end[1].last_ts), CONN(last_ts) },
	END_LIKE(0, 1),
	END_LIKE(1, 0),
	{ CLOSING(started), CONN(last_ts) },
	{ CLOSING(last_ts), CONN(last_ts) },
	{ CLOSING(started_frame), CONN(last_frame) },
	FIN_LIKE(0, 1),
	FIN_LIKE(1, 0),
};

static const struct guess like_32[] = {
	END_LIKE_32(0, 1),
	END_LIKE_32(1, 0),
	{ CONN(end[1].data_ms), CONN(end[0].data_ms) },
	FIN_LIKE_32(0),
	FIN_LIKE_32(1),
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t get_64(const struct image *m, size_t at)
{
	uint64_t n;
	memcpy(&n, (const char *)m + at, sizeof(n));
	return n;
}

static void set_64(struct image *m, size_t at, uint64_t n)
{
	memcpy((char *)m + at, &n, sizeof(n));
}

static uint32_t get_32(const struct image *m, size_t at)
{
	uint32_t n;
	memcpy(&n, (const char *)m + at, sizeof(n));
	return n;
}

static void set_32(struct image *m, size_t at, uint32_t n)
{
	memcpy((char *)m + at, &n, sizeof(n));
}

/* Small differences of either sign become small numbers. */
static uint64_t fold(uint64_t d)
{
	return d << 1 ^ -(d >> 63);
}

static uint64_t unfold(uint64_t n)
{
	return n >> 1 ^ -(n & 1);
}

static uint32_t fold_32(uint32_t d)
{
	return d << 1 ^ -(d >> 31);
}

static uint32_t unfold_32(uint32_t n)
{
	return n >> 1 ^ -(n & 1);
}

/* ... and what is mostly CONN_NEVER, or -1. Doing it again undoes it. */
static void swap_constants(struct image *m, bool closing)
{
	for (unsigned i = 0; i < 2; i++) {
		const uint64_t never = (uint64_t)CONN_NEVER;
		const size_t timed =
			CONN(end[0].timed_ts) + i * sizeof(m->conn.end[0]);
		const size_t rst =
			CLOSING(rst[0].ts) + i * sizeof(m->closing.rst[0]);
		set_64(m, timed, get_64(m, timed) ^ never);
		if (closing)
			set_64(m, rst, get_64(m, rst) ^ never);
	}
	if (closing)
		m->closing.reset_by = ~m->closing.reset_by;
}

/* The last first: what others resemble is still itself. */
static void take_differences(struct image *m, bool closing, int64_t near)
{
	const size_t wide = closing ? N_OF(like) : N_LIKE_OF_CONN;
	const size_t narrow = closing ? N_OF(like_32) : N_LIKE_32_OF_CONN;
	for (size_t i = wide; i-- > 0;) {
		const uint64_t d =
			get_64(m, like[i].field) - get_64(m, like[i].other);
		set_64(m, like[i].field, fold(d));
	}
	for (size_t i = narrow; i-- > 0;) {
		const uint32_t d = get_32(m, like_32[i].field) -
		                   get_32(m, like_32[i].other);
		set_32(m, like_32[i].field, fold_32(d));
	}
	set_64(m, CONN(last_ts),
	       fold(get_64(m, CONN(last_ts)) - (uint64_t)near));
	swap_constants(m, closing);
}

static void add_differences(struct image *m, bool closing, int64_t near)
{
	const size_t wide = closing ? N_OF(like) : N_LIKE_OF_CONN;
	const size_t narrow = closing ? N_OF(like_32) : N_LIKE_32_OF_CONN;
	swap_constants(m, closing);
	set_64(m, CONN(last_ts),
	       unfold(get_64(m, CONN(last_ts))) + (uint64_t)near);
	for (size_t i = 0; i < wide; i++) {
		const uint64_t d = unfold(get_64(m, like[i].field));
		set_64(m, like[i].field, get_64(m, like[i].other) + d);
	}
	for (size_t i = 0; i < narrow; i++) {
		const uint32_t d = unfold_32(get_32(m, like_32[i].field));
		set_32(m, like_32[i].field, get_32(m, like_32[i].other) + d);
	}
}

/* ---- times of notes ---------------------------------------------- */

/* Notes are not known here, but hold times: where a word has the high half of
 * this one's, that half becomes zero, and the reverse, unless the low half is
 * so small that it is a number and no time. Doing it again undoes it. */
static void swap_times(uint64_t *word, size_t n, int64_t like_ts)
{
	const uint64_t high = (uint64_t)like_ts >> 32;
	for (size_t i = 0; i < n; i++) {
		const uint64_t h = word[i] >> 32;
		if ((h == 0 || h == high) && word[i] << 32 >> 60 != 0)
			word[i] ^= high << 32;
	}
}

/* ---- models ------------------------------------------------------ */

/* By what passed, and what was noted. */
static uint32_t shape_of(const struct life *l, unsigned parts)
{
	uint32_t shape = parts | (uint32_t)(l->notes ? l->notes_size : 0) << 4;
	for (unsigned i = 0; i < l->conn.n_letters; i++)
		shape = (shape ^ (unsigned char)l->conn.letters[i]) * 16777619u;
	return shape;
}

/* Of each half that is the same in both, the half; else 0. */
static uint64_t common(uint64_t a, uint64_t b)
{
	const uint64_t low = UINT32_MAX, off = a ^ b;
	return a & (((off & low) ? 0 : low) | (off >> 32 ? 0 : low << 32));
}

/* The model that a life can be packed by, NULL: none yet. It learns from the
 * first two. */
static const struct pack_model *learn(struct pack_model *m, uint32_t shape,
                                      const uint64_t *word, size_t n)
{
	const size_t most = n < PACK_MODEL_WORDS ? n : PACK_MODEL_WORDS;
	if (m->n_seen == 0) {
		memcpy(m->word, word, most * sizeof(*word));
		m->shape = shape;
		m->n_seen = 1;
		return NULL;
	}
	if (m->shape != shape)
		return NULL;
	for (size_t i = 0; m->n_seen == 1 && i < most; i++)
		m->word[i] = common(m->word[i], word[i]);
	m->n_seen = 2;
	return m;
}

/* Doing it again undoes it. */
static void apply(const struct pack_model *m, uint64_t *word, size_t n)
{
	for (size_t i = 0; i < n && i < PACK_MODEL_WORDS; i++)
		word[i] ^= m->word[i];
}

/* ---- lives ------------------------------------------------------- */

union room {
	struct image image;
	uint64_t word[MOST_WORDS + 1];
	char byte[8 * (MOST_WORDS + 1)];
};

bool pack_fits(const struct life *l)
{
	return !l->notes ||
	       (l->notes_size > 0 && l->notes_size <= PACK_NOTES_MAX);
}

static size_t image_size(unsigned parts)
{
	return parts & PART_CLOSING ? sizeof(struct image)
	                            : offsetof(struct image, closing);
}

static size_t whole(size_t bytes)
{
	return (bytes + 7) / 8 * 8;
}

/* Bytes of the image and what follows it, in whole words. */
static size_t room_size(unsigned parts, size_t notes)
{
	return image_size(parts) +
	       (parts & PART_HOLES ? sizeof(struct holes) : 0) + whole(notes);
}

static void fill(union room *r, const struct life *l, unsigned parts,
                 size_t notes, int64_t now)
{
	char *at = r->byte + image_size(parts);
	r->image.conn = l->conn;
	conn_forget_prints(&r->image.conn, now);
	r->image.conn.stream = 0;
	r->image.conn.closing = NULL;
	r->image.conn.holes = NULL;
	r->image.book = l->book;
	if (parts & PART_CLOSING)
		r->image.closing = *l->conn.closing;
	if (parts & PART_HOLES) {
		memcpy(at, l->conn.holes, sizeof(struct holes));
		at += sizeof(struct holes);
	}
	if (notes > 0) {
		memset(at + notes / 8 * 8, 0, 8);
		memcpy(at, l->notes, notes);
	}
}

/* Notes in whole words: the last ones. */
static uint64_t *notes_in(union room *r, unsigned parts, size_t notes)
{
	return r->word + (room_size(parts, notes) - whole(notes)) / 8;
}

size_t pack_life(struct pack_models *models, const struct life *l, int64_t now,
                 int64_t near, uint8_t *out)
{
	union room r;
	const uint16_t notes = l->notes ? (uint16_t)l->notes_size : 0;
	const unsigned parts = (l->conn.closing ? PART_CLOSING : 0) |
	                       (l->conn.holes ? PART_HOLES : 0);
	const size_t n = room_size(parts, notes) / 8;
	fill(&r, l, parts, notes, now);
	swap_times(notes_in(&r, parts, notes), whole(notes) / 8,
	           l->conn.last_ts);
	take_differences(&r.image, parts & PART_CLOSING, near);

	const uint32_t shape = shape_of(l, parts);
	const unsigned i = shape % PACK_MODELS;
	const struct pack_model *m = learn(&models->of[i], shape, r.word, n);
	if (m)
		apply(m, r.word, n);
	out[0] = (uint8_t)(parts | (m ? PART_MODEL | i << 4 : 0));
	memcpy(out + 1, &notes, sizeof(notes));
	return 3 + words_put(r.word, n, out + 3) + WORDS_OVER_READ;
}

static void *take_part(struct pool *pool, bool wanted, size_t size,
                       bool *failed)
{
	void *part = wanted ? pool_take(pool, size) : NULL;
	*failed |= wanted && !part;
	return part;
}

/* Room for the parts of a life; all or nothing. */
static bool take_parts(struct life *l, unsigned parts, size_t notes,
                       struct pool *pool)
{
	bool failed = false;
	struct closing *closing = take_part(pool, parts & PART_CLOSING,
	                                    sizeof(*closing), &failed);
	struct holes *holes =
		take_part(pool, parts & PART_HOLES, sizeof(*holes), &failed);
	void *kept = take_part(pool, notes > 0, notes, &failed);
	if (failed) {
		pool_give(pool, closing);
		pool_give(pool, holes);
		pool_give(pool, kept);
		return false;
	}
	l->conn.closing = closing;
	l->conn.holes = holes;
	l->notes = kept;
	l->notes_size = (uint32_t)notes;
	return true;
}

/* The image and what follows it, out of their bytes. */
static void restore(const struct pack_models *models, const uint8_t *packed,
                    size_t notes, int64_t near, union room *r)
{
	const unsigned parts = packed[0];
	const size_t n = room_size(parts, notes) / 8;
	words_get(packed + 3, r->word, n);
	if (parts & PART_MODEL)
		apply(&models->of[parts >> 4], r->word, n);
	add_differences(&r->image, parts & PART_CLOSING, near);
	swap_times(notes_in(r, parts, notes), whole(notes) / 8,
	           r->image.conn.last_ts);
}

bool unpack_life(const struct pack_models *models, const uint8_t *packed,
                 int64_t near, struct life *l, struct pool *pool)
{
	union room r;
	uint16_t notes;
	const unsigned parts = packed[0];
	memcpy(&notes, packed + 1, sizeof(notes));
	if (!take_parts(l, parts, notes, pool))
		return false;
	restore(models, packed, notes, near, &r);
	struct closing *closing = l->conn.closing;
	struct holes *holes = l->conn.holes;
	const char *at = r.byte + image_size(parts);
	l->conn = r.image.conn;
	l->conn.closing = closing;
	l->conn.holes = holes;
	l->book = r.image.book;
	if (closing)
		*closing = r.image.closing;
	if (holes) {
		memcpy(holes, at, sizeof(*holes));
		at += sizeof(*holes);
	}
	if (l->notes)
		memcpy(l->notes, at, notes);
	return true;
}
