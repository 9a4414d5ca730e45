# tcpclose: how did this TCP connection end, and what went wrong?
#
# `make help` lists the targets. One build directory a variant (release, clang,
# asan, tsan, cover, fuzz): nobody needs `make clean` to change between them. V=1
# shows every command; CI=1 turns warnings into errors.

VERSION := 1.0.0
SONAME  := libtcpclose.so.$(firstword $(subst ., ,$(VERSION)))

VARIANT ?= release
BUILD   := build/$(VARIANT)
Q       := $(if $(V),,@)
SAY     := @printf '  %-7s %s\n'

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
GCC        ?= gcc
CLANG      ?= clang

# Sources are found; src/cli is the program, the rest of src the library, but
# for what gives up rights: those of a process are not the library's to drop.
# cli.a is the program without its main, for tests.
OWN_SRC  := $(addprefix src/host/,landlock.c privileges.c sandbox.c system_calls.c)
LIB_SRC  := $(filter-out src/cli/% $(OWN_SRC),$(wildcard src/*/*.c src/*.c))
CLI_SRC  := $(wildcard src/cli/*.c) $(OWN_SRC)
TEST_SRC := $(wildcard tests/test_*.c)
HELP_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/*.c)
PUBLIC_H := $(wildcard include/tcpclose/*.h)
HEADERS  := $(PUBLIC_H) $(wildcard src/*.h src/*/*.h src/*/*.def tests/*.h)
ALL_C    := $(LIB_SRC) $(CLI_SRC) $(TEST_SRC) $(HELP_SRC) $(FUZZ_SRC)

obj       = $(patsubst %.c,$(BUILD)/%.o,$(1))
PROGRAM  := $(if $(CLI_SRC),$(BUILD)/tcpclose)
LIB      := $(BUILD)/libtcpclose.a
SHARED   := $(BUILD)/$(SONAME)
CLI_LIB  := $(if $(filter-out src/cli/main.c,$(CLI_SRC)),$(BUILD)/cli.a)
TESTS    := $(TEST_SRC:%.c=$(BUILD)/%) $(wildcard tests/*.sh)
FUZZERS  := $(FUZZ_SRC:%.c=$(BUILD)/%)
T         ?= tests/
TESTS_RUN := $(foreach t,$(TESTS),$(if $(findstring $(T),$(t)),$(t)))

# Those that can be built without are taken if they are there; WITHOUT=libmnl
# leaves one out. Code is told by HAVE_LIBMNL, which is its version.
OPTIONAL := $(shell for p in $(filter-out $(WITHOUT), \
              libmnl libseccomp libcap-ng); do \
              pkg-config --exists $$p 2>/dev/null && echo $$p; done)
HAVE     := $(shell for p in $(OPTIONAL); do \
              printf '%s ' "-DHAVE_$$(echo $$p | tr a-z- A-Z_)='\"$$( \
              pkg-config --modversion $$p)\"'"; done)
PKGS    := libpcap jansson zlib libzstd liblz4 liblzma libxxhash nettle \
           $(OPTIONAL)
MISSING := $(shell for p in $(PKGS) cmocka; do \
             pkg-config --exists $$p 2>/dev/null || echo $$p; done)

CFLAGS   ?= $(if $(filter release,$(VARIANT)),-O3,-O2) -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wswitch-enum -Wformat=2 -Wvla -Wcast-qual \
            -Wundef -Wwrite-strings
HARDEN   := -fstack-protector-strong \
            $(if $(findstring FORTIFY,$(CFLAGS) $(CPPFLAGS)),,-D_FORTIFY_SOURCE=2)
SANITIZE := -fno-sanitize-recover=all -fno-omit-frame-pointer
# What watches a program from inside makes calls and files of its own.
WATCHED  := -DTCPCLOSE_WATCHED
OPT_release := $(HARDEN)
OPT_clang   := $(HARDEN)
OPT_asan    := -O1 -fsanitize=address,undefined $(SANITIZE) $(WATCHED)
OPT_tsan    := -O1 -fsanitize=thread $(SANITIZE) $(WATCHED)
OPT_cover   := -O0 --coverage $(WATCHED)
OPT_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined $(SANITIZE) $(WATCHED)
# The program and the shared library are optimized as a whole: most functions
# are a few lines, called from another file. In one piece, and with -O3, it is
# a tenth faster. Objects hold plain code as well, for the archive and the tests
# (clang's would need another linker).
LTO_release := -flto=auto -ffat-lto-objects -flto-partition=one
ifeq ($(origin OPT_$(VARIANT)),undefined)
$(error VARIANT is release, clang, asan, tsan, cover or fuzz, not "$(VARIANT)")
endif
ifneq ($(filter $(VARIANT),clang fuzz),)
CC := $(CLANG)
endif

DEFINES   := -std=c11 -D_GNU_SOURCE -DTCPCLOSE_VERSION='"$(VERSION)"' $(HAVE) \
             -Iinclude -Isrc $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
ALL_FLAGS := $(DEFINES) $(WARNINGS) $(if $(CI),-Werror) -fvisibility=hidden \
             -fPIC $(CPPFLAGS) $(CFLAGS) $(OPT_$(VARIANT))
LIBS      := -Wl,--as-needed $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
CMOCKA    := $(shell pkg-config --libs cmocka 2>/dev/null)
LINK       = $(CC) $(CFLAGS) $(OPT_$(VARIANT)) $(LDFLAGS)

# As many jobs as cores, unless -j was given.
jobs = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
SUB  = +$(Q)$(MAKE) --no-print-directory $(jobs)

# ---------------------------------------------------------------- building

all: aliases ## build the program and the libraries (the default)
	$(if $(PROGRAM),,$(SAY) NOTE "src/cli has no sources: no program was built")

# A file that changes when its text does: what depends on it is rebuilt.
define stamp
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(1))' >$@
endef

$(BUILD)/flags: FORCE
	$(if $(MISSING),$(error missing: $(MISSING). tools/setup installs what the build needs))
	$(call stamp,$(CC) $(ALL_FLAGS) $(LTO_$(VARIANT)) $(LDFLAGS) $(LIBS))

$(BUILD)/sources: FORCE
	$(call stamp,$(ALL_C))

$(BUILD)/tests/%.o: INCLUDE_TESTS := -Itests
$(BUILD)/src/%.o: LTO := $(LTO_$(VARIANT))
$(BUILD)/%.o: %.c Makefile $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_FLAGS) $(LTO) $(INCLUDE_TESTS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
$(BUILD)/cli.a: $(call obj,$(filter-out src/cli/main.c,$(CLI_SRC)))
$(BUILD)/%.a: $(BUILD)/sources
	$(SAY) AR $@
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)
	$(if $(LTO_$(VARIANT)),$(Q)objcopy -w -R '.gnu.lto_*' -R '.gnu.debuglto_*' \
		-N __gnu_lto_v1 $@)

$(SHARED): $(call obj,$(LIB_SRC)) $(BUILD)/sources
	$(SAY) LD $@
	$(Q)$(LINK) $(LTO_$(VARIANT)) -shared -Wl,-soname,$(SONAME) -Wl,-z,relro,-z,now \
		-o $@ $(filter %.o,$^) $(LIBS)
	$(Q)ln -sf $(SONAME) $(BUILD)/libtcpclose.so

$(BUILD)/tcpclose: $(call obj,$(CLI_SRC) $(LIB_SRC)) $(BUILD)/sources
	$(if $(CLI_SRC),,$(error src/cli has no sources: there is no program to build))
	$(SAY) LD $@
	$(Q)$(LINK) $(LTO_$(VARIANT)) -Wl,-z,relro,-z,now -o $@ $(filter %.o,$^) $(LIBS)

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(call obj,$(HELP_SRC)) $(CLI_LIB) $(LIB)
	$(SAY) LD $@
	$(Q)$(LINK) -o $@ $(filter %.o %.a,$^) $(CMOCKA) $(LIBS)

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	$(SAY) LD $@
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $(filter %.o %.a,$^) $(LIBS)

# build/tcpclose is the release program, wherever it was built.
aliases: $(LIB) $(SHARED) $(PROGRAM)
	$(Q)$(if $(filter release,$(VARIANT)),ln -sfn $(addprefix release/, \
		$(notdir $(PROGRAM)) libtcpclose.a $(SONAME) libtcpclose.so) build/)

# ----------------------------------------------------------------- testing

setup: ## install what is missing to build (tools/setup lint, lab, judges: more)
	$(Q)tools/setup

tests: $(filter $(BUILD)/%,$(TESTS_RUN)) \
       $(if $(filter release,$(VARIANT)),all,$(PROGRAM)) ; @:

# Judges that are not to be had leave their tests skipped, and loudly so.
setup-judges: setup
	$(Q)tools/setup judges || echo "setup: without them some tests will be SKIPPED" >&2

check: setup-judges ## build and run all tests; T=name runs those with that in their name
	$(SUB) tests
	$(Q)TCPCLOSE=$(BUILD)/tcpclose V=$(V) tools/check $(BUILD)/tests $(TESTS_RUN)

# Engines that come as node modules, some 600 MB.
PIPELINE_JUDGES := @duckdb/node-api@1.5.6-r.1 chdb@3.4.0

pipeline-judges: # DuckDB and ClickHouse, some 600 MB
	@command -v npm >/dev/null || { echo "needs npm" >&2; exit 1; }
	@mkdir -p build/judges
	$(Q)npm install --silent --no-audit --no-fund --prefix build/judges \
		$(PIPELINE_JUDGES)

pipelines: all setup-judges pipeline-judges ## ask DuckDB and ClickHouse (npm) too what tools/pipelines asks
	$(Q)TCPCLOSE=build/tcpclose PIPELINE_MODULES=build/judges/node_modules \
		V=$(V) tools/check build/release/tests tests/test_pipelines.sh

golden: all ## write anew what testdata/ must give; the commit says why it changed
	$(Q)TCPCLOSE=build/tcpclose tests/golden/make tests/golden $(wildcard testdata/*.pcap*)

demo: setup ## show what tcpclose says about a capture full of troubles
	$(SUB) all
	$(if $(PROGRAM),,$(error src/cli has no sources: there is no program to show))
	$(Q)build/tcpclose -r testdata/trouble.pcapng

asan: ## all tests with the address and undefined-behaviour sanitizers
	$(SUB) VARIANT=asan check

tsan: ## all tests with the thread sanitizer
	$(SUB) VARIANT=tsan check

cover: ## all tests, and how much of each file they reached
	@find build/cover -name '*.gcda' -delete 2>/dev/null || true
	$(SUB) VARIANT=cover check
	$(Q)tools/coverage build/cover

FUZZ_SECONDS ?= 60
fuzz: ## run each fuzz target for FUZZ_SECONDS (60), with sanitizers
	$(if $(FUZZ_SRC),,$(error tests/fuzz has no sources: there is nothing to fuzz))
	$(SUB) VARIANT=fuzz fuzzers
	$(Q)for f in $(FUZZ_SRC:tests/fuzz/%.c=%); do \
		mkdir -p build/fuzz/corpus/$$f && \
		build/fuzz/tests/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) \
			-artifact_prefix=build/fuzz/$$f- -print_final_stats=1 \
			build/fuzz/corpus/$$f $(wildcard testdata) || exit 1; \
	done

fuzzers: $(FUZZERS)

# Tools that bring their own main: run if there, a clear error if not.
tool = $(Q)$(if $(wildcard $(1)),$(1) $(2),echo "$(1) is not there" >&2; exit 1)

lab: all ## judge the verdicts against real Linux stacks (root, tools/setup lab)
	$(call tool,tools/lab/lab,score --fresh '*' 'random_1-200')

LAB_QUICK := 'orderly_*' 'last_ack_*' 'fin_lost_*' 'zero_window_*' 'paws_*' \
             'stale_rst_*' 'reuse_*' 'time_wait_*' random_1-12

lab-quick: all ## the lab in a few minutes: the five findings, some random seeds
	$(call tool,tools/lab/lab,score --fresh $(LAB_QUICK))

SOAK_SECONDS ?= 600
soak: all ## many connections a minute, live, for SOAK_SECONDS (600): none lost, memory flat (root)
	$(call tool,tools/soak,$(SOAK_SECONDS))

bench: all ## speed against a bare libpcap loop over the same file
	$(call tool,tools/bench/bench)

bench-quick: all ## the benchmark's captures, small, judged for correctness only
	$(call tool,tools/bench/bench,--quick)

# ----------------------------------------------------------------- linting

# One stamp a file, so that only what changed is looked at again.
LINT   := build/lint
LINTED := $(LIB_SRC) $(CLI_SRC)
STRICT := $(DEFINES) $(WARNINGS)
SHELLS := tools/setup tools/check tools/coverage tools/man tools/readme .ci/run \
          $(filter-out %.txt,$(wildcard tools/lint/*)) \
          $(wildcard tests/*.sh tests/lib/*.sh) tests/golden/make \
          tools/pipelines/jq/questions.sh

lint: ## all static checks: layers, headers, symbols, tidy, cppcheck, analyzer, format
	$(SUB) -k VARIANT=release lint-all
	@echo "lint: nothing to complain about"

lint-all: $(addprefix lint-,layers house headers symbols format shell cppcheck) \
          $(LINTED:%.c=$(LINT)/%.tidy) $(LINTED:%.c=$(LINT)/%.analyzer)

lint-layers: ; $(Q)tools/lint/layers .
lint-house: ; $(Q)tools/lint/house .
lint-headers: ; $(Q)CC=$(GCC) tools/lint/headers
lint-symbols: $(call obj,$(LIB_SRC)) $(SHARED)
	$(Q)tools/lint/symbols $(filter %.o,$^)
	$(Q)! nm -D --defined-only $(SHARED) | grep -v ' tcpclose_'
lint-format: ; $(Q)clang-format --dry-run -Werror $(filter %.c %.h,$(ALL_C) $(HEADERS))
lint-shell: ; $(Q)shellcheck -S warning $(SHELLS)
# Never from a cache: what one file passes to another is not looked at again then.
lint-cppcheck:
	$(Q)tools/lint/quiet "cppcheck" cppcheck $(LINTED) $(HELP_SRC) $(TEST_SRC) \
		--quiet --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,style,performance,portability \
		--suppressions-list=tools/lint/cppcheck.txt \
		-Iinclude -Isrc -Itests

$(LINT)/%.tidy: %.c .clang-tidy $(HEADERS)
	@mkdir -p $(@D)
	$(Q)tools/lint/quiet "clang-tidy $<" clang-tidy --quiet $< -- $(STRICT)
	@touch $@

$(LINT)/%.analyzer: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(Q)tools/lint/quiet "gcc -fanalyzer $<" \
		$(GCC) $(STRICT) -Werror -O1 -fanalyzer -c -o /dev/null $<
	@touch $@

format: ## put all C sources into the house's format
	$(Q)clang-format -i $(filter %.c %.h,$(ALL_C) $(HEADERS))

# ---------------------------------------------- what the program generates

# X(NAME, "event_type", "...") names the records that have a schema.
EVENTS := $(shell sed -n 's/^X.[A-Z_]*, *"\([a-z_]*\)".*/\1/p' \
            src/record/events.def 2>/dev/null)

schemas: all ## write the JSON Schema of every record to schemas/, and what follows from it
	$(if $(PROGRAM),,$(error src/cli has no sources: no program to ask for schemas))
	@mkdir -p schemas
	$(Q)for e in $(EVENTS); do \
		build/tcpclose --schema $$e >build/$$e.json && \
		mv build/$$e.json schemas/$$e.json || exit 1; done
	$(call tool,tools/pipelines/from_schemas)

readme: all ## renew what README.md shows of the program's output
	$(call tool,tools/readme,build/tcpclose)

man: build/tcpclose.1 ## write the manual page to build/tcpclose.1
build/tcpclose.1: all
	$(call tool,tools/man,build/tcpclose >$@.new && mv $@.new $@)

# -------------------------------------------------------------- installing

below = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
build/tcpclose.pc: tools/tcpclose.pc.in Makefile FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call below,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(call below,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@PKGS@|$(filter-out libseccomp libcap-ng,$(PKGS))|' $< >$@

build/%.service: tools/systemd/%.service.in Makefile FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@BINDIR@|$(BINDIR)|' $< >$@

install: all build/tcpclose.pc build/tcpclose@.service $(if $(wildcard tools/man),man) ## install under DESTDIR and PREFIX (/usr/local)
	$(if $(PROGRAM),$(Q)install -D -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/tcpclose)
	$(Q)install -D -m 644 $(LIB) $(DESTDIR)$(LIBDIR)/libtcpclose.a
	$(Q)install -D -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)/$(SONAME)
	$(Q)ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libtcpclose.so
	$(Q)install -d $(DESTDIR)$(INCLUDEDIR)/tcpclose
	$(Q)install -m 644 $(PUBLIC_H) $(DESTDIR)$(INCLUDEDIR)/tcpclose
	$(Q)install -D -m 644 build/tcpclose.pc $(DESTDIR)$(LIBDIR)/pkgconfig/tcpclose.pc
	$(Q)install -D -m 644 build/tcpclose@.service $(DESTDIR)$(UNITDIR)/tcpclose@.service
	$(if $(wildcard tools/man),$(Q)install -D -m 644 build/tcpclose.1 \
		$(DESTDIR)$(MANDIR)/man1/tcpclose.1)

uninstall: ## remove what `make install` put there
	$(Q)rm -f $(DESTDIR)$(BINDIR)/tcpclose $(DESTDIR)$(MANDIR)/man1/tcpclose.1 \
		$(DESTDIR)$(UNITDIR)/tcpclose@.service \
		$(addprefix $(DESTDIR)$(LIBDIR)/,libtcpclose.a libtcpclose.so \
			$(SONAME) pkgconfig/tcpclose.pc)
	$(Q)rm -rf $(DESTDIR)$(INCLUDEDIR)/tcpclose

clean: ## remove build/
	$(Q)rm -rf build

help: ## this list
	@echo "targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | \
		awk -F'\t' '{ printf "  %-10s %s\n", $$1, $$2 }'
	@echo "variables: VARIANT=release|clang|asan|tsan|cover|fuzz V=1 CI=1 T=name CC= CFLAGS= DESTDIR= PREFIX="

FORCE:
.PHONY: all aliases setup setup-judges tests check pipeline-judges pipelines golden demo asan tsan cover fuzz fuzzers \
        lab lab-quick soak bench bench-quick lint lint-all format schemas readme man install uninstall \
        clean help FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(ALL_C:%.c=$(BUILD)/%.d)
