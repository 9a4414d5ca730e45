/* Words, numbers and colours of the text report. */
#include "write/text.h"

#include <string.h>

#include "record/time.h"

void text_style(struct buffer *out, bool color, enum text_style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "\033[0m",    [STYLE_HEADING] = "\033[1m",
		[STYLE_ERROR] = "\033[1;31m", [STYLE_WARNING] = "\033[33m",
		[STYLE_NOTICE] = "\033[36m",  [STYLE_FAINT] = "\033[2m",
	};
	if (color)
		buffer_text(out, codes[style]);
}

void text_heading(struct buffer *out, bool color, const char *s)
{
	buffer_char(out, '\n');
	text_style(out, color, STYLE_HEADING);
	buffer_text(out, s);
	text_style(out, color, STYLE_PLAIN);
	buffer_char(out, '\n');
}

enum text_style text_severity_style(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return STYLE_ERROR;
	case SEVERITY_WARNING:
		return STYLE_WARNING;
	case SEVERITY_NOTICE:
		return STYLE_NOTICE;
	case SEVERITY_INFO:
	case N_SEVERITIES:
		break;
	}
	return STYLE_FAINT;
}

/* Write n with commas to the end of text; returns where it begins. */
static const char *with_commas(int64_t n, char *text, size_t size)
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char *at = text + size - 1;
	*at = '\0';
	for (unsigned digits = 0; left || digits == 0; digits++) {
		if (digits && digits % 3 == 0)
			*--at = ',';
		*--at = (char)('0' + left % 10);
		left /= 10;
	}
	if (n < 0)
		*--at = '-';
	return at;
}

void text_number(struct buffer *out, int64_t n)
{
	char text[32];
	buffer_text(out, with_commas(n, text, sizeof(text)));
}

void text_column(struct buffer *out, int64_t n, size_t width)
{
	char text[32];
	const char *number = with_commas(n, text, sizeof(text));
	for (size_t len = strlen(number); len < width; len++)
		buffer_char(out, ' ');
	buffer_text(out, number);
}

void text_count(struct buffer *out, int64_t n, const char *one,
                const char *many)
{
	text_number(out, n);
	buffer_char(out, ' ');
	buffer_text(out, n == 1 ? one : many);
}

void text_bytes(struct buffer *out, int64_t n)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
	if (n < 1000) {
		text_count(out, n, "byte", "bytes");
		return;
	}
	double x = (double)n / 1000;
	size_t unit = 0;
	for (; x >= 999.95 && unit < 4; unit++)
		x /= 1000;
	buffer_format(out, "%.1f %s", x, units[unit]);
}

void text_duration(struct buffer *out, int64_t ns)
{
	const int64_t us = ns < 0 ? 0 : ns / 1000;
	const int64_t s = us / 1000000;
	if (us < 1000)
		buffer_format(out, "%d us", (int)us);
	else if (us < 1000000)
		buffer_format(out, "%d ms", (int)(us / 1000));
	else if (s < 60)
		buffer_format(out, "%d.%d s", (int)s, (int)(us / 100000 % 10));
	else if (s < 3600)
		buffer_format(out, "%d min %d s", (int)(s / 60), (int)(s % 60));
	else if (s < 86400)
		buffer_format(out, "%d h %d min", (int)(s / 3600),
		              (int)(s / 60 % 60));
	else
		buffer_format(out, "%d d %d h", (int)(s / 86400),
		              (int)(s / 3600 % 24));
}

void text_clean(struct buffer *out, const char *s)
{
	for (; *s; s++) {
		const unsigned char c = (unsigned char)*s;
		buffer_char(out, c < 0x20 || c == 0x7f ? '?' : *s);
	}
}

static void put_clean(struct buffer *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_clean(out, (const char[]){ s[i] ? s[i] : '?', '\0' });
}

static void put_spaces(struct buffer *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buffer_char(out, ' ');
}

/* One line of the input, up to n bytes: its words filled into lines. */
static void fill_words(struct buffer *out, const char *s, size_t n,
                       size_t indent)
{
	size_t column = 0;
	const char *const end = s + n;
	while (s < end) {
		const char *space = memchr(s, ' ', (size_t)(end - s));
		const size_t len = (size_t)((space ? space : end) - s);
		if (len > 0 && column > 0 && column + 1 + len > TEXT_WIDTH) {
			buffer_char(out, '\n');
			column = 0;
		}
		if (len > 0 && column == 0)
			put_spaces(out, indent);
		else if (len > 0)
			buffer_char(out, ' ');
		if (len > 0)
			column = (column ? column + 1 : indent) + len;
		put_clean(out, s, len);
		s += len + 1;
	}
	buffer_char(out, '\n');
}

void text_wrap(struct buffer *out, const char *s, size_t indent)
{
	while (*s) {
		const size_t n = strcspn(s, "\n");
		if (n >= 2 && s[0] == ' ' && s[1] == ' ') {
			put_spaces(out, indent);
			put_clean(out, s, n);
			buffer_char(out, '\n');
		} else {
			fill_words(out, s, n, indent);
		}
		s += n + (s[n] == '\n');
	}
}

void text_date(struct buffer *out, int64_t ns)
{
	const struct time_parts t = time_parts(ns);
	buffer_format(out, "%04u-%02u-%02u", t.year, t.month, t.day);
}

void text_clock(struct buffer *out, int64_t ns)
{
	const struct time_parts t = time_parts(ns);
	buffer_format(out, "%02u:%02u:%02u", t.hour, t.minute, t.second);
}

void text_clock_us(struct buffer *out, int64_t ns)
{
	text_clock(out, ns);
	buffer_format(out, ".%06u", time_parts(ns).ns / 1000);
}

void text_end(struct buffer *out, const struct ip_value *ip, int64_t port)
{
	if (ip->version == 0) {
		buffer_char(out, '?');
		return;
	}
	char text[IP_TEXT_MAX];
	ip_text(&ip->addr, ip->version, text);
	if (port == ABSENT)
		buffer_text(out, text);
	else if (ip->version == 6)
		buffer_format(out, "[%s]:%d", text, (int)port);
	else
		buffer_format(out, "%s:%d", text, (int)port);
}

const char *text_state(size_t state)
{
	/* In the order of state_words. */
	static const char *const as_ss[N_STATES] = {
		"SYN-SENT",   "SYN-RECV", "ESTAB",     "FIN-WAIT-1",
		"FIN-WAIT-2", "CLOSING",  "TIME-WAIT", "CLOSE-WAIT",
		"LAST-ACK",   "CLOSED",   "UNKNOWN",
	};
	return as_ss[state];
}
