/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the restore and save commands of either firewall in a namespace and
 * reads what save printed. Text goes in and comes out; what rules mean is not
 * known here.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side_tool.h"

const struct tool tool_legacy = {
	.restore = "iptables-legacy-restore",
	.save = "iptables-legacy-save",
};

static const char *from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

struct tool tool_product(void)
{
	return (struct tool){
		.restore = from_environment("BPFIPT_RESTORE",
					    "build/bpfipt-restore"),
		.save = from_environment("BPFIPT_SAVE", "build/bpfipt-save"),
		.control = from_environment("BPFIPT", "build/bpfipt"),
	};
}

int tool_restore(const struct tool *tool, const struct testns *ns,
		 const char *option, const char *text)
{
	const char *const argv[] = { tool->restore, option, NULL };
	char *said;
	int status = testns_run(ns, argv, text, &said);

	if (status)
		fprintf(stderr, "%s: status %d: %s\n", tool->restore, status,
			said ? said : "");
	free(said);
	return status;
}

char *tool_save(const struct tool *tool, const struct testns *ns)
{
	const char *const argv[] = { tool->save, "-c", NULL };
	char *said, *from, *to, *text = NULL;
	int status = testns_run(ns, argv, NULL, &said);

	from = said ? strstr(said, "*filter\n") : NULL;
	to = from ? strstr(from, "\nCOMMIT\n") : NULL;
	if (status || !to)
		fprintf(stderr, "%s: status %d: %s\n", tool->save, status,
			said ? said : "");
	else
		text = strndup(from, to + 1 - from);
	free(said);
	return text;
}

void tool_unload(const struct tool *tool, const struct testns *ns)
{
	const char *const argv[] = { tool->control, "unload", NULL };

	if (tool->control)
		testns_run(ns, argv, NULL, NULL);
}

/* The kernel's own table. One that cannot be emptied shows as a difference. */
static int kernel_forget(void *arg)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg family;
	} ask = {
		.head = {
			.nlmsg_len = sizeof(ask),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
				      IPCTNL_MSG_CT_DELETE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.family = { .nfgen_family = AF_INET },
	};
	char answer[256];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	(void)arg;
	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) < 0)
		perror("emptying the kernel's table of connections");
	if (fd >= 0)
		close(fd);
	return 0;
}

void tool_forget(const struct tool *tool, const struct testns *ns)
{
	const char *const argv[] = { tool->control, "conntrack", "-F", NULL };

	if (tool->control)
		testns_run(ns, argv, NULL, NULL);
	else
		testns_call(ns, kernel_forget, NULL);
}

/* [p:b] in front of a rule; behind a chain's policy it is the last word. */
static void split(const char *text, int len, struct saved_line *line)
{
	int used = 0, at;

	*line = (struct saved_line){ .text = text, .len = len };
	if (sscanf(text, "[%" SCNu64 ":%" SCNu64 "] %n", &line->packets,
		   &line->bytes, &used) == 2 && used) {
		line->text += used;
		line->len -= used;
		return;
	}
	if (*text != ':')
		return;
	for (at = len; at && text[at - 1] != '['; at--)
		;
	if (at && sscanf(text + at, "%" SCNu64 ":%" SCNu64, &line->packets,
			 &line->bytes) == 2)
		line->len = at - 1;
}

int saved_next(const char **text, struct saved_line *line)
{
	const char *end = strchr(*text, '\n');

	if (!end)
		return 0;
	split(*text, end - *text, line);
	*text = end + 1;
	return 1;
}

static int same_bytes(const struct saved_line *a, const struct saved_line *b,
		      struct saved_rest *rest)
{
	uint64_t less = a->bytes - b->bytes;

	if (a->bytes == b->bytes)
		return 1;
	if (a->bytes < b->bytes || less % 8 || less > rest->rest * a->packets)
		return 0;
	rest->lacking++;
	return 1;
}

static int same_line(const struct saved_line *a, const struct saved_line *b,
		     struct saved_rest *rest)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len) &&
	       a->packets == b->packets && same_bytes(a, b, rest);
}

static void print_difference(const struct saved_line *a,
			     const struct saved_line *b, FILE *out)
{
	fprintf(out, "there [%" PRIu64 ":%" PRIu64 "] here [%" PRIu64
		":%" PRIu64 "] %.*s", a->packets, a->bytes, b->packets,
		b->bytes, a->len, a->text);
	if (a->len != b->len || memcmp(a->text, b->text, a->len))
		fprintf(out, " <> %.*s", b->len, b->text);
	fprintf(out, "\n");
}

unsigned int saved_compare(const char *a, const char *b,
			   struct saved_rest *rest, FILE *out)
{
	static const struct saved_line none = { .text = "(no line)", .len = 9 };
	struct saved_line x, y;
	unsigned int found = 0;
	int more_a, more_b;

	for (;;) {
		more_a = saved_next(&a, &x);
		more_b = saved_next(&b, &y);
		if (!more_a && !more_b)
			return found;
		if (more_a && more_b && same_line(&x, &y, rest))
			continue;
		if (found++ < 10)
			print_difference(more_a ? &x : &none,
					 more_b ? &y : &none, out);
	}
}
