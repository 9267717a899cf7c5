/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke: finds the command and gives it the rest of the line.
 */
#include <stddef.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "yoke/measure.h"

typedef struct command {
    const char *name;
    const char *full_name; /* in messages */
    int (*run)(int argc, char **argv);
} command;

static const command commands[] = {
    {"agg", "yoke agg", agg_main},
    {"bench", "yoke bench", bench_main},
    {"doctor", "yoke doctor", doctor_main},
    {"fetch", "yoke fetch", fetch_main},
    {"pipe", "yoke pipe", pipe_main},
    {"sort", "yoke sort", sort_main},
    {"verify-repro", "yoke verify-repro", verify_main},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char help[] =
    "yoke harnesses every core of this machine to one load.\n"
    "\n"
    "usage: yoke COMMAND [options] ...\n"
    "\n"
    "commands:\n"
    "  agg           group the rows of text tables and aggregate: count, sum, mean, min, max ...\n"
    "  bench         measure loads of the library, or any command, in all configurations\n"
    "  doctor        what keeps a program, or this node, from using its cores\n"
    "  fetch         fetch many addresses over HTTP, a limited number at a time\n"
    "  pipe          run copies of a command on blocks of the input, outputs in order\n"
    "  sort          sort, merge or check lines of text, as POSIX sort does\n"
    "  verify-repro  run a program again and again, and say whether it gives the same bits\n"
    "\n"
    "  yoke COMMAND --help tells all about a command; yoke --version tells what this is.\n"
    "\n"
    "example:\n"
    "  yoke agg 'count(), mean(temp), max(temp) as hottest' --by station weather.csv\n";

static int unknown_command(const char *name) {
    const char *names[COMMANDS + 1] = {0};
    for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    const char *near = nearest_name(name, names);
    return message_usage("no command '%s'%s%s%s", name, near ? "; did you mean '" : "",
                         near ? near : "", near ? "'?" : "");
}

static int run_command(int argc, char **argv) {
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, argv[0]) != 0) continue;
        message_program(commands[i].full_name);
        return commands[i].run(argc, argv);
    }
    return unknown_command(argv[0]);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int main(int argc, char **argv) {
    interrupt_install();
    (void)yoke_measure_from_environment(); /* a wish that does not touch what the program does */
    if (argc < 2) return message_usage("expected a command");
    if (is_one_of(argv[1], "--version", "-V", "version")) return version_main();
    if (is_one_of(argv[1], "--help", "-h", "help")) {
        if (argc < 3 || argv[1][0] == '-') return print_text(help);
        char *line[] = {argv[2], (char[]){"--help"}, NULL};
        return run_command(2, line);
    }
    if (argv[1][0] == '-') return message_usage("unknown option '%s'", argv[1]);
    return run_command(argc - 1, argv + 1);
}
