/* tcpclose: how did this TCP connection end, and what went wrong? */
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
		[ACTION_VERSION]       = act_version,
	};
	/* clang-format on */
	return actions[options->action](options, kinds);
}

int main(int argc, char **argv)
{
	const struct kinds kinds = kinds_all();
	struct options options;
	struct tcpclose_error err = { 0 };

	options_init(&options);
	const int status = options_parse(&options, argc, argv, &kinds, &err);
	if (status != TCPCLOSE_OK)
		complain(&err);
	const int code =
		status == TCPCLOSE_OK ? act(&options, &kinds) : EXIT_USAGE;
	options_fini(&options);
	return code;
}
