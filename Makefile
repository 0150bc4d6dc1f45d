# SPDX-License-Identifier: GPL-2.0-or-later
#
# Everything is built into build/. `make deps` installs what is needed on a
# fresh Debian 12; demo and check call it themselves.

VERSION = 0.1.0

CC = gcc
CLANG = clang
AR = ar
FLEX = flex
BISON = bison
BPFTOOL = $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
CROSS = aarch64-linux-gnu-

PREFIX = /usr/local
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man

B = build
ROUNDS = 2000
FUZZ_SECONDS = 60

WARN = -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror
OPT = -O2 -g
CPPFLAGS = -D_GNU_SOURCE -DBPFIPT_VERSION='"$(VERSION)"' \
	-Iinclude -I$(B) -Itests $(EXTRA_CPPFLAGS)
CFLAGS = -std=gnu11 $(OPT) $(WARN)
# What flex writes has a function and a comparison that nobody needs.
GENFLAGS = -Wno-unused-function -Wno-sign-compare -Wno-missing-prototypes
SANFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
FUZZFLAGS = -std=gnu11 -O1 -g -fno-omit-frame-pointer \
	-fno-sanitize-recover=undefined -fsanitize=address,undefined
LIBS = -lbpf -lelf -lz -lnetfilter_conntrack

# clang -target bpf does not look where Debian keeps <asm/types.h>. Callbacks
# have the parameters that the kernel gives them, used or not.
MULTIARCH = $(shell $(CC) -print-multiarch)
BPFFLAGS = -target bpf -mcpu=v3 -O2 -g -Wall -Wextra \
	-Wno-unused-parameter -Werror \
	-std=gnu11 -Iinclude -Ibpf -I/usr/include/$(MULTIARCH)

# --- What is there -----------------------------------------------------------

