/* SPDX-License-Identifier: Apache-2.0
 *
 * Datasets: opening, naming and finding columns, inputs of every kind, many inputs, and inputs that
 * cannot be read.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/csv_oracle.h"

static const yoke_format csv = {.delimiter = ',', .quote = '"'};
static const yoke_format csv_with_header = {.delimiter = ',', .quote = '"', .header = true};

static yoke_input memory(const char *name, const char *text) {
    return (yoke_input){YOKE_INPUT_MEMORY, name, 0, text, strlen(text)};
}

static yoke_input path(const char *name) { return (yoke_input){YOKE_INPUT_PATH, name, 0, NULL, 0}; }

static yoke_input file(const char *name, const char *text) {
    return path(test_file(name, text, strlen(text)));
}

static yoke_input descriptor(int number) {
    return (yoke_input){YOKE_INPUT_DESCRIPTOR, "descriptor", number, NULL, 0};
}

/* Opens, or says why not; NULL then. */
static yoke_dataset *open_or_say(const yoke_input *inputs, size_t count, const yoke_format *format,
                                 int expected) {
    yoke_dataset *dataset = NULL;
    CU_ASSERT_EQUAL(yoke_dataset_open(inputs, count, format, &dataset), expected);
    if (expected < 0) CU_ASSERT_PTR_NULL(dataset);
    if (expected >= 0) REQUIRE(dataset != NULL);
    return dataset;
}

static void check_refused(const yoke_input *inputs, size_t count, const yoke_format *format,
                          int status, const char *detail) {
    open_or_say(inputs, count, format, status);
    if (detail) CU_ASSERT_STRING_EQUAL(yoke_error_detail(), detail);
}

/* The first field of every record, with blanks between them. */
static const char *first_fields(const csv_reading *reading) {
    static bytes out;
    out.size = 0;
    for (size_t i = 0; i < reading->dump.size;) {
        if (reading->dump.data[i] == 'R' && i++ > 0) bytes_add_text(&out, " ");
        for (size_t c = 0; c < reading->columns; c++) {
            uint32_t length;
            memcpy(&length, reading->dump.data + i, sizeof length);
            if (!c) bytes_add(&out, reading->dump.data + i + sizeof length, length);
            i += sizeof length + length;
        }
    }
    bytes_add_byte(&out, '\0');
    return out.data;
}

static void check_read(const yoke_input *inputs, size_t count, const yoke_format *format,
                       const char *expected) {
    csv_reading reading = csv_read(inputs, count, format, 3, 64);
    CU_ASSERT_EQUAL(reading.status, 0);
    if (reading.status < 0) CU_ASSERT_STRING_EQUAL(reading.detail, "");
    CU_ASSERT_STRING_EQUAL(first_fields(&reading), expected);
    csv_reading_free(&reading);
}

static void check_fails(const yoke_input *inputs, size_t count, const yoke_format *format,
                        int status, const char *detail) {
    for (int threads = 1; threads <= 4; threads++) {
        csv_reading reading = csv_read(inputs, count, format, threads, 64);
        CU_ASSERT_EQUAL(reading.status, status);
        if (detail) CU_ASSERT_STRING_EQUAL(reading.detail, detail);
        csv_reading_free(&reading);
    }
}

/* ---- formats and columns ---- */

TEST(formats_that_make_no_sense_are_refused) {
    yoke_input input = memory("t", "a\n");
    check_refused(&input, 1, &(yoke_format){.delimiter = '\n'}, YOKE_EINVAL, NULL);
    check_refused(&input, 1, &(yoke_format){.delimiter = '\r'}, YOKE_EINVAL, NULL);
    check_refused(&input, 1, &(yoke_format){.delimiter = ',', .quote = ','}, YOKE_EINVAL, NULL);
    check_refused(&input, 1, &(yoke_format){.delimiter = ',', .quote = '\n'}, YOKE_EINVAL, NULL);
    const char *const none[] = {NULL};
    check_refused(&input, 1, &(yoke_format){.names = none}, YOKE_EINVAL, NULL);
    check_refused(&input, 0, &csv, YOKE_EINVAL, "a dataset needs an input");
    yoke_input nameless = path(NULL);
    check_refused(&nameless, 1, &csv, YOKE_EINVAL, NULL);
}

