/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that are sorted but for a few; a part of kernels/sort_keys.inc.h.
 *
 * Each stretch of keys is parted into a rising sequence, which is kept, and strays. A key that
 * comes before the last one kept is a stray, unless so many before it were, one after another, that
 * dropping the kept ones that stand against it costs no more; so a single large key does not make
 * strays of all that follow (the idea of E. Ernerfeldt's drop-merge sort, 2016; Cook and Kim, "Best
 * sorting algorithm for nearly sorted lists", CACM 23, 1980, part and merge in the same way). Then
 * stretches are joined: those whose middle keys are a longest rising sequence stay, neighbours lose
 * what overlaps, and all else are strays, too. Strays are sorted as any keys, and merged with what
 * was kept. So the data cross the memory four times, twice each way.
 *
 * Whether that will do is told by a sample: the longest rising sequence in some groups of
 * neighbours lacks few of them. If there are more strays than a share of the keys in the end,
 * nothing has been written yet, and the keys are sorted as any others.
 */

enum {
    STRETCH = 1 << 15,
    STRAYS = 8,           /* one key in so many may be a stray */
    GROUP = 16,           /* neighbours in the sample */
    OUTSIDE = SAMPLE / 9, /* keys of the sample that may not rise */
    OUTPUT = 1 << 11,     /* keys that are merged in cache before they go on */
};

/* Kept keys, none smaller than those of the stretches before. */
typedef struct stretch {
    const item *keys;
    size_t n;
    size_t at;     /* keys in those before */
    size_t before; /* the one before it in the longest sequence that ends here, and 1; 0: none */
} stretch;

typedef struct nearly {
    call call;
    item *kept; /* one stretch after another, each from where it began among all */
    item *strays;
    size_t room; /* for strays */
    atomic_size_t count;
    stretch *stretches;
    size_t length;  /* of the list of stretches */
    rank *tops;     /* the least middle key that a sequence of this many stretches ends with */
    size_t *top_of; /* whose it is */
} nearly;

/* ---- rising sequences ---- */

/* The first of n sorted keys that is greater than x. */
static size_t first_above(const item *keys, size_t n, rank x) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (keys[half] <= x)
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* The first that is not less. */
static size_t first_from(const item *keys, size_t n, rank x) {
    return x ? first_above(keys, n, x - 1) : 0;
}

/* tops[k] is the least rank with which a rising sequence of k + 1 ends: x goes on with the longest
 * that it can (patience sorting). Returns its place in that one. */
static size_t rise(rank *tops, size_t *length, rank x) {
    bool longest = !*length || tops[*length - 1] <= x;
    size_t k = longest ? (*length)++ : first_above(tops, *length, x);
    tops[k] = x;
    return k;
}

static bool looks_nearly_sorted(const yoke__sort_arrays *a) {
    rank tops[SAMPLE];
    size_t length = 0, part = a->n / (SAMPLE / GROUP), at = 0;
    uint64_t x = 1;
    for (size_t i = 0; i < SAMPLE; i++, at++) {
        if (i % GROUP == 0) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            at = i / GROUP * part + (size_t)(x >> 11) % (part - GROUP);
        }
        rise(tops, &length, load_rank(a, at));
        if (i + 1 - length > OUTSIDE) return false;
    }
    return true;
}

/* ---- strays ---- */

/* The keys from `begin` to `end` - 1: what is kept goes to the front of `to`, the strays behind it.
 * Returns how many are kept. A key that comes too early is kept nevertheless when no more kept ones
 * are greater than there are strays in a row, itself among them: those go instead. */
static size_t part_keys(const yoke__sort_arrays *a, size_t begin, size_t end, item *to) {
    size_t kept = 0, stray = end - begin, row = 0; /* strays one after another */
    rank last = 0;
    for (size_t i = begin; i < end; i++) {
        rank x = load_rank(a, i);
        if (x >= last) {
            to[kept++] = last = x;
            row = 0;
            continue;
        }
        row++;
        if (row < kept && to[kept - 1 - row] > x) {
            to[--stray] = x;
            continue;
        }
        while (kept && to[kept - 1] > x) to[--stray] = to[--kept];
        to[kept++] = last = x;
        row = 0;
    }
    return kept;
}

/* false when there are too many. */
static bool add_strays(nearly *w, const item *keys, size_t n) {
    /* relaxed: makes room for one block; what it holds is read after the team's end. */
    size_t at = atomic_fetch_add_explicit(&w->count, n, memory_order_relaxed);
    if (at > w->room || n > w->room - at) return false;
    memcpy(w->strays + at, keys, n * sizeof *keys);
    return true;
}

