/* SPDX-License-Identifier: Apache-2.0
 *
 * The inputs of a sort of lines, opened one at a time. Regular files and memory have a part of
 * known size, which may be read from any thread; what a file has grown by since, and pipes, are
 * read from front to back.
 */
#ifndef YOKE_MAPREDUCE_LINES_INPUT_H
#define YOKE_MAPREDUCE_LINES_INPUT_H

#include <stdint.h>
#include <sys/types.h>

#include "yoke/dataset.h"

typedef struct yoke__line_input {
    char name[256]; /* for messages */
    int descriptor; /* -1: memory, or not open */
    bool own;       /* to be closed */
    bool seekable;
    const char *memory;
    uint64_t at;   /* read so far: offset in the file or the memory */
    uint64_t size; /* what is known to be there */
} yoke__line_input;

/* Looks whether inputs can be read, before any of them is. YOKE_ENOENT, YOKE_EIO. */
int yoke__line_inputs_check(const yoke_input *inputs, size_t count);

/* Bytes that one holds, UINT64_MAX when that is not known. Opens nothing. */
uint64_t yoke__line_input_size(const yoke_input *input);

/* Opens one; `index` is for messages. YOKE_ENOENT, YOKE_EIO. */
int yoke__line_input_open(yoke__line_input *input, const yoke_input *from, size_t index);
/* A file that is not ours to close is left at the position up to which it was read. */
void yoke__line_input_close(yoke__line_input *input);

/* Bytes of the known part that are left. */
static inline uint64_t yoke__line_input_left(const yoke__line_input *input) {
    return input->size > input->at ? input->size - input->at : 0;
}

/* Reads from `offset`, within the known part; any thread. Fewer bytes than asked for: the file has
 * become shorter. YOKE_EIO. */
ssize_t yoke__line_input_read_at(const yoke__line_input *input, char *to, size_t size,
                                 uint64_t offset);
/* Reads on: some bytes, up to `size`, 0 at the end. YOKE_EIO. */
ssize_t yoke__line_input_read(yoke__line_input *input, char *to, size_t size);

#endif
