/* TCP options: those that say how a connection closes, the rest stepped over.
 */
#include "decode/tcp_options.h"

#define WSCALE_MAX 14 /* RFC 7323 section 2.3: larger is taken for 14 */
#define SACK_LEN   8  /* RFC 2018 section 3: two sequence numbers */

static bool read_sacks(struct segment *seg, const uint8_t *value, size_t len)
{
	const size_t n = len / SACK_LEN;
	if (n == 0 || n > SEGMENT_SACKS || len % SACK_LEN != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *block = value + i * SACK_LEN;
		seg->sack[i].left.wire = be32(block);
		seg->sack[i].right.wire = be32(block + 4);
	}
	seg->n_sacks = (uint8_t)n;
	seg->options |= OPTION_SACK;
	return true;
}

/* One option; len counts its value alone. False if it is broken. */
static bool read_option(struct segment *seg, uint8_t kind, const uint8_t *value,
                        size_t len)
{
	switch (kind) {
	case TCP_KIND_MSS:
		if (len != 2)
			return false;
		seg->mss = be16(value);
		seg->options |= OPTION_MSS;
		return true;
	case TCP_KIND_WSCALE:
		if (len != 1)
			return false;
		seg->wscale = *value < WSCALE_MAX ? *value : WSCALE_MAX;
		seg->options |= OPTION_WSCALE;
		return true;
	case TCP_KIND_SACK_PERMITTED:
		if (len != 0)
			return false;
		seg->options |= OPTION_SACK_PERMITTED;
		return true;
	case TCP_KIND_SACK:
		return read_sacks(seg, value, len);
	case TCP_KIND_TIMESTAMP:
		if (len != 8)
			return false;
		tcp_timestamp_fill(seg, value);
		return true;
	default:
		return true;
	}
}

/* The next option that has a length: kind, length, value. NULL if it is cut
 * or its length is nonsense. */
static const uint8_t *take_option(struct cursor *options)
{
	const uint8_t *option = options->at;
	if (cursor_left(options) < 2 || option[1] < 2)
		return NULL;
	return cursor_take(options, option[1]);
}

void tcp_options_read(struct cursor options, bool is_cut, struct segment *seg)
{
	while (cursor_left(&options) > 0) {
		if (*options.at == TCP_KIND_END)
			return;
		if (*options.at == TCP_KIND_NOP) {
			options.at++;
			continue;
		}
		const uint8_t *option = take_option(&options);
		if (!option) {
			seg->options_cut = true;
			return;
		}
		if (!read_option(seg, option[0], option + 2, option[1] - 2u))
			seg->options_cut = true;
	}
	if (is_cut)
		seg->options_cut = true;
}
