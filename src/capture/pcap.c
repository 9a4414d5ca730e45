/*
 * The pcap format (draft-ietf-opsawg-pcap), in either byte order, with micro-
 * or nanoseconds, and its two historical relatives: versions that wrote the
 * two lengths the other way round, and the format of A. Kuznetzov's patched
 * libpcap, whose packet headers carry eight bytes more.
 */
#include "capture/format.h"

#include "base/error.h"
#include "capture/order.h"

#define FILE_HEADER           24
#define PACKET_HEADER         16
#define PATCHED_PACKET_HEADER 24

/* When a version swapped the captured and the original length. */
enum swapped { SWAPPED_NEVER, SWAPPED_ALWAYS, SWAPPED_IF_WRONG };

struct pcap_reader {
	struct reader base;
	enum order order;
	enum swapped swapped;
	uint32_t header;      /* bytes before each packet */
	uint32_t ns_per_unit; /* of the fraction of a second */
	uint32_t limit;       /* the most bytes a packet can hold */
	uint32_t link_type;
};

struct variant {
	uint32_t magic;
	uint32_t ns_per_unit;
	uint32_t header;
};

static const struct variant variants[] = {
	{ 0xa1b2c3d4, 1000, PACKET_HEADER },
	{ 0xa1b23c4d, 1, PACKET_HEADER },
	{ 0xa1b2cd34, 1000, PATCHED_PACKET_HEADER },
};

static const struct variant *variant_of(const uint8_t *head, enum order *order)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++)
		for (*order = ORDER_LITTLE;; *order = ORDER_BIG) {
			if (order32(*order, head) == variants[i].magic)
				return &variants[i];
			if (*order == ORDER_BIG)
				break;
		}
	return NULL;
}

static bool recognise(const uint8_t *head, size_t n)
{
	enum order order;
	return n >= 4 && variant_of(head, &order);
}

/* 2.4 is today's version. Until 2.2 the original length came first; 2.3
 * existed both ways; 543.0 was DG/UX's. The same reading as libpcap's. */
static bool set_version(struct pcap_reader *p, uint16_t major, uint16_t minor)
{
	if (major == 543 && minor == 0)
		p->swapped = SWAPPED_ALWAYS;
	else if (major != 2 || minor > 4)
		return false;
	else if (minor < 3)
		p->swapped = SWAPPED_ALWAYS;
	else if (minor == 3)
		p->swapped = SWAPPED_IF_WRONG;
	return true;
}

static int open_pcap(struct reader *r, struct tcpclose_error *err)
{
	struct pcap_reader *p = (struct pcap_reader *)r;
	const struct error_place place = { .file = r->stats->name };
	const uint8_t *h = window_peek(r->window, FILE_HEADER);
	const struct variant *variant = h ? variant_of(h, &p->order) : NULL;
	if (!variant)
		return reader_headless(r, err);

	const uint16_t major = order16(p->order, h + 4);
	const uint16_t minor = order16(p->order, h + 6);
	if (!set_version(p, major, minor))
		return error_set(err, TCPCLOSE_EUNSUPPORTED, place,
		                 "pcap of version %u.%u, only 2.4 and older "
		                 "can be read: convert it with editcap",
		                 major, minor);
	p->header = variant->header;
	p->ns_per_unit = variant->ns_per_unit;

	/* The upper half of the word tells how many bytes of frame check
	 * sequence end each packet; IP's own length leaves those out. */
	p->link_type = order32(p->order, h + 20) & 0xffff;
	p->limit = reader_packet_limit(p->link_type, order32(p->order, h + 16));
	reader_note_link_type(r, p->link_type);
	window_step(r->window, FILE_HEADER);
	return TCPCLOSE_OK;
}

/* What stands before each packet. */
struct packet_header {
	uint32_t seconds, fraction;
	uint32_t caplen, len;
};

static struct packet_header read_header(enum order order, const uint8_t *h)
{
	return (struct packet_header){ order32(order, h), order32(order, h + 4),
		                       order32(order, h + 8),
		                       order32(order, h + 12) };
}

static void swap_lengths(enum swapped swapped, struct packet_header *header)
{
	const uint32_t first = header->caplen;
	if (swapped == SWAPPED_IF_WRONG && first <= header->len)
		return;
	header->caplen = header->len;
	header->len = first;
}

/* The order is the file's: it is asked for once, not for each number. */
static struct packet_header header_at(const struct pcap_reader *p,
                                      const uint8_t *h)
{
	struct packet_header header = p->order == ORDER_LITTLE
	                                      ? read_header(ORDER_LITTLE, h)
	                                      : read_header(ORDER_BIG, h);
	if (p->swapped != SWAPPED_NEVER)
		swap_lengths(p->swapped, &header);
	return header;
}

/* Unsigned seconds last until 2106, and 64 bits hold them all. */
static void fill(const struct pcap_reader *p, struct packet_header header,
                 struct tcpclose_packet *pkt)
{
	pkt->ts = (int64_t)header.seconds * 1000000000 +
	          (int64_t)header.fraction * p->ns_per_unit;
	pkt->caplen = header.caplen;
	pkt->len = header.len < header.caplen ? header.caplen : header.len;
}

static int next_pcap(struct reader *r, struct tcpclose_packet *pkt,
                     struct tcpclose_error *err);

/* The window does not show the n bytes that a record needs: read on. */
static int next_after(size_t n, struct reader *r, struct tcpclose_packet *pkt,
                      struct tcpclose_error *err)
{
	return window_fill(r->window, n) ? next_pcap(r, pkt, err)
	                                 : reader_ended(r, err);
}

static int too_large(const struct pcap_reader *p, uint32_t caplen,
                     struct tcpclose_error *err)
{
	return reader_damaged(&p->base, window_offset(p->base.window), err,
	                      "a packet that claims %u bytes, %u are possible",
	                      caplen, p->limit);
}

static int next_pcap(struct reader *r, struct tcpclose_packet *pkt,
                     struct tcpclose_error *err)
{
	struct pcap_reader *p = (struct pcap_reader *)r;
	const uint8_t *h = r->window->at;
	const size_t left = window_left(r->window);
	if (left < p->header)
		return next_after(p->header, r, pkt, err);
	fill(p, header_at(p, h), pkt);
	if (pkt->caplen > p->limit)
		return too_large(p, pkt->caplen, err);
	const size_t size = (size_t)p->header + pkt->caplen;
	if (left < size)
		return next_after(size, r, pkt, err);

	pkt->bytes = h + p->header;
	pkt->link_type = p->link_type;
	pkt->interface = 0;
	pkt->frame = ++r->frame;
	r->stats->packets++;
	window_step(r->window, size);
	return 1;
}

const struct format format_pcap = {
	.name = "pcap",
	.memory = sizeof(struct pcap_reader),
	.recognise = recognise,
	.open = open_pcap,
	.next = next_pcap,
};
