#include "cli/rotation.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "cli/options.h"

#define NS_PER_SECOND INT64_C(1000000000)

struct rotation rotation_of(const struct options *options)
{
	return (struct rotation){
		.every = options->rotate_every,
		.size = options->rotate_size,
		.files = options->rotate_files,
	};
}

bool rotation_is_ring(const struct rotation *r)
{
	return r->size > 0 && r->files > 0;
}

static size_t base_of(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	return slash ? (size_t)(slash - pattern) + 1 : 0;
}

static bool has_time(const struct rotation *r, const char *base)
{
	return r->every > 0 && strchr(base, '%');
}

/* The base with its time; false if that is no name. */
static bool put_time(const struct rotation *r, const char *base, time_t now,
                     char to[static NAME_MAX + 1])
{
	struct tm local;
	if (!has_time(r, base)) {
		snprintf(to, NAME_MAX + 1, "%s", base);
		return strlen(base) <= NAME_MAX;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the user's */
	return localtime_r(&now, &local) &&
	       strftime(to, NAME_MAX + 1, base, &local) > 0 && !strchr(to, '/');
#pragma GCC diagnostic pop
}

static int wrong(struct tcpclose_error *err, const char *pattern,
                 const char *why)
{
	return error_set(err, TCPCLOSE_EOPTION,
	                 (struct error_place){ .file = pattern }, "%s", why);
}

int rotation_check(const struct rotation *r, const char *pattern,
                   struct tcpclose_error *err)
{
	const size_t base_at = base_of(pattern);
	const char *base = pattern + base_at;
	char one[NAME_MAX + 1];
	if (r->every > 0 && memchr(pattern, '%', base_at))
		return wrong(err, pattern,
		             "a time may stand in the name of the file, not "
		             "of its directory");
	if (!put_time(r, base, 0, one))
		return wrong(err, pattern, "this makes no name of a file");
	if (r->every > 0 && r->size == 0 && !has_time(r, base))
		return wrong(err, pattern,
		             "-G needs a time in the name, such as "
		             "x-%Y%m%d-%H%M%S.ndjson, or numbers by -C");
	if (has_time(r, base) && rotation_is_ring(r))
		return wrong(err, pattern,
		             "-C with -W numbers the files; leave the time "
		             "out of the name, or -W");
	return TCPCLOSE_OK;
}

/* Digits that the greatest number of a ring has; 0: no ring. */
static int width_of(const struct rotation *r)
{
	char digits[24];
	if (!rotation_is_ring(r))
		return 0;
	return snprintf(digits, sizeof(digits), "%" PRId64, r->files - 1);
}

static void spell(struct file_name *n, const struct rotation *r)
{
	char number[24] = "";
	if (rotation_is_ring(r) || n->number > 0)
		snprintf(number, sizeof(number), "%0*" PRIu64, width_of(r),
		         n->number);
	snprintf(n->now, n->base_at + 2 * NAME_MAX, "%.*s%s%s", (int)n->base_at,
	         n->pattern, n->timed, number);
}

int file_name_init(struct file_name *n, const char *pattern,
                   const struct rotation *r, time_t now,
                   struct tcpclose_error *err)
{
	*n = (struct file_name){ .pattern = pattern,
		                 .base_at = base_of(pattern) };
	n->now = alloc_new(&alloc_default, n->base_at + 2 * NAME_MAX, 1);
	n->timed = alloc_new(&alloc_default, NAME_MAX + 1, 1);
	if (!n->now || !n->timed)
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ .file = pattern },
		                 "no memory");
	put_time(r, pattern + n->base_at, now, n->timed);
	spell(n, r);
	return TCPCLOSE_OK;
}

void file_name_fini(struct file_name *n)
{
	alloc_free(&alloc_default, n->now);
	alloc_free(&alloc_default, n->timed);
	*n = (struct file_name){ .pattern = n->pattern };
}

static void count_on(struct file_name *n, const struct rotation *r)
{
	n->number++;
	if (rotation_is_ring(r))
		n->number %= (uint64_t)r->files;
}

bool file_name_next(struct file_name *n, const struct rotation *r, bool is_full,
                    time_t now)
{
	const char *base = n->pattern + n->base_at;
	char timed[NAME_MAX + 1];
	const bool is_new =
		put_time(r, base, now, timed) && strcmp(timed, n->timed) != 0;
	if (is_new) {
		memcpy(n->timed, timed, sizeof(timed));
		n->number = 0;
	} else if (is_full || !has_time(r, base)) {
		count_on(n, r);
	} else {
		return false;
	}
	spell(n, r);
	return true;
}

const char *file_name_base(const struct file_name *n)
{
	return n->now + n->base_at;
}
