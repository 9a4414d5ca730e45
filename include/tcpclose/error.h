/*
 * How an operation of libtcpclose failed.
 *
 * Functions that can fail return a negative enum tcpclose_status and fill a
 * struct tcpclose_error if they were given one. A malformed packet is data,
 * not an error: it is counted.
 */
#ifndef TCPCLOSE_ERROR_H
#define TCPCLOSE_ERROR_H

#include <stdint.h>

enum tcpclose_status {
	TCPCLOSE_OK = 0,
	TCPCLOSE_ENOMEM = -1,     /* no memory left; the handle must be freed */
	TCPCLOSE_EIO = -2,        /* the system refused to read or write */
	TCPCLOSE_EFORMAT = -3,    /* not a capture, or a damaged one */
	TCPCLOSE_ETRUNCATED = -4, /* the last packet is cut off: a warning */
	TCPCLOSE_EOPTION = -5,    /* an option or a filter makes no sense */
	TCPCLOSE_EUNSUPPORTED = -6, /* this build or this host cannot do it */
};

/* Frame numbers count from 1; 0 means the error concerns no frame. */
struct tcpclose_error {
	enum tcpclose_status status; /* TCPCLOSE_OK: nothing went wrong */
	char file[512];              /* file or interface; "" if none */
	uint64_t frame;  /* the frame it happened at, as in Wireshark */
	uint64_t offset; /* byte offset in the (uncompressed) file */
	char text[384];  /* cause and remedy, in lower case */
};

#endif
