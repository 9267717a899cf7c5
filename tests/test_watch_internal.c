/* SPDX-License-Identifier: Apache-2.0
 *
 * What a watch knows of the files that a process has mapped, when they are cut, replaced, closed
 * and opened again; and what it makes of locks and of transfers between caches, which are made up
 * here. The process is this one.
 */
#include "perf/watch.h"
#include "perf/watch_transfers.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"

/* A small library that nobody uses, with glibc. */
static const char library[] = "libthread_db.so.1", function[] = "td_ta_new";

static void *open_library(const char *name, void **at) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    *at = handle ? dlsym(handle, function) : NULL;
    return handle;
}

static const char *name_of(yoke__space *space, const void *at) {
    const yoke__symbol *symbol = yoke__symbol_at(space, (uintptr_t)at, false);
    return symbol ? symbol->name : "no symbol";
}

/* The file behind an address, copied into the test's folder. */
static bool copy_library(const void *at, char *path, size_t size) {
    Dl_info about;
    char command[2048];
    snprintf(path, size, "%s/copy.so", test_directory());
    if (!dladdr(at, &about)) return false;
    snprintf(command, sizeof command, "cp '%s' '%s'", about.dli_fname, path);
    return system(command) == 0;
}

TEST(a_file_that_is_cut_while_it_is_read) {
    yoke__space space = {.pid = getpid()};
    char path[512];
    void *at, *handle = open_library(library, &at);
    if (!handle) return;
    REQUIRE(copy_library(at, path, sizeof path));
    /* mapped, not loaded: a loaded file that is cut would end this process too */
    int file = open(path, O_RDWR | O_CLOEXEC);
    REQUIRE(file >= 0);
    off_t size = lseek(file, 0, SEEK_END);
    void *mapped = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0);
    REQUIRE(mapped != MAP_FAILED);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    yoke__image *image = yoke__space_image(&space, (uintptr_t)mapped);
    CU_ASSERT_PTR_NOT_NULL_FATAL(image);
    yoke__symbols_read(image);
    CU_ASSERT(image->symbol_count > 0);
    CU_ASSERT_EQUAL(ftruncate(file, 0), 0);
    size_t bytes = 0;
    for (size_t i = 0; i < image->symbol_count; i++) bytes += strlen(image->symbols[i].name);
    CU_ASSERT(bytes > image->symbol_count);
    yoke__symbols_free(image);
    yoke__symbols_read(image); /* there is nothing any more */
    CU_ASSERT_EQUAL(image->symbol_count, 0);
    yoke__space_free(&space);
    munmap(mapped, (size_t)size);
    close(file);
    dlclose(handle);
}

/* The library of OpenMP that runs here, with bytes turned, and cut: an answer or none. */
TEST(versions_of_a_damaged_library) {
    enum { TRIES = 300 };
    Dl_info about;
    char version[32], path[512];
    struct stat size;
    REQUIRE(dladdr((void *)(uintptr_t)omp_get_max_threads, &about) != 0);
    yoke__symbols_version(about.dli_fname, "OMP_", version, sizeof version);
    CU_ASSERT(strncmp(version, "OMP_", 4) == 0);
    snprintf(path, sizeof path, "%s/damaged", test_directory());
    int from = open(about.dli_fname, O_RDONLY), to = open(path, O_RDWR | O_CREAT, 0600);
    REQUIRE(from >= 0 && to >= 0 && fstat(from, &size) == 0);
    char *bytes = malloc((size_t)size.st_size);
    REQUIRE(bytes && read(from, bytes, (size_t)size.st_size) == size.st_size);
    REQUIRE(write(to, bytes, (size_t)size.st_size) == size.st_size);
    for (int i = 0; i < TRIES; i++) {
        /* the head, the headers of sections, and what they lead to, near both ends */
        off_t at = (off_t)(test_random() % (i % 2 ? 0x4000 : 64));
        if (i % 3 == 0) at = size.st_size - 1 - (off_t)(test_random() % 2048);
        char other = (char)test_random();
        REQUIRE(pwrite(to, &other, 1, at) == 1);
        yoke__symbols_version(path, "OMP_", version, sizeof version);
        CU_ASSERT(!*version || strncmp(version, "OMP_", 4) == 0);
        if (i % 4) REQUIRE(pwrite(to, &bytes[at], 1, at) == 1);
        if (i % 50 == 49) REQUIRE(pwrite(to, bytes, (size_t)size.st_size, 0) == size.st_size);
    }
    CU_ASSERT_EQUAL(ftruncate(to, size.st_size / 2), 0);
    yoke__symbols_version(path, "OMP_", version, sizeof version);
    CU_ASSERT_STRING_EQUAL(version, "");
    free(bytes);
    close(from);
    close(to);
}

