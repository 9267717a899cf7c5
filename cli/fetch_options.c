/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of yoke fetch.
 */
#include "cli/fetch.h"

#include <getopt.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/option_value.h"

enum { OPT_RETRIES = 256, OPT_BACKOFF, OPT_BACKOFF_MOST, OPT_SEED, OPT_CONNECT, OPT_STALL };
enum { OPT_TRY = 512, OPT_DEADLINE, OPT_MOST, OPT_REDIRECTS, OPT_CA, OPT_RESUME, OPT_SUMS };
enum { OPT_LOG = 768, OPT_PROGRESS, OPT_REPORT };

static const struct option long_options[] = {
    {"max-concurrent", required_argument, NULL, 'j'},
    {"per-host", required_argument, NULL, 'p'},
    {"output", required_argument, NULL, 'o'},
    {"retries", required_argument, NULL, OPT_RETRIES},
    {"backoff", required_argument, NULL, OPT_BACKOFF},
    {"backoff-max", required_argument, NULL, OPT_BACKOFF_MOST},
    {"seed", required_argument, NULL, OPT_SEED},
    {"connect-timeout", required_argument, NULL, OPT_CONNECT},
    {"stall-timeout", required_argument, NULL, OPT_STALL},
    {"timeout", required_argument, NULL, OPT_TRY},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"max-size", required_argument, NULL, OPT_MOST},
    {"max-redirects", required_argument, NULL, OPT_REDIRECTS},
    {"ca-file", required_argument, NULL, OPT_CA},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"sums", no_argument, NULL, OPT_SUMS},
    {"log", required_argument, NULL, OPT_LOG},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"report", optional_argument, NULL, OPT_REPORT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

const char fetch_help[] =
    "usage: yoke fetch [options] LIST|ADDRESS...\n"
    "\n"
    "Fetches many addresses over http and https. A LIST has an address a line, then, after blanks\n"
    "and if you like, the name of the file to make and sha256:DIGITS; '-' is standard input, and "
    "#\n"
    "begins a comment. Without a name the last part of the address's path is taken. A file "
    "appears\n"
    "under its name when it is complete; until then it is NAME.part.\n"
    "\n"
    "how many at a time:\n"
    "  -j, --max-concurrent N   transfers (default: 10)\n"
    "  -p, --per-host N         of them to one host and port (default: no limit)\n"
    "\n"
    "what to write:\n"
    "  -o, --output DIR         where files go (default: here); it is made if need be\n"
    "      --resume             keep files that are there, go on with those that are partly there\n"
    "      --sums               sha256 of all files, in the log\n"
    "      --log FILE           a line of JSON for each address when it has ended\n"
    "      --progress W         progress on standard error: auto (default), always, "
    "never\n" REPORT_HELP
    "\n"
    "what may go wrong:\n"
    "      --retries N          tries after the first (default: 3)\n"
    "      --backoff T          before the second try, then doubled (default: 0.5)\n"
    "      --backoff-max T      at most so long (default: 30)\n"
    "      --seed N             of the random part of pauses (default: 0)\n"
    "      --connect-timeout T  to connect in (default: 10)\n"
    "      --stall-timeout T    without a byte (default: 30)\n"
    "      --timeout T          for a try (default: no limit)\n"
    "      --deadline T         for all (default: no limit)\n"
    "      --max-size N         bytes of a file, such as 500K or 2G (default: no limit)\n"
    "      --max-redirects N    to follow (default: 10)\n"
    "      --ca-file FILE       certificates to trust instead of the system's\n"
    "\n"
    "T is a time: seconds, or such as 500ms or 2m.\n"
    "\n"
    "Tried again are connections that fail, bodies that are cut, and the answers 408, 425, 429,\n"
    "500, 502, 503 and 504. Each address that fails is a line on standard error, and makes the "
    "exit\n"
    "status 1.\n"
    "\n"
    "example:\n"
    "  yoke fetch -j 10 --per-host 4 --resume -o data --log data.jsonl urls.txt\n";

enum { MOST_TRANSFERS = 1000, MOST_TRIES = 1000 };

/* 0 is none, for which the library has -1. */
static int set_count(const char *option, const char *text, int *count) {
    unsigned long long number = 0;
    YOKE_TRY(option_count(option, text, 0, MOST_TRIES, &number));
    *count = number ? (int)number : -1;
    return 0;
}

static int set_transfers(const char *option, const char *text, unsigned *transfers) {
    unsigned long long number = 0;
    YOKE_TRY(option_count(option, text, 1, MOST_TRANSFERS, &number));
    *transfers = (unsigned)number;
    return 0;
}

static int set_seed(const char *text, uint64_t *seed) {
    unsigned long long number = 0;
    YOKE_TRY(option_count("--seed", text, 0, SIZE_MAX, &number));
    *seed = number;
    return 0;
}

static int set_most(const char *text, uint64_t *bytes) {
    size_t size = 0;
    YOKE_TRY(option_size("--max-size", text, &size));
    *bytes = size;
    return 0;
}

static int set_deadline(const char *text, yoke_deadline *deadline) {
    double seconds = 0;
    YOKE_TRY(option_seconds("--deadline", text, &seconds));
    *deadline = yoke_deadline_in(seconds);
    return 0;
}

static int set_option(int code, const char *value, fetch_options *o) {
    switch (code) {
    case 'j': return set_transfers("--max-concurrent", value, &o->run.concurrent);
    case 'p': return set_transfers("--per-host", value, &o->run.per_host);
    case 'o': o->directory = value; return 0;
    case OPT_RETRIES: return set_count("--retries", value, &o->run.retries);
    case OPT_BACKOFF: return option_seconds("--backoff", value, &o->run.backoff_seconds);
    case OPT_BACKOFF_MOST: return option_seconds("--backoff-max", value, &o->run.backoff_most);
    case OPT_SEED: return set_seed(value, &o->run.seed);
    case OPT_CONNECT: return option_seconds("--connect-timeout", value, &o->run.connect_seconds);
    case OPT_STALL: return option_seconds("--stall-timeout", value, &o->run.stall_seconds);
    case OPT_TRY: return option_seconds("--timeout", value, &o->run.try_seconds);
    case OPT_DEADLINE: return set_deadline(value, &o->run.deadline);
    case OPT_MOST: return set_most(value, &o->run.most_bytes);
    case OPT_REDIRECTS: return set_count("--max-redirects", value, &o->run.redirects);
    case OPT_CA: o->run.ca_file = value; return 0;
    case OPT_RESUME: o->run.resume = true; return 0;
    case OPT_SUMS: o->run.sums = true; return 0;
    case OPT_LOG: o->log = value; return 0;
    case OPT_PROGRESS: return option_progress(value, &o->progress);
    case OPT_REPORT: return option_report(value, &o->report);
    default: o->help = true; return 0;
    }
}

int fetch_options_parse(int argc, char **argv, fetch_options *options) {
    *options = (fetch_options){0};
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, ":j:p:o:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, options));
    }
    options->lists = argv + optind;
    options->list_count = argc - optind;
    if (options->list_count == 0 && !options->help)
        return yoke_fail(YOKE_EINVAL, "expected a list of addresses, or an address");
    return 0;
}
