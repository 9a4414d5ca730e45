/* What a file is that is no capture, judged by its first bytes. */
#include "capture/looks_like.h"

#include <stdbool.h>
#include <string.h>

#include "capture/order.h"

#define EDITCAP "convert it with editcap -F pcapng"
#define UNPACK  "unpack it first"
#define TEXT    "captures are written by tcpdump -w"

struct mark {
	size_t at;
	const char *bytes;
	size_t n;
	struct likeness like;
};

/* clang-format off */
#define MARK(at, bytes, what, remedy) \
	{ at, bytes, sizeof(bytes) - 1, { what, remedy } }

static const struct mark marks[] = {
MARK(0, "snoop\0\0\0",          "a snoop capture",            EDITCAP),
MARK(0, "btsnoop\0",            "a Bluetooth snoop capture",  NULL),
MARK(0, "\xa1\xb2\x34\xcd",     "a pcap of a patched libpcap", EDITCAP),
MARK(0, "\xcd\x34\xb2\xa1",     "a pcap of a patched libpcap", EDITCAP),
MARK(0, "\x1c\x00\x01\xac",     "an Ixia capture",            EDITCAP),
MARK(0, "\xac\x01\x00\x1c",     "an Ixia capture",            EDITCAP),
MARK(0, "\x1c\x00\x01\xab",     "an Ixia capture",            EDITCAP),
MARK(0, "\xab\x01\x00\x1c",     "an Ixia capture",            EDITCAP),
MARK(0, "GMBU",                 "a Network Monitor capture",  EDITCAP),
MARK(0, "RTSS",                 "a Network Monitor capture",  EDITCAP),
MARK(0, "TRSNIFF data",         "a Sniffer capture",          EDITCAP),
MARK(0, "XCP\0",                "a NetXRay capture",          EDITCAP),
MARK(0, "\x7fver",              "an OmniPeek capture",        EDITCAP),
MARK(0, "iptrace ",             "an AIX iptrace capture",     EDITCAP),
MARK(0, "\x7f" "ELF",           "an ELF program",             NULL),
MARK(0, "MZ",                   "a Windows program",          NULL),
MARK(0, "PK\x03\x04",           "a ZIP archive",              UNPACK),
MARK(0, "7z\xbc\xaf\x27\x1c",   "a 7z archive",               UNPACK),
MARK(0, "Rar!\x1a\x07",         "a RAR archive",              UNPACK),
MARK(257, "ustar",              "a tar archive",              UNPACK),
MARK(0, "BZh",                  "bzip2 data",                 UNPACK),
MARK(0, "\x1f\x9d",             "data of compress(1)",        UNPACK),
MARK(0, "\x1f\x8b",             "gzip data",                  UNPACK),
MARK(0, "\x28\xb5\x2f\xfd",     "zstd data",                  UNPACK),
MARK(0, "\x04\x22\x4d\x18",     "lz4 data",                   UNPACK),
MARK(0, "\x02\x21\x4c\x18",     "lz4 data of the old format", UNPACK),
MARK(0, "\xfd" "7zXZ\0",        "xz data",                    UNPACK),
MARK(0, "\x5d\0\0",             "lzma data of the old format", UNPACK),
MARK(0, "%PDF-",                "a PDF document",             NULL),
MARK(0, "\x89PNG",              "a PNG picture",              NULL),
MARK(0, "\xff\xd8\xff",         "a JPEG picture",             NULL),
MARK(0, "SQLite format 3",      "an SQLite database",         NULL),
MARK(0, "<?xml",                "XML",                        TEXT),
MARK(0, "<!DOCTYPE",            "an HTML page",               TEXT),
MARK(0, "<html",                "an HTML page",               TEXT),
};
/* clang-format on */

static const struct mark *mark_of(struct cursor head)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct cursor c = head;
		const struct mark *m = &marks[i];
		if (!cursor_take(&c, m->at))
			continue;
		const uint8_t *bytes = cursor_take(&c, m->n);
		if (bytes && memcmp(bytes, m->bytes, m->n) == 0)
			return m;
	}
	return NULL;
}

static bool is_text(uint8_t byte)
{
	return byte >= 0x80 || (byte >= ' ' && byte != 0x7f) ||
	       (byte >= '\t' && byte <= '\r');
}

static bool all(struct cursor head, bool (*test)(uint8_t byte))
{
	for (; head.at < head.end; head.at++)
		if (!test(*head.at))
			return false;
	return true;
}

static bool is_zero(uint8_t byte)
{
	return byte == 0;
}

static bool is_json(struct cursor head)
{
	while (cursor_left(&head) > 0 && strchr(" \t\r\n", *head.at))
		head.at++;
	return cursor_left(&head) > 0 && (*head.at == '{' || *head.at == '[');
}

/*
 * Endace's ERF has no magic: a little-endian time stamp (seconds in its upper
 * half), a type, flags, and the record's length, at least that of its header.
 */
static bool is_erf(struct cursor head)
{
	enum { HEADER = 16, TYPES = 48, IN_1999 = 915148800 };
	const uint8_t *h = cursor_take(&head, HEADER);
	return h && order32(ORDER_LITTLE, h + 4) > IN_1999 &&
	       (h[8] & 0x7f) > 0 && (h[8] & 0x7f) <= TYPES &&
	       be16(h + 10) >= HEADER && be16(h + 14) > 0 &&
	       be16(h + 14) <= be16(h + 10);
}

struct likeness looks_like(struct cursor head)
{
	if (cursor_left(&head) == 0)
		return (struct likeness){ "an empty file", NULL };
	const struct mark *mark = mark_of(head);
	if (mark)
		return mark->like;
	if (all(head, is_zero))
		return (struct likeness){
			"zero bytes", "it was allocated but never written"
		};
	if (all(head, is_text))
		return (struct likeness){ is_json(head) ? "JSON" : "text",
			                  TEXT };
	if (is_erf(head))
		return (struct likeness){ "an ERF capture", EDITCAP };
	return (struct likeness){ "data of an unknown kind", NULL };
}
