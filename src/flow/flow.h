/*
 * Interface for the table of flows: four-tuples, the lives that each has and
 * had, and when a life is over.
 *
 * A flow has at most one current life. While a SYN with a new sequence number
 * is not yet answered, the life before it may still be held by the other end;
 * it is kept beside as `older` until that is settled (RFC 9293 section 3.5.1,
 * half-open connections). Lives that are over shrink to `struct past` and are
 * kept for 240 s.
 *
 * The table has a budget. When it is spent, the least useful goes first: past
 * lives, then SYNs without an answer, then the connection that was idle for
 * longest. What went is counted.
 */
#ifndef TCPCLOSE_FLOW_FLOW_H
#define TCPCLOSE_FLOW_FLOW_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "decode/segment.h"
#include "flow/wheel.h"
#include "tcp/step.h"

/* A four-tuple without direction: end 0 is the lower (address, port). */
struct flow_key {
	struct ip_addr addr[2];
	uint16_t port[2];
	uint16_t vlan[SEGMENT_VLANS];
	uint8_t n_vlans;
	uint8_t ip_version;
	uint16_t reserved;
	uint32_t tunnel;
};

struct flow;

/* What the analyzer's bookkeeping notes of a life; the table does not. */
struct life_book {
	uint32_t generation; /* of its seat among the routes ... */
	uint8_t place;       /* ... plus one; 0: none */
	uint8_t bucket;      /* of its hosts, if has_bucket */
	uint8_t n_requests;  /* bursts of the client's payload; saturates */
	bool is_begun : 1;
	bool client_spoke_last : 1;
	bool has_bucket : 1;
};

struct life {
	struct conn conn;
	struct flow *flow;
	void *notes; /* the analyzer's own, in the pool; it gives them back
	              * when the life is over */
	uint32_t notes_size; /* 0: they must stay where they are */
	uint32_t heeded;     /* the analyzer's, too: the steps that its notes
	                      * are for; others need no look at them */
	struct life_book book;
};

/* What all that a table holds begins with: see flow/table.h. */
struct flow_entry {
	uint32_t hash;       /* of its key: flow/index.h */
	pool_ref prev, next; /* in the list of its class */
	uint8_t class;       /* enum flow_class */
	uint8_t n_pasts;
	union {
		/* Of the segment that a struct syn stands for. */
		struct {
			uint8_t flags, options;
		};
		uint16_t done; /* a flow's place in done[], plus one */
	};
};

struct flow {
	struct flow_entry entry;
	struct timer timer; /* no life or past is due before its deadline */
	struct life *life;  /* current; NULL if only the past is left */
	struct life *older; /* superseded by a SYN that is not settled */
	struct past *pasts; /* newest first */
	int64_t past_due;   /* when the first of them is forgotten */
	uint32_t n_lives;   /* so far: the newest life's incarnation */
	uint32_t joined;    /* its list: table_clock(); CLASS_FRESH: number */
	struct flow_key key;
};

static_assert(sizeof(struct flow) <= 128, "a flow is two cache lines");

struct flow_options {
	int64_t linger;       /* ns a finished life is kept for latecomers */
	int64_t idle_timeout; /* ns without a segment that end any life */
	int64_t time_wait;    /* ns that TIME_WAIT lasts */
	uint64_t max_memory;  /* bytes; of more than POOL_BYTES_MAX, those */
	uint64_t hash_seed;
};

/* What the table tells its owner. */
struct flow_events {
	void *ctx;
	/* The id of a life, which is asked for once. Of one that a SYN began,
	 * and of which nothing else was seen, that is not before somebody else
	 * needs it: until then its flow_id is 0. */
	uint64_t (*name)(void *ctx, const struct life *life);
	/* A segment, or time, did something to a life. */
	int (*step)(void *ctx, struct life *life, const struct step *step);
	/* A life is over; its memory is used again on return. */
	int (*over)(void *ctx, struct life *life, enum end_reason reason);
	/* The same of a life that was one SYN without payload, to which nobody
	 * kept notes. NULL: over() is told. */
	int (*unanswered)(void *ctx, struct life *life, enum end_reason reason);
	/* A segment that belongs to no life but a past one. */
	void (*late)(void *ctx, const struct past *past,
	             const struct segment *seg);
};

struct flow_counts {
	uint64_t flows, lives, pasts; /* held now */
	uint64_t n_lives;             /* ever begun */
	uint64_t late_segments;       /* of lives that were over */
	uint64_t evicted_pasts, evicted_syns, evicted_lives;
	uint64_t memory;       /* bytes in use */
	uint64_t memory_limit; /* and what they may be at most */
};

struct flow_table;

struct flow_table *flow_table_new(const struct flow_options *options,
                                  const struct flow_events *events,
                                  const struct tcpclose_allocator *alloc);

/* Forgets everything without telling; see flow_table_finish(). */
void flow_table_free(struct flow_table *t);

/* Where a segment's flow is looked for. */
struct flow_place {
	struct flow_key key;
	uint64_t hash;
	unsigned from; /* end that sent the segment */
};

/*
 * Work out the places of segments whose turn comes soon, and have what they
 * will touch fetched from memory meanwhile: three reads, each of which tells
 * where the next one goes, of all segments side by side.
 */
void flow_table_expect(const struct flow_table *t, const struct segment *seg,
                       size_t n, struct flow_place *place);

/*
 * Take in a segment; its time must not lie before that of the one before. Its
 * place was worked out by flow_table_expect(), however long ago.
 *
 * Returns  TCPCLOSE_OK, TCPCLOSE_ENOMEM, or what an event handler returned
 */
int flow_table_take(struct flow_table *t, const struct segment *seg,
                    const struct flow_place *place);

/* Both at once. */
int flow_table_segment(struct flow_table *t, const struct segment *seg);

/* Let time pass to `now`: lives end, TIME_WAITs expire. */
int flow_table_advance(struct flow_table *t, int64_t now);

/* End every life at `now`, in the order in which they began. */
int flow_table_finish(struct flow_table *t, int64_t now);

struct flow_counts flow_table_counts(const struct flow_table *t);

/* Memory that the owner took elsewhere counts towards the budget. */
void flow_table_charge(struct flow_table *t, uint64_t bytes);

/* Where the owner takes what it keeps with lives: it counts by itself. */
struct pool *flow_table_pool(struct flow_table *t);

#endif
