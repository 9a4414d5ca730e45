#include "ration.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

bool ration_take(struct ration *r, size_t kind, int64_t now)
{
	const int64_t second = now / SECOND;
	if (second != r->second) {
		memset(r->given, 0, sizeof(r->given));
		r->second = second;
	}
	if (r->given[kind] >= r->a_second) {
		r->held_back++;
		return false;
	}
	r->given[kind]++;
	return true;
}
