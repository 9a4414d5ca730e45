/* tcpclose: how did this TCP connection end, and what went wrong? */
#include <fcntl.h>
#include <unistd.h>

#include "cli/actions.h"
#include "cli/complain.h"
#include "cli/options.h"

static int act(const struct options *options, const struct kinds *kinds)
{
	/* clang-format off */
	static int (*const actions[N_ACTIONS])(const struct options *,
	                                       const struct kinds *) = {
		[ACTION_ANALYZE]       = act_analyze,
		[ACTION_EXPLAIN]       = act_explain,
		[ACTION_LIST_FINDINGS] = act_list_findings,
		[ACTION_SCHEMA]        = act_schema,
		[ACTION_HELP]          = act_help,
		[ACTION_MANUAL]        = act_manual,
		[ACTION_LIST_INTERFACES] = act_list_interfaces,
		[ACTION_VERSION]       = act_version,
	};
	/* clang-format on */
	return actions[options->action](options, kinds);
}

/*
 * Whoever closed standard input or output wants nothing read or written
 * there: hold the numbers, so that no file we open gets one of them, the
 * wrong way round, so that using them is an error.
 */
static void hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null",
			           fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	const struct kinds kinds = kinds_all();
	struct options options;
	struct tcpclose_error err = { 0 };

	hold_standard_files();
	options_init(&options);
	const int status = options_parse(&options, argc, argv, &kinds, &err);
	if (status != TCPCLOSE_OK)
		complain(&err);
	const int code =
		status == TCPCLOSE_OK ? act(&options, &kinds) : EXIT_USAGE;
	options_fini(&options);
	return code;
}
