/* Capture filters: libpcap's compiler and interpreter, a program for each
 * link type. pcap_compile() needs no lock since libpcap 1.8. */
#include "capture/filter.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/alloc.h"
#include "base/error.h"

struct program {
	uint32_t link_type;
	bool valid;
	struct bpf_program code;    /* if valid */
	char why[PCAP_ERRBUF_SIZE]; /* if not */
	const char *name;           /* of the link type; static, may be NULL */
};

struct filter {
	const struct tcpclose_allocator *alloc;
	char *expression;
	struct program **programs;
	size_t n;
	size_t last; /* the one that was used last */
};

/*
 * Captures carry LINKTYPE_ numbers, the compiler wants DLT_ numbers, and the
 * table between them is libpcap's secret. So it is handed the header of an
 * empty capture of that type, and does the mapping itself.
 */
static pcap_t *pcap_of(uint32_t link_type, char why[PCAP_ERRBUF_SIZE])
{
	struct pcap_file_header header = {
		.magic = 0xa1b2c3d4,
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = 0x40000,
		.linktype = link_type,
	};
	FILE *file = fmemopen(&header, sizeof(header), "r");
	pcap_t *pcap = file ? pcap_fopen_offline(file, why) : NULL;
	if (!file)
		snprintf(why, PCAP_ERRBUF_SIZE, "no memory");
	else if (!pcap)
		fclose(file);
	return pcap;
}

static bool compile(struct program *p, const char *expression)
{
	pcap_t *pcap = pcap_of(p->link_type, p->why);
	if (!pcap)
		return false;
	p->valid = pcap_compile(pcap, &p->code, expression, 1,
	                        PCAP_NETMASK_UNKNOWN) == 0;
	p->name = pcap_datalink_val_to_name(pcap_datalink(pcap));
	if (!p->valid)
		snprintf(p->why, sizeof(p->why), "%s", pcap_geterr(pcap));
	pcap_close(pcap);
	return p->valid;
}

/* Some words make sense on some links only (`wlan`, `ifname`), so a mistake
 * is what none of these accepts. Ethernet's complaint is the one told. */
static int check(const char *expression, struct tcpclose_error *err)
{
	static const uint32_t telling[] = {
		1 /* Ethernet */, 127 /* radiotap */, 117 /* PFLOG */,
		276 /* SLL2 */,   123 /* SunATM */,   140 /* MTP2 */,
	};
	char why[PCAP_ERRBUF_SIZE] = "";
	for (size_t i = 0; i < sizeof(telling) / sizeof(*telling); i++) {
		struct program p = { .link_type = telling[i] };
		if (compile(&p, expression)) {
			pcap_freecode(&p.code);
			return TCPCLOSE_OK;
		}
		if (i == 0)
			memcpy(why, p.why, sizeof(why));
	}
	return error_set(err, TCPCLOSE_EOPTION, (struct error_place){ 0 },
	                 "capture filter \"%.100s\": %s", expression, why);
}

int filter_new(struct filter **out, const char *expression,
               const struct tcpclose_allocator *alloc,
               struct tcpclose_error *err)
{
	const int status = check(expression, err);
	if (status < 0)
		return status;
	struct filter *f = alloc_new(alloc, 1, sizeof(*f));
	char *copy = alloc_string(alloc, expression);
	if (!f || !copy) {
		alloc_free(alloc, f);
		alloc_free(alloc, copy);
		return error_set(err, TCPCLOSE_ENOMEM,
		                 (struct error_place){ 0 }, "no memory");
	}
	*f = (struct filter){ .alloc = alloc, .expression = copy };
	*out = f;
	return TCPCLOSE_OK;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		if (f->programs[i]->valid)
			pcap_freecode(&f->programs[i]->code);
		alloc_free(f->alloc, f->programs[i]);
	}
	alloc_free(f->alloc, f->programs);
	alloc_free(f->alloc, f->expression);
	alloc_free(f->alloc, f);
}

static struct program *add_program(struct filter *f, uint32_t link_type)
{
	struct program **grown = alloc_resize(f->alloc, f->programs, f->n + 1,
	                                      sizeof(struct program *));
	if (!grown)
		return NULL;
	f->programs = grown;
	struct program *p = alloc_new(f->alloc, 1, sizeof(*p));
	if (!p)
		return NULL;
	p->link_type = link_type;
	compile(p, f->expression);
	f->last = f->n;
	f->programs[f->n++] = p;
	return p;
}

static struct program *program_for(struct filter *f, uint32_t link_type)
{
	if (f->n > 0 && f->programs[f->last]->link_type == link_type)
		return f->programs[f->last];
	for (size_t i = 0; i < f->n; i++)
		if (f->programs[i]->link_type == link_type) {
			f->last = i;
			return f->programs[i];
		}
	return add_program(f, link_type);
}

void filter_prepare(struct filter *f, uint32_t link_type)
{
	(void)program_for(f, link_type);
}

int filter_match(struct filter *f, const struct tcpclose_packet *pkt,
                 const char *file, struct tcpclose_error *err)
{
	const struct error_place place = { .file = file, .frame = pkt->frame };
	struct program *p = program_for(f, pkt->link_type);
	if (!p)
		return error_set(err, TCPCLOSE_ENOMEM, place, "no memory");
	if (!p->valid)
		return error_set(err, TCPCLOSE_EOPTION, place,
		                 "capture filter \"%.100s\" cannot be used on "
		                 "link type %u (%s): %s",
		                 f->expression, pkt->link_type,
		                 p->name ? p->name : "unknown", p->why);
	const struct pcap_pkthdr header = { .caplen = pkt->caplen,
		                            .len = pkt->len };
	return pcap_offline_filter(&p->code, &header, pkt->bytes) != 0;
}
