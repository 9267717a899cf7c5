/* SPDX-License-Identifier: Apache-2.0
 *
 * Status names and sentences come from the one list in the header; the detail is a fixed
 * thread-local buffer, so that reporting a failure can never fail itself.
 */
#include <stdarg.h>
#include <stdio.h>

#include "yoke/status.h"

static _Thread_local char detail[1024];

const char *yoke_status_name(int status) {
    if (status >= 0) return "YOKE_OK";
    switch (status) {
#define NAME(name, number, sentence)                                                               \
    case number: return "YOKE_" #name;
        YOKE_STATUS_LIST(NAME)
#undef NAME
    default: return "YOKE_E?";
    }
}

const char *yoke_status_message(int status) {
    if (status >= 0) return "Success.";
    switch (status) {
#define MESSAGE(name, number, sentence)                                                            \
    case number: return sentence;
        YOKE_STATUS_LIST(MESSAGE)
#undef MESSAGE
    default: return "This number is not a yoke status.";
    }
}

const char *yoke_error_detail(void) { return detail; }

static void make_one_line(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
    }
}

int(yoke_fail)(int status, const char *format, ...) {
    if (!format) format = yoke_status_message(status);
    char text[sizeof detail]; /* an argument may be the old detail itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    make_one_line(text);
    snprintf(detail, sizeof detail, "%s", text);
    return status;
}
