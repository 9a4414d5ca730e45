/* Rights that are dropped, and that they stay dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>

#include "child.h"
#include "host/privileges.h"

static void become_nobody(struct scratch *s)
{
	(void)s;
	struct user user;
	struct tcpclose_error err = { 0 };
	user_nobody(&user);
	SEE(user.uid == 65534);
	SEE(privileges_drop(&user, &err) == 0);
	SEE(status_is("Uid", "65534\t65534\t65534\t65534\n"));
	SEE(status_is("Gid", "65534\t65534\t65534\t65534\n"));
	SEE(status_is("NoNewPrivs", "1\n"));
	SEE(FAILS(setuid(0), EPERM));
	SEE(FAILS(setresgid(0, 0, 0), EPERM));
	const gid_t root = 0;
	SEE(FAILS(setgroups(1, &root), EPERM));
	SEE(!privileges_know_capabilities() ||
	    (status_is("CapPrm", "0000000000000000\n") &&
	     status_is("CapEff", "0000000000000000\n") &&
	     status_is("CapInh", "0000000000000000\n") &&
	     status_is("CapBnd", "0000000000000000\n")));
}

static void root_becomes_nobody_for_good(void **state)
{
	expect_done(become_nobody, state);
}

/* CAP_DAC_OVERRIDE is number 1. */
static void stay(struct scratch *s)
{
	(void)s;
	struct user user;
	struct tcpclose_error err = { 0 };
	SEE(user_find(&user, "root", &err) == 0);
	SEE(privileges_drop(&user, &err) == 0);
	SEE(status_is("Uid", "0\t0\t0\t0\n"));
	SEE(!privileges_know_capabilities() ||
	    (status_is("CapEff", "0000000000000002\n") &&
	     status_is("CapPrm", "0000000000000002\n")));
}

static void root_that_stays_keeps_its_files_only(void **state)
{
	expect_done(stay, state);
}

static void become_from_below(struct scratch *s)
{
	(void)s;
	struct user user;
	struct tcpclose_error err = { 0 };
	SEE(setresuid(65534, 65534, 65534) == 0);
	SEE(user_find(&user, "daemon", &err) == 0);
	SEE(privileges_drop(&user, &err) == TCPCLOSE_EIO);
	SEE(strstr(err.text, "-Z daemon: cannot change groups: "));
}

static void only_root_becomes_others(void **state)
{
	expect_done(become_from_below, state);
}

static void an_unknown_user_is_told(void **state)
{
	(void)state;
	struct user user;
	struct tcpclose_error err = { 0 };
	assert_int_equal(user_find(&user, "no such one", &err),
	                 TCPCLOSE_EOPTION);
	assert_non_null(strstr(err.text, "-Z no such one: there is no such"));
}

int main(void)
{
	const struct CMUnitTest as_root[] = {
		cmocka_unit_test(root_becomes_nobody_for_good),
		cmocka_unit_test(root_that_stays_keeps_its_files_only),
		cmocka_unit_test(only_root_becomes_others),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_user_is_told),
	};
	int failed = 0;
	if (geteuid() == 0)
		failed += cmocka_run_group_tests_name("as root", as_root, NULL,
		                                      NULL);
	failed += cmocka_run_group_tests_name("users", tests, NULL, NULL);
	return failed;
}
