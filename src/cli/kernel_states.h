/*
 * Interface for --kernel-states: what the kernel of this host says, for the
 * analyzer and for stats records. All that has to be opened is opened at once,
 * while the program may.
 */
#ifndef TCPCLOSE_CLI_KERNEL_STATES_H
#define TCPCLOSE_CLI_KERNEL_STATES_H

#include "host/counters.h"
#include "host/sockets.h"
#include "host/sysctls.h"
#include "record/record.h"

struct options;
struct sandbox;

struct kernel_states {
	struct host_sockets *sockets; /* NULL: not asked for */
	struct host_counters counters;
	struct host_sysctls sysctls;
};

/* Does nothing unless the option was given. Returns as host_sockets_open(). */
int kernel_states_open(struct kernel_states *k, const struct options *options,
                       struct tcpclose_error *err);
void kernel_states_close(struct kernel_states *k);

/* Name what is needed to ask. */
void kernel_states_allow(const struct kernel_states *k,
                         struct sandbox *sandbox);

/* As host_sockets_ask(). */
enum host_answer kernel_states_ask(struct kernel_states *k,
                                   const struct host_four_tuple *name,
                                   struct host_socket *out);

/* The states of all sockets, and the sysctls; nothing unless asked for. */
void kernel_states_fill_stats(struct kernel_states *k,
                              struct stats_record *stats);

#endif
