/* Lines on standard error. Names of files may hold anything, so whatever
 * would control a terminal is shown as `?`. On a terminal a line takes the
 * place of the progress line. */
#include "cli/complain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static void put_line(char *line)
{
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "%s%s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
	        line);
}

static void complain_as(const char *grade, const struct tcpclose_error *err)
{
	char place[64] = "";
	if (err->frame)
		snprintf(place, sizeof(place),
		         "frame %" PRIu64 " (byte %" PRIu64 "): ", err->frame,
		         err->offset);
	else if (err->offset)
		snprintf(place, sizeof(place), "byte %" PRIu64 ": ",
		         err->offset);
	char line[LINE_MAX_BYTES];
	snprintf(line, sizeof(line), "tcpclose: %s%s%s%s%s", err->file,
	         err->file[0] ? ": " : "", place, grade, err->text);
	put_line(line);
}

void complain(const struct tcpclose_error *err)
{
	complain_as("", err);
}

void complain_mildly(const struct tcpclose_error *err)
{
	complain_as("warning: ", err);
}

void say(const char *format, ...)
{
	char line[LINE_MAX_BYTES] = "tcpclose: ";
	const size_t used = strlen(line);
	va_list args;
	va_start(args, format);
	vsnprintf(line + used, sizeof(line) - used, format, args);
	va_end(args);
	put_line(line);
}
