/*
 * The pcapng format (draft-ietf-opsawg-pcapng): blocks in sections, each
 * section of its own byte order, with its own list of interfaces. Packets
 * come from enhanced, simple and (obsolete) packet blocks, drops from
 * interface statistics; all other blocks are stepped over.
 */
#include "capture/format.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/error.h"
#include "capture/order.h"
#include "capture/source.h"
#include "capture/timestamp.h"

#define BLOCK_HEADER     8
#define BLOCK_AROUND     12 /* header, and the length again at the end */
#define SECTION_SMALLEST 28
#define BYTE_ORDER_MAGIC 0x1a2b3c4d

/* The largest packet, and options enough. */
#define BLOCK_LARGEST (144u << 20)

#define MOST_INTERFACES 65536
#define DEFAULT_TSRESOL 6

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_STATISTICS = 5,
	BLOCK_ENHANCED = 6,
	BLOCK_JOURNAL = 9,    /* a systemd journal entry */
	BLOCK_SYSDIG = 0x204, /* events of sysdig, in its three versions */
	BLOCK_SYSDIG_2 = 0x216,
	BLOCK_SYSDIG_2_LARGE = 0x221,
	BLOCK_CUSTOM = 0x00000bad,
	BLOCK_CUSTOM_NOT_COPIED = 0x40000bad,
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

enum option_code {
	OPTION_END = 0,
	IF_TSRESOL = 9,
	IF_TSOFFSET = 14,
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFDROP = 5,
	ISB_OSDROP = 7,
};

struct interface {
	struct time_units units;
	uint32_t link_type;
	uint32_t snaplen; /* 0: no limit */
	uint64_t dropped_kernel;
	uint64_t dropped_interface;
	int64_t counted_ts; /* of the statistics before, or the start */
};

struct pcapng_reader {
	struct reader base;
	enum order order;
	uint32_t first_interface; /* of this section, within the file */
	uint32_t n_interfaces;    /* of this section */
	uint32_t room;
	struct interface *interfaces;
	int64_t ts; /* of the last packet that had one */
};

struct block {
	uint64_t offset; /* where it starts */
	uint32_t type;
	uint32_t total;
	const uint8_t *body;
	uint32_t size; /* of the body */
};

static int damaged(const struct pcapng_reader *p, const struct block *b,
                   struct tcpclose_error *err, const char *what)
{
	return reader_damaged(&p->base, b->offset, err,
	                      "%s in a block of "
	                      "type 0x%08x and %u bytes",
	                      what, b->type, b->total);
}

static bool order_of_section(const uint8_t *h, enum order *order)
{
	*order = order32(ORDER_BIG, h + BLOCK_HEADER) == BYTE_ORDER_MAGIC
	                 ? ORDER_BIG
	                 : ORDER_LITTLE;
	return order32(*order, h + BLOCK_HEADER) == BYTE_ORDER_MAGIC;
}

/* Read a block's type and length. Returns 1, 0 at the end, or a status. */
static int start_block(struct pcapng_reader *p, struct block *b,
                       struct tcpclose_error *err)
{
	struct window *w = p->base.window;
	b->offset = window_offset(w);
	const uint8_t *h = window_peek(w, BLOCK_HEADER);
	if (!h)
		return reader_ended(&p->base, err);
	b->type = order32(p->order, h);
	if (b->type == BLOCK_SECTION) {
		h = window_peek(w, BLOCK_AROUND);
		if (!h)
			return reader_cut(&p->base, b->offset, err);
		if (!order_of_section(h, &p->order))
			return damaged(p, b, err, "no byte order");
	}
	b->total = order32(p->order, h + 4);
	if (b->total < BLOCK_AROUND || b->total % 4 != 0)
		return damaged(p, b, err, "an impossible length");
	b->size = b->total - BLOCK_AROUND;
	return 1;
}

static int check_end(const struct pcapng_reader *p, const struct block *b,
                     const uint8_t *end, struct tcpclose_error *err)
{
	if (order32(p->order, end) != b->total)
		return damaged(p, b, err, "two lengths that differ");
	return TCPCLOSE_OK;
}

