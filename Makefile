# yoke: build, test and measure. `make help` lists the targets.
CC      = gcc
VERSION = $(shell sed -n 's/^.define YOKE_VERSION "\(.*\)"/\1/p' include/yoke/yoke.h)
SONAME  = libyoke.so.0
PREFIX ?= /usr/local
# Where everything that is built goes; the sanitizer builds use folders below it.
B ?= build
V ?= 0
Q := $(if $(filter 1,$V),,@)
say = $(if $(filter 1,$V),@:,@printf '  %-6s %s\n')

# ---- what is built from what
MODULES  := runtime sharding kernels pool mapreduce pipeline perf
PACKAGES := hwloc libzstd zlib libdeflate
LIB_SRC  := $(wildcard $(MODULES:%=%/*.c))
CLI_SRC  := $(wildcard cli/*.c)
TEST_SRC := $(wildcard tests/*.c)
EXAMPLE_SRC := $(wildcard examples/*.c)
# Used where pkg-config finds them. WITHOUT="liburing libcurl" builds as if it did not.
WITHOUT ?=
has = $(and $(filter-out $(WITHOUT),$1),$(shell pkg-config --exists $1 && echo yes))
OPTIONAL := $(foreach name,liburing sqlite3,$(if $(call has,$(name)),$(name)))
# likwid has no file for pkg-config; its library is loaded at run time (perf/likwid_library.h).
LIKWID := $(and $(filter-out $(WITHOUT),likwid),$(wildcard /usr/include/likwid.h /usr/local/include/likwid.h))
# The page of HTML reports, bundled by node where scripts/deps could install the packages.
PAGE := $(and $(filter-out $(WITHOUT),node),$(shell command -v node),$(wildcard perf/page/node_modules/.package-lock.json),$B/obj/page.o)
# Small libraries beside libyoke, built where pkg-config finds what they adapt.
ADAPTED_postgres := libpq
ADAPTED_http     := libcurl
ADAPTERS := $(foreach name,postgres http,$(if $(call has,$(ADAPTED_$(name))),$(name)))
HTTP_SRC := $(if $(filter http,$(ADAPTERS)),$(wildcard pipeline/adapters/*.c))
ADAPTER_SRC := $(ADAPTERS:%=pool/adapters/resource_%.c) $(HTTP_SRC)
# The program takes its command fetch from there.
CLI_LIBS := $(if $(HTTP_SRC),$B/libyoke-http.a)
CLI_NEEDS := $(if $(HTTP_SRC),$(shell pkg-config --libs libcurl))
ADAPTER_LIBS := $(ADAPTERS:%=$B/libyoke-%.a)
ADAPTED := $(foreach name,$(ADAPTERS),$(ADAPTED_$(name)))
# What has no use without one of them.
UNADAPTED := $(filter-out $(ADAPTERS),postgres http)
TEST_SRC := $(filter-out $(UNADAPTED:%=tests/test_resource_%.c) $(UNADAPTED:%=tests/test_resource_%_inject.c),$(TEST_SRC))
EXAMPLE_SRC := $(filter-out $(UNADAPTED:%=examples/11_%_load.c),$(EXAMPLE_SRC))
TEST_SRC := $(filter-out $(if $(filter sqlite3,$(OPTIONAL)),,tests/test_results%),$(TEST_SRC))
ifeq ($(HTTP_SRC),)
TEST_SRC := $(filter-out tests/test_fetch%.c,$(TEST_SRC))
EXAMPLE_SRC := $(filter-out examples/22_fetch.c,$(EXAMPLE_SRC))
endif
# The drivers of the Parallel Research Kernels; the dense product is OpenBLAS's.
BLAS := $(shell pkg-config --exists openblas && echo openblas)
PRK_SRC := $(filter-out $(if $(BLAS),,examples/prk/dgemm.c),$(wildcard examples/prk/*.c))
PRK_BIN := $(patsubst examples/prk/%.c,$B/examples/prk_%,$(filter-out %/prk.c,$(PRK_SRC)))
LIB_OBJ  := $(LIB_SRC:%.c=$B/obj/%.o) $(PAGE)
CLI_OBJ  := $(CLI_SRC:%.c=$B/obj/%.o)
TEST_BIN := $(patsubst %.c,$B/%,$(filter tests/test_%,$(TEST_SRC)))
HUGE_BIN := $(patsubst %.c,$B/%,$(filter tests/huge_%,$(TEST_SRC)))
EXAMPLE_BIN := $(EXAMPLE_SRC:%.c=$B/%) $(PRK_BIN)
SOURCES  := $(LIB_SRC) $(ADAPTER_SRC) $(CLI_SRC) $(TEST_SRC) $(EXAMPLE_SRC) $(PRK_SRC)
BENCH_SRC := $(wildcard perf/bench/*.c perf/peers/*.c)
BENCH_BIN := $(patsubst %.c,$B/bench/%,$(notdir $(BENCH_SRC)))
HEADERS  := $(wildcard include/yoke/*.h $(MODULES:%=%/*.h) cli/*.h tests/*.h examples/prk/*.h)

CFLAGS   ?= -O3 -g
WARNINGS  = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
DIALECT   = -std=c11 -D_GNU_SOURCE -fopenmp -ffp-contract=off -Iinclude
DEPS_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) jansson 2>/dev/null) \
  $(patsubst -I%,-isystem %,$(if $(ADAPTED),$(shell pkg-config --cflags $(ADAPTED)))) $(if $(filter liburing,$(OPTIONAL)),-DYOKE_HAVE_LIBURING) \
  $(if $(filter sqlite3,$(OPTIONAL)),-DYOKE_HAVE_SQLITE) \
  $(if $(filter http,$(ADAPTERS)),-DYOKE_HAVE_LIBCURL) $(if $(PAGE),-DYOKE_HAVE_PAGE) \
  $(if $(LIKWID),-DYOKE_HAVE_LIKWID)
DEPS_LIBS   := $(shell pkg-config --libs $(PACKAGES) $(OPTIONAL) 2>/dev/null)
READY       := $(shell command -v $(CC) && pkg-config --exists $(PACKAGES) jansson && echo yes)
COMPILE   = $(CC) $(DIALECT) -I. -fPIC -fvisibility=hidden $(WARNINGS) $(CFLAGS) $(DEPS_CFLAGS)
LINK      = $(CC) -fopenmp $(CFLAGS) $(LDFLAGS)

all: $B/adapters $B/libyoke.a $B/libyoke.so $(ADAPTER_LIBS) $B/yoke ## build the library and the program (default)
tests: $(TEST_BIN) $(HUGE_BIN) $B/tests/yoke-inject $B/tests/page ## build the test programs
examples: $(EXAMPLE_BIN) ## build the examples
	$(if $(BLAS),,@echo '  prk_dgemm is left out: libopenblas-dev is not installed')
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp changes when its text does: other flags compile all again, another list of files links.
stamp = mkdir -p $(@D) && printf '%s\n' '$1' | cmp -s - $@ || printf '%s\n' '$1' >$@
$B/flags: FORCE
	@$(if $(filter yes,$(READY)),,echo 'Packages are missing; install them with: scripts/deps build' >&2; exit 1)
	@$(call stamp,$(COMPILE) $(LINK))
$B/objects: FORCE
	@$(call stamp,$(LIB_OBJ) $(CLI_OBJ))
# Which adapters there are, for yoke --version; those that are left out are named.
adapter_text = $(if $(filter $1,$(ADAPTERS)),$1 ($(ADAPTED_$1) $(shell pkg-config --modversion $(ADAPTED_$1))),no $1)
ADAPTERS_TEXT := $(call adapter_text,postgres), $(call adapter_text,http)
$B/adapters: FORCE
	@$(call stamp,$(ADAPTERS_TEXT))
	@$(foreach name,$(UNADAPTED),echo '  without libyoke-$(name), as pkg-config finds no $(ADAPTED_$(name))';)
	$(if $(PAGE),,@echo '  without HTML reports, as node or the packages of perf/page are missing')
$B/obj/cli/version.o: $B/adapters
$B/obj/cli/version.o: private DIALECT += -DADAPTERS='"$(ADAPTERS_TEXT)"'

# What this build was made with is kept with its results.
$B/obj/perf/origin.o: private DIALECT += -DYOKE_FLAGS='"$(CFLAGS)"'

$B/obj/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(COMPILE) -MMD -MP -c $< -o $@
$B/page.c: perf/page/build.js $(wildcard perf/page/src/*) perf/page/node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(say) NODE $@
	$Qnode $< $(@D)
$B/obj/page.o: $B/page.c $B/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(COMPILE) -c $< -o $@
$B/libyoke.a: $(LIB_OBJ) $B/objects
	$(say) AR $@
	$Qrm -f $@ && ar rcs $@ $(LIB_OBJ)
$B/libyoke-http.a: $(HTTP_SRC:%.c=$B/obj/%.o)
$(ADAPTER_LIBS): $B/libyoke-%.a: $B/obj/pool/adapters/resource_%.o
	$(say) AR $@
	$Qrm -f $@ && ar rcs $@ $(filter %.o,$^)
$B/libyoke.so: $(LIB_OBJ) $B/objects
	$(say) LD $@
	$Q$(LINK) -shared -Wl,-soname,$(SONAME),-z,nodelete $(LIB_OBJ) -o $@ $(DEPS_LIBS) -lm
	$Qln -sf libyoke.so $B/$(SONAME)
$B/yoke: $(CLI_OBJ) $(CLI_LIBS) $B/libyoke.a
	$(say) LD $@
	$Q$(LINK) $(CLI_OBJ) $(CLI_LIBS) $B/libyoke.a -o $@ $(CLI_NEEDS) $(DEPS_LIBS) -ljansson -lm

# Tests: tests/test_NAME.c is the suite and the program NAME. In those named *_inject, and in the
# program yoke-inject, calls that can fail go through tests/inject.c.
$B/obj/tests/%.o: private WARNINGS += -Wno-sign-compare
TEST_COMMON = harness history history_spec
$(TEST_BIN) $(HUGE_BIN): $B/tests/%: $B/obj/tests/%.o $(TEST_COMMON:%=$B/obj/tests/%.o) $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Q$(LINK) $(filter %.o,$^) $(filter %.a,$^) -o $@ $(TEST_LIBS) $(DEPS_LIBS) -lcunit -lm
$(filter %_inject,$(TEST_BIN)): $B/obj/tests/inject.o
$(filter %_inject,$(TEST_BIN)): TEST_LIBS += -Wl,@tests/inject.wrap
$B/tests/test_exact $B/tests/test_nbody $B/tests/test_number $B/tests/test_product $B/tests/test_scan_exact $B/tests/test_sparse $B/tests/test_stencil_exact $B/tests/test_xsum: TEST_LIBS += -lmpfr -lgmp
$B/tests/test_filter $B/tests/test_groupby $B/tests/test_results: TEST_LIBS += -lsqlite3
$B/tests/test_report: TEST_LIBS += -ljansson
# What makes profiles, as of a library that was compiled without regions.
$B/obj/none/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(COMPILE) -DYOKE_NO_REGIONS -MMD -MP -c $< -o $@
$B/tests/test_region_none: $B/obj/none/perf/measure.o $B/obj/none/perf/gather.o
use = $B/libyoke-$1.a $B/libyoke.a $(shell pkg-config --libs $(ADAPTED_$1))
$(ADAPTERS:%=$B/tests/test_resource_%): $B/tests/test_resource_%: $B/libyoke-%.a $B/obj/tests/server.o
$(ADAPTERS:%=$B/tests/test_resource_%_inject): $B/tests/test_resource_%_inject: $B/libyoke-%.a $B/obj/tests/server.o
$B/tests/test_resource_postgres $B/tests/test_resource_postgres_inject: TEST_LIBS += $(call use,postgres)
$B/tests/test_resource_postgres: | $B/examples/11_postgres_load
FETCH_TESTS = $(filter $B/tests/test_fetch%,$(TEST_BIN))
$B/tests/test_resource_http $B/tests/test_resource_http_inject $(FETCH_TESTS): TEST_LIBS += $(call use,http)
$(FETCH_TESTS): $B/obj/tests/server.o $(filter %-http.a,$(ADAPTER_LIBS))
$B/tests/test_resource_postgres_inject: TEST_LIBS += -Wl,@tests/inject_postgres.wrap
$B/tests/test_resource_http_inject: TEST_LIBS += -Wl,@tests/inject_http.wrap
# Patients of the doctor: programs that are sick or healthy, always built plainly, whatever the flags.
PATIENT_SRC := $(filter-out %/sick_race.c $(if $(BLAS),,%/sick_blas.c),$(wildcard tests/doctor/*.c))
YOKE_PATIENTS := $(patsubst %,$B/doctor/%,sick_convoy sick_measured sick_phase well_pool well_rush)
PATIENTS    := $(PATIENT_SRC:tests/doctor/%.c=$B/doctor/%)
# Those that need the library are left out where it is not plain.
PATIENTS    := $(filter-out $(if $(findstring sanitize,$(CFLAGS)),$(YOKE_PATIENTS)),$(PATIENTS))
$(YOKE_PATIENTS): $B/libyoke.a tests/doctor/queue.h
$(YOKE_PATIENTS): PATIENT_LIBS = $B/libyoke.a $(DEPS_LIBS)
$B/doctor/sick_blas: PATIENT_LIBS = $(shell pkg-config --cflags --libs openblas)
$B/doctor/%: tests/doctor/%.c tests/doctor/patient.h
	@mkdir -p $(@D)
	$(say) CC $<
	$Qgcc -std=c11 -D_GNU_SOURCE -O2 -g -fopenmp -Wall -Wextra -I. -Iinclude $< -o $@ $(PATIENT_LIBS) -ldl -lm
patients: $(PATIENTS) ## build the programs that yoke doctor is tested with
$B/tests/test_doctor: | $(PATIENTS) $B/yoke
# Answers like likwid, for machines without counters.
$B/tests/likwid_stub.so: tests/likwid_stub.c $B/flags
	@mkdir -p $(@D)
	$(say) LD $@
	$Q$(CC) $(DIALECT) -fPIC -shared $(CFLAGS) $< -o $@
$B/tests/test_measure_likwid $B/tests/test_experiment_likwid $B/tests/test_experiment_inject: $(if $(LIKWID),$B/tests/likwid_stub.so)
$B/tests/yoke-inject: $(CLI_OBJ) $B/obj/tests/inject.o $(CLI_LIBS) $B/libyoke.a tests/inject.wrap
	@mkdir -p $(@D)
	$(say) LD $@
	$Q$(LINK) $(filter %.o %.a,$^) -o $@ -Wl,@tests/inject.wrap $(CLI_NEEDS) $(DEPS_LIBS) -ljansson -lm
$B/tests/page: $B/obj/tests/page.o $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Q$(LINK) $^ -o $@ $(DEPS_LIBS) -lm
$B/examples/%: examples/%.c $B/libyoke.a
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(CC) $(DIALECT) $(WARNINGS) $(CFLAGS) $(DEPS_CFLAGS) $< $(EXAMPLE_LIBS) $B/libyoke.a -o $@ $(DEPS_LIBS) -lm
$(PRK_BIN): $B/examples/prk_%: $B/obj/examples/prk/%.o $B/obj/examples/prk/prk.o $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Q$(LINK) $^ -o $@ $(EXAMPLE_LIBS) $(DEPS_LIBS) -lm
$B/examples/prk_dgemm: EXAMPLE_LIBS = $(shell pkg-config --libs openblas)
$B/obj/examples/prk/dgemm.o: DEPS_CFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags openblas 2>/dev/null))
$B/examples/22_fetch: EXAMPLE_LIBS = $(call use,http)
$B/examples/22_fetch: $(filter %-http.a,$(ADAPTER_LIBS))
$B/examples/11_postgres_load: EXAMPLE_LIBS = $(call use,postgres)
$B/examples/11_postgres_load: $(filter %-postgres.a,$(ADAPTER_LIBS))

quickstart: ## install what is missing, build, and see the main job run
	+$QMAKE='$(MAKE)' B='$B' scripts/quickstart
check: ## run every check and all tests, also under sanitizers
	+$QMAKE='$(MAKE)' B='$B' scripts/check
test: all tests examples patients ## run the unit and golden tests of this build only
	$QB=$B tests/run $(TEST_BIN)
SAN = -O1 -g -DYOKE_DELAYS -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize
digests: $B/yoke ## write the table of docs/reproducibility.md
	$Q$< verify-repro --self -j 1,2,3,4,5,6,7,8 >$B/digests.md
	$Qsed -i -e '/^<!-- digests -->$$/,/^<!-- end -->$$/{//!d}' -e '/^<!-- digests -->$$/r $B/digests.md' docs/reproducibility.md
check-asan: ## run the tests under AddressSanitizer and LeakSanitizer
	+$Q$(MAKE) B=$B/asan CFLAGS='$(SAN)=address' test
check-ubsan: ## run the tests under UndefinedBehaviorSanitizer
	+$Q$(MAKE) B=$B/ubsan CFLAGS='$(SAN)=undefined' test
check-tsan: ## run the tests under ThreadSanitizer (clang-19 with Archer)
	+$QMAKE='$(MAKE)' B=$B/tsan scripts/check-tsan
check-huge: $(HUGE_BIN) ## run the kernels on 10^8 items against their references (minutes)
	$Qstatus=0; for suite in $(HUGE_BIN); do $$suite || status=1; done; exit $$status
check-vec: all ## fail when a loop that must be vectorised is not
	$QB=$B scripts/check-vec
$B/bench/%: perf/bench/%.c $B/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(CC) $(DIALECT) $(WARNINGS) $(CFLAGS) -march=native $< -o $@ -lm
$B/bench/%: perf/peers/%.c $B/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(CC) $(DIALECT) $(WARNINGS) $(CFLAGS) -march=native $< -o $@ -lm
bench: all $(BENCH_BIN) ## measure against the peers (BENCH=suite; BENCH_SCALE=0.01 for a quick look)
	$Qscripts/deps build bench
	$Qpython3 perf/bench/run.py --build $B $(BENCH)
# The benchmarks of structures and pools are in C++, as the peers are: one program each, and what they
# share in common.
COMMON_SRC   := $(wildcard perf/bench/common/*.cc)
SHARDING_SRC := $(wildcard perf/bench/sharding/*.cc)
SHARDING_BIN := $(patsubst perf/bench/sharding/%.cc,$B/bench/%,$(SHARDING_SRC))
POOL_SHARED  := $(patsubst %,perf/bench/pool/%.cc,omp problems fib_tasks)
POOL_SRC     := $(filter-out %/libomp.cc,$(wildcard perf/bench/pool/*.cc))
POOL_BIN     := $(patsubst perf/bench/pool/%.cc,$B/bench/%,$(filter-out $(POOL_SHARED),$(POOL_SRC)))
LIBOMP_SRC   := $(patsubst %,perf/bench/pool/%.cc,libomp omp)
KERNEL_SRC   := $(wildcard perf/bench/kernels/*.cc)
KERNEL_BIN   := $(patsubst perf/bench/kernels/%.cc,$B/bench/%,$(filter-out %/contest.cc,$(KERNEL_SRC)))
PIPELINE_SRC := $(wildcard perf/bench/pipeline/*.cc)
PIPELINE_SRC := $(filter-out $(if $(filter liburing,$(OPTIONAL)),,%/files.cc) $(if $(HTTP_SRC),,%/fetch.cc),$(PIPELINE_SRC))
PIPELINE_BIN := $(patsubst perf/bench/pipeline/%.cc,$B/bench/%,$(filter-out %/blocks.cc,$(PIPELINE_SRC)))
PERF_SRC     := $(wildcard perf/bench/perf/*.cc)
PERF_BIN     := $(patsubst perf/bench/perf/%.cc,$B/bench/%,$(PERF_SRC))
BENCH_CXX    := $(COMMON_SRC) $(SHARDING_SRC) $(POOL_SRC) perf/bench/pool/libomp.cc $(KERNEL_SRC) $(PIPELINE_SRC) $(PERF_SRC)
BENCH_HH     := $(wildcard perf/bench/*/*.hh)
CXX_FLAGS     = -std=c++17 -pthread $(CFLAGS) -march=native
CXX_COMPILE   = $(CXX_FLAGS) -DBENCH_FLAGS='"$(CXX_FLAGS)"' -I. -Iinclude -Wall -Wextra -Wshadow
$B/obj/perf/bench/pool/%.o $B/obj/perf/bench/kernels/%.o $B/obj/perf/bench/pipeline/%.o $B/obj/perf/bench/perf/%.o: private CXX_FLAGS += -fopenmp
$B/obj/perf/bench/kernels/numeric.o: private CXX_FLAGS += -fno-math-errno # the peer's square roots
$B/obj/perf/bench/%.o: perf/bench/%.cc $B/flags
	@mkdir -p $(@D)
	$(say) CXX $<
	$Qg++ $(CXX_COMPILE) -MMD -MP -c $< -o $@
$(SHARDING_BIN): $B/bench/%: $B/obj/perf/bench/sharding/%.o $(COMMON_SRC:%.cc=$B/obj/%.o) $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Qg++ -pthread -fopenmp $(CFLAGS) $^ -o $@ $(DEPS_LIBS) -ltbb -lck -lurcu-memb -lurcu-qsbr -lurcu-cds -lm
$(POOL_BIN): $B/bench/%: $B/obj/perf/bench/pool/%.o $(POOL_SHARED:%.cc=$B/obj/%.o) $(COMMON_SRC:%.cc=$B/obj/%.o) $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Qg++ -pthread -fopenmp $(CFLAGS) $^ -o $@ $(DEPS_LIBS) -ltbb -lm
$B/obj/perf/bench/pool/resource.o: private CXX_FLAGS += $(shell pkg-config --cflags apr-util-1 2>/dev/null)
$B/bench/resource: DEPS_LIBS += -laprutil-1 -lapr-1
$B/bench/actor: DEPS_LIBS += -lcaf_core
# $B/bench/PROGRAM: PEER_LIBS = -lNAME adds a library to one program.
$B/bench/sort: PEER_LIBS = -lhwy_contrib -lhwy -latomic # the last for ips4o
$(KERNEL_BIN): $B/bench/%: $B/obj/perf/bench/kernels/%.o $B/obj/perf/bench/kernels/contest.o $(COMMON_SRC:%.cc=$B/obj/%.o) $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Qg++ -pthread -fopenmp $(CFLAGS) $^ -o $@ $(PEER_LIBS) $(DEPS_LIBS) -ltbb -lm
$B/bench/files: PEER_LIBS = -luv
$B/bench/pipe: | $B/yoke
$(PIPELINE_BIN): $B/bench/%: $B/obj/perf/bench/pipeline/%.o $B/obj/perf/bench/pipeline/blocks.o $B/obj/perf/bench/kernels/contest.o $(COMMON_SRC:%.cc=$B/obj/%.o) $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Qg++ -pthread -fopenmp $(CFLAGS) $^ -o $@ $(PEER_LIBS) $(DEPS_LIBS) -ltbb -lm
$B/bench/fetch: $B/libyoke-http.a
$B/bench/fetch: PEER_LIBS = $(call use,http)
$B/bench/report: | $B/yoke $B/bench/generate
$(PERF_BIN): $B/bench/%: $B/obj/perf/bench/perf/%.o $B/obj/perf/bench/kernels/contest.o $(COMMON_SRC:%.cc=$B/obj/%.o) $B/libyoke.a
	@mkdir -p $(@D)
	$(say) LD $@
	$Qg++ -pthread -fopenmp $(CFLAGS) $^ -o $@ $(DEPS_LIBS) -ltbb -lm
$(POOL_BIN): | $B/bench/pool_libomp
LIBOMP_OBJ   := $(patsubst %,$B/obj/perf/bench/%.o,pool/problems common/run)
$B/bench/pool_libomp: $(LIBOMP_SRC) $(LIBOMP_OBJ) $(BENCH_HH) tests/uts_tree.h
	@mkdir -p $(@D)
	$(say) CXX $@
	$Qclang++-19 $(CXX_COMPILE) -fopenmp $(LIBOMP_SRC) $(LIBOMP_OBJ) -o $@ -lm
# $(call measure,GROUP,PROGRAMS): builds them, runs them all, and fails when one did.
define measure
	$Qscripts/deps build peers
	+$Q$(MAKE) $2
	$Qrm -f $B/bench/$1.jsonl; failed=0; for program in $2; do $$program || failed=1; done; exit $$failed
endef
bench-sharding: ## measure the sharded structures beside their peers (BENCH="counter map"; BENCH_SCALE)
	$(call measure,sharding,$(or $(BENCH:%=$B/bench/%),$(SHARDING_BIN)))
bench-pool: ## measure the pool beside its peers (BENCH="fib uts"; BENCH_SCALE)
	$(call measure,pool,$(or $(BENCH:%=$B/bench/%),$(POOL_BIN)))
bench-kernels: ## measure the kernels beside their peers (BENCH="reduce sort"; BENCH_SCALE)
	$(call measure,kernels,$(or $(BENCH:%=$B/bench/%),$(KERNEL_BIN)))
bench-pipeline: ## measure pipelines beside their peers (BENCH="empty zstd"; BENCH_SCALE)
	$(call measure,pipeline,$(or $(BENCH:%=$B/bench/%),$(PIPELINE_BIN)))
bench-perf: ## compare what loads measure with their peers (BENCH="triad epcc"; BENCH_SCALE)
	$(call measure,perf,$(or $(BENCH:%=$B/bench/%),$(PERF_BIN)))
layers: ## check who includes whom
	$Qscripts/layers

LINTED = $(SOURCES) $(HEADERS) $(BENCH_SRC) $(BENCH_CXX) $(BENCH_HH)
format: ## format all sources
	$Qclang-format -i $(LINTED)
lint: $(LINTED:%=$B/lint/%.ok) ## check format, headers and with clang-tidy
$B/lint/%.h.ok: %.h .clang-format
	@mkdir -p $(@D)
	$Qclang-format --dry-run -Werror $<
	$Q$(if $(filter include/%,$<),gcc $(DIALECT) -Wall -Wextra -fsyntax-only -x c $< && \
	  g++ -Iinclude -Wall -Wextra -fsyntax-only -x c++ $<)
	$Qtouch $@
$(patsubst %,$B/lint/%.ok,$(BENCH_CXX) $(BENCH_HH)): $B/lint/%.ok: % .clang-format
	@mkdir -p $(@D)
	$Qclang-format --dry-run -Werror $<
	$Qtouch $@
$B/lint/%.c.ok: %.c $(HEADERS) .clang-format .clang-tidy
	@mkdir -p $(@D)
	$(say) LINT $<
	$Qclang-format --dry-run -Werror $<
	$Qclang-tidy-19 --quiet $< -- $(DIALECT) -I. $(DEPS_CFLAGS) 2>$@.log || { grep -v 'warnings generated' $@.log; exit 1; }
	$Qtouch $@

install: all ## install below $(DESTDIR)$(PREFIX)
	$QDESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' VERSION='$(VERSION)' SONAME='$(SONAME)' B='$B' \
	  ADAPTERS='$(ADAPTERS)' LIBS='$(DEPS_LIBS) $(if $(findstring clang,$(CC)),-lomp,-lgomp) -lm' scripts/install
clean: ## remove what was built
	$Qrm -rf $B

FORCE:
.PHONY: all tests examples patients help quickstart check test digests check-asan check-ubsan check-huge check-tsan check-vec \
  bench bench-sharding bench-pool bench-kernels bench-pipeline bench-perf layers format lint install clean FORCE
.PRECIOUS: $B/obj/%.o
-include $(SOURCES:%.c=$B/obj/%.d) $(wildcard $B/obj/none/perf/*.d) $(BENCH_CXX:%.cc=$B/obj/%.d)
