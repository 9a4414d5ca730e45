#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct tcpclose_error *err, enum tcpclose_status status,
              struct error_place place, const char *format, ...)
{
	if (!err || err->status != TCPCLOSE_OK)
		return (int)status;

	err->status = status;
	err->frame = place.frame;
	err->offset = place.offset;
	snprintf(err->file, sizeof(err->file), "%s",
	         place.file ? place.file : "");

	va_list args;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return (int)status;
}

void error_clear(struct tcpclose_error *err)
{
	err->status = TCPCLOSE_OK;
	err->file[0] = err->text[0] = '\0';
	err->frame = err->offset = 0;
}
