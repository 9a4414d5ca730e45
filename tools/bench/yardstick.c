/* The yardstick: a bare pcap_loop with an empty callback. */
#include <pcap/pcap.h>
#include <stdio.h>

static void nothing(u_char *user, const struct pcap_pkthdr *header,
		    const u_char *bytes)
{
	(void)user, (void)header, (void)bytes;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
	if (!p) {
		fprintf(stderr, "usage: yardstick FILE\n");
		return 2;
	}
	const int status = pcap_loop(p, -1, nothing, NULL);
	pcap_close(p);
	return status < 0;
}
