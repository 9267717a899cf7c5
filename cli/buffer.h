/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing piece of text. When memory runs out the buffer remembers it (`failed`) and further text
 * is dropped, so that a writer of many small pieces checks once, at the end.
 */
#ifndef YOKE_CLI_BUFFER_H
#define YOKE_CLI_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct buffer { /* all zero: empty */
    char *data;
    size_t size, capacity;
    bool failed;
} buffer;

/* Makes room for `more` bytes behind the text. False when memory ran out. */
bool buffer_grow(buffer *b, size_t more);
void buffer_free(buffer *b);
/* Appends after printf(3). */
void buffer_print(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void buffer_clear(buffer *b) { b->size = 0; }

static inline bool buffer_reserve(buffer *b, size_t more) {
    return b->capacity - b->size >= more || buffer_grow(b, more);
}

static inline void buffer_add(buffer *b, const char *text, size_t size) {
    if (!size || !buffer_reserve(b, size)) return;
    memcpy(b->data + b->size, text, size);
    b->size += size;
}

static inline void buffer_add_string(buffer *b, const char *text) {
    buffer_add(b, text, strlen(text));
}

static inline void buffer_add_byte(buffer *b, char byte) {
    if (buffer_reserve(b, 1)) b->data[b->size++] = byte;
}

static inline void buffer_add_repeated(buffer *b, char byte, size_t count) {
    if (!count || !buffer_reserve(b, count)) return;
    memset(b->data + b->size, byte, count);
    b->size += count;
}

#endif
