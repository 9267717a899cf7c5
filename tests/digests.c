/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the table of docs/reproducibility.md; the status is 1 when a row is not reproducible. Rows
 * come in the order of their names.
 */
#include "tests/digests.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "yoke/isa.h"
#include "yoke/status.h"

enum { MOST_THREADS = 8 };

static digest_row *rows;
static uint64_t random_state;

void digest_register(digest_row *row) {
    digest_row **at = &rows;
    while (*at && strcmp((*at)->name, row->name) < 0) at = &(*at)->next;
    row->next = *at;
    *at = row;
}

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

void digest_add(digest *into, const void *bytes, size_t size) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        into->state = (into->state ^ byte[i]) * 0x100000001B3u; /* FNV-1a */
}

uint64_t digest_random(void) { return mix(random_state += 0x9E3779B97F4A7C15u); }

double digest_random_real(void) { return (double)(int64_t)digest_random() * 0x1p-63; }

/* The digest of one way to run. */
static int compute(const digest_row *row, int threads, uint64_t *found) {
    yoke_run run = {.threads = threads};
    digest into = {0xCBF29CE484222325u};
    random_state = 1;
    YOKE_TRY(row->compute(&run, &into));
    *found = mix(into.state);
    return YOKE_OK;
}

/* How many ways gave the digest of the first one; a negative status when one failed. */
static int compute_all(const digest_row *row, uint64_t *first, int *ways) {
    int same = 0;
    *ways = 0;
    for (int isa = YOKE_ISA_PLAIN; isa <= YOKE_ISA_AVX512; isa++) {
        yoke_isa_limit((yoke_isa)isa);
        for (int threads = 1; threads <= MOST_THREADS; threads++, ++*ways) {
            uint64_t found;
            YOKE_TRY(compute(row, threads, &found));
            if (!*ways) *first = found;
            same += found == *first;
        }
    }
    return same;
}

int main(void) {
    int failed = 0;
    printf("| algorithm | input | digest | threads |\n|---|---|---|---|\n");
    for (const digest_row *row = rows; row; row = row->next) {
        uint64_t first = 0;
        int ways, same = compute_all(row, &first, &ways);
        if (same < 0) fprintf(stderr, "%s: %s\n", row->name, yoke_error_detail());
        if (same != ways) failed = 1;
        printf("| %s | %s | `%016" PRIx64 "` | %s |\n", row->algorithm, row->input, first,
               same == ways ? "1 to 8" : "**differs**");
    }
    return failed;
}
