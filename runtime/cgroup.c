/* SPDX-License-Identifier: Apache-2.0
 *
 * A process's control groups, and their CPU quotas.
 *
 * /proc/self/cgroup names the process's group in each hierarchy, and /proc/self/mountinfo says
 * where hierarchies are mounted and which group is the root of each mount. The two paths are of one
 * name space, so the group's directory is the mount point plus what follows the mount's root in
 * the group's path. From there every ancestor up to the mount point may hold a quota, and each that
 * does is a bound. Version 1 keeps quota and period in two files of the hierarchy that has the
 * `cpu` controller, version 2 both in cpu.max; on a hybrid system both hierarchies are looked at.
 *
 * In a container only a part of the hierarchy may be mounted. Of several mounts that hold the group
 * the one with the shortest root is taken, since it shows the most ancestors. A group outside every
 * mount ("/../other" after a change of cgroup name space) has no quota that can be read here.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/bound.h"

/* Kinds of bound that come after the cgroups and need a place in the list too. */
#define OTHER_KINDS (YOKE_BOUND_YOKE_THREADS - YOKE_BOUND_CGROUP)

/* Where one hierarchy's group lives in the file system. */
typedef struct hierarchy {
    bool unified;           /* version 2 */
    const char *controller; /* of version 1 */
    const char *group;      /* the process's group as its name space sees it; NULL: not in it */
    const char *point;      /* the best mount found; NULL: none */
    const char *suffix;     /* of `group` below the root of that mount */
} hierarchy;

/* Whether a comma-separated list has the word. */
static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (!strncmp(list, word, length) && (list[length] == ',' || !list[length])) return true;
    }
    return false;
}

/* One line of /proc/self/cgroup: "ID:CONTROLLERS:PATH"; version 2 has ID 0 and no controller. */
static void take_group(char *line, hierarchy *v1, hierarchy *v2) {
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path || path[1] != '/') return;
    *controllers++ = '\0';
    *path++ = '\0';
    if (!*controllers && !strcmp(line, "0")) v2->group = path;
    if (has_word(controllers, v1->controller)) v1->group = path;
}

/* Whether a mount's root is only "/.." again and again: somewhere above the name space's root. */
static bool is_above(const char *root) {
    size_t length = strlen(root);
    for (size_t i = 0; i < length; i += 3) {
        if (strncmp(root + i, "/..", 3)) return false;
    }
    return true;
}

/* What follows the mount's root in a group's path: "" or "/...". NULL when the mount does not hold
 * the group. A root above the name space holds it under names that cannot be known: "". */
static const char *below(const char *group, const char *root) {
    size_t length = strlen(root);
    if (root[length - 1] == '/') length--;
    if (strncmp(group, root, length) || (group[length] && group[length] != '/')) {
        return is_above(root) ? "" : NULL;
    }
    group += length;
    if (!strncmp(group, "/..", 3) && (!group[3] || group[3] == '/')) return NULL;
    return strcmp(group, "/") ? group : "";
}

/* Undoes mountinfo's octal escapes (\040 is a space) in place. */
static void unescape(char *text) {
    char *out = text;
    while (*text) {
        if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
            *out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + text[3] - '0');
            text += 4;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
}

static void take_mount(hierarchy *into, char *root, char *point) {
    unescape(root);
    const char *suffix = into->group && *root == '/' ? below(into->group, root) : NULL;
    if (!suffix) return;
    if (into->point && strlen(suffix) <= strlen(into->suffix)) return;
    unescape(point);
    into->point = point;
    into->suffix = suffix;
}

/* One line of /proc/self/mountinfo:
 *     ID PARENT DEVICE ROOT POINT OPTIONS [OPTIONAL ...] - TYPE SOURCE SUPEROPTIONS */
static void take_mount_line(char *line, hierarchy *v1, hierarchy *v2) {
    char *rest = strstr(line, " - ");
    if (!rest) return;
    *rest = '\0';
    char *type = rest + 3, *options = strrchr(type, ' ');
    type[strcspn(type, " ")] = '\0';
    char *place, *field[5], *next = line;
    for (int i = 0; i < 5; i++, next = NULL) field[i] = strtok_r(next, " ", &place);
    if (!options || !field[4]) return;
    if (!strcmp(type, "cgroup2")) take_mount(v2, field[3], field[4]);
    if (!strcmp(type, "cgroup") && has_word(options + 1, v1->controller)) {
        take_mount(v1, field[3], field[4]);
    }
}

