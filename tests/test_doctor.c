/* SPDX-License-Identifier: Apache-2.0
 *
 * The doctor finds each of the sick programs in tests/doctor, and leaves the healthy ones alone.
 */
#include "tests/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"

enum { TRIES = 8 }; /* to find what is there */

static const char *build(void) { return getenv("B") ? getenv("B") : "build"; }

static void write_text(const char *folder, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t written = write(file, text, strlen(text));
    (void)written;
    close(file);
}

/* The highest priority that we may give: also over the groups that the kernel makes of sessions. */
static void prefer(void) {
    setsid();
    write_text("/proc/self", "autogroup", "-20");
    setpriority(PRIO_PROCESS, 0, -20);
}

static int run_shell(const char *command, const char *group) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char self[32];
        snprintf(self, sizeof self, "%d", (int)getpid());
        prefer();
        if (group) write_text(group, "cgroup.procs", self);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *read_all(const char *path) {
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    if (file && getdelim(&text, &size, 0, file) < 0) text[0] = 0;
    if (file) fclose(file);
    return text ? text : strdup("");
}

doctor_answer ask_doctor(const char *options, const char *command, const char *group) {
    char line[2048], path[512]; /* a doctor that finds no deadlock would wait for ever */
    snprintf(path, sizeof path, "%s/answer", test_directory());
    unlink(path);
    snprintf(line, sizeof line,
             "P=%s/doctor; timeout -k 1 150 '%s/yoke' doctor --json -o '%s' %s -- %s", build(),
             build(), path, options, command);
    doctor_answer answer = {.status = run_shell(line, group)};
    answer.text = read_all(path);
    for (char *at = answer.text; (at = strstr(at, "\"kind\":")); at++) answer.count++;
    const char *cpus = strstr(answer.text, "\"cpus\": ");
    answer.cpus = cpus ? strtod(cpus + strlen("\"cpus\": "), NULL) : 0;
    answer.blind =
        strstr(answer.text, "perf_event_open: ") || strstr(answer.text, "may not be read");
    return answer;
}

bool has_finding(const doctor_answer *answer, const char *kind) {
    char text[64];
    snprintf(text, sizeof text, "\"kind\": \"%s\"", kind);
    return strstr(answer->text, text) != NULL;
}

bool is_here(const char *patient) {
    char path[512];
    snprintf(path, sizeof path, "%s/doctor/%s", build(), patient);
    bool here = access(path, X_OK) == 0;
    if (!here) printf("    left out: %s was not built\n", patient);
    return here;
}

void check_sick(const char *command, const char *kind, const char *also, const char *evidence,
                const char *group) {
    const double two = 1.5, half = 0.75;
    bool blind = true, in_turn = strcmp(kind, "deadlock") != 0;
    for (int i = 0; i < TRIES; i++) {
        doctor_answer answer = ask_doctor("", command, group);
        bool found = has_finding(&answer, kind);
        int allowed = found + (also && has_finding(&answer, also));
        if (answer.count > allowed) printf("    %s\n", answer.text);
        CU_ASSERT_EQUAL(answer.count, allowed);
        if (found) {
            CU_ASSERT_EQUAL(answer.status, 1);
            CU_ASSERT(strstr(answer.text, evidence) != NULL);
            if (!strstr(answer.text, evidence)) printf("    %s\n", answer.text);
        }
        in_turn &= answer.cpus < (group ? half : two);
        blind &= answer.blind;
        if (!found && !answer.blind) printf("    not found: %s\n", answer.text);
        free(answer.text);
        if (found) return;
    }
    if (blind)
        printf("    left out: the doctor is not allowed to look here\n");
    else if (in_turn)
        printf("    left out: others left it no two processors at the same time\n");
    else
        CU_FAIL("the doctor does not find it");
}

void check_well(const char *command) {
    doctor_answer answer = ask_doctor("", command, NULL);
    CU_ASSERT_EQUAL(answer.count, 0);
    CU_ASSERT_EQUAL(answer.status, 0);
    if (answer.count || answer.status) printf("    %s\n", answer.text);
    free(answer.text);
}

/* ---- sick ---- */

