/* SPDX-License-Identifier: Apache-2.0
 *
 * Hardware counters that are shared with others: the kernel's answers are made here, so that what a
 * call has counted is known. A reading is what one read(2) of a group gives.
 */
#include <dlfcn.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/profile_use.h"

enum { EVENTS = 5, ROOM = 8, READINGS = 8 };

typedef struct reading {
    uint64_t count, enabled, running, value[ROOM];
} reading;

/* At the begin of the run, of "half", at its end, at both ends of "away" and of "alone", and at the
 * end of the run. Half of the time in "half", never in "away", all the time in "alone". Scaled up
 * to each moment, 1000 events would be 1500 at the begin of "half", 1143 at its end. */
static const reading readings[READINGS] = {
    {EVENTS, 100, 100, {500, 500, 500, 500, 500}},
    {EVENTS, 300, 200, {1000, 1000, 1000, 1000, 1000}},
    {EVENTS, 700, 400, {1010, 2000, 1000, 1000, 1000}},
    {EVENTS, 700, 400, {1010, 2000, 1000, 1000, 1000}},
    {EVENTS, 900, 400, {1010, 2000, 1000, 1000, 1000}},
    {EVENTS, 900, 400, {1010, 2000, 1000, 1000, 1000}},
    {EVENTS, 950, 450, {1017, 2000, 1000, 1000, 1000}},
    {EVENTS, 1100, 600, {2000, 3000, 1000, 1000, 1000}},
};

static int open_group(void) {
    int made = memfd_create("group", MFD_CLOEXEC);
    REQUIRE(made >= 0);
    REQUIRE(write(made, readings, sizeof readings) == (ssize_t)sizeof readings);
    REQUIRE(lseek(made, 0, SEEK_SET) == 0);
    return made;
}

/* In place of the C library's: each group of hardware events is a file with the readings. */
long syscall(long number, ...) {
    long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(arguments, long);
    va_end(arguments);
    const struct perf_event_attr *attr = (const struct perf_event_attr *)a[0];
    if (number != SYS_perf_event_open || attr->type != PERF_TYPE_HARDWARE)
        return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return (int)a[3] < 0 ? open_group() : memfd_create("member", MFD_CLOEXEC);
}

static void call(const char *name) {
    yoke_region_begin(name);
    yoke_region_end(name);
}

TEST(what_a_call_counted_is_scaled_by_its_own_times) {
    yoke_profile *p = NULL;
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    call("half");
    call("away");
    call("alone");
    REQUIRE(yoke_measure_stop(&p) == YOKE_OK);
    check_profile(p);
    CU_ASSERT_EQUAL(sum_cells(p, "half").read, 1);
    CU_ASSERT_EQUAL(sum_metric(p, "half", "cycles"), 20.0);
    CU_ASSERT_EQUAL(sum_metric(p, "half", "instructions"), 2000.0);
    CU_ASSERT_EQUAL(sum_metric(p, "half", "branch misses"), 0.0);
    CU_ASSERT(!yoke_is_measured(sum_metric(p, "away", "cycles")));
    CU_ASSERT(yoke_is_measured(sum_metric(p, "away", YOKE_METRIC_CPU_TIME)));
    CU_ASSERT_EQUAL(sum_metric(p, "alone", "cycles"), 7.0);
    CU_ASSERT_EQUAL(sum_metric(p, "", "cycles"), 3000.0);
    for (size_t i = 0; i < p->metric_count; i++) CU_ASSERT(p->metrics[i].name[0] != '\0');
    yoke_profile_destroy(p);
}
