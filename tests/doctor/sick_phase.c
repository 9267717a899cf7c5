/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: a program that is serial for most of its time, and in the rest has many threads queue for
 * a mutex of yoke. Too short for samples alone; its profile counts the waits.
 */
#include "tests/doctor/queue.h"

static yoke_mutex mutex = YOKE_MUTEX_INIT("till", 0);

int main(int argc, char **argv) {
    double begin = own_seconds(), span = until_own(argc, argv, 1.5) - begin;
    while (own_seconds() < begin + 0.85 * span) work(10000);
    end = begin + span;
    run_threads(8, use);
    return 0;
}
