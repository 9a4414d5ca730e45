/*
 * Landlock by its three system calls: no library is common yet. The kernel is
 * asked for its ABI and told to forbid all that this ABI knows, so a newer
 * kernel than that of the headers is used in full.
 */
#include "host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

/* include/uapi/linux/landlock.h; the headers of a system may be older than its
 * kernel. The numbers of the calls are the same on every architecture but
 * alpha (include/uapi/asm-generic/unistd.h). */
#ifdef SYS_landlock_create_ruleset
#define CREATE_RULESET SYS_landlock_create_ruleset
#define ADD_RULE       SYS_landlock_add_rule
#define RESTRICT_SELF  SYS_landlock_restrict_self
#else
#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446
#endif
#define RULESET_VERSION   1u
#define RULE_PATH_BENEATH 1

struct ruleset_attr {
	uint64_t handled_fs;
	uint64_t handled_net; /* ABI 4 */
	uint64_t scoped;      /* ABI 6 */
};

struct path_beneath_attr {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

enum fs {
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_REG = 1 << 8,
	FS_TRUNCATE = 1 << 14,
};

/* All rights of files that an ABI knows: each added its own at the end. */
static uint64_t fs_of(int abi)
{
	const int known[] = { 13, 14, 15, 15, 16 };
	const int n = sizeof(known) / sizeof(*known);
	return (UINT64_C(1) << known[abi < n ? abi - 1 : n - 1]) - 1;
}

/* LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP; LANDLOCK_SCOPE_ABSTRACT_
 * UNIX_SOCKET and _SIGNAL. An older kernel is handed a shorter struct. */
static int create(int abi)
{
	const struct ruleset_attr attr = {
		.handled_fs = fs_of(abi),
		.handled_net = abi >= 4 ? 3 : 0,
		.scoped = abi >= 6 ? 3 : 0,
	};
	const size_t size = abi >= 6   ? sizeof(attr)
	                    : abi >= 4 ? offsetof(struct ruleset_attr, scoped)
	                               : sizeof(attr.handled_fs);
	return (int)syscall(CREATE_RULESET, &attr, size, 0);
}

void landlock_begin(struct landlock *l)
{
	const long abi = syscall(CREATE_RULESET, NULL, 0, RULESET_VERSION);
	*l = (struct landlock){ .ruleset = -1 };
	if (abi < 1)
		return;
	l->ruleset = create((int)abi);
	if (l->ruleset < 0)
		return;
	l->abi = (int)abi;
	l->handled = fs_of(l->abi);
}

void landlock_end(struct landlock *l)
{
	if (l->ruleset >= 0)
		close(l->ruleset);
	l->ruleset = -1;
}

/* Rights over directories make no sense on a file: EINVAL. */
static uint64_t allowed_of(enum landlock_access access, bool is_directory)
{
	switch (access) {
	case LANDLOCK_READ:
		return FS_READ_FILE | (is_directory ? FS_READ_DIR : 0);
	case LANDLOCK_WRITE:
		return FS_WRITE_FILE | FS_TRUNCATE;
	case LANDLOCK_CREATE:
		return FS_WRITE_FILE | FS_TRUNCATE |
		       (is_directory ? FS_READ_FILE | FS_READ_DIR |
		                               FS_MAKE_REG | FS_REMOVE_FILE
		                     : 0);
	}
	return 0;
}

void landlock_allow(const struct landlock *l, const char *path,
                    enum landlock_access access)
{
	struct stat st;
	const int fd = l->abi > 0 ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		const struct path_beneath_attr rule = {
			.allowed = allowed_of(access, S_ISDIR(st.st_mode)) &
			           l->handled,
			.parent = fd,
		};
		(void)syscall(ADD_RULE, l->ruleset, RULE_PATH_BENEATH, &rule,
		              0);
	}
	close(fd);
}

int landlock_enter(const struct landlock *l, struct tcpclose_error *err)
{
	if (l->abi == 0 || syscall(RESTRICT_SELF, l->ruleset, 0) == 0)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
	                 "Landlock: %s; --no-sandbox does without",
	                 strerror(errno));
}
