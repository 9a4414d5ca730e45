/*
 * Interface for what the kernel of this host says, as parts of records: of one
 * socket (`kernel` of tcp_finding), of all of them (`host_states` of stats),
 * and of the sysctls by which it ends them (`host_sysctls` of stats).
 */
#ifndef TCPCLOSE_RECORD_KERNEL_H
#define TCPCLOSE_RECORD_KERNEL_H

#include <stdint.h>

#include "record/field.h"

/* The kernel's word on a socket of this host; clear it with its fields. */
struct kernel_word {
	const char *end;   /* of end_words: whose socket it is */
	const char *state; /* of state_words; closed: there is none */
	const char *timer;
	int64_t timer_expires;
	int64_t retransmits, probes;
	int64_t rto;
	int64_t send_queue, receive_queue, send_window;
	int64_t memory;
	int64_t orphaned, unaccepted; /* bool */
	int64_t inode, uid;
};

extern const char *const kernel_timer_words[];
extern const struct field kernel_word_fields[];

/* Sockets of this host by state; the first nine of state_words. */
#define HOST_STATES 9

struct stats_host_states {
	int64_t state[HOST_STATES];
};

/* Begins like struct numbers. */
struct port_range {
	uint32_t n, n_more;
	int64_t at[2];
};

struct stats_host_sysctls {
	int64_t tcp_fin_timeout;
	int64_t tcp_orphan_retries;
	int64_t tcp_tw_reuse;
	int64_t tcp_max_tw_buckets;
	int64_t tcp_max_orphans;
	int64_t tcp_rfc1337;
	struct port_range ip_local_port_range;
};

extern const struct field host_states_fields[];
extern const struct field host_sysctls_fields[];

#endif
