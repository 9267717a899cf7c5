/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel says of processors, memory and the control group, and whether counters can be
 * had.
 */
#include <errno.h>
#include <glob.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf/doctor_node.h"
#include "runtime/text.h"

/* The word in brackets: "always [madvise] never". */
static const char *chosen(char *line) {
    char *begin = strchr(line, '['), *end = begin ? strchr(begin, ']') : NULL;
    if (!end) return line;
    *end = 0;
    return begin + 1;
}

/* The value of the first line "NAME : VALUE" of a text, cut out of it; NULL when there is none. */
static char *field(char *text, const char *name) {
    char *at = text ? strstr(text, name) : NULL;
    at = at ? strchr(at, ':') : NULL;
    if (!at) return NULL;
    at += 1 + strspn(at + 1, " \t");
    at[strcspn(at, "\n")] = 0;
    return at;
}

static void read_processor(yoke__reading *r) {
    static const char group[] = "processor", source[] = "/proc/cpuinfo";
    char *text = yoke__node_text(r, source);
    bool hypervisor = text && strstr(text, " hypervisor");
    const char *model = field(text, "model name");
    yoke__fact(r, group, "model", source, "%s", model ? model : "not known");
    yoke__fact(r, group, "hypervisor", source, "%s",
               hypervisor ? "yes: other machines share the processors" : "none seen");
    free(text);
}

