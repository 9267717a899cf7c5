/* SPDX-License-Identifier: Apache-2.0
 *
 * Progress lines as a pipe and a terminal receive them.
 */
#include "tests/harness.h"

#include <fcntl.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "yoke/progress.h"

#define COLUMNS 79

static void pause_ms(int ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* ---- where the lines go ---- */

static int reader, writer; /* the two ends of a pipe or a terminal */

static void open_pipe(void) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    reader = ends[0];
    writer = ends[1];
    fcntl(reader, F_SETFL, O_NONBLOCK);
}

static void open_terminal(void) {
    reader = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(reader >= 0 && grantpt(reader) == 0 && unlockpt(reader) == 0);
    writer = open(ptsname(reader), O_RDWR | O_NOCTTY);
    REQUIRE(writer >= 0 && isatty(writer));
    fcntl(reader, F_SETFL, O_NONBLOCK);
}

/* What has been written so far. */
static const char *received(void) {
    static char text[1 << 16];
    ssize_t length = read(reader, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

static yoke_progress *start(yoke_progress_when when, const char *label, uint64_t total,
                            const char *unit) {
    yoke_progress_options options = {writer, when, label, total, unit};
    yoke_progress *progress = NULL;
    REQUIRE(yoke_progress_create(&options, &progress) == YOKE_OK);
    return progress;
}

/* The last line drawn, without the spaces at its end; all lines must be COLUMNS wide. */
static char *last_line(const char *text) {
    static char line[256];
    const char *begin = NULL;
    for (const char *place = text; *place; place++) {
        /* A terminal turns a line feed into both. */
        if (place[0] == '\r' && place[1] != '\n') begin = place + 1;
    }
    REQUIRE(begin != NULL);
    size_t length = strcspn(begin, "\r\n");
    CU_ASSERT_EQUAL(length, COLUMNS);
    snprintf(line, sizeof line, "%.*s", (int)length, begin);
    while (length && line[length - 1] == ' ') line[--length] = '\0';
    return line;
}

static bool ends_line(const char *text) { return *text && text[strlen(text) - 1] == '\n'; }

static int count_lines(const char *text) {
    int count = 0;
    for (; *text; text++) count += text[0] == '\r' && text[1] != '\n';
    return count;
}

/* ---- when ---- */

TEST(always_draws_from_the_start_and_ends_the_line) {
    open_pipe();
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, "load", 2000, "rows");
    CU_ASSERT_STRING_EQUAL(last_line(received()),
                           "load [.......................]   0%  0 / 2.0k rows  0/s  eta -:--");
    yoke_progress_add(progress, 1000);
    yoke_progress_destroy(progress);
    const char *text = received(), *line = last_line(text);
    CU_ASSERT(!strncmp(line, "load [###########............]  50%  1.0k / 2.0k rows  ", 54));
    CU_ASSERT(strstr(line, "  in 0:") != NULL);
    CU_ASSERT(ends_line(text));
}

TEST(never_and_no_descriptor_write_nothing) {
    open_terminal();
    yoke_progress *never = start(YOKE_PROGRESS_NEVER, "x", 10, NULL);
    yoke_progress_add(never, 3);
    pause_ms(1100);
    yoke_progress_add(never, 3);
    CU_ASSERT_EQUAL(yoke_progress_done(never), 6);
    yoke_progress_destroy(never);
    CU_ASSERT_STRING_EQUAL(received(), "");
    writer = -1;
    yoke_progress *nowhere = start(YOKE_PROGRESS_ALWAYS, "x", 10, NULL);
    yoke_progress_add(nowhere, 3);
    CU_ASSERT_EQUAL(yoke_progress_done(nowhere), 3);
    yoke_progress_destroy(nowhere);
}

TEST(auto_is_silent_on_a_pipe) {
    open_pipe();
    yoke_progress *progress = start(YOKE_PROGRESS_AUTO, "x", 10, NULL);
    pause_ms(1100);
    yoke_progress_add(progress, 3);
    yoke_progress_destroy(progress);
    CU_ASSERT_STRING_EQUAL(received(), "");
}

TEST(auto_on_a_terminal_waits_for_a_second) {
    open_terminal();
    double begin = omp_get_wtime();
    yoke_progress *brief = start(YOKE_PROGRESS_AUTO, "x", 10, NULL);
    yoke_progress_add(brief, 10);
    yoke_progress_destroy(brief);
    const char *text = received();
    CU_ASSERT(!*text || omp_get_wtime() - begin > 1); /* unless the machine stood still */
    yoke_progress *longer = start(YOKE_PROGRESS_AUTO, "x", 10, NULL);
    yoke_progress_add(longer, 5);
    pause_ms(1100);
    yoke_progress_add(longer, 0);
    CU_ASSERT(strstr(last_line(received()), " 50%  5 B / 10 B  ") != NULL);
    yoke_progress_destroy(longer);
    text = received();
    CU_ASSERT(ends_line(text));
}

TEST(no_more_than_ten_lines_a_second) {
    open_pipe();
    double begin = omp_get_wtime();
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, NULL, 0, NULL);
    while (omp_get_wtime() < begin + 0.45) yoke_progress_add(progress, 1);
    yoke_progress_add(progress, 1);
    int lines = count_lines(received());
    CU_ASSERT(lines >= 2 && lines <= 1 + (omp_get_wtime() - begin) / 0.1);
    yoke_progress_destroy(progress);
}

