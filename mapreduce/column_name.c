/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding a column by name or number, and the nearest name when there is none: by edit distance
 * (Levenshtein 1966), blind to case.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/dataset.h"

/* Names longer than this are compared by their beginning. */
enum { LONGEST = 63 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t distance(const char *a, const char *b) {
    size_t row[LONGEST + 1];
    size_t columns = least(strlen(b), LONGEST), rows = least(strlen(a), LONGEST);
    for (size_t j = 0; j <= columns; j++) row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 1; j <= columns; j++) {
            size_t above = row[j];
            int differ = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (size_t)differ);
            diagonal = above;
        }
    }
    return row[columns];
}

/* The nearest name, if it is near: at most a third of the name is different. */
static const char *nearest(const yoke_dataset *dataset, const char *name) {
    size_t best = strlen(name) / 3 + 2;
    const char *found = NULL;
    for (size_t i = 0; i < yoke_dataset_columns(dataset); i++) {
        const char *candidate = yoke_dataset_column_name(dataset, i);
        size_t d = distance(name, candidate);
        if (d < best && d < strlen(candidate)) best = d, found = candidate;
    }
    return found;
}

static int not_found(const yoke_dataset *dataset, const char *name) {
    const char *near = nearest(dataset, name);
    if (near) return yoke_fail(YOKE_ENOENT, "no column '%s'; did you mean '%s'?", name, near);
    return yoke_fail(YOKE_ENOENT, "no column '%s' among the %zu", name,
                     yoke_dataset_columns(dataset));
}

int yoke_dataset_find_column(const yoke_dataset *dataset, const char *name, size_t *index) {
    size_t columns = yoke_dataset_columns(dataset), found = columns;
    for (size_t i = 0; i < columns; i++) {
        if (strcmp(yoke_dataset_column_name(dataset, i), name)) continue;
        if (found < columns) {
            return yoke_fail(YOKE_EINVAL, "two columns are named '%s': use its number (%zu or %zu)",
                             name, found + 1, i + 1);
        }
        found = i;
    }
    if (found == columns && isdigit((unsigned char)*name)) {
        char *end;
        unsigned long number = strtoul(name, &end, 10);
        if (!*end && number >= 1 && number <= columns) found = number - 1;
    }
    if (found == columns) return not_found(dataset, name);
    *index = found;
    return 0;
}
