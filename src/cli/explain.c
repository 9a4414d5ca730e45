/* --explain and --list-findings: what the detectors say about themselves. */
#include "cli/actions.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "cli/complain.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "write/explain.h"

static int complain_about(const char *name, const struct kinds *kinds)
{
	struct nearest near = { 0 };
	for (size_t i = 0; i < kinds->n; i++)
		nearest_consider(&near, name, kinds->kind[i]->name);
	if (near.name)
		say("there is no finding %s; did you mean %s?", name,
		    near.name);
	else
		say("there is no finding %s; --list-findings names them", name);
	return EXIT_USAGE;
}

int act_explain(const struct options *options, const struct kinds *kinds)
{
	struct buffer out;
	if (kinds_index(kinds, options->subject) < 0)
		return complain_about(options->subject, kinds);
	buffer_init(&out, &alloc_default);
	explain_finding(kinds->kind, kinds->n, options->subject, &out, NULL);
	return act_print(&out);
}

int act_list_findings(const struct options *options, const struct kinds *kinds)
{
	(void)options;
	struct buffer out;
	buffer_init(&out, &alloc_default);
	explain_list(kinds->kind, kinds->n, &out);
	return act_print(&out);
}
