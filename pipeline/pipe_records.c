/* SPDX-License-Identifier: Apache-2.0
 *
 * Where blocks may end. The searches are libc's, which are vectorised; what was looked through is
 * not looked through again when more data have come.
 */
#include <string.h>

#include "pipeline/pipe.h"

int yoke__cutter_open(cutter *c, const yoke_pipe_options *options) {
    *c = (cutter){.records = options->records, .lines = options->lines};
    if (c->records != YOKE_PIPE_PATTERN) return YOKE_OK;
    const char *pattern = options->pattern ? options->pattern : "";
    int code = regcomp(&c->pattern, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (code) {
        char why[128];
        regerror(code, &c->pattern, why, sizeof why);
        return yoke_fail(YOKE_EINVAL, "'%s' is no regular expression: %s", pattern, why);
    }
    c->compiled = true;
    return YOKE_OK;
}

void yoke__cutter_close(cutter *c) {
    if (c->compiled) regfree(&c->pattern);
    c->compiled = false;
}

void yoke__cutter_reset(cutter *c) {
    c->seen = c->found = 0;
    c->count = 0;
    c->quoted = false;
}

static size_t cut_lines(const char *data, size_t size, size_t target, size_t *seen) {
    size_t most = size < target ? size : target;
    const char *end = memrchr(data, '\n', most);
    if (end) return (size_t)(end - data) + 1;
    size_t from = *seen > most ? *seen : most;
    end = memchr(data + from, '\n', size - from);
    *seen = size;
    return end ? (size_t)(end - data) + 1 : 0;
}

static size_t cut_count(cutter *c, const char *data, size_t size) {
    while (c->count < c->lines) {
        const char *end = memchr(data + c->seen, '\n', size - c->seen);
        if (!end) {
            c->seen = size;
            return 0;
        }
        c->seen = (size_t)(end - data) + 1;
        c->count++;
    }
    return c->seen;
}

/* From c->seen up to `end`, outside of quotes: notes the last end of a record up to target, or the
 * first beyond it. True: it is found. */
static bool look_outside(cutter *c, const char *data, size_t end, size_t target) {
    size_t most = end < target ? end : target;
    if (c->seen < most) {
        const char *last = memrchr(data + c->seen, '\n', most - c->seen);
        if (last) c->found = (size_t)(last - data) + 1;
    }
    if (end < target) return false;
    if (c->found) return true;
    size_t from = c->seen > target ? c->seen : target;
    const char *first = memchr(data + from, '\n', end - from);
    if (first) c->found = (size_t)(first - data) + 1;
    return first != NULL;
}

static size_t cut_csv(cutter *c, const char *data, size_t size, size_t target) {
    while (c->seen < size) {
        const char *quote = memchr(data + c->seen, '"', size - c->seen);
        size_t end = quote ? (size_t)(quote - data) : size;
        if (!c->quoted && look_outside(c, data, end, target)) return c->found;
        if (c->quoted && end >= target && c->found) return c->found;
        c->seen = quote ? end + 1 : size;
        if (quote) c->quoted = !c->quoted;
    }
    return 0;
}

/* Whether a record begins at `at`, a begin of a line. The line has to be whole. */
static bool begins(const cutter *c, const char *data, size_t at, size_t line_end) {
    regmatch_t line = {.rm_so = (regoff_t)at, .rm_eo = (regoff_t)line_end};
    return regexec(&c->pattern, data, 1, &line, REG_STARTEND) == 0;
}

/* The last begin of a record at or before `most`. */
static size_t begin_before(const cutter *c, const char *data, size_t size, size_t most) {
    while (most > 0) {
        const char *end = memrchr(data, '\n', most);
        if (!end) return 0;
        size_t at = (size_t)(end - data) + 1;
        const char *line_end = at < size ? memchr(end + 1, '\n', size - at) : NULL;
        if (line_end && begins(c, data, at, (size_t)(line_end - data))) return at;
        most = at - 1;
    }
    return 0;
}

/* The first begin of a record after c->seen. */
static size_t begin_after(cutter *c, const char *data, size_t size) {
    for (;;) {
        const char *end = memchr(data + c->seen, '\n', size - c->seen);
        if (!end) return 0;
        size_t at = (size_t)(end - data) + 1;
        const char *line_end = memchr(end + 1, '\n', size - at);
        if (!line_end) return 0;
        if (begins(c, data, at, (size_t)(line_end - data))) return at;
        c->seen = at;
    }
}

/* The line at the target has to be whole, so that it does not matter how much more is there. */
static size_t cut_pattern(cutter *c, const char *data, size_t size, size_t target) {
    if (size < target || !memchr(data + target, '\n', size - target)) return 0;
    size_t at = c->seen ? 0 : begin_before(c, data, size, target);
    if (at) return at;
    if (!c->seen) c->seen = target ? target - 1 : 0;
    return begin_after(c, data, size);
}

size_t yoke__cut(cutter *c, const char *data, size_t size, size_t target) {
    switch (c->records) {
    case YOKE_PIPE_CSV: return cut_csv(c, data, size, target);
    case YOKE_PIPE_PATTERN: return cut_pattern(c, data, size, target);
    default: break;
    }
    if (c->lines) return cut_count(c, data, size);
    return size < target ? 0 : cut_lines(data, size, target, &c->seen);
}
