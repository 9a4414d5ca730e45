/* --version: this program and the libraries it uses. */
#include "cli/actions.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "cli/run_info.h"
#include "tcpclose/tcpclose.h"

int act_version(const struct options *options, const struct kinds *kinds)
{
	(void)options;
	(void)kinds;
	struct buffer out;
	char library[RUN_INFO_TEXT];
	buffer_init(&out, &alloc_default);
	buffer_format(&out, "tcpclose %s\n", tcpclose_version());
	for (size_t i = 0; run_info_library(i, library); i++)
		buffer_format(&out, "%s\n", library);
	return act_print(&out);
}
