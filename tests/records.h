/*
 * Records for tests: any table filled with values, and the small ones that
 * the tests of writers tell a story with.
 */
#ifndef TCPCLOSE_TESTS_RECORDS_H
#define TCPCLOSE_TESTS_RECORDS_H

#include "record/ledger.h"
#include "record/record.h"

/* Give every field a value of its own; no two calls with different seeds
 * give the same numbers. */
void records_fill(const struct field *fields, void *data, int64_t seed);

struct records_detail {
	const char *lost;
	int64_t ack_frame, behind, reacked;
	struct numbers gaps, probes;
	struct texts notes, causes;
	uint64_t previous_flow_id;
	int64_t since;
};

/* A kind of finding whose object has fields of every simple type. */
extern const struct finding_kind records_kind;

/* 192.0.2.x, or 2001:db8::x */
struct ip_value records_ip(unsigned version, uint8_t last);

/* 2026-05-04 09:12:31 UTC and some */
int64_t records_time(double seconds);

/* A plain close, everything else absent. */
struct close_record records_close(void);

/* 150 short connections of a client, a hundredth of a second apart, each of
 * which leaves a TIME-WAIT; and a host that betrays two settings. */
void records_ledger(struct ledger *l);

struct finding_record records_finding(enum severity severity, double seconds,
                                      const char *message);

#endif
