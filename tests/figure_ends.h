/*
 * Interface for the two ends of a figure: what TCP would put on the wire
 * where a row does not say it. They are no TCP; they know as much of time,
 * of TSval and TSecr and of IP-ID as is needed to make a row a segment.
 *
 *      A <--- 5 ms ---> tap <--- 10 ms ---> B
 *
 * A row's time is the tap's. A segment was sent before, and arrives later;
 * one that a row acknowledges has arrived by then, whatever the clock says.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_ENDS_H
#define TCPCLOSE_TESTS_FIGURE_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/segment.h"
#include "figure_row.h"

/* 2023-11-14 22:13:20 UTC is the figure's zero. */
#define FIGURE_EPOCH (1700000000LL * 1000000000LL)

/* Numbers that differ from one variant of a figure to the next. */
struct figure_world {
	const char *name;
	uint32_t iss[2];     /* by side */
	uint32_t ts_zero[2]; /* TSval at the figure's zero */
	bool swapped;        /* A has the higher address */
	bool through_pcapng;
	uint8_t ip_version;
};

/* What the figure says of itself in rows without a time. */
struct figure_options {
	bool no_timestamps, no_sack, no_wscale, no_ipv6;
	bool unseen[2];   /* segments of that side are not captured */
	int64_t delay[2]; /* ns between the end and the tap */
	uint32_t mss;
};

/* On its way to an end. */
struct figure_flight {
	enum figure_side to;
	int64_t arrives;
	struct segment seg;
};

#define FLIGHTS 64

struct figure_end {
	uint16_t id;
	int64_t win; /* bytes, last advertised */
	bool has_ts_recent;
	struct tcp_ts ts_recent;
	bool acked; /* it has sent an ACK ... */
	struct tcp_seq last_ack_sent;
	bool heard;              /* something arrived ... */
	struct tcp_seq heard_to; /* up to here */
	bool fin_sent, fin_acked, fin_taken;
	struct tcp_seq fin;
	struct segment last; /* it sent */
};

struct figure_ends {
	struct figure_world world;
	struct figure_options options;
	struct figure_end end[2];
	struct figure_flight flight[FLIGHTS];
	size_t n_flights;
	uint64_t frame; /* of the newest segment that was captured */
};

void figure_options_init(struct figure_options *options);

/* Read a row without a time. Returns NULL, or what is wrong with it. */
const char *figure_option_read(struct figure_options *options,
                               const char *drawn);

void figure_ends_init(struct figure_ends *ends,
                      const struct figure_world *world,
                      const struct figure_options *options);

/*
 * The segment that a row draws, as the tap captures it.
 *
 * Returns  false if the tap does not capture it
 */
bool figure_ends_send(struct figure_ends *ends, const struct figure_row *row,
                      struct segment *seg);

/* The model's number of a side: 0 has the lower address. */
static inline unsigned figure_end_index(const struct figure_world *world,
                                        enum figure_side side)
{
	return world->swapped ? 1u - (unsigned)side : (unsigned)side;
}

#endif
