/* Where the records of a capture file end. */
#include "capture_cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "capture/order.h"

#define PCAP_HEADER        24
#define PCAP_RECORD        16
#define PCAPNG_SECTION     0x0a0d0d0au
#define PCAPNG_ENHANCED    6u
#define PCAPNG_BLOCK_LEAST 12

static uint32_t at32(const struct cut *cut, size_t at)
{
	assert_true(at + 4 <= cut->size);
	return order32(ORDER_LITTLE, cut->bytes + at);
}

/* The size of the record at `at`; *is_packet tells whether it holds one. */
static size_t record_at(const struct cut *cut, size_t at, bool *is_packet)
{
	*is_packet = !cut->is_pcapng || at32(cut, at) == PCAPNG_ENHANCED;
	if (!cut->is_pcapng)
		return PCAP_RECORD + at32(cut, at + 8);
	assert_true(at32(cut, at + 4) >= PCAPNG_BLOCK_LEAST);
	return at32(cut, at + 4);
}

static void find_ends(struct cut *cut)
{
	bool is_packet;
	size_t at = cut->is_pcapng ? 0 : PCAP_HEADER;
	cut->header = at;
	while (at < cut->size) {
		at += record_at(cut, at, &is_packet);
		assert_true(at <= cut->size);
		if (!is_packet && cut->n == 0)
			cut->header = at;
		if (!is_packet)
			continue;
		assert_true(cut->n < CUT_PACKETS);
		cut->end[cut->n++] = at;
	}
}

void cut_read(struct cut *cut, const char *path)
{
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	*cut = (struct cut){ .size = (size_t)ftell(f) };
	rewind(f);
	cut->bytes = malloc(cut->size);
	assert_non_null(cut->bytes);
	assert_int_equal(fread(cut->bytes, 1, cut->size, f), cut->size);
	fclose(f);
	cut->is_pcapng = at32(cut, 0) == PCAPNG_SECTION;
	find_ends(cut);
	assert_true(cut->n > 0);
}

void cut_free(struct cut *cut)
{
	free(cut->bytes);
}

size_t cut_whole(const struct cut *cut, size_t size)
{
	size_t n = 0;
	while (n < cut->n && cut->end[n] <= size)
		n++;
	return n;
}

bool cut_is_clean(const struct cut *cut, size_t size)
{
	bool is_packet;
	size_t at = cut->is_pcapng ? 0 : PCAP_HEADER;
	while (at < size)
		at += record_at(cut, at, &is_packet);
	return at == size && size > 0;
}
