/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs and the user side share: hooks, columns, the layout of
 * a generation's tables, the limits. Nothing else crosses that border. All
 * integers are host order; addresses and ports are converted once, when the
 * packet is parsed.
 *
 * One hook's tables are four flat arrays, each the single value of an array
 * map, so that a program reaches any of them with one look-up and loading one
 * is one system call:
 *
 *   tables  u32[]  classifiers: packet value -> place of a vector in words
 *   words   u64[]  vectors, search keys and wildcard bitmaps
 *   rows    what to do when a row matches
 *   extras  tests that no column can hold
 */
#ifndef ABI_H
#define ABI_H

#include <linux/types.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bpfipt does not support big-endian machines"
#endif

enum hook {
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
	NR_HOOKS,
};

/*
 * The fields that rules test. The order is that in which a packet's vectors
 * are ANDed: those that tell most rows apart come first.
 */
enum column {
	COL_DPORT,
	COL_DADDR,
	COL_SADDR,
	COL_PROTO,
	COL_IIF,
	COL_OIF,
	COL_SPORT,
	COL_ICMP,
	COL_TCPFLAGS,
	COL_MAC,
	COL_MARK,
	COL_LENGTH,
	COL_TTL,
	COL_TOS,
	COL_PKTTYPE,
	COL_STATE,
	NR_COLUMNS,
};

/*
 * How much of a transport header a packet has, as the matches of iptables see
 * it. A match whose header is cut off drops the packet ("hotdrop") instead of
 * not matching; SHORT has the ports, for multiport, but less than the match of
 * its own protocol wants. BADOPT is a whole TCP header whose options are not
 * all there. Protocols that no match reads are OK or LATER*.
 */
enum header {
	HEADER_OK,
	HEADER_LATER,		/* fragment at an offset above 8 bytes */
	HEADER_LATER8,		/* fragment at offset 8: TCP calls it evil */
	HEADER_NONE,		/* less than 4 bytes */
	HEADER_SHORT,		/* 4 bytes or more, not the whole header */
	HEADER_BADOPT,
	NR_HEADERS,
};

/*
 * Domains of the directly indexed columns. COL_PROTO is indexed by header << 8
 * | protocol; a port by the port, plus PORT_SHORT where the header is SHORT;
 * COL_ICMP by type << 8 | code; a packet above 65,535 bytes has LENGTH_MAX;
 * COL_STATE by label_index() of flow.h.
 *
 * A column is asked only for packets that have the field: ports, TCP flags and
 * ICMP with a whole header (OK, BADOPT), ports also with SHORT, but then only
 * if the column's size is PORT_SIZE. Without multiport it is less, as then no
 * row tells cut-off headers apart by their ports. COL_PROTO has kept
 * the rows from those packets that lack what they test.
 */
#define PORT_SHORT	65536u
#define LENGTH_MAX	65536u

#define PROTO_SIZE	(8u << 8)
#define PORT_SIZE	(2 * PORT_SHORT)
#define ICMP_SIZE	65536u
#define LENGTH_SIZE	(LENGTH_MAX + 1)
#define BYTE_SIZE	256u
#define PKTTYPE_SIZE	8u
#define STATE_SIZE	256u

/*
 * How a column finds the vector of a value.
 *
 * DIRECT: tables[table + value]; place 0 for values from size on.
 *
 * TRIE (addresses, mark): strides of 16, 8 and 8 bits. The first level is
 * tables[table + (value >> 16)]. An entry with TRIE_NODE set is the place of a
 * node in tables, else it is the vector. A node covers 256 slots and stores
 * only the slots whose entry differs from that of the slot before (after
 * Degermark et al., "Small Forwarding Tables for Fast Routing Lookups", 1997):
 *
 *   u32 bits[8]    bit s: slot s starts a new entry; bit 0 is always set
 *   u32 before[2]  byte w: number of bits set in bits[0..w-1]
 *   u32 entry[]    the entries in order
 *
 * SEARCH (names, MAC): words[key + 2 * i] and words[key + 2 * i + 1] are the
 * high and low half of the i-th lower bound, ascending, the first one 0; the
 * vector of the last bound that is not above the value is tables[table + i].
 * A name's 16 bytes are taken as one big-endian number, padded with zeros; a
 * MAC is the high half, MAC_NONE where the packet has none.
 */
enum classifier {
	CLASSIFY_NONE,		/* no rule tests this column */
	CLASSIFY_DIRECT,
	CLASSIFY_TRIE,
	CLASSIFY_SEARCH,
};