static void read_frequency(yoke__reading *r) {
    char governor[64], driver[64], line[64];
    yoke__fact_line(r, "processor", "frequency driver",
                    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", driver, sizeof driver);
    yoke__fact_line(r, "processor", "frequency governor",
                    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor,
                    sizeof governor);
    yoke__fact_line(r, "processor", "SMT", "/sys/devices/system/cpu/smt/control", line,
                    sizeof line);
    yoke__fact_line(r, "processor", "clock source",
                    "/sys/devices/system/clocksource/clocksource0/current_clocksource", line,
                    sizeof line);
    bool chosen_by_driver =
        strncmp(driver, "intel_pstate", 12) == 0 || strncmp(driver, "amd-pstate-epp", 14) == 0;
    if (strcmp(governor, "powersave") == 0 && !chosen_by_driver)
        yoke__advise(r, "cpupower frequency-set -g performance",
                     "the governor powersave holds the processors at their lowest frequency");
    if (strcmp(line, "hpet") == 0 || strcmp(line, "acpi_pm") == 0)
        yoke__advise(r, "find out why the kernel gave up the TSC (dmesg | grep -i tsc)",
                     "the clock is %s: reading the time takes about a microsecond", line);
}

static void read_memory_limit(yoke__reading *r) {
    yoke_memory_limit limit;
    bool known = yoke_memory_limit_read(*r->root ? r->root : NULL, &limit) == YOKE_OK &&
                 limit.bytes != SIZE_MAX;
    if (known)
        yoke__fact(r, "memory", "can be had", limit.source, "%zu MiB", limit.bytes >> 20);
    else
        yoke__fact(r, "memory", "can be had", "/proc/meminfo", "not known");
}

static void read_memory(yoke__reading *r) {
    static const char group[] = "memory", source[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    read_memory_limit(r);
    char line[128];
    bool known = yoke__node_line(r, source, line, sizeof line);
    const char *mode = known ? chosen(line) : "not known";
    yoke__fact(r, group, "transparent huge pages", source, "%s", mode);
    if (strcmp(mode, "never") == 0)
        yoke__advise(r, "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
                     "huge pages are off: large tables cost more page faults and TLB misses");
    char *text = yoke__node_text(r, "/proc/meminfo");
    const char *pool = field(text, "HugePages_Total");
    yoke__fact(r, group, "pool of huge pages", "/proc/meminfo", "%s", pool ? pool : "not known");
    free(text);
    yoke__fact_line(r, group, "NUMA balancing", "/proc/sys/kernel/numa_balancing", line,
                    sizeof line);
}

/* Each line of /proc/self/cgroup that has the controller cpu, or is of version 2. */
static void read_cgroup(yoke__reading *r) {
    static const char source[] = "/proc/self/cgroup";
    char *text = yoke__node_text(r, source), *place = NULL;
    for (char *line = text ? strtok_r(text, "\n", &place) : NULL; line;
         line = strtok_r(NULL, "\n", &place)) {
        const char *colon = strchr(line, ':'), *path = colon ? strchr(colon + 1, ':') : NULL;
        if (!path) continue;
        bool unified = path == colon + 1;
        bool cpu = strncmp(colon + 1, "cpu:", 4) == 0 || strncmp(colon + 1, "cpu,", 4) == 0 ||
                   strstr(colon, ",cpu:");
        if (unified || cpu)
            yoke__fact(r, "control group", unified ? "version 2" : "version 1, cpu", source, "%s",
                       path + 1);
    }
    free(text);
}

/* ---- limits of this process ---- */

static void print_limit(yoke__text *text, rlim_t limit, unsigned shift) {
    yoke__text_add(text, "%llu%s", (unsigned long long)limit >> shift, shift ? " KiB" : "");
}

static void print_limits(yoke__text *text, const struct rlimit *limit, unsigned shift) {
    if (limit->rlim_cur == RLIM_INFINITY) {
        yoke__text_add(text, "none");
        return;
    }
    print_limit(text, limit->rlim_cur, shift);
    if (limit->rlim_max == limit->rlim_cur) return;
    yoke__text_add(text, ", can be raised %s",
                   limit->rlim_max == RLIM_INFINITY ? "at will" : "to ");
    if (limit->rlim_max != RLIM_INFINITY) print_limit(text, limit->rlim_max, shift);
}

/* Programs that are started from here inherit them. */
static void read_limits(yoke__reading *r) {
    enum { KIB = 10 };
    static const struct {
        const char *name;
        int resource;
        unsigned shift;
    } limits[] = {{"processes and threads", RLIMIT_NPROC, 0},
                  {"open files", RLIMIT_NOFILE, 0},
                  {"address space", RLIMIT_AS, KIB},
                  {"locked memory", RLIMIT_MEMLOCK, KIB},
                  {"stack", RLIMIT_STACK, KIB},
                  {"CPU seconds", RLIMIT_CPU, 0}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        char value[96] = "";
        yoke__text text = {value, sizeof value, 0};
        if (getrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0) continue;
        print_limits(&text, &limit, limits[i].shift);
        yoke__fact(r, "limits", limits[i].name, "getrlimit", "%s", value);
    }
}

void yoke__node_system(yoke__reading *r) {
    read_processor(r);
    read_frequency(r);
    read_memory(r);
    read_cgroup(r);
    if (!*r->root) read_limits(r);
}

/* ---- counters ---- */

/* 0 when the event can be counted for this thread, else errno. */
static int try_event(unsigned type, unsigned long config) {
    struct perf_event_attr attr = {
        .type = type, .size = sizeof attr, .config = config, .exclude_kernel = 1, .exclude_hv = 1};
    int descriptor = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

static void add_event(yoke__reading *r, const char *name, unsigned type, unsigned long config) {
    int code = try_event(type, config);
    const char *why = code == ENOENT ? ": this machine, or its hypervisor, has none"
                      : code == EACCES || code == EPERM
                          ? ": perf_event_paranoid, or a sandbox, forbids it"
                          : "";
    yoke__fact(r, "counters", name, "perf_event_open", "%s%s", code ? "no" : "yes", why);
}

static bool has_library(void) {
    static const char *const patterns[] = {"/usr/lib/*/liblikwid.so*", "/usr/lib*/liblikwid.so*",
                                           "/usr/local/lib*/liblikwid.so*"};
    bool found = false;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns && !found; i++) {
        glob_t paths;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): no pattern has a "~", for which it reads users
        found = glob(patterns[i], GLOB_NOSORT, NULL, &paths) == 0;
        if (found) globfree(&paths);
    }
    return found;
}

/* likwid ends the process where it finds no counters, so it is not asked. */
static void read_likwid(yoke__reading *r) {
    static const char device[] = "/dev/cpu/0/msr";
    bool there = access(device, F_OK) == 0, readable = access(device, R_OK) == 0;
    bool daemon = access("/usr/sbin/likwid-accessD", X_OK) == 0 ||
                  access("/usr/local/sbin/likwid-accessD", X_OK) == 0;
    const char *why = !there     ? "no: there is no such device"
                      : readable ? "can be tried: the device can be read"
                      : daemon   ? "can be tried: through its daemon"
                                 : "no: the device may not be read, and there is no daemon";
    yoke__fact(r, "counters", "likwid, library", "", "%s", has_library() ? "yes" : "not found");
    yoke__fact(r, "counters", "likwid, counters", device, "%s", why);
    const char *mode = getenv("LIKWID_MODE"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (mode && !there)
        yoke__advise(r, "unset LIKWID_MODE",
                     "LIKWID_MODE=%s where there are no counters: likwid ends programs with its "
                     "marker interface at their start",
                     mode);
}

void yoke__node_counters(yoke__reading *r) {
    char line[64];
    yoke__fact_line(r, "counters", "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid",
                    line, sizeof line);
    long level = strtol(line, NULL, 10);
    if (level > 2)
        yoke__advise(r, "sysctl kernel.perf_event_paranoid=2",
                     "perf_event_paranoid is %ld: programs may not see where they spend their time",
                     level);
    if (*r->root) return;
    add_event(r, "hardware events", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
    add_event(r, "software events", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK);
    read_likwid(r);
}
