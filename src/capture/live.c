/*
 * Packets of an interface, by libpcap. Never waits: whoever asks is told that
 * there is nothing now, and waits for the descriptor himself, so that signals
 * and time are served by the same loop.
 */
#include "capture/live.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "base/alloc.h"
#include "base/error.h"

/* The kernel hands over a block of its ring when it is full, or after this
 * long (packet(7), TPACKET_V3). */
#define BLOCK_MS 100

#define LINKTYPE_RAW 101

struct live_source {
	struct source base;
	const struct tcpclose_allocator *alloc;
	char *interface, *filter;
	struct capture_live_options how; /* its strings are those above */
	pcap_t *pcap;                    /* while started */
	int control; /* a socket to ask about the interface; -1: none */
	uint32_t link_type;
	uint32_t drops_seen, interface_drops_seen; /* of pcap_stats() */
	int64_t counted; /* when it was called, ns since 1970; 0: never */
};

static struct error_place place_of(const struct live_source *l)
{
	return (struct error_place){ .file = l->how.interface };
}

static bool is_any(const struct live_source *l)
{
	return strcmp(l->how.interface, "any") == 0;
}

/* ---- starting ---------------------------------------------------- */

static int refused(const struct live_source *l, int code,
                   struct tcpclose_error *err)
{
	const struct error_place place = place_of(l);
	switch (code) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return error_set(err, TCPCLOSE_EIO, place,
		                 "there is no such interface; tcpclose -D "
		                 "lists them");
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return error_set(err, TCPCLOSE_EIO, place,
		                 "no permission to capture; run as root, or "
		                 "setcap cap_net_raw+ep tcpclose");
	case PCAP_ERROR_IFACE_NOT_UP:
		return error_set(err, TCPCLOSE_EIO, place,
		                 "the interface is down; ip link set %s up",
		                 l->how.interface);
	default:
		return error_set(err, TCPCLOSE_EIO, place, "cannot capture: %s",
		                 pcap_geterr(l->pcap));
	}
}

static void set_options(const struct live_source *l)
{
	const struct capture_live_options *how = &l->how;
	pcap_set_snaplen(l->pcap, (int)how->snapshot_length);
	pcap_set_promisc(l->pcap, how->promiscuous);
	pcap_set_timeout(l->pcap, BLOCK_MS);
	pcap_set_immediate_mode(l->pcap, how->immediate);
	pcap_set_buffer_size(l->pcap, (int)(how->buffer_kib << 10));
	/* Where only microseconds are to be had it stays at those. */
	pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
}

/* Files carry LINKTYPE_ numbers. Of those that Linux gives to an interface
 * DLT_RAW alone is another number there. */
static uint32_t link_type_of(pcap_t *pcap)
{
	const int dlt = pcap_datalink(pcap);
	return dlt == DLT_RAW ? LINKTYPE_RAW : (uint32_t)dlt;
}

static int set_filter(struct live_source *l, struct tcpclose_error *err)
{
	struct bpf_program code;
	const char *filter = l->how.filter;
	if (!filter || filter[0] == '\0')
		return TCPCLOSE_OK;
	int failed =
		pcap_compile(l->pcap, &code, filter, 1, PCAP_NETMASK_UNKNOWN);
	if (!failed) {
		failed = pcap_setfilter(l->pcap, &code);
		pcap_freecode(&code);
	}
	if (!failed)
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "capture filter \"%.100s\": %s", filter,
	                 pcap_geterr(l->pcap));
}

static int activate(struct live_source *l, struct tcpclose_error *err)
{
	set_options(l);
	const int code = pcap_activate(l->pcap);
	if (code < 0)
		return refused(l, code, err);
	/* It tells IPv4 and IPv6 apart as the older header does, and names
	 * the interface; an old libpcap keeps to the older one. */
	if (is_any(l))
		(void)pcap_set_datalink(l->pcap, DLT_LINUX_SLL2);
	const int status = set_filter(l, err);
	if (status != TCPCLOSE_OK)
		return status;
	char why[PCAP_ERRBUF_SIZE] = "";
	if (pcap_setnonblock(l->pcap, 1, why) < 0)
		return error_set(err, TCPCLOSE_EIO, place_of(l),
		                 "cannot capture: %s", why);
	return TCPCLOSE_OK;
}

static int start(struct source *s, struct tcpclose_error *err)
{
	struct live_source *l = (struct live_source *)s;
	char why[PCAP_ERRBUF_SIZE] = "";
	l->pcap = pcap_create(l->how.interface, why);
	if (!l->pcap)
		return error_set(err, TCPCLOSE_EIO, place_of(l),
		                 "cannot capture: %s", why);
	const int status = activate(l, err);
	if (status != TCPCLOSE_OK)
		return status;
	l->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	l->link_type = link_type_of(l->pcap);
	s->stats.link_type[0] = l->link_type;
	s->stats.n_link_types = 1;
	return TCPCLOSE_OK;
}

