/*
 * Interface for what the wire betrays about the hosts' settings: how often an
 * orphan tries, how long FIN-WAIT-2 lasts, whether TIME-WAIT is reused, and so
 * on. Each is a range that all observations of it fit, narrower with each.
 *
 * The first SETTINGS_HOSTS hosts that betray something are kept, the others
 * counted.
 */
#ifndef TCPCLOSE_RECORD_SETTINGS_H
#define TCPCLOSE_RECORD_SETTINGS_H

#include <stddef.h>

#include "record/record.h"

#define SETTINGS_HOSTS 64

enum setting {
	SETTING_ORPHAN_RETRIES, /* tcp_orphan_retries; the default 0 is 8 */
	SETTING_FIN_TIMEOUT,    /* s */
	SETTING_TW_REUSE,
	SETTING_RFC1337,
	SETTING_RTO_MAX, /* ms */
	N_SETTINGS
};

/* "tcp_orphan_retries", ...: the sysctl of Linux. */
const char *setting_name(enum setting s);

/* "s", "ms", or NULL. */
const char *setting_unit(enum setting s);

/* What shows it, in a few words. */
const char *setting_evidence(enum setting s);

struct setting_seen {
	int64_t n;           /* observations; 0: nothing is known */
	int64_t least, most; /* what all of them allow */
	uint64_t frame;      /* of the newest one; 0: none */
	uint64_t flow_id;    /* of the connection it was seen on; or 0 */
	int64_t sign;        /* what showed it, where a second one counts */
	enum confidence confidence;
	bool several; /* more than one sign: no accident */
	bool varies;  /* they contradict each other: this is the newest */
};

struct host_settings {
	struct ip_value ip;
	struct setting_seen seen[N_SETTINGS];
};

struct settings {
	size_t n;
	int64_t n_more; /* observations of hosts for which there was no room */
	struct host_settings host[SETTINGS_HOSTS];
};

/* One observation; `n` of it is not used. */
void settings_observe(struct settings *all, const struct ip_value *ip,
                      enum setting which, const struct setting_seen *seen);

/* What is known of a host; NULL: nothing. */
const struct host_settings *settings_find(const struct settings *all,
                                          const struct ip_value *ip);

/* What a finding says about the host at the end that it concerns. */
void settings_take(struct settings *all, const struct finding_record *r);

/* The likeliest value within a range: Linux's default if it is in it. */
int64_t setting_value(enum setting which, const struct setting_seen *seen);

#endif
