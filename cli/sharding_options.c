/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of yoke bench sharding.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/gnuplot.h"
#include "cli/option_value.h"
#include "cli/sharding.h"

enum { OPT_READ_SHARE = 256, OPT_SKEW, OPT_KEYS, OPT_SECONDS, OPT_REPS, OPT_SEED };
enum { OPT_AFFINITY = 512, OPT_FORMAT, OPT_PLOT };

static const struct option long_options[] = {
    {"structure", required_argument, NULL, 's'},
    {"threads", required_argument, NULL, 'j'},
    {"read-share", required_argument, NULL, OPT_READ_SHARE},
    {"skew", required_argument, NULL, OPT_SKEW},
    {"keys", required_argument, NULL, OPT_KEYS},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"reps", required_argument, NULL, OPT_REPS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"affinity", required_argument, NULL, OPT_AFFINITY},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"output", required_argument, NULL, 'o'},
    {"plot", required_argument, NULL, OPT_PLOT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

const char sharding_help[] =
    "usage: yoke bench sharding [options]\n"
    "\n"
    "Puts a load on yoke's shared structures and says what they do on this machine: operations a\n"
    "second, how evenly the threads got on, and how long single operations took.\n"
    "\n"
    "what to measure:\n"
    "  -s, --structure LIST  of map, counter, cache, spsc, mpmc, mpsc, deque, mutex, rwlock,\n"
    "                        rwlock-sharded (default: all)\n"
    "  -j, --threads LIST    numbers of threads (default: 1 and the CPU limit; spsc has at most "
    "2)\n"
    "      --read-share P    percent of reads on map, cache and read-write locks (default: 90)\n"
    "      --skew S          exponent of Zipf's law for the keys, 0 is uniform (default: 0.99)\n"
    "      --keys N          different keys (default: 1000000); the cache holds a tenth of them\n"
    "\n"
    "how:\n"
    "      --seconds S       of a run, such as 500ms or 2 (default: 1)\n"
    "      --reps N          runs of each; the median and the extremes are shown (default: 3)\n"
    "      --seed N          of the keys (default: 1)\n"
    "      --affinity A      where threads run: compact (default), scatter, or none, which leaves "
    "it\n"
    "                        to the system\n"
    "\n"
    "what to write:\n"
    "      --format F        table (default), csv, json or jsonl\n"
    "  -o, --output FILE     instead of standard output\n"
    "      --plot FILE       throughput over threads, as .svg or .png, by gnuplot\n"
    "\n"
    "Mops/s is million operations a second of all threads: for queues an item in or out, for "
    "locks\n"
    "a lock and its unlock. fair is Jain's index, 1 when all threads did the same number. Times "
    "are\n"
    "of every 64th operation, with the clock's own cost. cpus is CPU time over wall-clock time:\n"
    "less than the threads (or processors) means that other programs had them. In queues the\n"
    "threads with even numbers push and the others pop; in the deque the first owns and the "
    "others\n"
    "steal. Keys are drawn beforehand, 262144 for each thread. Each answer is checked: a wrong "
    "one\n"
    "has no figures and makes the exit status 1.\n"
    "\n"
    "example:\n"
    "  yoke bench sharding -s map,mutex -j 1,2,8 --read-share 50 --plot map.svg\n";

static int set_number(const char *option, const char *text, double least, double most,
                      double *number) {
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least) || !(value <= most)) {
        return yoke_fail(YOKE_EINVAL, "%s: '%s' is no number from %g to %g", option, text, least,
                         most);
    }
    *number = value;
    return 0;
}

static int set_whole(const char *option, const char *text, double least, double most,
                     double *number) {
    YOKE_TRY(set_number(option, text, least, most, number));
    if (*number == floor(*number)) return 0;
    return yoke_fail(YOKE_EINVAL, "%s: '%s' is no whole number", option, text);
}

