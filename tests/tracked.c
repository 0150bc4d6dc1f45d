// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the product in a namespace and converses over its lo. What goes wrong
 * with the means fails the test; what the product says is the test's to judge.
 */
#include "tracked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#define PORT	5300		/* of both rulesets */

const char tracked_stateless[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -p udp -m udp --dport 5300\n"
	"COMMIT\n";

const char tracked_stateful[] =
	"*filter\n"
	":INPUT ACCEPT [0:0]\n"
	":FORWARD ACCEPT [0:0]\n"
	":OUTPUT ACCEPT [0:0]\n"
	"-A INPUT -p udp -m udp --dport 5300 -m state --state NEW\n"
	"-A INPUT -p udp -m udp --dport 5300 -m state --state ESTABLISHED\n"
	"COMMIT\n";

struct tracked *tracked_of(void **state)
{
	struct tracked *tracked = *state;

	if (tracked->missing) {
		printf("SKIP: %s\n", tracked->missing);
		skip();
	}
	return tracked;
}

void tracked_restore(const struct tracked *tracked, const char *rules)
{
	assert_int_equal(tool_restore(&tracked->tool, &tracked->ns, NULL,
				      rules), 0);
}

int tracked_restore_with(const struct tracked *tracked, const char *a,
			 const char *b, char **said)
{
	const char *const argv[] = { tracked->tool.restore, a, b, NULL };

	return testns_run(&tracked->ns, argv, tracked_stateful, said);
}

char *tracked_control(const struct tracked *tracked, const char *verb,
		      const char *option)
{
	const char *const argv[] = { tracked->tool.control, verb, option,
				     NULL };
	char *said = NULL;

	assert_int_equal(testns_run(&tracked->ns, argv, NULL, &said), 0);
	return said;
}

void tracked_unload(const struct tracked *tracked, const char *option)
{
	free(tracked_control(tracked, "unload", option));
}

bool tracked_status(const struct tracked *tracked, const char *text)
{
	char *said = tracked_control(tracked, "status", NULL);
	bool has = strstr(said, text);

	free(said);
	return has;
}

int tracked_pin(const struct tracked *tracked, const char *name)
{
	struct stat st;
	char path[128];

	assert_int_equal(fstat(tracked->ns.fd, &st), 0);
	snprintf(path, sizeof(path), "/sys/fs/bpf/bpfipt/%" PRIuMAX "/%s",
		 (uintmax_t)st.st_ino, name);
	return bpf_obj_get(path);
}

bool tracked_has_table(const struct tracked *tracked)
{
	int fd = tracked_pin(tracked, "conntrack/layout");

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int bound_socket(uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		abort();
	return fd;
}

static void send_to(int from, uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (sendto(from, "?", 1, 0, (struct sockaddr *)&sin,
		   sizeof(sin)) != 1)
		abort();
}

static int converse(void *arg)
{
	const uint16_t *port = arg;
	int client = bound_socket(*port), server = bound_socket(PORT);

	send_to(client, PORT);
	send_to(server, *port);
	close(client);
	close(server);
	return 0;
}

/* How often the first rule with that word was met. */
static uint64_t met(const struct tracked *tracked, const char *word)
{
	char *saved = tool_save(&tracked->tool, &tracked->ns);
	const char *text = saved;
	struct saved_line line;
	uint64_t packets = UINT64_MAX;

	assert_non_null(saved);
	while (saved_next(&text, &line) && packets == UINT64_MAX)
		if (memmem(line.text, (size_t)line.len, word, strlen(word)))
			packets = line.packets;
	free(saved);
	assert_true(packets != UINT64_MAX);
	return packets;
}

void tracked_converse(const struct tracked *tracked, uint16_t port)
{
	testns_call(&tracked->ns, converse, &port);
}

bool tracked_known(const struct tracked *tracked, uint16_t port)
{
	uint64_t new = met(tracked, "--state NEW");
	uint64_t established = met(tracked, "--state ESTABLISHED");

	tracked_converse(tracked, port);
	new = met(tracked, "--state NEW") - new;
	established = met(tracked, "--state ESTABLISHED") - established;
	assert_int_equal(new + established, 1);
	return established;
}
