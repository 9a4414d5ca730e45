/* Arguments of options: numbers, sizes, words and lists of them. */
#include "cli/option_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/nearest.h"
#include "record/record.h"
#include "write/json_append.h"

#define SECONDS_MAX 1e9 /* 31 years; in ns it fits an int64_t */
#define SIZE_LEAST  (INT64_C(1) << 20)
#define MILLION     1000000

const char *option_text(const struct option_row *row,
                        char text[static OPTION_TEXT_MAX])
{
	if (row->letter)
		snprintf(text, OPTION_TEXT_MAX, "-%c", row->letter);
	else
		snprintf(text, OPTION_TEXT_MAX, "--%s", row->name);
	return text;
}

static int wrong(struct tcpclose_error *err, const struct option_row *row,
                 const char *value, const char *remedy)
{
	char name[OPTION_TEXT_MAX];
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "%s %.60s: %s", option_text(row, name), value, remedy);
}

static int wrong_word(struct tcpclose_error *err, const struct option_row *row,
                      const char *word, const struct nearest *near,
                      const char *remedy)
{
	char text[160];
	if (!near->name)
		return wrong(err, row, word, remedy);
	snprintf(text, sizeof(text), "did you mean %s?", near->name);
	return wrong(err, row, word, text);
}

static int take_count(int64_t *to, const struct option_row *row,
                      const char *value, struct tcpclose_error *err)
{
	char *end;
	errno = 0;
	const long long n = strtoll(value, &end, 10);
	if (end == value || *end || errno || n < 1)
		return wrong(err, row, value, "give a whole number from 1 on");
	*to = n;
	return TCPCLOSE_OK;
}

static int take_seconds(int64_t *to, const struct option_row *row,
                        const char *value, struct tcpclose_error *err)
{
	char *end;
	const double s = strtod(value, &end);
	if (end == value || *end || !(s >= 0 && s <= SECONDS_MAX))
		return wrong(err, row, value,
		             "give seconds, such as 60 or 0.5");
	*to = (int64_t)(s * 1e9 + 0.5);
	return TCPCLOSE_OK;
}

/* Names of files hold whole seconds at best. */
static int take_period(int64_t *to, const struct option_row *row,
                       const char *value, struct tcpclose_error *err)
{
	const int status = take_seconds(to, row, value, err);
	if (status == TCPCLOSE_OK && *to < 1000000000)
		return wrong(err, row, value, "give at least 1 second");
	return status;
}

/* Port 0 is no port; -1 if it is none. */
static long take_port(const char *value, char **end)
{
	const bool is_number = *value >= '0' && *value <= '9';
	const long port = strtol(value, end, 10);
	return is_number && port >= 1 && port <= 65535 ? port : -1;
}

static int take_ports(int64_t *to, const struct option_row *row,
                      const char *value, struct tcpclose_error *err)
{
	char *end = NULL;
	const long low = take_port(value, &end);
	const bool is_range = low > 0 && *end == '-';
	const long high = is_range ? take_port(end + 1, &end) : -1;
	if (high < low || high < 0 || *end)
		return wrong(err, row, value,
		             "give two ports, such as 32768-60999");
	*to = high - low + 1;
	return TCPCLOSE_OK;
}

/* How often 1024 is meant by a suffix; -1 if it is none. */
static int power_of(const char *suffix)
{
	static const char letters[] = "kmgt";
	if (*suffix == '\0')
		return 0;
	const int lower = *suffix | 0x20;
	const char *at = strchr(letters, lower);
	return at && suffix[1] == '\0' ? (int)(at - letters) + 1 : -1;
}

/* A size; `plain` is what a number without a suffix is multiplied by. */
static int take_bytes(int64_t *to, int64_t plain, const struct option_row *row,
                      const char *value, struct tcpclose_error *err)
{
	char *end;
	errno = 0;
	const long long n = strtoll(value, &end, 10);
	const int power = power_of(end);
	const int64_t unit = power > 0 ? INT64_C(1) << 10 * power : plain;
	if (end == value || errno || power < 0 || n < 1 || n > INT64_MAX / unit)
		return wrong(err, row, value,
		             "give a size, such as 512M or 2G");
	*to = n * unit;
	return TCPCLOSE_OK;
}

static int take_size(int64_t *to, const struct option_row *row,
                     const char *value, struct tcpclose_error *err)
{
	const int status = take_bytes(to, 1, row, value, err);
	if (status == TCPCLOSE_OK && *to < SIZE_LEAST)
		return wrong(err, row, value, "give at least 1M");
	return status;
}