TEST(a_library_that_is_closed_and_opened_elsewhere) {
    yoke__space space = {.pid = getpid()};
    void *first, *second, *handle = open_library(library, &first);
    if (!handle) return;
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(name_of(&space, first), function);
    CU_ASSERT(yoke__space_image(&space, (uintptr_t)first)->mapped);
    dlclose(handle);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_PTR_NULL(yoke__space_image(&space, (uintptr_t)first));
    /* somebody else is where it was */
    long page = sysconf(_SC_PAGESIZE);
    char *place = (char *)((uintptr_t)first / (uintptr_t)page * (uintptr_t)page);
    void *taken =
        mmap(place, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    handle = open_library(library, &second);
    CU_ASSERT_PTR_NOT_NULL_FATAL(handle);
    CU_ASSERT_PTR_NOT_EQUAL(first, second);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(name_of(&space, second), function);
    yoke__space_free(&space);
    if (taken != MAP_FAILED) munmap(taken, 1);
    dlclose(handle);
}

TEST(a_file_of_the_same_name_is_another_file) {
    yoke__space space = {.pid = getpid()};
    char path[512], other[600];
    void *at, *handle = open_library(library, &at);
    if (!handle) return;
    REQUIRE(copy_library(at, path, sizeof path));
    void *copied, *copy = open_library(path, &copied);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(name_of(&space, copied), function);
    dlclose(copy);
    snprintf(other, sizeof other, "%s.new", path);
    FILE *empty = fopen(other, "we");
    REQUIRE(empty != NULL && fputs("no library any more\n", empty) >= 0 && fclose(empty) == 0);
    REQUIRE(rename(other, path) == 0);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *mapped = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, file, 0);
    REQUIRE(mapped != MAP_FAILED);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    yoke__image *image = yoke__space_image(&space, (uintptr_t)mapped);
    CU_ASSERT_PTR_NOT_NULL_FATAL(image);
    yoke__symbols_read(image);
    CU_ASSERT_EQUAL(image->symbol_count, 0);
    yoke__space_free(&space);
    munmap(mapped, 1);
    close(file);
    dlclose(handle);
}

/* ---- locks ---- */

/* Of a process that ran for four seconds. */
typedef struct lock_case {
    double span, cpu; /* of samples in which threads waited for the lock */
    unsigned contended;
    double wait_total;
    bool found, told; /* the lock; its profile */
} lock_case;

static void check_lock(const lock_case *c) {
    yoke__process *p = yoke__process_create(getpid(), 1);
    yoke_diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    REQUIRE(p != NULL && diagnosis != NULL);
    p->active_s = p->running_area = 4;
    p->lock_area = 3;
    p->locks[0] = (yoke__contended){.lock = 64,
                                    .of_yoke = true,
                                    .name = "made up",
                                    .seconds = 3,
                                    .span = c->span,
                                    .cpu = c->cpu,
                                    .samples = 40,
                                    .waiter_count = 8};
    yoke_lock_profile profile = {.seconds = 4,
                                 .acquisitions = 1000,
                                 .contended = c->contended,
                                 .wait_total = c->wait_total,
                                 .holds = 10,
                                 .hold_total = 0.01,
                                 .hold_squares = 1e-5,
                                 .threads = 8};
    if (c->contended) {
        p->locks[0].profile = malloc(sizeof profile);
        REQUIRE(p->locks[0].profile != NULL);
        *p->locks[0].profile = profile;
    }
    yoke__verdict verdict = {.diagnosis = diagnosis};
    yoke__judge_locks(p, &verdict);
    CU_ASSERT_EQUAL_FATAL(diagnosis->finding_count, c->found ? 1 : 0);
    const char *evidence = c->found ? diagnosis->findings[0].evidence : "";
    CU_ASSERT_EQUAL(strstr(evidence, "the lock 'made up' of yoke") != NULL, c->found);
    CU_ASSERT_EQUAL(
        strstr(evidence, "; its profile: taken 1,000 times, found held in 10 % of them") != NULL,
        c->told);
    CU_ASSERT_EQUAL(strstr(evidence, "4 locks instead of it would be taken ") != NULL, c->told);
    yoke_diagnosis_destroy(diagnosis);
    yoke__process_destroy(p);
}

