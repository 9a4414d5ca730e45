/*
 * Figures: tests drawn as RFC 9293 draws a close. A's state, the segment, B's
 * state; the figure is the packets, the script and the assertions at once.
 *
 *	draw(*state,
 *	"0.000  ESTABLISHED                                ESTABLISHED ",
 *	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
 *	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  ");
 *
 * Time     seconds, when the segment passes the tap.
 * States   RFC 9293's names, and UNKNOWN, after the segment has passed.
 *          `?` presumed: it holds if the segment is delivered; `~` expired: a
 *          timer must have run out; nothing: certain. `-` asserts nothing.
 * Flags    as tcpdump: F S R P U E W, and `.` for ACK.
 * Numbers  seq:end(len) and `ack n`, relative: the SYN is at 0, the first
 *          byte at 1. The FIN is not counted in `end`, as in tcpdump. A later
 *          life of the four-tuple goes on in the same space (its SYN may be
 *          `S 65539:65539(0)`). `=n:n(0)` is the number on the wire, as in
 *          the RST that refuses a SYN: `R. =0:0(0) ack 1`.
 * win n    bytes; scaled by 2^7 on the wire unless the segment is a SYN. An
 *          end goes on advertising what it drew last, 64000 at first.
 * id n     IP-ID (IPv4): counts up by itself, 0 where Linux sends 0
 * ttl n    64 by itself
 * port n   A's port, 40000 by itself: another connection between the two
 *          hosts, whose states the row shows. The ends remember one at a time.
 * <...>    options, `, ` between them: `ts 100 ecr 50`, `ts 100`, `ecr 50`,
 *          `no ts`, `sack 5:6`, `mss 1460`, `ws 7`, `sackOK`, `cut` (the
 *          capture cut them off); `<>` is none at all. What a row leaves out
 *          the ends put in: TSval is a clock of 1 ms, TSecr what RFC 7323
 *          section 4.3 lets the end echo at the moment of sending. `ts n` and
 *          `ecr n` name a TSval by its clock, in ms of the figure's time.
 *          A row's order is: flags, numbers, ack, win, id, ttl, port,
 *          options.
 *
 * Arrows   -->  F. 1:1(0) ack 1  -->    passes the tap and arrives
 *          -->  F. 1:1(0) ack 1  --X    passes the tap, lost behind it: the
 *                                       model is shown it all the same
 *          --X  F. 1:1(0) ack 1  ...    lost before the tap: the model is
 *                                       not shown it
 *          ~~>  F. 1:1(0) ack 1  ~~>    arrives, but the capture dropped it
 *          and from B:  <-- <--,  X-- <--,  ... X--,  <~~ <~~
 *          -->  again            -->    A's last segment captured once more,
 *                                       bit for bit (`again ttl 63`: routed)
 *
 * A row without a segment lets time pass. If it is the first row, the
 * connection is established before it: SYN, SYN+ACK, ACK and a window update
 * by which B, too, is ESTABLISHED for certain. Those are frames 1 to 4; the
 * first segment drawn is frame 5. RTT from the tap is 10 ms to A and 20 ms to
 * B; MSS 1460, window scale 7, SACK, timestamps. A figure whose first row has
 * a segment has no handshake but what it draws: so begins a capture in
 * mid-stream, or a figure about handshakes.
 *
 * Behind a colon stands what else the step must say, `!` before a word that
 * it must not:
 *
 *	"0.500  TIME-WAIT  <--  F. 1:1(0) ack 2  <--  LAST-ACK : fin_copy
 *ack_lost",
 *
 * The words are enum step_meaning's in lower case, and those of figure_word.c.
 *
 * The analyzer's timers are late by up to two seconds, and a connection that
 * is over is frozen as it was.
 *
 * Rows without a time are about the whole figure: "no timestamps", "no sack",
 * "no window scaling", "mss 536", "rtt A 300 ms, B 20 ms", "seen from A only"
 * (segments of B are not captured), "seen from B only", "not over IPv6" (it
 * is about IP-IDs).
 *
 * Every figure runs several times: as drawn, with sequence numbers and
 * timestamps about to wrap, over IPv6, with A and B's addresses swapped, and,
 * if shown to the analyzer, out of a pcapng. A wrong row fails by printing the
 * row as drawn above the row as seen.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_H
#define TCPCLOSE_TESTS_FIGURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "figure_row.h"
#include "tcp/conn.h"

#define MS     1000000LL
#define SECOND (1000 * MS)

/* A test of figures that shows them to the model alone: conn_observe(). */
#define model_figure(test)                                                     \
	cmocka_unit_test_setup_teardown(test, figure_setup_model,              \
	                                figure_teardown)

