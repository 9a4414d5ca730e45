/* Which files the given paths stand for. */
#include "capture/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"

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
	list->path[list->n++] = (struct path){ name, from };
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

int paths_init(struct paths *list, const char *const *given, size_t n_given,
               const struct tcpclose_allocator *alloc,
               struct tcpclose_error *err)
{
	bool has_stdin = false;
	*list = (struct paths){ .alloc = alloc };
	for (size_t i = 0; i < n_given; i++) {
		const bool is_stdin = strcmp(given[i], "-") == 0;
		if (is_stdin && has_stdin)
			return error_set(err, TCPCLOSE_EOPTION,
			                 (struct error_place){ .file = "-" },
			                 "standard input can be read only "
			                 "once");
		has_stdin = has_stdin || is_stdin;
		const int status =
			!is_stdin && is_a(S_IFDIR, given[i])
				? take_directory(list, given[i], err)
				: take(list, alloc_string(alloc, given[i]),
		                       NULL, err);
		if (status < 0)
			return status;
	}
	return TCPCLOSE_OK;
}

void paths_fini(struct paths *list)
{
	for (size_t i = 0; i < list->n; i++)
		alloc_free(list->alloc, list->path[i].name);
	alloc_free(list->alloc, list->path);
	*list = (struct paths){ 0 };
}
