#include "cli/kernel_states.h"

#include <net/if.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/options.h"
#include "host/sandbox.h"

/* Those in states that are few or are trouble take some 2 us each, so this is
 * 60 ms, which the capture buffer can wait. A longer count is ready with a
 * later stats record. */
#define SOCKETS_A_LOOK 32768

int kernel_states_open(struct kernel_states *k, const struct options *options,
                       struct tcpclose_error *err)
{
	if (!options->kernel_states)
		return TCPCLOSE_OK;
	/* 0 for `any`, which has no index. */
	const unsigned interface = if_nametoindex(options->interface);
	const int status =
		host_sockets_open(&k->sockets, interface, &alloc_default, err);
	if (status != TCPCLOSE_OK)
		return status;
	host_counters_open(&k->counters);
	host_sysctls_open(&k->sysctls);
	return TCPCLOSE_OK;
}

void kernel_states_allow(const struct kernel_states *k, struct sandbox *sandbox)
{
	int fd[HOST_SOCKETS_DESCRIPTORS];
	if (!k->sockets)
		return;
	host_sockets_descriptors(k->sockets, fd);
	for (size_t i = 0; i < HOST_SOCKETS_DESCRIPTORS; i++)
		sandbox_may_talk(sandbox, fd[i]);
}

void kernel_states_close(struct kernel_states *k)
{
	if (!k->sockets)
		return;
	host_sockets_close(k->sockets);
	host_counters_close(&k->counters);
	host_sysctls_close(&k->sysctls);
}

enum host_answer kernel_states_ask(struct kernel_states *k,
                                   const struct host_four_tuple *name,
                                   struct host_socket *out)
{
	return host_sockets_ask(k->sockets, name, out);
}

/* What was counted at slightly different times may not add up. */
static int64_t at_least_0(int64_t n)
{
	return n < 0 ? 0 : n;
}

static void fill_states(const struct host_socket_counts *listed,
                        const struct host_counter_values *counted,
                        struct stats_host_states *out)
{
	const int64_t *n = listed->state;
	/* In the order of state_words. */
	const int64_t state[HOST_STATES] = {
		n[HOST_SYN_SENT],
		n[HOST_SYN_RECV],
		at_least_0(counted->current - n[HOST_CLOSE_WAIT]),
		n[HOST_FIN_WAIT_1],
		n[HOST_FIN_WAIT_2],
		n[HOST_CLOSING],
		at_least_0(counted->short_ones - listed->fin_wait_2_short),
		n[HOST_CLOSE_WAIT],
		n[HOST_LAST_ACK],
	};
	memcpy(out->state, state, sizeof(state));
}

static int64_t or_absent(int64_t n)
{
	return n == HOST_NOT_SET ? ABSENT : n;
}

static void fill_sysctls(const struct host_sysctls *sysctls,
                         struct stats_host_sysctls *out)
{
	struct host_sysctl_values v;
	host_sysctls_read(sysctls, &v);
#define X(name) out->name = or_absent(v.value[HOST_SYSCTL_##name]);
	HOST_SYSCTLS(X)
#undef X
	if (v.port_low != HOST_NOT_SET)
		out->ip_local_port_range = (struct port_range){
			.n = 2,
			.at = { v.port_low, v.port_high },
		};
}

void kernel_states_fill_stats(struct kernel_states *k,
                              struct stats_record *stats)
{
	struct host_socket_counts listed;
	struct host_counter_values counted;
	if (!k->sockets)
		return;
	fill_sysctls(&k->sysctls, &stats->host_sysctls);
	if (!host_counters_read(&k->counters, &counted))
		return;
	stats->host_orphans = counted.orphans;
	if (host_sockets_count(k->sockets, SOCKETS_A_LOOK, &listed) > 0)
		fill_states(&listed, &counted, &stats->host_states);
}
