/* SPDX-License-Identifier: Apache-2.0
 *
 * Watching a program to its end. Signals that the terminal sends go to the program too, which is in
 * the same process group; those that somebody sends to the doctor are handed on.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"

static atomic_long patient; /* the child; 0: none */
static atomic_int asked;    /* a signal that asks to stop */

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    int code = errno;
    long pid = atomic_load(&patient);
    bool terminal = info->si_code > 0;
    if (pid && !terminal) kill((pid_t)pid, number);
    atomic_store(&asked, number);
    errno = code;
}

void doctor_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO}, old;
    sigemptyset(&action.sa_mask);
    signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody can be waited for */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        bool ignored = sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN;
        if (!ignored) sigaction(numbers[i], &action, NULL);
    }
}

/* Holds back the signal that a child has ended, to be waited for. */
static void hold_signal(sigset_t *child_ends) {
    sigemptyset(child_ends);
    sigaddset(child_ends, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, child_ends, NULL);
}

static double clock_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Lets time pass, at most until a child ends or a signal comes. */
static void rest(double seconds, const sigset_t *child_ends) {
    struct timespec span = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    sigtimedwait(child_ends, NULL, &span);
}

/* Whether the child has ended; it stays to be waited for. */
static bool has_ended(long pid) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* While it is a zombie its id is no other's, so a signal that is handed on reaches nobody else. */
int doctor_wait(long pid, doctor_end *end) {
    int status, waited;
    siginfo_t info;
    atomic_store(&patient, pid);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) continue;
    atomic_store(&patient, 0);
    while ((waited = waitpid((pid_t)pid, &status, 0)) < 0 && errno == EINTR) continue;
    if (waited < 0) return yoke_fail(YOKE_EIO, "waiting for the program");
    end->ended = true;
    end->status = WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    return YOKE_OK;
}

/* Ends a program that will never go on. */
static void put_down(long pid, const sigset_t *child_ends) {
    const double grace = 1;
    kill((pid_t)pid, SIGTERM);
    double until = clock_s() + grace;
    while (!has_ended(pid) && clock_s() < until) rest(grace / 10, child_ends);
    if (!has_ended(pid)) kill((pid_t)pid, SIGKILL);
}

static bool is_over(const doctor_options *o, double began, bool child) {
    if (o->seconds > 0 && clock_s() - began >= o->seconds) return true;
    return !child && atomic_load(&asked);
}

/* Samples until the process ends, hangs, or the time is over. */
static int watch_it(const doctor_options *o, yoke_watch *watch, long pid, bool child,
                    const sigset_t *child_ends, doctor_end *end) {
    double began = clock_s(), pause = 0;
    for (;;) {
        int status = yoke_watch_sample(watch, &pause);
        if (status == YOKE_ECLOSED) return end->ended = true, YOKE_OK;
        if (status < 0) return status;
        if (child && has_ended(pid)) return end->ended = true, YOKE_OK;
        if (child && !o->keep && yoke_watch_stuck(watch)) {
            end->killed = true;
            put_down(pid, child_ends);
            return YOKE_OK;
        }
        if (is_over(o, began, child)) return YOKE_OK;
        rest(pause, child_ends);
    }
}

static int watch_and_judge(const doctor_options *o, long pid, bool child,
                           const sigset_t *child_ends, yoke_diagnosis **diagnosis,
                           doctor_end *end) {
    yoke_watch *watch = NULL;
    yoke_watch_options options = {.interval = o->interval};
    int status = yoke_watch_create(pid, &options, &watch);
    if (!status) status = watch_it(o, watch, pid, child, child_ends, end);
    if (!status) status = yoke_watch_judge(watch, diagnosis);
    yoke_watch_destroy(watch);
    return status;
}

/* In the child. Who has set it already means it. */
static void ask_for_profiles(void *ctx) {
    (void)ctx;
    setenv("YOKE_LOCK_PROFILE", "1", 0); // NOLINT(concurrency-mt-unsafe): the child has one thread
}

int doctor_run(const doctor_options *o, yoke_diagnosis **diagnosis, doctor_end *end) {
    sigset_t child_ends;
    doctor_signals();
    hold_signal(&child_ends);
    long pid = doctor_start(o->command, ask_for_profiles, NULL);
    if (pid < 0) return (int)-pid;
    atomic_store(&patient, pid);
    int status = watch_and_judge(o, pid, true, &child_ends, diagnosis, end);
    int waited =
        doctor_wait(pid, end); /* also when --time is over: the program goes on to its end */
    if (!status) status = waited;
    if (status < 0) message("%s", yoke_error_detail());
    return status < 0 ? EXIT_FAULT : 0;
}

/* As many descriptors as we may have: one for each thread and processor. No child inherits it. */
static void raise_limit(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int doctor_attach(const doctor_options *o, yoke_diagnosis **diagnosis, doctor_end *end) {
    sigset_t child_ends;
    raise_limit();
    doctor_signals();
    hold_signal(&child_ends);
    int status = watch_and_judge(o, o->pid, false, &child_ends, diagnosis, end);
    if (status < 0) message("%s", yoke_error_detail());
    return status < 0 ? EXIT_FAULT : 0;
}
