/*
 * Decoding, judged by Wireshark: random packets on many link types go into a
 * capture, and what tshark prints of them must be what decoding says.
 *
 * Skipped where there is no tshark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packet_random.h"
#include "packet_sample.h"

#define N_PACKETS 1400
#define LINE_MAX  1024

/* Those of decode/link_types.def that Wireshark reads by the same number: not
 * 14, and not 51. */
static const uint32_t link_types[] = { 0,   1,   9,   12,  50,  101,
	                               104, 108, 113, 228, 229, 276 };
#define N_LINK_TYPES (sizeof(link_types) / sizeof(link_types[0]))

/* Printed in this order by both; a field that occurs often with commas. */
#define TSHARK                                                                 \
	"tshark -n -o ip.defragment:FALSE -o ipv6.defragment:FALSE"            \
	" -o tcp.check_checksum:TRUE -o tcp.relative_sequence_numbers:FALSE"   \
	" -o tcp.desegment_tcp_streams:FALSE -T fields"                        \
	" -e frame.number -e tcp.srcport -e tcp.dstport -e tcp.seq_raw"        \
	" -e tcp.ack_raw -e tcp.len -e tcp.flags -e tcp.window_size_value"     \
	" -e tcp.checksum -e tcp.checksum.status -e ip.src -e ipv6.dst"        \
	" -e ip.ttl -e ipv6.hlim -e ip.id -e ieee8021ad.id -e vlan.id"         \
	" -e tcp.options.mss_val -e tcp.options.wscale.shift"                  \
	" -e tcp.options.timestamp.tsval -e tcp.options.timestamp.tsecr"       \
	" -e tcp.options.sack_le -e tcp.options.sack_re -r %s 2>/dev/null"

/* ---- a pcapng file, an interface for each link type ---- */

static void write_block(FILE *f, uint32_t type, const void *head,
                        size_t head_len, const void *bytes, size_t n)
{
	static const uint8_t zero[4] = { 0 };
	const size_t padding = -n & 3;
	const uint32_t total = (uint32_t)(12 + head_len + n + padding);
	fwrite(&type, 4, 1, f);
	fwrite(&total, 4, 1, f);
	fwrite(head, head_len, 1, f);
	if (n > 0)
		fwrite(bytes, 1, n, f);
	fwrite(zero, 1, padding, f);
	fwrite(&total, 4, 1, f);
}

static void write_head(FILE *f)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		int64_t section_len;
	} section = { 0x1a2b3c4d, 1, 0, -1 };
	write_block(f, 0x0a0d0d0a, &section, sizeof(section), NULL, 0);
	for (unsigned i = 0; i < N_LINK_TYPES; i++) {
		const uint32_t interface[2] = { link_types[i], 0 };
		write_block(f, 1, interface, sizeof(interface), NULL, 0);
	}
}

static void write_packet(FILE *f, const struct tcpclose_packet *pkt)
{
	const uint32_t head[5] = { pkt->interface, 0, 0, pkt->caplen,
		                   pkt->len };
	write_block(f, 6, head, sizeof(head), pkt->bytes, pkt->caplen);
}

/* ---- a segment in tshark's words ---- */

