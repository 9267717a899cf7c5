/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports caught in memory.
 */
#ifndef YOKE_TESTS_REPORT_TEXT_H
#define YOKE_TESTS_REPORT_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "yoke/report.h"

typedef struct report_text { /* all zero: empty; free `text` */
    char *text;              /* ends with a NUL */
    size_t size;
} report_text;

static inline int report_catch(void *ctx, const char *bytes, size_t size) {
    report_text *to = ctx;
    char *grown = realloc(to->text, to->size + size + 1);
    if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(grown + to->size, bytes, size);
    to->text = grown;
    to->size += size;
    grown[to->size] = '\0';
    return 0;
}

#endif
