/* SPDX-License-Identifier: Apache-2.0
 *
 * Text put together in memory of a fixed size, as snprintf does it: what does not fit is counted
 * and cut.
 */
#ifndef YOKE_RUNTIME_TEXT_H
#define YOKE_RUNTIME_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

typedef struct yoke__text {
    char *data;
    size_t size;   /* bytes at data */
    size_t length; /* of the whole text, without the NUL */
} yoke__text;

__attribute__((format(printf, 2, 3))) static inline void yoke__text_add(yoke__text *text,
                                                                        const char *format, ...) {
    size_t used = text->length < text->size ? text->length : text->size;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(used < text->size ? text->data + used : NULL, text->size - used, format,
                           arguments);
    va_end(arguments);
    if (length > 0) text->length += (size_t)length;
}

/* The name of an object in quotes, or its address. */
static inline void yoke__text_name(yoke__text *text, const char *name, const void *object) {
    if (name)
        yoke__text_add(text, "'%s'", name);
    else
        yoke__text_add(text, "%p", object);
}

#endif
