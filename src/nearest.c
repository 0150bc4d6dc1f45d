// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The name nearest to a wrong one, for hints. In: a name and the names that
 * there are. Out: one of them, or none if nothing is near. A leaf.
 */
#include "nearest.h"

#include <string.h>

#define MAX_LENGTH	64

static unsigned int smallest(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to change, add or take away; letter case counts for nothing. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[MAX_LENGTH + 1], i, j, before, above;
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX_LENGTH || lb > MAX_LENGTH)
		return MAX_LENGTH;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		before = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = smallest(above + 1, row[j - 1] + 1,
					  before + ((a[i - 1] | 0x20) !=
						    (b[j - 1] | 0x20)));
			before = above;
		}
	}
	return row[lb];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	unsigned int far = distance(nearest->wanted, name);
	size_t len = strlen(nearest->wanted);

	/* Two letters wrong in five are another word. */
	if (far * 5 > len * 2 || (nearest->found && far >= nearest->far))
		return;
	nearest->found = name;
	nearest->far = far;
}
