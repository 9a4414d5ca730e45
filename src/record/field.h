/*
 * Interface for field tables: what a record holds, declared once beside the
 * struct that holds it. The tables feed the NDJSON and JSON writers, the
 * schemas, --explain and the manual page, so these cannot disagree.
 *
 *	static const struct field fields[] = {
 *		{ "copies", FIELD_COUNT, offsetof(struct watch, copies),
 *		  .meaning = "copies of the FIN" },
 *		...
 *		FIELDS_END,
 *	};
 */
#ifndef TCPCLOSE_RECORD_FIELD_H
#define TCPCLOSE_RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/*
 * What stands in the struct, and what that becomes in JSON. "Absent" fields
 * are left out of the JSON.
 */
enum field_type {
	FIELD_COUNT,    /* int64_t -> integer >= 0;          absent: ABSENT */
	FIELD_NUMBER,   /* int64_t -> integer;               absent: ABSENT */
	FIELD_DECIMAL,  /* int64_t hundredths, >= 0 -> 12.34; absent: ABSENT */
	FIELD_TIME,     /* int64_t ns -> RFC 3339 string;    absent: ABSENT */
	FIELD_DURATION, /* int64_t ns -> integer in us;      absent: ABSENT */
	FIELD_BOOL,     /* int64_t 0, 1 -> false, true;      absent: ABSENT */
	FIELD_ID,       /* uint64_t -> 16 hexadecimal digits; absent: 0 */
	FIELD_FRAME,    /* uint64_t, base/frame.h -> its number; absent: 0 */
	FIELD_WORD,     /* const char * of `words`;          absent: NULL */
	FIELD_TEXT,     /* const char *, UTF-8 or not;       absent: NULL */
	FIELD_IP,      /* struct ip_value;                  absent: version 0 */
	FIELD_NUMBERS, /* struct numbers -> list of integers;   absent: n 0 */
	FIELD_DURATIONS, /* struct numbers, ns -> list in us;     absent: n 0 */
	FIELD_FRAMES,    /* struct numbers -> list of frames' numbers; the same
	                  */
	FIELD_WORDS,     /* struct texts -> list of `words`;      absent: n 0 */
	FIELD_TEXTS,     /* struct texts -> list of strings;      absent: n 0 */
	FIELD_SOURCES,   /* struct sources -> list of strings;    absent: n 0 */
	FIELD_OBJECT,    /* a struct in the struct, described by `fields` */
	FIELD_PART,      /* the same, but its fields stand in the parent */
};

#define ABSENT INT64_MIN

#define NUMBERS_MAX 64 /* `frames` holds no more */
#define TEXTS_MAX   24

/*
 * A list. Where 64 are too many, a field may be any struct that begins like
 * this one and has fewer places.
 */
struct numbers {
	uint32_t n;
	uint32_t n_more; /* how many more there were than fit */
	int64_t at[NUMBERS_MAX];
};

struct texts {
	uint32_t n;
	const char *at[TEXTS_MAX]; /* borrowed */
};

/* Begins like struct texts: one for each of a list of frames. */
struct sources {
	uint32_t n;
	const char *at[NUMBERS_MAX]; /* borrowed */
};

/* A frame that may be of another source than its record: what a FIELD_FRAME
 * that has a FIELD_TEXT behind it is of. */
struct frame_named {
	uint64_t frame;
	const char *source; /* borrowed; NULL: that of the record */
};

struct ip_value {
	struct ip_addr addr;
	unsigned version; /* 4, 6; 0: absent */
};

/* How a field is counted or measured for who watches a run from outside. */
enum metric_type {
	METRIC_NONE,
	METRIC_COUNTER,   /* it never shrinks; a FIELD_WORD: records by word */
	METRIC_GAUGE,     /* it goes up and down */
	METRIC_HISTOGRAM, /* FIELD_DURATION: records by duration */
};

/* Names are without the program's name, a unit, or _total. */
struct field_metric {
	enum metric_type type;
	const char *name;  /* NULL: the field's */
	const char *label; /* FIELD_WORD: of its words; FIELD_OBJECT: of the
	                    * names of its fields, all measured alike */
};

struct field {
	const char *name; /* key in JSON; a duration's ends in _us */
	enum field_type type;
	size_t offset;
	const char *unit;           /* "us", "bytes", ...; NULL if none */
	const char *meaning;        /* one sentence, without a full stop */
	const char *const *words;   /* FIELD_WORD(S): closed list, NULL-ended */
	const struct field *fields; /* FIELD_OBJECT, FIELD_PART */
	bool required;              /* always present */
	bool own;                   /* differs also among records of a series,
	                             * see record/record.h */
	struct field_metric metric; /* nothing: none is made of it */
};

#define FIELDS_END                                                             \
	{                                                                      \
		.name = NULL                                                   \
	}

/* The two fields of a struct frame_named at an offset; what follows is said of
 * the frame. */
#define FRAME_NAMED(key, at, ...)                                              \
	{ key, FIELD_FRAME, (at) + offsetof(struct frame_named, frame),        \
	  __VA_ARGS__ },                                                       \
	{                                                                      \
		key "_source", FIELD_TEXT,                                     \
			(at) + offsetof(struct frame_named, source),           \
			.meaning = "the capture file of " key                  \
				   "; absent if that is source"                \
	}

/* Append, or count it as one that did not fit; texts drop it. */
void numbers_add(struct numbers *list, int64_t n);
void texts_add(struct texts *list, const char *s);

/* Copy what is in a list, not the places that are free. */
void numbers_copy(struct numbers *to, const struct numbers *from);

/*
 * Make every field of a struct absent. For a record that is built often,
 * do this once and copy the result.
 */
void fields_clear(const struct field *fields, void *data);

/* The place of a word in a NULL-ended list; -1 if it is not in it, or NULL. */
int word_index(const char *const *words, const char *word);

#endif
