/* Messages of inet_diag: Linux, include/uapi/linux/inet_diag.h. */
#include "host/inet_diag.h"

#ifdef HAVE_LIBMNL

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#define MS INT64_C(1000000)
#define US INT64_C(1000)

/* ---- requests ------------------------------------------------------------ */

static size_t ip_size(unsigned ip_version)
{
	return ip_version == 4 ? 4 : 16;
}

static uint8_t family_of(unsigned ip_version)
{
	return ip_version == 4 ? AF_INET : AF_INET6;
}

static struct inet_diag_req_v2 *put_request(char *request, uint32_t sequence,
                                            unsigned ip_version)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(request);
	head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	head->nlmsg_flags = NLM_F_REQUEST;
	head->nlmsg_seq = sequence;
	struct inet_diag_req_v2 *r =
		mnl_nlmsg_put_extra_header(head, sizeof(*r));
	r->sdiag_family = family_of(ip_version);
	r->sdiag_protocol = IPPROTO_TCP;
	return r;
}

static size_t length_of(const char *request)
{
	struct nlmsghdr head;
	memcpy(&head, request, sizeof(head));
	return head.nlmsg_len;
}

size_t inet_diag_put_socket(char *request, uint32_t sequence,
                            const struct host_four_tuple *name,
                            unsigned interface)
{
	struct inet_diag_req_v2 *r =
		put_request(request, sequence, name->ip_version);
	const size_t size = ip_size(name->ip_version);
	r->idiag_ext =
		1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1);
	r->idiag_states = UINT32_MAX;
	r->id.idiag_sport = htons(name->local_port);
	r->id.idiag_dport = htons(name->remote_port);
	memcpy(r->id.idiag_src, &name->local, size);
	memcpy(r->id.idiag_dst, &name->remote, size);
	r->id.idiag_if = interface;
	r->id.idiag_cookie[0] = r->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return length_of(request);
}

size_t inet_diag_put_dump(char *request, uint32_t sequence, unsigned ip_version,
                          uint32_t states)
{
	struct inet_diag_req_v2 *r = put_request(request, sequence, ip_version);
	struct nlmsghdr *head = (void *)request;
	head->nlmsg_flags |= NLM_F_DUMP;
	r->idiag_states = states;
	return length_of(request);
}

size_t inet_diag_put_route(char *request, uint32_t sequence,
                           const struct ip_addr *addr, unsigned ip_version)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(request);
	head->nlmsg_type = RTM_GETROUTE;
	head->nlmsg_flags = NLM_F_REQUEST;
	head->nlmsg_seq = sequence;
	struct rtmsg *r = mnl_nlmsg_put_extra_header(head, sizeof(*r));
	r->rtm_family = family_of(ip_version);
	r->rtm_dst_len = (uint8_t)(8 * ip_size(ip_version));
	mnl_attr_put(head, RTA_DST, ip_size(ip_version), addr->byte);
	return length_of(request);
}

/* ---- replies ------------------------------------------------------------- */

/* Both begin with an errno, negative, or 0: netlink_ack(), netlink_dump(). */
static enum diag_reply take_verdict(const struct nlmsghdr *head)
{
	int32_t error;
	if (mnl_nlmsg_get_payload_len(head) < sizeof(error))
		return DIAG_DAMAGED;
	memcpy(&error, mnl_nlmsg_get_payload(head), sizeof(error));
	if (head->nlmsg_type == NLMSG_DONE)
		return error < 0 ? DIAG_FAILED : DIAG_DONE;
	return error == -ENOENT ? DIAG_NONE : DIAG_FAILED;
}

/* What every message is looked at for first. DIAG_VALUE: its body is to be
 * looked at, and is `size` bytes at least. */
static enum diag_reply classify(const struct nlmsghdr *head, size_t n_bytes,
                                uint32_t sequence, uint16_t type, size_t size)
{
	if (n_bytes > INT32_MAX || !mnl_nlmsg_ok(head, (int)n_bytes))
		return DIAG_DAMAGED;
	if (head->nlmsg_seq != sequence)
		return DIAG_OTHER;
	if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE)
		return take_verdict(head);
	if (head->nlmsg_type != type)
		return DIAG_OTHER;
	return mnl_nlmsg_get_payload_len(head) < size ? DIAG_DAMAGED
	                                              : DIAG_VALUE;
}

