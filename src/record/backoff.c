#include "record/backoff.h"

/* Linux's timers are never early, and late by an eighth at most: see the
 * levels of the wheel in kernel/time/timer.c. */
bool backoff_is_steady(int64_t before, int64_t gap)
{
	return gap < before + before / 8 && gap > before - before / 8;
}

/* The first two gaps of a FIN are equal for another reason: its first copy is
 * a tail loss probe, and the timer starts anew with it (RFC 8985 section
 * 7.3). So the gaps must have grown before. */
int64_t backoff_limit(const struct numbers *gaps)
{
	int64_t limit = 0;
	for (uint32_t i = 2; i < gaps->n; i++) {
		const int64_t a = gaps->at[i - 1], b = gaps->at[i];
		const bool grew = a > gaps->at[i - 2] + gaps->at[i - 2] / 8;
		if (!backoff_is_steady(a, b))
			limit = 0;
		else if (grew || (limit && b < limit))
			limit = b;
	}
	return limit;
}
