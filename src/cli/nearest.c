/* Guessing by edit distance: letters added, dropped, changed or swapped. */
#include "cli/nearest.h"

#include <string.h>

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The fewest edits that turn a into b. Three rows of the usual table: two
 * neighbours that were swapped need the row before the last.
 */
static size_t distance(const char *a, const char *b)
{
	const size_t n = strlen(b);
	size_t row[3][NEAREST_MAX + 1] = { { 0 } };
	for (size_t j = 0; j <= n; j++)
		row[0][j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		const size_t *above = row[(i - 1) % 3];
		size_t *now = row[i % 3];
		now[0] = i;
		for (size_t j = 1; j <= n; j++) {
			now[j] = min(above[j], now[j - 1]) + 1;
			now[j] = min(now[j],
			             above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = min(now[j],
				             row[(i - 2) % 3][j - 2] + 1);
		}
	}
	return row[strlen(a) % 3][n];
}

/* A beginning that was not finished is near, whatever is missing. */
static size_t how_far(const char *typed, const char *name)
{
	const size_t n = strlen(typed);
	if (n >= 3 && strncmp(typed, name, n) == 0)
		return 1;
	return distance(typed, name);
}

void nearest_consider(struct nearest *best, const char *typed, const char *name)
{
	if (!name || strlen(name) > NEAREST_MAX || strlen(typed) > NEAREST_MAX)
		return;
	const size_t far = how_far(typed, name);
	if (far > strlen(name) / 3 + 1 || (best->name && far >= best->distance))
		return;
	*best = (struct nearest){ name, far };
}