/* IPv4 in a socket of AF_INET6 stands there as ::ffff:192.0.2.1. */
static bool is_ip(const __be32 *at, uint8_t family, const struct ip_addr *addr,
                  unsigned ip_version)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *byte = (const void *)at;
	if (ip_version == 6)
		return family == AF_INET6 && memcmp(byte, addr->byte, 16) == 0;
	if (family == AF_INET)
		return memcmp(byte, addr->byte, 4) == 0;
	return memcmp(byte, mapped, sizeof(mapped)) == 0 &&
	       memcmp(byte + 12, addr->byte, 4) == 0;
}

static bool is_asked_for(const struct inet_diag_msg *m,
                         const struct host_four_tuple *name)
{
	return m->idiag_state != HOST_LISTEN &&
	       m->id.idiag_sport == htons(name->local_port) &&
	       m->id.idiag_dport == htons(name->remote_port) &&
	       is_ip(m->id.idiag_src, m->idiag_family, &name->local,
	             name->ip_version) &&
	       is_ip(m->id.idiag_dst, m->idiag_family, &name->remote,
	             name->ip_version);
}

/* The field of a struct of the kernel that may be shorter than ours: older
 * kernels know fewer fields. */
static int64_t number_in(const struct nlattr *attr, size_t offset)
{
	uint32_t n;
	if (mnl_attr_get_payload_len(attr) < offset + sizeof(n))
		return HOST_UNKNOWN;
	memcpy(&n, (const char *)mnl_attr_get_payload(attr) + offset,
	       sizeof(n));
	return n;
}

static void take_info(const struct nlattr *attr, struct host_socket *out)
{
	const int64_t rto =
		number_in(attr, offsetof(struct tcp_info, tcpi_rto));
	if (rto != HOST_UNKNOWN)
		out->rto = rto * US;
	out->send_window =
		number_in(attr, offsetof(struct tcp_info, tcpi_snd_wnd));
}

/* What is queued either way, and what is reserved for it: sk_get_meminfo(). */
static void take_memory(const struct nlattr *attr, struct host_socket *out)
{
	static const size_t part[] = { SK_MEMINFO_RMEM_ALLOC,
		                       SK_MEMINFO_FWD_ALLOC,
		                       SK_MEMINFO_WMEM_QUEUED,
		                       SK_MEMINFO_OPTMEM, SK_MEMINFO_BACKLOG };
	int64_t sum = 0;
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const int64_t n = number_in(attr, part[i] * sizeof(uint32_t));
		if (n == HOST_UNKNOWN)
			return;
		sum += n;
	}
	out->memory = sum;
}

static enum diag_reply take_attributes(const struct nlmsghdr *head,
                                       struct host_socket *out)
{
	const char *const end = mnl_nlmsg_get_payload_tail(head);
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(
		head, sizeof(struct inet_diag_msg));
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr));
	     attr = mnl_attr_next(attr)) {
		const uint16_t type = mnl_attr_get_type(attr);
		if (type == INET_DIAG_INFO)
			take_info(attr, out);
		else if (type == INET_DIAG_SKMEMINFO)
			take_memory(attr, out);
	}
	/* What is left is padding, or an attribute that is longer than the
	 * message. */
	return end - (const char *)attr >= (ptrdiff_t)sizeof(*attr)
	               ? DIAG_DAMAGED
	               : DIAG_VALUE;
}

static void take_timer(const struct inet_diag_msg *m, struct host_socket *out)
{
	out->timer = m->idiag_timer < N_HOST_TCP_TIMERS
	                     ? (enum host_tcp_timer)m->idiag_timer
	                     : HOST_TIMER_NONE;
	if (out->timer == HOST_TIMER_NONE)
		return;
	/* A timer that is due and not yet run has a negative rest. */
	const int64_t rest = (int32_t)m->idiag_expires;
	out->timer_expires = rest > 0 ? rest * MS : 0;
	if (out->timer == HOST_TIMER_RETRANSMIT)
		out->retransmits = m->idiag_retrans;
	else if (out->timer != HOST_TIMER_TIME_WAIT)
		out->probes = m->idiag_retrans;
}

