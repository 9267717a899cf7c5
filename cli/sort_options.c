/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of `yoke sort`, by getopt_long: options and files in any order, "--" ends the
 * options.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/option_value.h"
#include "cli/sort.h"

enum {
    OPT_FILES0 = 256,
    OPT_BINARY,
    OPT_CHECK,
    OPT_COMPRESS,
    OPT_SORT,
    OPT_REPORT,
    OPT_HELP,
    MOST_THREADS = 4096
};

static const char letters[] = ":bcCdfghij:k:mMno:rsS:t:T:uz";

static const struct option long_options[] = {
    {"ignore-leading-blanks", no_argument, NULL, 'b'},
    {"binary", required_argument, NULL, OPT_BINARY},
    {"check", optional_argument, NULL, OPT_CHECK},
    {"compress", required_argument, NULL, OPT_COMPRESS},
    {"dictionary-order", no_argument, NULL, 'd'},
    {"ignore-case", no_argument, NULL, 'f'},
    {"general-numeric-sort", no_argument, NULL, 'g'},
    {"human-numeric-sort", no_argument, NULL, 'h'},
    {"ignore-nonprinting", no_argument, NULL, 'i'},
    {"threads", required_argument, NULL, 'j'},
    {"parallel", required_argument, NULL, 'j'},
    {"key", required_argument, NULL, 'k'},
    {"merge", no_argument, NULL, 'm'},
    {"month-sort", no_argument, NULL, 'M'},
    {"numeric-sort", no_argument, NULL, 'n'},
    {"output", required_argument, NULL, 'o'},
    {"report", optional_argument, NULL, OPT_REPORT},
    {"reverse", no_argument, NULL, 'r'},
    {"stable", no_argument, NULL, 's'},
    {"buffer-size", required_argument, NULL, 'S'},
    {"sort", required_argument, NULL, OPT_SORT},
    {"field-separator", required_argument, NULL, 't'},
    {"temporary-directory", required_argument, NULL, 'T'},
    {"unique", no_argument, NULL, 'u'},
    {"zero-terminated", no_argument, NULL, 'z'},
    {"files0-from", required_argument, NULL, OPT_FILES0},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

/* What is collected before the keys can be made. */
typedef struct parsing {
    sort_options *options;
    sort_ordering all;
    sort_key *keys; /* room for one an argument */
    size_t key_count, directory_count;
    const char *files0;
    bool check, check_quietly, merge;
} parsing;

/* ---- values of options ---- */

static int set_threads(const char *value, int *threads) {
    unsigned long long count = 0;
    YOKE_TRY(option_count("--threads", value, 1, MOST_THREADS, &count));
    *threads = (int)count;
    return YOKE_OK;
}

static unsigned long long physical_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (unsigned long long)pages * (unsigned long long)size : 0;
}

/* Digits, then b for bytes, % of the physical memory, or K (the default), M, G, T, P, E. */
static int set_size(const char *value, size_t *size) {
    static const char units[] = "bKMGTPE";
    char *end;
    errno = 0;
    unsigned long long count = strtoull(value, &end, 10);
    const char *unit = *end == 'k' ? units + 1 : *end ? strchr(units, *end) : units + 1;
    bool percent = *end == '%';
    if (*value < '0' || *value > '9' || (!unit && !percent) || (*end && end[1]))
        return yoke_fail(YOKE_EINVAL, "-S: '%s' is not a size such as 500M, 2G or 20%%", value);
    int shift = unit ? 10 * (int)(unit - units) : 0;
    if (percent) count = count < 100 ? physical_memory() / 100 * count : physical_memory();
    if (errno || count > SIZE_MAX >> shift) count = SIZE_MAX >> shift;
    *size = (size_t)count << shift;
    if (!*size) *size = 1;
    return YOKE_OK;
}

static int set_separator(const char *value, yoke_line_sort *sort) {
    bool nul = strcmp(value, "\\0") == 0, tab = strcmp(value, "\\t") == 0;
    if (!*value) return yoke_fail(YOKE_EINVAL, "-t: expected a byte");
    if (!nul && !tab && value[1])
        return yoke_fail(YOKE_EINVAL, "-t: '%s' is not a single byte", value);
    sort->has_separator = true;
    sort->separator = nul ? '\0' : tab ? '\t' : (unsigned char)*value;
    return YOKE_OK;
}

