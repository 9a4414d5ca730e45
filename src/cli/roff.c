/* Escaping and breaking text for mdoc(7). */
#include "cli/roff.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

#define LINE_WIDTH 76

static void put_escaped(struct buffer *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\')
			buffer_text(out, "\\e");
		else if (s[i] == '-')
			buffer_text(out, "\\-");
		else
			buffer_char(out, s[i]);
	}
}

/* A line that begins with one of these would be a request. */
static bool is_request(char c)
{
	return c == '.' || c == '\'';
}

static bool ends_sentence(const char *word, size_t n)
{
	return n > 0 && strchr(".!?:", word[n - 1]) && word[n] != '\0';
}

void roff_text(struct buffer *out, const char *text)
{
	size_t width = 0;
	while (*text) {
		const size_t n = strcspn(text, " ");
		if (width > 0 && width + n + 1 > LINE_WIDTH) {
			buffer_char(out, '\n');
			width = 0;
		}
		if (width > 0)
			buffer_char(out, ' ');
		else if (is_request(*text))
			buffer_text(out, "\\&");
		put_escaped(out, text, n);
		width += n + 1;
		if (ends_sentence(text, n)) {
			buffer_char(out, '\n');
			width = 0;
		}
		text += n;
		text += strspn(text, " ");
	}
	if (width > 0)
		buffer_char(out, '\n');
}

void roff_word(struct buffer *out, const char *word)
{
	const bool quoted = strpbrk(word, " ") != NULL;
	if (quoted)
		buffer_char(out, '"');
	if (strchr(".,:;()[]?!|", word[0]) && word[0])
		buffer_text(out, "\\&"); /* mdoc sets punctuation apart */
	put_escaped(out, word, strlen(word));
	if (quoted)
		buffer_char(out, '"');
}

void roff_display(struct buffer *out, const char *lines)
{
	buffer_text(out, ".Bd -literal -offset indent\n");
	while (*lines) {
		const size_t n = strcspn(lines, "\n");
		if (is_request(*lines))
			buffer_text(out, "\\&");
		put_escaped(out, lines, n);
		buffer_char(out, '\n');
		lines += n + (lines[n] == '\n');
	}
	buffer_text(out, ".Ed\n");
}
