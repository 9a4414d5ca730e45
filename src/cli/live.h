/*
 * Interface for the clock of a live capture: waiting for packets, and when it
 * is time for what is done regularly.
 */
#ifndef TCPCLOSE_CLI_LIVE_H
#define TCPCLOSE_CLI_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;
struct pollfd;

struct live {
	bool on;         /* the capture is live */
	bool was_down;   /* the interface was, when last looked at */
	uint32_t unseen; /* packets since the clock was looked at */
	int64_t asked;   /* when the last waiting was over, ns since 1970 */
	int64_t flushed, counted, told,
		measured; /* when, ns of the steady clock */
};

#define LIVE_ALSO 16 /* descriptors to wait for besides packets */

/* What is due now. */
struct live_duties {
	bool is_looked; /* at the clock */
	int64_t now;    /* ns of the steady clock */
	bool flush;     /* show readers of the outputs what is complete */
	bool stats;     /* write statistics */
	bool drops;     /* ask the kernel what it dropped */
	bool metrics;   /* renew what is measured */
};

void live_begin(struct live *live);

/* Wait until packets or a signal come, or what `also` waits for, and no longer
 * than a fraction of a second; warn if the interface went down or came back.
 * n_also is at most LIVE_ALSO. */
void live_wait(struct live *live, const struct capture *capture, bool quiet,
               const struct pollfd *also, size_t n_also);

#define LIVE_ROW 64 /* packets between two looks at the clock */

/* To be called after n packets, and after each waiting; looks at the clock only
 * now and then if `busy`. What is done regularly is due in a live run alone. */
struct live_duties live_duties(struct live *live, unsigned n, bool busy);

/* To be called when the capture had nothing: time that packets have been
 * delivered up to, ns since 1970. It lies behind the end of the last waiting,
 * because the kernel hands them over in blocks. */
int64_t live_past(const struct live *live);

/* Now, ns since 1970. */
int64_t live_now(void);

/* Now, ns of a clock that nobody sets. */
int64_t live_steady(void);

#endif
