/*
 * The machine of one end: RFC 9293 section 3.3.2, read as a table. A
 * connection has two of them. The rules by which events are recognised stand
 * in observe.c; here stands only what they do.
 */
#include "tcp/state.h"

#include <stddef.h>
#include <string.h>

const char *tcp_state_name(enum tcp_state state)
{
	static const char *const names[N_TCP_STATES] = {
#define X(id, name, shown) [id] = name,
		TCP_STATES(X)
#undef X
	};
	return names[state];
}

enum tcp_state tcp_state_named(const char *name)
{
	for (int i = 0; name && i < N_TCP_STATES; i++)
		if (strcmp(tcp_state_name((enum tcp_state)i), name) == 0)
			return (enum tcp_state)i;
	return UNKNOWN;
}

const char *tcp_state_shown(enum tcp_state state)
{
	static const char *const names[N_TCP_STATES] = {
#define X(id, name, shown) [id] = shown,
		TCP_STATES(X)
#undef X
	};
	return names[state];
}

const char *tcp_event_name(enum tcp_event event)
{
	static const char *const names[N_TCP_EVENTS] = {
#define X(id, name) [id] = name,
		TCP_EVENTS(X)
#undef X
	};
	return names[event];
}

const char *tcp_grade_name(enum tcp_grade grade)
{
	switch (grade) {
	case GRADE_NONE:
		return NULL;
	case GRADE_EXPIRED:
		return "expired";
	case GRADE_PRESUMED:
		return "presumed";
	case GRADE_CERTAIN:
		return "certain";
	}
	return NULL;
}

/* clang-format off */
#define TO(state) ((state) + 1) /* 0, an entry not written, means: stays */

const unsigned char tcp_machine[N_TCP_STATES][N_TCP_EVENTS] = {
/*
 * An end that the capture has not met yet. Whoever speaks or is spoken to
 * without a SYN was at least ESTABLISHED before the capture began.
 */
[UNKNOWN]      = { [SENT_SYN]      = TO(SYN_SENT),     /* 3.10.1 */
                   [SENT_SYN_ACK]  = TO(SYN_RECEIVED), /* 3.10.7.2 */
                   [SENT_SEGMENT]  = TO(ESTABLISHED),
                   [HEARD_SYN_ACK] = TO(ESTABLISHED),  /* its SYN missed */
                   [HEARD_ACK]     = TO(ESTABLISHED),
                   [SENT_FIN]      = TO(FIN_WAIT_1),
                   [HEARD_FIN]     = TO(CLOSE_WAIT),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED) },
/* Both SYNs crossing is SENT_SYN_ACK here: 3.10.7.3, simultaneous open. */
[SYN_SENT]     = { [HEARD_SYN_ACK] = TO(ESTABLISHED),  /* 3.10.7.3 */
                   [SENT_SYN_ACK]  = TO(SYN_RECEIVED), /* 3.10.7.3 */
                   [SENT_SEGMENT]  = TO(ESTABLISHED),
                   [SENT_FIN]      = TO(FIN_WAIT_1),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),       /* 3.10.7.3 */
                   [TIMED_OUT]     = TO(CLOSED) },
[SYN_RECEIVED] = { [HEARD_ACK]     = TO(ESTABLISHED),  /* 3.10.7.4/5 */
                   [HEARD_SYN_ACK] = TO(ESTABLISHED),  /* 3.5, figure 7 */
                   [SENT_SEGMENT]  = TO(ESTABLISHED),
                   [SENT_FIN]      = TO(FIN_WAIT_1),   /* 3.10.4 */
                   [HEARD_FIN]     = TO(CLOSE_WAIT),   /* 3.10.7.4/8 */
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),       /* 3.10.7.4/2 */
                   [TIMED_OUT]     = TO(CLOSED) },
[ESTABLISHED]  = { [SYN_UNACKED]   = TO(SYN_RECEIVED),
                   [SENT_FIN]      = TO(FIN_WAIT_1),   /* 3.10.4 */
                   [HEARD_FIN]     = TO(CLOSE_WAIT),   /* 3.10.7.4/8 */
                   [SENT_RST]      = TO(CLOSED),       /* 3.10.5 */
                   [HEARD_RST]     = TO(CLOSED) },     /* 3.10.7.4/2 */
/* A FIN whose ACK was lost keeps its sender here: FIN_UNACKED leads back. */
[FIN_WAIT_1]   = { [FIN_ACKED]     = TO(FIN_WAIT_2),   /* 3.10.7.4/5 */
                   [HEARD_FIN]     = TO(CLOSING),      /* 3.10.7.4/8 */
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),
                   [TIMED_OUT]     = TO(CLOSED) },     /* an orphan gives up */
[FIN_WAIT_2]   = { [HEARD_FIN]     = TO(TIME_WAIT),    /* 3.10.7.4/8 */
                   [FIN_UNACKED]   = TO(FIN_WAIT_1),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),
                   [TIMED_OUT]     = TO(CLOSED) },     /* tcp_fin_timeout */
[CLOSING]      = { [FIN_ACKED]     = TO(TIME_WAIT),    /* 3.10.7.4/5 */
                   [FIN_UNHEARD]   = TO(FIN_WAIT_1),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),
                   [TIMED_OUT]     = TO(CLOSED) },
/* An RST ends TIME_WAIT too, unless the stack follows RFC 1337. */
[TIME_WAIT]    = { [FIN_UNACKED]   = TO(CLOSING),
                   [FIN_UNHEARD]   = TO(FIN_WAIT_2),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),       /* 3.10.7.4/2 */
                   [TIMED_OUT]     = TO(CLOSED) },     /* 3.10.8 */
[CLOSE_WAIT]   = { [SENT_FIN]      = TO(LAST_ACK),     /* 3.10.4 */
                   [FIN_UNHEARD]   = TO(ESTABLISHED),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED) },
[LAST_ACK]     = { [FIN_ACKED]     = TO(CLOSED),       /* 3.10.7.4/5 */
                   [FIN_UNHEARD]   = TO(FIN_WAIT_1),
                   [SENT_RST]      = TO(CLOSED),
                   [HEARD_RST]     = TO(CLOSED),
                   [TIMED_OUT]     = TO(CLOSED) },
/* The way back for an end that was thought closed and speaks again. */
[CLOSED]       = { [FIN_UNACKED]   = TO(LAST_ACK) },
};
/* clang-format on */