static int load_block(struct pcapng_reader *p, struct block *b,
                      struct tcpclose_error *err)
{
	if (b->total > BLOCK_LARGEST)
		return damaged(p, b, err, "too many bytes");
	const uint8_t *h = window_peek(p->base.window, b->total);
	if (!h)
		return reader_cut(&p->base, b->offset, err);
	b->body = h + BLOCK_HEADER;
	window_step(p->base.window, b->total);
	return check_end(p, b, h + b->total - 4, err);
}

/* Wireshark gives these a frame number too, though they are no packets. */
static bool is_numbered(uint32_t type)
{
	switch (type) {
	case BLOCK_JOURNAL:
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_NOT_COPIED:
	case BLOCK_SYSDIG:
	case BLOCK_SYSDIG_2:
	case BLOCK_SYSDIG_2_LARGE:
		return true;
	default:
		return false;
	}
}

static int skip_block(struct pcapng_reader *p, const struct block *b,
                      struct tcpclose_error *err)
{
	struct window *w = p->base.window;
	const uint8_t *end =
		window_discard(w, b->total - 4) ? window_peek(w, 4) : NULL;
	if (!end)
		return reader_cut(&p->base, b->offset, err);
	window_step(w, 4);
	p->base.frame += is_numbered(b->type);
	return check_end(p, b, end, err);
}

struct option {
	uint16_t code;
	uint16_t size;
	const uint8_t *value;
};

/* Returns 1 with an option, 0 behind the last, -1 if it exceeds its block. */
static int next_option(const struct pcapng_reader *p, struct cursor *c,
                       struct option *option)
{
	if (cursor_left(c) == 0)
		return 0;
	const uint8_t *h = cursor_take(c, 4);
	if (!h)
		return -1;
	option->code = order16(p->order, h);
	option->size = order16(p->order, h + 2);
	if (option->code == OPTION_END)
		return 0;
	option->value = cursor_take(c, ((size_t)option->size + 3) & ~(size_t)3);
	return option->value ? 1 : -1;
}

static int on_section(struct pcapng_reader *p, const struct block *b,
                      struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	(void)pkt;
	const uint16_t major = order16(p->order, b->body + 4);
	const uint16_t minor = order16(p->order, b->body + 6);
	if (major != 1)
		return error_set(
			err, TCPCLOSE_EUNSUPPORTED,
			(struct error_place){ .file = p->base.stats->name,
		                              .offset = b->offset },
			"pcapng of version %u.%u, only 1.x can be "
			"read: convert it with editcap",
			major, minor);
	p->first_interface += p->n_interfaces;
	p->n_interfaces = 0;
	return 0;
}

static struct interface *add_interface(struct pcapng_reader *p)
{
	if (p->n_interfaces == p->room) {
		const uint32_t room = p->room ? p->room * 2 : 4;
		struct interface *grown = alloc_resize(
			p->base.alloc, p->interfaces, room, sizeof(*grown));
		if (!grown)
			return NULL;
		p->interfaces = grown;
		p->room = room;
	}
	return &p->interfaces[p->n_interfaces++];
}

static int interface_options(const struct pcapng_reader *p, struct cursor c,
                             struct interface *interface)
{
	uint8_t tsresol = DEFAULT_TSRESOL;
	int64_t offset = 0;
	struct option o;
	int more;
	while ((more = next_option(p, &c, &o)) > 0) {
		if (o.code == IF_TSRESOL && o.size == 1)
			tsresol = o.value[0];
		if (o.code == IF_TSOFFSET && o.size == 8)
			offset = (int64_t)order64(p->order, o.value);
	}
	interface->units = time_units_of(tsresol);
	interface->units.offset = offset;
	return more;
}

static int on_interface(struct pcapng_reader *p, const struct block *b,
                        struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	(void)pkt;
	if (p->n_interfaces == MOST_INTERFACES)
		return damaged(p, b, err, "one interface too many");
	struct interface *interface = add_interface(p);
	if (!interface)
		return error_set(
			err, TCPCLOSE_ENOMEM,
			(struct error_place){ .file = p->base.stats->name },
			"no memory for %u interfaces", p->n_interfaces + 1);
	*interface = (struct interface){
		.link_type = order16(p->order, b->body),
		.snaplen = order32(p->order, b->body + 4),
		.counted_ts = INT64_MIN,
	};
	if (interface_options(p, cursor_of(b->body + 8, b->size - 8),
	                      interface) < 0)
		return damaged(p, b, err, "an option that is too long");
	reader_note_link_type(&p->base, interface->link_type);
	return 0;
}

