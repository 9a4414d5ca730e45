/*
 * Interface for the worst offenders of a run: who pins others, whose programs
 * do not close, and between whom TIME-WAIT gathers. Each list is in constant
 * memory (record/offenders.h).
 */
#ifndef TCPCLOSE_RECORD_WORST_H
#define TCPCLOSE_RECORD_WORST_H

#include "record/offenders.h"
#include "record/record.h"

/* Zeroed: nothing is known. */
struct worst {
	struct offenders pins;       /* peers, by fin_wait_1_pin findings */
	struct offenders close_wait; /* server, port: us in CLOSE_WAIT */
	struct offenders time_wait;  /* client, server, port: us TIME_WAIT */
};

/* A connection is over. */
void worst_take_close(struct worst *w, const struct close_record *r);

/* A finding is closed; of another kind than the one that counts, it is passed
 * over. */
void worst_take_finding(struct worst *w, const struct finding_record *r);

/* Closes per second of an offender, over the time it was seen. */
double offender_rate(const struct offender *o);

/* The number of ports that rested in TIME_WAIT on average in that time. */
double offender_occupancy(const struct offender *o);

#endif
