/*
 * The system-call filter, by libseccomp. Calls are in one of four lists:
 *
 * Allowed  What the run makes: strace showed it, for captures on interfaces
 *          and in files, and the manuals of libc and libpcap named the rest.
 * Refused  ENOSYS, which is also the answer to every call that is on no list.
 *          A libc that is newer than this list tries its new call, learns that
 *          this kernel has none, and takes the old one. EPERM it would believe,
 *          and killing would end a run of months for an update of libc.
 * Denied   EACCES: calls that a library may try, and does without.
 * Killed   Calls that no library falls back from or on: whoever makes one of
 *          these is not this program any more, and what it would still write
 *          is not to be believed. The kernel logs it. Whole lines written so
 *          far stay.
 */
#include "host/system_calls.h"

#include "base/error.h"

#ifdef HAVE_LIBSECCOMP

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>
#include <seccomp.h>

#define KILL   SCMP_ACT_KILL_PROCESS
#define REFUSE SCMP_ACT_ERRNO(ENOSYS)
#define DENY   SCMP_ACT_ERRNO(EACCES)

/* Names that an architecture or this libseccomp does not have are passed
 * over: there nobody can make that call, or it is refused. */
static const char *const allowed[] = {
	/* descriptors; sockets are read as they are, and never opened */
	"read", "readv", "pread64", "write", "writev", "pwrite64", "lseek",
	"_llseek", "close", "fsync", "fdatasync", "ftruncate", "ftruncate64",
	"flock", "fallocate", "fadvise64", "fadvise64_64", "arm_fadvise64_64",
	"dup2", "dup3", "poll", "ppoll", "ppoll_time64", "select", "_newselect",
	"pselect6", "pselect6_time64", "recvfrom", "recvmsg", "recv",
	"getsockopt", "getsockname",
	/* files: Landlock says which */
	"open", "openat", "access", "faccessat", "faccessat2", "stat", "stat64",
	"lstat", "lstat64", "fstat", "fstat64", "fstatat64", "newfstatat",
	"statx", "readlink", "readlinkat", "getcwd", "getdents64", "rename",
	"renameat", "renameat2", "unlink", "unlinkat", "fchmod", "umask",
	/* memory and threads */
	"brk", "munmap", "mremap", "madvise", "futex", "futex_time64",
	"set_robust_list", "set_tid_address", "rseq", "sched_yield",
	"sched_getaffinity", "membarrier",
	/* itself */
	"exit", "exit_group", "getpid", "gettid", "getppid", "getuid",
	"geteuid", "getgid", "getegid", "getrusage", "getrlimit", "ugetrlimit",
	"sysinfo", "uname", "getrandom", "wait4", "waitid", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack",
	"rt_sigtimedwait", "restart_syscall",
	/* clocks */
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep",
	"clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", NULL
};

static const char *const denied[] = { "socket", "socketpair", "connect", "bind",
	                              "listen", "accept",     "accept4", NULL };

static const char *const killed[] = { "execve",
	                              "execveat",
	                              "fork",
	                              "vfork",
	                              "ptrace",
	                              "process_vm_readv",
	                              "process_vm_writev",
	                              "process_madvise",
	                              "pidfd_getfd",
	                              "kcmp",
	                              "setuid",
	                              "setgid",
	                              "setreuid",
	                              "setregid",
	                              "setresuid",
	                              "setresgid",
	                              "setgroups",
	                              "capset",
	                              "unshare",
	                              "setns",
	                              "mount",
	                              "umount2",
	                              "pivot_root",
	                              "chroot",
	                              "move_mount",
	                              "open_tree",
	                              "fsopen",
	                              "fsmount",
	                              "init_module",
	                              "finit_module",
	                              "delete_module",
	                              "kexec_load",
	                              "kexec_file_load",
	                              "bpf",
	                              "perf_event_open",
	                              "userfaultfd",
	                              "keyctl",
	                              "add_key",
	                              "request_key",
	                              "reboot",
	                              "swapon",
	                              "swapoff",
	                              "open_by_handle_at",
	                              "io_uring_setup",
	                              "memfd_create",
	                              "personality",
	                              "mknod",
	                              "mknodat",
	                              "acct",
	                              "quotactl",
	                              NULL };

static int fail(int code, struct tcpclose_error *err)
{
	const struct error_place nowhere = { 0 };
	if (code == -ENOMEM)
		return error_set(err, TCPCLOSE_ENOMEM, nowhere, "no memory");
	return error_set(err, TCPCLOSE_EIO, nowhere,
	                 "seccomp: %s; --no-sandbox does without",
	                 strerror(-code));
}

/* Rules are added until the first that fails: `code` keeps its answer. */
struct rules {
	scmp_filter_ctx ctx;
	int code;
};

/* n_args 0: whatever its arguments are. */
static void rule(struct rules *r, uint32_t action, const char *name,
                 unsigned n_args, const struct scmp_arg_cmp *args)
{
	const int call = seccomp_syscall_resolve_name(name);
	if (r->code != 0 || call == __NR_SCMP_ERROR)
		return;
	r->code = seccomp_rule_add_array(r->ctx, action, call, n_args, args);
}

static void rules_for(struct rules *r, uint32_t action,
                      const char *const *names)
{
	for (; *names; names++)
		rule(r, action, *names, 0, NULL);
}

/* Where the argument's bits under a mask are these. */
static void rule_bits(struct rules *r, uint32_t action, const char *name,
                      unsigned arg, uint64_t mask, uint64_t bits)
{
	const struct scmp_arg_cmp cmp = { .arg = arg,
		                          .op = SCMP_CMP_MASKED_EQ,
		                          .datum_a = mask,
		                          .datum_b = bits };
	rule(r, action, name, 1, &cmp);
}