static bool too_many(nearly *w) {
    /* relaxed: only whether to go on; what it means is read after the team's end. */
    return atomic_load_explicit(&w->count, memory_order_relaxed) > w->room;
}

static void put_keys(const call *c, item *to, const item *from, size_t n) {
    if (!c->stream) {
        memcpy(to, from, n * sizeof *to);
        return;
    }
    yoke__stream_copy(to, from, n * sizeof *to);
    yoke__stream_end();
}

static int part_stretch(void *ctx, size_t index, size_t begin, size_t end, int member) {
    nearly *w = ctx;
    const call *c = &w->call;
    if (too_many(w)) return YOKE_OK;
    item *to = c->parts + (size_t)member * PART;
    size_t kept = part_keys(c->sorter.arrays, begin, end, to);
    w->stretches[index] = (stretch){.keys = w->kept + begin, .n = kept};
    if (add_strays(w, to + kept, end - begin - kept)) put_keys(c, w->kept + begin, to, kept);
    return YOKE_OK;
}

/* ---- joining ---- */

/* A stretch that has lost more than it kept has no say. */
static bool counts(size_t kept) { return kept >= STRETCH / 2; }

/* Empties all stretches that are not in a longest sequence whose middle keys rise. */
static bool choose_stretches(nearly *w) {
    size_t length = 0, chosen = 0;
    for (size_t i = 0; i < w->length; i++) {
        stretch *s = &w->stretches[i];
        if (!counts(s->n)) continue;
        size_t k = rise(w->tops, &length, s->keys[s->n / 2]);
        s->before = k ? w->top_of[k - 1] + 1 : 0;
        w->top_of[k] = i;
    }
    if (length) chosen = w->top_of[length - 1] + 1;
    for (size_t i = w->length; i-- > 0;) {
        stretch *s = &w->stretches[i];
        if (chosen == i + 1) {
            chosen = s->before;
            continue;
        }
        if (!add_strays(w, s->keys, s->n)) return false;
        s->n = 0;
    }
    return true;
}

/* Takes as few keys as may be, or twice as many, from the end of `a` and the beginning of `b`, so
 * that b's are not less than a's. */
static bool part_overlap(nearly *w, stretch *a, stretch *b) {
    size_t best = SIZE_MAX, first = 0;
    for (size_t i = 0; i < a->n && i < best; i = i ? 2 * i : 1) {
        size_t j = first_from(b->keys, b->n, a->keys[a->n - 1 - i]);
        if (i + j < best) best = i + j, first = j;
    }
    size_t rest = first < b->n ? first_above(a->keys, a->n, b->keys[first]) : a->n;
    bool room = add_strays(w, a->keys + rest, a->n - rest) && add_strays(w, b->keys, first);
    a->n = rest;
    b->keys += first, b->n -= first;
    return room;
}

/* Makes a list of those that have keys. */
static bool join_stretches(nearly *w) {
    if (too_many(w) || !choose_stretches(w)) return false;
    size_t length = 0, at = 0;
    for (size_t i = 0; i < w->length; i++) {
        stretch s = w->stretches[i], *last = length ? &w->stretches[length - 1] : NULL;
        if (!s.n) continue;
        if (last && last->keys[last->n - 1] > s.keys[0] && !part_overlap(w, last, &s)) return false;
        if (s.n) w->stretches[length++] = s;
    }
    w->length = length;
    for (size_t i = 0; i < length; at += w->stretches[i++].n) w->stretches[i].at = at;
    return true;
}

/* ---- merging ---- */

/* In the caller's array, which nothing is left in. */
static int sort_strays(nearly *w) {
    size_t n = atomic_load(&w->count);
    yoke__sort_arrays strays = {.n = n, .keys = w->strays, .keys_out = w->strays};
    strays.key_size = sizeof(item);
    call c = w->call;
    c.room[0] = w->call.sorter.arrays->keys_out;
    c.room[1] = w->strays;
    c.sorter.arrays = &strays;
    if (n >= YOKE__SORT_ALONE) return sort_all(&c, n);
    SORT_ALONE(&strays, c.room[0]);
    return YOKE_OK;
}

/* The stretch that has the i-th kept key; the last one when there are no more. */
static const stretch *stretch_of(const nearly *w, size_t i) {
    size_t low = 0, high = w->length - 1;
    while (low < high) {
        size_t half = high - (high - low) / 2;
        if (w->stretches[half].at <= i)
            low = half;
        else
            high = half - 1;
    }
    return &w->stretches[low];
}

