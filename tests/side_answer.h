/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall's own TCP: servers that take connections, and what they answer,
 * so that a conversation can go on from there.
 */
#ifndef SIDE_ANSWER_H
#define SIDE_ANSWER_H

struct frame;
struct topo;

/* Ports that the firewall's TCP listens on while servers are open. */
#define NR_SERVERS 3
extern const unsigned short answer_ports[NR_SERVERS];

/* Begins to look at what the firewall sends. 0 or -EIO. topo_close() ends it.
 */
int answers_open(struct topo *topo);
void answers_close(struct topo *topo);

/* Servers that accept nothing: connections end in resets when they close. */
int answers_serve(struct topo *topo);
void answers_end(struct topo *topo);

/* Puts into a TCP frame the acknowledgement of all that the firewall has sent
 * for its connection, if anything. */
void answers_fill(struct topo *topo, struct frame *frame);

#endif