/* All that the kernel reads of an int: the filter sees 64 bits, and a number
 * with more than these set would pass for another one. */
#define LOW UINT64_C(0xffffffff)

/* Memory holds data or code, and there is enough code already. */
static void allow_memory(struct rules *r)
{
	const uint64_t no_code = PROT_EXEC;
	rule_bits(r, SCMP_ACT_ALLOW, "mmap", 2, no_code, 0);
	rule_bits(r, SCMP_ACT_ALLOW, "mmap2", 2, no_code, 0);
	rule_bits(r, SCMP_ACT_ALLOW, "mprotect", 2, no_code, 0);
}

/* Is a terminal there, how wide is it; is the interface there, and up. */
static void allow_questions(struct rules *r)
{
	static const uint64_t requests[] = { TCGETS, TIOCGWINSZ, SIOCGIFFLAGS,
		                             SIOCGIFINDEX, SIOCGIFHWADDR };
	static const uint64_t commands[] = { F_GETFD, F_SETFD, F_GETFL,
		                             F_SETFL };
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		rule_bits(r, SCMP_ACT_ALLOW, "ioctl", 1, LOW, requests[i]);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		rule_bits(r, SCMP_ACT_ALLOW, "fcntl", 1, LOW, commands[i]);
		rule_bits(r, SCMP_ACT_ALLOW, "fcntl64", 1, LOW, commands[i]);
	}
}

/* Limits are read, of this process; threads are begun, no processes. What
 * clone3() is asked for stands in memory, where a filter cannot read it: libc
 * takes clone() when it is told that there is none. abort() signals itself. */
static void allow_of_itself(struct rules *r)
{
	const uint64_t thread = CLONE_VM | CLONE_THREAD;
#ifdef __s390__
	const unsigned flags = 1; /* clone(2) */
#else
	const unsigned flags = 0;
#endif
	rule_bits(r, SCMP_ACT_ALLOW, "prlimit64", 2, UINT64_MAX, 0);
	rule_bits(r, SCMP_ACT_ALLOW, "clone", flags, thread, thread);
	rule_bits(r, SCMP_ACT_ALLOW, "tgkill", 0, LOW, (uint64_t)getpid());
	rule_bits(r, SCMP_ACT_ALLOW, "prctl", 0, LOW, PR_SET_NAME);
}

static void rule_sockets(struct rules *r, uint32_t action, const char *name,
                         unsigned arg, const int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule_bits(r, action, name, arg, LOW, (uint64_t)fd[i]);
}

static void allow_talk(struct rules *r, const struct system_calls *calls)
{
	static const char *const sends[] = { "sendto", "sendmsg", "send" };
	for (size_t i = 0; i < sizeof(sends) / sizeof(*sends); i++)
		rule_sockets(r, SCMP_ACT_ALLOW, sends[i], 0, calls->talk,
		             calls->n_talk);
}

static int load(struct rules *r, struct tcpclose_error *err)
{
	/* It is set already, if at all. */
	if (r->code == 0)
		r->code = seccomp_attr_set(r->ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (r->code == 0)
		r->code = seccomp_load(r->ctx);
	seccomp_release(r->ctx);
	return r->code == 0 ? TCPCLOSE_OK : fail(r->code, err);
}

static int filter_calls(const struct system_calls *calls,
                        struct tcpclose_error *err)
{
	struct rules r = { seccomp_init(REFUSE), 0 };
	if (!r.ctx)
		return fail(-ENOMEM, err);
	rules_for(&r, SCMP_ACT_ALLOW, allowed);
	rules_for(&r, DENY, denied);
	rules_for(&r, KILL, killed);
	allow_memory(&r);
	allow_questions(&r);
	allow_of_itself(&r);
	allow_talk(&r, calls);
	return load(&r, err);
}

/*
 * A capture socket can also send, and what it sends the interface sends, with
 * any address: a filter of its own, since of two filters the stricter answer
 * counts, and one filter cannot hold both "any" and "not this".
 */
static int filter_mute(const struct system_calls *calls,
                       struct tcpclose_error *err)
{
	static const char *const writes[] = { "write", "writev", "pwrite64",
		                              "dup2", "dup3" };
	struct rules r = { seccomp_init(SCMP_ACT_ALLOW), 0 };
	if (!r.ctx)
		return fail(-ENOMEM, err);
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++)
		rule_sockets(&r, DENY, writes[i], 0, calls->mute,
		             calls->n_mute);
	/* Nothing may take the place of one that may be sent on. */
	rule_sockets(&r, DENY, "dup2", 1, calls->talk, calls->n_talk);
	rule_sockets(&r, DENY, "dup3", 1, calls->talk, calls->n_talk);
	return load(&r, err);
}

bool system_calls_are_built_in(void)
{
	return true;
}

/* The kernel is asked whether it knows the strictest answer: since 4.14. */
bool system_calls_can_be_filtered(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int system_calls_filter(const struct system_calls *calls,
                        struct tcpclose_error *err)
{
	const int status = filter_mute(calls, err);
	return status == TCPCLOSE_OK ? filter_calls(calls, err) : status;
}

#else /* built without libseccomp */

bool system_calls_are_built_in(void)
{
	return false;
}

bool system_calls_can_be_filtered(void)
{
	return false;
}

int system_calls_filter(const struct system_calls *calls,
                        struct tcpclose_error *err)
{
	(void)calls;
	return error_set(err, TCPCLOSE_EUNSUPPORTED, (struct error_place){ 0 },
	                 "this build has no libseccomp");
}

#endif
