// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words of a script's packet. In: a line, and where the script takes place.
 * Out: the packet's values, with usual ones for what is not said. Never judges
 * whether such a packet makes sense: many are not meant to.
 */
#include "script_packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD 40
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct reader {
	const char *at;
	const struct script_place *place;
	struct script_packet *packet;
	char word[WORD];
};

/* The next word, or "". */
static const char *next(struct reader *reader)
{
	int used = 0;

	reader->word[0] = '\0';
	sscanf(reader->at, " %39s%n", reader->word, &used);
	reader->at += used;
	return reader->word;
}

static bool next_number(struct reader *reader, uint32_t *value)
{
	char *end;

	*value = strtoul(next(reader), &end, 0);
	return *reader->word && !*end;
}

struct name {
	const char *name;
	uint32_t value;
};

static bool look_up(const struct name *names, size_t nr, const char *word,
		    uint32_t *value)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (strcmp(names[i].name, word) == 0) {
			*value = names[i].value;
			return true;
		}
	}
	return false;
}

#define LOOK_UP(names, word, value) look_up(names, COUNT(names), word, value)

/* --- Addresses ------------------------------------------------------------ */

/* Behind the firewall's eth0 and eth1. */
#define CLIENTS	0x0a010100u
#define SERVERS	0x0a020100u

static uint32_t end_address(const struct script_place *place, int back)
{
	static const uint32_t base[] = { CLIENTS, SERVERS };
	enum script_end own = place->end[back], other = place->end[!back];

	if (own != SCRIPT_HOST)
		return base[own] + place->number * 4;
	if (other == SCRIPT_HOST)
		return 0x7f000000 + place->number * 4 + back;
	return other == SCRIPT_CLIENT ? TOPO_ADDR0 : TOPO_ADDR1;
}

/* "client2" is a neighbour of the client's. */
static bool read_address(struct reader *reader, uint32_t *address)
{
	const uint32_t own = reader->place->number * 4;
	const struct name names[] = {
		{ "client", CLIENTS + own },
		{ "client2", CLIENTS + own + 1 },
		{ "server", SERVERS + own },
		{ "server2", SERVERS + own + 1 },
		{ "router", TOPO_ADDR0 },
		{ "router2", TOPO_ADDR1 },
	};
	struct in_addr in;

	if (LOOK_UP(names, next(reader), address))
		return true;
	if (inet_pton(AF_INET, reader->word, &in) != 1)
		return false;
	*address = ntohl(in.s_addr);
	return true;
}

/* --- Protocols ------------------------------------------------------------ */

static bool read_tcp(struct reader *reader)
{
	static const char letters[] = "FSRPAUEC";
	const char *at, *letter;

	next(reader);
	for (at = reader->word; *at; at++) {
		letter = strchr(letters, *at);
		if (letter)
			reader->packet->value[SCRIPT_FLAGS] |=
				1u << (letter - letters);
		else if (*at != '-')
			return false;
	}
	return *reader->word != '\0';
}

static bool read_icmp(struct reader *reader)
{
	static const struct name names[] = {
		{ "echo-reply", 0 },	{ "unreachable", 3 },
		{ "quench", 4 },	{ "redirect", 5 },
		{ "echo", 8 },		{ "router", 9 },
		{ "solicitation", 10 },	{ "exceeded", 11 },
		{ "problem", 12 },	{ "timestamp", 13 },
		{ "timestamp-reply", 14 }, { "information", 15 },
		{ "information-reply", 16 }, { "mask", 17 },
		{ "mask-reply", 18 },
	};
	uint32_t *type = &reader->packet->value[SCRIPT_TYPE];
	char *end;

	if (LOOK_UP(names, next(reader), type))
		return true;
	*type = strtoul(reader->word, &end, 0);
	return *reader->word && !*end;
}

static const struct name chunk_names[] = {
	{ "data", 0 },		{ "init", 1 },
	{ "init-ack", 2 },	{ "sack", 3 },
	{ "heartbeat", 4 },	{ "heartbeat-ack", 5 },
	{ "abort", 6 },		{ "shutdown", 7 },
	{ "shutdown-ack", 8 },	{ "error", 9 },
	{ "cookie-echo", 10 },	{ "cookie-ack", 11 },
	{ "shutdown-complete", 14 }, { "unknown", 63 },
};

