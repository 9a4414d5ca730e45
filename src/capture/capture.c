/*
 * Many sources, one time line. Every source waits in a heap for its turn;
 * the earliest is asked for its next packet only when it is needed, so a
 * file of a long rotation is not open before its time comes.
 */
#include "capture/capture.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "capture/filter.h"
#include "capture/live.h"
#include "capture/merge.h"
#include "capture/paths.h"
#include "capture/source.h"

/* Read buffers: one source's, the least, and what all together may take. */
#define BUFFER       ((size_t)256 << 10)
#define BUFFER_LEAST ((size_t)16 << 10)
#define BUFFERS      ((size_t)64 << 20)

/* More sources than these rest stopped until their first packet is due. */
#define STARTED_AT_ONCE 16

/* What is to be done when a source's turn comes. */
enum slot_state {
	SLOT_RESTS,    /* start it, then read */
	SLOT_RUNS,     /* read */
	SLOT_UNJUDGED, /* pkt was read, but may not pass the filter */
	SLOT_READY,    /* pkt is the source's next packet */
	SLOT_BROKEN,   /* tell the error */
};

struct slot {
	struct source *source;
	enum slot_state state;
	uint32_t number; /* which slot: `source` of its packets */
	struct tcpclose_packet pkt;
	struct tcpclose_error *error;
};

struct capture {
	const struct tcpclose_allocator *alloc;
	struct filter *filter; /* NULL: everything passes */
	struct file_pool pool;
	struct paths paths;
	size_t next;        /* of paths to begin with */
	bool hold;          /* open files when they are added */
	struct slot *slots; /* room for paths.n */
	size_t n;
	struct merge merge;
	struct slot *direct; /* asked without more ado; NULL: see who is next */
	bool lost;           /* some source's loss was not taken yet */
};

static int no_memory(struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_ENOMEM, (struct error_place){ 0 },
	                 "no memory");
}

/* Does the packet pass? Returns 1, 0 or a negative status. */
static int judge(struct capture *c, const struct slot *slot,
                 const struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	if (!c->filter)
		return 1;
	return filter_match(c->filter, pkt, slot->source->stats.name, err);
}

static int start(struct capture *c, struct slot *slot,
                 struct tcpclose_error *err)
{
	struct source *s = slot->source;
	slot->state = SLOT_RUNS;
	const int status = s->ops->start(s, err);
	for (size_t i = 0; c->filter && i < s->stats.n_link_types; i++)
		filter_prepare(c->filter, s->stats.link_type[i]);
	return status;
}

/* The slot's next packet, of a source that runs. */
static int next_of(struct capture *c, const struct slot *slot,
                   struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	struct source *s = slot->source;
	pkt->source = slot->number;
	const int status = s->ops->next(s, pkt, err);
	c->lost |= s->stats.lost;
	return status;
}

static void stop(struct slot *slot)
{
	slot->source->ops->stop(slot->source);
	slot->state = SLOT_RESTS;
}

static int tell(const struct tcpclose_error *kept, struct tcpclose_error *err)
{
	const struct error_place place = { .file = kept->file,
		                           .frame = kept->frame,
		                           .offset = kept->offset };
	return error_set(err, kept->status, place, "%s", kept->text);
}

/* The slot's next packet that passes. Returns 1, 0 at the end, or a status. */
static int fetch(struct capture *c, struct slot *slot,
                 struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	int status = 0;
	if (slot->state == SLOT_BROKEN)
		return tell(slot->error, err);
	if (slot->state == SLOT_RESTS)
		status = start(c, slot, err);
	if (slot->state == SLOT_UNJUDGED) {
		slot->state = SLOT_RUNS;
		*pkt = slot->pkt;
		status = judge(c, slot, pkt, err);
	}
	while (status == 0) {
		status = next_of(c, slot, pkt, err);
		if (status != 1)
			return status;
		status = judge(c, slot, pkt, err);
	}
	return status;
}

