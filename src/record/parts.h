/*
 * Interface for the field tables that several records share.
 */
#ifndef TCPCLOSE_RECORD_PARTS_H
#define TCPCLOSE_RECORD_PARTS_H

#include "record/field.h"

extern const struct field record_head_fields[];
extern const struct field record_loose_head_fields[]; /* source optional */
extern const struct field record_flow_fields[];       /* of one connection */
extern const struct field record_loose_flow_fields[]; /* or of a host */
extern const struct field record_account_fields[];
extern const struct field record_end_fields[];

#endif
