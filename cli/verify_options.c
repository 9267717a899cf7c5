/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of yoke verify-repro.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/option_value.h"
#include "cli/verify.h"

enum { OPT_RUNS = 256, OPT_SEED, OPT_SCHEDULE, OPT_INPUT, OPT_STDERR, OPT_NO_REGIONS };
enum { OPT_NO_CAUSE = 512, OPT_TIMEOUT, OPT_JSON, OPT_SELF, OPT_ONLY };
enum { MOST_THREADS = 4096, MOST_RUNS = 1000 };

static const struct option long_options[] = {
    {"threads", required_argument, NULL, 'j'},
    {"runs", required_argument, NULL, OPT_RUNS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"schedule", required_argument, NULL, OPT_SCHEDULE},
    {"input", required_argument, NULL, OPT_INPUT},
    {"output", required_argument, NULL, 'o'},
    {"stderr", no_argument, NULL, OPT_STDERR},
    {"no-regions", no_argument, NULL, OPT_NO_REGIONS},
    {"no-cause", no_argument, NULL, OPT_NO_CAUSE},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"json", no_argument, NULL, OPT_JSON},
    {"self", no_argument, NULL, OPT_SELF},
    {"only", required_argument, NULL, OPT_ONLY},
    {"help", no_argument, NULL, 'h'},
    {0},
};

const char verify_help[] =
    "usage: yoke verify-repro [options] -- PROGRAM [ARGUMENT...]\n"
    "       yoke verify-repro --self [options]\n"
    "\n"
    "Runs a program again and again, with other numbers of threads, schedules and layouts of\n"
    "memory, and says whether it always gives the same bits; if not, what differs first, and what\n"
    "that depends on.\n"
    "\n"
    "runs:\n"
    "  -j, --threads LIST  numbers of threads (default: 1,2,3,8); the first is that of the run\n"
    "                      which all others are compared with\n"
    "      --runs N        runs with each of them (default: 3)\n"
    "      --seed N        of the settings of runs (default: 1)\n"
    "      --schedule S    a value of OMP_SCHEDULE to choose from; may be given several times\n"
    "                      (default: none, static, static,1, dynamic,1, dynamic,7 and guided,1)\n"
    "      --input FILE    the program's standard input (default: /dev/null)\n"
    "      --timeout T     ends a run after a time such as 10, 500ms or 2m\n"
    "\n"
    "what is compared, beside standard output and the exit status:\n"
    "  -o, --output FILE   a file that the program writes; may be given several times\n"
    "      --stderr        standard error (that of the first run is shown otherwise)\n"
    "      --no-regions    not the results of yoke's calls, and digests that the program "
    "announces\n"
    "\n"
    "report:\n"
    "      --no-cause      no more runs after a difference, to say what it depends on\n"
    "      --json          one object of JSON instead of text\n"
    "\n"
    "the library:\n"
    "      --self          tries each algorithm of yoke that promises bits, and prints a table\n"
    "      --only TEXT     those with TEXT in their name\n"
    "\n"
    "A run finds in its environment OMP_NUM_THREADS, OMP_SCHEDULE, OMP_DYNAMIC, OMP_PROC_BIND,\n"
    "OMP_PLACES, OMP_WAIT_POLICY, MALLOC_PERTURB_, and for programs on yoke YOKE_NUM_THREADS,\n"
    "YOKE_ISA and YOKE_SHUFFLE. Blocks of yoke are taken in a shuffled order, and have other "
    "sizes\n"
    "where its promise does not depend on them; where it does (sums of floating-point numbers "
    "with\n"
    "any number of threads) they keep them. That no difference was found does not prove that "
    "there\n"
    "is none. The exit status is 0 when all runs were the same, 1 when one differs, 2 for a wrong\n"
    "command line, 124 when the first run took too long, 127 when there is no such program, 3 for\n"
    "other faults.\n"
    "\n"
    "examples:\n"
    "  yoke verify-repro -- ./simulate input.dat\n"
    "  yoke verify-repro -j 1,2,16 --runs 10 --output result.h5 -- ./simulate input.dat\n";

