/*
 * Interface for metrics as text, in the Prometheus exposition format 0.0.4:
 * families of samples, each family headed by what it is.
 */
#ifndef TCPCLOSE_WRITE_PROM_TEXT_H
#define TCPCLOSE_WRITE_PROM_TEXT_H

#include <stdint.h>

#include "base/buffer.h"
#include "record/field.h"

struct prom_text {
	struct buffer *out;
	/* Stands on every sample, so that the files of several captures of one
	 * host can be read together; NULL: not live. */
	const char *interface;
};

struct prom_label {
	const char *name, *value; /* borrowed; a NULL name ends a list */
};

/* Names are whole but for the program's in front. */
void prom_family(const struct prom_text *to, const char *name,
                 enum metric_type type, const char *help);
void prom_sample(const struct prom_text *to, const char *name,
                 const struct prom_label *labels, int64_t value);

/* The same of nanoseconds, told in seconds. */
void prom_sample_seconds(const struct prom_text *to, const char *name,
                         const struct prom_label *labels, int64_t ns);

#endif
