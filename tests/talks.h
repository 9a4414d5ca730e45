/*
 * Interface for playing many connections to an analyzer: tests of findings
 * that no single connection shows. A talk is a whole connection in a line;
 * their segments are shown in the order of time, from the middle of the path.
 */
#ifndef TCPCLOSE_TESTS_TALKS_H
#define TCPCLOSE_TESTS_TALKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "decode/segment.h"

enum talk_answer {
	ANSWERED, /* the newest SYN of it */
	IGNORED,
	REFUSED, /* by RST */
};

enum talk_close {
	CLIENT_FIRST,
	SERVER_FIRST,
	CLIENT_ABORTS,
	STAYS_OPEN,
};

struct talk {
	int64_t at; /* ms: its first SYN */
	uint16_t port;
	uint8_t client, server; /* the last byte of their addresses */
	enum talk_answer answer;
	enum talk_close close;
	int64_t lasts;   /* ms until the close; 0: 100 */
	unsigned n_syns; /* 0: one; after 1 s, 3 s, 7 s ... */
	int64_t clock;   /* of the client: ms that it is ahead */
	bool no_timestamps;
};

/* What differs from one playing to the next. */
enum talks_world {
	OVER_IPV4,
	OVER_IPV6,
	WRAPPING, /* sequence numbers and timestamps */
	N_TALKS_WORLDS
};

struct talks {
	enum talks_world world;
	struct segment *seg;
	size_t n, room;
	bool client_only;    /* the server's segments are not captured */
	bool live;           /* open findings are told, too */
	uint32_t port_range; /* 0: as analyzer_options_init() has it */
	uint64_t findings;   /* set of kinds; 0: all */
};

void talks_init(struct talks *t, enum talks_world world);
void talks_add(struct talks *t, struct talk talk);

/* Play all, to `until` ms; returns the findings of that name, a new array. */
json_t *talks_run(struct talks *t, int64_t until, const char *finding);

void talks_fini(struct talks *t);

#endif