/* One that shows them to the analyzer: states and what users get. */
#define figure(test)                                                           \
	{                                                                      \
#test ", analyzed", test, figure_setup, figure_teardown, NULL  \
	}

/* One that is of the model, and must not change in the analyzer. */
#define both_figures(test) model_figure(test), figure(test)

int figure_setup_model(void **state);
int figure_setup(void **state);
int figure_teardown(void **state);

/* Where the test stands. */
struct figure_place {
	const char *file;
	int line;
};

#define HERE (&(const struct figure_place){ __FILE__, __LINE__ })

#define draw(state, ...)                                                       \
	figure_draw(state, HERE, (const char *const[]){ __VA_ARGS__, NULL })

void figure_draw(void *state, const struct figure_place *place,
                 const char *const *rows);

/*
 * What users get, in every run of the figure. `part` is a part of a record in
 * JSON with single quotes: fields that are not named may be anything, null
 * asks for an absent one, lists are compared whole.
 *
 * expect_close()        some connection's object `close`
 * expect_connection()   some connection's whole record
 * expect_finding()      some finding of that name
 * expect_n_findings()   so many findings of that name
 */
#define expect_close(state, part) figure_expect_close(state, HERE, part)
#define expect_connection(state, part)                                         \
	figure_expect_connection(state, HERE, part)
#define expect_finding(state, name, part)                                      \
	figure_expect_finding(state, HERE, name, part)
#define expect_n_findings(state, name, n)                                      \
	figure_expect_n_findings(state, HERE, name, n)
#define expect_no_finding(state, name)                                         \
	figure_expect_no_finding(state, HERE, name)
#define expect_no_findings(state) figure_expect_no_finding(state, HERE, "")

void figure_expect_close(void *state, const struct figure_place *place,
                         const char *part);
void figure_expect_connection(void *state, const struct figure_place *place,
                              const char *part);
void figure_expect_finding(void *state, const struct figure_place *place,
                           const char *finding, const char *part);
void figure_expect_n_findings(void *state, const struct figure_place *place,
                              const char *finding, size_t n);
void figure_expect_no_finding(void *state, const struct figure_place *place,
                              const char *finding);

/* What the model holds after the last row, in every run of the figure:
 * expect_end(*state, SIDE_A, rtt, 10 * MS). */
#define expect_end(state, side, field, value)                                  \
	for (size_t run_ = 0; run_ < figure_runs(state); run_++)               \
	assert_int_equal(figure_end_of(state, run_, side)->field, value)

#define expect_fin(state, side, field, value)                                  \
	for (size_t run_ = 0; run_ < figure_runs(state); run_++)               \
	assert_int_equal(figure_fin_of(state, run_, side)->field, value)

#define expect_conn(state, field, value)                                       \
	for (size_t run_ = 0; run_ < figure_runs(state); run_++)               \
	assert_int_equal(figure_conn(state, run_)->field, value)

size_t figure_runs(void *state);
const struct conn *figure_conn(void *state, size_t run);
/* The TSval of that end's clock at `ms` of the figure's time. */
uint32_t figure_tsval(void *state, size_t run, enum figure_side side,
                      int64_t ms);
const struct end *figure_end_of(void *state, size_t run, enum figure_side side);
/* Fails the test if that end sent no FIN. */
const struct fin_story *figure_fin_of(void *state, size_t run,
                                      enum figure_side side);

#endif