static int set_compression(const char *value, yoke_line_sort *sort) {
    static const char *const words[] = {"auto", "zstd", "none"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) != 0) continue;
        sort->packing = (yoke_line_packing)i;
        return YOKE_OK;
    }
    return yoke_fail(YOKE_EINVAL, "--compress: '%s' is not auto, zstd or none", value);
}

static int set_check(const char *value, parsing *p) {
    bool quiet = value && (strcmp(value, "quiet") == 0 || strcmp(value, "silent") == 0);
    if (value && !quiet && strcmp(value, "diagnose-first") != 0)
        return yoke_fail(YOKE_EINVAL, "--check: '%s' is not quiet, silent or diagnose-first",
                         value);
    p->check |= !quiet;
    p->check_quietly |= quiet;
    return YOKE_OK;
}

static int set_sort(const char *value, sort_ordering *all) {
    static const char *const words[] = {"general-numeric", "human-numeric", "month", "numeric"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(value, words[i]) != 0) continue;
        sort_ordering_add(all, "ghMn"[i], true, true);
        return YOKE_OK;
    }
    return yoke_fail(YOKE_EINVAL,
                     "--sort: '%s' is not general-numeric, human-numeric, month or numeric", value);
}

/* ---- the list of files ---- */

static int read_all(int descriptor, const char *path, buffer *names) {
    while (buffer_reserve(names, 4096)) {
        ssize_t got = read(descriptor, names->data + names->size, 4096);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return yoke_fail(YOKE_EIO, "%s: %m", path);
        if (!got) break;
        names->size += (size_t)got;
    }
    if (names->size && names->data[names->size - 1]) buffer_add_byte(names, '\0');
    return names->failed ? yoke_fail(YOKE_ENOMEM, NULL) : YOKE_OK;
}

static int read_names(const char *path, buffer *names) {
    if (strcmp(path, "-") == 0) return read_all(STDIN_FILENO, path, names);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return yoke_fail(YOKE_EIO, "%s: %m", path);
    int status = read_all(descriptor, path, names);
    close(descriptor);
    return status;
}

static int take_names(const char *path, sort_options *o) {
    YOKE_TRY(read_names(path, &o->names));
    if (!o->names.size) return yoke_fail(YOKE_EINVAL, "no input from '%s'", path);
    size_t count = 0;
    for (size_t i = 0; i < o->names.size; i++) count += !o->names.data[i];
    o->files = calloc(count, sizeof *o->files);
    if (!o->files) return yoke_fail(YOKE_ENOMEM, NULL);
    for (const char *at = o->names.data; o->file_count < count; at += strlen(at) + 1) {
        if (!*at)
            return yoke_fail(YOKE_EINVAL, "%s:%zu: a name of no bytes", path, o->file_count + 1);
        o->files[o->file_count++] = at;
    }
    return YOKE_OK;
}

static int take_operands(char **operands, int count, sort_options *o) {
    o->files = calloc((size_t)count + 1, sizeof *o->files);
    if (!o->files) return yoke_fail(YOKE_ENOMEM, NULL);
    for (int i = 0; i < count; i++) o->files[o->file_count++] = operands[i];
    if (!count) o->files[o->file_count++] = "-";
    return YOKE_OK;
}

static int take_files(char **operands, int count, parsing *p) {
    if (p->files0 && count)
        return yoke_fail(YOKE_EINVAL,
                         "files cannot be named both in the line and by --files0-from");
    return p->files0 ? take_names(p->files0, p->options)
                     : take_operands(operands, count, p->options);
}

/* ---- the whole line ---- */

/* The same file twice is one; of two, sort does not choose. */
static int set_output(const char *value, sort_options *o) {
    if (o->output_path && strcmp(o->output_path, value) != 0)
        return yoke_fail(YOKE_EINVAL, "--output: both '%s' and '%s'", o->output_path, value);
    o->output_path = value;
    return YOKE_OK;
}

