/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading --report.
 */
#include "cli/option_report.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/option_value.h"
#include "yoke/status.h"

int option_report(const char *value, report_option *option) {
    static const char *const names[] = {"text", "json", "csv", "trace", NULL};
    const char *colon = value ? strchr(value, ':') : NULL;
    char word[16] = "text";
    int choice = 0;
    if (value && *value != ':')
        snprintf(word, sizeof word, "%.*s", colon ? (int)(colon - value) : (int)strlen(value),
                 value);
    if (option_choice("--report", word, names, &choice) < 0)
        return yoke_fail(YOKE_EINVAL,
                         "--report: '%s' is not text, json, csv or trace, then ':' and a file if "
                         "there is to be one",
                         value);
    report_kind kind = (report_kind)(choice + REPORT_TEXT);
    if (colon && !colon[1]) return yoke_fail(YOKE_EINVAL, "--report: expected a file behind ':'");
    if (kind == REPORT_TRACE && !colon)
        return yoke_fail(YOKE_EINVAL, "--report: a trace needs a file: --report=trace:FILE");
    *option = (report_option){kind, colon ? colon + 1 : NULL};
    return 0;
}
