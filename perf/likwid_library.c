/* SPDX-License-Identifier: Apache-2.0 */
#include "perf/likwid_library.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/fork.h"
#include "yoke/measure.h"

#ifndef YOKE_HAVE_LIKWID

bool yoke__likwid_marks(void) { return false; }

int yoke_measure_probe_likwid(void) {
    return yoke_fail(YOKE_EUNSUPPORTED, "this build is without likwid");
}

#else

static const char device[] = "/dev/cpu/0/msr";

/* NULL also for an empty one. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

typedef enum access_way { NO_WAY, DIRECT, DAEMON } access_way;

static bool has_daemon(void) {
    static const char *const paths[] = {"/usr/sbin/likwid-accessD",
                                        "/usr/local/sbin/likwid-accessD",
                                        "/usr/sbin/likwid/likwid-accessD"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (access(paths[i], X_OK) == 0) return true;
    }
    return false;
}

/* How the counters are reached. Without the device there is no way, also for the daemon. */
static access_way find_way(void) {
    if (variable("YOKE_LIKWID") || access(device, R_OK | W_OK) == 0) return DIRECT;
    return access(device, F_OK) == 0 && has_daemon() ? DAEMON : NO_WAY;
}

int yoke_measure_probe_likwid(void) {
    if (find_way() != NO_WAY) return YOKE_OK;
    return yoke_fail(YOKE_EUNSUPPORTED, "likwid has no %s to count with", device);
}

bool yoke__likwid_marks(void) {
    return variable("LIKWID_MODE") && variable("LIKWID_FILEPATH") && find_way() != NO_WAY;
}

static bool find_calls(void *library, yoke__likwid_calls *calls) {
#define FIND(name)                                                                                 \
    *(void **)&calls->name = dlsym(library, #name);                                                \
    if (!calls->name) return false;
    YOKE__LIKWID_CALLS(FIND)
#undef FIND
    return true;
}

static const char *open_library(yoke__likwid_calls *calls) {
    const char *wish = variable("YOKE_LIKWID");
    void *library = dlopen(wish ? wish : "liblikwid.so.5", RTLD_NOW | RTLD_LOCAL);
    if (!library && !wish) library = dlopen("liblikwid.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) return "the library is not installed";
    if (!find_calls(library, calls)) {
        dlclose(library);
        return "the library has not all that is used here";
    }
    return NULL;
}

/* The access mode is set after the topology, which resets it. */
static const char *prepare(const yoke__likwid_calls *calls, access_way way) {
    if (calls->topology_init() != 0) return "the topology was not found";
    const CpuInfo *cpu = calls->get_cpuInfo();
    if (!cpu || !cpu->short_name) return "this processor is not supported";
    calls->HPMmode(way == DIRECT ? ACCESSMODE_DIRECT : ACCESSMODE_DAEMON);
    calls->perfmon_setVerbosity(0);
    return NULL;
}

static atomic_bool loaded;
static atomic_uint forks; /* yoke__forks then */

bool yoke__likwid_is_parents(void) { return loaded && forks != yoke__forks; }

const yoke__likwid_calls *yoke__likwid_load(yoke__text *notes) {
    static yoke__likwid_calls calls;
    access_way way = find_way();
    const char *why = way == NO_WAY               ? "there is no /dev/cpu/0/msr to count with"
                      : yoke__likwid_is_parents() ? YOKE__LIKWID_PARENTS
                                                  : NULL;
    if (!why && !loaded) why = open_library(&calls);
    if (!why && !loaded) why = prepare(&calls, way);
    if (!why) {
        loaded = true;
        forks = yoke__forks;
        return &calls;
    }
    if (notes) yoke__text_add(notes, "likwid: %s\n", why);
    return NULL;
}

#endif
