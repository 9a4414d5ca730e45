/* The action that the program is for: captures in, records out. */
#include "cli/actions.h"

#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer.h"
#include "base/alloc.h"
#include "base/error.h"
#include "capture/capture.h"
#include "cli/complain.h"
#include "cli/inputs.h"
#include "cli/kernel_states.h"
#include "cli/live.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/protect.h"
#include "cli/run_info.h"
#include "cli/signals.h"

struct run {
	const struct options *options;
	struct inputs inputs;
	struct outputs outputs;
	struct analyzer *analyzer;
	struct progress progress;
	struct run_info info;
	struct sandbox_report sandbox;
	struct live live;
	struct kernel_states kernel;
	bool began;                   /* the run record is written */
	struct tcpclose_error broken; /* what came of a capture; or clear */
	struct capture_loss loss;     /* the newest that was noted */
	bool is_waited;   /* somebody waits at the other end for each record */
	bool is_complete; /* -W files of -G are done */
	bool failed;      /* the analysis could not go on */
};

static int take_record(void *ctx, const struct record *record)
{
	struct run *run = ctx;
	outputs_record(&run->outputs, record);
	if (run->is_waited)
		outputs_flush(&run->outputs);
	return outputs_are_gone(&run->outputs) ? TCPCLOSE_EIO : TCPCLOSE_OK;
}

static const char *source_name(void *ctx, uint32_t i)
{
	const struct run *run = ctx;
	return inputs_name(&run->inputs, i);
}

static enum host_answer ask_kernel(void *ctx,
                                   const struct host_four_tuple *name,
                                   struct host_socket *out)
{
	struct run *run = ctx;
	return kernel_states_ask(&run->kernel, name, out);
}

/* So that nobody who sends packets can aim at one bucket of the tables. */
static uint64_t random_seed(void)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uint64_t)getpid();
	return seed;
}

static struct analyzer_options analysis_of(const struct options *options,
                                           const struct inputs *inputs)
{
	struct analyzer_options analysis;
	analyzer_options_init(&analysis);
	analysis.decode.checksums =
		options->verify_checksums ? CHECKSUM_VERIFY : CHECKSUM_IGNORE;
	analysis.decode.ignore_vlan = options->ignore_vlan;
	analysis.time_wait = options->time_wait;
	analysis.port_range = (uint32_t)options->port_range;
	analysis.linger = options->linger;
	analysis.idle_timeout = options->idle_timeout;
	analysis.max_memory = (uint64_t)options->max_memory;
	analysis.hash_seed = random_seed();
	analysis.want_states = options->events >> EVENT_TCP_STATE & 1;
	analysis.findings = (uint64_t)options->findings;
	analysis.min_severity = (enum severity)options->min_severity;
	analysis.live = options->interface != NULL;
	analysis.only_troubled = options->only_troubled;
	analysis.several_sources = capture_n_sources(inputs->capture) > 1;
	return analysis;
}

static bool stdin_is_no_file(void)
{
	struct stat st;
	return fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
}

static bool start_analyzer(struct run *run)
{
	struct analyzer_options analysis =
		analysis_of(run->options, &run->inputs);
	run->is_waited = run->inputs.has_stdin && stdin_is_no_file();
	if (run->is_waited)
		analysis.batch = 1;
	const struct analyzer_sink sink = {
		.ctx = run,
		.record = take_record,
		.source_name = source_name,
		.ask_kernel = run->options->kernel_states ? ask_kernel : NULL,
	};
	run->analyzer = analyzer_new(&analysis, &sink, &alloc_default);
	if (!run->analyzer) {
		say("no memory");
		return false;
	}
	outputs_keep_ledger(&run->outputs, analyzer_ledger(run->analyzer));
	return true;
}

/* Written with the first packet, because link types may be known only then. */
static void begin(struct run *run, int64_t timestamp)
{
	if (run->began)
		return;
	run->began = true;
	run_info_fill(&run->info, run->options, &run->inputs, &run->sandbox,
	              timestamp);
	const struct record record = record_of_run(&run->info.record);
	take_record(run, &record);
	outputs_keep_run(&run->outputs, &run->info.record);
}

/* A capture broke: the others go on. */
static void note_broken(struct run *run, const struct tcpclose_error *err)
{
	if (err->status != TCPCLOSE_ETRUNCATED) {
		run->inputs.n_failed++;
		complain(err);
		return;
	}
	if (signals_say_stop())
		return; /* it was us who cut it off */
	run->inputs.n_truncated++;
	if (!run->options->quiet)
		complain_mildly(err);
}

static void fill_stats(struct run *run, struct stats_record *stats, bool final)
{
	/* If the outputs are gone, whoever comes next will see it. */
	(void)analyzer_settle(run->analyzer);
	analyzer_stats(run->analyzer, stats);
	inputs_fill_stats(&run->inputs, stats);
	kernel_states_fill_stats(&run->kernel, stats);
	outputs_fill_stats(&run->outputs, stats);
	stats->final = final;
}

