#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

size_t ip_text(const struct ip_addr *addr, unsigned version,
               char text[static IP_TEXT_MAX])
{
	const int family = version == 6 ? AF_INET6 : AF_INET;
	if (!inet_ntop(family, addr->byte, text, IP_TEXT_MAX))
		text[0] = '\0';
	return strlen(text);
}
