/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of two runs, compared (runtime/verify.h says what they are). Those of the first process
 * that have an order are compared one by one; of all others, for each name, how many there are and
 * the sum of their digests. How often threads call the library may well depend on their number
 * (each sums its share), so for calls that have no order another number is no difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/verify.h"
#include "runtime/verify.h"
#include "yoke/hash.h"

enum { PIECE = 8192, LONGEST = 600 };

typedef struct record {
    long process;
    bool ordered;
    char kind;
    const char *name, *level, *size, *text; /* in the channel's line; text: of the digest */
    uint64_t digest;
} record;

typedef struct channel {
    int from;
    off_t at; /* of what is to be read next */
    char piece[PIECE];
    size_t size, used; /* of the piece */
    char line[LONGEST];
    long process; /* the first; 0: not known yet */
    record record;
} channel;

/* ---- reading ---- */

/* 1; 0 at the end. */
static int next_byte(channel *c, char *byte) {
    if (c->used == c->size) {
        ssize_t got = pread(c->from, c->piece, sizeof c->piece, c->at);
        if (got < 0) return yoke_fail(YOKE_EIO, "cannot read what a run told: %m");
        c->at += got;
        c->size = (size_t)got;
        c->used = 0;
        if (!got) return 0;
    }
    *byte = c->piece[c->used++];
    return 1;
}

/* The next line, with its end; cut where it is too long to be a record. 1; 0 at the end. */
static int next_line(channel *c) {
    size_t length = 0;
    char byte = 0;
    int got;
    while (byte != '\n' && (got = next_byte(c, &byte)) != 0) {
        if (got < 0) return got;
        if (length < LONGEST - 1) c->line[length++] = byte;
    }
    c->line[length] = 0;
    return length != 0;
}

static bool parse(char *line, record *r) {
    char *rest = line, *process = strsep(&rest, "\t"), *place = strsep(&rest, "\t"),
         *kind = strsep(&rest, "\t");
    r->name = strsep(&rest, "\t");
    r->level = strsep(&rest, "\t");
    r->size = strsep(&rest, "\t");
    r->text = strsep(&rest, "\n");
    if (!r->text || !rest) return false;
    r->process = strtol(process, NULL, 10);
    r->ordered = *place == 'S';
    r->kind = *kind;
    r->digest = strtoull(r->text, NULL, 16);
    return true;
}

/* 1; 0 at the end. What is no record is passed over: a process may have been ended while it wrote.
 */
static int next_record(channel *c) {
    for (;;) {
        record *r = &c->record;
        int got = next_line(c);
        if (got <= 0) return got;
        if (!parse(c->line, r)) continue;
        if (!c->process) c->process = r->process;
        r->ordered = r->ordered && r->process == c->process;
        return 1;
    }
}

/* ---- tallies: a table by kind and name ---- */

typedef struct tally {
    char *key;
    uint64_t place;    /* of its first appearance */
    uint64_t count[2]; /* of each run, without an order */
    uint64_t sum[2];
    uint64_t calls; /* in order, so far */
} tally;

typedef struct tallies {
    tally *at;
    size_t room, used; /* room: 0 or a power of two */
    char key[300];
} tallies;

static void tallies_free(tallies *t) {
    for (size_t i = 0; i < t->room; i++) free(t->at[i].key);
    free(t->at);
}

static tally *look(const tally *at, size_t room, const char *key) {
    static const uint64_t seed[2] = {1, 2};
    size_t place = yoke_hash_bytes(seed, key, strlen(key)) & (room - 1);
    while (at[place].key && strcmp(at[place].key, key) != 0) place = (place + 1) & (room - 1);
    return (tally *)&at[place];
}

static int grow(tallies *t) {
    size_t room = t->room ? 2 * t->room : 64;
    tally *made = calloc(room, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < t->room; i++)
        if (t->at[i].key) *look(made, room, t->at[i].key) = t->at[i];
    free(t->at);
    t->at = made;
    t->room = room;
    return YOKE_OK;
}

