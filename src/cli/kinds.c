/* The kinds of findings, as an array of pointers to what describes them. */
#include "cli/kinds.h"

#include <assert.h>
#include <string.h>

#include "detect/detector.h"

struct kinds kinds_all(void)
{
	struct kinds kinds = { .n = 0 };
	const struct finding_kind *kind;
	while ((kind = finding_kind_at(kinds.n))) {
		assert(kinds.n < KINDS_MAX);
		kinds.kind[kinds.n++] = kind;
	}
	return kinds;
}

int kinds_index(const struct kinds *kinds, const char *name)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (strcmp(kinds->kind[i]->name, name) == 0)
			return (int)i;
	return -1;
}

int64_t kinds_set(const struct kinds *kinds)
{
	return (INT64_C(1) << kinds->n) - 1;
}