/* The short forms, struct inet_timewait_sock and struct request_sock, have
 * neither queues nor a file: inet_twsk_diag_fill(), inet_req_diag_fill(). */
static bool is_whole(const struct inet_diag_msg *m)
{
	return m->idiag_timer != HOST_TIMER_TIME_WAIT &&
	       m->idiag_state != HOST_TIME_WAIT &&
	       m->idiag_state != HOST_SYN_RECV;
}

static void take_socket(const struct inet_diag_msg *m, struct host_socket *out)
{
	*out = (struct host_socket){
		.state = (enum host_tcp_state)m->idiag_state,
		.timer_expires = HOST_UNKNOWN,
		.retransmits = HOST_UNKNOWN,
		.probes = HOST_UNKNOWN,
		.rto = HOST_UNKNOWN,
		.send_queue = HOST_UNKNOWN,
		.receive_queue = HOST_UNKNOWN,
		.send_window = HOST_UNKNOWN,
		.memory = HOST_UNKNOWN,
		.inode = HOST_UNKNOWN,
		.uid = HOST_UNKNOWN,
		.is_whole = is_whole(m),
	};
	take_timer(m, out);
	if (!out->is_whole)
		return;
	out->send_queue = m->idiag_wqueue;
	out->receive_queue = m->idiag_rqueue;
	out->inode = m->idiag_inode;
	if (m->idiag_inode != 0)
		out->uid = m->idiag_uid;
}

static bool is_state(uint8_t state)
{
	return state >= HOST_ESTABLISHED && state < N_HOST_TCP_STATES;
}

enum diag_reply inet_diag_take_socket(const void *bytes, size_t n_bytes,
                                      uint32_t sequence,
                                      const struct host_four_tuple *name,
                                      struct host_socket *out)
{
	const struct nlmsghdr *head = bytes;
	const enum diag_reply reply =
		classify(head, n_bytes, sequence, SOCK_DIAG_BY_FAMILY,
	                 sizeof(struct inet_diag_msg));
	if (reply != DIAG_VALUE)
		return reply;
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(head);
	if (!is_state(m->idiag_state))
		return DIAG_DAMAGED;
	if (!is_asked_for(m, name))
		return DIAG_NONE;
	take_socket(m, out);
	return take_attributes(head, out);
}

static void count(const struct inet_diag_msg *m,
                  struct host_socket_counts *counts)
{
	counts->state[m->idiag_state]++;
	counts->fin_wait_2_short +=
		m->idiag_state == HOST_FIN_WAIT_2 && !is_whole(m);
}

enum diag_reply inet_diag_take_dump(const void *bytes, size_t n_bytes,
                                    uint32_t sequence,
                                    struct host_socket_counts *counts,
                                    uint64_t *n)
{
	const struct nlmsghdr *head = bytes;
	int left = n_bytes > INT32_MAX ? 0 : (int)n_bytes;
	enum diag_reply reply = DIAG_DAMAGED;
	while (left > 0) {
		reply = classify(head, (size_t)left, sequence,
		                 SOCK_DIAG_BY_FAMILY,
		                 sizeof(struct inet_diag_msg));
		if (reply != DIAG_VALUE)
			return reply;
		const struct inet_diag_msg *m = mnl_nlmsg_get_payload(head);
		if (!is_state(m->idiag_state))
			return DIAG_DAMAGED;
		count(m, counts);
		++*n;
		head = mnl_nlmsg_next(head, &left);
		reply = DIAG_MORE;
	}
	return reply;
}

enum diag_reply inet_diag_take_local(const void *bytes, size_t n_bytes,
                                     uint32_t sequence)
{
	const struct nlmsghdr *head = bytes;
	const enum diag_reply reply = classify(
		head, n_bytes, sequence, RTM_NEWROUTE, sizeof(struct rtmsg));
	if (reply != DIAG_VALUE)
		/* No route there at all: the errors of fib_lookup(). */
		return reply == DIAG_FAILED ? DIAG_NONE : reply;
	const struct rtmsg *r = mnl_nlmsg_get_payload(head);
	return r->rtm_type == RTN_LOCAL ? DIAG_VALUE : DIAG_NONE;
}

#endif
