/* The options, a row each, in the order of --help and the manual page. */
#include "cli/options.h"

#include "record/record.h"

static const char *const checksum_words[] = { "none", "all", NULL };
static const char *const when_words[] = { "auto", "always", "never", NULL };

#define AT(member) offsetof(struct options, member)

/* clang-format off */
const struct option_row option_rows[] = {
	{ 'r', "read", "FILE", GROUP_READING, OPTION_WORDS, AT(inputs),
	  .help = "Read a capture: pcap or pcapng, plain or packed with gzip, "
		  "zstd, lz4 or xz. A directory stands for the captures in "
		  "it, - for standard input. Repeatable, and further names of "
		  "files may follow (-r *.pcap); many files are one time line." },
	{ 'F', "filter-file", "FILE", GROUP_READING, OPTION_TEXT,
	  AT(filter_file),
	  .help = "Take the capture filter from a file instead of the trailing "
		  "words." },
	{ 'c', "count", "N", GROUP_READING, OPTION_COUNT, AT(count),
	  .help = "Stop after N packets that pass the filter." },
	{ 'n', NULL, NULL, GROUP_READING, OPTION_IGNORED,
	  .help = "Accepted: names are never resolved." },

	{ 'o', "output", "[FORMAT:]FILE", GROUP_WRITING, OPTION_WORDS,
	  AT(outputs),
	  .help = "Write an output; repeatable. The format follows the ending "
		  "of the name if it is not said; - is standard output. "
		  "Default: text:-" },
	{ 'G', NULL, "SEC", GROUP_WRITING, OPTION_PERIOD, AT(rotate_every),
	  .help = "Begin new files every SEC seconds of the clock, named by "
		  "strftime(3): x-%Y%m%d-%H%M%S.ndjson" },
	{ 'C', NULL, "SIZE", GROUP_WRITING, OPTION_MILLIONS, AT(rotate_size),
	  .help = "Begin a new ndjson file when one has SIZE million bytes, "
		  "or with k, M or G that many KiB, MiB or GiB. From the "
		  "second on a number is added to the name." },
	{ 'W', NULL, "N", GROUP_WRITING, OPTION_COUNT, AT(rotate_files),
	  .help = "With -C: keep N files, and write over the oldest. With -G "
		  "alone: end after N files." },
	{ 'z', NULL, "CMD", GROUP_WRITING, OPTION_TEXT, AT(command),
	  .help = "Run CMD FILE on each finished file of -G or -C, at the "
		  "lowest priority." },
	{ 0, "events", "LIST", GROUP_WRITING, OPTION_EVENTS, AT(events),
	  .help = "Records that ndjson carries, separated by commas. Default: "
		  "all but tcp_state." },
	{ 0, "only-troubled", NULL, GROUP_WRITING, OPTION_SET,
	  AT(only_troubled), 1, .is_analysis = true,
	  .help = "Write tcp_close only for connections with findings." },
	{ 0, "min-severity", "SEVERITY", GROUP_WRITING, OPTION_WORD,
	  AT(min_severity), .words = severity_words, .is_analysis = true,
	  .help = "Leave out findings below info, notice, warning or error." },
	{ 0, "findings", "LIST", GROUP_WRITING, OPTION_FINDINGS, AT(findings),
	  .is_analysis = true,
	  .help = "Look for these findings only, separated by commas." },
	{ 0, "fail-on", "SEVERITY", GROUP_WRITING, OPTION_WORD, AT(fail_on),
	  .words = severity_words,
	  .help = "End with status 3 if a finding of that severity, or a worse "
		  "one, was made." },

	{ 0, "time-wait", "SEC", GROUP_ANALYSIS, OPTION_SECONDS, AT(time_wait),
	  .is_analysis = true,
	  .help = "How long the hosts keep TIME-WAIT. Default: 60, as on Linux." },
	{ 0, "port-range", "LOW-HIGH", GROUP_ANALYSIS, OPTION_PORTS,
	  AT(port_range), .is_analysis = true,
	  .help = "The ports that clients take theirs from, "
		  "net.ipv4.ip_local_port_range. Default: 32768-60999, as on "
		  "Linux." },
	{ 0, "linger", "SEC", GROUP_ANALYSIS, OPTION_SECONDS, AT(linger),
	  .is_analysis = true,
	  .help = "How long a finished connection is kept for what may follow. "
		  "Default: 60, live 5." },
	{ 0, "idle-timeout", "SEC", GROUP_ANALYSIS, OPTION_SECONDS,
	  AT(idle_timeout), .is_analysis = true,
	  .help = "How long a silent connection is kept. Default: 3600." },
	{ 0, "max-memory", "SIZE", GROUP_ANALYSIS, OPTION_SIZE, AT(max_memory),
	  .is_analysis = true,
	  .help = "What connections may take, with k, M or G, 32G at most. At "
		  "the limit the least useful are reported early, and counted. "
		  "Default: 1G." },
	{ 0, "ignore-vlan", NULL, GROUP_ANALYSIS, OPTION_SET, AT(ignore_vlan),
	  1, .is_analysis = true,
	  .help = "Take packets of different VLANs for one connection." },
	{ 'k', "checksums", "none|all", GROUP_ANALYSIS, OPTION_WORD,
	  AT(verify_checksums), .words = checksum_words, .is_analysis = true,
	  .help = "Whether segments with a wrong checksum are left out. "
		  "Default: none, because offload makes sent ones look wrong." },

	{ 'q', "quiet", NULL, GROUP_TERMINAL, OPTION_SET, AT(quiet), 1,
	  .help = "No warnings and no progress; errors are still told." },
	{ 'v', "verbose", NULL, GROUP_TERMINAL, OPTION_SET, AT(verbose), 1,
	  .help = "Say on standard error what was read from each file." },
	{ 0, "progress", NULL, GROUP_TERMINAL, OPTION_SET, AT(progress),
	  WHEN_ALWAYS,
	  .help = "Show progress on standard error, terminal or not." },
	{ 0, "no-progress", NULL, GROUP_TERMINAL, OPTION_SET, AT(progress),
	  WHEN_NEVER, .help = "Show no progress." },
	{ 0, "color", "WHEN", GROUP_TERMINAL, OPTION_WORD, AT(color),
	  .words = when_words,
	  .help = "Colour in text: auto (on a terminal, unless NO_COLOR is "
		  "set), always or never." },

	{ 0, "explain", "FINDING", GROUP_ASKING, OPTION_ACT, AT(action),
	  ACTION_EXPLAIN,
	  .help = "Tell what a finding means, what proves it and what helps." },
	{ 0, "list-findings", NULL, GROUP_ASKING, OPTION_ACT, AT(action),
	  ACTION_LIST_FINDINGS, .help = "List all findings." },
	{ 0, "schema", "EVENT_TYPE", GROUP_ASKING, OPTION_ACT, AT(action),
	  ACTION_SCHEMA,
	  .help = "Print the JSON Schema of a record, or of the json report." },
	{ 'V', "version", NULL, GROUP_ASKING, OPTION_ACT, AT(action),
	  ACTION_VERSION, .help = "Print the versions of tcpclose and of the "
	  "libraries it uses." },
	{ 'h', "help", NULL, GROUP_ASKING, OPTION_ACT, AT(action), ACTION_HELP,
	  .help = "Print this." },

	{ 'i', "interface", "NAME", GROUP_LIVE, OPTION_TEXT, AT(interface),
	  .help = "Capture from this interface, or from any, until INT or TERM "
		  "comes." },
	{ 'D', "list-interfaces", NULL, GROUP_LIVE, OPTION_ACT, AT(action),
	  ACTION_LIST_INTERFACES, .help = "List the interfaces." },
	{ 's', "snapshot-length", "BYTES", GROUP_LIVE, OPTION_COUNT,
	  AT(snapshot_length),
	  .help = "Bytes to capture of each packet; headers are enough. "
		  "Default: 256." },
	{ 'B', "buffer-size", "KIB", GROUP_LIVE, OPTION_COUNT, AT(buffer_kib),
	  .help = "Size of the capture buffer. Default: 65536." },
	{ 'p', "no-promiscuous-mode", NULL, GROUP_LIVE, OPTION_SET,
	  AT(promiscuous), 0,
	  .help = "Capture only what is for this host." },
	{ 0, "immediate-mode", NULL, GROUP_LIVE, OPTION_SET, AT(immediate), 1,
	  .help = "Take each packet as it comes, not in blocks." },
	{ 0, "kernel-states", NULL, GROUP_LIVE, OPTION_SET, AT(kernel_states),
	  1, .is_analysis = true,
	  .help = "Ask the kernel for the real state of the sockets of this "
		  "host that findings concern, at most 1000 a second, and once "
		  "for each stats record how many are in which state, and how "
		  "the sysctls are set that matter. Linux." },

	{ 'Z', "relinquish-privileges", "USER", GROUP_RIGHTS, OPTION_TEXT,
	  AT(user),
	  .help = "As root, become this user once inputs and outputs are open, "
		  "before a byte of a capture is read. Files that this run "
		  "makes belong to that user, who must be able to write to "
		  "their directory if they are opened anew. Default: nobody; "
		  "-Z root stays root." },
	{ 0, "no-sandbox", NULL, GROUP_RIGHTS, OPTION_SET, AT(sandbox), 0,
	  .help = "Give up nothing by itself: no Landlock and no seccomp, which "
		  "leave a run only the files and system calls that it needs, "
		  "and root stays root unless -Z is given. For valgrind, or "
		  "where a sandbox stands in the way." },

	{ 0, "manual", NULL, GROUP_HIDDEN, OPTION_ACT, AT(action),
	  ACTION_MANUAL, .help = "Print the manual page." },
};
/* clang-format on */

const size_t n_option_rows = sizeof(option_rows) / sizeof(option_rows[0]);
_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) <= OPTION_ROWS,
               "struct options has room for every row");

const char *option_group_title(enum option_group group)
{
	/* clang-format off */
	static const char *const titles[N_OPTION_GROUPS] = {
		[GROUP_READING]  = "Reading",
		[GROUP_WRITING]  = "Writing",
		[GROUP_ANALYSIS] = "Analysis",
		[GROUP_TERMINAL] = "On the terminal",
		[GROUP_ASKING]   = "Asking",
		[GROUP_LIVE]     = "Live capture",
		[GROUP_RIGHTS]   = "Giving up rights",
	};
	/* clang-format on */
	return titles[group];
}
