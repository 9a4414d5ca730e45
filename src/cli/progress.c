/* The progress line. Only the program may look at a clock; the library's
 * time is the packets'. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "capture/capture.h"
#include "cli/options.h"

#define PACKETS_BETWEEN_LOOKS 4096 /* looks at the clock */
#define DRAW_EVERY_NS         INT64_C(200000000)
#define LOG_EVERY_NS          INT64_C(5000000000) /* where it is no terminal */
#define NS_PER_S              1e9

static int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_wanted(const struct options *options, bool is_terminal)
{
	if (options->progress != WHEN_AUTO)
		return options->progress == WHEN_ALWAYS;
	return !options->quiet && is_terminal;
}

void progress_begin(struct progress *p, const struct options *options)
{
	const int64_t now = now_ns();
	const bool is_terminal = isatty(STDERR_FILENO);
	*p = (struct progress){ .on = is_wanted(options, is_terminal),
		                .is_terminal = is_terminal,
		                .began = now,
		                .last = now };
}

struct amount {
	uint64_t read, total; /* bytes; total 0: not known */
};

static struct amount amount_of(const struct capture *capture)
{
	struct amount a = { 0 };
	bool known = true;
	for (size_t i = 0; i < capture_n_sources(capture); i++) {
		const struct capture_source *s = capture_source(capture, i);
		a.read += s->bytes_read;
		a.total += s->bytes_total;
		known = known && s->bytes_total > 0;
	}
	if (!known)
		a.total = 0;
	return a;
}

double progress_rate(const struct progress *p)
{
	const double s = (double)(now_ns() - p->began) / NS_PER_S;
	return s > 0 ? (double)p->packets / s : 0;
}

static void draw(struct progress *p, struct amount a)
{
	const double s = (double)(p->last - p->began) / NS_PER_S;
	const double mb = 1e6;
	if (p->is_terminal)
		fprintf(stderr, "\r\033[K");
	if (a.total)
		fprintf(stderr, "%3.0f %% of %.1f MB, ",
		        100.0 * (double)a.read / (double)a.total,
		        (double)a.total / mb);
	else
		fprintf(stderr, "%.1f MB, ", (double)a.read / mb);
	fprintf(stderr, "%" PRIu64 " packets, %.0f/s", p->packets,
	        progress_rate(p));
	if (a.total > a.read && a.read > 0)
		fprintf(stderr, ", %.0f s left",
		        1 + s * (double)(a.total - a.read) / (double)a.read);
	if (!p->is_terminal)
		fprintf(stderr, "\n");
	fflush(stderr);
	p->drawn = p->is_terminal;
}

void progress_step(struct progress *p, unsigned n,
                   const struct capture *capture)
{
	const uint64_t looks = p->packets / PACKETS_BETWEEN_LOOKS;
	p->packets += n;
	if (p->packets / PACKETS_BETWEEN_LOOKS == looks || !p->on)
		return;
	const int64_t now = now_ns();
	if (now - p->last < (p->is_terminal ? DRAW_EVERY_NS : LOG_EVERY_NS))
		return;
	p->last = now;
	draw(p, amount_of(capture));
}

void progress_clear(struct progress *p)
{
	if (p->drawn)
		fprintf(stderr, "\r\033[K");
	p->drawn = false;
}
