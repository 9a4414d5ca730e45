/* Outputs and the rights of the user who is to write them. */
#include "cli/protect_outputs.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/complain.h"
#include "cli/outputs.h"
#include "host/sandbox.h"

/* Standard output is nobody's to open again. */
static bool is_regular(const struct output *o)
{
	return o->is_file && o->directory >= 0;
}

/* A rotated one's has other parts than were given, and the same directory. */
static const char *name_of(const struct output *o)
{
	return o->opened ? o->opened : o->choice.file;
}

static bool is_rotated(const struct output *o)
{
	return is_regular(o) && (o->rotation.every > 0 || o->rotation.size > 0);
}

/* If it is refused, opening it again will tell. */
static void give(const struct output *o, const struct user *user)
{
	const int status = o->is_whole
	                           ? lchown(o->whole.path, user->uid, user->gid)
	                           : fchown(o->to.fd, user->uid, user->gid);
	(void)status;
}

void outputs_give(const struct outputs *outputs, const struct user *user)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->output[i].created)
			give(&outputs->output[i], user);
}

void outputs_allow(const struct outputs *outputs, struct sandbox *sandbox)
{
	for (size_t i = 0; i < outputs->n; i++) {
		const struct output *o = &outputs->output[i];
		if (strcmp(o->choice.file, "-") != 0)
			sandbox_may_write(sandbox, name_of(o),
			                  is_regular(o) || o->is_whole);
	}
	sandbox_may_talk(sandbox, outputs->run.keeper.socket);
	sandbox_may_talk(sandbox, outputs->commands.helper.socket);
}

/* A name too long for it could not be opened. */
static bool can_be_made_anew(const char *file)
{
	char directory[PATH_MAX];
	snprintf(directory, sizeof(directory), "%s", file);
	return faccessat(AT_FDCWD, dirname(directory), W_OK | X_OK,
	                 AT_EACCESS) == 0;
}

#define REMEDY "choose a user by -Z who may write there"

int outputs_see_directories(const struct outputs *outputs,
                            const struct user *user, bool warn,
                            struct tcpclose_error *err)
{
	for (size_t i = 0; i < outputs->n; i++) {
		const struct output *o = &outputs->output[i];
		if (o->is_whole && !can_be_made_anew(o->whole.path))
			return error_set(
				err, TCPCLOSE_EIO,
				(struct error_place){ .file = o->choice.file },
				"cannot be replaced, as its directory is "
				"closed to the user %.60s; " REMEDY,
				user->name);
		if (is_rotated(o) && !can_be_made_anew(name_of(o)))
			return error_set(
				err, TCPCLOSE_EIO,
				(struct error_place){ .file = o->choice.file },
				"cannot be rotated, as its directory is closed "
				"to the user %.60s; " REMEDY,
				user->name);
		if (is_regular(o) && warn && !can_be_made_anew(name_of(o)))
			say("%s: warning: HUP will fail, as its directory is "
			    "closed to the user %s; " REMEDY,
			    o->choice.file, user->name);
	}
	return TCPCLOSE_OK;
}
