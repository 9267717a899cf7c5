/* SPDX-License-Identifier: Apache-2.0
 *
 * random: updates of a table at random places, in two rounds with the same numbers. The second
 * takes back what the first did, so each place holds its own index again. The numbers come from
 * VECTOR independent places of the sequence.
 */
#include <stdint.h>
#include <stdio.h>

#include "examples/prk/prk.h"
#include "yoke/access.h"
#include "yoke/memory.h"

/* Where the published kernel begins in the sequence. */
#define FIRST 834568137686317453u

/* A round makes half of the updates. */
static int update(const prk_program *p, uint64_t *table, size_t size, size_t updates,
                  size_t vector) {
    for (size_t i = 0; i < vector; i++) {
        uint64_t first = FIRST + updates / vector * i + 1;
        if (yoke_access_update(table, size, first, updates / vector / 2, &p->run) < 0) return -1;
    }
    return 0;
}

static int run(prk_program *p, uint64_t *table, size_t size, size_t updates, size_t vector) {
    for (size_t i = 0; i < size; i++) table[i] = i;
    prk_iteration(p, 0);
    for (int round = 0; round < 2; round++) {
        if (update(p, table, size, updates, vector) < 0) return prk_failed(p);
        if (p->spoil) table[size / 2] ^= 1, p->spoil = false;
    }
    prk_stop(p);
    size_t wrong = 0;
    for (size_t i = 0; i < size; i++) wrong += table[i] != i;
    return prk_report(p, 1 + (double)wrong, 1, "MUpdate", (double)updates, 1);
}

static bool is_power_of_two(size_t n) { return (n & (n - 1)) == 0; }

int main(int argc, char **argv) {
    prk_operand operands[] = {
        {"LOG2SIZE", 1, 36, 0}, {"RATIO", 1, 1 << 16, 0}, {"VECTOR", 1, 1 << 20, 0}};
    prk_program p = {
        .name = "prk_random", .title = "Random access", .operands = operands, .count = 3};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t size = (size_t)1 << operands[0].value, vector = operands[2].value;
    size_t updates = size * operands[1].value;
    if (!is_power_of_two(operands[1].value) || !is_power_of_two(vector) || updates < 2 * vector) {
        fprintf(stderr,
                "prk_random: RATIO and VECTOR must be powers of two, and VECTOR at most half "
                "of the updates\n");
        return 2;
    }
    uint64_t *table = yoke_aligned_alloc(size * sizeof *table);
    if (!table) fprintf(stderr, "prk_random: no memory for a table of %zu places\n", size);
    status = table ? run(&p, table, size, updates, vector) : 1;
    yoke_aligned_free(table);
    return status;
}
