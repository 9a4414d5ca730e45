/* What the kernel of this host says, in the text report: of the socket of a
 * finding, of all sockets, and what the sysctls mean here. */
#include "write/text.h"

#include <math.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

/* ---- one socket ---------------------------------------------------------- */

static void tell_timer(struct buffer *out, const struct kernel_word *k)
{
	if (!k->timer || strcmp(k->timer, "none") == 0)
		return;
	buffer_format(out, ", %s timer", k->timer);
	if (k->timer_expires != ABSENT) {
		buffer_text(out, " in ");
		text_duration(out, k->timer_expires);
	}
}

static void tell_queue(struct buffer *out, int64_t n, const char *what)
{
	if (n == ABSENT || n == 0)
		return;
	buffer_text(out, ", ");
	text_bytes(out, n);
	buffer_format(out, " %s", what);
}

void text_kernel_word(struct buffer *out, const struct kernel_word *k)
{
	const int state = word_index(state_words, k->state);
	if (state < 0)
		return;
	if (strcmp(k->state, "closed") == 0) {
		buffer_format(out, "it has no such socket at the %s", k->end);
		return;
	}
	buffer_format(out, "the %s is in %s", k->end,
	              text_state((size_t)state));
	if (k->orphaned == 1)
		buffer_text(out, ", held by no program");
	if (k->unaccepted == 1)
		buffer_text(out, ", not accepted yet");
	tell_queue(out, k->send_queue, "to send");
	tell_queue(out, k->receive_queue, "not read");
	tell_timer(out, k);
	if (k->retransmits != ABSENT && k->retransmits > 0) {
		buffer_text(out, ", ");
		text_count(out, k->retransmits, "retransmission",
		           "retransmissions");
	}
}

/* ---- all sockets --------------------------------------------------------- */

static void describe_states(struct buffer *out, const struct stats_record *s)
{
	const int64_t *n = s->host_states.state;
	bool any = false;
	if (n[0] == ABSENT)
		return;
	buffer_text(out, "  sockets: ");
	for (size_t i = 0; i < HOST_STATES; i++) {
		if (n[i] == 0)
			continue;
		buffer_text(out, any ? ", " : "");
		text_number(out, n[i]);
		buffer_format(out, " %s", text_state(i));
		any = true;
	}
	buffer_text(out, any ? "\n" : "none\n");
}

/* "; 12 now, 0.1 % of it" */
static void share(struct buffer *out, int64_t n, int64_t most, const char *what)
{
	if (n == ABSENT)
		return;
	buffer_text(out, "; ");
	text_number(out, n);
	buffer_format(out, " %s now", what);
	if (most > 0)
		buffer_format(out, ", %.1f %%",
		              100.0 * (double)n / (double)most);
}

/* ---- sysctls ------------------------------------------------------------- */

static void about_fin_timeout(struct buffer *out, const struct stats_record *s)
{
	buffer_format(out,
	              "FIN-WAIT-2 ends %lld s after its program closed; not "
	              "FIN-WAIT-1, and not TIME-WAIT, which lasts 60 s",
	              (long long)s->host_sysctls.tcp_fin_timeout);
}

/* How long Linux goes on, in seconds from its first retransmission:
 * tcp_model_timeout(), with TCP_RTO_MIN of 0.2 s and TCP_RTO_MAX of 120 s. */
static double model_timeout(int64_t boundary)
{
	const int64_t doubling = boundary < 9 ? boundary : 9;
	return (double)((INT64_C(2) << doubling) - 1) * 0.2 +
	       (double)(boundary - doubling) * 120;
}

/* tcp_orphan_retries() */
static int64_t in_effect(int64_t set)
{
	if (set == 0)
		return 8;
	if (set < 0)
		return 0;
	return set < 255 ? set : 255;
}

/*
 * With a short round trip the RTO is a little over 0.2 s. A FIN that nothing
 * answers is sent, again as a tail loss probe, and again with each RTO, which
 * doubles, until one expires beyond the limit: tcp_write_timeout(),
 * retransmits_timed_out().
 */
static void about_orphan_retries(struct buffer *out,
                                 const struct stats_record *s)
{
	const double first = 0.418;
	const int64_t set = s->host_sysctls.tcp_orphan_retries;
	const double limit = model_timeout(in_effect(set));
	double passed = 0, gap = first;
	int fins = 3;
	while (passed + gap < limit) {
		passed += gap;
		gap = gap < 60 ? 2 * gap : 120;
		fins++;
	}
	if (set == 0)
		buffer_text(out, "acts as 8; ");
	buffer_format(out,
	              "a FIN that nothing answers is sent about %d times, and "
	              "an orphan in FIN-WAIT-1 or LAST-ACK is gone after about "
	              "%.0f s; a peer that answers with window 0 is probed for "
	              "4 to 6 minutes all the same",
	              fins, first + passed + gap);
}

