#include "record/record.h"

/* clang-format off */
static const char *const event_names[N_EVENTS + 1] = {
#define X(id, name, meaning) name,
#include "record/events.def"
#undef X
};

static const char *const event_meanings[N_EVENTS] = {
#define X(id, name, meaning) meaning,
#include "record/events.def"
#undef X
};

static const struct field *const event_fields[N_EVENTS] = {
	[EVENT_TCP_CLOSE]   = close_record_fields,
	[EVENT_TCP_FINDING] = finding_record_fields,
	[EVENT_TCP_STATE]   = state_record_fields,
	[EVENT_TCP_ROUTE]   = route_record_fields,
	[EVENT_TCP_SERVICE] = service_record_fields,
	[EVENT_TCP_HOST]    = host_record_fields,
	[EVENT_STATS]       = stats_record_fields,
	[EVENT_RUN]         = run_record_fields,
};

const char *const severity_words[] = {
	"info", "notice", "warning", "error", NULL,
};

const char *const confidence_words[] = {
	"possible", "likely", "certain", NULL,
};

/* RFC 9293's states as OpenTelemetry's network.connection.state spells them. */
const char *const state_words[] = {
	"syn_sent", "syn_received", "established", "fin_wait_1", "fin_wait_2",
	"closing", "time_wait", "close_wait", "last_ack", "closed", "unknown",
	NULL,
};

const char *const state_grade_words[] = {
	"certain", "presumed", "expired", NULL,
};

const char *const end_words[] = { "client", "server", "both", NULL };

const char *const close_kind_words[] = {
	"fin", "reset", "refused", "unanswered", "open", NULL,
};

const char *const conn_state_words[] = {
	"SF", "S1", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR",
	"REJ", "S0", "OTH", NULL,
};
/* clang-format on */

const char *event_type_name(enum event_type type)
{
	return event_names[type];
}

const char *event_type_meaning(enum event_type type)
{
	return event_meanings[type];
}

const struct field *event_type_fields(enum event_type type)
{
	return event_fields[type];
}

const char *severity_name(enum severity severity)
{
	return severity_words[severity];
}

const char *confidence_name(enum confidence confidence)
{
	return confidence_words[confidence];
}

static struct record view(enum event_type type, const void *data)
{
	return (struct record){
		.type = type,
		.fields = event_fields[type],
		.data = data,
	};
}

struct record record_of_close(const struct close_record *r)
{
	return view(EVENT_TCP_CLOSE, r);
}

struct record record_of_finding(const struct finding_record *r)
{
	struct record of = view(EVENT_TCP_FINDING, r);
	of.kind = r->kind;
	of.detail = r->kind && r->kind->fields ? r->detail : NULL;
	return of;
}

struct record record_of_state(const struct state_record *r)
{
	return view(EVENT_TCP_STATE, r);
}

struct record record_of_route(const struct route_record *r)
{
	return view(EVENT_TCP_ROUTE, r);
}

struct record record_of_service(const struct service_record *r)
{
	return view(EVENT_TCP_SERVICE, r);
}

struct record record_of_host(const struct host_record *r)
{
	return view(EVENT_TCP_HOST, r);
}

struct record record_of_stats(const struct stats_record *r)
{
	return view(EVENT_STATS, r);
}

struct record record_of_run(const struct run_record *r)
{
	return view(EVENT_RUN, r);
}
