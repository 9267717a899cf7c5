/* SPDX-License-Identifier: Apache-2.0
 *
 * One ring of samples for each processor. An event that threads to come inherit must be bound to a
 * processor to have a ring, so each thread that is there has an event on each processor, and all
 * events of a processor write to one ring. Samples of all kinds look alike, and only those of
 * transfers have an address.
 */
#include "perf/watch_places.h"

#include <asm/perf_regs.h>
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf/watch_transfers.h"
#include "yoke/status.h"

enum { RING_PAGES = 64, RATE = 499 };

typedef struct ring {
    int descriptor; /* -1: none */
    struct perf_event_mmap_page *page;
} ring;

struct yoke__places {
    size_t page_size;
    int cpus;
    ring *rings;
    int *events; /* the others */
    size_t event_count, event_room;
    size_t most_events;      /* others need descriptors too */
    bool transfers;          /* are sampled, */
    uint64_t transfer_event; /* this one */
};

#if defined(__x86_64__)
/* AX BX CX DX SI DI BP SP, then R8 to R15, as the kernel orders them, in the processor's order. */
#define REGISTERS (0xffULL | 0xffULL << PERF_REG_X86_R8)
static const int order[16] = {0, 2, 3, 1, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
_Static_assert(PERF_REG_X86_AX == 0 && PERF_REG_X86_SP == 7, "the kernel's order of registers");
#else
#define REGISTERS 0ULL
#endif

static int open_sampling(struct perf_event_attr attr, pid_t tid, int cpu) {
    attr.size = sizeof attr;
    attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_ADDR;
    attr.exclude_kernel = attr.exclude_hv = attr.inherit = 1;
    if (REGISTERS) {
        attr.sample_type |= PERF_SAMPLE_REGS_USER;
        attr.sample_regs_user = REGISTERS;
    }
    return (int)syscall(SYS_perf_event_open, &attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int open_event(pid_t tid, int cpu) {
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK};
    attr.freq = 1;
    attr.sample_freq = RATE;
    return open_sampling(attr, tid, cpu);
}

/* Only what is sampled precisely has the address of its load. */
static int open_transfers(const yoke__places *s, pid_t tid, int cpu) {
    struct perf_event_attr attr = {.type = PERF_TYPE_RAW, .config = s->transfer_event};
    attr.sample_period = YOKE__TRANSFER_PERIOD;
    attr.precise_ip = 2;
    return open_sampling(attr, tid, cpu);
}

static bool keep_event(yoke__places *s, int descriptor) {
    if (s->event_count == s->event_room) {
        size_t room = s->event_room ? 2 * s->event_room : 16;
        int *grown = realloc(s->events, room * sizeof *grown);
        if (!grown) return false;
        s->events = grown;
        s->event_room = room;
    }
    s->events[s->event_count++] = descriptor;
    return true;
}

/* Makes the processor's ring of its first event. */
static bool make_ring(yoke__places *s, ring *r, int descriptor) {
    void *page = mmap(NULL, (RING_PAGES + 1) * s->page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                      descriptor, 0);
    if (page == MAP_FAILED) return false;
    r->descriptor = descriptor;
    r->page = page;
    return true;
}

static bool join_ring(yoke__places *s, const ring *r, int descriptor) {
    return ioctl(descriptor, PERF_EVENT_IOC_SET_OUTPUT, r->descriptor) == 0 &&
           keep_event(s, descriptor);
}

/* It does without them where the counters are used otherwise, or there is no room. */
static void add_transfers(yoke__places *s, const ring *r, pid_t tid, int cpu) {
    int descriptor =
        s->transfers && s->event_count < s->most_events ? open_transfers(s, tid, cpu) : -1;
    if (descriptor >= 0 && !join_ring(s, r, descriptor)) close(descriptor);
}

/* Samples a thread on all processors. False with errno. */
static bool add_thread(yoke__places *s, pid_t tid) {
    bool any = false;
    if (s->event_count + (size_t)s->cpus > s->most_events) return errno = EMFILE, false;
    for (int cpu = 0; cpu < s->cpus; cpu++) {
        ring *r = &s->rings[cpu];
        int descriptor = open_event(tid, cpu);
        if (descriptor < 0) continue; /* a processor that is offline */
        bool kept = r->page ? join_ring(s, r, descriptor) : make_ring(s, r, descriptor);
        if (kept)
            add_transfers(s, r, tid, cpu);
        else
            close(descriptor);
        any |= kept;
    }
    return any;
}

static int add_threads(yoke__places *s, pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *tasks = opendir(path);
    if (!tasks) return yoke_fail(YOKE_ENOENT, "no process %ld", (long)pid);
    bool any = false;
    int code = 0;
    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks)) {
        long tid = strtol(entry->d_name, NULL, 10);
        if (tid <= 0) continue;
        if (add_thread(s, (pid_t)tid))
            any = true;
        else
            code = errno;
        if (code == EMFILE) break; /* some of the threads would tell a wrong story */
    }
    closedir(tasks);
    if (any && code != EMFILE) return YOKE_OK;
    if (code == ESRCH) return yoke_fail(YOKE_ENOENT, "process %ld has ended", (long)pid);
    return yoke_fail(YOKE_EUNSUPPORTED, "perf_event_open: %s", strerrordesc_np(code));
}

