/*
 * The states of one end of a connection, what can happen to it, and how sure
 * a tap can be of it. Names are RFC 9293's.
 */
#ifndef TCPCLOSE_TCP_STATE_H
#define TCPCLOSE_TCP_STATE_H

/* X(STATE, "as in records", "as ss prints it"). LISTEN never meets a segment
 * of this connection before it leaves it; UNKNOWN is the tap's own. */
#define TCP_STATES(X)                                                          \
	X(UNKNOWN, "unknown", "UNKNOWN")                                       \
	X(SYN_SENT, "syn_sent", "SYN-SENT")                                    \
	X(SYN_RECEIVED, "syn_received", "SYN-RECV")                            \
	X(ESTABLISHED, "established", "ESTAB")                                 \
	X(FIN_WAIT_1, "fin_wait_1", "FIN-WAIT-1")                              \
	X(FIN_WAIT_2, "fin_wait_2", "FIN-WAIT-2")                              \
	X(CLOSING, "closing", "CLOSING")                                       \
	X(TIME_WAIT, "time_wait", "TIME-WAIT")                                 \
	X(CLOSE_WAIT, "close_wait", "CLOSE-WAIT")                              \
	X(LAST_ACK, "last_ack", "LAST-ACK")                                    \
	X(CLOSED, "closed", "CLOSED")

enum tcp_state {
#define X(id, name, shown) id,
	TCP_STATES(X)
#undef X
		N_TCP_STATES
};

/*
 * What happens to an end. SENT_* is proved by the end's own segment; HEARD_*
 * and FIN_ACKED are presumed when a segment passes towards it and proved when
 * the end answers; the last group takes a presumption back.
 */
#define TCP_EVENTS(X)                                                          \
	X(SENT_SYN, "sent_syn")           /* opens actively */                 \
	X(SENT_SYN_ACK, "sent_syn_ack")   /* answers a SYN */                  \
	X(SENT_SEGMENT, "sent_segment")   /* speaks as one that is open */     \
	X(SENT_FIN, "sent_fin")           /* closed or shut down its side */   \
	X(SENT_RST, "sent_rst")           /* has no connection any more */     \
	X(HEARD_SYN_ACK, "heard_syn_ack") /* its SYN was acknowledged */       \
	X(HEARD_ACK, "heard_ack")         /* its SYN+ACK was acknowledged */   \
	X(HEARD_FIN, "heard_fin")         /* the peer's FIN, in order */       \
	X(FIN_ACKED, "fin_acked")         /* its own FIN was acknowledged */   \
	X(HEARD_RST, "heard_rst")         /* an acceptable RST */              \
	X(TIMED_OUT, "timed_out")         /* a timer the wire does not show */ \
	X(REPLACED, "replaced")           /* it opened a new life */           \
	X(SYN_UNACKED, "syn_unacked")     /* the ACK of its SYN+ACK did not */ \
	X(FIN_UNHEARD, "fin_unheard")     /* the peer's FIN did not arrive */  \
	X(FIN_UNACKED, "fin_unacked")     /* the ACK of its FIN did not */     \
	X(SURVIVED, "survived")           /* it goes on after a reset */

enum tcp_event {
#define X(id, name) id,
	TCP_EVENTS(X)
#undef X
		N_TCP_EVENTS
};

/* How a tap knows; ordered by how much may be built on it. */
enum tcp_grade {
	GRADE_NONE,     /* not known at all */
	GRADE_EXPIRED,  /* a timer must have run out by now */
	GRADE_PRESUMED, /* true if the segments that passed were delivered */
	GRADE_CERTAIN,  /* the end's own segments prove it */
};

const char *tcp_state_name(enum tcp_state state);  /* "fin_wait_1" */
enum tcp_state tcp_state_named(const char *name);  /* UNKNOWN: none */
const char *tcp_state_shown(enum tcp_state state); /* "FIN-WAIT-1", as ss */
const char *tcp_event_name(enum tcp_event event);
const char *tcp_grade_name(enum tcp_grade grade);

/* The table of RFC 9293 section 3.3.2, one for each end: the state that follows
 * plus 1; 0: the same. */
extern const unsigned char tcp_machine[N_TCP_STATES][N_TCP_EVENTS];

/*
 * The state that follows, by RFC 9293 sections 3.3.2 and 3.10; the same state
 * if the event changes nothing.
 *
 * prior    what a CLOSED end was before it closed: the end returns there if
 *          it turns out that it never did
 */
static inline enum tcp_state
machine_next(enum tcp_state state, enum tcp_event event, enum tcp_state prior)
{
	if (state == CLOSED && event == SURVIVED)
		return prior;
	if (event == REPLACED)
		return CLOSED;
	const unsigned char to = tcp_machine[state][event];
	return to ? (enum tcp_state)(to - 1) : state;
}

#endif
