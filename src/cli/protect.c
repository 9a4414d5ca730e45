/* Which rights go, and which ones a run keeps. */
#include "cli/protect.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "capture/capture.h"
#include "cli/complain.h"
#include "cli/inputs.h"
#include "cli/kernel_states.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/protect_outputs.h"

/* A sanitizer or gcov in the program makes calls and files of its own. */
bool protect_is_off(void)
{
#ifdef TCPCLOSE_WATCHED
	return true;
#else
	return false;
#endif
}

void protect_raise_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool is_on(const struct options *options)
{
	return options->sandbox && !protect_is_off();
}

/* ---- the user ---------------------------------------------------- */

static int only_root(const char *name, struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "-Z %.60s: only root can become another user; leave "
	                 "it out",
	                 name);
}

static int choose_user(struct user *user, const struct options *options,
                       struct tcpclose_error *err)
{
	const bool is_root = privileges_are_root();
	*user = (struct user){ 0 };
	if (options->user) {
		const int status = user_find(user, options->user, err);
		if (status != TCPCLOSE_OK || is_root)
			return status;
		const bool is_already = user->uid == geteuid();
		*user = (struct user){ 0 };
		return is_already ? TCPCLOSE_OK : only_root(options->user, err);
	}
	if (is_root && is_on(options))
		user_nobody(user);
	return TCPCLOSE_OK;
}

/* ---- what is kept ------------------------------------------------- */

/* libpcap reads there how many packets the interface dropped. */
static void allow_interface(struct sandbox *s, const char *interface)
{
	char path[128];
	const int n = snprintf(path, sizeof(path),
	                       "/sys/class/net/%s/statistics", interface);
	if (n < (int)sizeof(path) && !strchr(interface, '/'))
		sandbox_may_read(s, path);
}

static void allow_inputs(struct sandbox *s, const struct options *options,
                         const struct inputs *inputs)
{
	size_t i = 0;
	const char *name;
	while ((name = capture_by_name(inputs->capture, &i)))
		sandbox_may_read(s, name);
	if (!options->interface)
		return;
	allow_interface(s, options->interface);
	sandbox_may_listen(s, capture_live_descriptor(inputs->capture));
}

/* A capture that is not held open must be readable for the user, too. */
static int see_inputs(const struct inputs *inputs, const struct user *user,
                      struct tcpclose_error *err)
{
	size_t i = 0;
	const char *name;
	while ((name = capture_by_name(inputs->capture, &i)))
		if (faccessat(AT_FDCWD, name, R_OK, AT_EACCESS) != 0)
			return error_set(
				err, TCPCLOSE_EIO,
				(struct error_place){ .file = name },
				"the user %.60s may not read it, and these are "
				"too many captures to hold them open; raise "
				"ulimit -n, or -Z root",
				user->name);
	return TCPCLOSE_OK;
}

/* ---- all together -------------------------------------------------- */

/* If nobody asked for it, staying root is better than not running: a container
 * may have no second user. */
static int stay_root(struct sandbox *s, struct sandbox_report *report,
                     struct tcpclose_error *err)
{
	const struct user nobody_else = { 0 };
	if (err->status != TCPCLOSE_EIO || !privileges_are_root())
		return (int)err->status;
	error_clear(err);
	const int status = sandbox_enter(s, &nobody_else, report, err);
	const size_t used = strlen(report->missing);
	snprintf(report->missing + used, sizeof(report->missing) - used,
	         "%sthis is still root, who cannot change here",
	         used > 0 ? ", " : "");
	return status;
}

static int enter(struct sandbox *s, const struct options *options,
                 const struct user *user, struct sandbox_report *report,
                 struct tcpclose_error *err)
{
	const int status = sandbox_enter(s, user, report, err);
	if (status == TCPCLOSE_OK || options->user || !user->name)
		return status;
	return stay_root(s, report, err);
}

int protect(const struct options *options, const struct inputs *inputs,
            const struct kernel_states *kernel, struct outputs *outputs,
            struct sandbox_report *report, struct tcpclose_error *err)
{
	struct user user;
	struct sandbox sandbox;
	int status = choose_user(&user, options, err);
	if (status != TCPCLOSE_OK)
		return status;
	tzset(); /* reads a file */
	sandbox_begin(&sandbox, is_on(options));
	allow_inputs(&sandbox, options, inputs);
	kernel_states_allow(kernel, &sandbox);
	const bool changes = user.name && user.uid != 0;
	if (changes)
		outputs_give(outputs, &user);
	status = outputs_start_helpers(outputs, changes ? &user : NULL, err);
	if (status != TCPCLOSE_OK)
		return status;
	outputs_allow(outputs, &sandbox);
	status = enter(&sandbox, options, &user, report, err);
	if (status == TCPCLOSE_OK && changes)
		status = see_inputs(inputs, &user, err);
	if (status == TCPCLOSE_OK && changes)
		status = outputs_see_directories(
			outputs, &user, options->interface && !options->quiet,
			err);
	if (status == TCPCLOSE_OK && !options->quiet && report->missing[0])
		say("warning: not all protections are there: %s",
		    report->missing);
	return status;
}
