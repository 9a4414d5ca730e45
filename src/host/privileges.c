/* Giving up rights, in the only order that works: the last right is the one
 * that was needed to give up the others. */
#include "host/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

#include "base/error.h"

#define NOBODY   "nobody"
#define OVERFLOW 65534 /* /proc/sys/kernel/overflowuid, unless changed */

bool privileges_are_root(void)
{
	return geteuid() == 0;
}

static bool look_up(struct user *user, const char *name)
{
	const struct passwd *entry = getpwnam(name);
	if (!entry)
		return false;
	*user = (struct user){ .name = name,
		               .uid = entry->pw_uid,
		               .gid = entry->pw_gid,
		               .is_listed = true };
	return true;
}

void user_nobody(struct user *user)
{
	if (!look_up(user, NOBODY))
		*user = (struct user){ .name = NOBODY,
			               .uid = OVERFLOW,
			               .gid = OVERFLOW };
}

int user_find(struct user *user, const char *name, struct tcpclose_error *err)
{
	if (look_up(user, name))
		return TCPCLOSE_OK;
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "-Z %.60s: there is no such user; getent passwd lists "
	                 "them",
	                 name);
}

static int refused(const struct user *user, const char *what,
                   struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
	                 "-Z %.60s: cannot change %s: %s; -Z root stays root",
	                 user->name, what, strerror(errno));
}

/* Groups first: after the user nothing else may be changed. The saved ids go
 * too, or the way back would be open. */
static int become(const struct user *user, struct tcpclose_error *err)
{
	const int failed = user->is_listed ? initgroups(user->name, user->gid)
	                                   : setgroups(0, NULL);
	if (failed)
		return refused(user, "groups", err);
	if (setresgid(user->gid, user->gid, user->gid) != 0)
		return refused(user, "the group", err);
	if (setresuid(user->uid, user->uid, user->uid) != 0)
		return refused(user, "the user", err);
	return TCPCLOSE_OK;
}

static int rights_left(const char *which, struct tcpclose_error *err)
{
	return error_set(err, TCPCLOSE_EIO, (struct error_place){ 0 },
	                 "rights could not be given up for good: %s", which);
}

static int see_that_ids_are_gone(const struct user *user,
                                 struct tcpclose_error *err)
{
	uid_t uid[3];
	gid_t gid[3];
	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) != 0)
		return rights_left(strerror(errno), err);
	for (int i = 0; i < 3; i++)
		if (uid[i] != user->uid || gid[i] != user->gid)
			return rights_left("an old user or group", err);
	const uid_t no_user = (uid_t)-1;
	const gid_t no_group = (gid_t)-1;
	if (setresuid(no_user, 0, no_user) == 0 ||
	    (user->gid != 0 && setresgid(no_group, 0, no_group) == 0))
		return rights_left("root was taken back", err);
	return TCPCLOSE_OK;
}

#ifdef HAVE_LIBCAP_NG
bool privileges_know_capabilities(void)
{
	return true;
}

/* Needs CAP_SETPCAP, so it goes before the user; without it there is nobody
 * to be kept from anything: no_new_privs holds too. */
static void clear_bounding_set(void)
{
	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		return;
	capng_clear(CAPNG_SELECT_BOUNDS);
	(void)capng_apply(CAPNG_SELECT_BOUNDS);
}

static int drop_capabilities(struct tcpclose_error *err)
{
	const unsigned root_keeps = CAP_DAC_OVERRIDE;
	capng_get_caps_process();
	const bool keep = privileges_are_root() &&
	                  capng_have_capability(CAPNG_PERMITTED, root_keeps);
	capng_clear(CAPNG_SELECT_CAPS);
	if (keep)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		             root_keeps);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return rights_left(strerror(errno), err);

	capng_get_caps_process();
	if (keep)
		capng_updatev(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
		              root_keeps, -1);
	return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE
	               ? TCPCLOSE_OK
	               : rights_left("capabilities", err);
}
#else
bool privileges_know_capabilities(void)
{
	return false;
}

static void clear_bounding_set(void)
{
}

static int drop_capabilities(struct tcpclose_error *err)
{
	(void)err;
	return TCPCLOSE_OK; /* setresuid() took root's */
}
#endif

int privileges_drop(const struct user *user, struct tcpclose_error *err)
{
	const bool becomes = user->name && user->uid != 0;
	int status = TCPCLOSE_OK;
	clear_bounding_set();
	if (becomes)
		status = become(user, err);
	if (status == TCPCLOSE_OK)
		status = drop_capabilities(err);
	if (status == TCPCLOSE_OK && becomes)
		status = see_that_ids_are_gone(user, err);
	if (status == TCPCLOSE_OK &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		status = rights_left(strerror(errno), err);
	return status;
}
