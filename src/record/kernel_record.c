/* The field tables of what the kernel of this host says. */
#include "record/kernel.h"

#include "record/record.h"

/* clang-format off */
/* inet_sk_diag_fill() of Linux, in the order of its numbers. */
const char *const kernel_timer_words[] = {
	"none", "retransmit", "keepalive", "time_wait", "probe", NULL,
};

#define AT(member) offsetof(struct kernel_word, member)
const struct field kernel_word_fields[] = {
	{ "end", FIELD_WORD, AT(end), .words = end_words,
	  .meaning = "the end whose socket it is: the finding's own, or else "
		     "its peer" },
	{ "state", FIELD_WORD, AT(state), .words = state_words,
	  .meaning = "its state, whatever the wire shows; fin_wait_1 and "
		     "last_ack begin when the program closes, before the FIN "
		     "is sent; closed: the kernel has no such socket" },
	{ "timer", FIELD_WORD, AT(timer), .words = kernel_timer_words,
	  .meaning = "the timer that runs; keepalive in fin_wait_2 is the one "
		     "that ends it" },
	{ "timer_expires_us", FIELD_DURATION, AT(timer_expires), .unit = "us",
	  .meaning = "until that timer expires" },
	{ "retransmits", FIELD_COUNT, AT(retransmits),
	  .meaning = "retransmissions since anything was acknowledged" },
	{ "probes", FIELD_COUNT, AT(probes),
	  .meaning = "window probes or keep-alives since the peer answered" },
	{ "rto_us", FIELD_DURATION, AT(rto), .unit = "us",
	  .meaning = "retransmission timeout, backed off as it is now" },
	{ "send_queue_bytes", FIELD_COUNT, AT(send_queue), .unit = "bytes",
	  .meaning = "not acknowledged or not sent; a FIN counts 1" },
	{ "receive_queue_bytes", FIELD_COUNT, AT(receive_queue),
	  .unit = "bytes", .meaning = "received and not read by the program" },
	{ "send_window_bytes", FIELD_COUNT, AT(send_window), .unit = "bytes",
	  .meaning = "the window that the peer offers" },
	{ "memory_bytes", FIELD_COUNT, AT(memory), .unit = "bytes",
	  .meaning = "kernel memory that it holds" },
	{ "orphaned", FIELD_BOOL, AT(orphaned),
	  .meaning = "no program holds it any more; only timers end it" },
	{ "unaccepted", FIELD_BOOL, AT(unaccepted),
	  .meaning = "no program has accepted it yet" },
	{ "inode", FIELD_COUNT, AT(inode),
	  .meaning = "socket:[inode] in /proc/PID/fd of the programs that "
		     "hold it" },
	{ "uid", FIELD_COUNT, AT(uid),
	  .meaning = "the user that it belongs to" },
	FIELDS_END,
};
#undef AT

/* In the order of state_words. */
#define STATE(i, name, spelling) \
	{ name, FIELD_COUNT, \
	  offsetof(struct stats_host_states, state) + (i) * sizeof(int64_t), \
	  .unit = "sockets", .meaning = "sockets in " spelling }
const struct field host_states_fields[] = {
	STATE(0, "syn_sent", "SYN-SENT"),
	STATE(1, "syn_received", "SYN-RECV"),
	STATE(2, "established", "ESTAB"),
	STATE(3, "fin_wait_1", "FIN-WAIT-1"),
	STATE(4, "fin_wait_2", "FIN-WAIT-2"),
	STATE(5, "closing", "CLOSING"),
	STATE(6, "time_wait", "TIME-WAIT"),
	STATE(7, "close_wait", "CLOSE-WAIT"),
	STATE(8, "last_ack", "LAST-ACK"),
	FIELDS_END,
};

/* Linux, Documentation/networking/ip-sysctl.rst, and the functions named. */
#define AT(member) offsetof(struct stats_host_sysctls, member)
const struct field host_sysctls_fields[] = {
	{ "tcp_fin_timeout", FIELD_COUNT, AT(tcp_fin_timeout), .unit = "s",
	  .meaning = "how long FIN-WAIT-2 lasts once no program holds the "
		     "socket; not FIN-WAIT-1, not TIME-WAIT, which is 60 s "
		     "whatever is set" },
	{ "tcp_orphan_retries", FIELD_NUMBER, AT(tcp_orphan_retries),
	  .meaning = "bounds how often a FIN that is not acknowledged is sent "
		     "again once no program holds the socket; 0 acts as 8: "
		     "tcp_orphan_retries(). A peer that answers with window 0 "
		     "is probed for minutes, whatever is set" },
	{ "tcp_tw_reuse", FIELD_COUNT, AT(tcp_tw_reuse),
	  .meaning = "whether connect() may take a port that rests in "
		     "TIME-WAIT: 0 never, 1 yes, 2 on loopback only; a "
		     "server's TIME-WAITs are not concerned" },
	{ "tcp_max_tw_buckets", FIELD_COUNT, AT(tcp_max_tw_buckets),
	  .unit = "sockets",
	  .meaning = "most TIME-WAITs at one time; beyond them the state is "
		     "skipped, and a FIN that is repeated is answered by RST: "
		     "inet_twsk_alloc()" },
	{ "tcp_max_orphans", FIELD_COUNT, AT(tcp_max_orphans),
	  .unit = "sockets",
	  .meaning = "most sockets that no program holds, of the whole host; "
		     "beyond them they are reset: tcp_check_oom()" },
	{ "tcp_rfc1337", FIELD_COUNT, AT(tcp_rfc1337),
	  .meaning = "1: an RST does not end TIME-WAIT; 0: it does: RFC 1337" },
	{ "ip_local_port_range", FIELD_NUMBERS, AT(ip_local_port_range),
	  .meaning = "lowest and highest port that connect() chooses; each "
		     "rests 60 s in TIME-WAIT if this host closes first" },
	FIELDS_END,
};
/* clang-format on */