struct line {
	char text[LINE_MAX];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void print(struct line *l,
                                                        const char *format, ...)
{
	va_list args;
	va_start(args, format);
	l->len += (size_t)vsnprintf(l->text + l->len, LINE_MAX - l->len, format,
	                            args);
	va_end(args);
	assert_true(l->len < LINE_MAX);
}

static void print_if(struct line *l, bool is_there, uint32_t value)
{
	if (is_there)
		print(l, "\t%u", value);
	else
		print(l, "\t");
}

static void print_sacks(struct line *l, const struct segment *seg, bool right)
{
	print(l, "\t");
	for (unsigned i = 0; i < seg->n_sacks; i++)
		print(l, i ? ",%u" : "%u",
		      right ? seg->sack[i].right.wire : seg->sack[i].left.wire);
}

static void print_ip(struct line *l, const struct segment *seg)
{
	const bool is_v4 = seg->tuple.ip_version == 4;
	char text[IP_TEXT_MAX];
	ip_text(is_v4 ? &seg->tuple.src : &seg->tuple.dst,
	        seg->tuple.ip_version, text);
	print(l, is_v4 ? "\t%s\t" : "\t\t%s", text);
	print_if(l, is_v4, seg->ttl);
	print_if(l, !is_v4, seg->ttl);
	print(l, seg->has_ip_id ? "\t0x%04x" : "\t", seg->ip_id);
}

/* Of two tags packet_make() makes the outer one a service tag (802.1ad). */
static void print_vlans(struct line *l, const struct segment *seg)
{
	const unsigned n = seg->tuple.n_vlans;
	print_if(l, n == 2, seg->tuple.vlan[0]);
	print_if(l, n > 0, n > 0 ? seg->tuple.vlan[n - 1] : 0);
}

/* tshark: 0 bad, 1 good, 2 not verified. */
static unsigned checksum_status(const struct segment *seg, bool is_whole)
{
	if (!is_whole || seg->is_fragment)
		return 2;
	return seg->checksum_bad ? 0 : 1;
}

/* tshark does not say how long a fragment is. */
static void print_segment(struct line *l, const struct segment *seg,
                          bool is_whole)
{
	l->len = 0;
	print(l, "%llu\t%u\t%u\t%u\t%u", (unsigned long long)seg->frame,
	      seg->tuple.sport, seg->tuple.dport, seg->seq.wire, seg->ack.wire);
	print_if(l, !seg->is_fragment, seg->payload_len);
	print(l, "\t0x%04x\t%u\t0x%04x\t%u", seg->flags, seg->window,
	      seg->checksum, checksum_status(seg, is_whole));
	print_ip(l, seg);
	print_vlans(l, seg);
	print_if(l, seg->options & OPTION_MSS, seg->mss);
	print_if(l, seg->options & OPTION_WSCALE, seg->wscale);
	print_if(l, seg->options & OPTION_TIMESTAMP, seg->tsval.wire);
	print_if(l, seg->options & OPTION_TIMESTAMP, seg->tsecr.wire);
	print_sacks(l, seg, false);
	print_sacks(l, seg, true);
}

/* ---- the trial ---- */

static void write_random_packet(FILE *f, struct line *expected, uint64_t *seed,
                                unsigned i)
{
	const struct decode_options verify = { CHECKSUM_VERIFY, false };
	const unsigned interface = i % N_LINK_TYPES;
	struct segment seg = packet_random(seed, link_types[interface], 300);
	seg.checksum_bad = random_below(seed, 4) == 0;
	const struct sample s = sample_of(&seg, link_types[interface]);
	struct tcpclose_packet pkt =
		packet_of(s.bytes, s.size, link_types[interface]);
	pkt.frame = i + 1;
	pkt.interface = interface;
	if (random_below(seed, 3) == 0)
		pkt.caplen -= random_below(seed, seg.payload_len + 1);
	write_packet(f, &pkt);
	const enum decode_verdict verdict = decode_packet(&pkt, &verify, &seg);
	assert_true(verdict == DECODE_TCP || verdict == DECODE_BAD_CHECKSUM);
	print_segment(expected, &seg, pkt.caplen == pkt.len);
}

static void write_capture(int fd, struct line *expected)
{
	FILE *f = fdopen(fd, "wb");
	assert_non_null(f);
	write_head(f);
	uint64_t seed = 4;
	for (unsigned i = 0; i < N_PACKETS; i++)
		write_random_packet(f, &expected[i], &seed, i);
	assert_int_equal(fclose(f), 0);
}

static void tshark_reads_the_same(void **state)
{
	(void)state;
	static struct line expected[N_PACKETS];
	char path[] = "/tmp/test_decode_XXXXXX", command[2048], line[LINE_MAX];
	if (system("command -v tshark >/dev/null 2>&1") != 0) {
		print_message("SKIPPED: tshark is not installed, so nobody "
		              "judges how packets are decoded\n");
		skip();
	}
	const int fd = mkstemp(path);
	assert_true(fd >= 0);
	write_capture(fd, expected);

	snprintf(command, sizeof(command), TSHARK, path);
	FILE *tshark = popen(command, "r");
	assert_non_null(tshark);
	unsigned n_different = 0, n = 0;
	for (; n < N_PACKETS && fgets(line, sizeof(line), tshark); n++) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, expected[n].text) == 0)
			continue;
		n_different++;
		print_error("tshark:  %s\ndecoded: %s\n", line,
		            expected[n].text);
	}
	pclose(tshark);
	unlink(path);
	assert_int_equal(n, N_PACKETS);
	assert_int_equal(n_different, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tshark_reads_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