/* The source is through, or broke. */
static int finish(struct capture *c, struct slot *slot, int status)
{
	merge_drop(&c->merge);
	c->direct = NULL;
	stop(slot);
	return status;
}

static int next_of_one(struct capture *c, struct slot *slot,
                       struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	const int status = fetch(c, slot, pkt, err);
	return status > 0 ? status : finish(c, slot, status);
}

/* The earliest source delivers what it holds, else it is asked what it has
 * and takes its new turn. */
static int next_of_many(struct capture *c, struct slot *slot,
                        struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	if (slot->state == SLOT_READY) {
		slot->state = SLOT_RUNS;
		*pkt = slot->pkt;
		return 1;
	}
	const int status = fetch(c, slot, &slot->pkt, err);
	if (status <= 0)
		return finish(c, slot, status);
	slot->state = SLOT_READY;
	merge_replace(&c->merge, (struct turn){ slot->pkt.ts, slot->number });
	return 0;
}

/* The last source, if it runs and all of its packets pass. */
static struct slot *find_direct(const struct capture *c)
{
	if (c->merge.n != 1 || c->filter)
		return NULL;
	struct slot *slot = &c->slots[c->merge.turn[0].source];
	return slot->state == SLOT_RUNS ? slot : NULL;
}

static int next_in_turn(struct capture *c, struct tcpclose_packet *pkt,
                        struct tcpclose_error *err)
{
	int status = 0;
	while (status == 0 && c->merge.n > 0) {
		struct slot *slot = &c->slots[c->merge.turn[0].source];
		status = c->merge.n == 1 && slot->state != SLOT_READY
		                 ? next_of_one(c, slot, pkt, err)
		                 : next_of_many(c, slot, pkt, err);
	}
	c->direct = find_direct(c);
	return status;
}

int capture_next(struct capture *c, struct tcpclose_packet *pkt,
                 struct tcpclose_error *err)
{
	struct slot *slot = c->direct;
	if (!slot)
		return next_in_turn(c, pkt, err);
	const int status = next_of(c, slot, pkt, err);
	return status > 0 ? status : finish(c, slot, status);
}

static void rest(struct slot *slot, size_t buffer)
{
	struct capture_source *stats = &slot->source->stats;
	stop(slot);
	slot->source->buffer = buffer;
	stats->packets = 0;
	stats->bytes_read = 0;
	stats->dropped_kernel = 0;
	stats->dropped_interface = 0;
	stats->lost = false;
}

static int keep_error(struct capture *c, struct slot *slot,
                      const struct tcpclose_error *error,
                      struct tcpclose_error *err)
{
	slot->error = alloc_new(c->alloc, 1, sizeof(*error));
	if (!slot->error)
		return no_memory(err);
	*slot->error = *error;
	slot->state = SLOT_BROKEN;
	return TCPCLOSE_OK;
}

/* Read the first packet to know the source's turn. An error here comes out
 * in capture_next(): the source is a capture, if a broken one. */
static int take_turn(struct capture *c, struct slot *slot,
                     struct tcpclose_error *err)
{
	struct tcpclose_error first = { 0 };
	struct turn turn = { INT64_MIN, slot->number };
	const int status = next_of(c, slot, &slot->pkt, &first);
	if (status > 0) {
		turn.ts = slot->pkt.ts;
		slot->state = SLOT_UNJUDGED;
	} else {
		stop(slot);
	}
	if (status < 0 && keep_error(c, slot, &first, err) < 0)
		return TCPCLOSE_ENOMEM;
	if (status != 0)
		merge_add(&c->merge, turn);
	return TCPCLOSE_OK;
}

static size_t buffer_for(size_t n)
{
	const size_t share = BUFFERS / n;
	if (share > BUFFER)
		return BUFFER;
	return share < BUFFER_LEAST ? BUFFER_LEAST : share;
}

