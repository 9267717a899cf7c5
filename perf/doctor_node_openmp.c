/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenMP on this node: the runtimes there are and those that are loaded, what binds threads, and
 * the variables that steer yoke, OpenMP and their neighbours.
 */
#include <glob.h>
#include <limits.h>
#include <link.h>
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/doctor_node.h"
#include "perf/watch_space.h"
#include "runtime/text.h"

/* ---- runtimes ---- */

static bool is_runtime(const char *path) {
    const char *name = yoke__base_name(path);
    return strncmp(name, "libgomp.so", 10) == 0 || strncmp(name, "libomp.so", 9) == 0 ||
           strncmp(name, "libomp5", 7) == 0 || strncmp(name, "libiomp5", 8) == 0;
}

/* A runtime does not say which OpenMP it has; the versions of its names do. */
static void add_runtime(yoke__reading *r, const char *name, const char *path) {
    char real[PATH_MAX], openmp[32], gcc[32];
    const char *file = realpath(path, real) ? real : path;
    yoke__symbols_version(file, "OMP_", openmp, sizeof openmp);
    yoke__symbols_version(file, "GOMP_", gcc, sizeof gcc);
    yoke__fact(r, "OpenMP", name, path, "%s%s%s%s%s", file, *openmp ? ", with names up to " : "",
               openmp, *openmp && *gcc ? " and " : "", *openmp ? gcc : "");
}

typedef struct loaded {
    yoke__reading *reading;
    int count;
} loaded;

static int take_loaded(struct dl_phdr_info *info, size_t size, void *ctx) {
    (void)size;
    loaded *l = ctx;
    if (!is_runtime(info->dlpi_name)) return 0;
    l->count++;
    add_runtime(l->reading, "loaded", info->dlpi_name);
    return 0;
}

static void read_runtimes(yoke__reading *r) {
    static const char *const patterns[] = {
        "/usr/lib/*/libgomp.so.1",         "/usr/lib64/libgomp.so.1",
        "/usr/lib/llvm-*/lib/libomp.so.5", "/usr/lib/*/libomp.so.5",
        "/usr/lib/*/libiomp5.so",          "/opt/intel/oneapi/compiler/latest/lib/libiomp5.so"};
    loaded l = {.reading = r};
    dl_iterate_phdr(take_loaded, &l);
    if (l.count > 1)
        yoke__advise(r, "link everything with one compiler's OpenMP, and look at LD_PRELOAD",
                     "%d OpenMP runtimes are loaded into this very process", l.count);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t paths;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): no pattern has a "~", for which it reads users
        if (glob(patterns[i], 0, NULL, &paths) != 0) continue;
        for (size_t j = 0; j < paths.gl_pathc; j++) add_runtime(r, "installed", paths.gl_pathv[j]);
        globfree(&paths);
    }
    yoke__fact(r, "OpenMP", "yoke was compiled for", "_OPENMP", "%d", _OPENMP);
}

/* ---- binding ---- */

static void read_mask(yoke__reading *r) {
    cpu_set_t set;
    char list[200];
    yoke__text text = {list, sizeof list, 0};
    list[0] = 0;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &set) || (i > 0 && CPU_ISSET(i - 1, &set))) continue;
        int last = i;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) last++;
        yoke__text_add(&text, list[0] ? ",%d" : "%d", i);
        if (last > i) yoke__text_add(&text, "-%d", last);
    }
    yoke__fact(r, "binding", "this thread may run on", "sched_getaffinity", "%s", list);
}

static const char *bind_name(omp_proc_bind_t bind) {
    return bind == omp_proc_bind_false    ? "no binding"
           : bind == omp_proc_bind_true   ? "to places, as the runtime chooses"
           : bind == omp_proc_bind_master ? "all to the first thread's place"
           : bind == omp_proc_bind_close  ? "to neighbouring places"
           : bind == omp_proc_bind_spread ? "to places far apart"
                                          : "not known";
}

static void read_places(yoke__reading *r) {
    int places = omp_get_num_places(), processors = 0;
    omp_proc_bind_t bind = omp_get_proc_bind();
    for (int i = 0; i < places; i++) processors += omp_get_place_num_procs(i);
    yoke__fact(r, "binding", "OpenMP binds threads", "omp_get_proc_bind", "%s", bind_name(bind));
    yoke__fact(r, "binding", "OpenMP's places", "omp_get_num_places",
               "%d, with %d processors in all", places, processors);
    if (bind == omp_proc_bind_false || !places) return;
    if (bind == omp_proc_bind_master || (places == 1 && processors == 1 && r->limit.threads > 1))
        yoke__advise(r, "set OMP_PLACES=threads and OMP_PROC_BIND=close, or unset both",
                     "OpenMP binds all threads to one place (of %d)", places);
}

/* ---- variables ---- */

static bool has_prefix(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_of_interest(const char *variable) {
    static const char *const prefixes[] = {
        "YOKE_",
        "OMP_",
        "GOMP_",
        "KMP_",
        "OPENBLAS_NUM_THREADS=",
        "MKL_NUM_THREADS=",
        "BLIS_NUM_THREADS=",
        "HWLOC_",
        "LIKWID_",
        "SLURM_CPUS_PER_TASK=",
        "LD_PRELOAD=",
    };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (has_prefix(variable, prefixes[i])) return true;
    }
    return false;
}

/* Numbers of threads that are none are left out of the limit, silently elsewhere. */
static void judge_number(yoke__reading *r, const char *name, yoke_bound_kind kind) {
    const char *value = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (!value) return;
    for (int i = 0; i < r->limit.count; i++) {
        if (r->limit.bounds[i].kind == kind) return;
    }
    yoke__advise(r, "give a positive whole number, or unset it", "%s='%s' is not obeyed", name,
                 value);
}

static void read_variables(yoke__reading *r) {
    for (char **at = environ; at && *at; at++) {
        const char *equals = strchr(*at, '=');
        if (!equals || !is_of_interest(*at)) continue;
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(equals - *at), *at);
        yoke__fact(r, "variables", name, "environment", "%s", equals + 1);
    }
    judge_number(r, "OMP_NUM_THREADS", YOKE_BOUND_OMP_THREADS);
    judge_number(r, "OMP_THREAD_LIMIT", YOKE_BOUND_OMP_LIMIT);
    judge_number(r, "YOKE_NUM_THREADS", YOKE_BOUND_YOKE_THREADS);
    omp_sched_t kind;
    int chunk;
    omp_get_schedule(&kind, &chunk);
    int plain = (int)((unsigned)kind & 0xff);
    const char *names[] = {"?", "static", "dynamic", "guided", "auto"};
    yoke__fact(r, "variables", "threads of a region", "omp_get_max_threads", "%d",
               omp_get_max_threads());
    yoke__fact(r, "variables", "nested regions", "omp_get_max_active_levels", "%d levels",
               omp_get_max_active_levels());
    yoke__fact(r, "variables", "adjusts threads", "omp_get_dynamic", "%s",
               omp_get_dynamic() ? "yes" : "no");
    yoke__fact(r, "variables", "schedule(runtime)", "omp_get_schedule", "%s, %d",
               names[plain > 0 && plain < 5 ? plain : 0], chunk);
}

void yoke__node_openmp(yoke__reading *r) {
    if (!*r->root) {
        read_mask(r);
        read_places(r);
        read_runtimes(r);
    }
    read_variables(r);
}
