/* Printing what was asked, to standard output. */
#include "cli/actions.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/complain.h"

int act_print(struct buffer *out)
{
	int code = EXIT_DONE;
	signal(SIGPIPE, SIG_IGN); /* a pager that was left is no trouble */
	if (out->failed) {
		say("no memory");
		code = EXIT_NOT_ALL;
	} else if ((fwrite(out->bytes, 1, out->len, stdout) != out->len ||
	            fflush(stdout) != 0) &&
	           errno != EPIPE) {
		say("standard output: cannot write: %s", strerror(errno));
		code = EXIT_NOT_ALL;
	}
	buffer_fini(out);
	return code;
}
