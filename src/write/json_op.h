/*
 * Interface for fields prepared for writing: what each puts into a line, from
 * its key to the comma behind its value.
 */
#ifndef TCPCLOSE_WRITE_JSON_OP_H
#define TCPCLOSE_WRITE_JSON_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "record/field.h"
#include "record/time.h"
#include "write/json_append.h"

/*
 * Keys and words are copied whole, whatever their length, into a line that
 * has room for it: a few instructions, where a copy of n bytes is a call.
 */
#define JSON_KEY_MAX  32
#define JSON_WORD_MAX 32
#define JSON_BLOCK    32

#define JSON_CONSTANT_BLOCK 64 /* the same of a text that was put before */

/* A word of a closed list. */
struct json_word {
	const char *word; /* as records point to it; NULL: none is here */
	size_t len;
	char text[JSON_WORD_MAX];
};

/*
 * A closed list. Where a word stands in it follows from its address, without a
 * search: `factor` was chosen so that no two of them get the same place.
 */
struct json_words {
	const struct json_word *at;
	uint64_t factor;
	uint64_t mask;
};

/* The upper bits of the product depend on all of the address. */
static inline size_t json_words_place(const struct json_words *words,
                                      const char *word)
{
	return (uintptr_t)word * words->factor >> 48 & words->mask;
}

/* NULL: it is none of them, or not by its address. */
static inline const struct json_word *
json_words_find(const struct json_words *words, const char *word)
{
	const struct json_word *w = &words->at[json_words_place(words, word)];
	return w->word == word ? w : NULL;
}

/* What was written lately, as text. */
struct json_memo {
	struct time_memo times;
	struct ip_memo addresses;
};

struct json_op;

/*
 * Put the field of an op, nothing if it is absent, and then those of all ops
 * behind it. Each goes on to the next by itself: a call in the last place is a
 * jump, and a line is written without a return. Between two fields this takes
 * a fifth of the instructions of a switch in a loop. (Where a compiler does not
 * optimize, calls are nested as deep as a table is long.)
 *
 * at       where it is put: in a register from field to field
 * base     the struct that the offsets count in
 *
 * Returns the end of what was put.
 */
typedef char *json_put(struct json_out *out, const struct json_op *op,
                       const char *base, char *at);

/* How a field is written, or the beginning or the end of an object; a line of
 * the cache. */
struct json_op {
	char key[JSON_KEY_MAX]; /* "name": and the quote or brace of a value */
	json_put *put;
	union {
		/* FIELD_WORD, as json_op_know() was told */
		const struct json_words *words;
		/* FIELD_COUNT: "name":0, followed by that of the next counter;
		 * NULL: not prepared. Most counters of a healthy connection are
		 * 0, and any run of them is written by one copy, in blocks:
		 * there are JSON_BLOCK bytes behind the last. */
		const char *zeros;
		/* Of json_put_constant; JSON_CONSTANT_BLOCK bytes can be read
		 * of it whatever its length. */
		const char *text;
	};
	union {
		uint32_t offset;
		uint32_t text_len; /* of json_put_constant */
	};
	/* Bytes that have to be left for this one and all behind it, up to the
	 * next whose size has no bound: that one asks again behind itself. */
	int32_t room;
	uint8_t type; /* enum field_type; FIELD_PART: the end of a table */
	uint8_t key_len;
	uint8_t takes_back; /* json_put_constant: so many bytes before it */
	bool is_end;        /* FIELD_OBJECT: with the key of its beginning */
	bool required;      /* FIELD_OBJECT: also when it is empty */
	bool own;           /* as the field */
};

/* Prepare one field, of an object its beginning, but nothing that it refers
 * to. */
void json_op_init(struct json_op *op, const struct field *f);

/* Tell a FIELD_WORD its prepared words. */
void json_op_know(struct json_op *op, const struct json_words *words);

/* What is a text already, with its comma. */
struct json_op json_op_constant(const char *text, uint32_t n);

/* The end of the object that begins with this. */
struct json_op json_op_end(const struct json_op *begin);

/* All are prepared: put what stops them at their end, where there is room for
 * one more, and find out what room each has to ask for. */
void json_ops_close(const struct json_op *first, struct json_op *end);

/* Put all fields of a table that was closed; those that do not fit are left
 * out, and out->full is set. Returns their end. */
char *json_put_ops(struct json_out *out, const struct json_op *op,
                   const char *base, char *at);

/* Put a single one into out. False if there is no room for it. */
bool json_put_op(struct json_out *out, const struct json_op *op,
                 const char *base);

#endif
