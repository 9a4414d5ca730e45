/*
 * Interface for writing text as mdoc(7): the manual page's own little
 * writer, which knows what must be escaped.
 */
#ifndef TCPCLOSE_CLI_ROFF_H
#define TCPCLOSE_CLI_ROFF_H

struct buffer;

/* Sentences as text lines: a new sentence begins a new line, long lines are
 * broken between words, nothing is taken for a request. */
void roff_text(struct buffer *out, const char *text);

/* A word as the argument of a macro: escaped, in quotes if it needs them. */
void roff_word(struct buffer *out, const char *word);

/* Lines as they stand, indented, after a paragraph. */
void roff_display(struct buffer *out, const char *lines);

#endif
