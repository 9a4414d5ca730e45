/* Sysctls, read below /proc/sys. */
#include "host/sysctls.h"

#include <unistd.h>

#include "host/proc.h"

#define BELOW "/proc/sys/net/ipv4/"

void host_sysctls_open(struct host_sysctls *s)
{
	static const char *const path[N_HOST_SYSCTLS] = {
#define X(name) BELOW #name,
		HOST_SYSCTLS(X)
#undef X
	};
	for (int i = 0; i < N_HOST_SYSCTLS; i++)
		s->value[i] = host_proc_open(path[i]);
	s->port_range = host_proc_open(BELOW "ip_local_port_range");
}

static void close_one(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

void host_sysctls_close(struct host_sysctls *s)
{
	for (int i = 0; i < N_HOST_SYSCTLS; i++)
		close_one(&s->value[i]);
	close_one(&s->port_range);
}

void host_sysctls_read(const struct host_sysctls *s,
                       struct host_sysctl_values *out)
{
	char text[64];
	for (int i = 0; i < N_HOST_SYSCTLS; i++) {
		int64_t *n = &out->value[i];
		if (!host_proc_read(s->value[i], text, sizeof(text)) ||
		    !host_proc_number(text, n))
			*n = HOST_NOT_SET;
	}
	const char *rest = NULL;
	if (host_proc_read(s->port_range, text, sizeof(text)))
		rest = host_proc_number(text, &out->port_low);
	if (!rest || !host_proc_number(rest, &out->port_high))
		out->port_low = out->port_high = HOST_NOT_SET;
}
