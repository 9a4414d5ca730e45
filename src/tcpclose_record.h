/*
 * Interface between the two halves of the library's front: what the opaque
 * record is.
 */
#ifndef TCPCLOSE_TCPCLOSE_RECORD_H
#define TCPCLOSE_TCPCLOSE_RECORD_H

#include "record/record.h"

struct tcpclose_record {
	const struct record *record; /* borrowed */
};

#endif
