/* SPDX-License-Identifier: Apache-2.0
 *
 * The yardstick: a program that does one job and nothing else, as fast as its author could make it.
 *
 *     single_purpose FILE [THREADS]
 *
 * reads rows `station;temperature` and prints station, minimum, mean and maximum. It believes what
 * it reads: names of 1 to 31 bytes, temperatures from -99.9 to 99.9 with one decimal, a newline
 * after every row, at most 16,384 stations. Nothing is checked that a program for all files would
 * have to check.
 *
 * Threads take blocks of the file in turn and read them with pread into a buffer that stays in the
 * cache. A block is cut at newlines into STREAMS parts whose rows are parsed alternately, because
 * a row's start is known only when the row before it is parsed: the processor then overlaps the
 * streams. The semicolon is found, and the name cut out, with one vector of 32 bytes, which is also
 * the key in the table; the temperature is parsed without a branch after Quan Anh Mai's method from
 * the "one billion row challenge" (2024).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __AVX2__
#include <immintrin.h>

enum { STREAMS = 2, BLOCK = 1 << 18, ROW_MAX = 64, PLACES = 1 << 15 };

typedef struct station {
    __m256i name; /* padded with zeros; all zero in a free place */
    int64_t sum;  /* of tenths of a degree */
    uint32_t count;
    int16_t min, max;
} station;

typedef struct table {
    station *places;
    char *buffer;
} table;

