/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke doctor --races: ThreadSanitizer's recipe around a command.
 *
 * The command gets a compiler that builds with ThreadSanitizer whatever the flags (two scripts in a
 * temporary folder, as CC and CXX, and in MAKEFLAGS so that makefiles that set CC obey as well) and
 * the variables that programs built so need when they run: LLVM's OpenMP tells the sanitizer about
 * its synchronisation through Archer, which Debian does not load by itself. A checker that reports
 * nothing may be dead, so a correct and a racy program are tried first. Reports go to files, so the
 * command's streams stay its own.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/doctor_races.h"

enum { SHORT_PATH = 512 };

typedef struct races {
    char folder[SHORT_PATH]; /* "" before it is made */
    char clang[64], clangxx[64];
    char archer[SHORT_PATH];
} races;

/* ---- files in the folder ---- */

static int write_file(const races *r, const char *name, const char *text, mode_t mode) {
    char path[SHORT_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", r->folder, name);
    FILE *file = fopen(path, "we");
    bool written = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0) written = false;
    if (written && chmod(path, mode) == 0) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "%s: %s", path, strerrordesc_np(errno));
}

static void remove_folder(const races *r) {
    DIR *folder = r->folder[0] ? opendir(r->folder) : NULL;
    if (!folder) return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(r->folder);
}

/* Its name becomes a part of variables and scripts, where a blank or a quote would mean something,
 * and the command may change its folder. */
static bool is_plain(const char *path) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
    return path[0] == '/' && !path[strspn(path, plain)] && strlen(path) < SHORT_PATH - 32;
}

static int make_folder(races *r) {
    const char *temporary = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
    if (!temporary || !is_plain(temporary)) temporary = "/tmp";
    snprintf(r->folder, sizeof r->folder, "%s/yoke-races-XXXXXX", temporary);
    if (mkdtemp(r->folder)) return YOKE_OK;
    int status = yoke_fail(YOKE_EIO, "%s: %s", r->folder, strerrordesc_np(errno));
    r->folder[0] = 0;
    return status;
}

/* ---- tools ---- */

/* The first line that a command of the shell prints; false when it fails. */
static bool ask(const char *command, char *line, size_t size) {
    FILE *answer = popen(command, "re"); // NOLINT(cert-env33-c): our own words only
    if (!answer) return false;
    bool told = fgets(line, (int)size, answer) != NULL;
    bool well = pclose(answer) == 0;
    line[told ? strcspn(line, "\n") : 0] = 0;
    return told && well;
}

static int find_tools(races *r) {
    static const char *const suffixes[] = {"-19", "-20", "-21", "-18", "-17", ""};
    char command[256], line[SHORT_PATH];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(command, sizeof command, "clang%s -print-file-name=libarcher.so 2>/dev/null",
                 suffixes[i]);
        if (!ask(command, line, sizeof line) || access(line, R_OK) != 0) continue;
        snprintf(r->clang, sizeof r->clang, "clang%s", suffixes[i]);
        snprintf(r->clangxx, sizeof r->clangxx, "clang++%s", suffixes[i]);
        memcpy(r->archer, line, sizeof line);
        return YOKE_OK;
    }
    return yoke_fail(YOKE_EUNSUPPORTED,
                     "--races needs clang and its OpenMP runtime with Archer: install clang-19, "
                     "libomp-19-dev and libclang-rt-19-dev");
}

static int write_compilers(const races *r) {
    char text[1024];
    static const char form[] =
        "#!/bin/sh\necho >>%s/compiled\nexec %s -g -fsanitize=thread \"$@\"\n";
    snprintf(text, sizeof text, form, r->folder, r->clang);
    YOKE_TRY(write_file(r, "clang-tsan", text, 0700));
    snprintf(text, sizeof text, form, r->folder, r->clangxx);
    YOKE_TRY(write_file(r, "clang++-tsan", text, 0700));
    /* clang's own code that combines and initialises task reductions is reported falsely */
    return write_file(r, "suppressions", "race:.red_comb.\nrace:.red_init.\n", 0600);
}

/* ---- what programs find in their environment ---- */

/* NAME=its value, a space, and more. */
static void append(const char *name, const char *more) {
    const char *before = getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    char *text = NULL;
    if (asprintf(&text, "%s%s%s", before ? before : "", before ? " " : "", more) < 0) return;
    setenv(name, text, 1); // NOLINT(concurrency-mt-unsafe): one thread
    free(text);
}

static void prepare(void *ctx) {
    const races *r = ctx;
    char text[4 * SHORT_PATH], addr2line[SHORT_PATH];
    snprintf(text, sizeof text, "%s/clang-tsan", r->folder);
    setenv("CC", text, 1); // NOLINT(concurrency-mt-unsafe): a process of one thread
    snprintf(text, sizeof text, "%s/clang++-tsan", r->folder);
    setenv("CXX", text, 1); // NOLINT(concurrency-mt-unsafe): as above
    snprintf(text, sizeof text, "-- CC=%s/clang-tsan CXX=%s/clang++-tsan", r->folder, r->folder);
    append("MAKEFLAGS", text);
    setenv("OMP_TOOL_LIBRARIES", r->archer, 1); // NOLINT(concurrency-mt-unsafe): as above
    snprintf(text, sizeof text,
             "ignore_noninstrumented_modules=1 suppressions=%s/suppressions log_path=%s/report",
             r->folder, r->folder);
    append("TSAN_OPTIONS", text);
    if (!ask("command -v addr2line", addr2line, sizeof addr2line)) return;
    snprintf(text, sizeof text, "external_symbolizer_path=%s", addr2line);
    append("TSAN_OPTIONS", text);
}

