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
 * Then a bit each says which words of 64 bits are not zero; for each of those
 * four bits say how long its halves are; and their bytes follow:
 *
 *	sets   0110...   lengths   1,0  4,1  ...   bytes   2a  00c0ffee 07 ...
 *
 * Together this turns 1,464 bytes of a connection that closed into some 250.
 */
#include "flow/pack.h"

#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <string.h>

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

/* get_half() may read so many bytes behind the last. */
#define OVER_READ 4

#define MOST_WORDS                                                             \
	((sizeof(struct image) + sizeof(struct holes) + PACK_NOTES_MAX) / 8)

static_assert(sizeof(struct conn) % 8 == 0 && sizeof(struct life_book) == 8 &&
                      sizeof(struct closing) % 8 == 0 &&
                      sizeof(struct holes) % 8 == 0,
              "the parts of an image lie at whole words");
static_assert(MOST_WORDS * 8 + MOST_WORDS / 2 + MOST_WORDS / 8 + 16 <= PACK_MAX,
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

/* ---- words ------------------------------------------------------- */

/* By the bits that a half has: which of the four lengths it gets. */
static const uint8_t codes[33] = {
	0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2,
	3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
};

/* Four lengths that a half can have, in bytes. */
static const uint8_t lengths[4] = { 0, 1, 2, 4 };
static const uint32_t masks[4] = { 0, 0xff, 0xffff, 0xffffffff };

static unsigned code_of(uint32_t half)
{
	return codes[half ? 32 - __builtin_clz(half) : 0];
}

/* Writes four bytes, of which the code says how many count. */
static uint8_t *put_half(uint8_t *out, uint32_t half, unsigned code)
{
	half = htole32(half);
	memcpy(out, &half, sizeof(half));
	return out + lengths[code];
}

/* Reads four. */
static const uint8_t *get_half(const uint8_t *in, uint32_t *half, unsigned code)
{
	memcpy(half, in, sizeof(*half));
	*half = le32toh(*half) & masks[code];
	return in + lengths[code];
}

/* Of up to 64 words, the set of those that are not zero. */
static uint64_t set_of(const uint64_t *word, size_t n)
{
	uint64_t set = 0;
	for (size_t i = 0; i < n; i++)
		set |= (uint64_t)(word[i] != 0) << i;
	return set;
}

static unsigned take_lowest(uint64_t *set)
{
	const unsigned lowest = (unsigned)__builtin_ctzll(*set);
	*set &= *set - 1;
	return lowest;
}

/* Sets of 64 words each first, then all lengths, then all bytes. */
static size_t put_words(const uint64_t *word, size_t n, uint8_t *out)
{
	uint8_t code[MOST_WORDS + 1], bytes[MOST_WORDS * 8 + 4];
	uint8_t *at = bytes, *end = out;
	size_t n_set = 0;
	for (size_t i = 0; i < n; i += 64) {
		const size_t most = n - i < 64 ? n - i : 64;
		uint64_t set = set_of(word + i, most);
		const uint64_t le = htole64(set);
		memcpy(end, &le, (most + 7) / 8);
		end += (most + 7) / 8;
		while (set) {
			const uint64_t w = word[i + take_lowest(&set)];
			const uint32_t low = (uint32_t)w;
			const uint32_t high = (uint32_t)(w >> 32);
			const unsigned a = code_of(low), b = code_of(high);
			code[n_set++] = (uint8_t)(a | b << 2);
			at = put_half(put_half(at, low, a), high, b);
		}
	}
	code[n_set] = 0;
	for (size_t i = 0; i < n_set; i += 2)
		*end++ = (uint8_t)(code[i] | code[i + 1] << 4);
	memcpy(end, bytes, (size_t)(at - bytes));
	return (size_t)(end - out) + (size_t)(at - bytes);
}

static size_t count_set(const uint8_t *in, size_t n)
{
	size_t n_set = 0;
	for (size_t i = 0; i < n; i++) {
		for (unsigned set = in[i]; set; set &= set - 1)
			n_set++;
	}
	return n_set;
}

static void get_words(const uint8_t *in, uint64_t *word, size_t n)
{
	const uint8_t *length = in + (n + 7) / 8;
	const uint8_t *at = length + (count_set(in, (n + 7) / 8) + 1) / 2;
	size_t n_set = 0;
	memset(word, 0, n * sizeof(*word));
	for (size_t i = 0; i < n; i += 64) {
		const size_t most = n - i < 64 ? n - i : 64;
		uint64_t set = 0;
		memcpy(&set, in + i / 8, (most + 7) / 8);
		set = le64toh(set);
		while (set) {
			const unsigned both =
				length[n_set / 2] >> n_set % 2 * 4 & 15u;
			uint32_t low, high;
			at = get_half(at, &low, both & 3);
			at = get_half(at, &high, both >> 2);
			word[i + take_lowest(&set)] =
				(uint64_t)high << 32 | low;
			n_set++;
		}
	}
}

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
	return a & ((off & low ? 0 : low) | (off >> 32 ? 0 : low << 32));
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
	return 3 + put_words(r.word, n, out + 3) + OVER_READ;
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
	get_words(packed + 3, r->word, n);
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
