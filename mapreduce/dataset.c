/* SPDX-License-Identifier: Apache-2.0
 *
 * A dataset: its inputs, its format, and the names of its columns. Opening it opens the first
 * input, whose first record says how many columns there are; the others are opened when they are
 * reached, so that thousands of files cost no descriptors, but are looked at now, so that a
 * misspelt name is known before the work.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapreduce/source.h"
#include "yoke/machine.h"
#include "yoke/memory.h"

#define DEFAULT_MAX_RECORD ((size_t)64 << 20)
#define MOST_MAX_RECORD    ((size_t)1 << 30)

static int check_format(const yoke_format *format) {
    unsigned char d = format->delimiter, q = format->quote;
    if (d == '\n' || d == '\r' || q == '\n' || q == '\r') {
        return yoke_fail(YOKE_EINVAL, "a line end can be neither delimiter nor quote");
    }
    if (d && d == q) return yoke_fail(YOKE_EINVAL, "delimiter and quote are the same byte '%c'", d);
    if (format->max_record > MOST_MAX_RECORD) {
        return yoke_fail(YOKE_ERANGE, "records of more than 1 GiB are not supported");
    }
    if (format->names && !format->name_count) return yoke_fail(YOKE_EINVAL, "no column is named");
    return 0;
}

static int name_source(yoke_source *source, const char *name) {
    char number[32];
    snprintf(number, sizeof number, "(input %zu)", source->index + 1);
    source->name = strdup(name ? name : number);
    return source->name ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

/* Looks whether an input can be read, without opening it: a FIFO would block. */
static int check_input(yoke_source *source) {
    struct stat status;
    bool path = source->kind == YOKE_INPUT_PATH;
    if (path ? stat(source->name, &status) < 0 || access(source->name, R_OK) < 0
             : fstat(source->descriptor, &status) < 0) {
        int code = errno == ENOENT || errno == ENOTDIR ? YOKE_ENOENT : YOKE_EIO;
        return yoke_fail(code, "%s: %m", source->name);
    }
    if (S_ISDIR(status.st_mode)) {
        return yoke_fail(YOKE_EIO, "%s: is a directory, expected a file", source->name);
    }
    source->waits = !S_ISREG(status.st_mode);
    return 0;
}

static int take_input(yoke_source *source, const yoke_input *input) {
    source->kind = input->kind;
    if (input->kind == YOKE_INPUT_PATH && !input->name) {
        return yoke_fail(YOKE_EINVAL, "a path is NULL");
    }
    YOKE_TRY(name_source(source, input->name));
    if (input->kind == YOKE_INPUT_DESCRIPTOR) source->descriptor = input->descriptor;
    if (input->kind != YOKE_INPUT_MEMORY) return check_input(source);
    source->memory = input->data ? input->data : "";
    source->size = input->size;
    return 0;
}

static int take_inputs(yoke_dataset *dataset, const yoke_input *inputs, size_t count) {
    if (!count) return yoke_fail(YOKE_EINVAL, "a dataset needs an input");
    if (count > YOKE_MOST_INPUTS) {
        return yoke_fail(YOKE_ERANGE, "more than %zu inputs are not supported", YOKE_MOST_INPUTS);
    }
    dataset->sources = calloc(count, sizeof *dataset->sources);
    if (!dataset->sources) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) {
        yoke_source *source = &dataset->sources[i];
        source->dataset = dataset;
        source->index = i;
        source->descriptor = -1;
        pthread_mutex_init(&source->lock, NULL);
        dataset->count = i + 1;
        YOKE_TRY(take_input(source, &inputs[i]));
    }
    return 0;
}

static void free_names(char **names, size_t count) {
    for (size_t i = 0; names && i < count; i++) free(names[i]);
    free(names);
}

