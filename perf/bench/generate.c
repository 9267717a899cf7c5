/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows that the benchmarks read.
 *
 *     generate stations ROWS STATIONS FILE [SEED]    station;temperature, no header
 *     generate orders   ROWS IDS      FILE [SEED]    ten columns of CSV with a header
 *     generate lines    ROWS NUMBERS  FILE [SEED]    word, number, words, amount, with spaces
 *     generate logs     ROWS NODES    FILE [SEED]    time, node, number, words; all of one day
 *
 * The same arguments give the same bytes on every machine. A row is assembled from texts prepared
 * once (names, all temperatures from -99.9 to 99.9, the fields of an order), so that the speed is
 * that of writing the file. Temperatures are normally distributed around the mean of their station:
 * the deviate comes from a table of quantiles. FILE is written under a temporary name and renamed
 * when it is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, ROW_MAX = 1024, NAME_MIN = 3, NAME_MAX_BYTES = 26, NAMES_MAX = 10000 };

static void fail(const char *what) {
    fprintf(stderr, "generate: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- random numbers: splitmix64 (Steele, Lea and Flood, OOPSLA 2014) ---- */

static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* A number below `bound` (at most 2^32) from 32 random bits. */
static uint32_t below(uint64_t bits, uint32_t bound) {
    return (uint32_t)(((bits & 0xffffffff) * bound) >> 32);
}

/* ---- the file ---- */

typedef struct output {
    int fd;
    size_t used;
    const char *path;
    char temporary[4096];
    char buffer[BUFFER + ROW_MAX];
} output;

static output out;

static void output_open(const char *path) {
    out.path = path;
    int length = snprintf(out.temporary, sizeof out.temporary, "%s.tmp", path);
    if (length >= (int)sizeof out.temporary) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    out.fd = open(out.temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out.fd < 0) fail(out.temporary);
}

static void output_flush(void) {
    for (size_t done = 0; done < out.used;) {
        ssize_t n = write(out.fd, out.buffer + done, out.used - done);
        if (n < 0 && errno != EINTR) fail(out.temporary);
        if (n > 0) done += (size_t)n;
    }
    out.used = 0;
}

static void output_close(void) {
    output_flush();
    if (close(out.fd) != 0) fail(out.temporary);
    if (rename(out.temporary, out.path) != 0) fail(out.path);
}

/* Copies a short text; 32 bytes are always written, so that no loop depends on the length. */
static char *append(char *to, const char *text32, size_t size) {
    memcpy(to, text32, 32);
    return to + size;
}

static char *append_text(char *to, const char *text) { return stpcpy(to, text); }

static char *append_number(char *to, uint64_t number) {
    char digits[20], *at = digits + sizeof digits;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    size_t size = (size_t)(digits + sizeof digits - at);
    memcpy(to, at, size);
    return to + size;
}

static char *append_two_digits(char *to, unsigned number) {
    *to++ = (char)('0' + number / 10);
    *to++ = (char)('0' + number % 10);
    return to;
}

/* ---- names of stations ---- */

typedef struct name {
    char text[32];
    uint8_t size;
    int16_t mean; /* tenths of a degree */
} name;

static name names[NAMES_MAX];

static const char *const prefixes[] = {"Port ", "Sankt ", "São ", "El ", "Upper ", "Île de "};
static const char *const syllables[] = {
    "ka", "be", "lo",  "ny", "ris", "mo", "ta", "vel", "o",  "si", "ran",  "du", "go", "hul",
    "el", "pa", "zü",  "må", "tó",  "ce", "a",  "ni",  "ur", "ko", "shan", "mi", "ja", "wek",
    "or", "ve", "dun", "bu", "lim", "ér", "ø",  "qui", "ba", "to", "dar",  "fe", "gu", "hé",
};
static const char *const suffixes[] = {"burg",    "stad",   " City", "ville",
                                       " am See", " North", " Мост", " 东"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *pick(uint64_t *seed, const char *const *from, size_t count) {
    return from[below(next_random(seed), (uint32_t)count)];
}

static char *draw_word(uint64_t *seed, char *text, uint64_t parts) {
    char *end = text;
    for (; parts > 0; parts--) end = append_text(end, pick(seed, syllables, COUNT(syllables)));
    if (*text >= 'a' && *text <= 'z') *text = (char)(*text - 'a' + 'A');
    return end;
}

static void draw_name(uint64_t *seed, char *text) {
    char *end = text;
    *end = 0;
    if (next_random(seed) % 16 == 0) end = append_text(end, pick(seed, prefixes, COUNT(prefixes)));
    end = draw_word(seed, end, 1 + next_random(seed) % 4);
    if (next_random(seed) % 24 == 0) end = draw_word(seed, append_text(end, " de la "), 4);
    if (next_random(seed) % 8 == 0) append_text(end, pick(seed, suffixes, COUNT(suffixes)));
}

static int name_is_new(const char *text, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i].text, text) == 0) return 0;
    return 1;
}