static void each_line(char *text, void (*take)(char *, hierarchy *, hierarchy *), hierarchy *v1,
                      hierarchy *v2) {
    char *place;
    for (char *line = strtok_r(text, "\n", &place); line; line = strtok_r(NULL, "\n", &place)) {
        take(line, v1, v2);
    }
}

/* ---- the groups ---- */

/* Walks from the group up to the mount point. */
static void walk(const char *root, const hierarchy *from, yoke__cgroup_fn *fn, void *ctx) {
    if (!from->point) return;
    char directory[PATH_MAX];
    int length = snprintf(directory, sizeof directory, "%s%s%s", root, from->point, from->suffix);
    if (length >= PATH_MAX) return;
    size_t top = strlen(root) + strlen(from->point);
    while (strlen(directory) > top) {
        fn(ctx, directory, from->unified);
        *strrchr(directory, '/') = '\0';
    }
    fn(ctx, directory, from->unified);
}

static char *read_process(const char *root, const char *process, const char *name) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/proc/%s/%s", root, process, name);
    return length < PATH_MAX ? yoke__file_text(path) : NULL;
}

void yoke__cgroup_each(const char *root, const char *process, const char *controller,
                       yoke__cgroup_fn *fn, void *ctx) {
    hierarchy v1 = {.controller = controller}, v2 = {.unified = true};
    char *groups = read_process(root, process, "cgroup");
    char *mounts = read_process(root, "self", "mountinfo");
    if (groups && mounts) {
        each_line(groups, take_group, &v1, &v2);
        each_line(mounts, take_mount_line, &v1, &v2);
        walk(root, &v1, fn, ctx);
        walk(root, &v2, fn, ctx);
    }
    free(groups);
    free(mounts);
}

/* ---- quotas ---- */

/* CPUs that "QUOTA PERIOD" allows; 0 for none ("max", -1) and for what is no such pair. */
static double quota_cpus(const char *text) {
    char *end;
    double quota = strtod(text, &end);
    if (end == text || *end != ' ') return 0;
    text = end;
    double period = strtod(text, &end);
    if (end == text || *end) return 0;
    return quota > 0 && period > 0 && isfinite(quota) ? quota / period : 0;
}

static bool read_in(const char *directory, const char *name, char *path, char *line, size_t size) {
    int length = snprintf(path, PATH_MAX, "%s/%s", directory, name);
    return length < PATH_MAX && yoke__file_line(path, line, size);
}

/* Inserts a quota so that the list stays in order; a full one loses its loosest. */
static void insert_quota(yoke_cpu_limit *found, double cpus, const char *path, const char *line) {
    if (found->count == YOKE_CPU_BOUNDS) found->count--;
    yoke__bound_add(found, YOKE_BOUND_CGROUP, cpus, path, ": ", line);
    yoke_cpu_bound *bounds = found->bounds;
    for (int i = found->count - 1; i > 0 && bounds[i].cpus < bounds[i - 1].cpus; i--) {
        yoke_cpu_bound looser = bounds[i - 1];
        bounds[i - 1] = bounds[i];
        bounds[i] = looser;
    }
}

/* Finds the quota of one group, if it has one. */
static void find_quota(void *ctx, const char *directory, bool unified) {
    yoke_cpu_limit *found = ctx;
    char path[PATH_MAX], line[64], quota[31], period[31];
    if (unified) {
        if (!read_in(directory, "cpu.max", path, line, sizeof line)) return;
    } else {
        if (!read_in(directory, "cpu.cfs_period_us", path, period, sizeof period)) return;
        if (!read_in(directory, "cpu.cfs_quota_us", path, quota, sizeof quota)) return;
        snprintf(line, sizeof line, "%s %s", quota, period);
    }
    if (quota_cpus(line) > 0) insert_quota(found, quota_cpus(line), path, line);
}

void yoke__cgroup_bounds(const char *root, const char *process, yoke_cpu_limit *limit) {
    yoke_cpu_limit found = {0};
    yoke__cgroup_each(root, process, "cpu", find_quota, &found);
    for (int i = 0; i < found.count && limit->count < YOKE_CPU_BOUNDS - OTHER_KINDS; i++) {
        limit->bounds[limit->count++] = found.bounds[i];
    }
}
