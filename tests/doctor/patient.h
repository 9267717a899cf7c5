/* SPDX-License-Identifier: Apache-2.0
 *
 * What the doctor's patients share. Each program here is sick of one thing, or healthy, and says so
 * in its first comment; it runs for some seconds, or the time of its argument. A healthy one looks
 * at the clock. A sick one looks at its own time, which passes neither faster than the clock nor
 * than the CPU time that it gets, so that it shows as much of its illness on a busy machine.
 */
#ifndef YOKE_TESTS_DOCTOR_PATIENT_H
#define YOKE_TESTS_DOCTOR_PATIENT_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static inline double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The moment at which to stop. */
static inline double until(int argc, char **argv, double usual) {
    return seconds() + (argc > 1 ? strtod(argv[1], NULL) : usual);
}

static inline double own_seconds(void) {
    static double began;
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    double cpu = (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
    if (began == 0) began = seconds() - cpu; /* by the first thread, before there are others */
    double wall = seconds() - began;
    return cpu < wall ? cpu : wall;
}

static inline double until_own(int argc, char **argv, double usual) {
    return own_seconds() + (argc > 1 ? strtod(argv[1], NULL) : usual);
}

/* Work in registers, some microseconds for 1000 steps. */
static inline double work(long steps) {
    double x = 1;
    for (long i = 0; i < steps; i++) {
        x = x * 1.0000001 + 1e-9;
        __asm__ volatile("" : "+x"(x));
    }
    return x;
}

static inline void nap(double span) {
    struct timespec time = {(time_t)span, (long)((span - (double)(time_t)span) * 1e9)};
    nanosleep(&time, NULL);
}

typedef void *thread_fn(void *);

/* Starts so many threads with their numbers as arguments, and waits for them. */
static inline void run_threads(int count, thread_fn *fn) {
    pthread_t threads[128];
    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, fn, (void *)(long)i) != 0) exit(9);
    }
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

#endif
