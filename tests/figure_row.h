/*
 * Interface for one row of a figure: text in, a plain struct out. The
 * notation is described in figure.h.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_ROW_H
#define TCPCLOSE_TESTS_FIGURE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROW_SACKS  4
#define ROW_UNSAID INT64_MIN /* a number that the row leaves to the ends */

/* The two ends as they are drawn: A left, B right. */
enum figure_side { SIDE_A, SIDE_B };

enum row_kind {
	ROW_OPTION,  /* about the whole figure */
	ROW_TIME,    /* time passes, both states */
	ROW_SEGMENT, /* one segment, both states after it */
};

enum row_fate {
	FATE_DELIVERED,   /* passes the tap and arrives */
	FATE_LOST_BEHIND, /* passes the tap and is lost then */
	FATE_LOST_BEFORE, /* never reaches the tap */
	FATE_MISSED,      /* arrives, but the capture dropped it */
};

/* A part of the row as drawn. */
struct row_part {
	const char *at;
	size_t len;
};

struct figure_row {
	const char *drawn;
	enum row_kind kind;
	int64_t ts;               /* ns since the figure's zero */
	struct row_part state[2]; /* by side */
	struct row_part words;    /* behind the colon, or empty */

	enum figure_side from;
	enum row_fate fate;
	bool again; /* the sender's last segment, captured once more */

	uint8_t flags; /* enum tcp_flag */
	int64_t seq;   /* position, or the wire's number if seq_is_wire */
	int64_t ack;   /* position; ROW_UNSAID: no ACK */
	uint32_t len;
	bool seq_is_wire;

	/* What the row says itself; else ROW_UNSAID. */
	int64_t win, id, ttl, port;
	int64_t tsval, tsecr; /* ms on the clock of the figure */
	int64_t mss, wscale;
	bool no_timestamp, no_options, options_cut, sack_permitted;
	uint8_t n_sacks;
	int64_t sack[ROW_SACKS][2]; /* positions in the receiver's space */
};

/*
 * Read a row.
 *
 * Returns  NULL, or what is wrong with the row
 */
const char *row_read(struct figure_row *row, const char *drawn);

#endif