int yoke__places_open(pid_t pid, yoke__places **places) {
    yoke__places *s = calloc(1, sizeof *s);
    if (!s) return yoke_fail(YOKE_ENOMEM, NULL);
    struct rlimit files;
    bool known = getrlimit(RLIMIT_NOFILE, &files) == 0;
    s->most_events = known ? (size_t)(files.rlim_cur / 2) : 512;
    s->page_size = (size_t)sysconf(_SC_PAGESIZE);
    s->cpus = (int)sysconf(_SC_NPROCESSORS_CONF);
    s->transfers = yoke__transfer_event("", &s->transfer_event);
    s->rings = calloc((size_t)s->cpus, sizeof *s->rings);
    int status = s->rings ? add_threads(s, pid) : yoke_fail(YOKE_ENOMEM, NULL);
    if (status < 0) return yoke__places_close(s), status;
    *places = s;
    return YOKE_OK;
}

void yoke__places_close(yoke__places *s) {
    if (!s) return;
    for (size_t i = 0; i < s->event_count; i++) close(s->events[i]);
    for (int i = 0; s->rings && i < s->cpus; i++) {
        if (!s->rings[i].page) continue;
        munmap(s->rings[i].page, (RING_PAGES + 1) * s->page_size);
        close(s->rings[i].descriptor);
    }
    free(s->events);
    free(s->rings);
    free(s);
}

/* ---- reading a ring ---- */

/* Copies bytes that may wrap around. */
static void copy_out(const yoke__places *s, const ring *r, uint64_t from, void *into, size_t size) {
    const char *data = (const char *)r->page + s->page_size;
    size_t whole = RING_PAGES * s->page_size, at = from % whole;
    size_t first = size < whole - at ? size : whole - at;
    memcpy(into, data + at, first);
    memcpy((char *)into + first, data, size - first);
}

/* A sample: the instruction, process and thread, the load's address, then a word that says whether
 * registers follow. */
static void tell(const uint64_t *words, size_t count, yoke__place_fn *fn, void *ctx) {
    yoke__place place = {.at = words[0],
                         .pid = (pid_t)(uint32_t)words[1],
                         .tid = (pid_t)(words[1] >> 32),
                         .transfer = words[2]};
#if defined(__x86_64__)
    if (count >= 4 + 16 && words[3] == PERF_SAMPLE_REGS_ABI_64) {
        for (int i = 0; i < 16; i++) place.registers[i] = words[4 + order[i]];
    }
#else
    (void)count;
#endif
    fn(&place, ctx);
}

static void drain_ring(const yoke__places *s, ring *r, yoke__place_fn *fn, void *ctx) {
    /* acquire: samples up to here are written; pairs with the kernel's release of data_head. */
    uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = r->page->data_tail;
    while (tail < head) {
        struct perf_event_header record;
        uint64_t words[32];
        copy_out(s, r, tail, &record, sizeof record);
        if (record.size < sizeof record) break;
        size_t size = record.size - sizeof record;
        if (record.type == PERF_RECORD_SAMPLE && size >= 24 && size <= sizeof words) {
            copy_out(s, r, tail + sizeof record, words, size);
            tell(words, size / sizeof *words, fn, ctx);
        }
        tail += record.size;
    }
    /* release: the room is read and can be written again; pairs with the kernel's reading of
     * data_tail. */
    __atomic_store_n(&r->page->data_tail, head, __ATOMIC_RELEASE);
}

void yoke__places_drain(yoke__places *s, yoke__place_fn *fn, void *ctx) {
    for (int i = 0; i < s->cpus; i++) {
        if (s->rings[i].page) drain_ring(s, &s->rings[i], fn, ctx);
    }
}
