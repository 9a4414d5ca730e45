/* The list of detectors, and the words they share. */
#include "detect/detector.h"

#include <stdio.h>

#include "base/digits.h"
#include "detect/host_detector.h"

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

#define DELAYED_ACK (SECOND / 5) /* TCP_DELACK_MAX */

#define X(name) extern const struct detector detector_##name;
#include "detect/detectors.def"
#undef X

const struct detector *const detectors[] = {
#define X(name) &detector_##name,
#include "detect/detectors.def"
#undef X
};

const size_t n_detectors = sizeof(detectors) / sizeof(detectors[0]);

#define X(name) extern const struct host_detector host_detector_##name;
#include "detect/host_detectors.def"
#undef X

const struct host_detector *const host_detectors[] = {
#define X(name) &host_detector_##name,
#include "detect/host_detectors.def"
#undef X
};

const size_t n_host_detectors =
	sizeof(host_detectors) / sizeof(host_detectors[0]);

static void clear(const struct detector *d, void *detail, struct finding *out)
{
	finding_clear(out, detail);
	if (d->detail_size)
		memset(detail, 0, d->detail_size);
}

bool detector_judge(const struct detector *d, const void *watch,
                    const struct moment *moment, unsigned i, void *detail,
                    struct finding *out)
{
	clear(d, detail, out);
	if (d->judge)
		return d->judge(watch, moment, i, out);
	for (unsigned end = 0; end < 2; end++) {
		if (!d->judge_end(watch, moment, end, out))
			continue;
		if (i-- == 0)
			return true;
		clear(d, detail, out);
	}
	return false;
}

const struct finding_kind *finding_kind_at(size_t i)
{
	if (i < n_detectors)
		return &detectors[i]->kind;
	i -= n_detectors;
	return i < n_host_detectors ? &host_detectors[i]->kind : NULL;
}

enum confidence confidence_here(const struct conn *conn,
                                enum confidence confidence)
{
	const bool doubtful = conn->midstream || conn_is_lossy(conn);
	if (doubtful && confidence > CONFIDENCE_POSSIBLE)
		return confidence - 1;
	return confidence;
}

bool rst_answers_late_data(const struct step *step, int64_t late_ts)
{
	const struct conn *c = step->conn;
	const int64_t answer = conn_crossing(c, step->from) + DELAYED_ACK;
	return late_ts != 0 && conn_unacked(c, step->to) > 0 &&
	       (step->ts - late_ts <= answer ||
	        step->ack <= c->end[step->to].snd_una);
}

void frames_add(struct frames *frames, uint64_t frame)
{
	if (frames->n < FRAMES_FEW)
		frames->at[frames->n++] = (int64_t)frame;
	else
		frames->n_more++;
}

void frames_tell(const struct frames *frames, struct finding *finding)
{
	finding->frames.n = 0;
	finding->frames.n_more = frames->n_more;
	for (uint32_t i = 0; i < frames->n; i++)
		numbers_add(&finding->frames, frames->at[i]);
}

const char *end_role(const struct conn *conn, unsigned end)
{
	return end == conn->opener ? "client" : "server";
}

static void span_by_printf(int64_t ns, char out[static SPAN_TEXT_MAX])
{
	const double s = (double)ns / 1e9;
	if (s < 0.1)
		snprintf(out, SPAN_TEXT_MAX, "%.1f ms", s * 1e3);
	else if (s < 10)
		snprintf(out, SPAN_TEXT_MAX, "%.2f s", s);
	else
		snprintf(out, SPAN_TEXT_MAX, "%.0f s", s);
}

/* 26 days: up to here the double is nearer to the duration than half a
 * nanosecond. */
#define SPAN_EXACT (INT64_C(1) << 51)

/*
 * By integers, because a finding has several of these and printf() takes its
 * time for a double. Only the exact middle between two texts is left to it: it
 * goes by which side of it the double is on.
 */
const char *span_text(int64_t ns, char out[static SPAN_TEXT_MAX])
{
	const bool is_short = ns < 100 * MS, is_long = ns >= 10 * SECOND;
	const int64_t unit = is_short  ? MS / 10
	                     : is_long ? SECOND
	                               : SECOND / 100;
	const int64_t rest = ns % unit;
	if (ns < 0 || ns > SPAN_EXACT || rest == unit / 2) {
		span_by_printf(ns, out);
		return out;
	}
	const unsigned n = (unsigned)(ns / unit + (rest > unit / 2));
	char *at = digits_put(out, is_long ? n : n / (is_short ? 10 : 100));
	if (is_short) {
		*at++ = '.';
		*at++ = (char)('0' + n % 10);
		stpcpy(at, " ms");
	} else if (is_long) {
		stpcpy(at, " s");
	} else {
		*at++ = '.';
		*at++ = (char)('0' + n / 10 % 10);
		*at++ = (char)('0' + n % 10);
		stpcpy(at, " s");
	}
	return out;
}
