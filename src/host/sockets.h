/*
 * Interface for what this host's kernel says of its own TCP sockets, asked
 * through inet_diag (sock_diag(7)) as ss does. Linux, and only where libmnl was
 * there at build time.
 *
 * Nothing here waits: the kernel answers a request before the call that sent it
 * returns, and the sockets to it do not block. They are opened once, while the
 * program may; asking needs no privilege and opens nothing.
 */
#ifndef TCPCLOSE_HOST_SOCKETS_H
#define TCPCLOSE_HOST_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "tcpclose/alloc.h"
#include "tcpclose/error.h"

/* The kernel's numbers of the states: include/net/tcp_states.h. */
enum host_tcp_state {
	HOST_ESTABLISHED = 1,
	HOST_SYN_SENT,
	HOST_SYN_RECV,
	HOST_FIN_WAIT_1,
	HOST_FIN_WAIT_2,
	HOST_TIME_WAIT,
	HOST_CLOSE,
	HOST_CLOSE_WAIT,
	HOST_LAST_ACK,
	HOST_LISTEN,
	HOST_CLOSING,
	N_HOST_TCP_STATES
};

/* The timer that runs, in the numbers of struct inet_diag_msg. */
enum host_tcp_timer {
	HOST_TIMER_NONE,
	HOST_TIMER_RETRANSMIT,
	HOST_TIMER_KEEPALIVE, /* of an orphan in FIN-WAIT-2: its end */
	HOST_TIMER_TIME_WAIT,
	HOST_TIMER_PROBE,
	N_HOST_TCP_TIMERS
};

#define HOST_UNKNOWN INT64_MIN

/* A connection from the side of this host. */
struct host_four_tuple {
	struct ip_addr local, remote;
	uint16_t local_port, remote_port;
	unsigned ip_version; /* 4 or 6 */
};

/* What the kernel says of a socket. What it does not say is HOST_UNKNOWN. */
struct host_socket {
	enum host_tcp_state state;
	enum host_tcp_timer timer;
	int64_t timer_expires; /* ns from now */
	int64_t retransmits;   /* in a row, without an answer */
	int64_t probes;        /* the same of window probes, keep-alives */
	int64_t rto;           /* ns */
	int64_t send_queue;    /* bytes not acknowledged, FIN included */
	int64_t receive_queue; /* bytes the program has not read */
	int64_t send_window;   /* bytes: what the peer offers */
	int64_t memory;        /* bytes of kernel memory it holds */
	int64_t inode;         /* of its file; 0: it has none */
	int64_t uid;           /* of its file's owner */
	bool is_whole;         /* not the short form of TIME-WAIT, SYN-RECV */
};

enum host_answer {
	HOST_SOCKET_FOUND,
	HOST_SOCKET_GONE,    /* its address is this host's; no such socket */
	HOST_SOCKET_FOREIGN, /* its address is not this host's */
	HOST_SOCKET_UNKNOWN, /* no telling: the kernel did not answer */
};

/* Sockets by state, in the kernel's numbers. */
struct host_socket_counts {
	int64_t state[N_HOST_TCP_STATES];
	int64_t fin_wait_2_short; /* of them, in the short form */
};

struct host_sockets;

/*
 * interface  its index, for sockets that are bound to it, as those of IPv6
 *            link-local addresses are; 0: any
 *
 * Returns  TCPCLOSE_OK; TCPCLOSE_EUNSUPPORTED if it was built without, or the
 *          kernel has no tcp_diag; TCPCLOSE_ENOMEM, TCPCLOSE_EIO
 */
int host_sockets_open(struct host_sockets **out, unsigned interface,
                      const struct tcpclose_allocator *alloc,
                      struct tcpclose_error *err);
void host_sockets_close(struct host_sockets *h);

/* The descriptors that questions are sent on; all are of sockets. */
#define HOST_SOCKETS_DESCRIPTORS 3
void host_sockets_descriptors(const struct host_sockets *h,
                              int fd[static HOST_SOCKETS_DESCRIPTORS]);

/*
 * Ask for one socket. A connection that another namespace or, behind address
 * translation, another host holds is no socket of this one, although its
 * address may be: HOST_SOCKET_GONE says no more than it says.
 *
 * out  filled if HOST_SOCKET_FOUND
 *
 * Source  inet_diag_find_one_icsk(), tcp_diag_fill()
 */
enum host_answer host_sockets_ask(struct host_sockets *h,
                                  const struct host_four_tuple *name,
                                  struct host_socket *out);

/*
 * Count the sockets of both IP versions in the states of closing and opening;
 * those that may be very many, ESTABLISHED, TIME-WAIT and LISTEN, are not among
 * them.
 *
 * most  sockets to look at in one call, or up to 300 more; if there are others,
 *       the next call goes on
 *
 * Returns  1 when `out` is filled; 0 if there is more to come; a negative
 *          status if the kernel does not answer
 */
int host_sockets_count(struct host_sockets *h, uint64_t most,
                       struct host_socket_counts *out);

#endif
