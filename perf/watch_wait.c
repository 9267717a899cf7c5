/* SPDX-License-Identifier: Apache-2.0
 *
 * What a thread in a futex waits for.
 *
 * The address of the call says whose code waits: an OpenMP runtime's own call, or the C library's
 * on behalf of somebody, who is found among the return addresses on the stack. There are no unwind
 * tables for stripped code, so every word of the stack that points behind a call instruction
 * counts; words left over from earlier calls may be among them, and only the innermost few are
 * believed.
 *
 * The value that the word had is the protocol's: 2 is a mutex of glibc (and Rust) that others wait
 * for, -1 is libgomp's. A word whose value is the id of a thread is that thread's, and is cleared
 * when it ends.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "perf/watch.h"
#include "runtime/waitfor.h"

static bool is_code(const yoke__space *space, uint64_t address) {
    const yoke__mapping *mapping = yoke__space_find(space, address);
    return mapping && mapping->code && mapping->image >= 0;
}

enum { STACK_WORDS = 256 };

/* The innermost words of the stack; returns their number. */
static size_t read_stack(const yoke__process *p, const yoke__task *task,
                         uint64_t words[STACK_WORDS]) {
    const yoke__mapping *stack = yoke__space_find(&p->space, task->sp);
    size_t count = stack ? (stack->end - task->sp) / sizeof *words : 0;
    if (count > STACK_WORDS) count = STACK_WORDS;
    bool there = count && yoke__peek(p->space.pid, task->sp, words, count * sizeof *words);
    return there ? count : 0;
}

static void read_frames(yoke__process *p, yoke__task *task) {
    uint64_t words[STACK_WORDS];
    size_t count = read_stack(p, task, words);
    task->frame_count = 0;
    for (size_t i = 0; i < count && task->frame_count < YOKE__FRAMES; i++) {
        bool returns = is_code(&p->space, words[i]) && yoke__follows_call(&p->space, words[i]);
        if (returns) task->frames[task->frame_count++] = words[i];
    }
}

static yoke__library library_at(const yoke__space *space, uint64_t address) {
    const yoke__image *image = yoke__space_image(space, address);
    return image ? image->library : YOKE__LIB_OTHER;
}

static bool is_runtime(yoke__library library) {
    return library == YOKE__LIB_GOMP || library == YOKE__LIB_LLVM;
}

/* Whose code waits: that of the first frame outside of the C library. */
static yoke__library waiting_library(const yoke__process *p, const yoke__task *task) {
    yoke__library library = library_at(&p->space, task->pc);
    for (int i = 0; i < task->frame_count && library == YOKE__LIB_C; i++) {
        library = library_at(&p->space, task->frames[i]);
    }
    return library;
}

static bool is_named(const char *name, const char *part) {
    return strncmp(name, part, strlen(part)) == 0;
}

/* A wait of yoke's own begins at a word of the stack when its first field points to one of three
 * texts. Where in such a lock the pointer to its profile is; 0 for other words. */
static size_t find_lock_wait(const yoke__process *p, uint64_t what) {
    char text[12];
    const yoke__mapping *mapping = yoke__space_find(&p->space, what);
    bool constant = mapping && mapping->image >= 0 && !mapping->writable;
    if (!constant || !yoke__peek(p->space.pid, what, text, sizeof text)) return 0;
    text[sizeof text - 1] = 0;
    if (!strcmp(text, "for mutex")) return offsetof(yoke_mutex, profile);
    bool shared = !strcmp(text, "to read") || !strcmp(text, "to write");
    return shared ? offsetof(yoke_rwlock, profile) : 0;
}

_Static_assert(offsetof(yoke_mutex, name) == offsetof(yoke_rwlock, name), "locks begin alike");

/* Whether the words are those of a wait for a lock, and not of a call that has returned: the lock
 * has the name that the wait says. */
static bool is_name_of(const yoke__process *p, const yoke__wait *wait) {
    uint64_t name;
    return yoke__peek(p->space.pid, (uintptr_t)wait->object + offsetof(yoke_mutex, name), &name,
                      sizeof name) &&
           name == (uintptr_t)wait->name;
}

