/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting strings of bytes. Bytes are compared as unsigned numbers, as memcmp does, and a string
 * that is the beginning of another stands before it. Strings may hold any byte and need no end
 * mark.
 *
 * The sort is stable, and its result does not depend on the number of threads. Strings are compared
 * seven bytes at a time, which lie beside their places in an array of the sort's own: a samplesort,
 * then radix sort from the front, and a merge sort for what is equal in its first 168 bytes. The
 * time is that of the sort of so many words for each seven bytes that strings have in common.
 */
#ifndef YOKE_SORT_STRINGS_H
#define YOKE_SORT_STRINGS_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_string {
    const char *data; /* may be NULL when size is 0; the bytes are the caller's and only read */
    size_t size;      /* bytes */
} yoke_string;

/* Below, equal to or above 0 as a stands before, with or after b. Any thread. */
YOKE_API int yoke_string_compare(yoke_string a, yoke_string b);

/* Sorts n strings in place: the array is permuted, the bytes are not touched. Needs 32 n bytes of
 * scratch memory. Any thread may call, for arrays of its own; blocks until done.
 * Returns YOKE_EINVAL (strings NULL when n is not 0), YOKE_ENOMEM, or what yoke/run.h says; the
 * array is then as it was. */
YOKE_API int yoke_sort_strings(yoke_string *strings, size_t n, const yoke_run *run);

/* Writes the order instead: strings[order[0]] is the first. Equal strings stand in the order of
 * their indices. The strings are not moved. Otherwise as above; `order` holds n indices, whose
 * values are unspecified after a failure. */
YOKE_API int yoke_argsort_strings(const yoke_string *strings, size_t n, uint64_t *order,
                                  const yoke_run *run);

/* The serial references: merge sorts that compare whole strings. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_sort_strings_ref(yoke_string *strings, size_t n);
YOKE_API int yoke_argsort_strings_ref(const yoke_string *strings, size_t n, uint64_t *order);

#ifdef __cplusplus
}
#endif
#endif
