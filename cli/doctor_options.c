/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of yoke doctor.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/option_value.h"

enum { OPT_JSON = 256, OPT_RACES, OPT_KEEP, OPT_TIME, OPT_INTERVAL };

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"races", no_argument, NULL, OPT_RACES},
    {"keep", no_argument, NULL, OPT_KEEP},
    {"time", required_argument, NULL, OPT_TIME},
    {"interval", required_argument, NULL, OPT_INTERVAL},
    {"pid", required_argument, NULL, 'p'},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

const char doctor_help[] =
    "usage: yoke doctor [options]                        this node\n"
    "       yoke doctor [options] -- PROGRAM [ARG ...]   a program, from start to end\n"
    "       yoke doctor [options] -p PID                 one that runs already\n"
    "       yoke doctor --races -- COMMAND [ARG ...]     data races\n"
    "\n"
    "Watches any program from outside, and tells what keeps it from using the cores: too many\n"
    "threads, two OpenMP runtimes, nested teams, a lock that all wait for, deadlocks, imbalance,\n"
    "false sharing. Each finding has its evidence and one line of advice. Without a program it\n"
    "looks at this node: limits and where they come from, settings, noise, variables.\n"
    "\n"
    "what to watch:\n"
    "  -p, --pid PID      this process and what it starts, until it ends, --time or Ctrl-C\n"
    "      --time S       no longer than that; on the node, how long noise is measured (0.2s)\n"
    "      --interval S   between samples, at least (10ms); it grows with the number of threads\n"
    "      --keep         lets a program hang that is in a deadlock for ever; by default it is "
    "ended\n"
    "\n"
    "races:\n"
    "      --races        runs the command with variables that build and run programs with\n"
    "                     ThreadSanitizer: CC=clang-19, CFLAGS, LDFLAGS, and Archer for OpenMP\n"
    "\n"
    "what to write:\n"
    "      --json         one JSON object\n"
    "  -o, --output FILE  instead of standard error (of the node: standard output)\n"
    "\n"
    "The exit status is the program's own when that is not 0; otherwise 0 for healthy, 1 for\n"
    "findings. 2: the command line was wrong.\n"
    "\n"
    "example:\n"
    "  yoke doctor -- ./simulate --steps 100\n";

static int set_pid(const char *text, long *pid) {
    unsigned long long number = 0;
    YOKE_TRY(option_count("--pid", text, 1, INT_MAX, &number));
    *pid = (long)number;
    return 0;
}

static int set(int code, doctor_options *o) {
    switch (code) {
    case OPT_JSON: o->json = true; return 0;
    case OPT_RACES: o->races = true; return 0;
    case OPT_KEEP: o->keep = true; return 0;
    case OPT_TIME: return option_seconds("--time", optarg, &o->seconds);
    case OPT_INTERVAL: return option_seconds("--interval", optarg, &o->interval);
    case 'p': return set_pid(optarg, &o->pid);
    case 'o': o->output_path = optarg; return 0;
    default: o->help = true; return 0;
    }
}

static int check(const doctor_options *o) {
    if (o->help) return 0;
    if (o->pid && o->command) return yoke_fail(YOKE_EINVAL, "either a program or --pid, not both");
    if (o->races && !o->command) return yoke_fail(YOKE_EINVAL, "--races needs a command after --");
    bool node = !o->pid && !o->command;
    if (node && (o->interval > 0 || o->keep))
        return yoke_fail(YOKE_EINVAL, "--interval and --keep are for programs");
    if (o->races && (o->interval > 0 || o->keep || o->seconds > 0))
        return yoke_fail(YOKE_EINVAL, "--races goes with --json and --output only");
    if (o->pid && o->keep)
        return yoke_fail(YOKE_EINVAL, "--keep: a process that runs already is never ended");
    return 0;
}

int doctor_options_parse(int argc, char **argv, doctor_options *options) {
    *options = (doctor_options){0};
    optind = 1;
    opterr = 0;
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the command line is read by one thread
        int code = getopt_long(argc, argv, "+:p:o:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set(code, options));
    }
    if (optind < argc)
        options->command = argv + optind;
    else if (strcmp(argv[optind - 1], "--") == 0)
        return yoke_fail(YOKE_EINVAL, "expected a program after '--'");
    return check(options);
}
