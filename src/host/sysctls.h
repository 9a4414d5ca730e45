/*
 * Interface for the sysctls of this host that decide how its connections end:
 * Linux, Documentation/networking/ip-sysctl.rst, of this network namespace.
 */
#ifndef TCPCLOSE_HOST_SYSCTLS_H
#define TCPCLOSE_HOST_SYSCTLS_H

#include <stdint.h>

#define HOST_NOT_SET INT64_MIN /* this kernel has none of that name */

/* X(the name below net.ipv4), those of one number. */
#define HOST_SYSCTLS(X)                                                        \
	X(tcp_fin_timeout)                                                     \
	X(tcp_orphan_retries)                                                  \
	X(tcp_tw_reuse)                                                        \
	X(tcp_max_tw_buckets)                                                  \
	X(tcp_max_orphans)                                                     \
	X(tcp_rfc1337)

enum host_sysctl {
#define X(name) HOST_SYSCTL_##name,
	HOST_SYSCTLS(X)
#undef X
		N_HOST_SYSCTLS
};

struct host_sysctl_values {
	int64_t value[N_HOST_SYSCTLS];
	int64_t port_low, port_high; /* ip_local_port_range */
};

/* Descriptors; reading needs no right to open anything. */
struct host_sysctls {
	int value[N_HOST_SYSCTLS];
	int port_range;
};

void host_sysctls_open(struct host_sysctls *s);
void host_sysctls_close(struct host_sysctls *s);

/* As they are set now. What is not to be had is HOST_NOT_SET. */
void host_sysctls_read(const struct host_sysctls *s,
                       struct host_sysctl_values *out);

#endif
