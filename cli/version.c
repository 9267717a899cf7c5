/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke --version: what this program was built with, and what it found when it was started.
 */
#include <dlfcn.h>
#include <hwloc.h>
#include <jansson.h>
#include <libdeflate.h>
#include <omp.h>
#include <zlib.h>
#include <zstd.h>

#include "cli/buffer.h"
#include "cli/cli.h"
#include "yoke/yoke.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#ifndef ADAPTERS /* by the Makefile: those that were built beside this program */
#define ADAPTERS "not known"
#endif

static const char *openmp_version(void) {
    switch (_OPENMP) {
    case 201511: return "4.5";
    case 201811: return "5.0";
    case 202011: return "5.1";
    case 202111: return "5.2";
    default: return "of another version";
    }
}

/* The file from which the OpenMP runtime was loaded. */
static const char *openmp_runtime(void) {
    Dl_info info;
    int (*symbol)(void) = omp_get_max_threads;
    void *address;
    memcpy(&address, &symbol, sizeof address);
    return dladdr(address, &info) && info.dli_fname ? info.dli_fname : "runtime not known";
}

static void add_libraries(buffer *to) {
    unsigned hwloc = hwloc_get_api_version();
    buffer_print(to, "libraries  hwloc (API %u.%u), zstd %s, zlib %s, libdeflate %s, jansson %s\n",
                 hwloc >> 16, hwloc >> 8 & 0xFF, ZSTD_versionString(), zlibVersion(),
                 LIBDEFLATE_VERSION_STRING, jansson_version_str());
}

/* The instruction sets that yoke has code for. */
static void add_features(buffer *to) {
    buffer_add_string(to, "processor ");
    size_t before = to->size;
#if defined(__x86_64__)
    static const char names[][16] = {"avx2", "bmi", "bmi2", "avx512bw", "avx512vl", "avx512vbmi2"};
    const bool has[] = {
        __builtin_cpu_supports("avx2"),     __builtin_cpu_supports("bmi"),
        __builtin_cpu_supports("bmi2"),     __builtin_cpu_supports("avx512bw"),
        __builtin_cpu_supports("avx512vl"), __builtin_cpu_supports("avx512vbmi2"),
    };
    for (size_t i = 0; i < sizeof has / sizeof *has; i++) {
        if (has[i]) buffer_print(to, " %s", names[i]);
    }
#endif
    if (to->size == before) buffer_add_string(to, " no special features, portable code");
    buffer_add_byte(to, '\n');
}

static void add_io(buffer *to) {
    int status = yoke_aio_probe_uring();
    buffer_print(to, "files      %s\n", status < 0 ? yoke_error_detail() : "io_uring");
}

static void add_counters(buffer *to) {
    int status = yoke_measure_probe_likwid();
    buffer_print(to, "counters   kernel, perf_event%s%s\n", status < 0 ? "; " : ", likwid",
                 status < 0 ? yoke_error_detail() : "");
}

static void add_reports(buffer *to) {
    int status = yoke_report_html_probe();
    buffer_print(to, "reports    text, json, csv, trace%s%s\n", status < 0 ? "; " : ", html",
                 status < 0 ? yoke_error_detail() : "");
}

static void add_results(buffer *to) {
    const char *engine = yoke_results_engine();
    buffer_print(to, "results    %s\n", engine ? engine : "are not kept: built without SQLite");
}

int version_main(void) {
    buffer text = {0};
    buffer_print(&text, "yoke %s\n", YOKE_VERSION);
    buffer_print(&text, "compiler   %s\n", COMPILER);
    buffer_print(&text, "OpenMP     %s (%d), %s\n", openmp_version(), _OPENMP, openmp_runtime());
    add_libraries(&text);
    buffer_print(&text, "adapters   %s\n", ADAPTERS);
    add_features(&text);
    add_io(&text);
    add_results(&text);
    add_counters(&text);
    add_reports(&text);
    buffer_add_byte(&text, '\0');
    int status = EXIT_FAULT;
    if (text.failed) {
        message("%s", yoke_status_message(YOKE_ENOMEM));
    } else {
        status = print_text(text.data);
    }
    buffer_free(&text);
    return status;
}
