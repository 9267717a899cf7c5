/* SPDX-License-Identifier: Apache-2.0
 *
 * Did you mean ...? The name at the least edit distance (Levenshtein 1966), if at most a third of
 * the word is different.
 */
#include <string.h>

#include "cli/cli.h"

enum { LONGEST_NAME = 31 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t distance(const char *a, size_t rows, const char *b, size_t columns) {
    size_t row[LONGEST_NAME + 1];
    for (size_t j = 0; j <= columns; j++) row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 1; j <= columns; j++) {
            size_t above = row[j];
            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[columns];
}

const char *nearest_name(const char *name, const char *const names[]) {
    size_t size = strlen(name), best = size / 3 + 2;
    const char *found = NULL;
    for (; *names && size <= LONGEST_NAME; names++) {
        size_t columns = strlen(*names);
        if (columns > LONGEST_NAME) continue;
        size_t d = distance(name, size, *names, columns);
        if (d < best && d < columns) best = d, found = *names;
    }
    return found;
}
