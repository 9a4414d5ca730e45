#include "record/ledger.h"

#include "record/time.h"

void ledger_init(struct ledger *l, int64_t time_wait, int64_t port_range)
{
	*l = (struct ledger){ .time_wait = time_wait,
		              .port_range = port_range };
	census_init(&l->census, time_wait);
	routes_init(&l->routes, time_wait);
}

double ledger_ceiling(const struct ledger *l)
{
	if (l->time_wait <= 0)
		return 0;
	return (double)l->port_range * (double)NS_PER_SECOND /
	       (double)l->time_wait;
}

void ledger_fill_stats(const struct ledger *l, struct stats_record *stats)
{
	stats->ends = census_ends(&l->census, stats->head.timestamp);
	stats->ends_peak = census_peaks(&l->census);
	stats->ends_peak_at = census_peak_times(&l->census);
	stats->time_waits.client = l->held[ROLE_CLIENT];
	stats->time_waits.server = l->held[ROLE_SERVER];
}
