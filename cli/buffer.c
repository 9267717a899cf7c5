/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow paths of buffers: growing by doubling, and formatted text.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/buffer.h"

enum { FIRST_CAPACITY = 4096 };

bool buffer_grow(buffer *b, size_t more) {
    if (b->failed || more > SIZE_MAX / 4 - b->size) {
        b->failed = true;
        return false;
    }
    size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
    while (capacity - b->size < more) capacity *= 2;
    char *grown = realloc(b->data, capacity);
    if (!grown) {
        b->failed = true;
        return false;
    }
    b->data = grown;
    b->capacity = capacity;
    return true;
}

void buffer_free(buffer *b) {
    free(b->data);
    *b = (buffer){0};
}

void buffer_print(buffer *b, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0 && buffer_reserve(b, (size_t)length + 1)) {
        vsnprintf(b->data + b->size, (size_t)length + 1, format, again);
        b->size += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}