static void about_tw_reuse(struct buffer *out, const struct stats_record *s)
{
	const int64_t set = s->host_sysctls.tcp_tw_reuse;
	if (set == 0)
		buffer_text(out, "connect() never takes a port that rests in "
		                 "TIME-WAIT");
	else if (set == 1)
		buffer_text(out, "connect() takes a port that has rested in "
		                 "TIME-WAIT for 1 s, if both ends use "
		                 "timestamps; nothing changes for a server's "
		                 "TIME-WAITs");
	else if (set == 2)
		buffer_text(out, "connect() takes a port that rests in "
		                 "TIME-WAIT on loopback only");
}

static void about_tw_buckets(struct buffer *out, const struct stats_record *s)
{
	enum { TIME_WAITS = 6 }; /* in the order of state_words */
	const int64_t most = s->host_sysctls.tcp_max_tw_buckets;
	buffer_text(out, "beyond it no TIME-WAIT is held, and a FIN that is "
	                 "repeated is answered by RST");
	share(out, s->host_states.state[TIME_WAITS], most, "TIME-WAITs");
}

static void about_orphans(struct buffer *out, const struct stats_record *s)
{
	buffer_text(out, "beyond it sockets that no program holds are reset");
	share(out, s->host_orphans, s->host_sysctls.tcp_max_orphans,
	      "such sockets");
}

static void about_rfc1337(struct buffer *out, const struct stats_record *s)
{
	buffer_text(out, s->host_sysctls.tcp_rfc1337
	                         ? "an RST does not end TIME-WAIT"
	                         : "an RST may end TIME-WAIT "
	                           "(time_wait_assassination)");
}

static void name_sysctl(struct buffer *line, const char *name, int64_t value)
{
	buffer_format(line, "%s %lld: ", name, (long long)value);
}

static void put_line(struct buffer *out, struct buffer *line)
{
	buffer_char(line, '\0');
	if (!line->failed)
		text_wrap(out, line->bytes, 2);
	buffer_clear(line);
}

static void describe_ports(struct buffer *out, struct buffer *line,
                           const struct port_range *range)
{
	if (range->n != 2)
		return;
	const int64_t n = range->at[1] - range->at[0] + 1;
	buffer_format(line, "ip_local_port_range %lld to %lld: ",
	              (long long)range->at[0], (long long)range->at[1]);
	text_number(line, n);
	buffer_format(line,
	              " ports, each rests 60 s if this host closes first: %.0f "
	              "connections a second from one of its addresses to one "
	              "service are too many",
	              floor((double)n / 60) + 1);
	put_line(out, line);
}

static void describe_sysctls(struct buffer *out, const struct stats_record *s)
{
	const struct stats_host_sysctls *set = &s->host_sysctls;
	const struct {
		const char *name;
		int64_t value;
		void (*about)(struct buffer *, const struct stats_record *);
	} lines[] = {
		{ "tcp_fin_timeout", set->tcp_fin_timeout, about_fin_timeout },
		{ "tcp_orphan_retries", set->tcp_orphan_retries,
		  about_orphan_retries },
		{ "tcp_tw_reuse", set->tcp_tw_reuse, about_tw_reuse },
		{ "tcp_max_tw_buckets", set->tcp_max_tw_buckets,
		  about_tw_buckets },
		{ "tcp_max_orphans", set->tcp_max_orphans, about_orphans },
		{ "tcp_rfc1337", set->tcp_rfc1337, about_rfc1337 },
	};
	struct buffer line;
	buffer_init(&line, out->alloc);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i].value == ABSENT)
			continue;
		name_sysctl(&line, lines[i].name, lines[i].value);
		lines[i].about(&line, s);
		put_line(out, &line);
	}
	describe_ports(out, &line, &set->ip_local_port_range);
	out->failed |= line.failed;
	buffer_fini(&line);
}

void text_describe_host(struct buffer *out, bool color,
                        const struct stats_record *s)
{
	if (s->host_sysctls.ip_local_port_range.n == 0 &&
	    s->host_states.state[0] == ABSENT)
		return;
	text_heading(out, color, "This host, as its kernel says");
	describe_states(out, s);
	describe_sysctls(out, s);
}
