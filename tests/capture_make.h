/*
 * Composing captures in memory, of either byte order, sound or damaged, and
 * reading them back through a scratch directory.
 */
#ifndef TCPCLOSE_TESTS_CAPTURE_MAKE_H
#define TCPCLOSE_TESTS_CAPTURE_MAKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "capture/capture.h"
#include "capture/order.h"

#define MADE_PACKETS 64

#define MAGIC_MICRO   0xa1b2c3d4u
#define MAGIC_NANO    0xa1b23c4du
#define MAGIC_PATCHED 0xa1b2cd34u

#define LINK_ETHERNET 1
#define LINK_RAW      101

struct made {
	struct buffer b;
	enum order order;
	size_t header;            /* bytes of the file header */
	size_t end[MADE_PACKETS]; /* where each packet's record is complete */
	size_t n_packets;
};

void made_init(struct made *m, enum order order);
void made_fini(struct made *m);

void made16(struct made *m, uint16_t n);
void made32(struct made *m, uint32_t n);
void made64(struct made *m, uint64_t n);

/* Overwrite four bytes, in the order of the capture. */
void made_patch32(struct made *m, size_t at, uint32_t n);

/* link is the whole link-type word, FCS bits included. */
void made_pcap(struct made *m, uint32_t magic, uint16_t minor, uint32_t link);
/* The two lengths in the order in which they are written; caplen bytes. */
void made_pcap_record(struct made *m, uint32_t magic, uint32_t sec,
                      uint32_t fraction, uint32_t first, uint32_t second,
                      uint32_t caplen);
void made_packet(struct made *m, uint32_t magic, uint32_t sec,
                 uint32_t fraction, uint32_t caplen);

/* Blocks of pcapng. made_block() begins one, made_block_end() completes it:
 * padding and both lengths. */
size_t made_block(struct made *m, uint32_t type);
void made_block_end(struct made *m, size_t start);
void made_option(struct made *m, uint16_t code, const void *bytes,
                 uint16_t size);
void made_section(struct made *m, uint64_t length);
/* tsresol below 0: the option is absent; so is tsoffset 0 */
void made_interface(struct made *m, uint16_t link, uint32_t snaplen,
                    int tsresol, int64_t tsoffset);
void made_enhanced(struct made *m, uint32_t interface, uint64_t ts,
                   uint32_t caplen, uint32_t len);
void made_obsolete(struct made *m, uint16_t interface, uint64_t ts,
                   uint32_t caplen, uint32_t len);
void made_simple(struct made *m, uint32_t caplen, uint32_t len);
void made_statistics(struct made *m, uint32_t interface, uint64_t ifdrop,
                     uint64_t osdrop);
/* With times, in the interface's units; start and end 0: absent. */
struct made_times {
	uint64_t written, start, end;
};
void made_timed_statistics(struct made *m, uint32_t interface,
                           struct made_times times, uint64_t osdrop);

/* A frame of IPv4 and TCP, from port `sport` to 80, on either link type. */
size_t made_tcp(uint8_t frame[64], uint32_t link, uint16_t sport);

/* The n-th byte of the packets that this file composes. */
static inline uint8_t made_byte(size_t packet, size_t n)
{
	return (uint8_t)(packet * 37 + n);
}

/* A directory for the test's files: a group's state. */
struct scratch {
	char dir[64];
	char path[128]; /* of the file that was written last */
};

int scratch_make(void **state);
int scratch_remove(void **state);
const char *scratch_path(struct scratch *s, const char *name);
const char *scratch_write(struct scratch *s, const char *name,
                          const void *bytes, size_t n);
const char *scratch_save(struct scratch *s, const char *name,
                         const struct made *m);

/* What came out of a capture that was read to its end. */
struct seen {
	int opened;                /* capture_open()'s status */
	size_t n;                  /* packets */
	int broken;                /* the last negative status of next */
	size_t n_broken;           /* how often it was negative */
	struct tcpclose_error err; /* the last */
	struct tcpclose_packet pkt[MADE_PACKETS]; /* bytes are gone */
	uint8_t first[MADE_PACKETS];              /* byte of each, if any */
	struct capture_source source;             /* the first one's figures */
	size_t n_sources;
};

void see(struct seen *seen, const char *const *paths, size_t n_paths,
         const char *filter, const struct tcpclose_allocator *alloc);
void see_file(struct seen *seen, const char *path);

/* The n-th allocation fails (from 1; 0: none does), and all are counted. */
struct failing {
	struct tcpclose_allocator alloc;
	size_t n_calls;
	size_t fail_at;
	size_t n_live;
};

void failing_init(struct failing *f, size_t fail_at);

#endif
