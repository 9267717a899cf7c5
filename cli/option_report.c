/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading --report.
 */
#include "cli/option_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/option_value.h"
#include "yoke/status.h"

static int choose(const char *value, size_t size, int *choice) {
    static const char *const names[] = {"text", "json", "csv", "html", "trace", NULL};
    char word[64];
    snprintf(word, sizeof word, "%.*s", size < sizeof word ? (int)size : (int)sizeof word - 1,
             value);
    return option_choice("--report", word, names, choice);
}

int option_report(const char *value, report_option *option) {
    const char *colon = value ? strchr(value, ':') : NULL;
    size_t size = colon ? (size_t)(colon - value) : value ? strlen(value) : 0;
    int choice = 0;
    if (size) YOKE_TRY(choose(value, size, &choice));
    report_kind kind = (report_kind)(REPORT_TEXT + choice);
    if (colon && !colon[1]) return yoke_fail(YOKE_EINVAL, "--report: expected a file behind ':'");
    if (!colon && kind >= REPORT_HTML)
        return yoke_fail(YOKE_EINVAL, "--report: %s needs a file: --report=%s:FILE", value, value);
    *option = (report_option){kind, colon ? colon + 1 : NULL};
    return 0;
}
