/* Driving the decompressors. */
#include "capture/unpack.h"

#include "base/alloc.h"

struct unpacked {
	struct bytes bytes;
	const struct unpacker *how;
	const struct tcpclose_allocator *alloc;
	struct window *packed; /* borrowed */
	void *state;
	bool inside;               /* a member has begun and is not complete */
	enum unpack_result result; /* of the last step */
	const char *why;
};

const struct unpacker *unpacker_of(const uint8_t *head, size_t n)
{
#define X(id) &unpack_##id,
	static const struct unpacker *const unpackers[] = {
#include "capture/unpackers.def"
	};
#undef X
	for (size_t i = 0; i < sizeof(unpackers) / sizeof(*unpackers); i++)
		if (unpackers[i]->recognise(head, n))
			return unpackers[i];
	return NULL;
}

static int fail(const struct unpacked *u, enum tcpclose_status status,
                struct tcpclose_error *err, const char *what)
{
	return error_set(err, status, (struct error_place){ 0 }, "%s data %s",
	                 u->how->name, what);
}

static int pass_on(const struct window *packed, struct tcpclose_error *err)
{
	return error_set(err, packed->broken.status, (struct error_place){ 0 },
	                 "%s", packed->broken.text);
}

/*
 * Between members there may be another one, the end, or zero bytes, with
 * which xz aligns its streams and tapes fill their blocks.
 *
 * Returns  1 if a member begins, 0 at the end, or a negative status
 */
static int next_member(struct unpacked *u, struct tcpclose_error *err)
{
	struct window *w = u->packed;
	const uint8_t *at;
	while ((at = window_peek(w, 1)) && *at == 0)
		window_step(w, 1);
	window_peek(w, UNPACK_HEAD);
	const size_t n = window_left(w);
	if (n > 0 && u->how->recognise(w->at, n))
		return 1;
	if (w->broken.status != TCPCLOSE_OK)
		return pass_on(w, err);
	if (n == 0)
		return 0;
	if (n < UNPACK_HEAD)
		return fail(u, TCPCLOSE_ETRUNCATED, err, "cut off");
	return fail(u, TCPCLOSE_EFORMAT, err, "followed by something else");
}

/* Returns how many bytes came out. */
static size_t step(struct unpacked *u, uint8_t *to, size_t size)
{
	struct window *w = u->packed;
	const size_t in_left = window_left(w);
	struct unpack_io io = { w->at, in_left, to, size };
	u->result = u->how->step(u->state, &io, &u->why);
	u->inside = u->result != UNPACK_MEMBER;
	window_step(w, in_left - io.in_left);
	return size - io.out_left;
}

/* Nothing came out of the last step: why, if not for want of input. */
static int explain(const struct unpacked *u, bool had_input,
                   struct tcpclose_error *err)
{
	if (u->result == UNPACK_NO_MEMORY)
		return fail(u, TCPCLOSE_ENOMEM, err, "need more memory");
	if (u->result == UNPACK_BROKEN)
		return error_set(err, TCPCLOSE_EFORMAT,
		                 (struct error_place){ 0 },
		                 "damaged %s data: %s", u->how->name, u->why);
	if (u->result == UNPACK_MEMBER || had_input)
		return TCPCLOSE_OK;
	if (u->packed->broken.status != TCPCLOSE_OK)
		return pass_on(u->packed, err);
	return fail(u, TCPCLOSE_ETRUNCATED, err,
	            "cut off: the last packets are missing");
}

static bool has_failed(const struct unpacked *u)
{
	return u->result == UNPACK_BROKEN || u->result == UNPACK_NO_MEMORY;
}

static ptrdiff_t read_unpacked(struct bytes *self, uint8_t *to, size_t size,
                               struct tcpclose_error *err)
{
	struct unpacked *u = (struct unpacked *)self;
	for (;;) {
		if (has_failed(u))
			return explain(u, false, err);
		if (!u->inside) {
			const int more = next_member(u, err);
			if (more <= 0)
				return more;
		}
		const bool had_input = window_peek(u->packed, 1) != NULL;
		const size_t n = step(u, to, size);
		if (n > 0)
			return (ptrdiff_t)n;
		const int status = explain(u, had_input, err);
		if (status < 0)
			return status;
	}
}

int unpacked_new(struct unpacked **out, const struct unpacker *how,
                 struct window *packed, const struct tcpclose_allocator *alloc,
                 struct error_place place, struct tcpclose_error *err)
{
	if (!how->open)
		return error_set(err, TCPCLOSE_EUNSUPPORTED, place,
		                 "built without %s: unpack it first",
		                 how->name);
	struct unpacked *u = alloc_new(alloc, 1, sizeof(*u));
	void *state = how->open(alloc);
	if (!u || !state) {
		if (state)
			how->close(state);
		alloc_free(alloc, u);
		return error_set(err, TCPCLOSE_ENOMEM, place, "no memory");
	}
	*u = (struct unpacked){ .bytes.read = read_unpacked,
		                .how = how,
		                .alloc = alloc,
		                .packed = packed,
		                .state = state };
	*out = u;
	return TCPCLOSE_OK;
}

void unpacked_free(struct unpacked *u)
{
	if (!u)
		return;
	u->how->close(u->state);
	alloc_free(u->alloc, u);
}

struct bytes *unpacked_bytes(struct unpacked *u)
{
	return &u->bytes;
}
