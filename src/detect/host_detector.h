/*
 * Interface for a host detector: one kind of trouble that no connection shows
 * by itself, one file. It sees every connection of the run begin, change and
 * end, and is asked for its judgement when the run is over; live, every second
 * as well.
 *
 *	detector        one connection   a watch for each that needs one
 *	host detector   all of them      a tally for each (client, server, port)
 *
 * There may be more of those than memory, so tallies lie in a fixed number of
 * places (detect/host_places.h): what is forgotten may only be missed, never
 * be found wrongly. Nothing here allocates.
 *
 * Adding one: a file that ends in a filled-in struct host_detector, and a line
 * in host_detectors.def.
 */
#ifndef TCPCLOSE_DETECT_HOST_DETECTOR_H
#define TCPCLOSE_DETECT_HOST_DETECTOR_H

#include "detect/detector.h"
#include "detect/host_places.h"

/* What is assumed of hosts. */
struct host_rules {
	int64_t time_wait;   /* ns that TIME-WAIT lasts; positive */
	uint32_t port_range; /* ports that a client takes its own from */
};

/* Something happened to a connection. */
struct host_sight {
	const struct host_rules *rules;
	const struct host_key *key; /* whose */
	uint16_t client_port;
	const struct conn *conn;
	const struct step *step; /* NULL: the connection is over */
	int64_t now;             /* packet time */
};

/* A finding that is no one connection's; its end is the client's. */
struct host_finding {
	struct finding finding; /* `end` is not used */
	struct ip_addr client, server;
	uint8_t ip_version;
	uint16_t client_port; /* 0: it concerns all of them */
	uint16_t server_port;
	uint32_t source; /* of the first packet that belongs to it */
};

struct host_detector {
	struct finding_kind kind;
	size_t tally_size;  /* of what it keeps in a place */
	size_t detail_size; /* of the struct that kind.fields describes */

	/* It is shown the steps with these meanings (enum step_meaning), those
	 * in which an end goes from one state to another that matters to it,
	 * and the end of connections of interest (sight->step is NULL then),
	 * of which none is a SYN alone: most are of a flood. */
	uint32_t follows;
	bool (*minds)(bool is_client, enum tcp_state from, enum tcp_state to);
	bool (*minds_end)(const struct conn *conn);
	void (*observe)(struct host_places *places,
	                const struct host_sight *sight);

	/* The trouble of this kind that a place shows; false: none. out is
	 * zeroed but for out->finding.detail. */
	bool (*judge)(const struct host_place *place,
	              const struct host_rules *rules, struct host_finding *out);

	/* Live: by `now` the trouble that was told is over. */
	bool (*is_over)(const struct host_place *place,
	                const struct host_rules *rules, int64_t now);

	/* So begin to count anew, for the next one. */
	void (*restart)(struct host_place *place, int64_t now);
};

/* All host detectors, in the order of host_detectors.def. */
extern const struct host_detector *const host_detectors[];
extern const size_t n_host_detectors;

#endif
