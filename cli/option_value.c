/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the values of options.
 */
#include "cli/option_value.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/buffer.h"
#include "yoke/status.h"

int option_choice(const char *option, const char *value, const char *const names[], int *choice) {
    buffer all = {0};
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], value) == 0) {
            buffer_free(&all);
            *choice = i;
            return 0;
        }
        buffer_print(&all, "%s%s", !i ? "" : names[i + 1] ? ", " : " or ", names[i]);
    }
    int status = yoke_fail(YOKE_EINVAL, "%s: '%s' is not %.*s", option, value, (int)all.size,
                           all.failed ? "known" : all.data);
    buffer_free(&all);
    return status;
}

/* A whole number with nothing around it. */
static bool parse_count(const char *text, unsigned long long most, unsigned long long *count,
                        const char **rest) {
    if (*text < '0' || *text > '9') return false;
    char *end;
    errno = 0;
    *count = strtoull(text, &end, 10);
    *rest = end;
    return !errno && *count <= most;
}

int option_count(const char *option, const char *value, unsigned long long least,
                 unsigned long long most, unsigned long long *count) {
    const char *rest;
    if (parse_count(value, most, count, &rest) && !*rest && *count >= least) return 0;
    if (most == SIZE_MAX)
        return yoke_fail(YOKE_EINVAL, "%s: '%s' is no whole number%s", option, value,
                         least ? " above 0" : "");
    return yoke_fail(YOKE_EINVAL, "%s: '%s' is no whole number from %llu to %llu", option, value,
                     least, most);
}

int option_size(const char *option, const char *value, size_t *size) {
    static const char units[] = "kmg";
    unsigned long long count = 0;
    const char *rest = value;
    bool valid = parse_count(value, SIZE_MAX >> 30, &count, &rest) && count;
    const char *unit = *rest ? strchr(units, *rest | 0x20) : NULL;
    if (unit) rest++;
    if (unit && *rest == 'i') rest++;
    if (*rest == 'B' || *rest == 'b') rest++;
    if (!valid || *rest) {
        return yoke_fail(YOKE_EINVAL, "%s: '%s' is not a size such as 65536, 256K or 1M", option,
                         value);
    }
    *size = (size_t)count << (unit ? 10 * (unit - units + 1) : 0);
    return 0;
}

int option_seconds(const char *option, const char *value, double *seconds) {
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1},      {"s", 1},  {"ns", 1e-9}, {"us", 1e-6},
                 {"ms", 1e-3}, {"m", 60}, {"h", 3600}};
    char *end;
    errno = 0;
    double number = strtod(value, &end);
    for (size_t i = 0; end != value && i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].name) != 0) continue;
        if (!(number > 0) || !(number * units[i].seconds < 1e9)) break;
        *seconds = number * units[i].seconds;
        return 0;
    }
    return yoke_fail(YOKE_EINVAL, "%s: '%s' is no time such as 10, 500ms or 2m", option, value);
}

int option_progress(const char *value, yoke_progress_when *when) {
    static const char *const names[] = {"auto", "always", "never", NULL};
    int choice = 0;
    YOKE_TRY(option_choice("--progress", value, names, &choice));
    *when = (yoke_progress_when)choice;
    return 0;
}

int option_each(const char *option, const char *list, int (*take)(const char *item, void *ctx),
                void *ctx) {
    const char *whole = list;
    while (*list) {
        char item[64];
        size_t size = strcspn(list, ",");
        if (!size || size >= sizeof item) break;
        memcpy(item, list, size);
        item[size] = 0;
        YOKE_TRY(take(item, ctx));
        list += size;
        if (!*list) return 0;
        list++;
    }
    return yoke_fail(YOKE_EINVAL, "%s: expected values with commas between, not '%s'", option,
                     whole);
}
