/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring the batch, and the plan file that keeps it. See batch_size.h. */
#include "pipeline/batch_size.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/shuffle.h"
#include "yoke/status.h"

/* A batch should take so long; half of it is long enough not to grow on. */
enum { TARGET = 200000, GROWTH = 4, SAMPLES = 3 };

void yoke__batch_size_init(yoke__batch_size *batch, size_t fixed, size_t most) {
    if (!fixed) {
        fixed = (size_t)(yoke__shuffle_draw() >> 58); /* up to 63 in a verification */
        if (fixed > most) fixed = most;
    }
    *batch = (yoke__batch_size){.size = fixed ? fixed : 1, .most = most, .settled = fixed != 0};
    snprintf(batch->why, sizeof batch->why, "%s",
             fixed ? "given" : "not settled: no batch has ended");
}

static void explain(yoke__batch_size *batch, double each) {
    const char *state = batch->settled ? "" : "not settled: the last measured, ";
    const char *bound = batch->settled && batch->size == batch->most ? ", the most allowed" : "";
    snprintf(batch->why, sizeof batch->why, "%san item takes %.3g us in all stages%s", state,
             each * 1e-3, bound);
}

static void grow(yoke__batch_size *batch, double each) {
    double wanted = TARGET / each, next = GROWTH * (double)batch->size;
    if (next > wanted) next = wanted;
    batch->size = next < (double)batch->most ? (size_t)next : batch->most;
    batch->seen = 0;
}

void yoke__batch_size_observe(yoke__batch_size *batch, size_t items, int64_t took) {
    /* One that was cut short says nothing of the size. */
    if (batch->settled || !items || items < batch->size) return;
    if (took < 1) took = 1;
    if (!batch->seen || took < batch->least) batch->least = took;
    double each = (double)batch->least / (double)items;
    if (++batch->seen == SAMPLES) {
        batch->settled = batch->least >= TARGET / 2 || batch->size == batch->most;
        if (!batch->settled) grow(batch, each);
    }
    explain(batch, each);
}

/* ---- the plan */

enum { LINE = 128 };

/* All of the line but the size. */
static size_t write_head(char *line, const char *kind, size_t parts) {
    return (size_t)snprintf(line, LINE, "yoke plan 1: %s of %zu parts, batch ", kind, parts);
}

static int read_line(const char *path, char *line, size_t size) {
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT) return 0;
    if (!file) return yoke_fail(YOKE_EIO, "%s: %m", path);
    size_t length = fread(line, 1, size - 1, file);
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    errno = failed;
    if (failed) return yoke_fail(YOKE_EIO, "%s: %m", path);
    line[length] = 0;
    return 1;
}

/* The number that ends a line; 0 when there is none, or something else. */
static size_t last_number(const char *text) {
    char *end = NULL;
    if (*text < '1' || *text > '9') return 0;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    return errno || number > SIZE_MAX || strcmp(end, "\n") != 0 ? 0 : (size_t)number;
}

int yoke__plan_read(yoke__batch_size *batch, const char *path, const char *kind, size_t parts) {
    char line[LINE], head[LINE];
    int there = read_line(path, line, sizeof line);
    if (there <= 0) return there;
    size_t length = write_head(head, kind, parts);
    size_t size = strncmp(line, head, length) == 0 ? last_number(line + length) : 0;
    if (!size)
        return yoke_fail(YOKE_EDATA, "%s: this is not a plan of a %s of %zu parts", path, kind,
                         parts);
    batch->size = size < batch->most ? size : batch->most;
    batch->settled = true;
    snprintf(batch->why, sizeof batch->why, "from the plan%s",
             size > batch->most ? ", lowered to the most allowed" : "");
    return YOKE_OK;
}

int yoke__plan_write(const yoke__batch_size *batch, const char *path, const char *kind,
                     size_t parts) {
    if (!batch->settled) return YOKE_OK;
    FILE *file = fopen(path, "wxe");
    if (!file && errno == EEXIST) return YOKE_OK;
    if (!file) return yoke_fail(YOKE_EIO, "%s: %m", path);
    char head[LINE];
    write_head(head, kind, parts);
    fprintf(file, "%s%zu\n", head, batch->size);
    int failed = ferror(file) ? errno : 0;
    if (fclose(file) != 0 && !failed) failed = errno;
    if (!failed) return YOKE_OK;
    remove(path);
    errno = failed;
    return yoke_fail(YOKE_EIO, "%s: %m", path);
}
