// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dump taken by the product and by the oracle. Goes in: text and packets;
 * comes out: what each says. Packets are parsed here from their bytes as the
 * packet program does it, by the words of abi.h. It never asks the kernel.
 */
#include "subject.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "ast.h"
#include "names.h"
#include "ruleset.h"

extern const struct names names_fixed;

int subject_init(struct subject *subject, const char *text, size_t len)
{
	struct ast *ast;

	memset(subject, 0, sizeof(*subject));
	arena_init(&subject->arena);
	subject->diag = (struct diag){
		.program = "subject", .file = "generated",
		.text = text, .text_len = len,
	};
	ast = ast_parse(&subject->arena, &subject->diag);
	if (subject->diag.nr_errors)
		return -1;
	subject->ruleset = ruleset_build(&subject->arena, ast, &names_fixed,
					 true, &subject->diag);
	if (subject->diag.nr_errors)
		return -1;
	if (plan_build(&subject->arena, subject->ruleset, &subject->diag,
		       &subject->plan))
		return -1;
	subject->oracle = oracle_new(&subject->arena, ast);
	if (!subject->oracle)
		return -1;
	subject->hits = arena_alloc(&subject->arena, SUBJECT_HITS,
				    sizeof(*subject->hits));
	subject->nr_counters = oracle_nr_counters(subject->oracle);
	if (subject->nr_counters == subject->ruleset->nr_counters)
		return 0;
	fprintf(stderr, "subject: %u counters, the oracle has %u\n",
		subject->ruleset->nr_counters, subject->nr_counters);
	return -1;
}

void subject_fini(struct subject *subject)
{
	plan_free(&subject->plan);
	arena_fini(&subject->arena);
}

struct outcome subject_outcome(struct subject *subject)
{
	return (struct outcome){
		.counters = arena_alloc(&subject->arena, subject->nr_counters,
					sizeof(uint32_t)),
	};
}

void subject_ask_oracle(const struct subject *subject,
			const struct gen_packet *packet,
			struct outcome *outcome)
{
	static const enum eval_verdict verdicts[] = {
		[ORACLE_ACCEPT] = EVAL_ACCEPT,
		[ORACLE_DROP] = EVAL_DROP,
		[ORACLE_HOT] = EVAL_HOT,
	};
	uint8_t buf[GEN_BYTES];
	struct oracle_packet bytes = oracle_packet_from(packet, buf);

	memset(outcome->counters, 0, subject->nr_counters * sizeof(uint32_t));
	outcome->verdict = verdicts[oracle_run(subject->oracle, &bytes,
					       outcome->counters)];
}

/* The header that a protocol's match needs; 0: no match reads it. */
static unsigned int header_need(uint8_t proto)
{
	static const uint8_t need[256] = {
		[IPPROTO_TCP] = 20, [IPPROTO_UDP] = 8, [IPPROTO_UDPLITE] = 8,
		[IPPROTO_ICMP] = 8, [IPPROTO_SCTP] = 12, [IPPROTO_DCCP] = 12,
	};

	return need[proto];
}

static void parse_header(const uint8_t *header, size_t len,
			 struct eval_packet *to)
{
	unsigned int doff;

	if (!header_need(to->proto))
		return;
	if (len < 4) {
		to->header = HEADER_NONE;
		return;
	}
	to->sport = (uint32_t)header[0] << 8 | header[1];
	to->dport = (uint32_t)header[2] << 8 | header[3];
	to->icmp_type = header[0];
	to->icmp_code = header[1];
	if (len < header_need(to->proto)) {
		to->header = HEADER_SHORT;
		return;
	}
	if (to->proto != IPPROTO_TCP)
		return;
	doff = header[12] >> 4;
	to->tcpflags = header[13];
	if (doff < 5 || doff * 4 > len) {
		to->header = HEADER_BADOPT;
		return;
	}
	to->tcpopts_len = (uint8_t)(doff * 4 - 20);
	memcpy(to->tcpopts, header + 20, to->tcpopts_len);
}

static struct flow_label parse_flow(const struct gen_flow *flow)
{
	static const uint8_t states[NR_GEN_CT] = {
		[GEN_CT_INVALID] = FLOW_INVALID, [GEN_CT_NEW] = FLOW_NEW,
		[GEN_CT_ESTABLISHED] = FLOW_ESTABLISHED,
		[GEN_CT_RELATED] = FLOW_RELATED,
	};
	struct flow_label label = {
		.addr = { flow->saddr, flow->daddr },
		.port = { flow->sport, flow->dport },
		.expires_s = flow->expires_s,
		.proto = flow->proto,
		.label = states[flow->state],
	};

