/*
 * Interface for the command line: one table of options, from which parsing,
 * --help and the manual page are made, and what a command line came to.
 */
#ifndef TCPCLOSE_CLI_OPTIONS_H
#define TCPCLOSE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/kinds.h"
#include "tcpclose/error.h"

enum action {
	ACTION_ANALYZE,
	ACTION_EXPLAIN,
	ACTION_LIST_FINDINGS,
	ACTION_SCHEMA,
	ACTION_HELP,
	ACTION_MANUAL,
	ACTION_LIST_INTERFACES,
	ACTION_VERSION,
	N_ACTIONS
};

/* Progress and colour: by themselves on a terminal, or as told. */
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct option_row;

/* Words of the command line, borrowed from it. */
struct words {
	size_t n;
	const char **at;
};

#define OPTION_ROWS 64 /* there are fewer */

struct options {
	int64_t action;           /* enum action */
	const char *subject;      /* of --explain and --schema */
	const char *filter_file;  /* -F; NULL if none */
	char *filter;             /* the trailing words, joined; NULL if none */
	struct words inputs;      /* -r */
	const char *interface;    /* -i; NULL: files are read */
	struct words outputs;     /* -o; never empty after parsing */
	int64_t snapshot_length;  /* bytes */
	int64_t buffer_kib;       /* of the kernel, for a live capture */
	int64_t promiscuous;      /* bool */
	int64_t immediate;        /* bool */
	int64_t kernel_states;    /* bool */
	const char *user;         /* to become; NULL: nobody, if root */
	int64_t sandbox;          /* bool */
	int64_t count;            /* packets to read; 0: all */
	int64_t rotate_every;     /* ns; 0: not by time */
	int64_t rotate_size;      /* bytes; 0: not by size */
	int64_t rotate_files;     /* 0: any number */
	const char *command;      /* on each finished file; NULL: none */
	int64_t events;           /* bits 1 << enum event_type */
	int64_t findings;         /* bits 1 << index of a kind */
	int64_t min_severity;     /* enum severity */
	int64_t fail_on;          /* enum severity; -1: do not */
	int64_t only_troubled;    /* bool */
	int64_t time_wait;        /* ns */
	int64_t port_range;       /* ports */
	int64_t linger;           /* ns */
	int64_t idle_timeout;     /* ns */
	int64_t max_memory;       /* bytes */
	int64_t ignore_vlan;      /* bool */
	int64_t verify_checksums; /* bool */
	int64_t quiet, verbose;   /* bool */
	int64_t progress, color;  /* enum when */
	const char *given[OPTION_ROWS]; /* what each row was given last */
};

enum option_group {
	GROUP_READING,
	GROUP_WRITING,
	GROUP_ANALYSIS,
	GROUP_TERMINAL,
	GROUP_ASKING,
	GROUP_LIVE,
	GROUP_RIGHTS,
	N_OPTION_GROUPS,
	GROUP_HIDDEN = N_OPTION_GROUPS, /* parsed, not shown */
};

/* How the argument of an option is understood, and where it is put. */
enum option_kind {
	OPTION_SET,      /* no argument: the int64_t becomes .value */
	OPTION_ACT,      /* the action becomes .value, the argument subject */
	OPTION_TEXT,     /* const char * */
	OPTION_WORDS,    /* struct words: one more */
	OPTION_COUNT,    /* int64_t >= 1 */
	OPTION_SECONDS,  /* int64_t, ns */
	OPTION_PERIOD,   /* int64_t, ns, at least a second */
	OPTION_MILLIONS, /* int64_t, bytes: millions, or with k, M, G */
	OPTION_PORTS,    /* int64_t, how many: LOW-HIGH */
	OPTION_SIZE,     /* int64_t, bytes; k, M, G, T are 1024-fold each */
	OPTION_WORD,     /* int64_t: place in .words */
	OPTION_EVENTS,   /* int64_t: set of event types */
	OPTION_FINDINGS, /* int64_t: set of kinds of findings */
	OPTION_IGNORED,  /* accepted for the habit of it */
};

/*
 * Adding an option: a row in option_table.c, and whoever reads its field.
 * At least one of letter and name is there.
 */
struct option_row {
	int letter;           /* 0: none */
	const char *name;     /* without the dashes; NULL: none */
	const char *argument; /* its name in help; NULL: takes none */
	enum option_group group;
	enum option_kind kind;
	size_t offset;            /* in struct options */
	int64_t value;            /* OPTION_SET, OPTION_ACT */
	const char *const *words; /* OPTION_WORD; NULL-ended */
	bool is_analysis;         /* named in the run record if not default */
	const char *help;         /* sentences, wrapped by the reader */
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;

/* The title of a group. */
const char *option_group_title(enum option_group group);

/* What the program does if nothing is asked for. */
void options_init(struct options *options);

/*
 * Understand a command line. The strings stay the caller's and are borrowed.
 *
 * Returns  TCPCLOSE_OK, or TCPCLOSE_EOPTION or _EUNSUPPORTED with one line
 *          for the user in err. options_fini() is due either way.
 */
int options_parse(struct options *options, int argc, char **argv,
                  const struct kinds *kinds, struct tcpclose_error *err);

void options_fini(struct options *options);

#endif