/* ---- is the checker alive? ---- */

static const char probe[] =
    "#include <stdio.h>\n"
    "int main(void) {\n"
    "    long sum = 0;\n"
    "#pragma omp parallel for num_threads(2) SHARING\n"
    "    for (int i = 0; i < 1000; i++) sum += i;\n"
    "    printf(\"%ld\\n\", sum);\n"
    "    return 0;\n"
    "}\n";

/* Builds and runs the probe; its exit status, and whether Archer said that it is there. */
static int run_probe(races *r, const char *sharing, bool *archer) {
    char script[4 * SHORT_PATH], path[SHORT_PATH + 64], line[256];
    snprintf(script, sizeof script,
             "cd '%s' && $CC -O1 -fopenmp -D'SHARING=%s' probe.c -o probe 2>probe.log && "
             "{ ARCHER_OPTIONS=verbose=1 ./probe >probe.out 2>&1; code=$?; rm -f report.*; "
             "exit $code; }; exit 99",
             r->folder, sharing);
    char *command[] = {(char[]){"sh"}, (char[]){"-c"}, script, NULL};
    doctor_end end = {0};
    long pid = doctor_start(command, prepare, r);
    if (pid < 0 || doctor_wait(pid, &end) < 0) return -1;
    snprintf(path, sizeof path, "%s/probe.out", r->folder);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strstr(line, "Archer detected OpenMP application")) *archer = true;
    }
    if (file) fclose(file);
    return end.status;
}

static int check_alive(races *r) {
    bool archer = false;
    YOKE_TRY(write_file(r, "probe.c", probe, 0600));
    int correct = run_probe(r, "reduction(+:sum)", &archer);
    if (correct == 99)
        return yoke_fail(YOKE_EUNSUPPORTED,
                         "--races: %s cannot build with ThreadSanitizer and OpenMP; install "
                         "libclang-rt-19-dev and libomp-19-dev",
                         r->clang);
    if (!archer)
        return yoke_fail(YOKE_EUNSUPPORTED,
                         "--races: Archer (%s) did not load, so correct OpenMP programs would be "
                         "reported",
                         r->archer);
    if (correct != 0)
        return yoke_fail(YOKE_EUNSUPPORTED,
                         "--races: a correct OpenMP program is reported here (status %d)", correct);
    if (run_probe(r, "", &archer) == 0)
        return yoke_fail(YOKE_EUNSUPPORTED, "--races: a race is not reported here");
    char path[SHORT_PATH + 64];
    snprintf(path, sizeof path, "%s/compiled", r->folder);
    unlink(path);
    return YOKE_OK;
}

/* ---- the command ---- */

/* Whether anything can have been checked: something was compiled, or the command itself was before.
 */
static bool was_checked(const races *r, const char *program) {
    char path[SHORT_PATH + 64], command[4 * SHORT_PATH];
    snprintf(path, sizeof path, "%s/compiled", r->folder);
    if (access(path, F_OK) == 0) return true;
    setenv("YOKE_PROGRAM", program, 1); // NOLINT(concurrency-mt-unsafe): one thread
    snprintf(command, sizeof command,
             "grep -qsa __tsan_init -- \"$(command -v -- \"$YOKE_PROGRAM\")\" && echo yes");
    return ask(command, path, sizeof path);
}

static int check_command(races *r, const doctor_options *o, doctor_reports *reports,
                         doctor_end *end) {
    YOKE_TRY(make_folder(r));
    YOKE_TRY(find_tools(r));
    YOKE_TRY(write_compilers(r));
    YOKE_TRY(check_alive(r));
    long pid = doctor_start(o->command, prepare, r);
    if (pid < 0) return end->status = (int)-pid, YOKE_OK;
    YOKE_TRY(doctor_wait(pid, end));
    YOKE_TRY(doctor_reports_read(r->folder, reports));
    reports->checked = reports->count || was_checked(r, o->command[0]);
    return YOKE_OK;
}

int doctor_races(const doctor_options *o) {
    enum { EXIT_FINDINGS = 1 };
    races r = {0};
    doctor_reports reports = {0};
    doctor_end end = {0};
    doctor_signals();
    int status = check_command(&r, o, &reports, &end);
    remove_folder(&r);
    if (status < 0) {
        message("%s", yoke_error_detail());
        status = EXIT_FAULT;
    } else if (end.ended) {
        buffer text = {0};
        doctor_show_races(o, &reports, &end, &text);
        status = doctor_write(o, &text, false);
        buffer_free(&text);
    }
    if (!status) status = end.status;
    if (!status && (reports.count || !reports.checked)) status = EXIT_FINDINGS;
    doctor_reports_free(&reports);
    return status;
}