static int take_count(const char *item, void *ctx) {
    verify_options *options = ctx;
    size_t *count = &options->run.thread_count;
    unsigned long long number = 0;
    if (*count == VERIFY_MOST_COUNTS)
        return yoke_fail(YOKE_EINVAL, "--threads: at most %d numbers", VERIFY_MOST_COUNTS);
    YOKE_TRY(option_count("--threads", item, 1, MOST_THREADS, &number));
    options->threads[(*count)++] = (int)number;
    return 0;
}

/* The last list that is given holds. */
static int take_threads(verify_options *options, const char *list) {
    options->run.thread_count = 0;
    YOKE_TRY(option_each("--threads", list, take_count, options));
    options->run.threads = options->self.threads = options->threads;
    options->self.thread_count = options->run.thread_count;
    return 0;
}

/* Adds a text to a list. */
static int take_text(const char ***list, size_t *count, const char *text) {
    const char **more = realloc(*list, (*count + 1) * sizeof *more);
    if (!more) return yoke_fail(YOKE_ENOMEM, NULL);
    more[(*count)++] = text;
    *list = more;
    return 0;
}

static int take_runs(const char *value, int *runs) {
    unsigned long long number = 0;
    YOKE_TRY(option_count("--runs", value, 1, MOST_RUNS, &number));
    *runs = (int)number;
    return 0;
}

static int take_seed(verify_options *options, const char *value) {
    unsigned long long number = 0;
    YOKE_TRY(option_count("--seed", value, 1, SIZE_MAX, &number));
    options->run.seed = options->self.seed = number;
    return 0;
}

static int set_option(int code, const char *value, verify_options *options) {
    yoke_verify_options *run = &options->run;
    switch (code) {
    case 'j': return take_threads(options, value);
    case OPT_RUNS: return take_runs(value, &run->runs);
    case OPT_SEED: return take_seed(options, value);
    case OPT_SCHEDULE: return take_text(&options->schedules, &run->schedule_count, value);
    case OPT_INPUT: run->input = value; return 0;
    case 'o': return take_text(&options->files, &run->file_count, value);
    case OPT_STDERR: run->with_error = true; return 0;
    case OPT_NO_REGIONS: run->without_regions = true; return 0;
    case OPT_NO_CAUSE: run->without_cause = true; return 0;
    case OPT_TIMEOUT: return option_seconds("--timeout", value, &run->timeout);
    case OPT_JSON: options->json = true; return 0;
    case OPT_SELF: options->is_self = true; return 0;
    case OPT_ONLY: options->self.only = value; return 0;
    default: options->help = true; return 0;
    }
}

/* The words that are no options: a program, or none with --self. */
static int take_program(verify_options *options, char **words, bool dashes) {
    const yoke_verify_options *run = &options->run;
    bool for_program = run->runs || options->schedules || run->input || options->files ||
                       run->with_error || run->without_regions || run->without_cause ||
                       run->timeout > 0;
    if (options->is_self) {
        if (*words) return yoke_fail(YOKE_EINVAL, "--self and a program, not both");
        if (for_program)
            return yoke_fail(YOKE_EINVAL, "--self takes --threads, --seed, --only and --json");
        return 0;
    }
    if (options->self.only) return yoke_fail(YOKE_EINVAL, "--only: expected --self, too");
    if (!dashes || !*words)
        return yoke_fail(YOKE_EINVAL, "expected '--' and a program behind the options");
    options->run.command = (const char *const *)words;
    options->run.schedules = options->schedules;
    options->run.files = options->files;
    return 0;
}

int verify_options_parse(int argc, char **argv, verify_options *options) {
    *options = (verify_options){.is_self = false};
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, "+:j:o:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, options));
    }
    if (options->help) return 0;
    bool dashes = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
    return take_program(options, argv + optind, dashes);
}

void verify_options_free(verify_options *options) {
    free(options->files);
    free(options->schedules);
}
