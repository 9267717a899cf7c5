/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: one mutex around a hash map that four threads use all the time.
 */
#include <stdint.h>
#include <string.h>

#include "tests/doctor/patient.h"

enum { PLACES = 1 << 14 };

static pthread_mutex_t global = PTHREAD_MUTEX_INITIALIZER;
static uint64_t keys[PLACES], values[PLACES];
static double end;

static void count(uint64_t key) {
    size_t place = (key * 0x9e3779b97f4a7c15u) >> 50;
    while (keys[place] && keys[place] != key) place = (place + 1) % PLACES;
    keys[place] = key;
    values[place]++;
}

static void *use(void *arg) {
    uint64_t state = 1 + (uint64_t)(uintptr_t)arg;
    while (own_seconds() < end) {
        pthread_mutex_lock(&global);
        for (int i = 0; i < 2000; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            count(1 + (state >> 51));
        }
        pthread_mutex_unlock(&global);
    }
    return NULL;
}

int main(int argc, char **argv) {
    end = until_own(argc, argv, 1.5);
    run_threads(4, use);
    return 0;
}
