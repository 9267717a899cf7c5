/* SPDX-License-Identifier: Apache-2.0
 *
 * False sharing: threads spend much of their CPU time at instructions that write different words of
 * one cache line. Not the miss is measured, which takes hardware counters, but what makes it
 * certain: which addresses are used, by whom, and how often. Where all use the same word it is a
 * shared word, and padding does not help.
 *
 * Where the processor samples transfers between caches they are evidence of their own: they tell
 * how many belong to a line that was found, and find lines whose transfers alone take much of the
 * time of two threads, also where the operands of instructions are not known.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "perf/watch.h"
#include "perf/watch_transfers.h"
#include "runtime/text.h"

enum { LINE = 64, MOST_USERS = 64, MOST_LINES = 256 };

/* Who uses a line: the most used address of each thread. */
typedef struct line {
    const yoke__use *users[MOST_USERS];
    double shares[MOST_USERS]; /* of the thread's time */
    int count, writers;
    bool transfers; /* the users were sampled by these */
} line;

/* The numbers of the lines that were found. */
typedef struct found {
    uint64_t lines[MOST_LINES];
    int count;
} found;

static int by_address(const void *a, const void *b) {
    const yoke__use *x = a, *y = b;
    return (x->address > y->address) - (x->address < y->address);
}

/* Whether it writes so often that the line keeps coming and going. */
static bool is_writer(const yoke__use *use) {
    enum { SELDOM = 16 };
    return use->writes >= 3 && use->writes * SELDOM >= use->count;
}

/* The share of its thread's time that a use takes; transfers take it at least. */
static double share_of(const yoke__process *p, const line *l, const yoke__use *use) {
    const yoke__task *task = yoke__process_task(p, use->tid);
    if (!task) return 0;
    if (!l->transfers) return task->places ? (double)use->count / task->places : 0;
    double cpu = yoke__task_cpu(task);
    double took = (double)use->count * YOKE__TRANSFER_PERIOD * YOKE__TRANSFER_SECONDS;
    return cpu > took ? took / cpu : 1;
}

/* Takes a use that is a good part of its thread's time; of several of a thread the greatest. */
static void take(const yoke__process *p, line *l, const yoke__use *use) {
    const double much = 0.1;
    enum { SAMPLES = 8 };
    double share = share_of(p, l, use);
    if (share < much || use->count < SAMPLES) return;
    int i = 0;
    while (i < l->count && l->users[i]->tid != use->tid) i++;
    if (i == MOST_USERS || (i < l->count && l->shares[i] >= share)) return;
    l->users[i] = use;
    l->shares[i] = share;
    if (i == l->count) l->count++;
}

static int count_words(const line *l) {
    int words = 0;
    for (int i = 0; i < l->count; i++) {
        bool again = false;
        for (int j = 0; j < i && !again; j++) again = l->users[j]->address == l->users[i]->address;
        words += !again;
    }
    return words;
}

/* How many of the transfers were of the line. */
static void add_transfers(const yoke__process *p, uint64_t begin, yoke__text *text) {
    unsigned count = 0;
    for (size_t i = 0; p->transfers && i < YOKE__USES; i++) {
        const yoke__use *use = &p->transfers->table[i];
        if (use->count && use->address / LINE == begin / LINE) count += use->count;
    }
    if (count)
        yoke__text_add(text,
                       "; %u of %u sampled loads that another core's cache answered were of it "
                       "(perf_event, " YOKE__TRANSFER_EVENT ")",
                       count, p->transfer_count);
}

static void accuse(yoke__process *p, const line *l, int words, yoke__verdict *v) {
    char what[128], list[640] = "", where[192];
    yoke__text text = {list, sizeof list, 0};
    uint64_t begin = l->users[0]->address / LINE * LINE;
    yoke__describe_data(&p->space, l->users[0]->address, what, sizeof what);
    yoke__describe_code(&p->space, l->users[0]->at, where, sizeof where);
    for (int i = 0; i < l->count && i < 4; i++)
        yoke__text_add(&text, "%s thread %ld byte %d (%.0f %% of its time)", i ? "," : "",
                       (long)l->users[i]->tid, (int)(l->users[i]->address - begin),
                       100 * l->shares[i]);
    if (l->count > 4) yoke__text_add(&text, " ...");
    add_transfers(p, begin, &text);
    if (words > 1)
        yoke__find(v, YOKE_FINDING_FALSE_SHARING, p,
                   "let what different threads write lie YOKE_CACHE_PAD (128) bytes apart; for "
                   "counts, extremes and histograms yoke/counter.h and its kin do",
                   "%d threads use %d words of the cache line 0x%" PRIx64 ", at %s, in %s:%s",
                   l->count, words, begin, what, where, list);
    else
        yoke__find(v, YOKE_FINDING_SHARED_WORD, p,
                   "give each thread its own and add up at the end: yoke/counter.h, or a reduction",
                   "%d threads write the same word 0x%" PRIx64 ", %s, in %s:%s", l->count,
                   l->users[0]->address, what, where, list);
}

static bool was_found(const found *f, uint64_t number) {
    for (int i = 0; i < f->count; i++) {
        if (f->lines[i] == number) return true;
    }
    return false;
}

/* All must be written, or at least one when the words differ: reading beside it is enough. Of lines
 * that are transferred to both the other one's thread has changed them. */
static void judge_line(yoke__process *p, line *l, found *f, yoke__verdict *v) {
    if (l->count < 2 || f->count == MOST_LINES) return;
    uint64_t number = l->users[0]->address / LINE;
    for (int i = 0; i < l->count; i++) l->writers += l->transfers || is_writer(l->users[i]);
    int words = count_words(l);
    if (!l->writers || (words == 1 && l->writers < 2) || was_found(f, number)) return;
    f->lines[f->count++] = number;
    accuse(p, l, words, v);
}

static void judge_table(yoke__process *p, const yoke__uses *uses, found *f, yoke__verdict *v) {
    if (!uses) return;
    yoke__use *sorted = malloc(sizeof uses->table);
    if (!sorted) {
        v->status = yoke_fail(YOKE_ENOMEM, NULL);
        return;
    }
    memcpy(sorted, uses->table, sizeof uses->table);
    qsort(sorted, YOKE__USES, sizeof *sorted, by_address);
    for (size_t i = 0; i < YOKE__USES;) {
        line l = {.transfers = uses == p->transfers};
        size_t next = i;
        for (; next < YOKE__USES && sorted[next].address / LINE == sorted[i].address / LINE; next++)
            if (sorted[next].count) take(p, &l, &sorted[next]);
        judge_line(p, &l, f, v);
        i = next;
    }
    free(sorted);
}

void yoke__judge_lines(yoke__process *p, yoke__verdict *v) {
    found f = {.count = 0};
    judge_table(p, p->uses, &f, v);
    judge_table(p, p->transfers, &f, v);
}