	/* What an earlier packet left is not its own: only the label counts. */
	if (flow->state == GEN_CT_INVALID)
		return label;
	label.label |= flow->reply ? LABEL_REPLY : 0;
	label.label |= flow->status & IPS_EXPECTED ? LABEL_EXPECTED : 0;
	label.label |= flow->status & IPS_SEEN_REPLY ? LABEL_SEEN_REPLY : 0;
	label.label |= flow->status & IPS_ASSURED ? LABEL_ASSURED : 0;
	label.label |= flow->status & IPS_CONFIRMED ? LABEL_CONFIRMED : 0;
	return label;
}

struct eval_packet subject_parse(const struct gen_packet *packet)
{
	struct eval_packet to = {
		.saddr = packet->saddr,
		.daddr = packet->daddr,
		.mark = packet->mark,
		.length = packet->length > LENGTH_MAX ? LENGTH_MAX :
			packet->length,
		.mac = MAC_NONE,
		.proto = packet->proto,
		.header = HEADER_OK,
		.ttl = packet->ttl,
		.tos = packet->tos,
		.pkttype = packet->pkttype,
		.ct = parse_flow(&packet->flow),
	};
	uint8_t buf[GEN_BYTES];
	size_t len = gen_packet_bytes(packet, buf);
	unsigned int i, ihl = (buf[0] & 15) * 4u;

	for (i = 0; packet->has_mac && i < 6; i++)
		to.mac = (i ? to.mac : 0) << 8 | packet->mac[i];
	memcpy(to.iif, packet->iif, sizeof(to.iif));
	memcpy(to.oif, packet->oif, sizeof(to.oif));
	if (packet->frag_offset)
		to.header = packet->frag_offset == 1 ? HEADER_LATER8 :
			HEADER_LATER;
	else
		parse_header(buf + ihl, len - ihl, &to);
	return to;
}

void subject_ask_tables(const struct subject *subject,
			const struct gen_packet *packet,
			struct outcome *outcome)
{
	struct eval_packet parsed = subject_parse(packet);
	uint32_t *hits = subject->hits;
	struct eval_trace trace = { .counters = hits, .max = SUBJECT_HITS };
	unsigned int i;

	memset(outcome->counters, 0, subject->nr_counters * sizeof(uint32_t));
	outcome->verdict = eval_run(&subject->plan.hook[packet->hook], &parsed,
				    &trace);
	for (i = 0; i < trace.nr && i < trace.max; i++)
		if (hits[i] < subject->nr_counters)
			outcome->counters[hits[i]]++;
		else
			outcome->verdict = EVAL_BOUNDS;
}

bool subject_same(const struct subject *subject, const struct outcome *a,
		  const struct outcome *b)
{
	return a->verdict == b->verdict &&
		!memcmp(a->counters, b->counters,
			subject->nr_counters * sizeof(uint32_t));
}

void subject_print(const struct subject *subject, const char *who,
		   const struct outcome *outcome, FILE *out)
{
	static const char *const verdicts[NR_EVAL_VERDICTS] = {
		[EVAL_ACCEPT] = "accept", [EVAL_DROP] = "drop",
		[EVAL_HOT] = "hot", [EVAL_STEPS] = "steps",
		[EVAL_BOUNDS] = "bounds",
	};
	unsigned int i;

	fprintf(out, "%s: %s, counters", who, verdicts[outcome->verdict]);
	for (i = 0; i < subject->nr_counters; i++)
		if (outcome->counters[i])
			fprintf(out, " %u*%u", i, outcome->counters[i]);
	fputc('\n', out);
}

/* The text without the rules that are numbered from .. from + nr - 1. */
static char *without(const char *text, size_t len, unsigned int from,
		     unsigned int nr, unsigned int *rules)
{
	char *copy = calloc(len + 1, 1), *to = copy;
	const char *line = text, *end;
	unsigned int at = 0;
	bool rule;

	if (!copy)
		abort();
	for (; line < text + len; line = end) {
		end = memchr(line, '\n', (size_t)(text + len - line));
		end = end ? end + 1 : text + len;
		rule = *line == '-' || *line == '[';
		if (rule && at >= from && at < from + nr) {
			at++;
			continue;
		}
		at += rule;
		memcpy(to, line, (size_t)(end - line));
		to += end - line;
	}
	*rules = at;
	return copy;
}

char *subject_shrink(const char *text, size_t len, subject_fails *fails,
		     void *data)
{
	unsigned int nr, total, from, left;
	char *best = without(text, len, 0, 0, &total), *try;

	for (nr = total; nr; nr /= 2)
		for (from = 0; from < total;) {
			try = without(best, strlen(best), from, nr, &total);
			if (fails(try, strlen(try), data)) {
				free(best);
				best = try;
				left = total - from;
				total -= left < nr ? left : nr;
			} else {
				free(try);
				from += nr;
			}
		}
	return best;
}
