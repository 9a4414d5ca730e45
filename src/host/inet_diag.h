/*
 * Interface for the messages of inet_diag and of routing that host/sockets.c
 * exchanges with the kernel: made and understood here, without a socket, so
 * that a test can hand in any bytes.
 */
#ifndef TCPCLOSE_HOST_INET_DIAG_H
#define TCPCLOSE_HOST_INET_DIAG_H

#include <stddef.h>
#include <stdint.h>

#include "host/sockets.h"

#define INET_DIAG_REQUEST_MAX 128 /* bytes of any request made here */

/* What a reply came to. */
enum diag_reply {
	DIAG_VALUE,   /* it holds what was asked for */
	DIAG_NONE,    /* the kernel says that there is no such thing */
	DIAG_MORE,    /* of a dump: there is more to come */
	DIAG_DONE,    /* of a dump: it ends here */
	DIAG_OTHER,   /* not a reply to this request: read on */
	DIAG_FAILED,  /* the kernel says that it cannot */
	DIAG_DAMAGED, /* not what the kernel would send */
};

/*
 * Write a request; returns its length.
 *
 * socket  for one connection, by its names
 * dump    for all of one IP version in a set of states, bits 1 << state
 * route   for how this host sees one of its, or others', addresses
 */
size_t inet_diag_put_socket(char *request, uint32_t sequence,
                            const struct host_four_tuple *name,
                            unsigned interface);
size_t inet_diag_put_dump(char *request, uint32_t sequence, unsigned ip_version,
                          uint32_t states);
size_t inet_diag_put_route(char *request, uint32_t sequence,
                           const struct ip_addr *addr, unsigned ip_version);

/*
 * Understand what was received for the request of that sequence number.
 *
 * socket  one message: the socket, if it is the one that was asked for. A
 *         listener is none: the kernel looks it up where no connection is.
 * dump    any number of messages: the sockets are added to `counts`, their
 *         number to *n; DIAG_MORE or DIAG_DONE
 * local   one message: DIAG_VALUE if the address is this host's own, DIAG_NONE
 *         if it is not
 */
enum diag_reply inet_diag_take_socket(const void *bytes, size_t n_bytes,
                                      uint32_t sequence,
                                      const struct host_four_tuple *name,
                                      struct host_socket *out);
enum diag_reply inet_diag_take_dump(const void *bytes, size_t n_bytes,
                                    uint32_t sequence,
                                    struct host_socket_counts *counts,
                                    uint64_t *n);
enum diag_reply inet_diag_take_local(const void *bytes, size_t n_bytes,
                                     uint32_t sequence);

#endif
