/* Which files the given paths stand for. */
#include "capture/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "capture/file.h"

/* Descriptors left for the files of the pool, outputs and libraries. */
#define SPARE (2 * FILE_POOL_OPEN)

static int no_memory(const char *path, struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_ENOMEM,
	                 (struct error_place){ .file = path }, "no memory");
}

/* Takes name, even on failure. */
static int take(struct paths *list, char *name, const char *from,
                struct tcpclose_error *err)
{
	if (name && list->n == list->room) {
		const size_t room = list->room ? list->room * 2 : 16;
		struct path *grown = alloc_resize(list->alloc, list->path, room,
		                                  sizeof(*grown));
		if (!grown) {
			alloc_free(list->alloc, name);
			name = NULL;
		} else {
			list->path = grown;
			list->room = room;
		}
	}
	if (!name)
		return no_memory(from, err);
	list->path[list->n++] = (struct path){ name, from, -1 };
	return TCPCLOSE_OK;
}

static char *join(const struct tcpclose_allocator *alloc, const char *dir,
                  const char *name)
{
	const size_t dir_size = strlen(dir), name_size = strlen(name);
	const bool slash = dir_size > 0 && dir[dir_size - 1] != '/';
	char *path =
		alloc_resize(alloc, NULL, dir_size + slash + name_size + 1, 1);
	if (!path)
		return NULL;
	memcpy(path, dir, dir_size);
	if (slash)
		path[dir_size] = '/';
	memcpy(path + dir_size + slash, name, name_size + 1);
	return path;
}

static bool is_a(mode_t type, const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/* A pipe in a directory would be waited for: only regular files count. */
static int take_entry(struct paths *list, const char *dir, const char *entry,
                      struct tcpclose_error *err)
{
	char *path = join(list->alloc, dir, entry);
	if (path && !is_a(S_IFREG, path)) {
		alloc_free(list->alloc, path);
		return TCPCLOSE_OK;
	}
	return take(list, path, dir, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct path *)a)->name,
	              ((const struct path *)b)->name);
}

static int take_directory(struct paths *list, const char *dir,
                          struct tcpclose_error *err)
{
	const struct error_place place = { .file = dir };
	DIR *open = opendir(dir);
	if (!open)
		return error_set(err, TCPCLOSE_EIO, place, "cannot open: %s",
		                 strerror(errno));
	const size_t first = list->n;
	int status = TCPCLOSE_OK;
	const struct dirent *entry;
	errno = 0;
	while (status == TCPCLOSE_OK && (entry = readdir(open))) {
		status = take_entry(list, dir, entry->d_name, err);
		errno = 0;
	}
	if (status == TCPCLOSE_OK && errno != 0)
		status = error_set(err, TCPCLOSE_EIO, place, "cannot list: %s",
		                   strerror(errno));
	closedir(open);
	if (list->n > first)
		qsort(list->path + first, list->n - first, sizeof(*list->path),
		      by_name);
	return status;
}

void paths_init(struct paths *list, const struct tcpclose_allocator *alloc)
{
	*list = (struct paths){ .alloc = alloc };
}

static void drop_from(struct paths *list, size_t n)
{
	while (list->n > n) {
		struct path *last = &list->path[--list->n];
		if (last->held >= 0)
			close(last->held);
		alloc_free(list->alloc, last->name);
	}
}

void paths_fini(struct paths *list)
{
	drop_from(list, 0);
	alloc_free(list->alloc, list->path);
	*list = (struct paths){ 0 };
}

static int take_stdin(struct paths *list, struct tcpclose_error *err)
{
	if (list->has_stdin)
		return error_set(err, TCPCLOSE_EOPTION,
		                 (struct error_place){ .file = "-" },
		                 "standard input can be read only once");
	list->has_stdin = true;
	return take(list, alloc_string(list->alloc, "-"), NULL, err);
}

int paths_add(struct paths *list, const char *given, struct tcpclose_error *err)
{
	const size_t before = list->n;
	if (strcmp(given, "-") == 0)
		return take_stdin(list, err);
	if (!is_a(S_IFDIR, given))
		return take(list, alloc_string(list->alloc, given), NULL, err);
	const int status = take_directory(list, given, err);
	if (status != TCPCLOSE_OK)
		drop_from(list, before);
	else if (!list->directory)
		list->directory = given;
	return status;
}

/* Descriptors are given out from the lowest free one on. */
static bool is_to_spare(int fd)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       (rlim_t)fd + SPARE < limit.rlim_cur;
}

int paths_hold(struct paths *list, size_t i, struct tcpclose_error *err)
{
	for (; i < list->n; i++) {
		struct path *path = &list->path[i];
		if (strcmp(path->name, "-") == 0)
			continue;
		const int fd = file_hold(path->name, path->from ? NULL : err);
		if (fd >= 0 && is_to_spare(fd)) {
			path->held = fd;
		} else if (fd >= 0) {
			close(fd);
			return TCPCLOSE_OK;
		} else if (!path->from) {
			drop_from(list, i);
			return fd;
		}
	}
	return TCPCLOSE_OK;
}
