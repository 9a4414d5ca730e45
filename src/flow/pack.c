/*
 * A life in few bytes, in three steps that lose nothing.
 *
 * First, fields become differences from others that they usually resemble: of
 * twenty times most are that of one of the last few packets, and positions,
 * frames and timestamps likewise. What is none at all, as CONN_NEVER, becomes
 * zero.
 *
 * Then what all lives of that shape have in common is left out: states, facts,
 * letters, windows (struct pack_model), and zeros.
 *
 * What is left are words that differ (flow/words.h). Together this turns 1,464
 * bytes of a connection that closed into some 170.
 */
#include "flow/pack.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/copy.h"
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

/* What is packed, in whole blocks. */
#define MOST_BYTES                                                             \
	(sizeof(struct image) + sizeof(struct holes) + PACK_NOTES_MAX)
#define BLOCK_BYTES (WORDS_BLOCK * sizeof(uint32_t))
#define MOST_BLOCKS ((MOST_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES)

#define HEAD_BYTES 3 /* the parts, and how large the notes are */

static_assert(sizeof(struct life_book) == 8,
              "the parts of an image lie side by side");
static_assert(HEAD_BYTES + WORDS_BYTES(MOST_BLOCKS) <= PACK_MAX,
              "even what differs in all fits");

/* ---- differences ------------------------------------------------- */

/* Where the parts of a life are, and those of its image. */
struct life_view {
	const struct conn *conn;
	const struct closing *closing;
};

struct image_view {
	struct conn *conn;
	struct closing *closing;
};

/* Which field resembles which: LIKE(field, other). A field that another
 * resembles stands before it, or not at all. Of 64 bits, nearly the other ...
 */
#define END_LIKE(LIKE, i, peer)                                                \
	LIKE(conn->end[i].state_since, conn->end[peer].last_ts)                \
	LIKE(conn->end[i].ts_recent_at, conn->last_ts)                         \
	LIKE(conn->end[i].bytes, conn->end[i].snd_una)                         \
	LIKE(conn->end[i].passed, conn->end[i].snd_una)                        \
	LIKE(conn->end[i].snd_nxt, conn->end[i].snd_una)                       \
	LIKE(conn->end[i].timed_pos, conn->end[peer].snd_una)

#define CONN_LIKE(LIKE)                                                        \
	LIKE(conn->first_ts, conn->last_ts)                                    \
	LIKE(conn->last_frame, conn->first_frame)                              \
	LIKE(conn->end[0].last_ts, conn->last_ts)                              \
	LIKE(conn->end[1].last_ts, conn->last_ts)                              \
	END_LIKE(LIKE, 0, 1)                                                   \
	END_LIKE(LIKE, 1, 0)

#define FIN_LIKE(LIKE, i, peer)                                                \
	LIKE(closing->fin[i].pos, conn->end[i].snd_una)                        \
	LIKE(closing->fin[i].first_ts, closing->started)                       \
	LIKE(closing->fin[i].last_ts, closing->fin[i].first_ts)                \
	LIKE(closing->fin[i].acked_ts, conn->end[peer].last_ts)                \
	LIKE(closing->fin[i].last_acked_ts, closing->fin[i].acked_ts)          \
	LIKE(closing->fin[i].first_frame, closing->started_frame)              \
	LIKE(closing->fin[i].last_frame, closing->fin[i].first_frame)          \
	LIKE(closing->fin[i].acked_frame, closing->fin[i].last_frame)          \
	LIKE(closing->fin[i].last_acked_frame, closing->fin[i].acked_frame)    \
	LIKE(closing->fin[i].peer_pos_at_ack, conn->end[peer].snd_una)

#define CLOSING_LIKE(LIKE)                                                     \
	LIKE(closing->started, conn->last_ts)                                  \
	LIKE(closing->last_ts, conn->last_ts)                                  \
	LIKE(closing->started_frame, conn->last_frame)                         \
	FIN_LIKE(LIKE, 0, 1)                                                   \
	FIN_LIKE(LIKE, 1, 0)

/* ... and of 32 bits, mostly the same. */
#define END_LIKE_32(LIKE, i, peer)                                             \
	LIKE(conn->end[i].tsval, conn->end[i].first_tsval)                     \
	LIKE(conn->end[i].ts_recent, conn->end[peer].first_tsval)              \
	LIKE(conn->end[i].ts_presumed, conn->end[i].ts_recent)