/* As tcpdump's -C; a file holds a record at least. */
static int take_millions(int64_t *to, const struct option_row *row,
                         const char *value, struct tcpclose_error *err)
{
	const int status = take_bytes(to, MILLION, row, value, err);
	if (status == TCPCLOSE_OK && *to < JSON_LINE_MAX)
		return wrong(err, row, value,
		             "give at least 8k: a record may be as long");
	return status;
}

/* "one of info, notice, warning, error" */
static void name_words(const char *const *words, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "one of");
	for (size_t i = 0; words[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s %s",
		                         i ? "," : "", words[i]);
}

static int take_word(int64_t *to, const struct option_row *row,
                     const char *value, struct tcpclose_error *err)
{
	const int i = word_index(row->words, value);
	if (i >= 0) {
		*to = i;
		return TCPCLOSE_OK;
	}
	char remedy[128];
	name_words(row->words, remedy, sizeof(remedy));
	return wrong(err, row, value, remedy);
}

/* The names that a list may hold. */
struct vocabulary {
	const struct kinds *kinds; /* NULL: event types */
};

static size_t vocabulary_size(const struct vocabulary *v)
{
	return v->kinds ? v->kinds->n : N_EVENTS;
}

static const char *vocabulary_word(const struct vocabulary *v, size_t i)
{
	return v->kinds ? v->kinds->kind[i]->name
	                : event_type_name((enum event_type)i);
}

static int take_member(int64_t *set, const struct option_row *row,
                       const char *word, const struct vocabulary *v,
                       struct tcpclose_error *err)
{
	struct nearest near = { 0 };
	for (size_t i = 0; i < vocabulary_size(v); i++) {
		if (strcmp(vocabulary_word(v, i), word) == 0) {
			*set |= INT64_C(1) << i;
			return TCPCLOSE_OK;
		}
		nearest_consider(&near, word, vocabulary_word(v, i));
	}
	return wrong_word(err, row, word, &near,
	                  v->kinds ? "--list-findings names them"
	                           : "one of tcp_close, tcp_finding, "
	                             "tcp_state, stats, run");
}

static int take_set(int64_t *to, const struct option_row *row,
                    const char *value, const struct vocabulary *v,
                    struct tcpclose_error *err)
{
	*to = 0;
	for (const char *at = value;; at++) {
		const size_t n = strcspn(at, ",");
		char word[NEAREST_MAX + 1];
		snprintf(word, sizeof(word), "%.*s",
		         n < NEAREST_MAX ? (int)n : NEAREST_MAX, at);
		const int status = take_member(to, row, word, v, err);
		at += n;
		if (status != TCPCLOSE_OK || *at == '\0')
			return status;
	}
}

static void take_one_more(struct words *words, const char *value)
{
	words->at[words->n++] = value;
}

int option_take(struct options *options, const struct option_row *row,
                const char *value, const struct kinds *kinds,
                struct tcpclose_error *err)
{
	char *const field = (char *)options + row->offset;
	int64_t *const number = (int64_t *)(void *)field;

	const char *const text = value ? value : "";

	options->given[row - option_rows] = text;
	switch (row->kind) {
	case OPTION_SET:
		*number = row->value;
		break;
	case OPTION_ACT:
		options->action = row->value;
		options->subject = value;
		break;
	case OPTION_TEXT:
		memcpy(field, &value, sizeof(value));
		break;
	case OPTION_WORDS:
		take_one_more((struct words *)(void *)field, value);
		break;
	case OPTION_COUNT:
		return take_count(number, row, text, err);
	case OPTION_PORTS:
		return take_ports(number, row, text, err);
	case OPTION_SECONDS:
		return take_seconds(number, row, text, err);
	case OPTION_PERIOD:
		return take_period(number, row, text, err);
	case OPTION_MILLIONS:
		return take_millions(number, row, text, err);
	case OPTION_SIZE:
		return take_size(number, row, text, err);
	case OPTION_WORD:
		return take_word(number, row, text, err);
	case OPTION_EVENTS:
		return take_set(number, row, text, &(struct vocabulary){ NULL },
		                err);
	case OPTION_FINDINGS:
		return take_set(number, row, text,
		                &(struct vocabulary){ kinds }, err);
	case OPTION_IGNORED:
		break;
	}
	return TCPCLOSE_OK;
}
