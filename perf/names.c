/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for enums.
 */
#include "perf/names.h"

static const char *word(const char *const words[], size_t count, int value) {
    return value >= 0 && (size_t)value < count ? words[value] : "?";
}
#define WORD(words, value) word(words, sizeof(words) / sizeof *(words), (int)(value))

const char *yoke__source_name(yoke_source source) {
    static const char *const words[YOKE_SOURCES] = {
        [YOKE_SOURCE_OWN] = "yoke",
        [YOKE_SOURCE_KERNEL] = "kernel",
        [YOKE_SOURCE_PERF_SOFTWARE] = "perf software",
        [YOKE_SOURCE_PERF_HARDWARE] = "perf hardware",
        [YOKE_SOURCE_LIKWID_CORE] = "likwid core",
        [YOKE_SOURCE_LIKWID_UNCORE] = "likwid uncore",
    };
    return WORD(words, source);
}

const char *yoke__activity_name(yoke_activity activity) {
    static const char *const words[] = {"work", "runtime", "wait"};
    return WORD(words, activity);
}

const char *yoke__factor_name(yoke_factor factor) {
    static const char *const words[] = {"none", "load balance", "serialisation", "transfer"};
    return WORD(words, factor);
}
