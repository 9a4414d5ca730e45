/*
 * Settings of hosts, concluded from findings. The findings' own fields are
 * read by their names, so that no detector needs to be known here.
 */
#include "record/settings.h"

#include <string.h>

#include "base/text.h"
#include "record/backoff.h"
#include "record/time.h"

#define NS_PER_MS 1000000

/* clang-format off */
static const struct {
	const char *name, *unit, *evidence;
	int64_t usual; /* Linux's default, as it shows on the wire */
} about[N_SETTINGS] = {
	[SETTING_ORPHAN_RETRIES] = { "tcp_orphan_retries", NULL,
		"how often and how long a FIN was sent again before the end "
		"gave up; 8 is what the default 0 acts as, and "
		"TCP_USER_TIMEOUT can look the same", 8 },
	[SETTING_FIN_TIMEOUT] = { "tcp_fin_timeout", "s",
		"when FIN-WAIT-2 was found timed out; TCP_LINGER2 can look "
		"the same", 60 },
	[SETTING_TW_REUSE] = { "tcp_tw_reuse", NULL,
		"a SYN went on from the numbers of a TIME-WAIT, a second or "
		"more old; a port fixed by bind() looks the same, so that "
		"several ports say more", -1 },
	[SETTING_RFC1337] = { "tcp_rfc1337", NULL,
		"what an exact RST did to a TIME-WAIT: 0 if it was dead, 1 if "
		"it spoke on, which an RST that was lost looks like", 0 },
	[SETTING_RTO_MAX] = { "tcp_rto_max_ms", "ms",
		"gaps between copies or probes that grew no more", -1 },
};
/* clang-format on */

const char *setting_name(enum setting s)
{
	return about[s].name;
}

const char *setting_unit(enum setting s)
{
	return about[s].unit;
}

const char *setting_evidence(enum setting s)
{
	return about[s].evidence;
}

static size_t place_of(const struct settings *all, const struct ip_value *ip)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct ip_value *known = &all->host[i].ip;
		if (known->version == ip->version &&
		    memcmp(&known->addr, &ip->addr, sizeof(ip->addr)) == 0)
			return i;
	}
	return all->n;
}

const struct host_settings *settings_find(const struct settings *all,
                                          const struct ip_value *ip)
{
	const size_t place = place_of(all, ip);
	return place < all->n ? &all->host[place] : NULL;
}

static struct host_settings *host_of(struct settings *all,
                                     const struct ip_value *ip)
{
	const size_t place = place_of(all, ip);
	if (place < all->n)
		return &all->host[place];
	if (all->n == SETTINGS_HOSTS)
		return NULL;
	all->host[all->n].ip = *ip;
	return &all->host[all->n++];
}

static void narrow(struct setting_seen *known, const struct setting_seen *seen)
{
	const int64_t n = known->n;
	const int64_t least =
		seen->least > known->least ? seen->least : known->least;
	const int64_t most =
		seen->most < known->most ? seen->most : known->most;
	const bool varies = known->varies || (n > 0 && least > most);
	const bool is_first = n == 0 || varies;
	const bool several =
		known->several || (n > 0 && known->sign != seen->sign);
	enum confidence best = seen->confidence > known->confidence
	                               ? seen->confidence
	                               : known->confidence;
	if (several && best == CONFIDENCE_POSSIBLE)
		best = CONFIDENCE_LIKELY;
	*known = (struct setting_seen){
		.n = n + 1,
		.least = is_first ? seen->least : least,
		.most = is_first ? seen->most : most,
		.frame = seen->frame,
		.flow_id = seen->flow_id,
		.sign = seen->sign,
		.several = several && !varies,
		.confidence = varies ? CONFIDENCE_POSSIBLE : best,
		.varies = varies,
	};
}

void settings_observe(struct settings *all, const struct ip_value *ip,
                      enum setting which, const struct setting_seen *seen)
{
	struct host_settings *host = host_of(all, ip);
	if (host)
		narrow(&host->seen[which], seen);
	else
		all->n_more++;
}

int64_t setting_value(enum setting which, const struct setting_seen *seen)
{
	const int64_t usual = about[which].usual;
	return seen->least <= usual && usual <= seen->most ? usual : seen->most;
}

/* ---- from findings ---------------------------------------------------------
 */

/* A field of the finding's own object; NULL if it has none of that name. */
static const void *detail_of(const struct finding_record *r, const char *name)
{
	if (!r->detail || !r->kind || !r->kind->fields)
		return NULL;
	for (const struct field *f = r->kind->fields; f->name; f++) {
		if (text_is(f->name, name))
			return (const char *)r->detail + f->offset;
	}
	return NULL;
}

static int64_t number_of(const struct finding_record *r, const char *name)
{
	const int64_t *n = detail_of(r, name);
	return n ? *n : ABSENT;
}

static bool word_is(const struct finding_record *r, const char *name,
                    const char *word)
{
	const char *const *s = detail_of(r, name);
	return s && text_is(*s, word);
}

