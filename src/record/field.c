#include "record/field.h"

#include <string.h>

void numbers_add(struct numbers *list, int64_t n)
{
	if (list->n < NUMBERS_MAX)
		list->at[list->n++] = n;
	else
		list->n_more++;
}

void texts_add(struct texts *list, const char *s)
{
	if (list->n < TEXTS_MAX)
		list->at[list->n++] = s;
}

void numbers_copy(struct numbers *to, const struct numbers *from)
{
	memcpy(to, from,
	       offsetof(struct numbers, at) + from->n * sizeof(from->at[0]));
}

static void clear_one(const struct field *f, char *at)
{
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_DECIMAL:
	case FIELD_TIME:
	case FIELD_DURATION:
	case FIELD_BOOL:
		memcpy(at, &(int64_t){ ABSENT }, sizeof(int64_t));
		break;
	case FIELD_ID:
	case FIELD_FRAME:
		memset(at, 0, sizeof(uint64_t));
		break;
	case FIELD_WORD:
	case FIELD_TEXT:
		/* The thing at `at` is a pointer. */
		/* cppcheck-suppress pointerSize */
		memcpy(at, &(const void *){ NULL }, sizeof(void *));
		break;
	case FIELD_IP:
		memset(at, 0, sizeof(struct ip_value));
		break;
	case FIELD_NUMBERS:
	case FIELD_DURATIONS:
	case FIELD_FRAMES:
		memset(at, 0, offsetof(struct numbers, at));
		break;
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
		memset(at, 0, offsetof(struct texts, at));
		break;
	case FIELD_OBJECT:
	case FIELD_PART:
		fields_clear(f->fields, at);
		break;
	}
}

void fields_clear(const struct field *fields, void *data)
{
	for (const struct field *f = fields; f->name; f++)
		clear_one(f, (char *)data + f->offset);
}

/* Most words are the list's own: the pointers tell, in a tenth of the time. */
int word_index(const char *const *words, const char *word)
{
	if (!word)
		return -1;
	for (int i = 0; words[i]; i++)
		if (words[i] == word)
			return i;
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}
