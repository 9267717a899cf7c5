/* SPDX-License-Identifier: Apache-2.0
 *
 * Where does the time go? A run with a serial part, and then work that one thread has more of than
 * the other; measured, and reported on the terminal, as JSON and as a trace for Perfetto.
 *
 *     31_report [DIRECTORY]       writes 31_report.json and 31_report.trace there (default: here)
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "yoke/yoke.h"

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void work(double seconds) {
    for (double end = cpu_seconds() + seconds; cpu_seconds() < end;) continue;
}

/* Member 0 has 0.2 s to do, member 1 0.1 s. */
static int solve(yoke_team *team, int member, void *ctx) {
    (void)team;
    (void)ctx;
    yoke_region_begin("solve");
    work(member ? 0.1 : 0.2);
    yoke_region_end("solve");
    return 0;
}

static int run(void) {
    yoke_region_begin("read the grid");
    work(0.1);
    yoke_region_end("read the grid");
    return yoke_team_run(2, solve, NULL);
}

static int write_file(const yoke_profile *profile, yoke_report_fn *report, const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return yoke_fail(YOKE_EIO, "cannot write %s: %m", path);
    int status = report(profile, NULL, yoke_report_to_descriptor, &file);
    close(file);
    return status;
}

static int report(const yoke_profile *profile, const char *directory) {
    char json[4096], trace[4096];
    int terminal = STDOUT_FILENO;
    snprintf(json, sizeof json, "%s/31_report.json", directory);
    snprintf(trace, sizeof trace, "%s/31_report.trace", directory);
    YOKE_TRY(yoke_report_text(profile, NULL, yoke_report_to_descriptor, &terminal));
    YOKE_TRY(write_file(profile, yoke_report_json, json));
    return write_file(profile, yoke_report_trace, trace);
}

int main(int argc, char **argv) {
    yoke_profile *profile = NULL;
    int status = yoke_measure_start(NULL);
    if (!status) status = run();
    int stopped = yoke_measure_stop(&profile);
    if (!status) status = stopped;
    if (!status) status = report(profile, argc > 1 ? argv[1] : ".");
    yoke_profile_destroy(profile);
    if (status < 0) fprintf(stderr, "31_report: %s\n", yoke_error_detail());
    return status < 0;
}
