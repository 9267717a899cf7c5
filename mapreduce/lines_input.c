/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and reading inputs as they are: no decompression, no conversion.
 */
#include "mapreduce/lines_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail_to_open(const char *name) {
    return yoke_fail(errno == ENOENT || errno == ENOTDIR ? YOKE_ENOENT : YOKE_EIO, "%s: %m", name);
}

static int fail_to_read(const char *name) { return yoke_fail(YOKE_EIO, "%s: %m", name); }

int yoke__line_inputs_check(const yoke_input *inputs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        const yoke_input *input = &inputs[i];
        if (input->kind != YOKE_INPUT_PATH) continue;
        if (!input->name) return yoke_fail(YOKE_EINVAL, "sort: input %zu has no path", i + 1);
        if (stat(input->name, &status) < 0 || access(input->name, R_OK) < 0)
            return fail_to_open(input->name);
        if (S_ISDIR(status.st_mode))
            return yoke_fail(YOKE_EIO, "%s: is a directory, expected a file", input->name);
    }
    return YOKE_OK;
}

uint64_t yoke__line_input_size(const yoke_input *input) {
    struct stat status;
    if (input->kind == YOKE_INPUT_MEMORY) return input->size;
    bool open = input->kind != YOKE_INPUT_PATH;
    if (!open && !input->name) return UINT64_MAX;
    int found = open ? fstat(input->descriptor, &status) : stat(input->name, &status);
    return found < 0 || !S_ISREG(status.st_mode) ? UINT64_MAX : (uint64_t)status.st_size;
}

/* What is known of an open file. */
static int look_at_file(yoke__line_input *input) {
    struct stat status;
    if (fstat(input->descriptor, &status) < 0) return fail_to_read(input->name);
    if (!S_ISREG(status.st_mode)) return YOKE_OK;
    off_t at = input->own ? 0 : lseek(input->descriptor, 0, SEEK_CUR);
    if (at < 0) return fail_to_read(input->name);
    input->seekable = true;
    input->at = (uint64_t)at;
    input->size = (uint64_t)status.st_size;
    return YOKE_OK;
}

int yoke__line_input_open(yoke__line_input *input, const yoke_input *from, size_t index) {
    *input = (yoke__line_input){.descriptor = -1};
    if (from->name)
        snprintf(input->name, sizeof input->name, "%s", from->name);
    else
        snprintf(input->name, sizeof input->name, "(input %zu)", index + 1);
    if (from->kind == YOKE_INPUT_MEMORY) {
        input->memory = from->data;
        input->size = from->size;
        return YOKE_OK;
    }
    input->own = from->kind == YOKE_INPUT_PATH && from->name;
    input->descriptor = input->own ? open(from->name, O_RDONLY | O_CLOEXEC) : from->descriptor;
    if (input->descriptor < 0) return fail_to_open(input->name);
    int status = look_at_file(input);
    if (status < 0) yoke__line_input_close(input);
    return status;
}

void yoke__line_input_close(yoke__line_input *input) {
    bool moved = input->seekable && !input->own;
    if (moved) lseek(input->descriptor, (off_t)input->at, SEEK_SET); /* it has been there */
    if (input->own && input->descriptor >= 0) close(input->descriptor);
    input->own = false;
    input->descriptor = -1;
}

ssize_t yoke__line_input_read_at(const yoke__line_input *input, char *to, size_t size,
                                 uint64_t offset) {
    size_t done = 0;
    if (input->descriptor < 0) {
        memcpy(to, input->memory + offset, size);
        return (ssize_t)size;
    }
    while (done < size) {
        ssize_t got = pread(input->descriptor, to + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_to_read(input->name);
        if (!got) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

ssize_t yoke__line_input_read(yoke__line_input *input, char *to, size_t size) {
    if (input->descriptor < 0) {
        uint64_t left = yoke__line_input_left(input);
        if (size > left) size = (size_t)left;
        if (size) memcpy(to, input->memory + input->at, size);
        input->at += size;
        return (ssize_t)size;
    }
    for (;;) {
        ssize_t got = input->seekable ? pread(input->descriptor, to, size, (off_t)input->at)
                                      : read(input->descriptor, to, size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_to_read(input->name);
        input->at += (uint64_t)got;
        return got;
    }
}
