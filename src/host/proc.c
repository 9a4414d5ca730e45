/* Files of proc(5). */
#include "host/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int host_proc_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool host_proc_read(int descriptor, char *text, size_t size)
{
	size_t n = 0;
	text[0] = '\0';
	while (n + 1 < size) {
		const ssize_t got =
			pread(descriptor, text + n, size - 1 - n, (off_t)n);
		if (got < 0)
			return false;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	return n > 0;
}

const char *host_proc_number(const char *text, int64_t *out)
{
	char *end;
	errno = 0;
	const long long n = strtoll(text, &end, 10);
	if (end == text || errno != 0)
		return NULL;
	*out = n;
	return end;
}
