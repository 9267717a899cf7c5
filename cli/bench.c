/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke bench: measures yoke's own structures on this machine. `sharding` is the group of those that
 * threads share; each chosen structure is measured at each number of threads.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "cli/sink.h"

typedef struct bench {
    bench_options options;
    bench_figures rows[BENCH_LOADS * BENCH_MOST_COUNTS];
    size_t count;
    bool wrong; /* an answer was */
} bench;

/* A wrong answer is told and has no figures; the others go on. */
static int measure(bench *b, const bench_load *load, int threads) {
    int status = bench_measure(&b->options, load, threads, &b->rows[b->count]);
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
static int measure_load(bench *b, const bench_load *load) {
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

static int measure_all(bench *b) {
    for (int i = 0; i < BENCH_LOADS; i++) {
        if (b->options.chosen[i]) YOKE_TRY(measure_load(b, bench_loads[i]));
    }
    return 0;
}

static int write_rows(bench *b, sink *to) {
    buffer text = {0};
    int status = bench_write(&b->options, b->rows, b->count, &text);
    if (!status && text.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) status = sink_write(to, text.data ? text.data : "", text.size);
    buffer_free(&text);
    return status < 0 ? status : sink_commit(to);
}

/* The output is opened first: what cannot be written is known before the work. */
static int run(bench *b) {
    sink to;
    if (b->options.plot) {
        int status = bench_plot_ready(b->options.plot);
        if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    }
    int status = sink_open(&to, b->options.output_path);
    if (!status) status = measure_all(b);
    if (!status) status = write_rows(b, &to);
    if (!status && b->options.plot && b->count) {
        status = bench_plot(&b->options, b->rows, b->count);
    }
    sink_abandon(&to);
    if (status < 0) return sink_exit_status(&to, status);
    return b->wrong ? EXIT_FAULT : 0;
}

int bench_main(int argc, char **argv) {
    if (argc < 2) return message_usage("expected a group: sharding");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return print_text(bench_help);
    if (strcmp(argv[1], "sharding") != 0) {
        return message_usage("no group '%s'; there is: sharding", argv[1]);
    }
    bench *b = calloc(1, sizeof *b);
    if (!b) return message("%s", yoke_status_message(YOKE_ENOMEM)), EXIT_FAULT;
    int status = bench_options_parse(argc - 1, argv + 1, &b->options);
    if (status < 0) {
        status = message_usage("%s", yoke_error_detail());
    } else {
        status = b->options.help ? print_text(bench_help) : run(b);
    }
    free(b);
    return status;
}
