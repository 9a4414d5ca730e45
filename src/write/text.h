/*
 * Interface between the parts of the text report: words, numbers and colours
 * for people.
 */
#ifndef TCPCLOSE_WRITE_TEXT_H
#define TCPCLOSE_WRITE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "record/record.h"
#include "record/summary.h"

#define TEXT_WIDTH 80

enum text_style {
	STYLE_PLAIN,
	STYLE_HEADING,
	STYLE_ERROR,
	STYLE_WARNING,
	STYLE_NOTICE,
	STYLE_FAINT,
};

/* Begin or, with STYLE_PLAIN, end a style; nothing without colour. */
void text_style(struct buffer *out, bool color, enum text_style style);

/* A line in bold, with an empty one before it. */
void text_heading(struct buffer *out, bool color, const char *s);

enum text_style text_severity_style(enum severity severity);

/* 1,234,567 */
void text_number(struct buffer *out, int64_t n);

/* The same, right-aligned. */
void text_column(struct buffer *out, int64_t n, size_t width);

/* "1 packet", "2 packets" */
void text_count(struct buffer *out, int64_t n, const char *one,
                const char *many);

/* "1.9 GB" */
void text_bytes(struct buffer *out, int64_t n);

/* Two units at most: "340 us", "12 ms", "4.7 s", "15 min 3 s", "2 h 10 min" */
void text_duration(struct buffer *out, int64_t ns);

/* A string that a stranger may have had a hand in: what would control the
 * terminal becomes `?`. */
void text_clean(struct buffer *out, const char *s);

/* Words wrapped at TEXT_WIDTH, every line indented; ends in a newline. A line
 * of s that begins with two spaces is kept as it is. */
void text_wrap(struct buffer *out, const char *s, size_t indent);

/* 2026-01-31, 23:59:59, 23:59:59.123456 */
void text_date(struct buffer *out, int64_t ns);
void text_clock(struct buffer *out, int64_t ns);
void text_clock_us(struct buffer *out, int64_t ns);

/* 192.0.2.1:80, [2001:db8::1]:80, an address alone, or `?` */
void text_end(struct buffer *out, const struct ip_value *ip, int64_t port);

/* A state of state_words as ss prints it. */
const char *text_state(size_t state);

/* What the capture is: text_head.c. */
void text_describe_run(struct buffer *out, const struct run_record *run);
void text_describe_stats(struct buffer *out, const struct stats_record *stats);

/* What the kernel of this host says, live: text_kernel.c. Of one socket, part
 * of a line; nothing if it was not asked. */
void text_kernel_word(struct buffer *out, const struct kernel_word *k);
void text_describe_host(struct buffer *out, bool color,
                        const struct stats_record *stats);

/* How connections ended, and their ends' states: text_counts.c. */
void text_describe_kinds(struct buffer *out, bool color,
                         const struct summary *s);
void text_describe_ends(struct buffer *out, bool color,
                        const struct summary *s);
void text_describe_offenders(struct buffer *out, bool color,
                             const struct summary *s);

/* What connections together cost their hosts: text_ledger.c. */
bool text_is_crowd(const struct ledger *l);
void text_describe_census(struct buffer *out, bool color,
                          const struct ledger *l, int64_t now);
void text_describe_time_wait(struct buffer *out, bool color,
                             const struct ledger *l);
void text_describe_brief(struct buffer *out, bool color,
                         const struct ledger *l);
/* names_files: of which a frame is, because there are several. */
void text_describe_hosts(struct buffer *out, bool color, const struct ledger *l,
                         bool names_files);

#endif
