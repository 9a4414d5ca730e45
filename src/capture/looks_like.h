/*
 * Interface for naming what a file is that is no capture, so that the error
 * message can say what to do about it.
 */
#ifndef TCPCLOSE_CAPTURE_LOOKS_LIKE_H
#define TCPCLOSE_CAPTURE_LOOKS_LIKE_H

#include "base/cursor.h"

struct likeness {
	const char *what;   /* "a ZIP archive"; static */
	const char *remedy; /* "unpack it first"; static, may be NULL */
};

/* head is the start of the file; empty if the file is. */
struct likeness looks_like(struct cursor head);

#endif