static void check_names(const yoke_dataset *dataset, const char *expected) {
    char names[256] = "";
    for (size_t i = 0; i < yoke_dataset_columns(dataset); i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "[%s]", yoke_dataset_column_name(dataset, i));
    }
    CU_ASSERT_STRING_EQUAL(names, expected);
    CU_ASSERT_PTR_NULL(yoke_dataset_column_name(dataset, yoke_dataset_columns(dataset)));
}

static void check_columns(const char *text, const yoke_format *format, const char *expected) {
    yoke_input input = memory("t", text);
    yoke_dataset *dataset = open_or_say(&input, 1, format, YOKE_OK);
    check_names(dataset, expected);
    yoke_dataset_close(dataset);
}

TEST(columns_are_named) {
    static const char *const names[] = {"x", "y"};
    yoke_format named = {.delimiter = ',', .names = names, .name_count = 2};
    yoke_format renamed = {.delimiter = ',', .header = true, .names = names, .name_count = 2};
    check_columns("a,b\n1,2\n", &csv, "[c1][c2]");
    check_columns("a,\"b \"\"c\"\"\"\r\n1,2\n", &csv_with_header, "[a][b \"c\"]");
    check_columns(
        "\xEF\xBB\xBF"
        "a,b",
        &csv_with_header, "[a][b]");
    check_columns("1,2\n", &named, "[x][y]");
    check_columns("", &named, "[x][y]");
    check_columns("a,b\n1,2\n", &renamed, "[x][y]");
    check_columns("", &csv, "");
    check_columns("a b\n", &(yoke_format){0}, "[c1]");
    check_columns("", &(yoke_format){0}, "[c1]");
    yoke_input three = memory("t", "1,2,3\n");
    check_refused(&three, 1, &named, YOKE_EDATA,
                  "t: line 1, column 1: the record has 3 fields, but 2 columns are named");
    yoke_input empty = memory("t", "");
    check_refused(&empty, 1, &csv_with_header, YOKE_EDATA, "t: is empty, expected a header line");
    yoke_input open = memory("t", "a,\"b");
    check_refused(&open, 1, &csv_with_header, YOKE_EDATA,
                  "t: line 1, column 3: a quote is opened here and never closed");
    yoke_dataset_close(NULL);
}

static void check_found(const yoke_dataset *dataset, const char *name, size_t expected) {
    size_t index = 99;
    CU_ASSERT_EQUAL(yoke_dataset_find_column(dataset, name, &index), YOKE_OK);
    CU_ASSERT_EQUAL(index, expected);
}

static void check_not_found(const yoke_dataset *dataset, const char *name, int status,
                            const char *detail) {
    size_t index = 99;
    CU_ASSERT_EQUAL(yoke_dataset_find_column(dataset, name, &index), status);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), detail);
    CU_ASSERT_EQUAL(index, 99);
}

TEST(columns_are_found) {
    yoke_input input = memory("t", "temp,station,3,same,same,Ort\n");
    yoke_dataset *dataset = open_or_say(&input, 1, &csv_with_header, YOKE_OK);
    check_found(dataset, "station", 1);
    check_found(dataset, "1", 0);
    check_found(dataset, "6", 5);
    check_found(dataset, "3", 2); /* its name */
    check_not_found(dataset, "tmep", YOKE_ENOENT, "no column 'tmep'; did you mean 'temp'?");
    check_not_found(dataset, "TEMP", YOKE_ENOENT, "no column 'TEMP'; did you mean 'temp'?");
    check_not_found(dataset, "stations", YOKE_ENOENT,
                    "no column 'stations'; did you mean 'station'?");
    check_not_found(dataset, "zzzzzzzz", YOKE_ENOENT, "no column 'zzzzzzzz' among the 6");
    check_not_found(dataset, "7", YOKE_ENOENT, "no column '7' among the 6");
    check_not_found(dataset, "0", YOKE_ENOENT, "no column '0' among the 6");
    check_not_found(dataset, "1x", YOKE_ENOENT, "no column '1x' among the 6");
    check_not_found(dataset, "", YOKE_ENOENT, "no column '' among the 6");
    check_not_found(dataset, "99999999999999999999", YOKE_ENOENT,
                    "no column '99999999999999999999' among the 6");
    check_not_found(dataset, "same", YOKE_EINVAL,
                    "two columns are named 'same': use its number (4 or 5)");
    yoke_dataset_close(dataset);
}