/* "abort:1" has the flags 1. */
static bool add_chunk(struct script_packet *packet, char *word)
{
	uint8_t *chunk = packet->extra + packet->nr_extra;
	char *flags = strchr(word, ':');
	uint32_t type;

	if (flags) {
		*flags++ = '\0';
		chunk[1] = strtoul(flags, NULL, 0);
	}
	if (!LOOK_UP(chunk_names, word, &type))
		return false;
	chunk[0] = type;
	chunk[3] = type <= 2 ? 20 : 4;
	packet->nr_extra += chunk[3];
	return packet->nr_extra <= sizeof(packet->extra);
}

static bool read_sctp(struct reader *reader)
{
	char *save = NULL, *word;

	next(reader);
	for (word = strtok_r(reader->word, "+", &save); word;
	     word = strtok_r(NULL, "+", &save))
		if (!add_chunk(reader->packet, word))
			return false;
	return true;
}

static bool read_type(struct reader *reader)
{
	return next_number(reader, &reader->packet->value[SCRIPT_TYPE]);
}

static bool read_proto(struct reader *reader)
{
	return next_number(reader, &reader->packet->value[SCRIPT_PROTO]);
}

static const struct {
	const char *name;
	uint8_t proto;
	bool (*read)(struct reader *reader);
} protocols[] = {
	{ "tcp", IPPROTO_TCP, read_tcp },
	{ "udp", IPPROTO_UDP, NULL },
	{ "udplite", IPPROTO_UDPLITE, NULL },
	{ "icmp", IPPROTO_ICMP, read_icmp },
	{ "sctp", IPPROTO_SCTP, read_sctp },
	{ "gre", IPPROTO_GRE, read_type },
	{ "dccp", IPPROTO_DCCP, read_type },
	{ "proto", 0, read_proto },
};

static bool read_protocol(struct reader *reader)
{
	size_t i;

	next(reader);
	for (i = 0; i < COUNT(protocols); i++) {
		if (strcmp(protocols[i].name, reader->word))
			continue;
		reader->packet->value[SCRIPT_PROTO] = protocols[i].proto;
		return !protocols[i].read || protocols[i].read(reader);
	}
	return false;
}

/* --- Further words -------------------------------------------------------- */

static const struct name numbers[] = {
	{ "sport", SCRIPT_SPORT }, { "dport", SCRIPT_DPORT },
	{ "seq", SCRIPT_SEQ },	   { "ack", SCRIPT_ACK },
	{ "win", SCRIPT_WIN },	   { "doff", SCRIPT_DOFF },
	{ "len", SCRIPT_LEN },	   { "fill", SCRIPT_FILL },
	{ "ulen", SCRIPT_ULEN },   { "code", SCRIPT_CODE },
	{ "id", SCRIPT_ID },	   { "rest", SCRIPT_REST },
	{ "vtag", SCRIPT_VTAG },   { "itag", SCRIPT_ITAG },
	{ "chunk", SCRIPT_CHUNK }, { "key", SCRIPT_KEY },
	{ "ttl", SCRIPT_TTL },	   { "tos", SCRIPT_TOS },
	{ "ipid", SCRIPT_IPID },   { "cut", SCRIPT_CUT },
	{ "times", SCRIPT_TIMES }, { "sumproto", SCRIPT_SUMPROTO },
};

static const struct {
	const char *name;
	enum script_value field;
	uint32_t value;
} words[] = {
	{ "badsum", SCRIPT_SUM, SCRIPT_SUM_BAD },
	{ "nosum", SCRIPT_SUM, SCRIPT_SUM_NONE },
	{ "drop", SCRIPT_TOS, SCRIPT_DROP_TOS },
	{ "df", SCRIPT_DF, 0x4000 },
};

static bool add_option(struct script_packet *packet, const void *data,
		       size_t len)
{
	if (packet->nr_extra + len > sizeof(packet->extra))
		return false;
	memcpy(packet->extra + packet->nr_extra, data, len);
	packet->nr_extra += len;
	return true;
}

/* A number, or two for a block of SACK, behind an option's first bytes. */
static const struct {
	const char *name;
	uint8_t len;
	uint8_t nr_numbers;
	uint8_t size;		/* of a number */
	uint8_t bytes[4];
} options[] = {
	{ "mss", 4, 1, 2, { 2, 4 } },
	{ "wscale", 4, 1, 1, { 1, 3, 3 } },
	{ "sackok", 4, 0, 0, { 1, 1, 4, 2 } },
	{ "sack", 12, 2, 4, { 1, 1, 5, 10 } },
	{ "stamp", 12, 2, 4, { 1, 1, 8, 10 } },
	{ "option", 4, 1, 4, { 0 } },
};

