/* SPDX-License-Identifier: Apache-2.0
 *
 * How many threads: the least of all bounds that the system, the batch queue and the user set, each
 * kept with its source so that a report can say why.
 *
 * OpenMP may have bound the calling thread to one place (OMP_PLACES, OMP_PROC_BIND): its mask is
 * then that of one member, so the processors of all places are counted in. A bound that cannot be
 * read is not known and bounds nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/bound.h"

void yoke__bound_source(char *source, size_t size, const char *name, const char *separator,
                        const char *content) {
    size_t length = strlen(name), others = strlen(separator) + strlen(content);
    size_t room = others + 4 < size ? size - 1 - others : 3;
    const char *dots = length > room ? "..." : "";
    if (length > room) name += length - (room - 3);
    snprintf(source, size, "%s%s%s%s", dots, name, separator, content);
}

void yoke__bound_add(yoke_cpu_limit *limit, yoke_bound_kind kind, double cpus, const char *name,
                     const char *separator, const char *content) {
    if (!(cpus > 0) || limit->count >= YOKE_CPU_BOUNDS) return;
    yoke_cpu_bound *bound = &limit->bounds[limit->count++];
    bound->kind = kind;
    bound->cpus = cpus;
    yoke__bound_source(bound->source, sizeof bound->source, name, separator, content);
}

const char *yoke_bound_name(yoke_bound_kind kind) {
    static const char *const names[] = {
        [YOKE_BOUND_ONLINE] = "processors online",      [YOKE_BOUND_AFFINITY] = "affinity mask",
        [YOKE_BOUND_CGROUP] = "cgroup quota",           [YOKE_BOUND_SLURM] = "Slurm",
        [YOKE_BOUND_OMP_LIMIT] = "OpenMP thread limit", [YOKE_BOUND_OMP_THREADS] = "OpenMP threads",
        [YOKE_BOUND_YOKE_THREADS] = "yoke threads",
    };
    return kind >= 0 && (size_t)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

char *yoke__file_text(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) return NULL;
    char *text = NULL;
    size_t size = 0;
    ssize_t length = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (length >= 0) return text;
    free(text);
    return NULL;
}

bool yoke__file_line(const char *path, char *line, size_t size) {
    FILE *file = fopen(path, "re");
    if (!file) return false;
    bool found = fgets(line, (int)size, file) != NULL;
    fclose(file);
    if (found) line[strcspn(line, "\r\n")] = '\0';
    return found;
}

/* ---- lists of processors: "0-3,8,10-11" ---- */

/* How many processors a list names; 0 when it is no list. */
static double list_count(const char *list) {
    double count = 0;
    do {
        char *end;
        if (!isdigit((unsigned char)*list)) return 0;
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (*end == '-') {
            if (!isdigit((unsigned char)end[1])) return 0;
            last = strtoul(end + 1, &end, 10);
        }
        if (last < first || last > INT_MAX) return 0;
        count += (double)(last - first + 1);
        list = end;
    } while (*list++ == ',');
    return list[-1] ? 0 : count;
}

/* Writes a set as a list, cut where it does not fit. */
static void list_format(const cpu_set_t *set, size_t bytes, char *list, size_t size) {
    size_t used = 0, cpus = bytes * CHAR_BIT;
    list[0] = '\0';
    for (size_t first = 0; first < cpus && used < size; first++) {
        if (!CPU_ISSET_S(first, bytes, set)) continue;
        size_t last = first;
        while (last + 1 < cpus && CPU_ISSET_S(last + 1, bytes, set)) last++;
        const char *comma = used ? "," : "";
        int length = first == last
                         ? snprintf(list + used, size - used, "%s%zu", comma, first)
                         : snprintf(list + used, size - used, "%s%zu-%zu", comma, first, last);
        used += (size_t)length;
        first = last;
    }
}

/* ---- the machine's own bounds ---- */

static void add_online(const char *root, yoke_cpu_limit *limit) {
    char path[PATH_MAX], line[4096];
    snprintf(path, sizeof path, "%s/sys/devices/system/cpu/online", root);
    if (yoke__file_line(path, line, sizeof line) && list_count(line) > 0) {
        yoke__bound_add(limit, YOKE_BOUND_ONLINE, list_count(line), path, ": ", line);
    } else if (!*root) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        snprintf(line, sizeof line, "%ld", online);
        yoke__bound_add(limit, YOKE_BOUND_ONLINE, (double)online, "_SC_NPROCESSORS_ONLN", ": ",
                        line);
    }
}