/* A source alone need not be asked for its first packet, which may be long
 * in coming through a pipe. */
static int enter(struct capture *c, struct slot *slot,
                 struct tcpclose_error *err)
{
	const bool many = c->paths.n > STARTED_AT_ONCE;
	slot->source->buffer = many ? BUFFER_LEAST : BUFFER;
	int status = start(c, slot, err);
	if (status < 0)
		return status;
	if (c->paths.n == 1) {
		merge_add(&c->merge, (struct turn){ 0 });
		return TCPCLOSE_OK;
	}
	status = take_turn(c, slot, err);
	if (status == TCPCLOSE_OK && many && slot->source->replayable &&
	    slot->state == SLOT_UNJUDGED)
		rest(slot, buffer_for(c->paths.n));
	return status;
}

static void drop_last(struct capture *c)
{
	struct slot *slot = &c->slots[--c->n];
	slot->source->ops->free(slot->source);
	alloc_free(c->alloc, slot->error);
	*slot = (struct slot){ 0 };
}

/* What was found in a directory may be no capture, and if it is a broken one
 * the others are still worth reading. */
static int add(struct capture *c, struct path *path, struct tcpclose_error *err)
{
	struct tcpclose_error own = { 0 };
	struct slot *slot = &c->slots[c->n];
	slot->source =
		source_file_new(path->name, path->held, &c->pool, c->alloc);
	path->held = -1; /* it is the source's now */
	if (!slot->source)
		return no_memory(err);
	slot->number = (uint32_t)c->n++;
	int status = enter(c, slot, &own);
	if (status == TCPCLOSE_OK)
		return TCPCLOSE_OK;
	if (!path->from || status == TCPCLOSE_ENOMEM) {
		tell(&own, err);
		drop_last(c);
		return status;
	}
	if (slot->source->foreign) {
		drop_last(c);
		return TCPCLOSE_OK;
	}
	stop(slot);
	status = keep_error(c, slot, &own, err);
	if (status == TCPCLOSE_OK)
		merge_add(&c->merge, (struct turn){ INT64_MIN, slot->number });
	return status;
}

/* As many as there are paths; some may turn out to be no sources. */
static int make_slots(struct capture *c, struct tcpclose_error *err)
{
	if (c->slots)
		return TCPCLOSE_OK;
	c->slots = alloc_new(c->alloc, c->paths.n, sizeof(*c->slots));
	c->merge.turn = alloc_new(c->alloc, c->paths.n, sizeof(struct turn));
	return c->slots && c->merge.turn ? TCPCLOSE_OK : no_memory(err);
}

int capture_begin(struct capture *c, struct tcpclose_error *err)
{
	if (c->paths.n > 0 && make_slots(c, err) < 0)
		return TCPCLOSE_ENOMEM;
	while (c->next < c->paths.n) {
		const int status = add(c, &c->paths.path[c->next++], err);
		if (status < 0)
			return status;
	}
	const char *directory = c->paths.directory;
	c->paths.directory = NULL; /* told once */
	if (c->n > 0 || !directory)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EFORMAT,
	                 (struct error_place){ .file = directory },
	                 "no pcap or pcapng capture in this directory");
}

int capture_new(struct capture **out, const struct capture_options *options,
                const struct tcpclose_allocator *alloc,
                struct tcpclose_error *err)
{
	struct capture *c = alloc_new(alloc, 1, sizeof(*c));
	if (!c)
		return no_memory(err);
	int status = TCPCLOSE_OK;
	c->alloc = alloc;
	c->hold = options && options->hold;
	paths_init(&c->paths, alloc);
	if (options && options->filter && options->filter[0] != '\0')
		status = filter_new(&c->filter, options->filter, c->alloc, err);
	if (status < 0)
		capture_close(c);
	else
		*out = c;
	return status;
}