SRC = $(sort $(wildcard src/*.c))
BPF = $(sort $(wildcard bpf/*.bpf.c))
SKEL = $(BPF:bpf/%.bpf.c=$(B)/%.skel.h)
# Programs of the benchmarks, not of the product.
BENCHSKEL = $(patsubst tests/%.bpf.c,$(B)/%.skel.h,$(wildcard tests/*.bpf.c))
GRAMMAR = $(if $(wildcard grammar/scan.l),$(B)/scan.c) \
	$(if $(wildcard grammar/parse.y),$(B)/parse.c)

# Right of the bar: what calls the kernel, or includes a library that does. All
# else in src/ must link without it. The programs' own files (main, and what
# joins both sides) are neither.
TOP = main restore
KERNEL = $(patsubst src/%.c,%,$(shell grep -lE \
	'^\#include (<bpf/|<linux/bpf|<libnet|"[a-z]+\.skel\.h|"kernel\.h)' \
	src/*.c /dev/null 2>/dev/null))
NAMES = $(patsubst src/%.c,%,$(SRC))
PURE = $(filter-out $(TOP) $(KERNEL),$(NAMES))

TESTS = $(patsubst tests/%.c,%,$(sort $(wildcard tests/test_*.c)))
FUZZERS = $(patsubst tests/%.c,%,$(sort $(wildcard tests/fuzz_*.c)))
# Programs that the demo and the benchmarks run, each of one file.
TOOLS = $(patsubst tests/%.c,%,$(sort $(wildcard tests/tool_*.c)))
HELPERS = $(filter-out $(TESTS) $(FUZZERS) $(TOOLS) %.bpf,\
	$(patsubst tests/%.c,%,$(sort $(wildcard tests/*.c))))

# Tests that may link the kernel's half: those that include libbpf or name it
# here. A test with a variable NAME_OBJS (test_bits_OBJS = bits arena) links
# only these files of src/.
KERNEL_TESTS = $(patsubst tests/%.c,%,$(shell grep -lE \
	'^\#include (<bpf/|"kernel\.h)' tests/test_*.c /dev/null 2>/dev/null)) \
	test_ct_tcp test_ct_sctp test_ct_label test_flow_table test_conntrack \
	test_conntrack_text

# What the unit tests of single steps are linked with, and nothing more.
test_arena_OBJS = arena
test_diag_OBJS = diag
test_lookup_OBJS = lookup arena
test_value_OBJS = value value_addr value_port value_word value_conntrack \
	lookup arena
test_option_OBJS = option match nearest value value_addr value_port \
	value_word value_conntrack lookup arena
test_chains_OBJS = chains arena
test_pool_OBJS = pool
test_diff_OBJS = diff arena
test_vectors_OBJS = vectors pool
test_trie_OBJS = trie pool
test_cells_OBJS = cells column arena
test_labels_OBJS = labels arena
test_conntrack_text_OBJS = conntrack_options cli flow_filter flow_names \
	flow_text
test_draft_OBJS = draft labels rows cells column arena
test_matrix_OBJS = matrix draft labels rows cells column dump arena
test_tables_OBJS = tables vectors sweep classify trie pool column
test_plan_OBJS = plan $(test_tables_OBJS) matrix draft labels rows cells \
	dump arena

# --- Programs ----------------------------------------------------------------

.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/bpfipt $(B)/bpfipt-restore $(B)/bpfipt-save

$(B)/bpfipt: $(TOP:%=$(B)/obj/%.o) $(B)/obj/libkernel.a \
		$(B)/obj/libpure.a
	$(CC) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group $(LIBS)

$(B)/bpfipt-restore $(B)/bpfipt-save: | $(B)/bpfipt
	ln -sf bpfipt $@

GENOBJ = $(patsubst $(B)/%.c,%,$(GRAMMAR))

# Archives are made anew, so that a file that went leaves nothing behind.
define archive
	@mkdir -p $(@D) && rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)
endef

# $(call archives,FLAVOUR): obj is the product, san is what tests link.
define archives
$(B)/$(1)/libpure.a: $(PURE:%=$(B)/$(1)/%.o) $(GENOBJ:%=$(B)/$(1)/%.o) Makefile
	$$(archive)
$(B)/$(1)/libkernel.a: $(KERNEL:%=$(B)/$(1)/%.o) Makefile
	$$(archive)
$(B)/$(1)/libtest.a: $(HELPERS:%=$(B)/$(1)/tests/%.o) Makefile
	$$(archive)
endef
$(foreach f,obj san fuzz,$(eval $(call archives,$(f))))

# --- Objects -----------------------------------------------------------------

DEPEND = -MMD -MP
COMPILE = @mkdir -p $(@D) && echo "  CC $@" && \
	$(CC) $(CPPFLAGS) $(CFLAGS) $(DEPEND)

# Generated headers must be there before anything that may include them.
GENHDR = $(SKEL) $(GRAMMAR:.c=.h)

# $(call objects,FLAVOUR)
define objects
$(B)/$(1)/%.o: src/%.c | $(GENHDR)
	$$(COMPILE) -c -o $$@ $$<
$(B)/$(1)/%.o: $(B)/%.c | $(GENHDR)
	$$(COMPILE) $$(GENFLAGS) -c -o $$@ $$<
$(B)/$(1)/tests/%.o: tests/%.c | $(GENHDR)
	$$(COMPILE) -c -o $$@ $$<
endef
$(foreach f,obj san fuzz,$(eval $(call objects,$(f))))

$(B)/san/%.o: CFLAGS += $(SANFLAGS)
$(B)/fuzz/%.o: CC = $(CLANG)
$(B)/fuzz/%.o: CFLAGS = $(FUZZFLAGS),fuzzer-no-link

$(B)/scan.c $(B)/scan.h &: grammar/scan.l
	@mkdir -p $(@D)
	$(FLEX) -o $(B)/scan.c --header-file=$(B)/scan.h $<
$(B)/parse.c $(B)/parse.h &: grammar/parse.y
	@mkdir -p $(@D)
	$(BISON) -Wall -Werror -o $(B)/parse.c --defines=$(B)/parse.h $<

COMPILE_BPF = @mkdir -p $(@D) && echo "  BPF $@" && \
	$(CLANG) $(BPFFLAGS) $(DEPEND) -c -o $@ $<
$(B)/%.bpf.o: bpf/%.bpf.c
	$(COMPILE_BPF)
$(B)/%.bpf.o: tests/%.bpf.c
	$(COMPILE_BPF)
$(B)/%.skel.h: $(B)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $* > $@

-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/tests/*.d)

# --- Tests -------------------------------------------------------------------

# $(call testlibs,NAME): what a test is linked with.
testlibs = $(if $($(1)_OBJS),$($(1)_OBJS:%=$(B)/san/%.o),$(B)/san/libtest.a \
	$(if $(filter $(1),$(KERNEL_TESTS)),$(B)/san/libkernel.a) \
	$(B)/san/libpure.a)

define test_rule
$(B)/$(1): $(B)/san/tests/$(1).o $(call testlibs,$(1))
	$$(CC) $$(LDFLAGS) $$(SANFLAGS) -o $$@ \
		-Wl,--start-group $$^ -Wl,--end-group -lcmocka \
		$(if $(filter $(1),$(KERNEL_TESTS)),$$(LIBS))
endef
$(foreach t,$(TESTS),$(eval $(call test_rule,$(t))))

$(FUZZERS:%=$(B)/%): $(B)/%: $(B)/fuzz/tests/%.o $(B)/fuzz/libtest.a \
		$(B)/fuzz/libpure.a
	$(CLANG) $(LDFLAGS) $(FUZZFLAGS),fuzzer -o $@ \
		-Wl,--start-group $^ -Wl,--end-group

$(TOOLS:%=$(B)/obj/tests/%.o): | $(BENCHSKEL)
$(TOOLS:%=$(B)/%): $(B)/%: $(B)/obj/tests/%.o
	$(CC) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LIBS)

tests: all $(TESTS:%=$(B)/%) $(FUZZERS:%=$(B)/%) $(TOOLS:%=$(B)/%)

check: deps
	@$(MAKE) --no-print-directory -j2 -k tests || :
	@MAKE='$(MAKE)' B=$(B) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/check.sh

lint:
	@tests/lint.sh

# Rewrites the golden files; what changed is then read in review.
golden: tests
	@for t in $(filter test_golden%,$(TESTS)); do \
		GOLDEN=update $(B)/$$t || exit 1; \
	done
	@git status --short tests/fixtures

difftest: deps
	@$(MAKE) --no-print-directory tests
	ROUNDS=$(ROUNDS) $(B)/test_side
	FLOOD=2000000 FLOOD_MAX=262144 $(B)/test_flood

demo: deps
	@$(MAKE) --no-print-directory all $(TOOLS:%=$(B)/%)
	@B=$(B) contrib/demo.sh

bench: deps
	@$(MAKE) --no-print-directory all $(TOOLS:%=$(B)/%)
	@B=$(B) tests/bench.sh

check-vm: deps
	@contrib/deps.sh vm
	@$(MAKE) --no-print-directory tests
	@B=$(B) tests/vm.sh

# --- Other machines ----------------------------------------------------------

# The libraries of another architecture, unpacked under build/ without touching
# what this machine has installed.
arm64: $(SKEL)
	@B=$(B) contrib/arm64-root.sh
	@$(MAKE) --no-print-directory B=$(B)/arm64 CC=$(CROSS)gcc \
		EXTRA_CPPFLAGS='-isystem $(B)/arm64/root/usr/include' \
		LDFLAGS='-L$(B)/arm64/root/usr/lib/aarch64-linux-gnu \
		-Wl,-rpath-link,$(B)/arm64/root/lib/aarch64-linux-gnu \
		-Wl,-rpath-link,$(B)/arm64/root/usr/lib/aarch64-linux-gnu' \
		MULTIARCH=$(MULTIARCH) all

deps:
	@contrib/deps.sh

install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man8
	install -m 755 $(B)/bpfipt $(DESTDIR)$(SBINDIR)/bpfipt
	ln -sf bpfipt $(DESTDIR)$(SBINDIR)/bpfipt-restore
	ln -sf bpfipt $(DESTDIR)$(SBINDIR)/bpfipt-save
	install -m 644 $(wildcard man/*.5) $(DESTDIR)$(MANDIR)/man5
	install -m 644 $(wildcard man/*.8) $(DESTDIR)$(MANDIR)/man8

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/bpfipt $(DESTDIR)$(SBINDIR)/bpfipt-restore \
		$(DESTDIR)$(SBINDIR)/bpfipt-save
	rm -f $(patsubst man/%,$(DESTDIR)$(MANDIR)/man5/%,$(wildcard man/*.5))
	rm -f $(patsubst man/%,$(DESTDIR)$(MANDIR)/man8/%,$(wildcard man/*.8))

clean:
	rm -rf $(B)

.PHONY: all tests deps demo check check-vm difftest bench golden install \
	uninstall clean lint arm64
