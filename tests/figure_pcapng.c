/* Figures as captures: Ethernet frames in enhanced packet blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "figure_pcapng.h"

#include "packet_make.h"

#define FRAME_MAX    66000
#define BLOCK_PACKET 6 /* Enhanced Packet Block */
#define NANOSECONDS  9 /* if_tsresol: 10^-9 */

void figure_pcapng_begin(struct made *file)
{
	made_init(file, ORDER_LITTLE);
	made_section(file, UINT64_MAX);
	made_interface(file, LINK_ETHERNET, 0, NANOSECONDS, 0);
}

void figure_pcapng_add(struct made *file, const struct segment *seg)
{
	uint8_t frame[FRAME_MAX];
	const size_t len =
		packet_make(seg, LINKTYPE_ETHERNET, frame, sizeof(frame));
	assert_true(len > 0);
	const size_t start = made_block(file, BLOCK_PACKET);
	made32(file, 0);
	made32(file, (uint32_t)((uint64_t)seg->ts >> 32));
	made32(file, (uint32_t)seg->ts);
	made32(file, (uint32_t)len);
	made32(file, (uint32_t)len);
	buffer_put(&file->b, frame, len);
	made_block_end(file, start);
}