static void fail(const char *what) {
    fprintf(stderr, "single_purpose: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- the table: open addressing, linear probing, one cache line per station ---- */

static void *allocate(size_t size) {
    void *memory = aligned_alloc(1 << 21, size);
    if (memory == NULL) fail("memory");
    madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

static inline size_t hash(__m256i name) {
    __m128i half = _mm_xor_si128(_mm256_castsi256_si128(name),
                                 _mm_slli_epi64(_mm256_extracti128_si256(name, 1), 3));
    uint64_t a = (uint64_t)_mm_cvtsi128_si64(half) ^ 0x9e3779b97f4a7c15;
    uint64_t b = (uint64_t)_mm_extract_epi64(half, 1) ^ 0xbf58476d1ce4e5b9;
    unsigned __int128 product = (unsigned __int128)a * b;
    return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64)) & (PLACES - 1);
}

static inline int same(__m256i a, __m256i b) {
    __m256i difference = _mm256_xor_si256(a, b);
    return _mm256_testz_si256(difference, difference);
}

/* The place of a name that is not where its hash points. */
static __attribute__((noinline)) station *probe(station *places, size_t place, __m256i name) {
    while (!same(places[place].name, name)) {
        if (places[place].count == 0) {
            places[place] = (station){.name = name, .min = INT16_MAX, .max = INT16_MIN};
            break;
        }
        place = (place + 1) & (PLACES - 1);
    }
    return &places[place];
}

static inline station *find(station *places, __m256i name) {
    size_t place = hash(name);
    station *s = &places[place];
    return __builtin_expect(same(s->name, name), 1) ? s : probe(places, place, name);
}

/* ---- rows ---- */

static inline uint64_t load_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The first `size` bytes of a vector, the others zero. */
static inline __m256i cut(__m256i vector, unsigned size) {
    static const uint8_t ones[64] = {[0 ... 31] = 0xff};
    return _mm256_and_si256(vector, _mm256_loadu_si256((const __m256i *)(ones + 32 - size)));
}

/* Tenths of a degree. The bits 4, 12 and 20 of digits are set and that of the point is not, so the
 * point is found first, all digits are shifted to fixed bytes, and one multiplication weighs them.
 */
static inline int parse_tenths(uint64_t word, unsigned point) {
    int64_t sign = (int64_t)(~word << 59) >> 63;
    uint64_t digits = ((word & ~((uint64_t)sign & 0xff)) << (28 - point)) & 0x0f000f0f00;
    int64_t tenths = (int64_t)((digits * 0x640a0001) >> 32) & 0x3ff;
    return (int)((tenths ^ sign) - sign);
}

/* Takes one row in and returns the start of the next. */
static inline const char *take_row(station *places, const char *row) {
    __m256i head = _mm256_loadu_si256((const __m256i *)row);
    __m256i semicolons = _mm256_cmpeq_epi8(head, _mm256_set1_epi8(';'));
    unsigned size = (unsigned)__builtin_ctz((unsigned)_mm256_movemask_epi8(semicolons));
    const char *number = row + size + 1;
    uint64_t word = load_word(number);
    unsigned point = (unsigned)__builtin_ctzll(~word & 0x10101000);
    int tenths = parse_tenths(word, point);
    station *s = find(places, cut(head, size));
    s->sum += tenths;
    s->count++;
    if (tenths < s->min) s->min = (int16_t)tenths;
    if (tenths > s->max) s->max = (int16_t)tenths;
    return number + (point >> 3) + 3;
}

static const char *row_after(const char *at) { return (const char *)rawmemchr(at, '\n') + 1; }

static void take_rows(station *places, const char *begin, const char *end) {
    const char *at[STREAMS], *stop[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        at[i] = i == 0 ? begin : stop[i - 1];
        const char *middle = begin + (end - begin) * (i + 1) / STREAMS;
        stop[i] = i == STREAMS - 1 ? end : middle <= at[i] ? at[i] : row_after(middle - 1);
    }
    for (;;) {
        int all = 1;
        for (int i = 0; i < STREAMS; i++) all &= at[i] < stop[i];
        if (!all) break;
        for (int i = 0; i < STREAMS; i++) at[i] = take_row(places, at[i]);
    }
    for (int i = 0; i < STREAMS; i++)
        while (at[i] < stop[i]) at[i] = take_row(places, at[i]);
}

/* Reads the block at `offset` and ROW_MAX bytes more. Its rows are those after its first newline,
 * up to and with the row that holds the first newline behind it. The read begins at a multiple of
 * the page size on both sides: the kernel copies four times as fast as from odd addresses. */
static void take_block(table *t, int file, off_t offset, off_t size) {
    char *buffer = t->buffer;
    ssize_t got = pread(file, buffer, BLOCK + ROW_MAX, offset);
    if (got < 0) fail("read");
    const char *begin = offset == 0 ? buffer : row_after(buffer);
    const char *end = offset + BLOCK < size ? row_after(buffer + BLOCK) : buffer + got;
    take_rows(t->places, begin, end);
}

/* ---- the answer ---- */

static void merge(station *into, const station *from) {
    for (size_t i = 0; i < PLACES; i++) {
        if (from[i].count == 0) continue;
        station *s = find(into, from[i].name);
        s->sum += from[i].sum;
        s->count += from[i].count;
        if (from[i].min < s->min) s->min = from[i].min;
        if (from[i].max > s->max) s->max = from[i].max;
    }
}

static int by_name(const void *a, const void *b) { return memcmp(a, b, sizeof(__m256i)); }

static void print(station *places) {
    size_t n = 0;
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].count != 0) places[n++] = places[i];
    qsort(places, n, sizeof *places, by_name);
    for (size_t i = 0; i < n; i++)
        printf("%s,%.1f,%.12f,%.1f\n", (const char *)&places[i].name, places[i].min / 10.0,
               (double)places[i].sum / 10.0 / places[i].count, places[i].max / 10.0);
}

int main(int argc, char **argv) {
    int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) fail(argc > 1 ? argv[1] : "no file given");
    station *answer = allocate(PLACES * sizeof *answer);
    memset(answer, 0, PLACES * sizeof *answer);
    atomic_size_t next = 0;
#pragma omp parallel num_threads(argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2) default(none)      \
    shared(next, status, file, answer)
    {
        table own = {allocate(PLACES * sizeof(station)), allocate(1 << 21)};
        memset(own.places, 0, PLACES * sizeof(station));
        for (off_t at; (at = (off_t)(atomic_fetch_add(&next, 1) * BLOCK)) < status.st_size;)
            take_block(&own, file, at, status.st_size);
#pragma omp critical
        merge(answer, own.places);
    }
    print(answer);
    return ferror(stdout) || fflush(stdout) != 0;
}
#else
int main(void) {
    fputs("single_purpose: needs a processor with AVX2\n", stderr);
    return 1;
}
#endif
