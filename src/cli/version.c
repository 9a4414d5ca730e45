/* --version: this program and the libraries it uses. */
#include "cli/actions.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "cli/protect.h"
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
	if (protect_is_off())
		buffer_text(&out, "no sandbox: built to be watched\n");
	else if (!system_calls_are_built_in())
		buffer_text(&out, "no libseccomp: all system calls are "
		                  "allowed\n");
	if (!privileges_know_capabilities())
		buffer_text(&out, "no libcap-ng: capabilities are kept\n");
	return act_print(&out);
}