/* ---- inputs that are what they seem not to be ---- */

TEST(inputs_that_cannot_be_read_are_refused_at_once) {
    yoke_input inputs[2] = {memory("t", "a\n"), path("/nonexistent/file")};
    check_refused(inputs, 2, &csv, YOKE_ENOENT, "/nonexistent/file: No such file or directory");
    inputs[1] = path("/");
    check_refused(inputs, 2, &csv, YOKE_EIO, "/: is a directory, expected a file");
    inputs[1] = path(test_file("plain", "x", 1));
    char below[300];
    snprintf(below, sizeof below, "%s/x", inputs[1].name);
    inputs[1] = path(below);
    check_refused(inputs, 2, &csv, YOKE_ENOENT, NULL);
    inputs[1] = descriptor(-1);
    check_refused(inputs, 2, &csv, YOKE_EIO, "descriptor: Bad file descriptor");
    int directory = open("/", O_RDONLY);
    inputs[1] = descriptor(directory);
    check_refused(inputs, 2, &csv, YOKE_EIO, "descriptor: is a directory, expected a file");
    close(directory);
    yoke_input memory_of_process = path("/proc/self/mem"); /* a file that cannot be read at 0 */
    check_refused(&memory_of_process, 1, &csv, YOKE_EIO, "/proc/self/mem: Input/output error");
}

TEST(files_of_proc_claim_to_be_empty) {
    yoke_input input = path("/proc/self/status");
    csv_reading reading =
        csv_read(&input, 1, &(yoke_format){.delimiter = ':', .on_ragged = YOKE_RAGGED_FILL}, 2, 64);
    CU_ASSERT_EQUAL(reading.status, 0);
    CU_ASSERT(reading.records > 10);
    CU_ASSERT(!strncmp(first_fields(&reading), "Name Umask State", 16));
    csv_reading_free(&reading);
}

TEST(a_descriptor_is_read_from_its_position_and_stays_open) {
    int number = open(file("t", "skip\na,1\nb,2\n").name, O_RDONLY);
    yoke_input input = descriptor(number);
    lseek(number, 5, SEEK_SET);
    yoke_dataset *dataset = open_or_say(&input, 1, &csv, YOKE_OK);
    CU_ASSERT_EQUAL(yoke_dataset_bytes(dataset), 8);
    yoke_dataset_close(dataset);
    check_read(&input, 1, &csv, "a b");
    lseek(number, 100, SEEK_SET);
    check_read(&input, 1, &csv, "");
    CU_ASSERT_EQUAL(close(number), 0);
}

TEST(sizes_are_known_or_zero) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    close(ends[1]);
    yoke_input inputs[] = {memory("m", "a,b\n"), file("f", "c,d\ne,f\n"), descriptor(ends[0])};
    for (size_t count = 1; count <= 3; count++) {
        static const uint64_t sizes[] = {0, 4, 12, 0};
        yoke_dataset *dataset = open_or_say(inputs, count, &csv, YOKE_OK);
        CU_ASSERT_EQUAL(yoke_dataset_bytes(dataset), sizes[count]);
        yoke_dataset_close(dataset);
    }
    close(ends[0]);
}

TEST(a_file_that_becomes_shorter_is_noticed) {
    bytes text = {0};
    while (text.size < 300000) bytes_add_text(&text, "a,b\n");
    const char *name = test_file("t", text.data, text.size);
    yoke_input input = path(name);
    for (int threads = 1; threads <= 3; threads++) {
        REQUIRE(truncate(name, (off_t)text.size) == 0);
        yoke_dataset *dataset = open_or_say(&input, 1, &csv, YOKE_OK);
        REQUIRE(truncate(name, 100000) == 0);
        csv_reading reading = csv_read_dataset(dataset, threads, 4096);
        char detail[300];
        snprintf(detail, sizeof detail, "%s: the file became shorter while it was read", name);
        CU_ASSERT_EQUAL(reading.status, YOKE_EIO);
        CU_ASSERT_STRING_EQUAL(reading.detail, detail);
        csv_reading_free(&reading);
    }
    bytes_free(&text);
}