static void write_stats(struct run *run, bool final)
{
	struct stats_record stats;
	fill_stats(run, &stats, final);
	(void)analyzer_accounts(run->analyzer, stats.head.source, final);
	const struct record record = record_of_stats(&stats);
	outputs_record(&run->outputs, &record);
}

static void renew_metrics(struct run *run)
{
	struct stats_record stats;
	if (!outputs_want_renewal(&run->outputs))
		return;
	fill_stats(run, &stats, false);
	const struct record record = record_of_stats(&stats);
	outputs_renew(&run->outputs, &record);
}

static void heed_signals(struct run *run)
{
	if (signals_say_reopen()) {
		/* A report that ends here tells them. */
		write_stats(run, false);
		outputs_reopen(&run->outputs);
	}
	if (signals_say_stats()) {
		write_stats(run, false);
		outputs_flush(&run->outputs);
	}
}

/* As many as were asked for. */
static bool is_counted(const struct run *run)
{
	return run->options->count &&
	       run->progress.packets >= (uint64_t)run->options->count;
}

static bool is_enough(const struct run *run)
{
	return signals_say_stop() || run->is_complete || is_counted(run);
}

static int take_packet(struct run *run, const struct tcpclose_packet *pkt)
{
	begin(run, pkt->ts);
	return analyzer_gather(run->analyzer, pkt);
}

/* No packet comes, so time is told to the analyzer; then there is nothing to do
 * but wait. */
static int pass_time(struct run *run)
{
	struct pollfd also[LIVE_ALSO];
	const int status =
		analyzer_advance(run->analyzer, live_past(&run->live));
	outputs_flush(&run->outputs);
	const size_t n = outputs_waiting(&run->outputs, also, LIVE_ALSO);
	live_wait(&run->live, run->inputs.capture, run->options->quiet, also,
	          n);
	return status;
}

static int note_losses(struct run *run)
{
	struct capture_loss *loss = &run->loss;
	int status = TCPCLOSE_OK;
	while (status >= 0 && capture_take_loss(run->inputs.capture, loss))
		status =
			analyzer_note_loss(run->analyzer, loss->from, loss->to);
	return status;
}

static void turn_outputs(struct run *run, int64_t now)
{
	run->is_complete = outputs_are_complete(&run->outputs, now);
	if (run->is_complete)
		return;
	write_stats(run, false);
	outputs_turn(&run->outputs, now);
}

/* What came of reading a row of packets. */
struct row {
	unsigned n; /* packets */
	bool busy;  /* there may be more at once */
	bool ended;
};

static void heed_clock(struct run *run, const struct row *row)
{
	const struct live_duties due =
		live_duties(&run->live, row->n, row->busy);
	if (!due.is_looked)
		return;
	outputs_tend(&run->outputs, due.now);
	if (outputs_are_due(&run->outputs, due.now))
		turn_outputs(run, due.now);
	if (due.drops || due.stats)
		capture_count_drops(run->inputs.capture, live_now());
	if (due.stats)
		write_stats(run, false);
	if (due.flush)
		outputs_flush(&run->outputs);
	if (due.metrics)
		renew_metrics(run);
}

static void begin_live(struct run *run)
{
	if (!run->options->interface)
		return;
	live_begin(&run->live);
	capture_count_drops(run->inputs.capture, live_now());
	begin(run, live_now());
	outputs_flush(&run->outputs);
	renew_metrics(run);
}

/* Returns what the analyzer did, if it failed; so do the two below. */
static int read_one(struct run *run, struct row *row)
{
	struct tcpclose_packet pkt;
	const int got = capture_next(run->inputs.capture, &pkt, &run->broken);
	const int status = note_losses(run);
	if (status != TCPCLOSE_OK)
		return status;
	if (got == 1) {
		row->n++;
		return take_packet(run, &pkt);
	}
	if (got < 0) {
		note_broken(run, &run->broken);
		error_clear(&run->broken);
		return TCPCLOSE_OK;
	}
	row->busy = false;
	row->ended = got == 0;
	return row->ended ? TCPCLOSE_OK : pass_time(run);
}

/* Not so many that clock and signals wait long; one where somebody waits for
 * what it brings; and no more than were asked for. */
static unsigned row_size(const struct run *run)
{
	const unsigned most = run->is_waited ? 1 : LIVE_ROW;
	const uint64_t wanted = (uint64_t)run->options->count;
	const uint64_t left = wanted - run->progress.packets;
	return wanted && left < most ? (unsigned)left : most;
}

