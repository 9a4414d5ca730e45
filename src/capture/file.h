/*
 * Interface for files as sources of bytes. However many are in use, only a
 * few are open at a time: the pool closes the one that was not read for the
 * longest time, and its next read opens it again where it stood.
 */
#ifndef TCPCLOSE_CAPTURE_FILE_H
#define TCPCLOSE_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/bytes.h"

/* Well below the 256 open files that the meanest systems allow. */
#define FILE_POOL_OPEN 64

struct file_pool {
	struct file *newest; /* the files that can be parked, by last read */
	struct file *oldest;
	unsigned n_open;
};

struct file {
	struct bytes bytes;
	struct file_pool *pool; /* borrowed */
	const char *path;       /* borrowed; "-" is standard input */
	int fd;                 /* -1 while parked */
	bool seekable;          /* a regular file: can be read again */
	bool borrowed;          /* standard input, or held: stays open */
	bool pooled;            /* can be parked */
	dev_t device;           /* to notice another file of that name */
	ino_t inode;
	uint64_t size; /* 0 if not known */
	uint64_t *at;  /* borrowed: bytes read so far */
	struct file *newer, *older;
};

/*
 * at       counts the bytes that are read, from 0; borrowed until file_close()
 * held     a descriptor of the file, borrowed; it is not parked. -1: none, the
 *          file is opened by its name
 *
 * Returns  TCPCLOSE_OK or TCPCLOSE_EIO. file_close() is due in any case.
 */
int file_open(struct file *f, const char *path, int held,
              struct file_pool *pool, uint64_t *at, struct tcpclose_error *err);
void file_close(struct file *f);

/*
 * Open a file without reading it, to be held.
 *
 * Returns  the descriptor, owned; or TCPCLOSE_EIO
 */
int file_hold(const char *path, struct tcpclose_error *err);

#endif
