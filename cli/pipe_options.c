/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of yoke pipe: options and inputs in any order, "--", and the command as it is.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/option_value.h"
#include "cli/pipe.h"

enum {
    OPT_BLOCK = 256,
    OPT_LINES,
    OPT_RECORDS,
    OPT_HEADER,
    OPT_MAX_RECORD,
    OPT_FILES,
    OPT_ORDERED,
    OPT_UNORDERED,
    OPT_ROUND_ROBIN,
    OPT_TEE,
    OPT_RETRIES,
    OPT_TIMEOUT,
    OPT_FAIL_FAST,
    OPT_PROGRESS,
    OPT_REPORT,
    OPT_ZSTD,
    OPT_GZIP,
};

static const struct option long_options[] = {
    {"block", required_argument, NULL, OPT_BLOCK},
    {"lines", required_argument, NULL, OPT_LINES},
    {"records", required_argument, NULL, OPT_RECORDS},
    {"header", optional_argument, NULL, OPT_HEADER},
    {"max-record", required_argument, NULL, OPT_MAX_RECORD},
    {"files", required_argument, NULL, OPT_FILES},
    {"jobs", required_argument, NULL, 'j'},
    {"ordered", no_argument, NULL, OPT_ORDERED},
    {"unordered", no_argument, NULL, OPT_UNORDERED},
    {"round-robin", no_argument, NULL, OPT_ROUND_ROBIN},
    {"tee", no_argument, NULL, OPT_TEE},
    {"retries", required_argument, NULL, OPT_RETRIES},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"fail-fast", no_argument, NULL, OPT_FAIL_FAST},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"report", optional_argument, NULL, OPT_REPORT},
    {"zstd", optional_argument, NULL, OPT_ZSTD},
    {"gzip", optional_argument, NULL, OPT_GZIP},
    {"decompress", no_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

const char pipe_help[] =
    "usage: yoke pipe [options] [FILE...] -- COMMAND [ARGUMENT...]\n"
    "       yoke pipe [options] --zstd|--gzip [--decompress] [FILE...]\n"
    "\n"
    "Cuts its input into blocks at the ends of records, keeps a command busy with them on every\n"
    "processor, each block as the standard input of a new one, and writes what they write in the\n"
    "order of the blocks. Without FILE, or where it is -, standard input is read.\n"
    "\n"
    "blocks:\n"
    "      --block SIZE      bytes of a block, about (default: 4M; of files larger than 256M\n"
    "                        1/64, up to 64M)\n"
    "      --lines N         N lines a block instead\n"
    "      --records KIND    what is never cut: csv (line ends between double quotes do not "
    "count),\n"
    "                        fasta, or an extended regular expression that the first line of each\n"
    "                        record matches (default: lines)\n"
    "      --header[=N]      the first N lines of an input (1) are put before each of its blocks\n"
    "      --max-record SIZE a record that goes on for longer behind a full block is an error\n"
    "                        (default: 1G)\n"
    "      --files LIST      inputs are also the files named in LIST, one a line\n"
    "\n"
    "commands:\n"
    "  -j, --jobs N          commands at a time (default: the CPU limit)\n"
    "      --round-robin     N commands in all: block i goes to command i modulo N\n"
    "      --tee             N commands in all, and each reads everything\n"
    "      --retries N       runs a command that failed up to N times more, without its output\n"
    "      --timeout T       ends a command after a time such as 10, 500ms or 2m\n"
    "      --fail-fast       stops at the first failure\n"
    "      In the words of the command {#} becomes the number of the block, or of the command "
    "with\n"
    "      --round-robin and --tee, from 1.\n"
    "\n"
    "codecs, instead of a command:\n"
    "      --zstd[=LEVEL]    each block (1M) becomes a frame of zstd, level 1 to 19 (default: 3)\n"
    "      --gzip[=LEVEL]    or a member of gzip, level 1 to 12 (default: 6)\n"
    "  -d, --decompress      the way back\n"
    "\n"
    "output:\n"
    "      --ordered         in the order of the blocks (default)\n"
    "      --unordered       each command's output in one piece, as they end\n"
    "      --progress W      on standard error: auto (default), always, never\n" REPORT_HELP
    "\n"
    "A command that fails is told in one line and the others go on. The exit status is that of "
    "the\n"
    "first block's command that failed: its own, 128 and the number of its signal, or 124 after\n"
    "--timeout; 127 or 126 when the command cannot be run, 1 for other faults, 2 for a wrong "
    "command\n"
    "line. An empty input is one empty block.\n"
    "\n"
    "examples:\n"
    "  yoke pipe access.log -- grep -c ' 404 ' | paste -sd+ | bc\n"
    "  zcat big.csv.gz | yoke pipe --records csv --header -- ./clean > clean.csv\n"
    "  tar -c folder | yoke pipe --zstd > folder.tar.zst\n";

enum { MOST_JOBS = 4096, MOST_HEADER = 1000000, MOST_RETRIES = 1000 };

static int set_whole(const char *option, const char *value, unsigned least, unsigned most,
                     unsigned *number) {
    unsigned long long count = 0;
    YOKE_TRY(option_count(option, value, least, most, &count));
    *number = (unsigned)count;
    return 0;
}

static int set_jobs(const char *value, int *jobs) {
    unsigned count = 0;
    YOKE_TRY(set_whole("--jobs", value, 1, MOST_JOBS, &count));
    *jobs = (int)count;
    return 0;
}

static int set_lines(const char *value, uint64_t *lines) {
    unsigned long long count = 0;
    YOKE_TRY(option_count("--lines", value, 1, SIZE_MAX, &count));
    *lines = count;
    return 0;
}

static int set_records(const char *value, yoke_pipe_options *run) {
    bool csv = strcmp(value, "csv") == 0;
    run->records = csv ? YOKE_PIPE_CSV : YOKE_PIPE_PATTERN;
    run->pattern = strcmp(value, "fasta") == 0 ? "^>" : value;
    if (strcmp(value, "lines") == 0) run->records = YOKE_PIPE_LINES;
    return 0;
}

static int set_codec(pipe_options *options, yoke_codec codec, const char *option, const char *level,
                     unsigned most) {
    unsigned number = 0;
    if (options->codec && options->compress.codec != codec)
        return yoke_fail(YOKE_EINVAL, "--zstd or --gzip, not both");
    options->codec = true;
    options->compress.codec = codec;
    if (level) YOKE_TRY(set_whole(option, level, 1, most, &number));
    options->compress.level = (int)number;
    return 0;
}

/* What commands get is one of three. */
static int set_mode(yoke_pipe_options *run, yoke_pipe_mode mode) {
    if (run->mode != YOKE_PIPE_EACH && run->mode != mode)
        return yoke_fail(YOKE_EINVAL, "--round-robin or --tee, not both");
    run->mode = mode;
    return 0;
}

static int check_together(const yoke_pipe_options *run) {
    if (run->lines && run->block) return yoke_fail(YOKE_EINVAL, "--block or --lines, not both");
    if (run->lines && run->records != YOKE_PIPE_LINES)
        return yoke_fail(YOKE_EINVAL, "--lines goes with records that are lines only");
    if (run->retries && run->mode != YOKE_PIPE_EACH)
        return yoke_fail(YOKE_EINVAL,
                         "--retries: a command that reads many blocks is not run again");
    return 0;
}

/* ---- inputs ---- */

static int read_text(FILE *file, const char *path, char **text) {
    size_t room = 0;
    ssize_t got = getdelim(text, &room, 0, file);
    if (ferror(file)) return yoke_fail(YOKE_EIO, "--files: cannot read '%s': %m", path);
    if (got < 0) { /* an empty file: what there is has no end */
        free(*text);
        *text = NULL;
    }
    if (got < 0 || strlen(*text) == (size_t)got) return 0;
    return yoke_fail(YOKE_EDATA, "--files: '%s' is no list of names: it holds a zero byte", path);
}

static int read_list(const char *path, char **text) {
    if (strcmp(path, "-") == 0) return read_text(stdin, path, text);
    FILE *file = fopen(path, "re");
    if (!file) return yoke_fail(YOKE_ENOENT, "--files: cannot open '%s': %m", path);
    int status = read_text(file, path, text);
    fclose(file);
    return status;
}

static int add_input(pipe_options *options, size_t *count, const char *name) {
    const char **more = realloc(options->inputs, (*count + 2) * sizeof *more);
    if (!more) return yoke_fail(YOKE_ENOMEM, NULL);
    more[(*count)++] = name;
    more[*count] = NULL;
    options->inputs = more;
    options->run.inputs = more;
    return 0;
}

static int add_listed(pipe_options *options, size_t *count) {
    char *rest = options->list ? options->list : (char[]){""};
    for (char *name; (name = strsep(&rest, "\n"));)
        if (*name) YOKE_TRY(add_input(options, count, name));
    return *count ? 0 : yoke_fail(YOKE_EDATA, "--files: the list names no file");
}

static int check_inputs(const pipe_options *options, const char *list) {
    int standard = list && strcmp(list, "-") == 0;
    for (size_t i = 0; options->inputs && options->inputs[i]; i++)
        standard += strcmp(options->inputs[i], "-") == 0;
    if (standard > 1) return yoke_fail(YOKE_EINVAL, "standard input can be read only once");
    return 0;
}

/* ---- the whole line ---- */

/* Of a command's blocks and runs. */
static int set_run_option(int code, const char *value, pipe_options *options) {
    yoke_pipe_options *run = &options->run;
    options->for_command = true;
    switch (code) {
    case OPT_LINES: return set_lines(value, &run->lines);
    case OPT_RECORDS: return set_records(value, run);
    case OPT_HEADER:
        return set_whole("--header", value ? value : "1", 1, MOST_HEADER, &run->header);
    case OPT_MAX_RECORD: return option_size("--max-record", value, &run->max_record);
    case OPT_ORDERED: run->unordered = false; return 0;
    case OPT_UNORDERED: run->unordered = true; return 0;
    case OPT_ROUND_ROBIN: return set_mode(run, YOKE_PIPE_ROUND_ROBIN);
    case OPT_TEE: return set_mode(run, YOKE_PIPE_TEE);
    case OPT_RETRIES: return set_whole("--retries", value, 0, MOST_RETRIES, &run->retries);
    case OPT_TIMEOUT: return option_seconds("--timeout", value, &run->timeout);
    default: run->fail_fast = true; return 0;
    }
}

static int set_option(int code, const char *value, pipe_options *options, const char **list) {
    switch (code) {
    case OPT_BLOCK: return option_size("--block", value, &options->run.block);
    case OPT_FILES: *list = value; return 0;
    case 'j': return set_jobs(value, &options->run.jobs);
    case OPT_ZSTD: return set_codec(options, YOKE_CODEC_ZSTD, "--zstd", value, 19);
    case OPT_GZIP: return set_codec(options, YOKE_CODEC_GZIP, "--gzip", value, 12);
    case 'd': options->compress.decompress = true; return 0;
    case OPT_PROGRESS: return option_progress(value, &options->progress);
    case OPT_REPORT: return option_report(value, &options->report);
    case 'h': options->help = true; return 0;
    default: return set_run_option(code, value, options);
    }
}

/* Where "--" stands; 0: nowhere. */
static int find_command(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0) return i;
    return 0;
}

