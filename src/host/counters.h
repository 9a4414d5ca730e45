/*
 * Interface for what the kernel counts of its TCP sockets at all times, at no
 * cost however many there are: proc_pid_net(5), sockstat and snmp.
 */
#ifndef TCPCLOSE_HOST_COUNTERS_H
#define TCPCLOSE_HOST_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Descriptors; reading needs no right to open anything. */
struct host_counters {
	int sockstat, snmp;
};

struct host_counter_values {
	int64_t short_ones; /* TIME-WAIT, and FIN-WAIT-2 in the short form */
	int64_t orphans;    /* that no program holds, TIME-WAIT aside */
	int64_t current;    /* ESTABLISHED and CLOSE-WAIT: RFC 4022 */
};

void host_counters_open(struct host_counters *c);
void host_counters_close(struct host_counters *c);

/* False if any of them is not to be had. */
bool host_counters_read(const struct host_counters *c,
                        struct host_counter_values *out);

/*
 * Find the numbers in the texts of the files.
 *
 * sockstat  "TCP: inuse 5 orphan 0 tw 7 alloc 9 mem 2"
 * snmp      "Tcp: RtoAlgorithm ... CurrEstab ...", and a line of values below
 */
bool host_sockstat_number(const char *text, const char *name, int64_t *out);
bool host_snmp_number(const char *text, const char *name, int64_t *out);

#endif
