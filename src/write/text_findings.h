/*
 * Interface for the findings of the text report: grouped by kind, the worst
 * of each kind kept, the others counted, so that memory stays bounded.
 */
#ifndef TCPCLOSE_WRITE_TEXT_FINDINGS_H
#define TCPCLOSE_WRITE_TEXT_FINDINGS_H

#include <stdbool.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "record/record.h"
#include "record/summary.h"

#define FINDINGS_KEPT 20 /* of each kind */

struct finding_group;

struct finding_groups {
	const struct tcpclose_allocator *alloc;
	size_t n;
	struct finding_group *group[SUMMARY_KINDS];
};

void finding_groups_init(struct finding_groups *groups,
                         const struct tcpclose_allocator *alloc);
void finding_groups_fini(struct finding_groups *groups);

/* Take in a closed finding; false if there is no memory. */
bool finding_groups_add(struct finding_groups *groups,
                        const struct finding_record *r);

struct finding_style {
	bool color;
	bool names_files; /* which frames are of: there are several */
	int64_t day;      /* any time of the day that need not be repeated */
};

/* All groups, worst first: severity, then number. */
void finding_groups_write(struct finding_groups *groups, struct buffer *out,
                          const struct finding_style *style);

#endif