#define CONN_LIKE_32(LIKE)                                                     \
	END_LIKE_32(LIKE, 0, 1)                                                \
	END_LIKE_32(LIKE, 1, 0)                                                \
	LIKE(conn->end[1].data_ms, conn->end[0].data_ms)

#define CLOSING_LIKE_32(LIKE)                                                  \
	LIKE(closing->fin[0].first_tsval, conn->end[0].tsval)                  \
	LIKE(closing->fin[0].last_tsval, conn->end[0].tsval)                   \
	LIKE(closing->fin[1].first_tsval, conn->end[1].tsval)                  \
	LIKE(closing->fin[1].last_tsval, conn->end[1].tsval)

static uint64_t get_64(const void *field)
{
	uint64_t n;
	memcpy(&n, field, sizeof(n));
	return n;
}

static void set_64(void *field, uint64_t n)
{
	memcpy(field, &n, sizeof(n));
}

static uint32_t get_32(const void *field)
{
	uint32_t n;
	memcpy(&n, field, sizeof(n));
	return n;
}

static void set_32(void *field, uint32_t n)
{
	memcpy(field, &n, sizeof(n));
}

/* Of small differences of either sign the high half becomes zero. */
static uint64_t fold(uint64_t d)
{
	return d << 1 ^ -(d >> 63);
}

static uint64_t unfold(uint64_t n)
{
	return n >> 1 ^ -(n & 1);
}

static void swap_never(void *time)
{
	set_64(time, get_64(time) ^ (uint64_t)CONN_NEVER);
}

/* What is mostly CONN_NEVER, or -1. Doing it again undoes it. */
static void swap_constants(const struct image_view *v)
{
	for (unsigned i = 0; i < 2; i++) {
		swap_never(&v->conn->end[i].timed_ts);
		if (v->closing)
			swap_never(&v->closing->rst[i].ts);
	}
	if (v->closing)
		set_32(&v->closing->reset_by, ~get_32(&v->closing->reset_by));
}

#define ARE_WIDE(a, b, n)                                                      \
	static_assert(sizeof(a) == (n) && sizeof(b) == (n), "of one width");
#define TAKE(field, other)                                                     \
	ARE_WIDE(to->field, from->other, 8)                                    \
	set_64(&to->field, fold(get_64(&from->field) - get_64(&from->other)));
#define TAKE_32(field, other)                                                  \
	ARE_WIDE(to->field, from->other, 4)                                    \
	set_32(&to->field, get_32(&from->field) - get_32(&from->other));

/* `to` is a copy of `from`. */
static void take_differences(const struct life_view *from,
                             const struct image_view *to, int64_t near)
{
	CONN_LIKE(TAKE)
	CONN_LIKE_32(TAKE_32)
	if (from->closing) {
		CLOSING_LIKE(TAKE)
		CLOSING_LIKE_32(TAKE_32)
	}
	set_64(&to->conn->last_ts,
	       fold(get_64(&from->conn->last_ts) - (uint64_t)near));
	swap_constants(to);
}

#define ADD(field, other)                                                      \
	set_64(&v->field, get_64(&v->other) + unfold(get_64(&v->field)));
#define ADD_32(field, other)                                                   \
	set_32(&v->field, get_32(&v->other) + get_32(&v->field));

