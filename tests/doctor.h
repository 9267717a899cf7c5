/* SPDX-License-Identifier: Apache-2.0
 *
 * Running yoke doctor on its patients (tests/doctor).
 *
 * Verdicts stand on what the patient did, and a machine on which it hardly runs shows nothing. So
 * patients run with the highest priority that the tests may give, and a sick one goes on until it
 * has had its CPU time. It has some tries, and must be found. The test is left out, and says so,
 * only where the doctor may not look (no perf_event_open, no rights), and where in no try two of
 * its threads had processors at the same time: threads in turn on one processor hardly meet at a
 * lock. A healthy one must never be accused, by the first try.
 */
#ifndef YOKE_TESTS_DOCTOR_H
#define YOKE_TESTS_DOCTOR_H

#include <stdbool.h>

typedef struct doctor_answer {
    int status;  /* the doctor's exit status */
    char *text;  /* its JSON, for free() */
    int count;   /* of findings */
    bool blind;  /* it says that it was not allowed to look */
    double cpus; /* that the patient had */
} doctor_answer;

/* Runs `yoke doctor --json OPTIONS -- COMMAND`, both as words of the shell; $P is the folder of the
 * patients. `group`: a control group's folder to put the doctor in, NULL for none. */
doctor_answer ask_doctor(const char *options, const char *command, const char *group);
bool has_finding(const doctor_answer *answer, const char *kind);

/* Whether the patient was built: some need what is not everywhere. Says so when it was not. */
bool is_here(const char *patient);

/* The command must be found to be sick of `kind`, with this in the evidence, and of nothing else
 * but `also` (may be NULL). */
void check_sick(const char *command, const char *kind, const char *also, const char *evidence,
                const char *group);
void check_well(const char *command);

#endif
