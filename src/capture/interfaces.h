/*
 * Interface for the list of what this host can capture from.
 */
#ifndef TCPCLOSE_CAPTURE_INTERFACES_H
#define TCPCLOSE_CAPTURE_INTERFACES_H

#include "base/buffer.h"
#include "tcpclose/error.h"

/*
 * Append a line for each, as tcpdump -D has it: "1.eth0 [Up, Running]".
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EIO if the system does not tell
 */
int interfaces_list(struct buffer *out, struct tcpclose_error *err);

#endif
