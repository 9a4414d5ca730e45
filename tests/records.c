#include "records.h"

#include <string.h>

/* clang-format off */
static const char *const lost_words[] = {
	"behind_tap", "before_tap", "unknown", NULL,
};
static const char *const outcomes[] = { "recovered", "reset", NULL };

#define AT(member) offsetof(struct records_detail, member)
static const struct field detail_fields[] = {
	{ "lost", FIELD_WORD, AT(lost), .words = lost_words,
	  .meaning = "where the ACK was lost", .required = true },
	{ "ack_frame", FIELD_COUNT, AT(ack_frame),
	  .meaning = "the ACK that did not arrive" },
	{ "behind_ticks", FIELD_NUMBER, AT(behind), .unit = "ticks",
	  .meaning = "how far behind it was" },
	{ "reacked", FIELD_BOOL, AT(reacked),
	  .meaning = "a copy of the FIN was acknowledged again" },
	{ "gaps_us", FIELD_DURATIONS, AT(gaps), .unit = "us",
	  .meaning = "time between copies" },
	{ "probes", FIELD_NUMBERS, AT(probes), .meaning = "frames of probes" },
	{ "notes", FIELD_TEXTS, AT(notes), .meaning = "anything else" },
	{ "causes", FIELD_WORDS, AT(causes), .words = lost_words,
	  .meaning = "all causes" },
	{ "previous_flow_id", FIELD_ID, AT(previous_flow_id),
	  .meaning = "the life before" },
	{ "since", FIELD_TIME, AT(since), .meaning = "when it began" },
	FIELDS_END,
};
/* clang-format on */

const struct finding_kind records_kind = {
	.name = "lost_final_ack",
	.summary = "the last ACK did not arrive",
	.source = "RFC 9293 section 3.6",
	.outcomes = outcomes,
	.fields = detail_fields,
	.story = "An end sent its last ACK, but the other end repeats its FIN: "
		 "the ACK was lost on the way.\nA second paragraph.",
	.evidence = "A copy of the FIN after its ACK passed.",
	.remedy = "None, if it is rare.\n  sysctl net.ipv4.tcp_rfc1337",
};

struct ip_value records_ip(unsigned version, uint8_t last)
{
	struct ip_value ip = { .version = version };
	if (version == 4)
		memcpy(ip.addr.byte, (uint8_t[]){ 192, 0, 2, last }, 4);
	else
		memcpy(ip.addr.byte,
		       (uint8_t[]){ 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0,
		                    0, 0, 0, 0, last },
		       16);
	return ip;
}

int64_t records_time(double seconds)
{
	return INT64_C(1777885951000000000) + (int64_t)(seconds * 1e9);
}

static void fill_list(char *at, int64_t seed, int64_t unit)
{
	const uint32_t n = 2;
	memcpy(at, &n, sizeof(n));
	for (uint32_t i = 0; i < n; i++)
		memcpy(at + offsetof(struct numbers, at) + i * sizeof(int64_t),
		       &(int64_t){ (seed + i) * unit }, sizeof(int64_t));
}

static void fill_texts(char *at, const char *const *words)
{
	struct texts list = { .n = 2, .at = { "one", "two" } };
	if (words) {
		list.at[0] = words[0];
		list.at[1] = words[1];
	}
	memcpy(at, &list, sizeof(list));
}

static void fill_one(const struct field *f, char *at, int64_t seed)
{
	switch (f->type) {
	case FIELD_COUNT:
	case FIELD_NUMBER:
	case FIELD_FRAME:
	case FIELD_DECIMAL:
		memcpy(at, &seed, sizeof(seed));
		break;
	case FIELD_TIME:
		memcpy(at, &(int64_t){ records_time((double)seed) },
		       sizeof(int64_t));
		break;
	case FIELD_DURATION:
		memcpy(at, &(int64_t){ seed * 1000 }, sizeof(int64_t));
		break;
	case FIELD_BOOL:
		memcpy(at, &(int64_t){ seed % 2 }, sizeof(int64_t));
		break;
	case FIELD_ID:
		memcpy(at, &(uint64_t){ (uint64_t)seed }, sizeof(uint64_t));
		break;
	case FIELD_WORD:
		memcpy(at, &f->words[0], sizeof(f->words[0]));
		break;
	case FIELD_TEXT:
		memcpy(at, &f->name, sizeof(f->name));
		break;
	case FIELD_IP:
		memcpy(at,
		       &(struct ip_value[]){
			       records_ip(seed % 2 ? 4 : 6, (uint8_t)seed) },
		       sizeof(struct ip_value));
		break;
	case FIELD_NUMBERS:
	case FIELD_FRAMES:
		fill_list(at, seed, 1);
		break;
	case FIELD_DURATIONS:
		fill_list(at, seed, 1000);
		break;
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_SOURCES:
		fill_texts(at, f->words);
		break;
	case FIELD_OBJECT:
	case FIELD_PART:
		records_fill(f->fields, at, seed + 100);
		break;
	}
}