#define SICK(name, command, kind, also, evidence)                                                  \
    TEST_WITH_LIMIT(name, 1300) {                                                                  \
        if (is_here(#name)) check_sick("$P/" #name command, kind, also, evidence, NULL);           \
    }

SICK(sick_threads, " 1.6", "too many threads", NULL, "processors online")
SICK(sick_deadlock, "", "deadlock", NULL, "(began in take) waits for lock 'first' at take+")
SICK(sick_cycle, " 4", "deadlock", NULL, "waits for lock 'forks' at dine+")
SICK(sick_self, "", "deadlock", NULL, "(main) waits for lock 'mutex' at main+")
SICK(sick_lost_wakeup, "", "deadlock", NULL, "(began in consume) waits for 'ready' at consume+")
SICK(sick_lock, " 0.8", "lock granularity", "too many threads", "the lock 'global', taken at use+")
SICK(sick_convoy, " 0.8", "lock granularity", "too many threads",
     "the lock 'ledger' of yoke, taken at ./tests/doctor/queue.h:")
SICK(sick_measured, " 0.8", "lock granularity", "too many threads", "; its profile: taken ")
SICK(sick_phase, " 2", "lock granularity", "too many threads", "the lock 'till' of yoke, taken at")
SICK(sick_sharing, " 0.8", "false sharing", NULL, "2 threads use 2 words of the cache line")
SICK(sick_leader, " 0.8", "false sharing", NULL, "'counts', in count+")
SICK(sick_sharing_plain, " 0.8", "false sharing", NULL, "'sums', in main._omp_fn.0+")
SICK(sick_shared_word, " 0.8", "shared word", NULL, "'total', in count+")
SICK(sick_imbalance, " 0.8", "imbalance", NULL, "of that spinning")
SICK(sick_barrier, " 0.8", "imbalance", NULL, "(began in step) worked for")

TEST_WITH_LIMIT(sick_blas, 1300) {
    if (!is_here("sick_blas")) return;
    check_sick("env OPENBLAS_NUM_THREADS=4 $P/sick_blas 0.8", "nested teams", "too many threads",
               "open", NULL);
}

TEST_WITH_LIMIT(sick_runtimes, 1300) {
    if (!is_here("sick_runtimes")) return;
    char try[512];
    snprintf(try, sizeof try, "%s/doctor/sick_runtimes 0.01", build());
    if (run_shell(try, NULL) == 7)
        printf("    left out: LLVM's OpenMP runtime is not installed\n");
    else
        check_sick("$P/sick_runtimes 0.3", "two OpenMP runtimes", NULL, "libomp.so.5", NULL);
}

/* ---- a quota ---- */

/* Makes a control group with a quota of so many CPUs, and a good share of them. */
static bool make_group(char *folder, size_t size, double cpus) {
    enum { PERIOD_US = 50000 };
    const int quota_us = (int)(PERIOD_US * cpus);
    char text[32];
    bool first = access("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", F_OK) == 0 ||
                 access("/sys/fs/cgroup/cpu/cpu.shares", W_OK) == 0;
    snprintf(folder, size, "%s/yoke-doctor-%d", first ? "/sys/fs/cgroup/cpu" : "/sys/fs/cgroup",
             (int)getpid());
    if (mkdir(folder, 0755) != 0) return false;
    if (first) {
        snprintf(text, sizeof text, "%d", PERIOD_US);
        write_text(folder, "cpu.cfs_period_us", text);
        snprintf(text, sizeof text, "%d", quota_us);
        write_text(folder, "cpu.cfs_quota_us", text);
        write_text(folder, "cpu.shares", "200000");
    } else {
        snprintf(text, sizeof text, "%d %d", quota_us, PERIOD_US);
        write_text(folder, "cpu.max", text);
    }
    snprintf(text, sizeof text, "%d", quota_us);
    char path[512], line[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, first ? "cpu.cfs_quota_us" : "cpu.max");
    FILE *file = fopen(path, "re");
    bool told = file && fgets(line, sizeof line, file);
    if (file) fclose(file);
    bool set = told && strncmp(line, text, strlen(text)) == 0;
    if (!set) rmdir(folder);
    return set;
}

static void remove_group(const char *folder) {
    for (int i = 0; i < 100 && rmdir(folder) != 0; i++) usleep(10000);
}

TEST_WITH_LIMIT(sick_under_a_quota_of_half_the_processors, 1300) {
    char folder[256];
    cpu_set_t permitted;
    int cpus = sched_getaffinity(0, sizeof permitted, &permitted) == 0 ? CPU_COUNT(&permitted) : 1;
    if (cpus < 2 || !make_group(folder, sizeof folder, 0.5 * cpus)) {
        printf("    left out: no control group with a quota can be made here\n");
        return;
    }
    check_sick("env -u OMP_NUM_THREADS $P/sick_openmp 1", "too many threads", NULL, "/yoke-doctor-",
               folder);
    remove_group(folder);
}

/* One thread is not too many; the quota stops it all the same. */
TEST_WITH_LIMIT(sick_under_a_quota_of_a_part_of_a_processor, 1300) {
    const double quota = 0.4, most_of_it = 0.3;
    char folder[256];
    bool had = false, found = false;
    if (!make_group(folder, sizeof folder, quota)) {
        printf("    left out: no control group with a quota can be made here\n");
        return;
    }
    for (int i = 0; i < TRIES && !found; i++) {
        doctor_answer answer = ask_doctor("", "$P/well_serial 0.8", folder);
        found = has_finding(&answer, "throttled");
        had |= answer.cpus >= most_of_it;
        CU_ASSERT_EQUAL(answer.count, found);
        CU_ASSERT_EQUAL(answer.status, found);
        if (found) CU_ASSERT(strstr(answer.text, "the quota of 0.4 CPUs (") != NULL);
        if (!found) printf("    not found: %s\n", answer.text);
        free(answer.text);
    }
    remove_group(folder);
    if (!found && !had)
        printf("    left out: others left it less than its quota\n");
    else
        CU_ASSERT(found);
}

/* ---- a process that runs already ---- */

/* By a user without rights, of a process of that user which is no child: the finding is told, and
 * the process is not ended. */
TEST_WITH_LIMIT(sick_and_running_already, 300) {
    enum { NOT_HERE = 77, ENDED = 78 };
    char command[1024], path[512];
    snprintf(path, sizeof path, "%s/told", test_directory());
    snprintf(command, sizeof command,
             "as=; [ $(id -u) != 0 ] || as='setpriv --reuid 65534 --regid 65534 --clear-groups'; "
             "cd '%s' && $as test -x doctor/sick_deadlock -a -x yoke || exit %d; "
             "$as doctor/sick_deadlock & patient=$!; "
             "$as ./yoke doctor --json --time 3 -p $patient 2>'%s'; status=$?; "
             "kill -0 $patient || status=%d; kill -KILL $patient; exit $status",
             build(), NOT_HERE, path, ENDED);
    for (int i = 0; i < TRIES; i++) {
        int status = run_shell(command, NULL);
        if (status == NOT_HERE) {
            printf("    left out: a user without rights cannot run what was built\n");
            return;
        }
        char *text = read_all(path);
        bool found = strstr(text, "\"kind\": \"deadlock\"") != NULL;
        CU_ASSERT_EQUAL(status, found);
        if (found) CU_ASSERT(strstr(text, "waits for lock 'first' at take+") != NULL);
        if (!found) printf("    not found: %s\n", text);
        free(text);
        if (found) return;
    }
    CU_FAIL("the doctor does not find it");
}

/* ---- races ---- */

TEST_WITH_LIMIT(sick_race_and_its_cure, 120) {
    if (run_shell("clang-19 -print-file-name=libarcher.so 2>/dev/null | grep -q /", NULL) != 0) {
        printf("    left out: clang-19 with Archer is not installed\n");
        return;
    }
    char command[1024];
    static const char form[] =
        "sh -c '$CC -fopenmp %s tests/doctor/sick_race.c -o %s/race && %s/race'";
    snprintf(command, sizeof command, form, "", test_directory(), test_directory());
    doctor_answer answer = ask_doctor("--races", command, NULL);
    CU_ASSERT_EQUAL(answer.count, 1);
    CU_ASSERT(has_finding(&answer, "data race"));
    CU_ASSERT(strstr(answer.text, "sick_race.c:") != NULL);
    CU_ASSERT_EQUAL(answer.status, 66);
    free(answer.text);
    snprintf(command, sizeof command, form, "-DCURED", test_directory(), test_directory());
    answer = ask_doctor("--races", command, NULL);
    CU_ASSERT_EQUAL(answer.count, 0);
    CU_ASSERT_EQUAL(answer.status, 0);
    free(answer.text);
    answer = ask_doctor("--races", "true", NULL);
    CU_ASSERT(strstr(answer.text, "nothing was built") != NULL);
    CU_ASSERT_EQUAL(answer.status, 1);
    free(answer.text);
}

/* ---- healthy ---- */

#define WELL(name, command)                                                                        \
    TEST_WITH_LIMIT(name, 60) {                                                                    \
        if (is_here(#name)) check_well("$P/" #name command);                                       \
    }

WELL(well_serial, " 0.5")
WELL(well_balanced, " 0.8")
WELL(well_server, " 1.5")
WELL(well_pipeline, " 0.8")
WELL(well_barriers, " 0.6")
WELL(well_pool, " 0.8")
WELL(well_rush, " 0.8")
WELL(well_lock, " 0.8")
WELL(well_io, " 0.5")
WELL(well_idle_threads, " 0.5")
WELL(well_short, "")
WELL(well_exchange, " 0.8")
WELL(well_fork, " 0.8")
WELL(well_padded, " 0.8")
WELL(well_signal, " 2.2")
WELL(well_stopped, " 2.2")
