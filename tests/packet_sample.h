/*
 * Interface for tests of decoding: a packet that can be put together, bent
 * and cut, and what is expected of it.
 */
#ifndef TESTS_PACKET_SAMPLE_H
#define TESTS_PACKET_SAMPLE_H

#include "decode/decode.h"
#include "packet_make.h"

#define SAMPLE_MAX 4096

struct sample {
	uint8_t bytes[SAMPLE_MAX];
	size_t size;
	uint32_t link_type;
};

/* 192.0.2.1 port 40000 to 198.51.100.2 port 443, 100 bytes with timestamps;
 * or the same from 2001:db8::1 to 2001:db8::2. */
struct segment example_ipv4(void);
struct segment example_ipv6(void);

struct sample sample_of(const struct segment *seg, uint32_t link_type);

/* Put n bytes before offset `at`; give the sample another link type. */
void sample_insert(struct sample *s, size_t at, const void *bytes, size_t n);
void sample_wrap(struct sample *s, uint32_t link_type, const void *header,
                 size_t n);

/* What decoding gives if only caplen bytes were captured. */
enum decode_verdict sample_decode_cut(const struct sample *s, size_t caplen,
                                      struct segment *seg);
enum decode_verdict sample_decode(const struct sample *s, struct segment *seg);

/* The same, with checksums verified. */
enum decode_verdict sample_verify(const struct sample *s);

/* Every prefix of the sample is decoded too, against an unreadable page. */
void expect_verdict(const struct sample *s, enum decode_verdict verdict);

/* The sample holds this segment, and so do its prefixes as far as they go. The
 * checksum field is not compared. */
void expect_segment(const struct sample *s, const struct segment *seg);

/* Two segments are equal in all but the checksum field. */
void expect_same(const struct segment *seen, const struct segment *drawn);

#endif
