#include "base/seq.h"

int32_t seq_diff(struct tcp_seq a, struct tcp_seq b)
{
	return (int32_t)(a.wire - b.wire);
}

bool seq_lt(struct tcp_seq a, struct tcp_seq b)
{
	return seq_diff(a, b) < 0;
}

bool seq_eq(struct tcp_seq a, struct tcp_seq b)
{
	return a.wire == b.wire;
}

struct tcp_seq seq_add(struct tcp_seq a, int64_t n)
{
	return (struct tcp_seq){ a.wire + (uint32_t)n };
}

struct tcp_seq seq_wrap(int64_t position, struct tcp_seq isn)
{
	return seq_add(isn, position);
}

int64_t seq_unwrap(struct tcp_seq s, struct tcp_seq isn, int64_t near)
{
	return near + seq_diff(s, seq_wrap(near, isn));
}

int32_t ts_diff(struct tcp_ts a, struct tcp_ts b)
{
	return (int32_t)(a.wire - b.wire);
}
