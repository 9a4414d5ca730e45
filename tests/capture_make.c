/* Composing captures in memory, and reading them back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture_make.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"

void made_init(struct made *m, enum order order)
{
	*m = (struct made){ .order = order };
	buffer_init(&m->b, &alloc_default);
}

void made_fini(struct made *m)
{
	buffer_fini(&m->b);
}

static void put(struct made *m, uint64_t n, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		const unsigned at = m->order == ORDER_BIG ? size - 1 - i : i;
		buffer_char(&m->b, (char)(uint8_t)(n >> (8 * at)));
	}
}

void made16(struct made *m, uint16_t n)
{
	put(m, n, 2);
}

void made32(struct made *m, uint32_t n)
{
	put(m, n, 4);
}

/* In pcapng's options 64 bits are one number; in packet blocks they are two
 * halves, the upper one first. */
void made64(struct made *m, uint64_t n)
{
	put(m, n, 8);
}

static void put_halves(struct made *m, uint64_t n)
{
	made32(m, (uint32_t)(n >> 32));
	made32(m, (uint32_t)n);
}

void made_patch32(struct made *m, size_t at, uint32_t n)
{
	const size_t len = m->b.len;
	m->b.len = at;
	made32(m, n);
	m->b.len = len;
}

static void put_payload(struct made *m, uint32_t caplen)
{
	for (size_t i = 0; i < caplen; i++)
		buffer_char(&m->b, (char)made_byte(m->n_packets, i));
}

static void packet_ends(struct made *m)
{
	assert_true(m->n_packets < MADE_PACKETS);
	m->end[m->n_packets++] = m->b.len;
}

void made_pcap(struct made *m, uint32_t magic, uint16_t minor, uint32_t link)
{
	made32(m, magic);
	made16(m, 2);
	made16(m, minor);
	made64(m, 0);
	made32(m, 65535);
	made32(m, link);
	m->header = m->b.len;
}

void made_pcap_record(struct made *m, uint32_t magic, uint32_t sec,
                      uint32_t fraction, uint32_t first, uint32_t second,
                      uint32_t caplen)
{
	made32(m, sec);
	made32(m, fraction);
	made32(m, first);
	made32(m, second);
	if (magic == MAGIC_PATCHED)
		made64(m, 0x0102030405060708);
	put_payload(m, caplen);
	packet_ends(m);
}

void made_packet(struct made *m, uint32_t magic, uint32_t sec,
                 uint32_t fraction, uint32_t caplen)
{
	made_pcap_record(m, magic, sec, fraction, caplen, caplen + 7, caplen);
}

size_t made_block(struct made *m, uint32_t type)
{
	const size_t start = m->b.len;
	made32(m, type);
	made32(m, 0);
	return start;
}

static void pad(struct made *m, size_t start)
{
	while ((m->b.len - start) % 4)
		buffer_char(&m->b, '\0');
}

void made_block_end(struct made *m, size_t start)
{
	pad(m, start);
	const uint32_t total = (uint32_t)(m->b.len - start + 4);
	made32(m, total);
	made_patch32(m, start + 4, total);
}

void made_option(struct made *m, uint16_t code, const void *bytes,
                 uint16_t size)
{
	made16(m, code);
	made16(m, size);
	const size_t start = m->b.len;
	buffer_put(&m->b, bytes, size);
	pad(m, start);
}

static void option64(struct made *m, uint16_t code, uint64_t n)
{
	made16(m, code);
	made16(m, 8);
	made64(m, n);
}

void made_section(struct made *m, uint64_t length)
{
	const size_t start = made_block(m, 0x0a0d0d0a);
	made32(m, 0x1a2b3c4d);
	made16(m, 1);
	made16(m, 0);
	made64(m, length);
	made_option(m, 1, "made by a test", 14);
	made_option(m, 0, NULL, 0);
	made_block_end(m, start);
	if (!m->header)
		m->header = m->b.len;
}

void made_interface(struct made *m, uint16_t link, uint32_t snaplen,
                    int tsresol, int64_t tsoffset)
{
	const size_t start = made_block(m, 1);
	made16(m, link);
	made16(m, 0);
	made32(m, snaplen);
	made_option(m, 2, "lab0", 4);
	if (tsresol >= 0)
		made_option(m, 9, &(uint8_t){ (uint8_t)tsresol }, 1);
	if (tsoffset != 0)
		option64(m, 14, (uint64_t)tsoffset);
	if (tsoffset == 0)
		made_option(m, 0, NULL, 0);
	made_block_end(m, start);
}

void made_enhanced(struct made *m, uint32_t interface, uint64_t ts,
                   uint32_t caplen, uint32_t len)
{
	const size_t start = made_block(m, 6);
	made32(m, interface);
	put_halves(m, ts);
	made32(m, caplen);
	made32(m, len);
	put_payload(m, caplen);
	pad(m, start);
	made_option(m, 2, "\1\0\0\0", 4);
	made_option(m, 0, NULL, 0);
	made_block_end(m, start);
	packet_ends(m);
}

void made_obsolete(struct made *m, uint16_t interface, uint64_t ts,
                   uint32_t caplen, uint32_t len)
{
	const size_t start = made_block(m, 2);
	made16(m, interface);
	made16(m, 0xffff);
	put_halves(m, ts);
	made32(m, caplen);
	made32(m, len);
	put_payload(m, caplen);
	made_block_end(m, start);
	packet_ends(m);
}