TEST(locks_that_are_slept_for) {
    static const lock_case cases[] = {
        {2, 1, 0, 0, true, false},         /* in half of the time, without a profile */
        {2, 1, 100, 4, true, true},        /* with one */
        {0.4, 0.4, 0, 0, false, false},    /* in a short phase, */
        {0.4, 0.4, 100, 4, true, true},    /* which the profile says was a convoy, */
        {0.4, 0.4, 20, 4, false, false},   /* or that each waited once or twice, */
        {0.4, 0.4, 100, 10, false, false}, /* or most of it while nobody ran */
        {2, 0.05, 0, 0, false, false},     /* while the process had no processor */
        {0.4, 0.05, 100, 4, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) check_lock(&cases[i]);
}

/* ---- transfers ---- */

TEST(the_event_of_transfers_goes_by_the_kernels_name_of_the_counters) {
    static const struct {
        const char *name;
        bool known;
    } cases[] = {{"skylake\n", true}, {"sapphire_rapids\n", true}, {"zen5\n", false}, {"", false}};
    char folder[512], path[700];
    const char *const parts[] = {"/sys", "/bus", "/event_source", "/devices", "/cpu", "/caps"};
    uint64_t config = 7;
    snprintf(folder, sizeof folder, "%s", test_directory());
    CU_ASSERT(!yoke__transfer_event(folder, &config));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        strcat(folder, parts[i]);
        REQUIRE(mkdir(folder, 0700) == 0);
    }
    snprintf(path, sizeof path, "%s/pmu_name", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FILE *file = fopen(path, "we");
        REQUIRE(file != NULL && fputs(cases[i].name, file) >= 0 && fclose(file) == 0);
        config = 7;
        CU_ASSERT_EQUAL(yoke__transfer_event(test_directory(), &config), cases[i].known);
        CU_ASSERT_EQUAL(config, cases[i].known ? 0x04d2 : 7);
    }
}

/* ---- a main thread that ends first ---- */

static void *outlive(void *over) {
    char byte;
    _exit(read(*(int *)over, &byte, 1) != 0);
}

/* A process of which only the second thread goes on, until the returned pipe's end is closed. */
static pid_t start_without_main_thread(int *end) {
    int over[2];
    REQUIRE(pipe(over) == 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_t other;
        close(over[1]);
        if (pthread_create(&other, NULL, outlive, over) != 0) _exit(2);
        syscall(SYS_exit, 0); /* of this thread; pthread_exit wants to unwind the test */
    }
    REQUIRE(child > 0);
    close(over[0]);
    *end = over[1];
    char text[512] = "";
    const char *state;
    while (yoke__task_stat(child, child, text, sizeof text, &state) && *state != 'Z') usleep(1000);
    return child;
}

