/*
 * Interface for asking the kernel of this host about the socket that a finding
 * concerns, at a bounded rate, and putting its answer into words. How it is
 * asked is the caller's: see struct analyzer_sink.
 */
#ifndef TCPCLOSE_KERNEL_H
#define TCPCLOSE_KERNEL_H

#include "account.h"
#include "host/sockets.h"
#include "ration.h"
#include "record/kernel.h"

/* How the analyzer's owner asks for one socket: as host_sockets_ask(). */
typedef enum host_answer (*kernel_ask_fn)(void *ctx,
                                          const struct host_four_tuple *name,
                                          struct host_socket *out);

struct kernel {
	kernel_ask_fn ask; /* NULL: nobody is to be asked */
	void *ctx;
	struct ration ration;
	uint64_t n_questions;
	uint64_t n_dismissed; /* the findings' to count */
};

/*
 * Ask about the end that bears a finding; if that is no socket of this host,
 * about its peer. Each takes from the ration.
 *
 * now      of the packets: ns since 1970
 * out      cleared; filled if the kernel said anything
 *
 * Returns  true if it is the word on the finding's own end, and of a socket
 *          that is there
 */
bool kernel_ask(struct kernel *k, const struct account *who,
                enum finding_end end, int64_t now, struct kernel_word *out);

/* How often it was asked, and was not; nothing if nobody is to be asked. */
void kernel_fill_stats(const struct kernel *k, struct stats_record *stats);

#endif
