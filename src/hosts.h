/*
 * Interface for what the analyzer keeps for host detectors: their places,
 * and how findings that are no one connection's become records.
 */
#ifndef TCPCLOSE_HOSTS_H
#define TCPCLOSE_HOSTS_H

#include "base/alloc.h"
#include "detect/host_detector.h"
#include "flow/flow.h"
#include "record/record.h"

struct hosts;

/*
 * enabled  set of kinds of findings, by finding_kind_at()
 * budget   bytes to keep to, if that is not too few to be of use
 *
 * Returns  NULL: no memory; all that will ever be needed is taken here
 */
struct hosts *hosts_new(const struct host_rules *rules, uint64_t enabled,
                        uint64_t budget,
                        const struct tcpclose_allocator *alloc);
void hosts_free(struct hosts *h, const struct tcpclose_allocator *alloc);

/* Bytes in use: they never change. */
size_t hosts_memory(const struct hosts *h);

/* A step of a life; and its end, at `now`. Steps that mean none of this, and
 * change the state of no end, are of no interest. */
uint32_t hosts_follow(const struct hosts *h);
void hosts_step(struct hosts *h, struct life *life, const struct step *step);
void hosts_over(struct hosts *h, struct life *life, int64_t now);

/*
 * Hand out what was found, as a record that lacks only its source: live, once
 * a second, what has become a trouble (open) and what is over (closed); when
 * the run is over, all that is still there (closed). Both are borrowed for the
 * call.
 *
 * Returns  TCPCLOSE_OK, or the first negative status of emit, which ends it
 */
typedef int hosts_emit(void *ctx, const struct host_finding *f,
                       struct finding_record *r);
int hosts_look(struct hosts *h, int64_t now, hosts_emit *emit, void *ctx);
int hosts_judge(struct hosts *h, hosts_emit *emit, void *ctx);

#endif