void made_simple(struct made *m, uint32_t caplen, uint32_t len)
{
	const size_t start = made_block(m, 3);
	made32(m, len);
	put_payload(m, caplen);
	made_block_end(m, start);
	packet_ends(m);
}

void made_statistics(struct made *m, uint32_t interface, uint64_t ifdrop,
                     uint64_t osdrop)
{
	const size_t start = made_block(m, 5);
	made32(m, interface);
	put_halves(m, 0);
	option64(m, 5, ifdrop);
	option64(m, 7, osdrop);
	made_option(m, 0, NULL, 0);
	made_block_end(m, start);
}

/* A time is two words, the upper first, whatever their byte order. */
static void option_time(struct made *m, uint16_t code, uint64_t time)
{
	if (time == 0)
		return;
	made16(m, code);
	made16(m, 8);
	put_halves(m, time);
}

void made_timed_statistics(struct made *m, uint32_t interface,
                           struct made_times times, uint64_t osdrop)
{
	const size_t start = made_block(m, 5);
	made32(m, interface);
	put_halves(m, times.written);
	option_time(m, 2, times.start);
	option_time(m, 3, times.end);
	option64(m, 7, osdrop);
	made_option(m, 0, NULL, 0);
	made_block_end(m, start);
}

size_t made_tcp(uint8_t frame[64], uint32_t link, uint16_t sport)
{
	static const uint8_t ethernet[14] = { 2, 0, 0, 0, 0, 1, 2,
		                              0, 0, 0, 0, 2, 8, 0 };
	static const uint8_t ip[20] = { 0x45, 0, 0,   40, 0, 1, 0,   0, 64, 6,
		                        0,    0, 192, 0,  2, 1, 192, 0, 2,  2 };
	const size_t at = link == LINK_ETHERNET ? sizeof(ethernet) : 0;
	memset(frame, 0, 64);
	memcpy(frame, ethernet, at);
	memcpy(frame + at, ip, sizeof(ip));
	uint8_t *tcp = frame + at + sizeof(ip);
	tcp[0] = (uint8_t)(sport >> 8);
	tcp[1] = (uint8_t)sport;
	tcp[3] = 80;
	tcp[12] = 0x50;
	tcp[13] = 0x11;
	return at + sizeof(ip) + 20;
}

int scratch_make(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));
	if (!s)
		return -1;
	snprintf(s->dir, sizeof(s->dir), "/tmp/tcpclose-test-XXXXXX");
	*state = s;
	return mkdtemp(s->dir) ? 0 : -1;
}

int scratch_remove(void **state)
{
	struct scratch *s = *state;
	DIR *dir = opendir(s->dir);
	for (const struct dirent *e; dir && (e = readdir(dir));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove(scratch_path(s, e->d_name));
	if (dir)
		closedir(dir);
	const int status = rmdir(s->dir);
	free(s);
	return status;
}

const char *scratch_path(struct scratch *s, const char *name)
{
	snprintf(s->path, sizeof(s->path), "%.63s/%.60s", s->dir, name);
	return s->path;
}

const char *scratch_write(struct scratch *s, const char *name,
                          const void *bytes, size_t n)
{
	FILE *f = fopen(scratch_path(s, name), "wb");
	assert_non_null(f);
	if (n > 0)
		assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return s->path;
}

const char *scratch_save(struct scratch *s, const char *name,
                         const struct made *m)
{
	return scratch_write(s, name, m->b.bytes, m->b.len);
}

static void remember(struct seen *seen, const struct tcpclose_packet *pkt)
{
	if (seen->n < MADE_PACKETS) {
		seen->pkt[seen->n] = *pkt;
		seen->pkt[seen->n].bytes = NULL;
		seen->first[seen->n] = pkt->caplen ? pkt->bytes[0] : 0;
	}
	seen->n++;
}

void see(struct seen *seen, const char *const *paths, size_t n_paths,
         const char *filter, const struct tcpclose_allocator *alloc)
{
	const struct capture_options options = { .filter = filter };
	struct capture *c;
	*seen = (struct seen){ 0 };
	seen->opened =
		capture_open(&c, paths, n_paths, &options, alloc, &seen->err);
	if (seen->opened < 0)
		return;
	struct tcpclose_packet pkt;
	struct tcpclose_error err = { 0 };
	int status;
	while ((status = capture_next(c, &pkt, &err)) != 0) {
		if (status > 0) {
			remember(seen, &pkt);
			continue;
		}
		seen->broken = status;
		seen->n_broken++;
		seen->err = err;
		error_clear(&err);
	}
	seen->n_sources = capture_n_sources(c);
	seen->source = *capture_source(c, 0);
	seen->source.name = NULL;
	capture_close(c);
}

void see_file(struct seen *seen, const char *path)
{
	see(seen, &path, 1, NULL, &alloc_default);
}

static void *resize(void *ctx, void *old, size_t size)
{
	struct failing *f = ctx;
	if (++f->n_calls == f->fail_at)
		return NULL;
	void *fresh = realloc(old, size);
	f->n_live += fresh && !old;
	return fresh;
}

static void release(void *ctx, void *old)
{
	((struct failing *)ctx)->n_live--;
	free(old);
}

void failing_init(struct failing *f, size_t fail_at)
{
	*f = (struct failing){ .alloc = { f, resize, release },
		               .fail_at = fail_at };
}
