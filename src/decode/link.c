/* The list of link types. */
#include "decode/link.h"

int link_read(uint32_t link_type, struct rest *rest)
{
	switch (link_type) {
#define X(number, reader, name)                                                \
	case number:                                                           \
		return reader(rest);
#include "decode/link_types.def"
#undef X
	default:
		return LINK_UNKNOWN;
	}
}

const char *link_type_name(uint32_t link_type)
{
	switch (link_type) {
#define X(number, reader, name)                                                \
	case number:                                                           \
		return name;
#include "decode/link_types.def"
#undef X
	default:
		return NULL;
	}
}
