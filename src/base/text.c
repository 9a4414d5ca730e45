#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/digits.h"

/* Bytes may stand before limit, where at the latest the 0 does. */
struct place {
	char *at;
	char *limit;
};

static void put(struct place *p, const char *bytes, size_t n)
{
	const size_t room = (size_t)(p->limit - p->at);
	const size_t fits = n < room ? n : room;
	memcpy(p->at, bytes, fits);
	p->at += fits;
}

#define DIGITS16 ((uint64_t)DIGITS8 * DIGITS8)

static void put_unsigned(struct place *p, uint64_t n)
{
	char text[2 * DIGITS_MAX], *end = text;
	if (n >= DIGITS16) {
		end = digits_put(end, n / DIGITS16);
		end = digits_put8(end, (uint32_t)(n % DIGITS16 / DIGITS8));
		end = digits_put8(end, (uint32_t)(n % DIGITS8));
	} else {
		end = digits_put(end, n);
	}
	put(p, text, (size_t)(end - text));
}

static void put_signed(struct place *p, int64_t n)
{
	if (n < 0)
		put(p, "-", 1);
	put_unsigned(p, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

/* What stands at a percent sign. Returns where it ends. */
static const char *put_conversion(struct place *p, const char *sign,
                                  va_list *args)
{
	const bool is_long = sign[1] == 'l';
	const char *const type = sign + (is_long ? 3 : 1);
	if (*type == 's') {
		const char *const s = va_arg(*args, const char *);
		put(p, s, strlen(s));
	} else if (*type == 'u') {
		put_unsigned(p, is_long ? va_arg(*args, unsigned long long)
		                        : va_arg(*args, unsigned));
	} else if (*type == 'd') {
		put_signed(p, is_long ? va_arg(*args, long long)
		                      : va_arg(*args, int));
	} else {
		assert(*type == '%');
		put(p, "%", 1);
	}
	return type + 1;
}

size_t text_print(char *out, size_t size, const char *format, ...)
{
	struct place p = { out, out + size - 1 };
	va_list args;
	va_start(args, format);
	for (;;) {
		const char *const sign = strchrnul(format, '%');
		put(&p, format, (size_t)(sign - format));
		if (*sign == '\0')
			break;
		format = put_conversion(&p, sign, &args);
	}
	va_end(args);
	*p.at = '\0';
	return (size_t)(p.at - out);
}
