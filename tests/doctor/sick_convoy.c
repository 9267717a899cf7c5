/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: threads queue for a mutex of yoke that each holds for long.
 */
#include "tests/doctor/queue.h"

static yoke_mutex mutex = YOKE_MUTEX_INIT("ledger", 0);

int main(int argc, char **argv) {
    end = until_own(argc, argv, 1.5);
    run_threads(4, use);
    return 0;
}
