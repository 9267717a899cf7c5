/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke bench: experiments over the library's loads and over any command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "cli/gnuplot.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/sharding.h"
#include "cli/sink.h"

/* ---- measuring ---- */

static void tell(void *ctx, size_t done, size_t all, const char *name) {
    (void)ctx;
    char text[160];
    int size =
        snprintf(text, sizeof text, "\r%zu of %zu configurations, %.60s\033[K", done, all, name);
    if (done == all) size = snprintf(text, sizeof text, "\r\033[K");
    (void)!write(STDERR_FILENO, text, (size_t)size);
}

/* A signal ends the experiment, and with it a running command. */
static int measure(bench_options *o, yoke_experiment **experiment) {
    yoke_cancel *cancel;
    YOKE_TRY(yoke_cancel_create(&cancel));
    o->run.cancel = cancel;
    if (isatty(STDERR_FILENO)) o->run.tell = tell;
    interrupt_once();
    interrupt_watch_token(cancel);
    int status = yoke_experiment_run(&o->run, experiment);
    interrupt_watch_token(NULL);
    yoke_cancel_release(cancel);
    return status;
}

/* ---- what follows ---- */

static bool is_alike(const yoke_experiment_row *a, const yoke_experiment_row *b) {
    return a->size == b->size && a->threads == b->threads && a->affinity == b->affinity &&
           a->grain == b->grain;
}

static int add_pair(bench_results *r, const yoke_experiment_row *row,
                    const yoke_experiment_row *other) {
    const yoke_experiment *e = r->experiment;
    bench_pair *pair = &r->pairs[r->pair_count];
    *pair = (bench_pair){.row = row, .other = other};
    YOKE_TRY(yoke_experiment_compare(row, other, 0, e->confidence, e->seed, &pair->comparison));
    r->pair_count++;
    return 0;
}

/* Each row beside those of --vs; times that are not above 0 cannot be compared. */
static int compare(bench_results *r) {
    const yoke_experiment *e = r->experiment;
    size_t count = e->row_count, base = r->options->base_count;
    if (!r->options->other_count) return 0;
    r->pairs = calloc(count * count, sizeof *r->pairs);
    if (!r->pairs) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; e->rows[i].subject < base && k < count; k++) {
            if (e->rows[k].subject < base || !is_alike(&e->rows[i], &e->rows[k])) continue;
            int status = add_pair(r, &e->rows[i], &e->rows[k]);
            if (status < 0 && status != YOKE_EINVAL) return status;
        }
    }
    return 0;
}

static int write_all_results(const bench_results *r, sink *to) {
    buffer text = {0};
    int status = bench_write(r, &text);
    if (!status && text.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) status = sink_write(to, text.data ? text.data : "", text.size);
    buffer_free(&text);
    return status < 0 ? status : sink_commit(to);
}

/* Tells what has no figures; whether there was any. */
static bool tell_failures(const yoke_experiment *e) {
    bool any = false;
    for (size_t i = 0; i < e->row_count; i++) {
        char name[256];
        if (!e->rows[i].status) continue;
        any = true;
        message("%s: %s", bench_row_name(&e->rows[i], name), e->rows[i].detail);
    }
    return any;
}

static int conclude(bench_results *r) {
    YOKE_TRY(compare(r));
    if (r->options->metg)
        return yoke_experiment_metg(r->experiment, 0.5, &r->metgs, &r->metg_count);
    return yoke_experiment_fit(r->experiment, &r->scalings, &r->scaling_count);
}

static int report(bench_results *r, sink *to) {
    YOKE_TRY(conclude(r));
    YOKE_TRY(write_all_results(r, to));
    if (r->options->plot) YOKE_TRY(bench_plot(r));
    return r->options->report.kind ? bench_report(r) : 0;
}

/* What cannot be kept is written all the same. */
static bool is_kept(yoke_results *kept, const yoke_experiment *experiment) {
    if (bench_store_add(kept, experiment) >= 0) return true;
    message("results are not kept: %s", yoke_error_detail());
    return false;
}

/* The output is opened first: what cannot be written is known before the work. */
static int run(bench_options *o) {
    sink to;
    yoke_experiment *experiment = NULL;
    yoke_results *kept = NULL;
    if ((o->plot && gnuplot_ready(o->plot) < 0) || report_ready(&o->report) < 0)
        return message("%s", yoke_error_detail()), EXIT_FAULT;
    int status = sink_open(&to, o->output_path);
    if (!status) status = bench_store_open(o, &kept);
    if (!status) status = measure(o, &experiment);
    bool failed = !status && kept && !is_kept(kept, experiment);
    if (!status && tell_failures(experiment)) failed = true;
    bench_results results = {.options = o, .experiment = experiment};
    if (!status) status = report(&results, &to);
    sink_abandon(&to);
    free(results.pairs);
    free(results.scalings);
    free(results.metgs);
    yoke_experiment_destroy(experiment);
    yoke_results_close(kept);
    if (interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    if (status < 0) return sink_exit_status(&to, status);
    return failed ? EXIT_FAULT : 0;
}

static int print_list(void) {
    buffer text = {0};
    bench_list(&text);
    buffer_add_byte(&text, 0);
    int status = text.failed ? (message("%s", yoke_status_message(YOKE_ENOMEM)), EXIT_FAULT)
                             : print_text(text.data);
    buffer_free(&text);
    return status;
}

int bench_main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "sharding") == 0) return sharding_main(argc - 1, argv + 1);
    bench_options *o = calloc(1, sizeof *o);
    if (!o) return message("%s", yoke_status_message(YOKE_ENOMEM)), EXIT_FAULT;
    int status = bench_options_parse(argc, argv, o);
    if (status < 0) {
        status = message_usage("%s", yoke_error_detail());
    } else if (o->help) {
        status = print_text(bench_help);
    } else if (o->list) {
        status = print_list();
    } else {
        status = o->compare ? bench_compare(o) : run(o);
    }
    bench_options_free(o);
    free(o);
    return status;
}