static uint64_t newest_of(const struct numbers *frames)
{
	return frames->n > 0 ? (uint64_t)frames->at[frames->n - 1] : 0;
}

static struct setting_seen seen_in(const struct finding_record *r,
                                   int64_t least, int64_t most)
{
	const int sure = word_index(confidence_words, r->confidence);
	return (struct setting_seen){
		.least = least,
		.most = most,
		.frame = newest_of(&r->frames),
		.flow_id = r->flow.flow_id,
		.confidence =
			sure < 0 ? CONFIDENCE_POSSIBLE : (enum confidence)sure,
	};
}

static void at_most_likely(struct setting_seen *seen)
{
	if (seen->confidence > CONFIDENCE_LIKELY)
		seen->confidence = CONFIDENCE_LIKELY;
}

static void take_orphan_retries(struct settings *all, const struct ip_value *ip,
                                const struct finding_record *r)
{
	const int64_t most = number_of(r, "orphan_retries_estimate");
	const int64_t least = number_of(r, "orphan_retries_at_least");
	if (most == ABSENT)
		return;
	struct setting_seen seen =
		seen_in(r, least == ABSENT ? most : least, most);
	at_most_likely(&seen);
	settings_observe(all, ip, SETTING_ORPHAN_RETRIES, &seen);
}

static void take_rto_max(struct settings *all, const struct ip_value *ip,
                         const struct finding_record *r, const char *gaps)
{
	const struct numbers *list = detail_of(r, gaps);
	const int64_t gap = list ? backoff_limit(list) : 0;
	if (gap == 0)
		return;
	/* The timer may be late, by an eighth at most. It is never early, but
	 * the way to the tap may take less time than before. */
	struct setting_seen seen = seen_in(r, (gap - gap / 8) / NS_PER_MS,
	                                   (gap + gap / 64) / NS_PER_MS);
	at_most_likely(&seen);
	settings_observe(all, ip, SETTING_RTO_MAX, &seen);
}

static void take_fin_timeout(struct settings *all, const struct ip_value *ip,
                             const struct finding_record *r)
{
	const int64_t least = number_of(r, "timeout_at_least_us");
	const int64_t most = number_of(r, "timeout_at_most_us");
	/* Data is reset before the timer has run out, too. */
	if (!word_is(r, "cause", "timeout") || !word_is(r, "answered", "fin") ||
	    most == ABSENT)
		return;
	const struct setting_seen seen =
		seen_in(r, least == ABSENT ? 0 : least / NS_PER_SECOND,
	                most / NS_PER_SECOND);
	settings_observe(all, ip, SETTING_FIN_TIMEOUT, &seen);
}

/*
 * Sooner than that, connect() takes no port out of TIME-WAIT
 * (tcp_tw_reuse_delay, by default), but a port fixed by bind() is taken at
 * once whatever is set (tcp_twsk_unique(): twp is NULL then). A program has
 * one such port as a rule: a second port makes it likely.
 */
#define TW_REUSE_DELAY NS_PER_SECOND

static void take_tw_reuse(struct settings *all, const struct ip_value *ip,
                          const struct finding_record *r)
{
	const int64_t gap = number_of(r, "gap_us");
	if (gap < TW_REUSE_DELAY || !word_is(r, "fingerprint", "tw_reuse"))
		return;
	const bool is_local =
		ip_is_loopback(&r->client.ip.addr, r->client.ip.version);
	struct setting_seen seen = seen_in(r, 1, is_local ? 2 : 1);
	seen.confidence = CONFIDENCE_POSSIBLE;
	seen.sign = r->client.port;
	settings_observe(all, ip, SETTING_TW_REUSE, &seen);
}

static void take_rfc1337(struct settings *all, const struct ip_value *ip,
                         const struct finding_record *r)
{
	const bool is_dead = text_is(r->outcome, "confirmed");
	const struct setting_seen seen = seen_in(r, 0, 0);
	if (is_dead)
		settings_observe(all, ip, SETTING_RFC1337, &seen);
}

void settings_take(struct settings *all, const struct finding_record *r)
{
	const bool is_server = text_is(r->end, "server");
	const struct ip_value *ip = is_server ? &r->server.ip : &r->client.ip;
	if (text_is(r->finding, "fin_retransmission")) {
		take_orphan_retries(all, ip, r);
		take_rto_max(all, ip, r, "gaps_us");
	} else if (text_is(r->finding, "fin_wait_1_pin")) {
		take_rto_max(all, ip, r, "probe_gaps_us");
	} else if (text_is(r->finding, "fin_wait_2_timeout")) {
		take_fin_timeout(all, ip, r);
	} else if (text_is(r->finding, "tuple_reuse")) {
		take_tw_reuse(all, ip, r);
	} else if (text_is(r->finding, "time_wait_assassination")) {
		take_rfc1337(all, ip, r);
	}
}
