/*
 * A capture file as bytes, and where its records end: for tests that cut it.
 * Little-endian pcap and pcapng with its interfaces before its packets, which
 * is what testdata/ holds.
 */
#ifndef TCPCLOSE_TESTS_CAPTURE_CUT_H
#define TCPCLOSE_TESTS_CAPTURE_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CUT_PACKETS 1024

struct cut {
	uint8_t *bytes;
	size_t size;
	bool is_pcapng;
	size_t header;           /* bytes before the first packet */
	size_t n;                /* packets */
	size_t end[CUT_PACKETS]; /* where the record of each is complete */
};

/* Fails the test if the file is no such capture. */
void cut_read(struct cut *cut, const char *path);
void cut_free(struct cut *cut);

/* The number of packets that are complete in the first `size` bytes. */
size_t cut_whole(const struct cut *cut, size_t size);

/* Whether the first `size` bytes end where a record does. */
bool cut_is_clean(const struct cut *cut, size_t size);

#endif
