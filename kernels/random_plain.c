/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of Philox, one after another. */
#include "kernels/random.h"

void yoke__random_plain(yoke_random random, uint64_t block, size_t count, uint32_t *to) {
    for (size_t i = 0; i < count; i++) yoke_random_block(random, block + i, to + 4 * i);
}
