/* The sandbox: one front for three protections, in the order in which each
 * leaves the rights that the next one needs. */
#include "host/sandbox.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sandbox_begin(struct sandbox *s, bool on)
{
	*s = (struct sandbox){ .on = on, .landlock.ruleset = -1 };
	if (!on)
		return;
	landlock_begin(&s->landlock);
	/* A signal handler makes standard input end with it. */
	landlock_allow(&s->landlock, "/dev/null", LANDLOCK_READ);
	landlock_allow(&s->landlock, "/dev/null", LANDLOCK_WRITE);
	/* Hash tables of libraries take their seeds there. */
	landlock_allow(&s->landlock, "/dev/urandom", LANDLOCK_READ);
}

void sandbox_may_read(struct sandbox *s, const char *path)
{
	landlock_allow(&s->landlock, path, LANDLOCK_READ);
}

/* Cuts a path down to its directory. */
static const char *directory_of(char *path)
{
	char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	slash[slash == path] = '\0';
	return path;
}

/* Where the name stands, and where the file lies that it leads to. */
void sandbox_may_write(struct sandbox *s, const char *path, bool is_regular)
{
	char name[PATH_MAX], real[PATH_MAX];
	if (!is_regular) {
		landlock_allow(&s->landlock, path, LANDLOCK_WRITE);
		return;
	}
	if (snprintf(name, sizeof(name), "%s", path) < (int)sizeof(name))
		landlock_allow(&s->landlock, directory_of(name),
		               LANDLOCK_CREATE);
	if (realpath(path, real))
		landlock_allow(&s->landlock, directory_of(real),
		               LANDLOCK_CREATE);
}

void sandbox_may_listen(struct sandbox *s, int fd)
{
	if (fd >= 0 && s->calls.n_mute < SOCKETS_MAX)
		s->calls.mute[s->calls.n_mute++] = fd;
}

void sandbox_may_talk(struct sandbox *s, int fd)
{
	if (fd >= 0 && s->calls.n_talk < SOCKETS_MAX)
		s->calls.talk[s->calls.n_talk++] = fd;
}

__attribute__((format(printf, 2, 3))) static void
add_word(struct sandbox_report *report, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(report->word[report->n++], SANDBOX_WORD_SIZE, format, args);
	va_end(args);
}

static void miss(struct sandbox_report *report, const char *what)
{
	const size_t used = strlen(report->missing);
	snprintf(report->missing + used, sizeof(report->missing) - used, "%s%s",
	         used > 0 ? ", " : "", what);
}

static int drop(const struct user *user, struct sandbox_report *report,
                struct tcpclose_error *err)
{
	const int status = privileges_drop(user, err);
	if (status != TCPCLOSE_OK)
		return status;
	if (user->name)
		add_word(report, "user:%s", user->name);
	add_word(report, "no_new_privs");
	if (!privileges_know_capabilities() && privileges_are_root())
		miss(report, "capabilities are kept, as this build has no "
		             "libcap-ng");
	else if (privileges_know_capabilities() && !privileges_are_root())
		add_word(report, "no_capabilities");
	return TCPCLOSE_OK;
}

static int forbid_files(const struct sandbox *s, struct sandbox_report *report,
                        struct tcpclose_error *err)
{
	const int status = landlock_enter(&s->landlock, err);
	if (status != TCPCLOSE_OK)
		return status;
	if (s->landlock.abi > 0)
		add_word(report, "landlock:%d", s->landlock.abi);
	else
		miss(report, "no Landlock in this kernel");
	return TCPCLOSE_OK;
}

static int forbid_calls(const struct sandbox *s, struct sandbox_report *report,
                        struct tcpclose_error *err)
{
	if (!system_calls_are_built_in() || !system_calls_can_be_filtered()) {
		miss(report, system_calls_are_built_in()
		                     ? "no seccomp in this kernel"
		                     : "no libseccomp in this build");
		return TCPCLOSE_OK;
	}
	const int status = system_calls_filter(&s->calls, err);
	if (status == TCPCLOSE_OK)
		add_word(report, "seccomp");
	return status;
}

int sandbox_enter(struct sandbox *s, const struct user *user,
                  struct sandbox_report *report, struct tcpclose_error *err)
{
	*report = (struct sandbox_report){ 0 };
	if (!s->on && !user->name)
		return TCPCLOSE_OK;
	int status = drop(user, report, err);
	if (!s->on || status != TCPCLOSE_OK)
		return status;
	status = forbid_files(s, report, err);
	landlock_end(&s->landlock);
	return status == TCPCLOSE_OK ? forbid_calls(s, report, err) : status;
}