#define TRIE_NODE	0x80000000u
#define TRIE_ROOT	65536u
#define TRIE_BITS	8u	/* u32 words of a node's bitmap */
#define TRIE_HEAD	10u	/* u32 words before a node's entries */
#define SEARCH_MAX	65536u	/* bounds of one column */
#define MAC_NONE	(~0ull)

/*
 * Vectors. Rows are numbered 0 .. nr_rows - 1. A block is 64 words, a word 64
 * rows. A column's vector for a packet is "any | own": any are the rows that do
 * not test the column, the same for each value; own are the rows that test it
 * and accept the value, found by the classifier. Empty words and blocks are not
 * stored, equal blocks and equal vectors are stored once. With `levels`:
 *
 *   1 (up to 64 rows)     words[v] is own, any_top is any
 *   2 (up to 4,096)       words[v] = which words are not empty, those words
 *                         follow in order; any_top: which words of any are not
 *                         empty, words[any + w] is word w of any
 *   3 (up to 262,144)     words[v] = which blocks are not empty, their places
 *                         follow in order, each a vector of 2 levels; any_top:
 *                         which blocks of any are not empty, words[any_block +
 *                         b]: which words of block b of any are not empty,
 *                         words[any + w] is word w of any
 *
 * words[0] is 0: place 0 is the empty vector at each level.
 */
#define MAX_LEVELS	3
#define MAX_ROWS	262144u
#define BLOCK_ROWS	4096u
#define VECTOR_ALL	0xffffffffu	/* column not asked for this packet */

struct abi_column {
	__u32 classifier;
	__u32 table;		/* place in tables */
	__u32 size;		/* DIRECT: entries; SEARCH: bounds */
	__u32 key;		/* SEARCH: place in words */
	__u32 any;		/* place in words, levels 2 and 3 */
	__u32 any_block;	/* place in words, level 3 */
	__u64 any_top;
};

/* What a matching row does, after it is counted. */
enum op {
	OP_ACCEPT,
	OP_DROP,
	OP_CONTINUE,		/* no target: go on at the next row */
	OP_RETURN,		/* pop; from the bottom: to policy_row */
	OP_JUMP,		/* push the next row, go to `jump` */
	OP_GOTO,		/* go to `jump` */
	NR_OPS,
};

#define COUNTER_NONE	0xffffffffu	/* the RETURN that ends a user chain */

struct abi_row {
	__u32 counter;		/* index of the rule's counter */
	__u32 jump;		/* first row of the target chain */
	__u32 extra;		/* first of nr_extras in extras */
	__u8 op;
	__u8 nr_extras;
	__u8 hot;		/* bit h: with header h the packet is dropped
				 * here, if all extras hold, and counted on no
				 * rule */
	__u8 pad;
};

/*
 * A test evaluated only when all columns let the row through: (field & mask)
 * == value, or whether TCP option `value` is present; flipped by invert.
 *
 * Those from EXTRA_CT_SADDR on are of the packet's flow, as its first packet
 * had them; REPLY_* as a reply has them, which differs for ICMP only. Those
 * from EXTRA_CT_PROTO on are ranges: value <= field <= mask. A packet without
 * a flow passes them all, inverted or not: xt_conntrack does not ask them then,
 * and COL_STATE has kept it from the rows that it may not match.
 */
enum extra {
	EXTRA_SADDR,
	EXTRA_DADDR,
	EXTRA_MARK,
	EXTRA_TCPOPT,
	EXTRA_CT_SADDR,
	EXTRA_CT_DADDR,
	EXTRA_CT_PROTO,
	EXTRA_CT_SPORT,
	EXTRA_CT_DPORT,
	EXTRA_CT_REPLY_SPORT,
	EXTRA_CT_REPLY_DPORT,
	EXTRA_CT_EXPIRES,	/* seconds */
	NR_EXTRAS,
};

struct abi_extra {
	__u32 value;
	__u32 mask;
	__u8 kind;
	__u8 invert;
	__u8 pad[2];
};

/* One conntrack match has at most 10. */
#define MAX_ROW_EXTRAS	16
#define MAX_DEPTH	4096u		/* nested jumps */
#define MAX_STEPS	(1u << 23)	/* bpf_loop's own bound */