TEST(a_file_that_grows_is_read_as_it_was) {
    const char *name = test_file("t", "a,1\nb,2\n", 8);
    yoke_input input = path(name);
    yoke_dataset *dataset = open_or_say(&input, 1, &csv, YOKE_OK);
    FILE *more = fopen(name, "ab");
    REQUIRE(more && fputs("c,3\n", more) >= 0 && fclose(more) == 0);
    csv_reading reading = csv_read_dataset(dataset, 2, 64);
    CU_ASSERT_STRING_EQUAL(first_fields(&reading), "a b");
    csv_reading_free(&reading);
}

/* ---- several inputs ---- */

TEST(the_header_is_the_same_in_every_input) {
    yoke_input inputs[] = {memory("one", "a,b\n1,2\n"),
                           memory("two",
                                  "\xEF\xBB\xBF"
                                  "a,\"b\"\r\n3,4"),
                           memory("three", "a,b")};
    check_read(inputs, 3, &csv_with_header, "1 3");
    inputs[2] = memory("three", "a,c\n5,6\n");
    check_fails(inputs, 3, &csv_with_header, YOKE_EDATA,
                "three: line 1, column 1: header column 2 is 'c', that of one is 'b'");
    inputs[2] = memory("three", "a\n5\n");
    check_fails(inputs, 3, &csv_with_header, YOKE_EDATA,
                "three: line 1, column 1: the header has 1 columns, that of one has 2");
    inputs[2] = memory("three", "");
    check_fails(inputs, 3, &csv_with_header, YOKE_EDATA, "three: is empty, expected a header line");
    inputs[1] = memory("two", "a,b\n1\n"); /* is before that */
    check_fails(inputs, 3, &csv_with_header, YOKE_EDATA,
                "two: line 2, column 1: the record has 1 fields, expected 2");
}

TEST(empty_inputs_are_passed_over) {
    yoke_input inputs[] = {memory("one", ""), memory("two", "\xEF\xBB\xBF"),
                           memory("three", "1,2\n"), file("empty", ""), memory("five", "3,4")};
    check_read(inputs, 5, &csv, "1 3");
    check_read(inputs, 2, &csv, "");
}

TEST(the_first_error_is_in_the_later_file) {
    yoke_input inputs[] = {file("one", "1,2\n3,4\n"), file("two", "5,6\n7\n8,\"9\n"),
                           memory("three", "1,2,3\n")};
    char detail[300];
    snprintf(detail, sizeof detail, "%s: line 2, column 1: the record has 1 fields, expected 2",
             inputs[1].name);
    check_fails(inputs, 3, &csv, YOKE_EDATA, detail);
}

TEST(an_input_that_vanishes) {
    yoke_input inputs[] = {file("one", "1,2\n"), file("two", "3,4\n"), file("three", "5,6\n")};
    char detail[300];
    snprintf(detail, sizeof detail, "%s: No such file or directory", inputs[1].name);
    for (int threads = 1; threads <= 4; threads++) {
        inputs[1] = file("two", "3,4\n");
        yoke_dataset *dataset = open_or_say(inputs, 3, &csv, YOKE_OK);
        unlink(inputs[1].name);
        csv_reading reading = csv_read_dataset(dataset, threads, 64);
        CU_ASSERT_EQUAL(reading.status, YOKE_ENOENT);
        CU_ASSERT_STRING_EQUAL(reading.detail, detail);
        csv_reading_free(&reading);
    }
}

static void gzip_file(const char *name, const char *text) {
    gzFile to = gzopen(name, "wb1");
    REQUIRE(to && gzwrite(to, text, (unsigned)strlen(text)) == (int)strlen(text));
    REQUIRE(gzclose(to) == Z_OK);
}

/* More files than a process may have open, plain and compressed. */
TEST(a_thousand_small_files) {
    enum { FILES = 1000 };
    static yoke_input inputs[FILES];
    bytes expected = {0};
    for (int i = 0; i < FILES; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "part%d", i);
        snprintf(text, sizeof text, "%d,x\n", i);
        inputs[i] = file(name, text);
        if (i % 2) gzip_file(inputs[i].name, text);
        snprintf(text, sizeof text, i ? " %d" : "%d", i);
        bytes_add_text(&expected, text);
    }
    bytes_add_byte(&expected, '\0');
    struct rlimit few = {64, 64};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    check_read(inputs, FILES, &csv, expected.data);
    bytes_free(&expected);
}

