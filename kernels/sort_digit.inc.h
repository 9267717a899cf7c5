/* SPDX-License-Identifier: Apache-2.0
 *
 * Which bucket an item belongs to; a part of kernels/sort_radix.inc.h.
 *
 * The first digit is chosen from a sample. Its buckets are equally wide, from the least to the
 * greatest key of the sample; but where that would put many keys into one bucket, and buckets whose
 * widths grow in proportion to the distance from the least key would not, it is those: 2^m buckets
 * for each power of two. Below the first, digits begin at the highest bit that differs.
 */

enum {
    MOST_BITS = 11,                /* of a digit */
    MOST_BUCKETS = 1 << MOST_BITS, /* of one pass */
    LEAST_BITS = 4,                /* of the first digit, and of a part */
    DEEP_BITS = 8,                 /* of the digits of all members below the first, at least */
    RANK_BITS = 8 * sizeof(rank),
    SCALE_BITS = sizeof(rank) == 8 ? 6 : 5, /* of a number of bits */
    SAMPLE = 1024,
    CROWD = SAMPLE / 16, /* keys of a sample in one bucket that are too many */
    FEW_VALUES = 256,    /* in a sample */
};

/* Buckets begin at `low`. What lies outside of them goes to the first and the last. */
typedef struct digit {
    rank low;
    rank last; /* the last bucket */
    int shift; /* each bucket is 2^shift wide */
    int steps; /* 0, or the widths grow: 2^steps buckets for each power of two */
} digit;

static inline size_t bucket_of(const digit *d, rank r) {
    rank above = r > d->low ? r - d->low : 0;
    above >>= d->shift;
    return above < d->last ? above : d->last;
}

static inline int length_in_bits(uint64_t x) { return x ? 64 - __builtin_clzll(x) : 0; }

/* The same where widths grow. */
static inline size_t scaled_bucket_of(const digit *d, rank r) {
    uint64_t above = r > d->low ? r - d->low : 0, one = (uint64_t)1 << d->steps;
    int length = 64 - __builtin_clzll(above | one); /* steps + 1 at least */
    uint64_t scale = (uint64_t)(length - d->steps) << d->steps;
    return above < one ? above : scale + ((above >> (length - d->steps - 1)) & (one - 1));
}

/* Buckets enough for n items with `ideal` in each. */
static int digit_bits(size_t n, size_t ideal) {
    int bits = length_in_bits(n / ideal);
    return bits < LEAST_BITS ? LEAST_BITS : bits > MOST_BITS ? MOST_BITS : bits;
}

/* The digit of ranks whose differing bits are those of `differ`; any is one of them. */
static digit digit_at(rank any, rank differ, int bits) {
    int length = length_in_bits(differ);
    digit d = {.last = (rank)(((rank)1 << bits) - 1), .shift = length > bits ? length - bits : 0};
    d.low = length < RANK_BITS ? (rank)(any >> length << length) : 0;
    return d;
}

/* The bits in which the ranks differ. */
static rank differing_bits(const item *from, size_t n) {
    rank first = item_rank(from[0]), differ = 0;
    for (size_t i = 1; i < n; i++) differ |= item_rank(from[i]) ^ first;
    return differ;
}

/* ---- the first digit ---- */

static void draw_sample(const yoke__sort_arrays *arrays, rank *sample) {
    uint64_t x = 1;
    for (int i = 0; i < SAMPLE; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        sample[i] = load_rank(arrays, (size_t)(x >> 11) % arrays->n);
    }
}

/* How many keys of the sample the fullest bucket gets. */
static int fullest(const digit *d, const rank *sample) {
    uint16_t counts[MOST_BUCKETS] = {0};
    int most = 0;
    for (int i = 0; i < SAMPLE; i++) {
        int count = ++counts[d->steps ? scaled_bucket_of(d, sample[i]) : bucket_of(d, sample[i])];
        most = count > most ? count : most;
    }
    return most;
}

static digit sampled_digit(const rank *sample, int bits) {
    rank least = sample[0], most = sample[0];
    for (int i = 1; i < SAMPLE; i++) {
        least = sample[i] < least ? sample[i] : least;
        most = sample[i] > most ? sample[i] : most;
    }
    int length = length_in_bits(most - least);
    digit even = {.low = least, .last = (rank)(((rank)1 << bits) - 1)};
    even.shift = length > bits ? length - bits : 0;
    int crowd = fullest(&even, sample);
    if (crowd <= CROWD || bits <= SCALE_BITS) return even;
    digit scaled = even;
    scaled.steps = bits - SCALE_BITS;
    return fullest(&scaled, sample) < crowd / 2 ? scaled : even;
}

#if !SECOND
/* Whether the sample has few values, each alone in its bucket; then values[b] becomes that of
 * bucket b, and of a bucket without any something that does not belong there. */
static bool find_values(const digit *d, const rank *sample, rank *values) {
    bool known[MOST_BUCKETS] = {false};
    int count = 0;
    memset(values, 0, MOST_BUCKETS * sizeof *values);
    if (d->steps) return false;
    values[0] = (rank)-1;
    for (int i = 0; i < SAMPLE; i++) {
        size_t b = bucket_of(d, sample[i]);
        if (known[b] && values[b] != sample[i]) return false;
        count += !known[b];
        known[b] = true;
        values[b] = sample[i];
    }
    return count <= FEW_VALUES;
}
#endif