/* The calling thread's mask in a set large enough for this kernel; NULL when it cannot be had. */
static cpu_set_t *read_mask(size_t *bytes) {
    for (size_t cpus = 1024; cpus <= (size_t)1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set) return NULL;
        *bytes = CPU_ALLOC_SIZE(cpus);
        CPU_ZERO_S(*bytes, set);
        if (sched_getaffinity(0, *bytes, set) == 0) return set;
        CPU_FREE(set);
        if (errno != EINVAL) return NULL;
    }
    return NULL;
}

/* Adds the processors of OpenMP's places to a set. */
static void add_places(cpu_set_t *set, size_t bytes) {
    for (int place = omp_get_num_places() - 1; place >= 0; place--) {
        int count = omp_get_place_num_procs(place);
        int *ids = count > 0 ? malloc((size_t)count * sizeof *ids) : NULL;
        if (!ids) continue;
        omp_get_place_proc_ids(place, ids);
        for (int i = 0; i < count; i++) CPU_SET_S((size_t)ids[i], bytes, set);
        free(ids);
    }
}

static void add_affinity(yoke_cpu_limit *limit) {
    size_t bytes;
    cpu_set_t *set = read_mask(&bytes);
    if (!set) return;
    bool bound = omp_get_proc_bind() != omp_proc_bind_false;
    if (bound) add_places(set, bytes);
    char list[sizeof limit->bounds[0].source / 2];
    list_format(set, bytes, list, sizeof list);
    yoke__bound_add(limit, YOKE_BOUND_AFFINITY, CPU_COUNT_S(bytes, set),
                    bound ? "affinity mask and OpenMP places" : "affinity mask", ": ", list);
    CPU_FREE(set);
}

static void add_affinity_below(const char *root, yoke_cpu_limit *limit) {
    static const char field[] = "\nCpus_allowed_list:";
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/status", root);
    char *text = yoke__file_text(path);
    char *list = text ? strstr(text, field) : NULL;
    if (list) {
        list += strlen(field);
        list += strspn(list, " \t");
        list[strcspn(list, "\r\n")] = '\0';
        yoke__bound_add(limit, YOKE_BOUND_AFFINITY, list_count(list), path, ": ", list);
    }
    free(text);
}

/* ---- what batch system and user ask for ---- */

/* The positive whole number at the start of a text that ends or goes on with a comma; 0: none. */
static double first_number(const char *text) {
    char *end;
    text += strspn(text, " \t");
    if (!isdigit((unsigned char)*text)) return 0;
    double number = (double)strtoull(text, &end, 10);
    end += strspn(end, " \t");
    return *end == '\0' || *end == ',' ? number : 0;
}

static void add_variable(yoke_cpu_limit *limit, yoke_bound_kind kind, const char *name) {
    const char *value = getenv(name);
    if (!value) return;
    bool is_list = kind == YOKE_BOUND_OMP_THREADS;
    if (!is_list && strchr(value, ',')) return;
    yoke__bound_add(limit, kind, first_number(value), name, "=", value);
}

static void decide(yoke_cpu_limit *limit) {
    for (int i = 1; i < limit->count; i++) {
        if (limit->bounds[i].cpus < limit->bounds[limit->binding].cpus) limit->binding = i;
    }
    double least = limit->count ? limit->bounds[limit->binding].cpus : 1;
    limit->threads = least < 1 ? 1 : least > INT_MAX ? INT_MAX : (int)least;
}

int yoke_cpu_limit_read(const char *root, yoke_cpu_limit *limit) {
    if (!limit) return yoke_fail(YOKE_EINVAL, "CPU limit: no place for the answer");
    memset(limit, 0, sizeof *limit);
    add_online(root ? root : "", limit);
    if (root)
        add_affinity_below(root, limit);
    else
        add_affinity(limit);
    yoke__cgroup_bounds(root ? root : "", "self", limit);
    add_variable(limit, YOKE_BOUND_SLURM, "SLURM_CPUS_PER_TASK");
    add_variable(limit, YOKE_BOUND_OMP_LIMIT, "OMP_THREAD_LIMIT");
    add_variable(limit, YOKE_BOUND_OMP_THREADS, "OMP_NUM_THREADS");
    add_variable(limit, YOKE_BOUND_YOKE_THREADS, "YOKE_NUM_THREADS");
    decide(limit);
    return YOKE_OK;
}