/* ---- what ---- */

TEST(an_unknown_total_has_a_spinner_and_no_percent) {
    open_pipe();
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, "read", 0, NULL);
    CU_ASSERT_STRING_EQUAL(last_line(received()), "read | 0 B  0 B/s  0:00");
    pause_ms(110);
    yoke_progress_add(progress, 3 << 19);
    const char *line = last_line(received());
    CU_ASSERT(!strncmp(line, "read / 1.5 MiB  ", 16));
    CU_ASSERT_PTR_NULL(strchr(line, '%'));
    yoke_progress_destroy(progress);
}

/* The figures of a run that has done `done` of `total`. */
static void check_figures(uint64_t done, uint64_t total, const char *unit, const char *figures) {
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, NULL, total, unit);
    yoke_progress_add(progress, done);
    yoke_progress_destroy(progress);
    const char *line = last_line(received());
    CU_ASSERT(strstr(line, figures) != NULL);
    if (!strstr(line, figures)) printf("line: %s, wanted: %s\n", line, figures);
}

TEST(numbers_have_prefixes) {
    open_pipe();
    check_figures(1023, 1024, "B", "  99%  1023 B / 1.0 KiB  ");
    check_figures(1536, 1 << 20, NULL, "   0%  1.5 KiB / 1.0 MiB  ");
    check_figures(1717986918, 3221225472, "B", "  53%  1.6 GiB / 3.0 GiB  ");
    check_figures(UINT64_MAX / 2, UINT64_MAX, "B", "%  8.0 EiB / 16.0 EiB  ");
    check_figures(999, 1000, "rows", "  99%  999 / 1.0k rows  ");
    check_figures(12340000, 45600000, "rows", "  27%  12.3M / 45.6M rows  ");
    check_figures(UINT64_MAX, UINT64_MAX, "x", " 100%  18.4E / 18.4E x  ");
}

TEST(more_than_the_total_is_a_hundred_percent) {
    open_pipe();
    check_figures(15, 10, "rows", "] 100%  15 / 10 rows  ");
}

TEST(rate_and_time_left_come_from_the_pace) {
    open_pipe();
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, NULL, 1000000, "rows");
    for (int i = 0; i < 5; i++) {
        pause_ms(101);
        yoke_progress_add(progress, 1000);
    }
    const char *line = last_line(received());
    /* 1000 rows in 0.1 s or, on a busy machine, in up to a second: 995 s left, or up to 10000. */
    double rate = 0;
    int hours = 0, minutes = 0, seconds = 0;
    const char *place = strstr(line, " rows  ");
    REQUIRE(place != NULL);
    char prefix = 0;
    CU_ASSERT(sscanf(place + 7, "%lf%c", &rate, &prefix) == 2);
    if (prefix == 'k') rate *= 1000;
    CU_ASSERT(rate > 500 && rate <= 9950);
    place = strstr(line, "eta ");
    REQUIRE(place != NULL);
    if (sscanf(place, "eta %d:%d:%d", &hours, &minutes, &seconds) != 3) {
        hours = 0;
        CU_ASSERT(sscanf(place, "eta %d:%d", &minutes, &seconds) == 2);
    }
    double left = hours * 3600 + minutes * 60 + seconds;
    CU_ASSERT(left * rate > 0.9 * 995000 && left * rate < 1.1 * 995000);
    yoke_progress_destroy(progress);
}

TEST(labels_and_units_of_any_kind_fit_the_line) {
    open_pipe();
    static const char *const labels[] = {"", "a label that is much longer than thirty-one bytes",
                                         "äöüäöüäöüäöüäöüäöüäöü", "\x1b[31mred\n\r"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        for (int known = 0; known < 2; known++) {
            yoke_progress *progress =
                start(YOKE_PROGRESS_ALWAYS, labels[i], known ? UINT64_MAX / 999 : 0, labels[i]);
            yoke_progress_add(progress, UINT64_MAX / 1000);
            yoke_progress_destroy(progress);
            const char *text = received();
            const char *line = last_line(text);
            CU_ASSERT_EQUAL(count_lines(text), 2);
            CU_ASSERT(strstr(line, "  in 0:") != NULL);
            CU_ASSERT_PTR_NULL(strchr(line, '\x1b'));
            if (i == 2) { /* no character is cut in two */
                size_t length = strcspn(line, " ");
                CU_ASSERT(length >= 20 && length <= 31 && length % 2 == 0);
                CU_ASSERT(!strncmp(line, labels[i], length));
            }
        }
    }
}

