/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a block of a file begin between quotes? It does when the number of quotes before it is odd,
 * so each block's reader notes the parity of its own bytes, and the states follow one from the
 * other.
 *
 * Nobody waits for long: when the reader of an earlier block has not noted its parity yet (it may
 * have lost its processor), whoever needs it counts those bytes too. Both find the same, so nothing
 * is guarded; every note is one byte that is written with its final value.
 */
#include "mapreduce/quotes.h"

#include <stdlib.h>

#include "yoke/status.h"

/* A note of a block. */
enum { COUNTED = 1, ODD = 2, LOCATED = 4, BETWEEN = 8 };
/* How long a parity may take that another thread is about to note: about twenty microseconds. */
enum { SPINS = 512, STEP = 64 << 10 };

static inline void relax(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

int yoke__quotes_init(yoke_source *source) {
    source->notes = calloc(source->blocks + 1, sizeof *source->notes);
    if (!source->notes) return yoke_fail(YOKE_ENOMEM, NULL);
    atomic_fetch_or(&source->notes[0], LOCATED);
    return 0;
}

void yoke__quotes_fini(yoke_source *source) {
    free((void *)source->notes);
    source->notes = NULL;
}

void yoke__own_bytes(const yoke_source *source, uint64_t number, uint64_t *from, uint64_t *to) {
    uint64_t size = source->dataset->block_size, begin = source->begin + number * size;
    *from = number ? begin - 1 : begin;
    *to = number + 1 == source->blocks ? source->size : begin + size - 1;
}

/* Counts another reader's block. */
static int count_for_another(const yoke_source *source, uint64_t number, uint8_t *note) {
    const yoke_dataset *dataset = source->dataset;
    char *buffer = malloc(STEP + YOKE_RECORDS_SLACK);
    if (!buffer) return yoke_fail(YOKE_ENOMEM, NULL);
    uint64_t from, to;
    yoke__own_bytes(source, number, &from, &to);
    size_t quotes = 0;
    int status = 0;
    for (size_t size; from < to && status >= 0; from += size) {
        size = to - from < STEP ? (size_t)(to - from) : STEP;
        status = yoke__source_read(source, from, buffer, size);
        if (status >= 0) quotes += dataset->scan->count(buffer, 0, size, dataset->format.quote);
    }
    free(buffer);
    *note = quotes & 1 ? COUNTED | ODD : COUNTED;
    return status;
}

static int find_parity(yoke_source *source, uint64_t number, uint8_t *note) {
    for (int spin = 0; spin < SPINS; spin++) {
        *note = atomic_load(&source->notes[number]);
        if (*note & COUNTED) return 0;
        relax();
    }
    YOKE_TRY(count_for_another(source, number, note));
    atomic_fetch_or(&source->notes[number], *note);
    return 0;
}

int yoke__quotes_between(yoke_source *source, uint64_t number, size_t quotes, bool *between) {
    atomic_fetch_or(&source->notes[number], quotes & 1 ? COUNTED | ODD : COUNTED);
    uint64_t at = number;
    uint8_t note;
    while (!((note = atomic_load(&source->notes[at])) & LOCATED)) at--;
    bool inside = note & BETWEEN;
    for (; at < number; at++) {
        YOKE_TRY(find_parity(source, at, &note));
        inside ^= (note & ODD) != 0;
        atomic_fetch_or(&source->notes[at + 1], inside ? LOCATED | BETWEEN : LOCATED);
    }
    *between = inside;
    return 0;
}