int capture_add(struct capture *c, const char *path, struct tcpclose_error *err)
{
	const size_t n = c->paths.n;
	const int status = paths_add(&c->paths, path, err);
	if (status < 0 || !c->hold)
		return status;
	return paths_hold(&c->paths, n, err);
}

void capture_expect(struct capture *c, uint32_t link_type)
{
	if (c->filter)
		filter_prepare(c->filter, link_type);
}

const char *capture_by_name(const struct capture *c, size_t *i)
{
	while (*i < c->paths.n) {
		const struct path *path = &c->paths.path[(*i)++];
		if (path->held < 0 && strcmp(path->name, "-") != 0)
			return path->name;
	}
	return NULL;
}

static int open_all(struct capture *c, const char *const *paths, size_t n_paths,
                    struct tcpclose_error *err)
{
	int status = TCPCLOSE_OK;
	for (size_t i = 0; status == TCPCLOSE_OK && i < n_paths; i++)
		status = capture_add(c, paths[i], err);
	return status == TCPCLOSE_OK ? capture_begin(c, err) : status;
}

int capture_open(struct capture **out, const char *const *paths, size_t n_paths,
                 const struct capture_options *options,
                 const struct tcpclose_allocator *alloc,
                 struct tcpclose_error *err)
{
	struct capture *c = NULL;
	if (n_paths == 0)
		return error_set(err, TCPCLOSE_EOPTION,
		                 (struct error_place){ 0 },
		                 "no capture was named");
	int status = capture_new(&c, options, alloc, err);
	if (!c)
		return status;
	status = open_all(c, paths, n_paths, err);
	if (status < 0)
		capture_close(c);
	else
		*out = c;
	return status;
}

static int open_interface(struct capture *c,
                          const struct capture_live_options *options,
                          struct tcpclose_error *err)
{
	c->slots = alloc_new(c->alloc, 1, sizeof(*c->slots));
	c->merge.turn = alloc_new(c->alloc, 1, sizeof(struct turn));
	struct source *live = source_live_new(options, c->alloc);
	if (live && c->slots) {
		c->slots[0].source = live;
		c->n = 1;
	} else if (live) {
		live->ops->free(live);
	}
	if (c->n == 0 || !c->merge.turn)
		return no_memory(err);
	merge_add(&c->merge, (struct turn){ 0 });
	return start(c, &c->slots[0], err);
}

int capture_open_live(struct capture **out,
                      const struct capture_live_options *options,
                      const struct tcpclose_allocator *alloc,
                      struct tcpclose_error *err)
{
	struct capture *c = alloc_new(alloc, 1, sizeof(*c));
	if (!c)
		return no_memory(err);
	c->alloc = alloc;
	const int status = open_interface(c, options, err);
	if (status < 0)
		capture_close(c);
	else
		*out = c;
	return status;
}

int capture_live_descriptor(const struct capture *c)
{
	return source_live_descriptor(c->slots[0].source);
}

void capture_count_drops(struct capture *c, int64_t now)
{
	struct source *live = c->slots[0].source;
	source_live_count_drops(live, now);
	c->lost |= live->stats.lost;
}

bool capture_take_loss(struct capture *c, struct capture_loss *loss)
{
	for (size_t i = 0; c->lost && i < c->n; i++) {
		struct capture_source *s = &c->slots[i].source->stats;
		if (s->lost) {
			s->lost = false;
			*loss = s->loss;
			return true;
		}
	}
	c->lost = false;
	return false;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	while (c->n > 0)
		drop_last(c);
	alloc_free(c->alloc, c->slots);
	alloc_free(c->alloc, c->merge.turn);
	filter_free(c->filter);
	if (c->paths.alloc)
		paths_fini(&c->paths);
	alloc_free(c->alloc, c);
}

size_t capture_n_sources(const struct capture *c)
{
	return c->n;
}

const struct capture_source *capture_source(const struct capture *c, size_t i)
{
	return &c->slots[i].source->stats;
}
