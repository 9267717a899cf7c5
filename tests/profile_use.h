/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading profiles in tests: regions by their path, sums over threads and cores, and what holds of
 * every profile.
 */
#ifndef YOKE_TESTS_PROFILE_USE_H
#define YOKE_TESTS_PROFILE_USE_H

#include <string.h>

#include "tests/harness.h"
#include "yoke/measure.h"

typedef struct cell_sum {
    uint64_t calls, read;
    double wall, self;
} cell_sum;

/* The child of that name, `length` bytes; -1: none. */
static inline int find_inside(const yoke_profile *p, int parent, const char *name, size_t length) {
    for (size_t i = 0; i < p->region_count; i++) {
        const yoke_region_node *node = &p->regions[i];
        if (node->parent == parent && strlen(node->name) == length &&
            memcmp(node->name, name, length) == 0)
            return (int)i;
    }
    return -1;
}

/* "outer/inner", "" for the whole run; -1: there is none. */
static inline int find_region(const yoke_profile *p, const char *path) {
    int at = 0;
    while (*path && at >= 0) {
        size_t length = strcspn(path, "/");
        at = find_inside(p, at, path, length);
        path += length + (path[length] == '/');
    }
    return at;
}

static inline cell_sum sum_cells(const yoke_profile *p, const char *path) {
    cell_sum sum = {0, 0, 0, 0};
    int region = find_region(p, path);
    for (size_t i = 0; i < p->cell_count; i++) {
        const yoke_cell *cell = &p->cells[i];
        if (cell->region != region) continue;
        sum.calls += cell->calls;
        sum.read += cell->read;
        sum.wall += cell->wall_s;
        sum.self += cell->self_s;
    }
    return sum;
}

/* Over the cells in which it was measured; not measured when there is none. */
static inline double sum_metric(const yoke_profile *p, const char *path, const char *metric) {
    int region = find_region(p, path), column = yoke_profile_metric(p, metric);
    double sum = YOKE_NOT_MEASURED;
    for (size_t i = 0; column >= 0 && i < p->cell_count; i++) {
        const yoke_cell *cell = &p->cells[i];
        if (cell->region != region || !yoke_is_measured(cell->values[column])) continue;
        sum = yoke_is_measured(sum) ? sum + cell->values[column] : cell->values[column];
    }
    return sum;
}

static inline void check_cell(const yoke_profile *p, const yoke_cell *cell) {
    CU_ASSERT(cell->region >= 0 && (size_t)cell->region < p->region_count);
    CU_ASSERT(cell->thread >= 0 && (size_t)cell->thread < p->thread_count);
    CU_ASSERT(cell->calls > 0 && cell->read <= cell->calls);
    CU_ASSERT(cell->self_s >= 0 && cell->self_s <= cell->wall_s * (1 + 1e-12));
    CU_ASSERT(cell->wall_s <= p->seconds * 1.01 + 1e-6);
}

static inline void check_profile(const yoke_profile *p) {
    REQUIRE(p->region_count > 0 && p->thread_count > 0);
    CU_ASSERT_EQUAL(p->regions[0].parent, -1);
    for (size_t i = 1; i < p->region_count; i++)
        CU_ASSERT(p->regions[i].parent >= 0 && (size_t)p->regions[i].parent < i &&
                  *p->regions[i].name);
    for (size_t i = 0; i < p->cell_count; i++) check_cell(p, &p->cells[i]);
    for (size_t i = 0; i < p->thread_count; i++) {
        const yoke_profile_thread *thread = &p->threads[i];
        CU_ASSERT_EQUAL(thread->thread, (int)i);
        CU_ASSERT(thread->begin_s >= 0 && thread->begin_s <= thread->end_s);
    }
    for (size_t i = 0; i < p->span_count; i++)
        CU_ASSERT(p->spans[i].begin_ns <= p->spans[i].end_ns && p->spans[i].region > 0);
}

/* Of all objects of that kind. */
static inline uint64_t figure_of(const yoke_profile *p, const char *kind, const char *name) {
    uint64_t sum = 0;
    for (size_t i = 0; i < p->figure_count; i++) {
        const yoke_profile_figure *f = &p->figures[i];
        if (strcmp(f->kind, kind) == 0 && strcmp(f->name, name) == 0) sum += f->value;
    }
    return sum;
}

static inline yoke_profile *stop_measuring(void) {
    yoke_profile *profile = NULL;
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    check_profile(profile);
    return profile;
}

#endif