static int find(tallies *t, const record *r, tally **found) {
    if (2 * t->used >= t->room) YOKE_TRY(grow(t));
    snprintf(t->key, sizeof t->key, "%c%s", r->kind, r->name);
    tally *at = look(t->at, t->room, t->key);
    if (!at->key) {
        at->key = strdup(t->key);
        if (!at->key) return yoke_fail(YOKE_ENOMEM, NULL);
        at->place = t->used++;
    }
    *found = at;
    return YOKE_OK;
}

/* The next record that has an order; others are tallied. */
static int next_ordered(channel *c, tallies *t, int which) {
    for (;;) {
        tally *of;
        int got = next_record(c);
        if (got <= 0 || c->record.ordered) return got;
        YOKE_TRY(find(t, &c->record, &of));
        of->count[which]++;
        of->sum[which] += yoke_hash_mix(c->record.digest, 0x9E3779B97F4A7C15u);
    }
}

/* ---- differences ---- */

static char *say(const record *r) {
    char *text = NULL;
    if (!r) return strdup("no more calls");
    return asprintf(&text, "%s%s%s: %s bytes, digest %s", r->name, *r->level ? ", " : "", r->level,
                    r->size, r->text) < 0
               ? NULL
               : text;
}

static int finish(yoke_verify_difference *d, char kind, const char *name) {
    d->what = kind == 'D' ? YOKE_VERIFY_ANNOUNCED : YOKE_VERIFY_REGION;
    d->name = strdup(name);
    if (!d->name || !d->first || !d->other) return yoke_fail(YOKE_ENOMEM, NULL);
    return 1;
}

/* NULL: that run had no more. */
static int note_ordered(yoke_verify_difference *d, const record *a, const record *b,
                        uint64_t call) {
    const record *named = a ? a : b;
    d->call = call;
    d->first = say(a);
    d->other = say(b);
    return finish(d, named->kind, named->name);
}

static bool same(const record *a, const record *b) {
    return a->kind == b->kind && a->digest == b->digest && !strcmp(a->name, b->name) &&
           !strcmp(a->level, b->level) && !strcmp(a->size, b->size);
}

static int compare_ordered(channel *a, channel *b, tallies *t, yoke_verify_difference *d) {
    for (;;) {
        tally *of = NULL;
        int first = next_ordered(a, t, 0), other = next_ordered(b, t, 1);
        if (first < 0 || other < 0) return first < 0 ? first : other;
        if (!first && !other) return 0;
        const record *x = first ? &a->record : NULL, *y = other ? &b->record : NULL;
        YOKE_TRY(find(t, x ? x : y, &of));
        of->calls++;
        if (!x || !y || !same(x, y)) return note_ordered(d, x, y, of->calls);
    }
}

static bool differs(const tally *t) {
    bool announced = t->key[0] == 'D';
    if (t->count[0] != t->count[1]) return announced;
    return t->sum[0] != t->sum[1];
}

static char *say_tally(const tally *t, int which) {
    char *text = NULL;
    return asprintf(&text, "%llu calls, sum of digests %016llx",
                    (unsigned long long)t->count[which], (unsigned long long)t->sum[which]) < 0
               ? NULL
               : text;
}

static int compare_tallies(const tallies *t, yoke_verify_difference *d) {
    const tally *first = NULL;
    for (size_t i = 0; i < t->room; i++) {
        const tally *of = &t->at[i];
        if (of->key && differs(of) && (!first || of->place < first->place)) first = of;
    }
    if (!first) return 0;
    d->first = say_tally(first, 0);
    d->other = say_tally(first, 1);
    return finish(d, first->key[0], first->key + 1);
}

int yoke__verify_records_compare(int first, int other, yoke_verify_difference *difference) {
    channel a = {.from = first}, b = {.from = other};
    tallies t = {.at = NULL};
    int status = compare_ordered(&a, &b, &t, difference);
    if (status == 0) status = compare_tallies(&t, difference);
    tallies_free(&t);
    return status;
}

int yoke__verify_records_count(int from, verify_counts *counts) {
    channel c = {.from = from};
    int got;
    *counts = (verify_counts){0};
    while ((got = next_record(&c)) > 0) {
        bool announced = c.record.kind == 'D';
        counts->announced += announced;
        counts->regions += !announced;
        if (c.record.ordered)
            counts->digest = yoke_hash_mix(counts->digest ^ c.record.digest, 0xA0761D6478BD642Fu);
    }
    return got;
}
