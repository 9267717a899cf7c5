/* SPDX-License-Identifier: Apache-2.0
 *
 * What a watch knows: processes, their threads, and what those did, sample by sample.
 *
 * A sample takes the threads one after another, so it is no snapshot; sums over many samples do not
 * mind, and what must be certain (a deadlock) is believed only when nothing moved for a second.
 */
#ifndef YOKE_PERF_WATCH_H
#define YOKE_PERF_WATCH_H

#include "perf/watch_places.h"
#include "perf/watch_space.h"
#include "perf/watch_uses.h"
#include "yoke/doctor.h"
#include "yoke/lock_profile.h"

typedef enum yoke__doing {
    YOKE__RUNS,   /* on a processor, or in its queue */
    YOKE__SLEEPS, /* in another call than futex(2), or why is not known */
    YOKE__IN_FUTEX,
    YOKE__ENDED,
} yoke__doing;

/* What a thread in a futex waits for. */
typedef enum yoke__wait_kind {
    YOKE__WAIT_OTHER, /* a condition variable, a semaphore, a runtime of its own */
    YOKE__WAIT_LOCK,
    YOKE__WAIT_TEAM,   /* a barrier, or an OpenMP runtime's work */
    YOKE__WAIT_THREAD, /* the end of a thread */
} yoke__wait_kind;

enum { YOKE__FRAMES = 12 };

typedef struct yoke__task {
    pid_t tid;
    char name[16];
    unsigned round; /* of the last sample that saw it */
    yoke__doing doing;
    /* while in a futex */
    uint64_t word, value, sp, pc;
    bool timed, shared, priority; /* it has a deadline; other processes may wake; LOCK_PI */
    yoke__wait_kind wait;
    uint64_t lock;                 /* the word, or the object of yoke */
    uint64_t lock_name, lock_site; /* texts of it in the process; 0: none */
    uint64_t lock_profile;         /* where a lock of yoke points to its profile; 0: nowhere */
    double since;                  /* when it was seen to sleep in this wait first */
    uint64_t frames[YOKE__FRAMES]; /* return addresses on its stack, innermost first */
    int frame_count;
    /* from the kernel: now, and when it was seen first */
    uint64_t run, queued, slices, first_run, first_queued;
    uint64_t involuntary, first_involuntary;
    bool switches_read;
    /* sums of samples */
    double team_s; /* waiting for its team while another thread of the process ran */
    unsigned places, runtime_places; /* samples of its CPU time; of these, in a runtime's code */
    uint64_t start;                  /* the function it began in; 0: not known */
    yoke__library family;            /* whose thread it is, by that; the main thread: PROGRAM */
} yoke__task;

/* A lock that threads were seen to sleep for. */
typedef struct yoke__contended {
    uint64_t lock;
    bool of_yoke;
    char name[64], place[96]; /* what the lock of yoke says of itself; "" for none */
    uint64_t site;            /* a place where a thread waited for it; 0: not known */
    double seconds;           /* of threads, while another ran */
    double span;      /* of the samples in which a thread waited for it, while another ran */
    unsigned samples; /* how many these were */
    double cpu;       /* CPU time of the process in these */
    unsigned round;   /* the last of them */
    pid_t waiters[8]; /* different ones, the first of them */
    int waiter_count;
    yoke_lock_profile *profile; /* as it was read when it had most to tell; NULL: never */
} yoke__contended;

enum { YOKE__LOCKS = 64 };

typedef struct yoke__process {
    pid_t pid;
    uint64_t born; /* clock ticks from the machine's start; 0: not known */
    char program[64];
    char exe[256];
    bool ended, readable; /* its calls and memory may be read: they were */
    yoke__space space;
    double space_read, slow_read; /* when */
    size_t space_tasks;
    yoke__task *tasks; /* also some that have ended */
    size_t task_count, task_room;
    int most_threads;
    unsigned round;   /* of the last sample */
    double ended_run; /* CPU seconds of threads that are not in the list any more */
    /* the limit */
    double cpus;
    char cpus_source[224];
    char cpu_stat[224]; /* file of the cgroup that has the quota; "" for none */
    uint64_t periods, throttled, first_periods, first_throttled;
    bool stat_read;
    unsigned libraries;   /* bits of yoke__library, ever seen */
    char runtimes[2][96]; /* files of the two OpenMP runtimes */
    bool caught_signals;  /* it has handlers that could wake a thread */
    /* sums */
    double began, seen;     /* first and last sample */
    double active_s;        /* some thread ran */
    unsigned active;        /* samples in which one did */
    double running_area;    /* sum of threads that run, times seconds */
    double excess_s;        /* more ran than the limit allows */
    double family_excess_s; /* of that, threads of two families */
    double lock_area;       /* threads asleep for locks */
    double cpu;             /* CPU seconds up to the last sample */
    yoke__contended locks[YOKE__LOCKS];
    yoke__uses *uses;      /* NULL: none yet */
    yoke__uses *transfers; /* addresses of loads that another core's cache answered */
    unsigned transfer_count;
    unsigned places;
    char deadlock[1024]; /* evidence; "" while there is none */
    bool stuck;          /* all its threads are part of that, or wait for one that is */
} yoke__process;

