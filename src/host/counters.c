/* The kernel's counters of its sockets. */
#include "host/counters.h"

#include <string.h>
#include <unistd.h>

#include "host/proc.h"

#define SOCKSTAT_MAX 1024
#define SNMP_MAX     16384 /* its lines about ICMP grow with the types met */

void host_counters_open(struct host_counters *c)
{
	c->sockstat = host_proc_open("/proc/self/net/sockstat");
	c->snmp = host_proc_open("/proc/self/net/snmp");
}

void host_counters_close(struct host_counters *c)
{
	if (c->sockstat >= 0)
		close(c->sockstat);
	if (c->snmp >= 0)
		close(c->snmp);
	c->sockstat = c->snmp = -1;
}

/* The line that begins with `head`, behind it; NULL if there is none. */
static const char *line_of(const char *text, const char *head)
{
	const size_t n = strlen(head);
	while (strncmp(text, head, n) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + n;
}

/* The next word of a line, its length in *n; NULL at its end. */
static const char *word_at(const char *line, size_t *n)
{
	line += strspn(line, " ");
	*n = strcspn(line, " \n");
	return *n > 0 ? line : NULL;
}

static bool is_word(const char *word, size_t n, const char *name)
{
	return n == strlen(name) && memcmp(word, name, n) == 0;
}

static bool number_at(const char *word, int64_t *out)
{
	return word && host_proc_number(word, out);
}

bool host_sockstat_number(const char *text, const char *name, int64_t *out)
{
	size_t n;
	const char *word = line_of(text, "TCP:");
	if (!word)
		return false;
	while ((word = word_at(word, &n))) {
		const bool found = is_word(word, n, name);
		word += n;
		if (found)
			return number_at(word_at(word, &n), out);
	}
	return false;
}

bool host_snmp_number(const char *text, const char *name, int64_t *out)
{
	size_t n, n_value;
	const char *word = line_of(text, "Tcp:");
	const char *value = word ? line_of(word, "Tcp:") : NULL;
	if (!value)
		return false;
	while ((word = word_at(word, &n)) &&
	       (value = word_at(value, &n_value))) {
		if (is_word(word, n, name))
			return number_at(value, out);
		word += n;
		value += n_value;
	}
	return false;
}

bool host_counters_read(const struct host_counters *c,
                        struct host_counter_values *out)
{
	char sockstat[SOCKSTAT_MAX], snmp[SNMP_MAX];
	return host_proc_read(c->sockstat, sockstat, sizeof(sockstat)) &&
	       host_proc_read(c->snmp, snmp, sizeof(snmp)) &&
	       host_sockstat_number(sockstat, "tw", &out->short_ones) &&
	       host_sockstat_number(sockstat, "orphan", &out->orphans) &&
	       host_snmp_number(snmp, "CurrEstab", &out->current);
}