/* A program's constants: what is zero here is not in the loaded program. */
struct abi_config {
	__u32 hook;
	__u32 levels;
	__u32 nr_rows;
	__u32 policy_row;	/* where a RETURN from the bottom goes */
	__u32 nr_tables;	/* lengths of the arrays, in elements */
	__u32 nr_words;
	__u32 nr_extras;
	__u32 nr_counters;
	__u32 depth;		/* deepest nesting of jumps, 0 without any */
	__u32 steps;		/* bound on rows and words visited */
	__u32 reads_header;	/* a rule or the tracker reads headers */
	__u32 reads_tcpopt;	/* a rule reads TCP options */
	__u32 tracked;		/* a rule of any hook tests state */
	__u32 datagrams;	/* fragments are judged as their datagram: not
				 * in FORWARD, unless it is tracked */
	struct abi_column column[NR_COLUMNS];
};

/*
 * Counters: index 0 .. NR_HOOKS - 1 are the policies in the order of enum
 * hook, then the rules in the order in which they are saved. They lie in
 * chunks, as a per-CPU array's element may have 32 KiB.
 */
#define COUNTER_CHUNK	1024u

struct abi_counter {
	__u64 packets;
	__u64 bytes;
};

/*
 * Generations. The residents read `active` once per packet and tail-call slot
 * (active % NR_SLOTS) * NR_HOOKS + hook of the program array: the running
 * generation, the one before it and the one being loaded each have a slot.
 * Number 0 is never used.
 */
#define NR_SLOTS	4u

/* Behind the generations' slots, the residents that chain programs go through
 * when they are tracked: empty until the first rules that test state. */
#define SLOT_LABEL	(NR_SLOTS * NR_HOOKS)		/* before the chain */
#define SLOT_STORE	(NR_SLOTS * NR_HOOKS + 1)	/* after it */
#define NR_PROGRAMS	(NR_SLOTS * NR_HOOKS + 2)

static inline __u32 abi_slot(__u32 generation, __u32 hook)
{
	return generation % NR_SLOTS * NR_HOOKS + hook;
}

/*
 * What a slot's program wants the selector to fill in, by slot in `needs`:
 * set before the generation is made active. Only the selector reads kernel
 * structures, so that loading a generation needs no relocation.
 */
#define NEED_IIF	1u	/* name of the input device */
#define NEED_OIF	2u	/* name of the output device */
#define NEED_ETHER	4u	/* whether there is a MAC address */
#define NEED_STATE	8u	/* connections are tracked; in all hooks */

/* Why a packet was dropped other than by a rule or policy, or passed without
 * being judged: indices of the residents' per-CPU `events`. */
enum event {
	DROP_NO_PROGRAM,	/* tail call missed */
	DROP_NO_SCRATCH,	/* per-CPU memory not there */
	DROP_BOUNDS,		/* a table led outside itself */
	DROP_STEPS,		/* the walk passed its bound */
	DROP_HOT,		/* transport header cut off: as iptables */
	DROP_FRAGMENT_HEADER,	/* first fragment without its whole header */
	DROP_FRAGMENT_OVERWRITE,/* later one over a header that was judged */
	DROP_FRAGMENT_UNKNOWN,	/* later one whose first was not seen */
	DROP_FRAGMENT_LENGTH,	/* rules test a length that is not known */
	DROP_SOURCE_ROUTE,
	DROP_NO_ROUTE_DEVICE,	/* -o tested, the route's device unknown */
	DROP_TAGS,		/* more VLAN tags than looked behind */
	DROP_NO_HEADER,		/* sent without a whole IP header */
	DROP_FLOWS_FULL,	/* no room for its connection */
	DROP_FLOWS_BUSY,	/* others kept its connection locked */
	FLOW_EVICTED,		/* gave way to a new one; no packet's event */
	PASS_NOT_IPV4,
	PASS_VLAN,		/* left to the VLAN device */
	PASS_LOWER,		/* left to the bridge, bond or upper device */
	PASS_OTHER_HOST,	/* not for this host: iptables never sees it */
	PASS_STACK_DROPS,	/* the stack discards it before the chain */
	PASS_PACKET_SOCKET,
	PASS_FORWARDED,		/* egress of what was judged on its way in */
	PASS_LATER_FRAGMENT,	/* judged with its first fragment */
	PASS_MOVED,		/* its device is in another namespace now */
	NR_EVENTS,
};

_Static_assert(sizeof(struct abi_column) == 32, "abi_column");
_Static_assert(sizeof(struct abi_row) == 16, "abi_row");
_Static_assert(sizeof(struct abi_extra) == 12, "abi_extra");
_Static_assert(sizeof(struct abi_config) == 56 + 32 * NR_COLUMNS, "abi_config");
_Static_assert(__builtin_offsetof(struct abi_row, op) == 12, "abi_row.op");
_Static_assert(__builtin_offsetof(struct abi_config, column) == 56, "column");
_Static_assert(sizeof(struct abi_counter) == 16, "abi_counter");

#endif