void records_fill(const struct field *fields, void *data, int64_t seed)
{
	for (const struct field *f = fields; f->name; f++)
		fill_one(f, (char *)data + f->offset, ++seed);
}

struct close_record records_close(void)
{
	struct close_record r = { 0 };
	fields_clear(close_record_fields, &r);
	r.head.timestamp = records_time(1);
	r.head.source = "a.pcap";
	r.flow.event_id = 1;
	r.flow.flow_id = 2;
	r.flow.ip_version = 4;
	r.started = records_time(0);
	r.ended = records_time(1);
	r.duration = 1000000000;
	r.close.kind = "fin";
	r.close.closed_first = "client";
	r.close.complete = 1;
	r.close.conn_state = "SF";
	r.client.ip = records_ip(4, 1);
	r.client.port = 50000;
	r.client.state = "time_wait";
	r.server.ip = records_ip(4, 2);
	r.server.port = 443;
	r.server.state = "closed";
	return r;
}

struct finding_record records_finding(enum severity severity, double seconds,
                                      const char *message)
{
	struct finding_record r = { 0 };
	fields_clear(finding_record_fields, &r);
	r.head.timestamp = records_time(seconds);
	r.head.source = "a.pcap";
	r.flow.event_id = (uint64_t)(seconds * 1000) + 1;
	r.kind = &records_kind;
	r.finding = records_kind.name;
	r.phase = "closed";
	r.severity = severity_name(severity);
	r.confidence = "certain";
	r.end = "server";
	r.outcome = "recovered";
	r.first_timestamp = records_time(seconds);
	r.last_timestamp = records_time(seconds + 2);
	r.duration = 2000000000;
	r.client.ip = records_ip(4, 1);
	r.client.port = 50000;
	r.server.ip = records_ip(4, 2);
	r.server.port = 443;
	r.message = message;
	r.filter = "tcp.stream eq 0";
	for (int64_t frame = 8; frame < 17; frame++)
		numbers_add(&r.frames, frame);
	return r;
}

static void short_connection(struct ledger *l, int64_t ts)
{
	const struct offender_key key = {
		.peer = records_ip(4, 1).addr,
		.server = records_ip(4, 2).addr,
		.ip_version = 4,
		.port = 443,
	};
	struct route *r =
		routes_of(&l->routes, routes_join(&l->routes, &key, ts));
	route_move(r, ROLE_CLIENT, UNKNOWN, ESTABLISHED, ts);
	route_move(r, ROLE_CLIENT, ESTABLISHED, TIME_WAIT, ts);
	census_enter(&l->census, ROLE_CLIENT, TIME_WAIT, ts);
	census_enter(&l->census, ROLE_SERVER, CLOSED, ts);
	l->held[ROLE_CLIENT]++;
	l->judged++;
	l->brief++;
	r->judged++;
	r->brief++;
}

void records_ledger(struct ledger *l)
{
	const struct ip_value server = records_ip(4, 2);
	ledger_init(l, INT64_C(60000000000), 1000);
	for (int i = 0; i < 150; i++)
		short_connection(l, records_time(i * 0.01));
	census_enter(&l->census, ROLE_SERVER, CLOSE_WAIT, records_time(2));
	settings_observe(&l->settings, &server, SETTING_ORPHAN_RETRIES,
	                 &(struct setting_seen){
				 .least = 1,
				 .most = 2,
				 .frame = 11,
				 .flow_id = 0x00c0ffee,
				 .confidence = CONFIDENCE_LIKELY,
			 });
	for (int64_t i = 0; i < 2; i++)
		settings_observe(&l->settings, &server, SETTING_FIN_TIMEOUT,
		                 &(struct setting_seen){
					 .least = 60,
					 .most = 60 + i,
					 .confidence = CONFIDENCE_CERTAIN,
				 });
}
