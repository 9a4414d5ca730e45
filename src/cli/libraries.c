/* The libraries that this program uses, as they call themselves. */
#include "cli/run_info.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <lz4.h>
#include <lzma.h>
#include <nettle/version.h>
#include <pcap/pcap.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

/* "libpcap version 1.10.3 (with TPACKET_V3)" to "1.10.3" */
static const char *pcap_version(char text[static RUN_INFO_TEXT])
{
	const char *digit = strpbrk(pcap_lib_version(), "0123456789");
	snprintf(text, RUN_INFO_TEXT, "%.*s",
	         digit ? (int)strspn(digit, "0123456789.") : 0,
	         digit ? digit : "");
	return text;
}

static const char *nettle_version(char text[static RUN_INFO_TEXT])
{
	snprintf(text, RUN_INFO_TEXT, "%d.%d", nettle_version_major(),
	         nettle_version_minor());
	return text;
}

static const char *xxhash_version(char text[static RUN_INFO_TEXT])
{
	const unsigned n = XXH_versionNumber();
	snprintf(text, RUN_INFO_TEXT, "%u.%u.%u", n / 10000, n / 100 % 100,
	         n % 100);
	return text;
}

bool run_info_library(size_t i, char text[static RUN_INFO_TEXT])
{
	char pcap[RUN_INFO_TEXT], nettle[RUN_INFO_TEXT], xxhash[RUN_INFO_TEXT];
	/* clang-format off */
	const struct {
		const char *name, *version;
	} libraries[] = {
		{ "libpcap", pcap_version(pcap) },
		{ "jansson", jansson_version_str() },
		{ "zlib",    zlibVersion() },
		{ "zstd",    ZSTD_versionString() },
		{ "lz4",     LZ4_versionString() },
		{ "xz",      lzma_version_string() },
		{ "xxhash",  xxhash_version(xxhash) },
		{ "nettle",  nettle_version(nettle) },
#ifdef HAVE_LIBMNL
		{ "libmnl",  HAVE_LIBMNL },
#endif
#ifdef HAVE_LIBSECCOMP
		{ "libseccomp", HAVE_LIBSECCOMP },
#endif
#ifdef HAVE_LIBCAP_NG
		{ "libcap-ng", HAVE_LIBCAP_NG },
#endif
	};
	/* clang-format on */
	if (i >= sizeof(libraries) / sizeof(libraries[0]))
		return false;
	snprintf(text, RUN_INFO_TEXT, "%s %s", libraries[i].name,
	         libraries[i].version);
	return true;
}
