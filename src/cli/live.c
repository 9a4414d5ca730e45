/* Waiting for packets, and the clock. Only the program may look at one; the
 * library is told. */
#include "cli/live.h"

#include <poll.h>
#include <time.h>

#include "capture/capture.h"
#include "cli/complain.h"

#define SECOND        INT64_C(1000000000)
#define FLUSH_EVERY   (SECOND / 4)
#define COUNT_EVERY   SECOND
#define STATS_EVERY   (60 * SECOND)
#define METRICS_EVERY (5 * SECOND)     /* more often than they are scraped */
#define LAG           (2 * SECOND / 5) /* a block may take 200 ms, see below */
#define WAIT_MS       200

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

int64_t live_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t live_steady(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The timer that hands over a block that is not full runs every 100 ms and
 * spares one that was begun since it ran last (Linux
 * prb_retire_rx_blk_timer_expired()). */
int64_t live_past(const struct live *live)
{
	return live->asked - LAG;
}

void live_begin(struct live *live)
{
	const int64_t now = live_steady();
	*live = (struct live){
		.on = true,
		.flushed = now,
		.counted = now,
		.told = now,
		.measured = now,
	};
}

static void look_at_interface(struct live *live, const struct capture_source *s,
                              bool quiet)
{
	if (s->is_down == live->was_down)
		return;
	live->was_down = s->is_down;
	if (!quiet)
		say("%s: warning: the interface %s", s->name,
		    s->is_down ? "is down; waiting for it" : "is up again");
}

void live_wait(struct live *live, const struct capture *capture, bool quiet,
               const struct pollfd *also, size_t n_also)
{
	struct pollfd fds[1 + LIVE_ALSO] = {
		{ .fd = capture_live_descriptor(capture), .events = POLLIN }
	};
	for (size_t i = 0; i < n_also; i++)
		fds[1 + i] = also[i];
	look_at_interface(live, capture_source(capture, 0), quiet);
	const int n = poll(fds, 1 + (nfds_t)n_also, WAIT_MS);
	/* An interface that is down may leave the descriptor in error. */
	if (n > 0 && fds[0].revents && !(fds[0].revents & POLLIN))
		poll(NULL, 0, WAIT_MS);
	live->asked = live_now();
}

static bool is_due(int64_t *last, int64_t every, int64_t now)
{
	if (now - *last < every)
		return false;
	*last = now;
	return true;
}

struct live_duties live_duties(struct live *live, unsigned n, bool busy)
{
	struct live_duties duties = { 0 };
	live->unseen += n;
	if (busy && live->unseen < LIVE_ROW)
		return duties;
	live->unseen = 0;
	const int64_t now = live_steady();
	duties.is_looked = true;
	duties.now = now;
	if (!live->on)
		return duties;
	duties.stats = is_due(&live->told, STATS_EVERY, now);
	duties.metrics = is_due(&live->measured, METRICS_EVERY, now);
	duties.drops = is_due(&live->counted, COUNT_EVERY, now);
	duties.flush = is_due(&live->flushed, FLUSH_EVERY, now);
	return duties;
}
