// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracker's settings as a table: names, defaults, bounds. In: values by
 * name. Out: struct flow_tracking. Asks nothing of the system.
 */
#include "settings.h"

#include <string.h>

#include "nearest.h"

#define DAY_S		86400u
#define LONGEST_S	(49 * DAY_S) /* 32 bits of jiffies, 1,000 a second */
#define MOST_FLOWS	(1u << 26)
#define PAGE_CHAINS	512u	/* of the kernel's table, in a page */
#define ROOM		4	/* a quarter more slots than flows */

#define TCP(state)	(SETTING_TIMEOUT + TIMEOUT_TCP + FLOW_TCP_##state)
#define SCTP(state)	(SETTING_TIMEOUT + TIMEOUT_SCTP + FLOW_SCTP_##state)
#define TIME(kind)	(SETTING_TIMEOUT + TIMEOUT_##kind)

#define SYSCTL(name)	SETTING_PREFIX name
#define TIMEOUT(name, seconds)	{ SYSCTL(name), seconds, 1, LONGEST_S }

/* Defaults: net/netfilter/nf_conntrack_proto_*.c of the kernel. */
const struct setting_kind setting_kinds[NR_SETTINGS] = {
	[SETTING_MAX] = { SYSCTL("max"), 0, FLOW_WAYS,
			  MOST_FLOWS },
	[SETTING_CHECKSUM] = { SYSCTL("checksum"), 1, 0, 1 },
	[SETTING_TCP_LOOSE] = { SYSCTL("tcp_loose"), 1, 0, 1 },
	[SETTING_TCP_LIBERAL] = { SYSCTL("tcp_be_liberal"), 0, 0, 1 },
	[SETTING_TCP_MAX_RETRANS] = { SYSCTL("tcp_max_retrans"), 3, 0, 255 },
	[SETTING_TCP_IGNORE_RST] = { SYSCTL("tcp_ignore_invalid_rst"),
				     0, 0, 1 },

	[TCP(SYN_SENT)] = TIMEOUT("tcp_timeout_syn_sent", 120),
	[TCP(SYN_RECV)] = TIMEOUT("tcp_timeout_syn_recv", 60),
	[TCP(ESTABLISHED)] = TIMEOUT("tcp_timeout_established", 5 * DAY_S),
	[TCP(FIN_WAIT)] = TIMEOUT("tcp_timeout_fin_wait", 120),
	[TCP(CLOSE_WAIT)] = TIMEOUT("tcp_timeout_close_wait", 60),
	[TCP(LAST_ACK)] = TIMEOUT("tcp_timeout_last_ack", 30),
	[TCP(TIME_WAIT)] = TIMEOUT("tcp_timeout_time_wait", 120),
	[TCP(CLOSE)] = TIMEOUT("tcp_timeout_close", 10),
	[TCP(SYN_SENT2)] = { NULL, 120, 120, 120 },
	[TIME(TCP_RETRANS)] = TIMEOUT("tcp_timeout_max_retrans", 300),
	[TIME(TCP_UNACK)] = TIMEOUT("tcp_timeout_unacknowledged", 300),

	[TIME(UDP)] = TIMEOUT("udp_timeout", 30),
	[TIME(UDP_STREAM)] = TIMEOUT("udp_timeout_stream", 120),
	[TIME(ICMP)] = TIMEOUT("icmp_timeout", 30),
	[TIME(GENERIC)] = TIMEOUT("generic_timeout", 600),
	[TIME(GRE)] = TIMEOUT("gre_timeout", 30),
	[TIME(GRE_STREAM)] = TIMEOUT("gre_timeout_stream", 180),

	[SCTP(CLOSED)] = TIMEOUT("sctp_timeout_closed", 10),
	[SCTP(COOKIE_WAIT)] = TIMEOUT("sctp_timeout_cookie_wait", 3),
	[SCTP(COOKIE_ECHOED)] = TIMEOUT("sctp_timeout_cookie_echoed", 3),
	[SCTP(ESTABLISHED)] = TIMEOUT("sctp_timeout_established", 210),
	[SCTP(SHUTDOWN_SENT)] = TIMEOUT("sctp_timeout_shutdown_sent", 3),
	[SCTP(SHUTDOWN_RECD)] = TIMEOUT("sctp_timeout_shutdown_recd", 3),
	[SCTP(SHUTDOWN_ACK_SENT)] =
		TIMEOUT("sctp_timeout_shutdown_ack_sent", 3),
	[SCTP(HEARTBEAT_SENT)] = TIMEOUT("sctp_timeout_heartbeat_sent", 30),
};

