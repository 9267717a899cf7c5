/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging and set operations by their names.
 */
#include "kernels/merge.h"
#include "kernels/sort_typed.h"
#include "yoke/merge.h"

static int begin(const yoke__merge *m, yoke_sort_order order, const yoke_run *run) {
    YOKE_TRY(yoke__sort_order_check(order));
    YOKE_TRY(yoke__run_check(run));
    if (m->na > SIZE_MAX - m->nb) return yoke_fail(YOKE_EINVAL, "merge: too many keys");
    return YOKE_OK;
}

/* The keys that a result can have. */
static size_t most_keys(const yoke__merge *m) {
    if (m->kind == YOKE__SET_DIFFERENCE) return m->na;
    if (m->kind == YOKE__SET_INTERSECTION) return m->na < m->nb ? m->na : m->nb;
    return m->na + m->nb;
}

static int merge(const yoke__merge *m, yoke_sort_order order, size_t size, const yoke_run *run) {
    YOKE_TRY(begin(m, order, run));
    return (size == 4 ? yoke__merge32 : yoke__merge64)(m, run);
}

static int set(yoke__merge *m, yoke_sort_order order, size_t size, size_t *count,
               const yoke_run *run) {
    YOKE_TRY(begin(m, order, run));
    return (size == 4 ? yoke__set32 : yoke__set64)(m, most_keys(m), count, run);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define BOTH(type, kind_of_key, order)                                                             \
    {                                                                                              \
        .a = a, .b = b, .na = na, .nb = nb, .to = to,                                              \
        .ranking = yoke__ranking_of(kind_of_key, 8 * (int)sizeof(type), order)                     \
    }
#define DEFINE_MERGE(T, type, key)                                                                 \
    int yoke_merge_##T(const type *a, size_t na, const type *b, size_t nb, yoke_sort_order order,  \
                       type *to, const yoke_run *run) {                                            \
        YOKE__KERNEL;                                                                              \
        yoke__merge m = BOTH(type, key, order);                                                    \
        return yoke__told(merge(&m, order, sizeof(type), run), run, "yoke_merge_" #T, to,          \
                          (na + nb) * sizeof(type));                                               \
    }
#define DEFINE_SET(T, type, key, name, set_kind)                                                   \
    int yoke_set_##name##_##T(const type *a, size_t na, const type *b, size_t nb,                  \
                              yoke_sort_order order, type *to, size_t *count,                      \
                              const yoke_run *run) {                                               \
        YOKE__KERNEL;                                                                              \
        yoke__merge m = BOTH(type, key, order);                                                    \
        m.kind = set_kind;                                                                         \
        int status = set(&m, order, sizeof(type), count, run);                                     \
        YOKE__TELL(status, run, "yoke_set_" #name "_" #T, to, *count * sizeof(type));              \
        return status;                                                                             \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
#define DEFINE(T, type, key)                                                                       \
    DEFINE_MERGE(T, type, key)                                                                     \
    YOKE__SET_EACH_KIND(DEFINE_SET, T, type, key)
YOKE__SORT_EACH_TYPE(DEFINE)
