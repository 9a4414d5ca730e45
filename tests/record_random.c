#include "record_random.h"

#include "packet_random.h"
#include "record/time.h"
#include "records.h"
#include "write/json_append.h"

/* ---- random records ---------------------------------------------- */

static uint64_t random_bits(uint64_t *seed)
{
	const uint64_t high = random_next(seed);
	return high << 32 | random_next(seed);
}

/* Small ones, what stands at each limit of a number's length, none, all. */
static int64_t random_integer(uint64_t *seed)
{
	static const int64_t rare[] = {
		ABSENT, -1, ABSENT + 1, INT64_MAX, JSON_INTEGER_MAX,
	};
	int64_t power = 1;
	for (uint32_t i = random_below(seed, 19); i > 0; i--)
		power *= 10;
	switch (random_below(seed, 6)) {
	case 0:
		return rare[random_below(seed, 5)];
	case 1:
		return power - 1;
	case 2:
		return power;
	case 3:
		return (int64_t)(random_bits(seed) % (uint64_t)power);
	case 4:
		return ABSENT;
	default:
		return 0;
	}
}

static int64_t random_time(uint64_t *seed)
{
	const int64_t ns = (int64_t)(random_bits(seed) >> 1);
	if (random_below(seed, 4) == 0)
		return random_integer(seed);
	return records_time(0) + ns % (20 * NS_PER_SECOND);
}

/* The longest is longer than three blocks of the vector instructions. */
static const char *random_text(uint64_t *seed)
{
	static const char text[] =
		"the client opened this four-tuple again before it was over";
	return random_below(seed, 4)
	               ? text + random_below(seed, sizeof(text) - 1)
	               : NULL;
}

static const char *random_word(uint64_t *seed, const char *const *words)
{
	size_t n = 0;
	while (words[n])
		n++;
	return words[random_below(seed, (uint32_t)n + 1)];
}

static struct ip_value random_ip(uint64_t *seed)
{
	struct ip_value ip = records_ip(random_below(seed, 2) ? 4 : 6, 1);
	ip.addr.byte[random_below(seed, ip.version == 4 ? 4 : 16)] =
		(uint8_t)random_next(seed);
	if (random_below(seed, 4) == 0)
		ip.version = 0;
	return ip;
}

static int64_t random_item(uint64_t *seed, enum field_type type)
{
	return type == FIELD_FRAMES ? (int64_t)random_bits(seed)
	                            : random_integer(seed);
}

static void random_list(uint64_t *seed, const struct field *f, char *at)
{
	const uint32_t n = random_below(seed, 3);
	struct numbers *numbers = (void *)at;
	struct texts *texts = (void *)at;
	numbers->n = 0;
	for (uint32_t i = 0; i < n; i++) {
		const char *text = f->words ? f->words[0] : "one";
		if (f->type == FIELD_NUMBERS || f->type == FIELD_DURATIONS ||
		    f->type == FIELD_FRAMES)
			numbers->at[numbers->n++] = random_item(seed, f->type);
		else
			texts->at[texts->n++] = text;
	}
}

void record_random_field(uint64_t *seed, const struct field *f, char *at)
{
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_DECIMAL:
	case FIELD_DURATION:
		*(int64_t *)(void *)at = random_integer(seed);
		break;
	case FIELD_TIME:
		*(int64_t *)(void *)at = random_time(seed);
		break;
	case FIELD_BOOL:
		*(int64_t *)(void *)at =
			random_below(seed, 3) ? random_below(seed, 2) : ABSENT;
		break;
	case FIELD_ID:
	case FIELD_FRAME:
		*(uint64_t *)(void *)at =
			random_below(seed, 4) ? random_bits(seed) : 0;
		break;
	case FIELD_WORD:
		*(const char **)(void *)at = random_word(seed, f->words);
		break;
	case FIELD_TEXT:
		*(const char **)(void *)at = random_text(seed);
		break;
	case FIELD_IP:
		*(struct ip_value *)(void *)at = random_ip(seed);
		break;
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
		random_list(seed, f, at);
		break;
	case FIELD_OBJECT:
	case FIELD_PART:
		record_random(seed, f->fields, at);
		break;
	}
}

void record_random(uint64_t *seed, const struct field *fields, char *base)
{
	for (const struct field *f = fields; f->name; f++)
		record_random_field(seed, f, base + f->offset);
}
