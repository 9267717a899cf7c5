/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring programs from outside: the variable YOKE_MEASURE says where the profile of the whole
 * process goes. The shared library looks at it when it is loaded.
 *
 * The file takes its name when it is complete, so that who waits for it never reads a part, and
 * what was there before stays when that fails. Nothing is told then: the program is not ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perf/likwid_library.h"
#include "yoke/measure.h"
#include "yoke/report.h"

static char path[4096];

/* %p is the process; every other byte stands for itself. YOKE_ERANGE. */
static int set_path(const char *pattern) {
    size_t at = 0;
    for (const char *from = pattern; *from; from++) {
        size_t left = sizeof path - at;
        int length;
        if (from[0] == '%' && from[1] == 'p') {
            length = snprintf(path + at, left, "%ld", (long)getpid());
            from++;
        } else {
            length = snprintf(path + at, left, "%c", *from);
        }
        if ((size_t)length >= left) return YOKE_ERANGE;
        at += (size_t)length;
    }
    return YOKE_OK;
}

/* Closes the file. */
static int write_file(const yoke_profile *profile, int file) {
    if (file < 0) return YOKE_EIO;
    int status = yoke_report_json(profile, NULL, yoke_report_to_descriptor, &file);
    if (close(file) != 0 && status >= 0) status = YOKE_EIO;
    return status;
}

/* A new file beside the wanted one: one that is there is somebody else's. */
static int make_beside(const char *wanted, char *name, size_t size) {
    enum { TRIES = 100 };
    int file = -1;
    for (int i = 0; i < TRIES && file < 0; i++) {
        snprintf(name, size, "%s.%ld", wanted, (long)getpid() + i);
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST) break;
    }
    return file;
}

static void replace(const yoke_profile *profile, const char *wanted) {
    char unfinished[sizeof path + 32];
    int file = make_beside(wanted, unfinished, sizeof unfinished);
    if (file < 0) return;
    if (write_file(profile, file) < 0 || rename(unfinished, wanted) != 0) unlink(unfinished);
}

/* A link stays, and so does what is no regular file. */
static void write_profile(const yoke_profile *profile) {
    struct stat about;
    bool there = stat(path, &about) == 0;
    if (there && !S_ISREG(about.st_mode)) {
        (void)write_file(profile, open(path, O_WRONLY | O_CLOEXEC));
        return;
    }
    char *target = there ? realpath(path, NULL) : NULL;
    replace(profile, target ? target : path);
    free(target);
}

/* Nothing runs in the child of a fork, which comes here as well. */
static void at_end(void) {
    yoke_profile *profile;
    if (yoke_measure_stop(&profile) < 0) return;
    if (*path) write_profile(profile);
    yoke_profile_destroy(profile);
}

int yoke_measure_from_environment(void) {
    static bool asked;
    const char *pattern = getenv("YOKE_MEASURE");
    bool wanted = pattern && *pattern;
    if (asked || (!wanted && !yoke__likwid_marks())) return YOKE_OK;
    if (wanted && set_path(pattern) < 0)
        return yoke_fail(YOKE_ERANGE, "YOKE_MEASURE: a path of more than %zu bytes", sizeof path);
    if (atexit(at_end) != 0) return yoke_fail(YOKE_ENOMEM, "no memory for the end of the process");
    asked = true;
    return yoke_measure_start(&(yoke_measure_options){.likwid = getenv("YOKE_MEASURE_LIKWID")});
}

__attribute__((constructor)) static void begin(void) { (void)yoke_measure_from_environment(); }