static bool read_option(struct reader *reader, size_t i)
{
	uint8_t data[12] = { 0 };
	uint8_t at = options[i].len - options[i].nr_numbers * options[i].size;
	uint32_t number;
	unsigned int j, byte;

	memcpy(data, options[i].bytes, sizeof(options[i].bytes));
	for (j = 0; j < options[i].nr_numbers; j++) {
		if (!next_number(reader, &number))
			return false;
		for (byte = options[i].size; byte--;)
			data[at++] = number >> byte * 8;
	}
	return add_option(reader->packet, data, options[i].len);
}

static bool read_quoted(struct reader *reader)
{
	struct script_packet inner;

	if (!script_packet_read(reader->at, reader->place, &inner))
		return false;
	reader->packet->nr_quoted = script_packet_bytes(&inner,
						reader->packet->quoted);
	reader->at += strlen(reader->at);
	return true;
}

static bool read_special(struct reader *reader)
{
	struct script_packet *packet = reader->packet;

	if (strcmp(reader->word, "src") == 0)
		return read_address(reader, &packet->src);
	if (strcmp(reader->word, "dst") == 0)
		return read_address(reader, &packet->dst);
	if (strcmp(reader->word, "about") == 0)
		return read_quoted(reader);
	if (strcmp(reader->word, "piece") == 0)
		return next_number(reader, &packet->value[SCRIPT_FROM]) &&
		       next_number(reader, &packet->value[SCRIPT_TO]);
	return false;
}

static bool read_word(struct reader *reader)
{
	uint32_t field;
	size_t i;

	if (LOOK_UP(numbers, reader->word, &field))
		return next_number(reader, &reader->packet->value[field]);
	for (i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].name, reader->word) == 0) {
			reader->packet->value[words[i].field] = words[i].value;
			return true;
		}
	}
	for (i = 0; i < COUNT(options); i++)
		if (strcmp(options[i].name, reader->word) == 0)
			return read_option(reader, i);
	return read_special(reader);
}

static void set_usual(struct script_packet *packet,
		      const struct script_place *place, bool back)
{
	static const enum script_value unset[] = {
		SCRIPT_DOFF, SCRIPT_ULEN, SCRIPT_REST, SCRIPT_CHUNK,
		SCRIPT_KEY, SCRIPT_CUT, SCRIPT_TO, SCRIPT_SUMPROTO,
	};
	size_t i;

	memset(packet, 0, sizeof(*packet));
	packet->back = back;
	packet->src = end_address(place, back);
	packet->dst = end_address(place, !back);
	packet->value[SCRIPT_SPORT] = place->port[back];
	packet->value[SCRIPT_DPORT] = place->port[!back];
	packet->value[SCRIPT_WIN] = 1000;
	packet->value[SCRIPT_TTL] = 64;
	packet->value[SCRIPT_IPID] = 1;
	packet->value[SCRIPT_ID] = 7;
	packet->value[SCRIPT_TIMES] = 1;
	for (i = 0; i < COUNT(unset); i++)
		packet->value[unset[i]] = SCRIPT_UNSET;
}

/* INIT and its answer carry a tag. */
static void put_tags(struct script_packet *packet)
{
	uint8_t *chunk = packet->extra;
	uint32_t tag = packet->value[SCRIPT_ITAG];

	if (packet->value[SCRIPT_PROTO] != IPPROTO_SCTP ||
	    (chunk[0] != 1 && chunk[0] != 2))
		return;
	chunk[4] = tag >> 24;
	chunk[5] = tag >> 16;
	chunk[6] = tag >> 8;
	chunk[7] = tag;
}

bool script_packet_read(const char *text, const struct script_place *place,
			struct script_packet *packet)
{
	struct reader reader = { .at = text, .place = place, .packet = packet };
	const char *dir = next(&reader);

	if (strcmp(dir, ">") && strcmp(dir, "<"))
		return false;
	set_usual(packet, place, *dir == '<');
	if (!read_protocol(&reader))
		return false;
	while (*next(&reader))
		if (!read_word(&reader))
			return false;
	put_tags(packet);
	return packet->value[SCRIPT_LEN] <= SCRIPT_PAYLOAD &&
	       packet->value[SCRIPT_TIMES] <= SCRIPT_TIMES_MAX;
}