TEST(a_process_whose_main_thread_has_ended_is_read_by_another) {
    int end, status = 0;
    pid_t child = start_without_main_thread(&end);
    yoke__process *p = yoke__process_create(child, 1);
    REQUIRE(p != NULL);
    for (unsigned round = 1; round <= 3; round++) {
        CU_ASSERT_EQUAL(yoke__process_look(p, round, 1 + 2 * round, 2), YOKE_OK);
        CU_ASSERT_EQUAL(yoke__process_refresh(p, 1 + 2 * round), YOKE_OK);
        CU_ASSERT_STRING_EQUAL(name_of(&p->space, (void *)(uintptr_t)test_register),
                               "test_register");
        CU_ASSERT_STRING_EQUAL(p->program, "test_watch_internal");
        char copy[sizeof function] = "";
        CU_ASSERT(yoke__peek(p->space.pid, (uintptr_t)function, copy, sizeof copy));
        CU_ASSERT_STRING_EQUAL(copy, function);
    }
    yoke__process_destroy(p);
    close(end);
    CU_ASSERT(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- transfers ---- */

/* Two threads of this process, and a watched one. */
typedef struct pair {
    pthread_t other;
    int ready[2], over[2];
    pid_t tids[2];
    yoke__process *process;
} pair;

static void *live(void *ctx) {
    pair *of = ctx;
    pid_t tid = (pid_t)syscall(SYS_gettid);
    char byte;
    ssize_t told = write(of->ready[1], &tid, sizeof tid);
    return told == sizeof tid && read(of->over[0], &byte, 1) == 0 ? ctx : NULL;
}

static void start_pair(pair *of) {
    REQUIRE(pipe(of->ready) == 0 && pipe(of->over) == 0);
    REQUIRE(pthread_create(&of->other, NULL, live, of) == 0);
    of->tids[0] = getpid();
    REQUIRE(read(of->ready[0], &of->tids[1], sizeof(pid_t)) == sizeof(pid_t));
    of->process = yoke__process_create(getpid(), 1);
    REQUIRE(of->process != NULL);
    CU_ASSERT_EQUAL(yoke__process_look(of->process, 1, 1, 0.01), YOKE_OK);
}

static void end_pair(pair *of) {
    yoke__process_destroy(of->process);
    close(of->over[1]);
    pthread_join(of->other, NULL);
    close(of->over[0]);
    close(of->ready[0]);
    close(of->ready[1]);
}

/* Transfers of one thread, of that word of the line. */
static void transfer(pair *of, int thread, const uint64_t *word, int count) {
    for (int i = 0; i < count; i++) {
        yoke__place place = {.pid = getpid(),
                             .tid = of->tids[thread],
                             .at = (uintptr_t)transfer,
                             .transfer = (uintptr_t)word};
        yoke__process_place(of->process, &place);
    }
}

static yoke_diagnosis *judge(const pair *of) {
    yoke_diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    REQUIRE(diagnosis != NULL);
    yoke__verdict verdict = {.diagnosis = diagnosis};
    yoke__judge_lines(of->process, &verdict);
    CU_ASSERT_EQUAL(verdict.status, YOKE_OK);
    return diagnosis;
}

static _Alignas(128) uint64_t line[16], other_line[16];

TEST(a_line_that_is_transferred_to_both_is_shared_falsely) {
    pair of;
    start_pair(&of);
    transfer(&of, 0, &line[0], 90);
    transfer(&of, 1, &line[3], 70);
    transfer(&of, 1, &other_line[0], 40); /* by one thread only */
    yoke_diagnosis *diagnosis = judge(&of);
    CU_ASSERT_EQUAL_FATAL(diagnosis->finding_count, 1);
    CU_ASSERT_EQUAL(diagnosis->findings[0].kind, YOKE_FINDING_FALSE_SHARING);
    const char *evidence = diagnosis->findings[0].evidence;
    CU_ASSERT(strstr(evidence, "2 threads use 2 words") != NULL);
    CU_ASSERT(strstr(evidence,
                     "160 of 200 sampled loads that another core's cache answered were "
                     "of it (perf_event, " YOKE__TRANSFER_EVENT ")") != NULL);
    yoke_diagnosis_destroy(diagnosis);
    end_pair(&of);
}

TEST(a_word_that_is_transferred_to_both_is_a_shared_word) {
    pair of;
    start_pair(&of);
    for (int i = 0; i < 2; i++) transfer(&of, i, &line[5], 50);
    yoke_diagnosis *diagnosis = judge(&of);
    CU_ASSERT_EQUAL_FATAL(diagnosis->finding_count, 1);
    CU_ASSERT_EQUAL(diagnosis->findings[0].kind, YOKE_FINDING_SHARED_WORD);
    yoke_diagnosis_destroy(diagnosis);
    end_pair(&of);
}

TEST(transfers_that_are_few_or_take_little_time_are_no_illness) {
    pair of;
    start_pair(&of);
    for (int i = 0; i < 2; i++) transfer(&of, i, &line[i], 7); /* few */
    for (int i = 0; i < 2; i++) transfer(&of, i, &other_line[i], 100);
    for (int i = 0; i < 2; i++) /* against a minute of CPU time */
        yoke__process_task(of.process, of.tids[i])->run += UINT64_C(60000000000);
    yoke_diagnosis *diagnosis = judge(&of);
    CU_ASSERT_EQUAL(diagnosis->finding_count, 0);
    yoke_diagnosis_destroy(diagnosis);
    end_pair(&of);
}

TEST(a_line_that_is_found_by_operands_and_by_transfers_is_told_once) {
    pair of;
    start_pair(&of);
    of.process->uses = calloc(1, sizeof *of.process->uses);
    REQUIRE(of.process->uses != NULL);
    for (int i = 0; i < 2; i++) {
        transfer(&of, i, &line[i], 30);
        yoke__process_task(of.process, of.tids[i])->places = 40;
        for (int n = 0; n < 40; n++)
            yoke__uses_add(of.process->uses, of.tids[i], (uintptr_t)&line[i], 1, true);
    }
    yoke_diagnosis *diagnosis = judge(&of);
    CU_ASSERT_EQUAL_FATAL(diagnosis->finding_count, 1);
    CU_ASSERT(strstr(diagnosis->findings[0].evidence, "(100 % of its time)") != NULL);
    CU_ASSERT(strstr(diagnosis->findings[0].evidence, "; 60 of 60 sampled loads") != NULL);
    yoke_diagnosis_destroy(diagnosis);
    end_pair(&of);
}