static void add_differences(const struct image_view *v, int64_t near)
{
	swap_constants(v);
	set_64(&v->conn->last_ts,
	       unfold(get_64(&v->conn->last_ts)) + (uint64_t)near);
	CONN_LIKE(ADD)
	CONN_LIKE_32(ADD_32)
	if (v->closing) {
		CLOSING_LIKE(ADD)
		CLOSING_LIKE_32(ADD_32)
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

/* The model that a life can be packed by, NULL: none yet. It learns from the
 * first two. */
static const struct pack_model *learn(struct pack_model *m, uint32_t shape,
                                      const uint32_t *word, size_t n)
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
		m->word[i] = m->word[i] == word[i] ? word[i] : 0;
	m->n_seen = 2;
	return m;
}

/* Of a block in a life: zeros where there is no model. */
static const uint32_t *model_of(const struct pack_model *m, size_t block)
{
	static const uint32_t zeros[WORDS_BLOCK] = { 0 };
	const size_t at = block * WORDS_BLOCK;
	return m && at < PACK_MODEL_WORDS ? &m->word[at] : zeros;
}

/* ---- lives ------------------------------------------------------- */

union room {
	struct image image;
	uint32_t word[MOST_BLOCKS * WORDS_BLOCK];
	char byte[MOST_BLOCKS * BLOCK_BYTES];
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

/* Of the image and what follows it. */
static size_t blocks_of(unsigned parts, size_t notes)
{
	const size_t n = image_size(parts) + notes +
	                 (parts & PART_HOLES ? sizeof(struct holes) : 0);
	return (n + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

static char *put_part(char *at, const void *part, size_t n)
{
	memcpy(at, part, n);
	return at + n;
}

/* As many blocks as blocks_of() says, zeros at the end of the last. */
static void fill(union room *r, const struct life *l, unsigned parts,
                 size_t notes, int64_t now)
{
	copy_bytes(&r->image.conn, &l->conn, sizeof(l->conn));
	conn_forget_prints(&r->image.conn, now);
	r->image.conn.stream = 0;
	r->image.conn.closing = NULL;
	r->image.conn.holes = NULL;
	r->image.book = l->book;
	if (parts & PART_CLOSING)
		copy_bytes(&r->image.closing, l->conn.closing,
		           sizeof(r->image.closing));
	char *at = r->byte + image_size(parts);
	if (parts & PART_HOLES)
		at = put_part(at, l->conn.holes, sizeof(struct holes));
	if (notes > 0)
		at = put_part(at, l->notes, notes);
	const size_t n = (size_t)(at - r->byte);
	memset(at, 0, blocks_of(parts, notes) * BLOCK_BYTES - n);
}

static struct image_view view_of(union room *r, unsigned parts)
{
	return (struct image_view){
		.conn = &r->image.conn,
		.closing = parts & PART_CLOSING ? &r->image.closing : NULL,
	};
}

size_t pack_life(struct pack_models *models, const struct life *l, int64_t now,
                 int64_t near, uint8_t *out)
{
	union room r;
	const uint16_t notes = l->notes ? (uint16_t)l->notes_size : 0;
	const unsigned parts = (l->conn.closing ? PART_CLOSING : 0) |
	                       (l->conn.holes ? PART_HOLES : 0);
	const size_t n = blocks_of(parts, notes);
	const struct life_view from = { &l->conn, l->conn.closing };
	fill(&r, l, parts, notes, now);
	const struct image_view to = view_of(&r, parts);
	take_differences(&from, &to, near);

	const uint32_t shape = shape_of(l, parts);
	const unsigned i = shape % PACK_MODELS;
	const struct pack_model *m =
		learn(&models->of[i], shape, r.word, n * WORDS_BLOCK);
	out[0] = (uint8_t)(parts | (m ? PART_MODEL | i << 4 : 0));
	memcpy(out + 1, &notes, sizeof(notes));
	uint8_t *end = out + HEAD_BYTES;
	for (size_t block = 0; block < n; block++)
		end = words_put(&r.word[block * WORDS_BLOCK],
		                model_of(m, block), end);
	return (size_t)(end - out);
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
	l->heeded = notes > 0 ? UINT32_MAX : 0; /* any may be */
	return true;
}

/* The image and what follows it, out of their bytes. */
static void restore(const struct pack_models *models, const uint8_t *packed,
                    size_t notes, union room *r)
{
	const unsigned parts = packed[0];
	const size_t n = blocks_of(parts, notes);
	const struct pack_model *m =
		parts & PART_MODEL ? &models->of[parts >> 4] : NULL;
	const uint8_t *at = packed + HEAD_BYTES;
	size_t block = 0;
	do { /* at least one */
		uint32_t *word = &r->word[block * WORDS_BLOCK];
		copy_bytes(word, model_of(m, block), BLOCK_BYTES);
		at = words_get(at, word);
	} while (++block < n);
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
	restore(models, packed, notes, &r);
	struct closing *closing = l->conn.closing;
	struct holes *holes = l->conn.holes;
	const char *at = r.byte + image_size(parts);
	copy_bytes(&l->conn, &r.image.conn, sizeof(l->conn));
	l->conn.closing = closing;
	l->conn.holes = holes;
	l->book = r.image.book;
	if (closing)
		copy_bytes(closing, &r.image.closing, sizeof(*closing));
	add_differences(&(struct image_view){ &l->conn, closing }, near);
	if (holes) {
		memcpy(holes, at, sizeof(*holes));
		at += sizeof(*holes);
	}
	if (l->notes)
		memcpy(l->notes, at, notes);
	return true;
}