static bool is_in_yoke(yoke__process *p, const yoke__task *task) {
    for (int i = 0; i < task->frame_count; i++) {
        const yoke__symbol *symbol = yoke__symbol_at(&p->space, task->frames[i], false);
        if (symbol &&
            (is_named(symbol->name, "yoke_mutex_") || is_named(symbol->name, "yoke_rwlock_")))
            return true;
    }
    return false;
}

/* A lock of yoke. Its threads sleep on words of their own; what they wait for stands in the frame
 * of the call (yoke__wait). */
static bool is_yoke_lock(yoke__process *p, yoke__task *task) {
    uint64_t words[STACK_WORDS];
    yoke__wait wait;
    size_t count = is_in_yoke(p, task) ? read_stack(p, task, words) : 0;
    for (size_t i = 0; i + sizeof wait / sizeof *words <= count; i++) {
        size_t profile = find_lock_wait(p, words[i]);
        if (!profile) continue;
        memcpy(&wait, &words[i], sizeof wait);
        if (!is_name_of(p, &wait)) continue;
        task->lock = (uintptr_t)wait.object;
        task->lock_profile = task->lock + profile;
        task->lock_name = (uintptr_t)wait.name;
        task->lock_site = (uintptr_t)wait.site;
        return true;
    }
    return false;
}

static bool waits_for_thread(const yoke__process *p, const yoke__task *task) {
    char path[64];
    if (!task->shared || task->value == (uint32_t)task->tid) return false;
    snprintf(path, sizeof path, "/proc/%ld/task/%lu", (long)p->pid, (unsigned long)task->value);
    return access(path, F_OK) == 0;
}

static yoke__wait_kind kind_of(yoke__process *p, yoke__task *task) {
    enum { GLIBC_CONTENDED = 2, GOMP_CONTENDED = 0xffffffff };
    if (waits_for_thread(p, task)) return YOKE__WAIT_THREAD;
    yoke__library library = waiting_library(p, task);
    if (library == YOKE__LIB_GOMP && task->value == GOMP_CONTENDED) return YOKE__WAIT_LOCK;
    if (is_runtime(library)) return YOKE__WAIT_TEAM;
    const yoke__symbol *symbol = yoke__symbol_at(&p->space, task->pc, false);
    if (symbol && is_named(symbol->name, "pthread_barrier_wait")) return YOKE__WAIT_TEAM;
    if (task->priority || task->value == GLIBC_CONTENDED) return YOKE__WAIT_LOCK;
    return is_yoke_lock(p, task) ? YOKE__WAIT_LOCK : YOKE__WAIT_OTHER;
}

void yoke__wait_classify(yoke__process *p, yoke__task *task) {
    task->lock = task->word;
    task->lock_name = task->lock_site = task->lock_profile = 0;
    read_frames(p, task);
    task->wait = kind_of(p, task);
}

uint64_t yoke__wait_site(const yoke__process *p, const yoke__task *task) {
    for (int i = 0; i < task->frame_count; i++) {
        yoke__library library = library_at(&p->space, task->frames[i]);
        if (library != YOKE__LIB_C && library != YOKE__LIB_YOKE) return task->frames[i];
    }
    return 0;
}

void yoke__task_describe(yoke__process *p, const yoke__task *task, char *text, size_t size) {
    const yoke__symbol *symbol =
        task->start ? yoke__symbol_at(&p->space, task->start, false) : NULL;
    const yoke__image *image = yoke__space_image(&p->space, task->start);
    if (task->tid == p->pid)
        snprintf(text, size, "thread %ld (main)", (long)task->tid);
    else if (symbol)
        snprintf(text, size, "thread %ld (began in %.64s)", (long)task->tid, symbol->name);
    else if (image)
        snprintf(text, size, "thread %ld (of %.64s)", (long)task->tid,
                 yoke__base_name(image->path));
    else
        snprintf(text, size, "thread %ld", (long)task->tid);
}