/* ---- pipes ---- */

typedef struct writer {
    const char *names[3];
    size_t lines;
} writer;

/* Fills one FIFO after the other, as a shell loop does. */
static void *write_in_turn(void *argument) {
    const writer *w = argument;
    for (int i = 0; i < 3; i++) {
        FILE *to = fopen(w->names[i], "w");
        REQUIRE(to != NULL);
        for (size_t line = 0; line < w->lines; line++) fprintf(to, "%d,%zu\n", i, line);
        fclose(to);
    }
    return NULL;
}

static uint64_t read_fifos(int threads, yoke_order order, size_t lines) {
    writer w = {.lines = lines};
    yoke_input inputs[3];
    for (int i = 0; i < 3; i++) {
        char name[48];
        snprintf(name, sizeof name, "fifo%d-%d-%d", i, threads, order);
        inputs[i] = file(name, "");
        unlink(inputs[i].name);
        REQUIRE(mkfifo(inputs[i].name, 0600) == 0);
        w.names[i] = inputs[i].name;
    }
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, write_in_turn, &w) == 0);
    yoke_dataset *dataset = open_or_say(inputs, 3, &csv, YOKE_OK);
    csv_job own = {.states_ended = 0};
    yoke_job job = {.dataset = dataset,
                    .map = csv_map,
                    .combine = csv_combine,
                    .ctx = &own,
                    .state_size = sizeof(csv_collected),
                    .state_end = csv_state_end,
                    .order = order,
                    .threads = threads,
                    .block_size = 4096};
    yoke_result *result = NULL;
    CU_ASSERT_EQUAL(yoke_mapreduce(&job, &result), YOKE_OK);
    uint64_t records = result ? yoke_result_stats(result)->records : 0;
    bytes dump = {0};
    csv_gather(&own, &dump);
    bytes_free(&dump);
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    pthread_join(thread, NULL);
    return records;
}

TEST(pipes_that_are_written_one_after_the_other) {
    size_t lines = test_size(100000, 20000);
    for (int threads = 1; threads <= 4; threads++) {
        CU_ASSERT_EQUAL(read_fifos(threads, YOKE_ORDER_NONE, lines), 3 * lines);
        CU_ASSERT_EQUAL(read_fifos(threads, YOKE_ORDER_FIRST, lines), 3 * lines);
    }
}

/* ---- compressed inputs that are broken ---- */

static void check_broken(const void *data, size_t size, const char *detail) {
    yoke_input input = {YOKE_INPUT_MEMORY, "t", 0, data, size};
    check_fails(&input, 1, &csv, YOKE_EDATA, detail);
}

TEST(broken_compressed_data) {
    char text[20000], packed[30000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i % 5 == 4 ? '\n' : 'a' + test_random_below(26));
    const char *name = test_file("t.gz", "", 0);
    gzFile to = gzopen(name, "wb");
    REQUIRE(to && gzwrite(to, text, sizeof text) == (int)sizeof text && gzclose(to) == Z_OK);
    FILE *from = fopen(name, "rb");
    REQUIRE(from != NULL);
    size_t size = fread(packed, 1, sizeof packed, from);
    fclose(from);
    check_broken(packed, size - 1, "t: compressed data end too early");
    check_broken(packed, size / 2, "t: compressed data end too early");
    check_broken(packed, 3, "t: compressed data end too early");
    packed[size - 6] ^= 1; /* the check sum */
    check_broken(packed, size, "t: not valid gzip data: incorrect data check");
    packed[size - 6] ^= 1;
    memset(packed + size, 0, 1000); /* padding is legal */
    yoke_input padded = {YOKE_INPUT_MEMORY, "t", 0, packed, size + 1000};
    csv_reading reading = csv_read(&padded, 1, &csv, 2, 64);
    CU_ASSERT_EQUAL(reading.status, 0);
    CU_ASSERT_EQUAL(reading.records, 4000);
    csv_reading_free(&reading);
    check_broken("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff", 10, NULL);
    check_broken("\x28\xb5\x2f\xfd", 4, "t: compressed data end too early");
}