static int64_t time_in(const struct pcapng_reader *p, uint32_t interface,
                       const uint8_t *field)
{
	const uint64_t count = (uint64_t)order32(p->order, field) << 32 |
	                       order32(p->order, field + 4);
	return time_from_units(&p->interfaces[interface].units, count);
}

/* What one statistics block says. */
struct counts {
	uint64_t dropped_kernel, dropped_interface;
	int64_t from, to;
};

static void read_count(const struct pcapng_reader *p, uint32_t id,
                       const struct option *o, struct counts *n)
{
	if (o->size != 8)
		return;
	if (o->code == ISB_OSDROP)
		n->dropped_kernel = order64(p->order, o->value);
	else if (o->code == ISB_IFDROP)
		n->dropped_interface = order64(p->order, o->value);
	else if (o->code == ISB_STARTTIME && n->from == INT64_MIN)
		n->from = time_in(p, id, o->value);
	else if (o->code == ISB_ENDTIME)
		n->to = time_in(p, id, o->value);
}

/* Where a counter grew, packets were lost since the block before; and up to
 * the newest packet at least, for the block stands behind it. */
static void note_loss(struct pcapng_reader *p, const struct counts *n)
{
	const int64_t to = n->to > p->ts ? n->to : p->ts;
	source_note_loss(p->base.stats, n->from < to ? n->from : to, to);
}

/* Statistics count from the start of the capture: the newer replace the
 * older of the same interface. */
static int on_statistics(struct pcapng_reader *p, const struct block *b,
                         struct tcpclose_packet *pkt,
                         struct tcpclose_error *err)
{
	(void)pkt;
	const uint32_t id = order32(p->order, b->body);
	if (id >= p->n_interfaces)
		return 0; /* nobody's figures: the packets are still good */
	struct interface *interface = &p->interfaces[id];
	struct capture_source *stats = p->base.stats;
	struct counts now = { interface->dropped_kernel,
		              interface->dropped_interface,
		              interface->counted_ts,
		              time_in(p, id, b->body + 4) };
	struct cursor c = cursor_of(b->body + 12, b->size - 12);
	struct option o;
	int more;
	while ((more = next_option(p, &c, &o)) > 0)
		read_count(p, id, &o, &now);
	if (now.dropped_kernel > interface->dropped_kernel ||
	    now.dropped_interface > interface->dropped_interface)
		note_loss(p, &now);
	stats->dropped_kernel += now.dropped_kernel - interface->dropped_kernel;
	stats->dropped_interface +=
		now.dropped_interface - interface->dropped_interface;
	interface->dropped_kernel = now.dropped_kernel;
	interface->dropped_interface = now.dropped_interface;
	interface->counted_ts = now.to;
	return more < 0 ? damaged(p, b, err, "an option that is too long") : 0;
}

/* What the three kinds of packet blocks say about their packet. */
struct packet_fields {
	uint32_t interface;
	uint32_t caplen, len;
	uint32_t at; /* where its bytes start in the body */
};

static int give_packet(struct pcapng_reader *p, const struct block *b,
                       struct packet_fields f, struct tcpclose_packet *pkt,
                       struct tcpclose_error *err)
{
	if (f.interface >= p->n_interfaces)
		return damaged(p, b, err, "an unknown interface");
	if (f.caplen > b->size - f.at)
		return damaged(p, b, err, "a packet longer than its block");
	pkt->ts = p->ts;
	pkt->bytes = b->body + f.at;
	pkt->caplen = f.caplen;
	pkt->len = f.len < f.caplen ? f.caplen : f.len;
	pkt->link_type = p->interfaces[f.interface].link_type;
	pkt->interface = p->first_interface + f.interface;
	pkt->frame = ++p->base.frame;
	p->base.stats->packets++;
	return 1;
}

static void set_time(struct pcapng_reader *p, uint32_t interface,
                     const uint8_t *field)
{
	if (interface < p->n_interfaces)
		p->ts = time_in(p, interface, field);
}

