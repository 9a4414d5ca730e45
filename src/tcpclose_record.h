/*
 * Interface between the two halves of the library's front: what the opaque
 * record is.
 */
#ifndef TCPCLOSE_TCPCLOSE_RECORD_H
#define TCPCLOSE_TCPCLOSE_RECORD_H

#include "record/record.h"

struct json_plan;

struct tcpclose_record {
	const struct record *record; /* borrowed, as is */
	struct json_plan *plan;      /* its handle's */
};

#endif