/* Copies names: of texts, of strings, or c1, c2, ... when both are NULL. */
static int make_names(const yoke_text *texts, const char *const *strings, size_t count,
                      char ***names) {
    char **made = calloc(count + 1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) {
        char number[32];
        snprintf(number, sizeof number, "c%zu", i + 1);
        if (texts)
            made[i] = strndup(texts[i].data, texts[i].size);
        else
            made[i] = strdup(strings ? strings[i] : number);
        if (made[i]) continue;
        free_names(made, count);
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    *names = made;
    return 0;
}

static int name_columns(yoke_dataset *dataset, const yoke_text *fields, size_t fields_count) {
    const yoke_format *format = &dataset->format;
    const yoke_source *first = &dataset->sources[0];
    size_t columns = fields_count;
    if (format->header) {
        if (!columns) {
            return yoke_fail(YOKE_EDATA, "%s: is empty, expected a header line", first->name);
        }
        YOKE_TRY(make_names(fields, NULL, columns, &dataset->header));
        dataset->header_columns = columns;
    }
    if (format->names) {
        if (columns && columns != format->name_count) {
            return yoke_fail(
                YOKE_EDATA,
                "%s: line 1, column 1: the record has %zu fields, but %zu columns are named",
                first->name, columns, format->name_count);
        }
        columns = format->name_count;
    }
    if (dataset->lines) columns = 1;
    dataset->columns = columns;
    const yoke_text *texts = format->header && !format->names ? fields : NULL;
    return make_names(texts, format->names, columns, &dataset->names);
}

/* Opens inputs up to the first that is not empty: its first record tells the columns. */
static int open_first(yoke_dataset *dataset) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    yoke_text *fields = NULL;
    size_t columns = 0;
    int status = 0;
    for (size_t i = 0; i < dataset->count && status >= 0 && !columns; i++) {
        status = yoke__source_open(&dataset->sources[i], &arena, &fields, &columns);
        if (dataset->format.header) break;
    }
    if (status >= 0) status = name_columns(dataset, fields, columns);
    yoke_arena_fini(&arena);
    return status;
}

int yoke_dataset_open(const yoke_input *inputs, size_t count, const yoke_format *format,
                      yoke_dataset **dataset) {
    YOKE_TRY(check_format(format));
    yoke_dataset *opened = calloc(1, sizeof *opened);
    if (!opened) return yoke_fail(YOKE_ENOMEM, NULL);
    opened->format = *format;
    opened->lines = !format->delimiter;
    if (opened->lines) opened->format.delimiter = '\n';
    if (!opened->format.max_record) opened->format.max_record = DEFAULT_MAX_RECORD;
    opened->scan = yoke__scan_select(NULL);
    atomic_init(&opened->failure, YOKE_NO_FAILURE);
    pthread_mutex_init(&opened->lock, NULL);
    int status = take_inputs(opened, inputs, count);
    if (status >= 0) status = open_first(opened);
    opened->format.names = NULL; /* the caller's; ours are in names */
    if (status < 0)
        yoke_dataset_close(opened);
    else
        *dataset = opened;
    return status < 0 ? status : 0;
}

void yoke_dataset_close(yoke_dataset *dataset) {
    if (!dataset) return;
    for (size_t i = 0; i < dataset->count; i++) {
        yoke__source_close(&dataset->sources[i]);
        pthread_mutex_destroy(&dataset->sources[i].lock);
        free(dataset->sources[i].name);
    }
    free(dataset->sources);
    free_names(dataset->header, dataset->header_columns);
    free_names(dataset->names, dataset->columns);
    pthread_mutex_destroy(&dataset->lock);
    free(dataset);
}

int yoke__dataset_begin(yoke_dataset *dataset, size_t block_size, int threads, bool forward) {
    if (dataset->consumed)
        return yoke_fail(YOKE_EINVAL, "the dataset was read before: open it again");
    dataset->consumed = true;
    dataset->window = (size_t)threads;
    dataset->block_size = block_size;
    dataset->forward = forward;
    for (size_t i = 0; i < dataset->count; i++) YOKE_TRY(yoke__source_plan(&dataset->sources[i]));
    return 0;
}

size_t yoke_dataset_columns(const yoke_dataset *dataset) { return dataset->columns; }

const char *yoke_dataset_column_name(const yoke_dataset *dataset, size_t index) {
    return index < dataset->columns ? dataset->names[index] : NULL;
}

uint64_t yoke_dataset_bytes(const yoke_dataset *dataset) {
    uint64_t total = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        const yoke_source *source = &dataset->sources[i];
        struct stat status = {.st_mode = 0};
        if (source->kind == YOKE_INPUT_PATH) {
            if (stat(source->name, &status) < 0) return 0;
        } else if (source->kind == YOKE_INPUT_DESCRIPTOR) {
            if (fstat(source->descriptor, &status) < 0) return 0;
        }
        if (source->kind == YOKE_INPUT_MEMORY)
            total += source->size;
        else if (S_ISREG(status.st_mode))
            total += (uint64_t)status.st_size - source->origin;
        else
            return 0;
    }
    return total;
}