static void make_names(uint64_t seed, uint32_t count) {
    for (uint32_t made = 0; made < count;) {
        char text[128];
        draw_name(&seed, text);
        size_t size = strlen(text);
        if (size < NAME_MIN || size > NAME_MAX_BYTES || !name_is_new(text, made)) continue;
        name *n = &names[made++];
        memcpy(n->text, text, size);
        n->size = (uint8_t)size;
        n->mean = (int16_t)((int)below(next_random(&seed), 500) - 150);
    }
}

/* ---- station;temperature ---- */

enum { QUANTILES = 1 << 16, DEVIATION = 100, TEMPERATURE_MAX = 999 };

static int16_t quantiles[QUANTILES]; /* of a normal distribution, in tenths of a degree */

typedef struct text {
    char bytes[7];
    uint8_t size;
} text;

static text temperatures[2 * TEMPERATURE_MAX + 1]; /* each with its newline */

/* Inverts the distribution function by walking along it in steps that keep rising. */
static void make_quantiles(void) {
    double x = -5;
    for (int i = 0; i < QUANTILES; i++) {
        while (0.5 * erfc(-x / sqrt(2)) < (i + 0.5) / QUANTILES) x += 1e-3;
        quantiles[i] = (int16_t)lround(x * DEVIATION);
    }
}

static void make_temperatures(void) {
    for (int t = -TEMPERATURE_MAX; t <= TEMPERATURE_MAX; t++) {
        char row[32];
        int size =
            snprintf(row, sizeof row, "%s%d.%d\n", t < 0 ? "-" : "", abs(t) / 10, abs(t) % 10);
        text *to = &temperatures[t + TEMPERATURE_MAX];
        memcpy(to->bytes, row, (size_t)size);
        to->size = (uint8_t)size;
    }
}

static char *append_station(char *to, uint64_t bits, uint32_t stations) {
    const name *n = &names[below(bits, stations)];
    to = append(to, n->text, n->size);
    *to++ = ';';
    int t = n->mean + quantiles[bits >> 48];
    if (t > TEMPERATURE_MAX) t = TEMPERATURE_MAX;
    if (t < -TEMPERATURE_MAX) t = -TEMPERATURE_MAX;
    const text *temperature = &temperatures[t + TEMPERATURE_MAX];
    memcpy(to, temperature->bytes, sizeof temperature->bytes);
    return to + temperature->size;
}

static void write_stations(uint64_t rows, uint32_t stations, uint64_t seed) {
    make_names(seed, stations);
    make_quantiles();
    make_temperatures();
    for (uint64_t i = 0; i < rows; i++) {
        char *end = append_station(out.buffer + out.used, next_random(&seed), stations);
        out.used = (size_t)(end - out.buffer);
        if (out.used >= BUFFER) output_flush();
    }
}

/* ---- orders ---- */

static const char *const states[] = {"open", "paid", "shipped", "returned"};
static const char *const wares[] = {
    "\"Chair, oak\"",         "\"Table, round\"",    "\"Lamp\"",       "\"Shelf, 80 cm\"",
    "\"Screen 27\"\", mat\"", "\"Кресло, кожа\"",    "\"Bed\"",        "\"Mirror, \"\"Aurora\"\"\"",
    "\"Desk, birch\"",        "\"Stool, set of 2\"", "\"Sofa, grey\"", "\"Étagère\"",
};
static const char *const notes[] = {
    "\"leave it at the door, please\"",
    "\"\"",
    "\"ring twice\"",
    "\"gift, with a card: \"\"all the best\"\"\"",
    "\"call before noon, second floor\"",
    "\"no lift, two people needed\"",
};

static char *append_date(char *to, uint32_t day) {
    to = append_text(to, "20");
    to = append_two_digits(to, 20 + day / 336);
    *to++ = '-';
    to = append_two_digits(to, 1 + day / 28 % 12);
    *to++ = '-';
    return append_two_digits(to, 1 + day % 28);
}

/* One order. The spacing of the ids keeps them from being a dense range. */
static char *append_order(char *to, uint64_t number, uint32_t ids, uint64_t *seed) {
    uint64_t a = next_random(seed), b = next_random(seed);
    to = append_number(to, 100000000 + number);
    *to++ = ',';
    to = append_number(to, 1000003 + UINT64_C(37) * below(a, ids));
    *to++ = ',';
    to = append_date(to, (uint32_t)(a >> 32) % (5 * 336));
    *to++ = ',';
    to = append_text(to, states[b % COUNT(states)]);
    *to++ = ',';
    to = append_text(to, wares[(b >> 8) % COUNT(wares)]);
    *to++ = ',';
    to = append_number(to, 1 + (b >> 16) % 12);
    *to++ = ',';
    to = append_number(to, (b >> 24) % 2000);
    *to++ = '.';
    to = append_two_digits(to, (unsigned)((b >> 40) % 100));
    to = append_text(to, ",0.");
    to = append_two_digits(to, (unsigned)((b >> 47) % 30));
    to = append_text(to, ",\"");
    const name *city = &names[(b >> 52) % 413];
    to = append(to, city->text, city->size);
    to = append_text(to, "\",");
    to = append_text(to, notes[(a >> 48) % COUNT(notes)]);
    *to++ = '\n';
    return to;
}

