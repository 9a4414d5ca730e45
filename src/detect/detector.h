/*
 * Interface for a detector: one kind of trouble, one file. It watches the
 * steps of one connection, collects what they prove, and judges when asked;
 * judging changes nothing, so it can be asked at any moment: when the
 * connection is over, and on a live capture while the trouble lasts
 * (END_NOT_YET). What it says then must be true by then: not that an answer is
 * missing which may still be on its way.
 *
 * Adding one: a file that ends in a filled-in struct detector, and a line in
 * detectors.def.
 */
#ifndef TCPCLOSE_DETECT_DETECTOR_H
#define TCPCLOSE_DETECT_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "record/record.h"
#include "tcp/step.h"

/* The moment of judgement. */
struct moment {
	const struct conn *conn;
	int64_t now; /* packet time */
	enum end_reason reason;
};

enum finding_end {
	FINDING_OF_END_0,
	FINDING_OF_END_1,
	FINDING_OF_BOTH,
};

#define FINDING_MESSAGE_MAX 512

/*
 * A judgement. Connection, ids, filter and phase are added by the analyzer.
 *
 * What is large stands last: judges are asked for each watch of each
 * connection and mostly find nothing, so only what is before it is cleared.
 */
struct finding {
	enum severity severity;
	enum confidence confidence;
	enum finding_end end; /* the end that bears the consequence */
	uint8_t story; /* tells those of one end apart: the same whenever it is
	                * asked; 0 if there can be one only */
	int64_t first_ts, last_ts;
	int64_t count;
	bool is_dismissed;     /* the kernel's word says that it is none */
	const char *outcome;   /* a word of kind.outcomes */
	void *detail;          /* fill: zeroed memory of kind's own struct */
	struct numbers frames; /* the packets that prove it */
	char message[FINDING_MESSAGE_MAX]; /* one plain sentence with numbers */
};

/* Nothing is found yet; detail is borrowed. */
static inline void finding_clear(struct finding *f, void *detail)
{
	memset(f, 0, offsetof(struct finding, frames.at));
	f->detail = detail;
	f->message[0] = '\0';
}

struct detector {
	struct finding_kind kind;
	size_t memory;      /* of a watch: zeroed, one a connection */
	size_t detail_size; /* of the struct that kind.fields describes */

	/* Meanings (enum step_meaning) of a step that begins a watch, and of
	 * those that it is shown from then on; that step included. */
	uint32_t starts;
	uint32_t follows;

	/* A watch begins with such a step only if this says so, which sees the
	 * connection as it is after the step. NULL: always. So that what every
	 * close has, and tells nothing yet, costs no watch. */
	bool (*begins)(const struct step *step);
	bool in_close; /* it never begins before the first FIN or RST */

	/* Take a step in. */
	void (*observe)(void *watch, const struct step *step);

	/*
	 * The i-th trouble of this kind on this connection, as it stands at
	 * that moment; false if there are no more. What turns out to be no
	 * trouble is not counted.
	 */
	bool (*judge)(const void *watch, const struct moment *moment,
	              unsigned i, struct finding *out);

	/* The same, instead, where an end can have one at most: that of this
	 * end. */
	bool (*judge_end)(const void *watch, const struct moment *moment,
	                  unsigned end, struct finding *out);

	/*
	 * When mere time may make a trouble of what was seen, if nothing else
	 * comes: later than moment->now; INT64_MAX: never. May be NULL. It is
	 * asked live only, after each step and each look, and it may be in
	 * vain.
	 */
	int64_t (*next_look)(const void *watch, const struct moment *moment);

	/*
	 * Take in what the kernel of this host says, at that moment, of the
	 * socket at the end that bears the i-th trouble. After that it is
	 * judged again, and has the same number, even if it is dismissed. NULL:
	 * the kernel's word changes nothing.
	 */
	void (*hear)(void *watch, const struct moment *moment, unsigned i,
	             const struct kernel_word *word);
};

/*
 * Ask a detector for the i-th trouble that a watch of its proves.
 *
 * detail   scratch of d->detail_size bytes; out borrows it
 *
 * Returns  false if there are no more
 */
bool detector_judge(const struct detector *d, const void *watch,
                    const struct moment *moment, unsigned i, void *detail,
                    struct finding *out);

/* All detectors, in the order of detectors.def. */
extern const struct detector *const detectors[];
extern const size_t n_detectors;

/*
 * The kinds of all findings: those of the detectors, then those of the host
 * detectors (detect/host_detector.h). Sets of findings are sets of these
 * indexes. NULL: there are no more.
 */
const struct finding_kind *finding_kind_at(size_t i);

/* ---- for detectors ------------------------------------------------------- */

/*
 * What a capture that missed packets or began late can still claim: one grade
 * less.
 */
enum confidence confidence_here(const struct conn *conn,
                                enum confidence confidence);

/* The packets that prove it, while a watch lasts: the first few, because many
 * connections may have one. */
#define FRAMES_FEW 12
struct frames {
	uint32_t n, n_more;
	int64_t at[FRAMES_FEW];
};

void frames_add(struct frames *frames, uint64_t frame);
void frames_tell(const struct frames *frames, struct finding *finding);

/*
 * The RST answers STEP_LATE_DATA, the newest of which came at late_ts (0:
 * none). Whatever form the RST has, nobody there reads any longer: a live
 * socket that has got the data acknowledges it, by its RST at the latest
 * (tcp_send_active_reset()); and if it does so by that, and so late that the
 * ACK was due long before, it aborts for another reason.
 */
bool rst_answers_late_data(const struct step *step, int64_t late_ts);

/* "client" or "server", for messages. */
const char *end_role(const struct conn *conn, unsigned end);

/* A duration for people, such as "0.215 s", "61 s", "4.5 ms"; into out. */
#define SPAN_TEXT_MAX 24
const char *span_text(int64_t ns, char out[static SPAN_TEXT_MAX]);

#endif