struct yoke_watch {
    yoke_watch_options options;
    yoke__process **processes; /* [0] is the one that was named */
    size_t process_count;
    int processes_seen;
    bool left_out; /* some, for want of room in the list */
    yoke__places *places;
    char no_places[160];  /* why there is none */
    double forgotten_cpu; /* seconds, of processes that are not in the list any more */
    unsigned round;
    size_t samples;
    double began, last, children_read;
    int most_threads;
};

/* ---- one thread and one process ---- */

/* Looks at a thread; false when it has ended. */
bool yoke__task_look(yoke__process *process, yoke__task *task, double now);
/* What is dearer, for now and then: switches, the function it began in. */
void yoke__task_look_slowly(yoke__process *process, yoke__task *task);
/* Reads the profile of the lock that the thread waits for, where it has one. */
void yoke__lock_profile_look(yoke__contended *lock, pid_t pid, const yoke__task *task);
/* Finds out what a thread in a futex waits for. */
void yoke__wait_classify(yoke__process *process, yoke__task *task);

yoke__process *yoke__process_create(pid_t pid, double now);
void yoke__process_destroy(yoke__process *process);
/* Takes a sample of dt seconds. YOKE_ECLOSED when the process has ended; YOKE_ENOMEM. */
int yoke__process_look(yoke__process *process, unsigned round, double now, double dt);
/* Reads its mappings, name and limit when that is due. 1 when it has become another program,
 * YOKE_ECLOSED without a detail when it has ended and another process has its id. */
int yoke__process_refresh(yoke__process *process, double now);
/* Reads the quota's figures. */
void yoke__process_read_quota(yoke__process *process);
yoke__task *yoke__process_task(const yoke__process *process, pid_t tid);
/* Where the program waits: the innermost frame outside of the C library and of yoke; 0: not known.
 */
uint64_t yoke__wait_site(const yoke__process *process, const yoke__task *task);
/* Writes "thread 12 (began in worker)". */
void yoke__task_describe(yoke__process *process, const yoke__task *task, char *text, size_t size);
/* A sample of its CPU time. */
void yoke__process_place(yoke__process *process, const yoke__place *place);

/* The fields of the thread's `stat` behind its name, the first being its state; false when it
 * cannot be read. */
bool yoke__task_stat(pid_t pid, pid_t tid, char *text, size_t size, const char **fields);
/* The first `size` - 1 bytes of /proc/PID/NAME, or of the thread's file when tid is not 0; -1 with
 * errno. */
int yoke__proc_read(pid_t pid, pid_t tid, const char *name, char *text, size_t size);

/* ---- judging ---- */

/* Looks for a cycle, or for a process in which nobody can wake anybody, and notes it. */
void yoke__deadlock_look(yoke__process *process, double now);

typedef struct yoke__verdict {
    yoke_diagnosis *diagnosis;
    int status; /* YOKE_ENOMEM once memory ran out */
} yoke__verdict;

__attribute__((format(printf, 5, 6))) void yoke__find(yoke__verdict *verdict,
                                                      yoke_finding_kind kind,
                                                      const yoke__process *process,
                                                      const char *advice, const char *format, ...);
bool yoke__found(const yoke__verdict *verdict, yoke_finding_kind kind,
                 const yoke__process *process);
__attribute__((format(printf, 2, 3))) void yoke__note(yoke__verdict *verdict, const char *format,
                                                      ...);

void yoke__judge_threads(yoke__process *process, yoke__verdict *verdict);
void yoke__judge_runtimes(yoke__process *process, yoke__verdict *verdict);
void yoke__judge_locks(yoke__process *process, yoke__verdict *verdict);
void yoke__judge_balance(yoke__process *process, yoke__verdict *verdict);
void yoke__judge_lines(yoke__process *process, yoke__verdict *verdict);
/* Notes when the process got too little of the machine to be judged well. */
void yoke__judge_evidence(yoke__process *process, yoke__verdict *verdict);
extern const char yoke__advice_nested[];

/* CPU seconds of a thread, and of all threads, while they were watched. */
double yoke__task_cpu(const yoke__task *task);
double yoke__process_cpu(const yoke__process *process);
/* Seconds of CPU time in which something must have run before it is judged. */
#define YOKE__ENOUGH 0.2
/* Samples that an illness must show in. */
enum { YOKE__ENOUGH_SAMPLES = 4 };

#endif
