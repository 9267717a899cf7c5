/* SPDX-License-Identifier: Apache-2.0
 *
 * What the drivers have in common; see prk.h.
 */
#include "examples/prk/prk.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "yoke/memory.h"

/* ---- the command line ---- */

static const struct option long_options[] = {
    {"threads", required_argument, NULL, 'j'},
    {"spoil", no_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void print_usage(const prk_program *p) {
    printf("usage: %s [options]", p->name);
    for (int i = 0; i < p->count; i++) printf(" %s", p->operands[i].name);
    printf("\n%s\n", p->title);
    for (int i = 0; i < p->count; i++)
        printf("  %-14s from %zu to %zu\n", p->operands[i].name, p->operands[i].least,
               p->operands[i].most);
    printf(
        "  -j, --threads N    default: as many as there are\n"
        "      --spoil        spoil the answer, to see that it is found wrong\n");
}

static int bad_usage(const prk_program *p) {
    fprintf(stderr, "try '%s --help'\n", p->name);
    return 2;
}

static bool read_number(const prk_program *p, const char *name, const char *text, size_t least,
                        size_t most, size_t *number) {
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && !errno && n >= least && n <= most) {
        *number = n;
        return true;
    }
    fprintf(stderr, "%s: %s: '%s' is no whole number from %zu to %zu\n", p->name, name, text, least,
            most);
    return false;
}

static int read_operands(prk_program *p, int argc, char **argv) {
    for (int i = 0; i < p->count; i++) {
        prk_operand *o = &p->operands[i];
        if (i >= argc && o->name[0] == '[') continue;
        if (i >= argc) {
            fprintf(stderr, "%s: expected %s\n", p->name, o->name);
            return bad_usage(p);
        }
        if (!read_number(p, o->name, argv[i], o->least, o->most, &o->value)) return bad_usage(p);
    }
    if (argc <= p->count) return PRK_GO_ON;
    fprintf(stderr, "%s: unexpected '%s'\n", p->name, argv[p->count]);
    return bad_usage(p);
}

int prk_read(prk_program *p, int argc, char **argv) {
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, ":j:h", long_options, NULL);
        size_t threads = 0;
        if (code == -1) break;
        switch (code) {
        case 'j':
            if (!read_number(p, "--threads", optarg, 1, 4096, &threads)) return bad_usage(p);
            p->run.threads = (int)threads;
            break;
        case 's': p->spoil = true; break;
        case 'h': print_usage(p); return 0;
        default:
            fprintf(stderr, "%s: %s '%s'\n", p->name,
                    code == ':' ? "a value is missing after" : "unknown option", argv[optind - 1]);
            return bad_usage(p);
        }
    }
    return read_operands(p, argc - optind, argv + optind);
}

/* ---- memory ---- */

double *prk_numbers(const prk_program *p, size_t n, double value) {
    double *numbers =
        n < SIZE_MAX / sizeof *numbers ? yoke_aligned_alloc((n + !n) * sizeof *numbers) : NULL;
    if (!numbers) fprintf(stderr, "%s: no memory for %zu numbers\n", p->name, n);
    if (!numbers) return NULL;
#pragma omp parallel for default(none) shared(numbers, n, value)
    for (size_t i = 0; i < n; i++) numbers[i] = value;
    return numbers;
}

/* ---- time and verdict ---- */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_problem(const prk_program *p) {
    printf("%s\n", p->title);
    for (int i = 0; i < p->count; i++) {
        const char *name = p->operands[i].name;
        bool bracket = name[0] == '[';
        printf("%-10.*s = %zu\n", (int)(strlen(name) - (bracket ? 2 : 0)), name + bracket,
               p->operands[i].value);
    }
}

void prk_iteration(prk_program *p, size_t iteration) {
    if (iteration == 0) print_problem(p);
    if (iteration <= 1) p->started = now();
}

void prk_stop(prk_program *p) { p->seconds = now() - p->started; }

int prk_report(const prk_program *p, double answer, double expected, const char *unit,
               double amount, size_t iterations) {
    /* written so that a NaN fails */
    if (!(fabs(answer - expected) <= 1e-8 * fabs(expected))) {
        printf("ERROR: the answer is %.17g, not %.17g\n", answer, expected);
        return 1;
    }
    double average = p->seconds / (double)iterations;
    printf("Solution validates\n");
    printf("Rate (%s/s): %f, Avg time (s): %f\n", unit, 1e-6 * amount / average, average);
    return 0;
}

int prk_failed(const prk_program *p) {
    fprintf(stderr, "%s: %s\n", p->name, yoke_error_detail());
    return 1;
}