static int set_option(int code, const char *value, parsing *p) {
    sort_options *o = p->options;
    switch (code) {
    case 'c': p->check = true; return YOKE_OK;
    case 'C': p->check_quietly = true; return YOKE_OK;
    case 'm': p->merge = true; return YOKE_OK;
    case 's': o->sort.stable = true; return YOKE_OK;
    case 'u': o->sort.unique = true; return YOKE_OK;
    case 'z': o->sort.zero_terminated = true; return YOKE_OK;
    case 'j': return set_threads(value, &o->threads);
    case 'k': return sort_key_parse(value, &p->keys[p->key_count++]);
    case 'o': return set_output(value, o);
    case 'S': return set_size(value, &o->sort.memory);
    case 't': return set_separator(value, &o->sort);
    case 'T': o->directories[p->directory_count++] = value; return YOKE_OK;
    case OPT_FILES0: p->files0 = value; return YOKE_OK;
    case OPT_COMPRESS: return set_compression(value, &o->sort);
    case OPT_BINARY: o->binary = true; return sort_binary_type(value, &o->type);
    case OPT_CHECK: return set_check(value, p);
    case OPT_SORT: return set_sort(value, &p->all);
    case OPT_REPORT: return option_report(value, &o->report);
    case OPT_HELP: o->help = true; return YOKE_OK;
    default: sort_ordering_add(&p->all, (char)code, true, true); return YOKE_OK;
    }
}

/* Numbers have an order of their own. */
static int check_binary(const parsing *p) {
    const sort_options *o = p->options;
    sort_ordering all = p->all, only_reverse = {.reverse = all.reverse};
    bool of_lines = p->key_count || o->sort.has_separator || o->sort.zero_terminated ||
                    memcmp(&all, &only_reverse, sizeof all) != 0;
    if (!o->binary || !of_lines) return YOKE_OK;
    return yoke_fail(
        YOKE_EINVAL,
        "--binary goes with -c, -C, -j, -m, -o, -r, -s, -S, -T, -u and --compress only");
}

static int choose_mode(const parsing *p) {
    sort_options *o = p->options;
    bool check = p->check || p->check_quietly;
    if (p->check && p->check_quietly)
        return yoke_fail(YOKE_EINVAL, "options '-cC' are incompatible");
    if (check && o->output_path) return yoke_fail(YOKE_EINVAL, "options '-co' are incompatible");
    if (check && o->file_count > 1)
        return yoke_fail(YOKE_EINVAL, "'%s': -c looks at one file", o->files[1]);
    if (p->merge) o->mode = SORT_MERGE;
    if (check) o->mode = p->check ? SORT_CHECK : SORT_CHECK_QUIETLY;
    return YOKE_OK;
}

static int parse_line(int argc, char **argv, parsing *p) {
    sort_options *o = p->options;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, letters, long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, p));
    }
    if (o->help) return YOKE_OK;
    YOKE_TRY(check_binary(p));
    YOKE_TRY(sort_keys_make(p->keys, p->key_count, &p->all, o->keys, &o->sort.key_count));
    YOKE_TRY(take_files(argv + optind, argc - optind, p));
    o->sort.keys = o->keys;
    o->sort.reverse = p->all.reverse;
    const char *usual = getenv("TMPDIR");
    if (!p->directory_count && usual && *usual) o->directories[p->directory_count++] = usual;
    o->sort.temporary = o->directories;
    o->sort.temporary_count = p->directory_count;
    return choose_mode(p);
}

int sort_options_parse(int argc, char **argv, sort_options *options) {
    size_t most = (size_t)argc + 1;
    parsing p = {.options = options, .keys = calloc(most, sizeof *p.keys)};
    *options = (sort_options){
        .keys = calloc(most, sizeof *options->keys),
        .directories = calloc(most, sizeof *options->directories),
    };
    bool ready = p.keys && options->keys && options->directories;
    opterr = 0;
    int status = ready ? parse_line(argc, argv, &p) : yoke_fail(YOKE_ENOMEM, NULL);
    free(p.keys);
    return status;
}

void sort_options_free(sort_options *options) {
    free(options->keys);
    free(options->files);
    free(options->directories);
    buffer_free(&options->names);
}