static int read_row(struct run *run, struct row *row)
{
	const unsigned most = row_size(run);
	int status = TCPCLOSE_OK;
	*row = (struct row){ .busy = true };
	while (status == TCPCLOSE_OK && row->busy && row->n < most)
		status = read_one(run, row);
	progress_step(&run->progress, row->n, run->inputs.capture);
	return status;
}

static int read_all(struct run *run)
{
	struct row row = { 0 };
	while (!row.ended && !is_enough(run)) {
		const int status = read_row(run, &row);
		if (status != TCPCLOSE_OK)
			return status;
		heed_clock(run, &row);
		heed_signals(run);
	}
	return TCPCLOSE_OK;
}

/* What was dropped since the last second counts, too. */
static int end_live(struct run *run)
{
	if (run->options->interface)
		capture_count_drops(run->inputs.capture, live_now());
	return note_losses(run);
}

static void note_analysis(struct run *run, int status)
{
	if (status == TCPCLOSE_OK || outputs_are_gone(&run->outputs))
		return;
	run->failed = true;
	say("the analysis ended early: no memory; see --max-memory");
}

static void read_and_report(struct run *run)
{
	progress_begin(&run->progress, run->options);
	begin_live(run);
	int status = read_all(run);
	const int ended = end_live(run);
	if (status == TCPCLOSE_OK)
		status = ended;
	if (status == TCPCLOSE_OK)
		status = analyzer_finish(run->analyzer);
	progress_clear(&run->progress);
	note_analysis(run, status);
	begin(run, 0);
	write_stats(run, true);
	if (run->options->verbose) {
		inputs_describe(&run->inputs);
		say("%" PRIu64 " packets, %.0f a second", run->progress.packets,
		    progress_rate(&run->progress));
	}
}

static int usage_or_not_all(const struct tcpclose_error *err)
{
	if (err->status == TCPCLOSE_OK)
		return EXIT_NOT_ALL; /* it was told already */
	complain(err);
	return err->status == TCPCLOSE_EOPTION ||
	                       err->status == TCPCLOSE_EUNSUPPORTED
	               ? EXIT_USAGE
	               : EXIT_NOT_ALL;
}

static int verdict(struct run *run)
{
	const int64_t fail_on = run->options->fail_on;
	if (run->failed || run->inputs.n_failed)
		return EXIT_NOT_ALL;
	if (fail_on >= 0 &&
	    analyzer_found(run->analyzer, (enum severity)fail_on))
		return EXIT_FOUND;
	return EXIT_DONE;
}

/* Whatever needs a file, a name or a socket: nothing is read or written yet. */
static int open_all(struct run *run, const struct kinds *kinds,
                    struct tcpclose_error *err)
{
	int status = outputs_choose(&run->outputs, run->options, kinds, err);
	if (status == TCPCLOSE_OK)
		status = inputs_open(&run->inputs, run->options, err);
	if (status == TCPCLOSE_OK)
		status = kernel_states_open(&run->kernel, run->options, err);
	if (status == TCPCLOSE_OK)
		status = outputs_open(&run->outputs, err);
	return status;
}

/* Files are emptied after inputs were looked into: a mistyped capture costs
 * nobody the report of yesterday. */
static int begin_all(struct run *run)
{
	struct tcpclose_error err = { 0 };
	if (!inputs_begin(&run->inputs))
		return EXIT_NOT_ALL;
	if (outputs_begin(&run->outputs, &err) != TCPCLOSE_OK)
		return usage_or_not_all(&err);
	return start_analyzer(run) ? EXIT_DONE : EXIT_NOT_ALL;
}

/*
 * The order in which a run begins. Captures come from strangers, so:
 *
 *	1. open    inputs, outputs, sockets, processes that are to stay outside
 *	           (the helper of -z): whatever takes files, names or rights
 *	2. protect all rights go: user, capabilities, Landlock, seccomp
 *	3. begin   the first byte of a capture is read, outputs are emptied;
 *	           threads are begun, which must be inside
 */
static int get_ready(struct run *run, const struct kinds *kinds)
{
	struct tcpclose_error err = { 0 };
	int status = open_all(run, kinds, &err);
	if (status == TCPCLOSE_OK)
		status = protect(run->options, &run->inputs, &run->kernel,
		                 &run->outputs, &run->sandbox, &err);
	if (status != TCPCLOSE_OK)
		return usage_or_not_all(&err);
	return begin_all(run);
}

int act_analyze(const struct options *options, const struct kinds *kinds)
{
	struct run run = { .options = options };
	signals_watch();
	int code = get_ready(&run, kinds);
	if (code == EXIT_DONE) {
		read_and_report(&run);
		code = verdict(&run);
	}
	if (!outputs_close(&run.outputs))
		code = EXIT_NOT_ALL;
	analyzer_free(run.analyzer);
	inputs_close(&run.inputs);
	kernel_states_close(&run.kernel);
	return code;
}