static int set_seconds(const char *text, double *seconds) {
    double found = 0;
    YOKE_TRY(option_seconds("--seconds", text, &found));
    if (!(found >= 0.001 && found <= 3600))
        return yoke_fail(YOKE_EINVAL, "--seconds: '%s' is not from 1ms to 1h", text);
    *seconds = found;
    return 0;
}

static int take_structure(const char *item, void *ctx) {
    sharding_options *options = ctx;
    const char *names[SHARDING_LOADS + 1] = {0};
    for (int i = 0; i < SHARDING_LOADS; i++) {
        names[i] = sharding_loads[i]->name;
        if (strcmp(item, names[i]) != 0) continue;
        options->chosen[i] = true;
        return 0;
    }
    const char *near = nearest_name(item, names);
    return yoke_fail(YOKE_EINVAL, "--structure: no structure '%s'%s%s%s", item,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int take_threads(const char *item, void *ctx) {
    sharding_options *options = ctx;
    double number = 0;
    YOKE_TRY(set_whole("--threads", item, 1, SHARDING_MOST_THREADS, &number));
    if (options->thread_counts == SHARDING_MOST_COUNTS) {
        return yoke_fail(YOKE_EINVAL, "--threads: at most %d numbers", SHARDING_MOST_COUNTS);
    }
    options->threads[options->thread_counts++] = (int)number;
    return 0;
}

static int set_affinity(const char *text, yoke_affinity *affinity) {
    static const char *const names[] = {"none", "compact", "scatter", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--affinity", text, names, &choice));
    *affinity = (yoke_affinity)choice;
    return 0;
}

static int set_format(const char *text, sharding_output *output) {
    static const char *const names[] = {"table", "csv", "json", "jsonl", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--format", text, names, &choice));
    *output = (sharding_output)choice;
    return 0;
}

static int set_option(int code, const char *value, sharding_options *o) {
    double number = 0;
    switch (code) {
    case 's': return option_each("--structure", value, take_structure, o);
    case 'j': return option_each("--threads", value, take_threads, o);
    case OPT_READ_SHARE:
        YOKE_TRY(set_number("--read-share", value, 0, 100, &number));
        o->read_share = number / 100;
        return 0;
    case OPT_SKEW: return set_number("--skew", value, 0, 10, &o->skew);
    case OPT_KEYS:
        YOKE_TRY(set_whole("--keys", value, 1, 1e9, &number));
        o->keys = (uint64_t)number;
        return 0;
    case OPT_SECONDS: return set_seconds(value, &o->seconds);
    case OPT_REPS:
        YOKE_TRY(set_whole("--reps", value, 1, 99, &number));
        o->repeat = (int)number;
        return 0;
    case OPT_SEED:
        YOKE_TRY(set_whole("--seed", value, 0, 9007199254740992.0, &number));
        o->seed = (uint64_t)number;
        return 0;
    case OPT_AFFINITY: return set_affinity(value, &o->affinity);
    case OPT_FORMAT: return set_format(value, &o->output);
    case 'o': o->output_path = value; return 0;
    case OPT_PLOT: return gnuplot_option(value, &o->plot);
    default: o->help = true; return 0;
    }
}

static void set_defaults(sharding_options *o) {
    bool any = false;
    for (int i = 0; i < SHARDING_LOADS; i++) any |= o->chosen[i];
    for (int i = 0; i < SHARDING_LOADS && !any; i++) o->chosen[i] = true;
    if (o->thread_counts) return;
    o->threads[o->thread_counts++] = 1;
    int limit = yoke_team_default_size();
    if (limit > 1) o->threads[o->thread_counts++] = limit;
}

int sharding_options_parse(int argc, char **argv, sharding_options *options) {
    *options = (sharding_options){.read_share = 0.9,
                                  .skew = 0.99,
                                  .keys = 1000000,
                                  .seconds = 1,
                                  .repeat = 3,
                                  .seed = 1,
                                  .affinity = YOKE_AFFINITY_COMPACT};
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, ":s:j:o:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, options));
    }
    if (optind < argc) return yoke_fail(YOKE_EINVAL, "unexpected '%s'", argv[optind]);
    set_defaults(options);
    return 0;
}
