/* The closes that RFC 9293 draws, and their everyday shortcuts. */
#include "figure.h"

/* clang-format off */

/* RFC 9293 section 3.6, Figure 12: normal close, watched from the middle. */
static void a_normal_close_ends_in_time_wait_and_closed(void **state)
{
	draw(*state,
	/*  t      A                                         B            */
	"0.000  ESTABLISHED                                ESTABLISHED ",
	"0.100  FIN-WAIT-1   -->  F. 1:1(0) ack 1   -->    CLOSE-WAIT? ",
	"0.130  FIN-WAIT-2?  <--   . 1:1(0) ack 2   <--    CLOSE-WAIT  : acks_fin",
	"0.500  TIME-WAIT?   <--  F. 1:1(0) ack 2   <--    LAST-ACK    ",
	"0.530  TIME-WAIT    -->   . 2:2(0) ack 2   -->    CLOSED?     ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		model_figure(a_normal_close_ends_in_time_wait_and_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
