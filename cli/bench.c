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

/* What was measured is worth the time that a busy machine takes to stop. */
enum { PATIENCE_SECONDS = 60 };

/* ---- measuring ---- */

static void tell(void *ctx, size_t done, size_t all, const char *name) {
    (void)ctx;
    char text[160];
    int size =
        snprintf(text, sizeof text, "\r%zu of %zu configurations, %.60s\033[K", done, all, name);
    if (done == all) size = snprintf(text, sizeof text, "\r\033[K");
    (void)!write(STDERR_FILENO, text, (size_t)size);
}

/* A signal ends the experiment, and with it a running command; what there is by then is written. */
static int measure(bench_options *o, yoke_experiment **experiment) {
    yoke_cancel *cancel;
    YOKE_TRY(yoke_cancel_create(&cancel));
    o->run.cancel = cancel;
    o->run.partial = true;
    if (isatty(STDERR_FILENO)) o->run.tell = tell;
    interrupt_once();
    interrupt_patience(PATIENCE_SECONDS);
    interrupt_watch_token(cancel);
    int status = yoke_experiment_run(&o->run, experiment);
    interrupt_over();
    if (o->run.tell) tell(NULL, 0, 0, "");
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

/* Tells how far an experiment came that was cut. Whether there are any figures. */
static bool tell_cut(const yoke_experiment *e) {
    size_t all = e->row_count, cut = 0, none = 0, failed = 0;
    for (size_t i = 0; i < all; i++) {
        cut += e->rows[i].cut && !e->rows[i].status;
        none += e->rows[i].cut && e->rows[i].status;
        failed += !e->rows[i].cut && e->rows[i].status;
    }
    if (cut + none)
        message(
            "interrupted: of %zu configurations %zu are complete, %zu cut short, %zu without a run",
            all, all - cut - none, cut, none);
    return none + failed < all;
}

/* What could not be counted is no failure. */
static void tell_notes(const yoke_experiment *e) {
    for (const char *line = e->notes; line && *line;) {
        int size = (int)strcspn(line, "\n");
        message("%.*s", size, line);
        line += size + (line[size] == '\n');
    }
}

/* Tells what has no figures; whether there was any. */
static bool tell_failures(const yoke_experiment *e) {
    bool any = false;
    for (size_t i = 0; i < e->row_count; i++) {
        char name[256];
        if (!e->rows[i].status || e->rows[i].cut) continue;
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

/* Where there is nothing to compare with, that is told. */
static bool is_compared(const bench_options *o, const bench_sides *sides, yoke_results *kept,
                        bench_results *r, yoke_changes *changes) {
    if (!o->compare) return true;
    if (bench_changes_find(o, sides, kept, r->experiment, changes) < 0)
        return message("%s", yoke_error_detail()), false;
    r->changes = changes;
    r->regression = changes->regressions > 0;
    return true;
}

/* Keeps and writes the figures; *failed: not all of it was to be had. They are compared with what
 * is kept before they are among that. */
static int use(bench_results *r, const bench_sides *sides, yoke_results *kept, sink *to,
               bool *failed) {
    yoke_changes changes = {.count = 0};
    bool any = tell_cut(r->experiment);
    tell_notes(r->experiment);
    *failed = tell_failures(r->experiment);
    if (interrupt_signal() && !any) return 0;
    *failed |= !is_compared(r->options, sides, kept, r, &changes);
    *failed |= kept && !is_kept(kept, r->experiment);
    int status = report(r, to);
    r->changes = NULL;
    yoke_changes_free(&changes);
    return status;
}

static int exit_status(const bench_results *r, const sink *to, int status, bool failed) {
    int code = status < 0 ? sink_exit_status(to, status) : failed ? EXIT_FAULT : 0;
    if (interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    return code ? code : r->regression ? BENCH_REGRESSION : 0;
}

/* The output is opened first: what cannot be written is known before the work. */
static int run(bench_options *o, const bench_sides *sides) {
    sink to;
    yoke_experiment *experiment = NULL;
    yoke_results *kept = NULL;
    bool failed = false;
    bench_results results = {.options = o};
    if ((o->plot && gnuplot_ready(o->plot) < 0) || report_open(&o->report, &results.output) < 0)
        return message("%s", yoke_error_detail()), EXIT_FAULT;
    int status = sink_open(&to, o->output_path);
    if (!status) status = bench_store_open(o, &kept);
    if (!status) status = measure(o, &experiment);
    results.experiment = experiment;
    if (!status) status = use(&results, sides, kept, &to, &failed);
    sink_abandon(&to);
    int closed = report_close(&results.output);
    free(results.pairs);
    free(results.scalings);
    free(results.metgs);
    yoke_experiment_destroy(experiment);
    yoke_results_close(kept);
    return exit_status(&results, &to, status ? status : closed, failed);
}

static int run_or_compare(bench_options *o) {
    bench_sides sides = {.has_after = false};
    int status = o->compare ? bench_sides_read(o->compare, &sides) : 0;
    if (status == YOKE_EINVAL) return message_usage("%s", yoke_error_detail());
    if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    return bench_measures(o) ? run(o, &sides) : bench_compare(o, &sides);
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
        status = run_or_compare(o);
    }
    bench_options_free(o);
    free(o);
    return status;
}
