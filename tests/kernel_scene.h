/*
 * Interface for a live analysis inside a test: two ends speak as they are told
 * to, and the kernel that findings are asked about is made up, or real.
 */
#ifndef TCPCLOSE_TESTS_KERNEL_SCENE_H
#define TCPCLOSE_TESTS_KERNEL_SCENE_H

#include "analyzer.h"

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define HEARD  32

/* A finding as it was told. */
struct told {
	char name[32], phase[8], confidence[16], outcome[16], severity[16];
	char shown_by[16]; /* of a pin */
	struct kernel_word kernel;
	bool stands;
	uint64_t event_id;
};

struct scene {
	struct analyzer *a;
	struct ip_addr addr[2]; /* 0: the client's */
	uint16_t port[2];
	int64_t now;
	uint64_t frame;
	/* What the kernel answers for either end, or who it is. */
	enum host_answer answer[2];
	struct host_socket socket[2];
	struct host_sockets *real;
	unsigned n_asked;
	size_t n_told;
	struct told told[HEARD];
	uint32_t n_findings; /* in tcp_close */
};

/* At 10.0.0.1, port 40000, and 10.0.0.2, port 80; the kernel knows neither. */
void scene_begin(struct scene *s);

/* The same, as from a file, or with so many questions a second. */
void scene_begin_with(struct scene *s, bool live, uint32_t rate);

/* End the capture; what its statistics were. */
struct stats_record scene_end(struct scene *s);

/* From now on the kernel has that end in this state, probing. */
void scene_state(struct scene *s, bool server, enum host_tcp_state state);

/* One end speaks, `after` ms after the last time. */
void scene_speak(struct scene *s, int after, bool server, uint8_t flags,
                 uint32_t seq, uint32_t ack, uint32_t len, uint16_t window);

void scene_handshake(struct scene *s);

/* The client's window is 0 for six seconds, and the server probes it: after
 * the last probe that is a trouble worth telling. */
void scene_stall(struct scene *s);

/* One more probe, after so many ms, and its answer. */
void scene_probe(struct scene *s, int after);

#endif
