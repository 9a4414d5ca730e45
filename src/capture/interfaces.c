/* The interfaces of this host, by libpcap. */
#include "capture/interfaces.h"

#include <stdio.h>

#include <pcap/pcap.h>

#include "base/error.h"

struct trait {
	bpf_u_int32 mask, value;
	const char *text;
};

static const struct trait traits[] = {
	{ PCAP_IF_UP, PCAP_IF_UP, "Up" },
	{ PCAP_IF_RUNNING, PCAP_IF_RUNNING, "Running" },
	{ PCAP_IF_LOOPBACK, PCAP_IF_LOOPBACK, "Loopback" },
	{ PCAP_IF_WIRELESS, PCAP_IF_WIRELESS, "Wireless" },
	{ PCAP_IF_CONNECTION_STATUS, PCAP_IF_CONNECTION_STATUS_CONNECTED,
	  "Connected" },
	{ PCAP_IF_CONNECTION_STATUS, PCAP_IF_CONNECTION_STATUS_DISCONNECTED,
	  "Disconnected" },
};

static void put_traits(struct buffer *out, bpf_u_int32 flags)
{
	const char *before = " [";
	for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++) {
		if ((flags & traits[i].mask) != traits[i].value)
			continue;
		buffer_text(out, before);
		buffer_text(out, traits[i].text);
		before = ", ";
	}
	buffer_text(out, before[0] == ',' ? "]\n" : "\n");
}

static void put_interface(struct buffer *out, unsigned n, const pcap_if_t *at)
{
	char number[16];
	snprintf(number, sizeof(number), "%u.", n);
	buffer_text(out, number);
	buffer_text(out, at->name);
	if (at->description) {
		buffer_text(out, " (");
		buffer_text(out, at->description);
		buffer_text(out, ")");
	}
	put_traits(out, at->flags);
}

int interfaces_list(struct buffer *out, struct tcpclose_error *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *all = NULL;
	if (pcap_findalldevs(&all, why) != 0)
		return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
		                 "cannot list interfaces: %s", why);
	unsigned n = 0;
	for (const pcap_if_t *at = all; at; at = at->next)
		put_interface(out, ++n, at);
	pcap_freealldevs(all);
	return TCPCLOSE_OK;
}
