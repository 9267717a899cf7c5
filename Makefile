# yoke: build, test and measure. `make help` lists the targets.
CC      = gcc
VERSION = 0.1.0
SONAME  = libyoke.so.0
PREFIX ?= /usr/local
# Where everything that is built goes; sanitizer builds use folders below it.
B ?= build
V ?= 0
Q := $(if $(filter 1,$V),,@)
say = $(if $(filter 1,$V),@:,@printf '  %-6s %s\n')

MODULES  := runtime sharding kernels pool mapreduce pipeline perf
PACKAGES := hwloc libzstd zlib libxxhash
CFLAGS   ?= -O3 -g
WARNINGS  = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -fopenmp -fPIC -fvisibility=hidden -Iinclude -I. $(WARNINGS) $(CFLAGS)
DEPS_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
DEPS_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm

LIB_SRC := $(wildcard $(MODULES:%=%/*.c))
CLI_SRC := $(wildcard cli/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$B/obj/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$B/obj/%.o)

all: $B/libyoke.a $B/libyoke.so $B/yoke ## build the library and the program (default)

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$B/obj/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(CC) $(ALL_CFLAGS) $(DEPS_CFLAGS) -MMD -MP -c $< -o $@

$B/libyoke.a: $(LIB_OBJ)
	$(say) AR $@
	$Qrm -f $@ && ar rcs $@ $^

$B/libyoke.so: $(LIB_OBJ)
	$(say) LD $@
	$Q$(CC) $(ALL_CFLAGS) -shared -Wl,-soname,$(SONAME) $^ -o $@ $(DEPS_LIBS)
	$Qln -sf libyoke.so $B/$(SONAME)

$B/yoke: $(CLI_OBJ) $B/libyoke.a
	$(say) LD $@
	$Q$(CC) $(ALL_CFLAGS) $^ -o $@ $(DEPS_LIBS) -ljansson

clean: ## remove what was built
	$Qrm -rf $B

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d)
.PHONY: all help clean

# ---- tests: tests/test_NAME.c is the suite and the program NAME
TEST_BIN := $(patsubst tests/%.c,$B/tests/%,$(wildcard tests/test_*.c))
$B/tests/test_%: $B/obj/tests/test_%.o $B/obj/tests/harness.o $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Q$(CC) $(ALL_CFLAGS) $^ -o $@ $(TEST_LIBS) $(DEPS_LIBS) -lcunit
tests: $(TEST_BIN) ## build the test programs
.PRECIOUS: $B/obj/tests/%.o
.PHONY: tests
