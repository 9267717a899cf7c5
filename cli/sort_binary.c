/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke sort --binary: files that are arrays of numbers, as they lie in memory. All of them are read
 * into one array, which the library sorts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/sort.h"
#include "yoke/sort.h"

/* ---- types ---- */

typedef struct element {
    const char *name;
    size_t size; /* bytes */
    int (*sort)(void *items, size_t n, yoke_sort_order order, const yoke_run *run);
    int (*is_sorted)(const void *items, size_t n, yoke_sort_order order, bool *sorted,
                     const yoke_run *run);
} element;

#define ELEMENT(T, type)                                                                           \
    static int sort_##T(void *items, size_t n, yoke_sort_order order, const yoke_run *run) {       \
        return yoke_sort_##T((type *)items, n, order, run);                                        \
    }                                                                                              \
    static int is_sorted_##T(const void *items, size_t n, yoke_sort_order order, bool *sorted,     \
                             const yoke_run *run) {                                                \
        return yoke_is_sorted_##T((const type *)items, n, order, sorted, run);                     \
    }
/* clang-format off */
ELEMENT(i32, int32_t)
ELEMENT(i64, int64_t)
ELEMENT(u32, uint32_t)
ELEMENT(u64, uint64_t)
ELEMENT(f32, float)
ELEMENT(f64, double)
/* clang-format on */

static const element elements[] = {
    {"u64", 8, sort_u64, is_sorted_u64}, {"i64", 8, sort_i64, is_sorted_i64},
    {"u32", 4, sort_u32, is_sorted_u32}, {"i32", 4, sort_i32, is_sorted_i32},
    {"f32", 4, sort_f32, is_sorted_f32}, {"f64", 8, sort_f64, is_sorted_f64},
};
enum { ELEMENTS = sizeof elements / sizeof *elements };

static const element *find_element(const char *name) {
    for (size_t i = 0; i < ELEMENTS; i++)
        if (strcmp(elements[i].name, name) == 0) return &elements[i];
    return NULL;
}

int sort_binary_check(const char *name) {
    if (find_element(name)) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "--binary: '%s' is not u64, i64, u32, i32, f32 or f64", name);
}

/* ---- reading ---- */

typedef struct array {
    char *items;
    size_t size, capacity; /* bytes */
} array;

static int make_room(array *a, size_t more) {
    if (a->capacity - a->size >= more) return YOKE_OK;
    size_t capacity = a->size + more > 2 * a->capacity ? a->size + more : 2 * a->capacity;
    char *items = yoke_aligned_alloc(capacity);
    if (!items) return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes of numbers", capacity);
    if (a->size) memcpy(items, a->items, a->size);
    yoke_aligned_free(a->items);
    a->items = items;
    a->capacity = capacity;
    return YOKE_OK;
}

static int read_descriptor(int descriptor, const char *name, const yoke_run *run, array *to) {
    enum { AT_ONCE = 1 << 24 };
    for (;;) {
        if (yoke_cancel_requested(run->cancel)) return yoke_fail(YOKE_ECANCELED, NULL);
        YOKE_TRY(make_room(to, 1));
        size_t room = to->capacity - to->size;
        ssize_t got = read(descriptor, to->items + to->size, room < AT_ONCE ? room : AT_ONCE);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return yoke_fail(YOKE_EIO, "%s: %m", name);
        if (!got) return YOKE_OK;
        to->size += (size_t)got;
    }
}

/* Appends a file, which must hold whole elements. */
static int read_file(const char *path, const element *of, const yoke_run *run, array *to) {
    bool standard = strcmp(path, "-") == 0;
    int descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat known;
    size_t before = to->size;
    if (descriptor < 0) return yoke_fail(errno == ENOENT ? YOKE_ENOENT : YOKE_EIO, "%s: %m", path);
    int status = YOKE_OK;
    if (fstat(descriptor, &known) == 0 && S_ISREG(known.st_mode))
        status = make_room(to, (size_t)known.st_size + 1);
    if (status >= 0) status = read_descriptor(descriptor, path, run, to);
    if (!standard) close(descriptor);
    size_t size = to->size - before;
    if (status >= 0 && size % of->size)
        status = yoke_fail(YOKE_EDATA, "%s: %zu bytes are no whole number of %zu-byte elements",
                           path, size, of->size);
    return status;
}

static int read_all(const sort_options *o, const element *of, const yoke_run *run, array *to) {
    for (size_t i = 0; i < o->file_count; i++) YOKE_TRY(read_file(o->files[i], of, run, to));
    return YOKE_OK;
}

/* ---- sorting and checking ---- */

static bool is_repeated(const array *a, const element *of, size_t i) {
    const char *item = a->items + i * of->size;
    return i && memcmp(item - of->size, item, of->size) == 0;
}

static void drop_repeated(array *a, const element *of) {
    size_t n = a->size / of->size, kept = 0;
    for (size_t i = 0; i < n; i++) {
        const char *item = a->items + i * of->size;
        if (kept && memcmp(a->items + (kept - 1) * of->size, item, of->size) == 0) continue;
        memmove(a->items + kept++ * of->size, item, of->size);
    }
    a->size = kept * of->size;
}

int sort_binary_write(const sort_options *o, sink *to, const yoke_run *run) {
    const element *of = find_element(o->binary);
    yoke_sort_order order = o->sort.reverse ? YOKE_DESCENDING : YOKE_ASCENDING;
    array a = {0};
    int status = read_all(o, of, run, &a);
    if (status >= 0) status = of->sort(a.items, a.size / of->size, order, run);
    if (status >= 0 && o->sort.unique) drop_repeated(&a, of);
    if (status >= 0) status = sink_write(to, a.items, a.size);
    yoke_aligned_free(a.items);
    return status;
}

/* How many elements at the beginning are in order: by halving, since each part of a sorted array is
 * sorted. */
static int count_sorted(const array *a, const element *of, yoke_sort_order order,
                        const yoke_run *run, size_t *count) {
    size_t low = 0, high = a->size / of->size;
    bool sorted;
    YOKE_TRY(of->is_sorted(a->items, high, order, &sorted, run));
    if (sorted) low = high;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        YOKE_TRY(of->is_sorted(a->items, middle, order, &sorted, run));
        if (sorted)
            low = middle;
        else
            high = middle;
    }
    *count = low;
    return YOKE_OK;
}

int sort_binary_find(const sort_options *o, uint64_t *number, const yoke_run *run) {
    const element *of = find_element(o->binary);
    yoke_sort_order order = o->sort.reverse ? YOKE_DESCENDING : YOKE_ASCENDING;
    array a = {0};
    size_t sorted = 0;
    int status = read_all(o, of, run, &a);
    if (status >= 0) status = count_sorted(&a, of, order, run, &sorted);
    for (size_t i = 1; status >= 0 && o->sort.unique && i < sorted; i++)
        if (is_repeated(&a, of, i)) sorted = i;
    bool all = sorted == a.size / of->size;
    yoke_aligned_free(a.items);
    if (status < 0) return status;
    *number = sorted + 1;
    return all;
}
