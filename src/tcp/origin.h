/*
 * Interface for attributing an RST to a life of its four-tuple. Private to
 * tcp/.
 */
#ifndef TCPCLOSE_TCP_ORIGIN_H
#define TCPCLOSE_TCP_ORIGIN_H

#include "tcp/step.h"

/* Fill step->rst.belongs and what goes with it. */
void origin_of_rst(struct step *step);

#endif