static int on_enhanced(struct pcapng_reader *p, const struct block *b,
                       struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	const struct packet_fields f = {
		.interface = order32(p->order, b->body),
		.caplen = order32(p->order, b->body + 12),
		.len = order32(p->order, b->body + 16),
		.at = 20,
	};
	set_time(p, f.interface, b->body + 4);
	return give_packet(p, b, f, pkt, err);
}

/* As the enhanced block, but for a drop counter beside a short interface. */
static int on_obsolete(struct pcapng_reader *p, const struct block *b,
                       struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	const struct packet_fields f = {
		.interface = order16(p->order, b->body),
		.caplen = order32(p->order, b->body + 12),
		.len = order32(p->order, b->body + 16),
		.at = 20,
	};
	set_time(p, f.interface, b->body + 4);
	return give_packet(p, b, f, pkt, err);
}

/* A simple block has neither time nor captured length: it happened at its
 * predecessor's time, and holds what the snap length of interface 0 left. */
static int on_simple(struct pcapng_reader *p, const struct block *b,
                     struct tcpclose_packet *pkt, struct tcpclose_error *err)
{
	struct packet_fields f = { .len = order32(p->order, b->body), .at = 4 };
	const uint32_t snaplen = p->n_interfaces ? p->interfaces[0].snaplen : 0;
	f.caplen = f.len < b->size - f.at ? f.len : b->size - f.at;
	if (snaplen && f.caplen > snaplen)
		f.caplen = snaplen;
	return give_packet(p, b, f, pkt, err);
}

/* handle: returns 1 with a packet, 0 without, or a negative status. */
struct block_kind {
	uint32_t type;
	uint32_t smallest; /* body */
	int (*handle)(struct pcapng_reader *p, const struct block *b,
	              struct tcpclose_packet *pkt, struct tcpclose_error *err);
};

static const struct block_kind *kind_of(uint32_t type)
{
	static const struct block_kind kinds[] = {
		{ BLOCK_ENHANCED, 20, on_enhanced },
		{ BLOCK_SIMPLE, 4, on_simple },
		{ BLOCK_PACKET, 20, on_obsolete },
		{ BLOCK_STATISTICS, 12, on_statistics },
		{ BLOCK_INTERFACE, 8, on_interface },
		{ BLOCK_SECTION, 16, on_section },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static int next_pcapng(struct reader *r, struct tcpclose_packet *pkt,
                       struct tcpclose_error *err)
{
	struct pcapng_reader *p = (struct pcapng_reader *)r;
	for (;;) {
		struct block b = { 0 };
		int status = start_block(p, &b, err);
		if (status <= 0)
			return status;
		const struct block_kind *kind = kind_of(b.type);
		if (!kind) {
			status = skip_block(p, &b, err);
		} else if (b.size < kind->smallest) {
			status = damaged(p, &b, err, "too few bytes");
		} else {
			status = load_block(p, &b, err);
			if (status < 0)
				return status;
			assert(b.body);
			status = kind->handle(p, &b, pkt, err);
		}
		if (status != 0)
			return status;
	}
}

static bool recognise(const uint8_t *head, size_t n)
{
	enum order order;
	if (n < 4 || be32(head) != BLOCK_SECTION)
		return false;
	return n < BLOCK_AROUND || order_of_section(head, &order);
}

/* The first section header must be whole; next_pcapng() reads it. */
static int open_pcapng(struct reader *r, struct tcpclose_error *err)
{
	enum order order;
	const uint8_t *h = window_peek(r->window, SECTION_SMALLEST);
	if (!h || !order_of_section(h, &order))
		return reader_headless(r, err);
	const uint32_t total = order32(order, h + 4);
	if (total <= BLOCK_LARGEST && !window_peek(r->window, total))
		return reader_headless(r, err);
	return TCPCLOSE_OK;
}

static void close_pcapng(struct reader *r)
{
	alloc_free(r->alloc, ((struct pcapng_reader *)r)->interfaces);
}

const struct format format_pcapng = {
	.name = "pcapng",
	.memory = sizeof(struct pcapng_reader),
	.recognise = recognise,
	.open = open_pcapng,
	.next = next_pcapng,
	.close = close_pcapng,
};