static void write_orders(uint64_t rows, uint32_t ids, uint64_t seed) {
    static const char header[] = "order,customer,day,state,ware,pieces,price,discount,city,note\n";
    make_names(seed, 413);
    out.used = (size_t)(append_text(out.buffer, header) - out.buffer);
    for (uint64_t i = 0; i < rows; i++) {
        out.used = (size_t)(append_order(out.buffer + out.used, i, ids, &seed) - out.buffer);
        if (out.used >= BUFFER) output_flush();
    }
}

/* ---- lines of text ---- */

static char *append_words(char *to, uint64_t count, uint64_t *seed) {
    for (; count > 0; count--) {
        uint64_t bits = next_random(seed);
        for (uint64_t parts = 1 + bits % 4; parts > 0; parts--, bits >>= 8)
            to = append_text(to, syllables[(bits >> 8) % COUNT(syllables)]);
        *to++ = ' ';
    }
    return to;
}

static void write_lines(uint64_t rows, uint32_t numbers, uint64_t seed) {
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t bits = next_random(&seed);
        char *to = append_words(out.buffer + out.used, 1, &seed);
        to = append_number(to, below(bits, numbers));
        *to++ = ' ';
        to = append_words(to, 4 + (bits >> 32) % 5, &seed);
        to = append_number(to, (bits >> 40) % 20000);
        *to++ = '.';
        to = append_two_digits(to, (unsigned)((bits >> 56) % 100));
        *to++ = '\n';
        out.used = (size_t)(to - out.buffer);
        if (out.used >= BUFFER) output_flush();
    }
}

/* Up to microseconds, in no order, as nodes write them that do not wait for each other. */
static char *append_time(char *to, uint64_t bits) {
    uint32_t second = below(bits, 86400), microsecond = below(bits >> 32, 1000000);
    to = append_text(to, "2026-11-28T");
    to = append_two_digits(to, second / 3600);
    *to++ = ':';
    to = append_two_digits(to, second / 60 % 60);
    *to++ = ':';
    to = append_two_digits(to, second % 60);
    *to++ = '.';
    for (uint32_t unit = 10000; unit; unit /= 100)
        to = append_two_digits(to, microsecond / unit % 100);
    return to;
}

static void write_logs(uint64_t rows, uint32_t nodes, uint64_t seed) {
    for (uint64_t i = 0; i < rows; i++) {
        char *to = append_time(out.buffer + out.used, next_random(&seed));
        uint64_t bits = next_random(&seed);
        to = append_text(to, " node");
        to = append_number(to, below(bits, nodes));
        *to++ = ' ';
        to = append_number(to, (bits >> 32) % 30000);
        *to++ = ' ';
        to = append_words(to, 3 + (bits >> 56) % 4, &seed);
        to[-1] = '\n';
        out.used = (size_t)(to - out.buffer);
        if (out.used >= BUFFER) output_flush();
    }
}

/* ---- the command line ---- */

static uint64_t parse_count(const char *argument, uint64_t most) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(argument, &end, 10);
    if (errno != 0 || *end != 0 || end == argument || value > most) {
        fprintf(stderr, "generate: '%s' is not a number from 0 to %" PRIu64 "\n", argument, most);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    int stations = argc > 1 && strcmp(argv[1], "stations") == 0;
    int orders = argc > 1 && strcmp(argv[1], "orders") == 0;
    int lines = argc > 1 && strcmp(argv[1], "lines") == 0;
    int logs = argc > 1 && strcmp(argv[1], "logs") == 0;
    if ((!stations && !orders && !lines && !logs) || argc < 5 || argc > 6) {
        fprintf(stderr,
                "usage: generate stations ROWS STATIONS FILE [SEED]\n"
                "       generate orders ROWS IDS FILE [SEED]\n"
                "       generate lines ROWS NUMBERS FILE [SEED]\n"
                "       generate logs ROWS NODES FILE [SEED]\n");
        return 2;
    }
    uint64_t rows = parse_count(argv[2], UINT64_MAX);
    uint32_t keys = (uint32_t)parse_count(argv[3], stations ? NAMES_MAX : 100000000);
    uint64_t seed = argc > 5 ? parse_count(argv[5], UINT64_MAX) : 1;
    output_open(argv[4]);
    if (stations)
        write_stations(rows, keys, seed);
    else if (lines)
        write_lines(rows, keys, seed);
    else if (logs)
        write_logs(rows, keys, seed);
    else
        write_orders(rows, keys, seed);
    output_close();
    return 0;
}
