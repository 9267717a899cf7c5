/* SPDX-License-Identifier: Apache-2.0
 *
 * ThreadSanitizer's reports. Each begins with "WARNING: ThreadSanitizer: KIND (pid=N)" and has
 * paragraphs, each an access ("Write of size 8 at 0x... by thread T1:") and its stack, innermost
 * first ("#0 function file:line (module)"). Of a stack the first frame that names a line of source
 * counts.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor_races.h"

/* What a report told so far. */
typedef struct report {
    bool open;
    long pid;
    char kind[64];
    char text[900];  /* "write by thread T1 at sum.c:10 in main; ..." */
    char access[96]; /* whose stack comes; "" for one that does not matter, or is done */
} report;

static int keep(doctor_reports *all, report *r) {
    bool told = r->open && r->text[0];
    r->open = false;
    if (!told) return YOKE_OK;
    all->total++;
    yoke_finding finding = {
        .kind = YOKE_FINDING_RACE,
        .pid = r->pid,
        .advice =
            "let one thread own it, combine with a reduction or an atomic, or take a lock "
            "(yoke/lock.h)"};
    bool race = strcmp(r->kind, "data race") == 0; /* the finding's own name */
    snprintf(finding.evidence, sizeof finding.evidence, "%s%s%s", race ? "" : r->kind,
             race ? "" : ": ", r->text);
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->findings[i].evidence, finding.evidence) == 0) return YOKE_OK;
    }
    yoke_finding *grown = realloc(all->findings, (all->count + 1) * sizeof *grown);
    if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
    all->findings = grown;
    grown[all->count++] = finding;
    return YOKE_OK;
}

static void begin(report *r, const char *line) {
    *r = (report){.open = true};
    const char *kind = strstr(line, "ThreadSanitizer: ") + strlen("ThreadSanitizer: ");
    const char *pid = strstr(kind, "(pid=");
    size_t length = pid ? (size_t)(pid - kind) : strlen(kind);
    while (length && kind[length - 1] == ' ') length--;
    snprintf(r->kind, sizeof r->kind, "%.*s", (int)(length < 60 ? length : 60), kind);
    if (pid) r->pid = strtol(pid + 5, NULL, 10);
}

/* "  Previous write of size 8 at 0x7ffe by main thread:" becomes "Previous write by main thread".
 */
static void take_access(report *r, const char *line) {
    const char *what = line + strspn(line, " ");
    const char *size = strstr(what, " of size "), *by = strstr(what, " by ");
    const char *end = strrchr(what, ':');
    bool access = size && by && end && size < by;
    r->access[0] = 0;
    if (access)
        snprintf(r->access, sizeof r->access, "%.*s%.*s", (int)(size - what), what, (int)(end - by),
                 by);
}

/* "    #0 function file:line[:column] (module)". */
static void take_frame(report *r, const char *line) {
    char function[128], place[256];
    if (!r->access[0]) return;
    if (sscanf(line, " #%*d %127s %255s", function, place) != 2) return;
    if (place[0] == '<' || place[0] == '?' || place[0] == '(' || !strchr(place, ':')) return;
    size_t used = strlen(r->text);
    snprintf(r->text + used, sizeof r->text - used, "%s%s at %s in %s", used ? "; " : "", r->access,
             place, function);
    r->access[0] = 0;
}

static int take_line(doctor_reports *all, report *r, char *line) {
    line[strcspn(line, "\n")] = 0;
    if (strstr(line, "WARNING: ThreadSanitizer: ")) {
        YOKE_TRY(keep(all, r));
        begin(r, line);
    } else if (strncmp(line, "SUMMARY:", 8) == 0 && r->open) {
        /* a report whose accesses have no lines, or that is of another kind, is its summary */
        if (!r->text[0]) snprintf(r->text, sizeof r->text, "%.890s", line + 9);
        return keep(all, r);
    } else if (r->open && strstr(line, " #")) {
        take_frame(r, line);
    } else if (r->open) {
        take_access(r, line);
    }
    return YOKE_OK;
}

static int read_file(const char *path, doctor_reports *all) {
    FILE *file = fopen(path, "re");
    if (!file) return yoke_fail(YOKE_EIO, "%s cannot be read", path);
    report r = {0};
    char *line = NULL;
    size_t size = 0;
    int status = YOKE_OK;
    while (!status && getline(&line, &size, file) > 0) status = take_line(all, &r, line);
    if (!status) status = keep(all, &r);
    free(line);
    fclose(file);
    return status;
}

int doctor_reports_read(const char *folder, doctor_reports *reports) {
    DIR *files = opendir(folder);
    if (!files) return yoke_fail(YOKE_EIO, "%s cannot be read", folder);
    int status = YOKE_OK;
    for (struct dirent *entry = readdir(files); entry && !status; entry = readdir(files)) {
        char path[1024];
        if (strncmp(entry->d_name, "report.", 7) != 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        status = read_file(path, reports);
    }
    closedir(files);
    return status;
}

void doctor_reports_free(doctor_reports *reports) { free(reports->findings); }