/* nf_conntrack_init_start() in net/netfilter/nf_conntrack_core.c, where a page
 * has 4 KiB and a pointer 8 bytes. */
uint32_t settings_flows(uint64_t memory_kib)
{
	const uint64_t gib = 1u << 20;

	if (memory_kib > 4 * gib)
		return 262144;
	if (memory_kib > gib)
		return 65536;
	memory_kib /= 128;
	if (memory_kib < 1024)
		return 1024;
	return (uint32_t)((memory_kib + PAGE_CHAINS - 1) / PAGE_CHAINS *
			  PAGE_CHAINS);
}

void settings_init(struct settings *settings)
{
	unsigned int i;

	memset(settings, 0, sizeof(*settings));
	for (i = 0; i < NR_SETTINGS; i++)
		settings->value[i] = setting_kinds[i].usual;
}

enum setting settings_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_SETTINGS; i++)
		if (setting_kinds[i].name &&
		    strcmp(setting_kinds[i].name, name) == 0)
			break;
	return (enum setting)i;
}

void settings_offer(struct nearest *nearest)
{
	unsigned int i;

	for (i = 0; i < NR_SETTINGS; i++)
		if (setting_kinds[i].name)
			nearest_offer(nearest, setting_kinds[i].name +
						       strlen(SETTING_PREFIX));
}

static uint32_t jiffies(uint32_t seconds, uint32_t hz)
{
	uint64_t all = (uint64_t)seconds * hz;

	return all > UINT32_MAX ? UINT32_MAX : (uint32_t)all;
}

void settings_apply(const struct settings *settings, uint32_t hz,
		    struct flow_tracking *tracking)
{
	const uint32_t *value = settings->value;
	unsigned int i;

	tracking->checksum = (uint8_t)value[SETTING_CHECKSUM];
	tracking->tcp_loose = (uint8_t)value[SETTING_TCP_LOOSE];
	tracking->tcp_liberal = (uint8_t)value[SETTING_TCP_LIBERAL];
	tracking->tcp_max_retrans = (uint8_t)value[SETTING_TCP_MAX_RETRANS];
	tracking->tcp_ignore_rst = (uint8_t)value[SETTING_TCP_IGNORE_RST];
	for (i = 0; i < NR_TIMEOUTS; i++)
		tracking->timeout[i] = jiffies(value[SETTING_TIMEOUT + i], hz);
}

void settings_read(const struct flow_tracking *tracking,
		   struct settings *settings)
{
	uint32_t *value = settings->value;
	unsigned int i;

	value[SETTING_CHECKSUM] = tracking->checksum;
	value[SETTING_TCP_LOOSE] = tracking->tcp_loose;
	value[SETTING_TCP_LIBERAL] = tracking->tcp_liberal;
	value[SETTING_TCP_MAX_RETRANS] = tracking->tcp_max_retrans;
	value[SETTING_TCP_IGNORE_RST] = tracking->tcp_ignore_rst;
	for (i = 0; i < NR_TIMEOUTS; i++)
		value[SETTING_TIMEOUT + i] = tracking->timeout[i] /
					     tracking->hz;
}

uint32_t settings_buckets(const struct settings *settings)
{
	uint32_t max = settings->value[SETTING_MAX];

	return (max + max / ROOM) / FLOW_WAYS + 1;
}
