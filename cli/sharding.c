/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke bench sharding: measures the structures that threads share on this machine. Each chosen
 * structure is measured at each number of threads.
 */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/gnuplot.h"
#include "cli/sharding.h"
#include "cli/sink.h"

typedef struct sharding {
    sharding_options options;
    sharding_figures rows[SHARDING_LOADS * SHARDING_MOST_COUNTS];
    size_t count;
    bool wrong; /* an answer was */
} sharding;

/* A wrong answer is told and has no figures; the others go on. */
static int measure(sharding *b, const sharding_load *load, int threads) {
    int status = sharding_measure(&b->options, load, threads, &b->rows[b->count]);
    if (status == YOKE_EDATA) {
        message("%s", yoke_error_detail());
        b->wrong = true;
        return 0;
    }
    if (status < 0) return status;
    b->count++;
    return 0;
}

/* At the numbers of threads that were asked for; of those above the most that the structure allows,
 * that one, once. */
static int measure_load(sharding *b, const sharding_load *load) {
    int most = load->most_threads;
    bool measured = false; /* at the most */
    for (int i = 0; i < b->options.thread_counts; i++) {
        int threads = b->options.threads[i];
        if (most && threads >= most) {
            if (measured) continue;
            measured = true;
            threads = most;
        }
        YOKE_TRY(measure(b, load, threads));
    }
    return 0;
}

static int measure_all(sharding *b) {
    for (int i = 0; i < SHARDING_LOADS; i++) {
        if (b->options.chosen[i]) YOKE_TRY(measure_load(b, sharding_loads[i]));
    }
    return 0;
}

static int write_rows(sharding *b, sink *to) {
    buffer text = {0};
    int status = sharding_write(&b->options, b->rows, b->count, &text);
    if (!status && text.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) status = sink_write(to, text.data ? text.data : "", text.size);
    buffer_free(&text);
    return status < 0 ? status : sink_commit(to);
}

/* The output is opened first: what cannot be written is known before the work. */
static int run(sharding *b) {
    sink to;
    if (b->options.plot) {
        int status = gnuplot_ready(b->options.plot);
        if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    }
    int status = sink_open(&to, b->options.output_path);
    if (!status) status = measure_all(b);
    if (!status) status = write_rows(b, &to);
    if (!status && b->options.plot && b->count) {
        status = sharding_plot(&b->options, b->rows, b->count);
    }
    sink_abandon(&to);
    if (status < 0) return sink_exit_status(&to, status);
    return b->wrong ? EXIT_FAULT : 0;
}

int sharding_main(int argc, char **argv) {
    sharding *b = calloc(1, sizeof *b);
    message_program("yoke bench sharding");
    if (!b) return message("%s", yoke_status_message(YOKE_ENOMEM)), EXIT_FAULT;
    int status = sharding_options_parse(argc, argv, &b->options);
    if (status < 0) {
        status = message_usage("%s", yoke_error_detail());
    } else {
        status = b->options.help ? print_text(sharding_help) : run(b);
    }
    free(b);
    return status;
}