static int take_inputs(pipe_options *options, int count, char **names, const char *list) {
    size_t inputs = 0;
    for (int i = 0; i < count; i++) YOKE_TRY(add_input(options, &inputs, names[i]));
    if (list) {
        YOKE_TRY(read_list(list, &options->list));
        YOKE_TRY(add_listed(options, &inputs));
    }
    return check_inputs(options, list);
}

/* What a codec makes use of: --block, --jobs, inputs. */
static int take_codec(pipe_options *options, int place, int count, char **names, const char *list) {
    if (place) return yoke_fail(YOKE_EINVAL, "a command or a codec, not both");
    if (options->for_command)
        return yoke_fail(YOKE_EINVAL, "--zstd and --gzip take --block, --jobs and --files only");
    if (options->compress.decompress && options->compress.level)
        return yoke_fail(YOKE_EINVAL, "--decompress takes no level");
    options->compress.block = options->run.block;
    options->compress.workers = options->run.jobs;
    return take_inputs(options, count, names, list);
}

int pipe_options_parse(int argc, char **argv, pipe_options *options) {
    *options = (pipe_options){0};
    int place = find_command(argc, argv), count = place ? place : argc;
    const char *list = NULL;
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(count, argv, ":dj:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, options, &list));
    }
    if (options->help) return 0;
    if (!options->codec && options->compress.decompress)
        return yoke_fail(YOKE_EINVAL, "--decompress: expected --zstd or --gzip, too");
    if (options->codec) return take_codec(options, place, count - optind, argv + optind, list);
    if (!place || !argv[place + 1])
        return yoke_fail(YOKE_EINVAL, "expected '--' and a command behind the options");
    options->run.command = (const char *const *)argv + place + 1;
    YOKE_TRY(check_together(&options->run));
    return take_inputs(options, count - optind, argv + optind, list);
}

void pipe_options_free(pipe_options *options) {
    free(options->inputs);
    free(options->list);
}
