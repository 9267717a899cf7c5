/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of `yoke agg`, by getopt_long: options and files in any order, "--" ends the
 * options.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/agg.h"
#include "cli/cli.h"
#include "cli/option_value.h"

enum {
    OPT_BY = 256,
    OPT_QUOTE,
    OPT_NO_HEADER,
    OPT_COLUMNS,
    OPT_NULL,
    OPT_WHERE,
    OPT_SORT,
    OPT_ORDER,
    OPT_LIMIT,
    OPT_FORMAT,
    OPT_BLOCK,
    OPT_ON_ERROR,
    OPT_ON_RAGGED,
    OPT_MAX_RECORD,
    OPT_PROGRESS,
    OPT_REPORT,
};

static const struct option long_options[] = {
    {"by", required_argument, NULL, OPT_BY},
    {"delimiter", required_argument, NULL, 'd'},
    {"quote", required_argument, NULL, OPT_QUOTE},
    {"no-header", no_argument, NULL, OPT_NO_HEADER},
    {"columns", required_argument, NULL, OPT_COLUMNS},
    {"null", required_argument, NULL, OPT_NULL},
    {"where", required_argument, NULL, OPT_WHERE},
    {"sort", required_argument, NULL, OPT_SORT},
    {"order", required_argument, NULL, OPT_ORDER},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"output", required_argument, NULL, 'o'},
    {"threads", required_argument, NULL, 'j'},
    {"block", required_argument, NULL, OPT_BLOCK},
    {"on-error", required_argument, NULL, OPT_ON_ERROR},
    {"on-ragged", required_argument, NULL, OPT_ON_RAGGED},
    {"max-record", required_argument, NULL, OPT_MAX_RECORD},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"report", optional_argument, NULL, OPT_REPORT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

enum { MOST_THREADS = 4096, MOST_RECORD = 1 << 30 };

/* ---- values of options ---- */

/* One byte, or one of the names of the tab. */
static int set_byte(const char *option, const char *value, unsigned char *byte) {
    bool tab = strcmp(value, "\\t") == 0 || strcasecmp(value, "tab") == 0;
    if (!tab && strlen(value) != 1) {
        return yoke_fail(YOKE_EINVAL, "%s: '%s' is not a single byte%s", option, value,
                         strcmp(option, "--quote") == 0 ? " or 'none'" : " or 'tab'");
    }
    *byte = tab ? '\t' : (unsigned char)value[0];
    return 0;
}

static int set_quote(const char *value, unsigned char *quote) {
    if (strcmp(value, "none") != 0) return set_byte("--quote", value, quote);
    *quote = 0;
    return 0;
}

static int set_threads(const char *value, int *threads) {
    unsigned long long count = 0;
    YOKE_TRY(option_count("--threads", value, 1, MOST_THREADS, &count));
    *threads = (int)count;
    return 0;
}

static int set_limit(const char *value, size_t *limit) {
    unsigned long long count = 0;
    YOKE_TRY(option_count("--limit", value, 0, SIZE_MAX, &count));
    *limit = count;
    return 0;
}

static int set_max_record(const char *value, size_t *most) {
    size_t size = 0;
    YOKE_TRY(option_size("--max-record", value, &size));
    if (size > MOST_RECORD)
        return yoke_fail(YOKE_EINVAL, "--max-record: '%s' is more than 1G", value);
    *most = size;
    return 0;
}

static int set_format(const char *value, agg_options *options) {
    static const char *const names[] = {"table", "csv", "tsv", "json", "jsonl", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--format", value, names, &choice));
    options->output = (output_kind)choice;
    options->has_output = true;
    return 0;
}

static int set_on_error(const char *value, yoke_on_error *policy) {
    static const char *const names[] = {"fail", "skip", "null", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--on-error", value, names, &choice));
    *policy = (yoke_on_error)choice;
    return 0;
}

static int set_on_ragged(const char *value, yoke_on_ragged *policy) {
    static const char *const names[] = {"fail", "skip", "fill", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--on-ragged", value, names, &choice));
    *policy = (yoke_on_ragged)choice;
    return 0;
}

static int set_order(const char *value, yoke_order *order) {
    static const char *const names[] = {"key", "first", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--order", value, names, &choice));
    *order = choice ? YOKE_ORDER_FIRST : YOKE_ORDER_KEY;
    return 0;
}

static int set_text(const char *value, const char **text) {
    *text = value;
    return 0;
}

/* ---- the whole line ---- */

static int set_option(int code, const char *value, agg_options *options) {
    switch (code) {
    case OPT_BY: return set_text(value, &options->by);
    case 'd':
        options->has_delimiter = true;
        return set_byte("--delimiter", value, &options->format.delimiter);
    case OPT_QUOTE: return set_quote(value, &options->format.quote);
    case OPT_NO_HEADER: options->format.header = false; return 0;
    case OPT_COLUMNS: return set_text(value, &options->columns);
    case OPT_NULL: return set_text(value, &options->null);
    case OPT_WHERE: return set_text(value, &options->where);
    case OPT_SORT: return set_text(value, &options->sort);
    case OPT_ORDER: return set_order(value, &options->order);
    case OPT_LIMIT: return set_limit(value, &options->limit);
    case OPT_FORMAT: return set_format(value, options);
    case 'o': return set_text(value, &options->output_path);
    case 'j': return set_threads(value, &options->threads);
    case OPT_BLOCK: return option_size("--block", value, &options->block_size);
    case OPT_ON_ERROR: return set_on_error(value, &options->on_error);
    case OPT_ON_RAGGED: return set_on_ragged(value, &options->format.on_ragged);
    case OPT_MAX_RECORD: return set_max_record(value, &options->format.max_record);
    case OPT_PROGRESS: return option_progress(value, &options->progress);
    case OPT_REPORT: return option_report(value, &options->report);
    default: options->help = true; return 0;
    }
}

/* Tabs separate the columns of a file that is called so, compressed or not. */
static bool is_tsv(const char *path) {
    size_t size = strlen(path);
    static const char *const suffixes[] = {".gz", ".zst", NULL};
    for (int i = 0; suffixes[i]; i++) {
        size_t cut = strlen(suffixes[i]);
        if (size > cut && memcmp(path + size - cut, suffixes[i], cut) == 0) {
            size -= cut;
            break;
        }
    }
    return size >= 4 && memcmp(path + size - 4, ".tsv", 4) == 0;
}

static int take_operands(int count, char **operands, agg_options *options) {
    if (!count) return yoke_fail(YOKE_EINVAL, "expected expressions such as 'count(), mean(temp)'");
    options->expressions = operands[0];
    options->files = (const char *const *)operands + 1;
    options->file_count = (size_t)count - 1;
    if (!options->has_delimiter && options->file_count && is_tsv(options->files[0])) {
        options->format.delimiter = '\t';
    }
    return 0;
}

int agg_options_parse(int argc, char **argv, agg_options *options) {
    *options = (agg_options){
        .format = {.delimiter = ',', .quote = '"', .header = true},
        .limit = SIZE_MAX,
    };
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, ":d:o:j:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, options));
    }
    return options->help ? 0 : take_operands(argc - optind, argv + optind, options);
}
