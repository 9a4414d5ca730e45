/* -D: what can be captured from. */
#include "capture/interfaces.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "cli/actions.h"
#include "cli/complain.h"

int act_list_interfaces(const struct options *options,
                        const struct kinds *kinds)
{
	struct tcpclose_error err = { 0 };
	struct buffer out;
	(void)options;
	(void)kinds;
	buffer_init(&out, &alloc_default);
	if (interfaces_list(&out, &err) == TCPCLOSE_OK)
		return act_print(&out);
	complain(&err);
	buffer_fini(&out);
	return EXIT_NOT_ALL;
}
