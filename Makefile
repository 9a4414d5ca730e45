# tcpclose: how did this TCP connection end, and what went wrong?
#
# One build directory a variant (release, asan, cover, ...): nobody needs
# `make clean` to change between them. V=1 shows every command.

VARIANT ?= release
BUILD   := build/$(VARIANT)
Q       := $(if $(V),,@)

PKGS     := libpcap jansson zlib libzstd liblz4 liblzma libxxhash nettle
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wswitch-enum -Wformat=2 -Wvla -Wcast-qual \
            -Wundef -Wwrite-strings
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -fvisibility=hidden -fPIC -MMD -MP \
             $(WARNINGS) $(if $(CI),-Werror) $(SAN_$(VARIANT)) \
             $(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS     := $(shell pkg-config --libs $(PKGS)) -lm
CMOCKA   := $(shell pkg-config --libs cmocka)

LIB_SRC  := $(filter-out src/cli/%,$(wildcard src/*/*.c src/*.c))
CLI_SRC  := $(wildcard src/cli/*.c)
TEST_SRC := $(wildcard tests/test_*.c)
HELP_SRC := $(filter-out $(TEST_SRC),$(wildcard tests/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(BUILD)/%.o)
HELP_OBJ := $(HELP_SRC:%.c=$(BUILD)/%.o)
TESTS    := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

all: $(BUILD)/libtcpclose.a $(TESTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(CC) $(CFLAGS_ALL) -Itests -c -o $@ $<

$(BUILD)/libtcpclose.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(HELP_OBJ) $(BUILD)/libtcpclose.a
	@echo "  LD $@"
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS)

check: $(TESTS)
	$(Q)for t in $(TESTS); do $$t || exit 1; done

.PHONY: all check
.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
