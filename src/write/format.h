/*
 * Interface for a format: one file that ends in a filled-in writer_ops, and
 * a line in writers.def.
 */
#ifndef TCPCLOSE_WRITE_FORMAT_H
#define TCPCLOSE_WRITE_FORMAT_H

#include "base/buffer.h"
#include "write/writer.h"

/*
 * A format appends whole lines to w->out and returns a status; the writer
 * hands them to the sink and watches w->out.failed.
 *
 * open     sets w->state, if it needs one
 * record   any record, in the order they happened
 * close    the end of the output; w->state is freed after it, and also if
 *          something failed before
 * replaces if the sink does: each stats record makes an output that stands
 *          for all before it, and is one block
 */
struct writer_ops {
	const char *name;
	const char *const *suffixes; /* NULL-ended, the usual one first */
	const char *summary;
	bool is_lines; /* each record is a line that stands for itself */
	int (*open)(struct writer *w, struct tcpclose_error *err);
	int (*record)(struct writer *w, const struct record *r,
	              struct tcpclose_error *err);
	int (*close)(struct writer *w, const struct summary *summary,
	             struct tcpclose_error *err);
	void (*free)(struct writer *w);
	bool replaces;
};

struct writer {
	const struct writer_ops *ops;
	struct writer_options options;
	struct sink sink;
	struct buffer out; /* whole lines that the sink has not seen */
	uint64_t handed;   /* bytes that the sink was given */
	int status;        /* the first failure; stays */
	void *state;       /* the format's own */
};

/* clang-format off */
#define PLANNED(name, suffix)
#define X(name) extern const struct writer_ops writer_##name;
#include "write/writers.def"
#undef X
#undef PLANNED
/* clang-format on */

/* Hand w->out to the sink and empty it. */
int writer_drain(struct writer *w, struct tcpclose_error *err);

/* Zeroed memory for w->state. */
int writer_new_state(struct writer *w, size_t size, struct tcpclose_error *err);

#endif