static rank kept_at(const nearly *w, size_t i) {
    const stretch *s = stretch_of(w, i);
    return s->keys[i - s->at];
}

/* How many of the first `at` keys of all are strays. */
static size_t strays_before(const nearly *w, size_t at) {
    size_t count = atomic_load(&w->count), kept = w->call.sorter.arrays->n - count;
    size_t low = at > kept ? at - kept : 0, high = at < count ? at : count;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (w->strays[half] < kept_at(w, at - half - 1))
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* Where a merge is. */
typedef struct merge_place {
    const stretch *in, *end;
    const item *kept, *kept_end;
    const item *stray, *stray_end;
} merge_place;

/* The kept keys up to x, as long as there are some in this stretch; n at most. */
static size_t copy_kept(merge_place *p, rank x, item *to, size_t n) {
    const item *kept = p->kept;
    size_t left = (size_t)(p->kept_end - kept), k = 0;
    if (left < n) n = left;
    for (; n - k >= LINE && kept[k + LINE - 1] <= x; k += LINE)
        memcpy(to + k, kept + k, LINE * sizeof *to);
    for (; k < n && kept[k] <= x; k++) to[k] = kept[k];
    p->kept += k;
    return k;
}

static void merge_keys(merge_place *p, item *to, size_t n) {
    for (size_t k = 0; k < n;) {
        if (p->kept == p->kept_end && p->in + 1 < p->end) {
            p->in++;
            p->kept = p->in->keys, p->kept_end = p->kept + p->in->n;
        }
        bool none = p->stray == p->stray_end;
        size_t copied = copy_kept(p, none ? (rank)-1 : *p->stray, to + k, n - k);
        k += copied;
        bool more = p->kept == p->kept_end && p->in + 1 < p->end;
        if (k < n && !none && !more) to[k++] = *p->stray++;
    }
}

static int merge_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const nearly *w = ctx;
    (void)index;
    const yoke__sort_arrays *a = w->call.sorter.arrays;
    size_t strays = strays_before(w, begin), kept = begin - strays;
    const stretch *s = stretch_of(w, kept);
    merge_place p = {s,
                     w->stretches + w->length,
                     s->keys + (kept - s->at),
                     s->keys + s->n,
                     w->strays + strays,
                     w->strays + atomic_load(&w->count)};
    item *to = w->call.parts + (size_t)member * PART;
    for (size_t n; begin < end; begin += n) {
        n = end - begin < OUTPUT ? end - begin : OUTPUT;
        merge_keys(&p, to, n);
        for (size_t i = 0; i < n; i++) to[i] = bits_of(to[i], a->ranking);
        put_keys(&w->call, (item *)a->keys_out + begin, to, n);
    }
    return YOKE_OK;
}

/* ---- all ---- */

static int sort_parted(nearly *w, bool *done) {
    const yoke_run *run = w->call.run;
    size_t n = w->call.sorter.arrays->n;
    YOKE_TRY(yoke__run_blocks(run, n, STRETCH, part_stretch, w));
    *done = join_stretches(w) && w->length;
    if (!*done) return YOKE_OK;
    YOKE_TRY(sort_strays(w));
    return yoke__run_blocks(run, n, STRETCH, merge_block, w);
}

static int sort_nearly_sorted(const yoke__sort_arrays *arrays, const yoke_run *run, bool *done) {
    *done = false;
    size_t n = arrays->n, members = (size_t)yoke__run_members(run, (size_t)-1);
    if (!looks_nearly_sorted(arrays)) return YOKE_OK;
    nearly w = {.room = n / STRAYS, .length = yoke__block_count(n, STRETCH)};
    size_t tables = w.length * (sizeof *w.stretches + sizeof *w.tops + sizeof *w.top_of);
    size_t usual = (for_all_members(members, n) + 63) / 64 * 64;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, usual + tables + w.room * sizeof(item)));
    w.call = lay_out(arrays, run, work.memory);
    w.call.stream = n * sizeof(item) > YOKE__SORT_STREAM;
    w.kept = w.call.room[0];
    w.stretches = (stretch *)((char *)work.memory + usual);
    w.top_of = (size_t *)(w.stretches + w.length);
    w.tops = (rank *)(w.top_of + w.length);
    w.strays = (item *)(w.tops + w.length);
    int status = sort_parted(&w, done);
    yoke__work_close(&work);
    return status;
}
