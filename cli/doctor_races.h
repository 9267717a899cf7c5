/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports of ThreadSanitizer as findings.
 */
#ifndef YOKE_CLI_DOCTOR_RACES_H
#define YOKE_CLI_DOCTOR_RACES_H

#include "cli/doctor.h"

typedef struct doctor_reports { /* all zero: none */
    yoke_finding *findings;
    size_t count; /* different ones */
    size_t total; /* with repetitions */
    bool checked; /* something ran that ThreadSanitizer could see */
} doctor_reports;

/* Reads the files report.* of a folder. Reports whose places are the same count once. YOKE_EIO,
 * YOKE_ENOMEM. */
int doctor_reports_read(const char *folder, doctor_reports *reports);
void doctor_reports_free(doctor_reports *reports);
void doctor_show_races(const doctor_options *options, const doctor_reports *reports,
                       const doctor_end *end, buffer *text);

#endif