/* ---- delivering -------------------------------------------------- */

/* libpcap counts in 32 bits, which months overflow. Returns whether packets
 * were dropped since the last time. */
static bool count_drops(struct live_source *l)
{
	struct pcap_stat now;
	if (!l->pcap || pcap_stats(l->pcap, &now) != 0)
		return false;
	const uint32_t kernel = now.ps_drop - l->drops_seen;
	const uint32_t interface = now.ps_ifdrop - l->interface_drops_seen;
	l->base.stats.dropped_kernel += kernel;
	l->base.stats.dropped_interface += interface;
	l->drops_seen = now.ps_drop;
	l->interface_drops_seen = now.ps_ifdrop;
	return kernel > 0 || interface > 0;
}

/* Notes whether the interface is up. False: it is gone. */
static bool look_at_interface(struct live_source *l)
{
	struct ifreq request = { 0 };
	if (is_any(l) || l->control < 0)
		return true;
	strncpy(request.ifr_name, l->how.interface,
	        sizeof(request.ifr_name) - 1);
	if (ioctl(l->control, SIOCGIFFLAGS, &request) == 0)
		l->base.stats.is_down = !(request.ifr_flags & IFF_UP);
	else if (errno == ENODEV)
		return false;
	return true;
}

static int gone(const struct live_source *l, struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_EIO, place_of(l),
	                 "the interface is gone; what was read is reported");
}

static int nothing(struct live_source *l, struct tcpclose_error *err)
{
	return look_at_interface(l) ? CAPTURE_NOTHING_NOW : gone(l, err);
}

/* libpcap takes ENETDOWN for an error or for a pause, by version. */
static int failed(struct live_source *l, struct tcpclose_error *err)
{
	if (!look_at_interface(l))
		return gone(l, err);
	if (l->base.stats.is_down)
		return CAPTURE_NOTHING_NOW;
	return error_set(err, TCPCLOSE_EIO, place_of(l), "cannot capture: %s",
	                 pcap_geterr(l->pcap));
}

static int64_t time_of(const struct live_source *l,
                       const struct pcap_pkthdr *header)
{
	const bool nano = pcap_get_tstamp_precision(l->pcap) ==
	                  PCAP_TSTAMP_PRECISION_NANO;
	return (int64_t)header->ts.tv_sec * 1000000000 +
	       (int64_t)header->ts.tv_usec * (nano ? 1 : 1000);
}

static int next(struct source *s, struct tcpclose_packet *pkt,
                struct tcpclose_error *err)
{
	struct live_source *l = (struct live_source *)s;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	const int got = pcap_next_ex(l->pcap, &header, &bytes);
	if (got == 0)
		return nothing(l, err);
	if (got < 0)
		return failed(l, err);
	*pkt = (struct tcpclose_packet){
		.ts = time_of(l, header),
		.bytes = bytes,
		.caplen = header->caplen,
		.len = header->len > header->caplen ? header->len
		                                    : header->caplen,
		.link_type = l->link_type,
		.frame = ++s->stats.packets,
	};
	s->stats.is_down = false;
	s->stats.bytes_read += header->caplen;
	return 1;
}

/* ---- ending ------------------------------------------------------ */

static void stop(struct source *s)
{
	struct live_source *l = (struct live_source *)s;
	if (!l->pcap)
		return;
	count_drops(l);
	pcap_close(l->pcap);
	l->pcap = NULL;
	if (l->control >= 0)
		close(l->control);
	l->control = -1;
}

static void free_source(struct source *s)
{
	struct live_source *l = (struct live_source *)s;
	stop(s);
	alloc_free(l->alloc, l->interface);
	alloc_free(l->alloc, l->filter);
	alloc_free(l->alloc, l);
}

static const struct source_ops live_ops = {
	.start = start,
	.next = next,
	.stop = stop,
	.free = free_source,
};

struct source *source_live_new(const struct capture_live_options *options,
                               const struct tcpclose_allocator *alloc)
{
	struct live_source *l = alloc_new(alloc, 1, sizeof(*l));
	if (!l)
		return NULL;
	l->alloc = alloc;
	l->control = -1;
	l->how = *options;
	l->interface = alloc_string(alloc, options->interface);
	l->filter = alloc_string(alloc, options->filter ? options->filter : "");
	l->how.interface = l->interface;
	l->how.filter = l->filter;
	l->base.ops = &live_ops;
	l->base.stats.name = l->how.interface;
	l->base.stats.format = "live";
	if (l->interface && l->filter)
		return &l->base;
	free_source(&l->base);
	return NULL;
}

void source_live_count_drops(struct source *s, int64_t now)
{
	struct live_source *l = (struct live_source *)s;
	if (count_drops(l))
		source_note_loss(&s->stats, l->counted, now);
	l->counted = now;
}

int source_live_descriptor(const struct source *s)
{
	const struct live_source *l = (const struct live_source *)s;
	return l->pcap ? pcap_get_selectable_fd(l->pcap) : -1;
}
