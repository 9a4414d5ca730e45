#include "display_filter.h"

#include <string.h>

#include "base/digits.h"
#include "base/frame.h"
#include "base/text.h"

/* More numbers than this nobody wants to paste: then the whole stream. */
#define FRAMES_MAX 24

static void by_addresses(const struct account *who, char *out)
{
	const struct flow_key *key = &who->life->flow->key;
	const char *ip = key->ip_version == 6 ? "ipv6" : "ip";
	char x[IP_TEXT_MAX], y[IP_TEXT_MAX];
	ip_text(&key->addr[0], key->ip_version, x);
	ip_text(&key->addr[1], key->ip_version, y);
	text_print(out, DISPLAY_FILTER_MAX,
	           "%s.addr eq %s and %s.addr eq %s and "
	           "tcp.port eq %u and tcp.port eq %u",
	           ip, x, ip, y, key->port[0], key->port[1]);
}

/* By number alone: a finding may be proved by packets of the life before,
 * which is another stream to Wireshark. */
static void by_frames(const struct numbers *frames, char *out)
{
	char *at = stpcpy(out, "frame.number in {");
	for (uint32_t i = 0; i < frames->n; i++) {
		if (i > 0)
			at = stpcpy(at, ", ");
		at = digits_put(at, frame_number((uint64_t)frames->at[i]));
	}
	stpcpy(at, "}");
}

void display_filter(const struct account *who, const struct finding *f,
                    bool several_sources, char out[static DISPLAY_FILTER_MAX])
{
	if (several_sources)
		by_addresses(who, out);
	else if (f->frames.n > 0 && f->frames.n <= FRAMES_MAX)
		by_frames(&f->frames, out);
	else
		text_print(out, DISPLAY_FILTER_MAX, "tcp.stream eq %llu",
		           (unsigned long long)who->conn->stream);
}
