#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/digits.h"

void text_add_bytes(struct text *t, const char *bytes, size_t n)
{
	const size_t room = (size_t)(t->limit - t->at);
	const size_t fits = n < room ? n : room;
	memcpy(t->at, bytes, fits);
	t->at += fits;
	*t->at = '\0';
}

static void put_unsigned(struct text *t, uint64_t n)
{
	char text[DIGITS_MAX];
	text_add_bytes(t, text, (size_t)(digits_put(text, n) - text));
}

static void put_signed(struct text *t, int64_t n)
{
	if (n < 0)
		text_add(t, "-");
	put_unsigned(t, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

/* What stands at a percent sign. Returns where it ends. */
static const char *put_conversion(struct text *t, const char *sign,
                                  va_list *args)
{
	const bool is_long = sign[1] == 'l';
	const char *const type = sign + (is_long ? 3 : 1);
	if (*type == 's') {
		const char *const s = va_arg(*args, const char *);
		text_add(t, s);
	} else if (*type == 'u') {
		put_unsigned(t, is_long ? va_arg(*args, unsigned long long)
		                        : va_arg(*args, unsigned));
	} else if (*type == 'd') {
		put_signed(t, is_long ? va_arg(*args, long long)
		                      : va_arg(*args, int));
	} else {
		assert(*type == '%');
		text_add(t, "%");
	}
	return type + 1;
}

size_t text_print(char *out, size_t size, const char *format, ...)
{
	struct text t = text_begin(out, size);
	va_list args;
	va_start(args, format);
	for (;;) {
		const char *const sign = strchrnul(format, '%');
		text_add_bytes(&t, format, (size_t)(sign - format));
		if (*sign == '\0')
			break;
		format = put_conversion(&t, sign, &args);
	}
	va_end(args);
	return (size_t)(t.at - out);
}