/* ---- threads, signals, failures ---- */

TEST(threads_add_without_loss) {
    open_pipe();
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, "x", 4000000, "rows");
#pragma omp parallel num_threads(4)
    for (int i = 0; i < 100000; i++) yoke_progress_add(progress, 10);
    CU_ASSERT_EQUAL(yoke_progress_done(progress), 4000000);
    yoke_progress_destroy(progress);
    const char *text = received();
    CU_ASSERT(strstr(last_line(text), " 100%  4.0M / 4.0M rows  ") != NULL);
    /* Lines are never mixed: each is whole. */
    CU_ASSERT_EQUAL(strlen(text), (size_t)count_lines(text) * (COLUMNS + 1) + 1);
}

static pid_t writer_thread;
static atomic_bool about_to_write;

static void *add_one(void *progress) {
    writer_thread = gettid();
    atomic_store(&about_to_write, true);
    yoke_progress_add(progress, 1);
    return NULL;
}

/* Whether a thread of this process sleeps, as the kernel sees it. */
static bool sleeps(pid_t thread) {
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    CU_ASSERT_EQUAL(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
    fclose(file);
    return state == 'S';
}

TEST(a_drawing_that_blocks_holds_nobody_else) {
    open_pipe();
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, "x", 10, NULL);
    fcntl(writer, F_SETFL, O_NONBLOCK);
    while (write(writer, "x", 1) == 1) continue;
    fcntl(writer, F_SETFL, 0);
    pause_ms(110);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, add_one, progress) == 0);
    while (!atomic_load(&about_to_write) || !sleeps(writer_thread)) pause_ms(1);
    pause_ms(110);
    yoke_progress_add(progress, 2); /* would wait for ever behind the full pipe */
    CU_ASSERT_EQUAL(yoke_progress_done(progress), 3);
    while (*received()) continue;
    pthread_join(thread, NULL);
    yoke_progress_destroy(progress);
}

static yoke_progress *to_cancel;
static void cancel(int signal) {
    (void)signal;
    yoke_progress_cancel(to_cancel); /* NOLINT(bugprone-signal-handler): the header allows it */
}

TEST(a_signal_handler_may_cancel) {
    REQUIRE(yoke_progress_create(NULL, &to_cancel) == YOKE_OK);
    signal(SIGALRM, cancel);
    CU_ASSERT_FALSE(yoke_progress_cancelled(to_cancel));
    raise(SIGALRM);
    CU_ASSERT_TRUE(yoke_progress_cancelled(to_cancel));
    yoke_progress_destroy(to_cancel);
}

TEST(nothing_to_report_to_is_legal) {
    yoke_progress_add(NULL, 5);
    CU_ASSERT_FALSE(yoke_progress_cancelled(NULL));
    yoke_progress_destroy(NULL);
    yoke_progress *progress;
    REQUIRE(yoke_progress_create(NULL, &progress) == YOKE_OK);
    yoke_progress_add(progress, 5);
    yoke_progress_add(progress, 6);
    CU_ASSERT_EQUAL(yoke_progress_done(progress), 11);
    yoke_progress_destroy(progress);
}

TEST(a_closed_pipe_kills_nobody) {
    open_pipe();
    close(reader);
    yoke_progress *progress = start(YOKE_PROGRESS_ALWAYS, "x", 10, NULL);
    pause_ms(110);
    yoke_progress_add(progress, 5);
    CU_ASSERT_EQUAL(yoke_progress_done(progress), 5);
    yoke_progress_destroy(progress);
    sigset_t pending;
    sigpending(&pending);
    CU_ASSERT_FALSE(sigismember(&pending, SIGPIPE));
}

TEST(bad_options_are_refused) {
    yoke_progress *progress = NULL;
    CU_ASSERT_EQUAL(yoke_progress_create(NULL, NULL), YOKE_EINVAL);
    yoke_progress_options options = {.descriptor = -2};
    CU_ASSERT_EQUAL(yoke_progress_create(&options, &progress), YOKE_EINVAL);
    options = (yoke_progress_options){.descriptor = 2, .when = (yoke_progress_when)3};
    CU_ASSERT_EQUAL(yoke_progress_create(&options, &progress), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(progress);
}
