/* Counters and sysctls of this host, as texts and as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "host/counters.h"
#include "host/proc.h"
#include "host/sysctls.h"

#define SOCKSTAT                                                               \
	"sockets: used 16\nTCP: inuse 5 orphan 3 tw 70 alloc 7 mem 182\n"      \
	"UDP: inuse 0 mem 0\n"

static void sockstat_is_read_by_name(void **state)
{
	int64_t n = -1;
	(void)state;
	assert_true(host_sockstat_number(SOCKSTAT, "tw", &n));
	assert_int_equal(n, 70);
	assert_true(host_sockstat_number(SOCKSTAT, "orphan", &n));
	assert_int_equal(n, 3);
	assert_true(host_sockstat_number(SOCKSTAT, "mem", &n));
	assert_int_equal(n, 182);
	assert_false(host_sockstat_number(SOCKSTAT, "used", &n));
	assert_false(host_sockstat_number("TCP: inuse 5 tw\n", "tw", &n));
	assert_false(host_sockstat_number("TCP: inuse 5 tw x\n", "tw", &n));
	assert_false(host_sockstat_number("", "tw", &n));
}

#define SNMP                                                                   \
	"Ip: Forwarding DefaultTTL\nIp: 2 64\n"                                \
	"Tcp: RtoMin MaxConn CurrEstab InSegs\nTcp: 200 -1 17 4242\n"          \
	"Udp: InDatagrams\nUdp: 1\n"

static void snmp_is_read_by_name(void **state)
{
	int64_t n = 0;
	(void)state;
	assert_true(host_snmp_number(SNMP, "CurrEstab", &n));
	assert_int_equal(n, 17);
	assert_true(host_snmp_number(SNMP, "MaxConn", &n));
	assert_int_equal(n, -1);
	assert_false(host_snmp_number(SNMP, "InDatagrams", &n));
	assert_false(host_snmp_number("Tcp: A B\nTcp: 1\n", "B", &n));
	assert_false(host_snmp_number("Tcp: A B\n", "B", &n));
	assert_false(host_snmp_number("", "B", &n));
}

static void a_file_is_read_anew_each_time(void **state)
{
	char name[] = "/tmp/tcpclose_proc_XXXXXX", text[8];
	const int writer = mkstemp(name);
	(void)state;
	assert_true(writer >= 0);
	const int reader = host_proc_open(name);
	assert_false(host_proc_read(reader, text, sizeof(text)));
	assert_int_equal(write(writer, "first and long", 14), 14);
	assert_true(host_proc_read(reader, text, sizeof(text)));
	assert_string_equal(text, "first a");
	assert_int_equal(pwrite(writer, "again", 5, 0), 5);
	assert_true(host_proc_read(reader, text, sizeof(text)));
	assert_string_equal(text, "again a");
	close(reader);
	close(writer);
	unlink(name);
	assert_int_equal(host_proc_open(name), -1);
	assert_false(host_proc_read(-1, text, sizeof(text)));
}

static void what_is_not_there_is_not_set(void **state)
{
	struct host_sysctls s;
	struct host_sysctl_values v;
	(void)state;
	host_sysctls_open(&s);
	host_sysctls_close(&s);
	host_sysctls_read(&s, &v);
	assert_int_equal(v.value[HOST_SYSCTL_tcp_rfc1337], HOST_NOT_SET);
	assert_int_equal(v.port_low, HOST_NOT_SET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockstat_is_read_by_name),
		cmocka_unit_test(snmp_is_read_by_name),
		cmocka_unit_test(a_file_is_read_anew_each_time),
		cmocka_unit_test(what_is_not_there_is_not_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
