/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke fetch: many addresses, a limited number at a time. Each failure is a line on standard error;
 * what is fetched is silent.
 */
#include <unistd.h>

#include "cli/cli.h"

#ifdef YOKE_HAVE_LIBCURL
#include "cli/fetch.h"
#include "cli/interrupt.h"
#include "cli/report.h"

typedef struct fetch {
    fetch_options options;
    fetch_list list;
    fetch_log log;
    yoke_progress *progress;
    size_t failed;
} fetch;

static void end_item(void *ctx, size_t index, const yoke_fetch_result *result) {
    fetch *f = ctx;
    const yoke_fetch_item *item = &f->list.items[index];
    fetch_log_write(&f->log, item, result);
    if (result->status >= 0) return;
    f->failed++;
    if (result->tries > 1)
        message("%s: %s (%u tries)", item->url, result->detail, result->tries);
    else
        message("%s: %s", item->url, result->detail);
}

static int read_lists(fetch *f) {
    for (int i = 0; i < f->options.list_count; i++)
        YOKE_TRY(fetch_list_read(&f->list, f->options.lists[i], f->options.directory));
    return fetch_list_check(&f->list);
}

static int run(fetch *f) {
    yoke_fetch_options *o = &f->options.run;
    yoke_progress_options shown = {.descriptor = STDERR_FILENO,
                                   .when = f->options.progress,
                                   .label = "fetch",
                                   .total = f->list.count,
                                   .unit = "files"};
    YOKE_TRY(yoke_progress_create(&shown, &f->progress));
    o->progress = f->progress;
    o->done = end_item;
    o->ctx = f;
    interrupt_watch(f->progress);
    int status = yoke_fetch(f->list.items, f->list.count, o, NULL);
    interrupt_watch(NULL);
    yoke_progress_destroy(f->progress);
    return status;
}

/* A signal stands above all; failures of items have been told. */
static int exit_status(const fetch *f, int status) {
    if (status == YOKE_ECANCELED && interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    if (f->failed > 0) {
        message("%zu of %zu failed", f->failed, f->list.count);
        return EXIT_FAULT;
    }
    if (status >= 0) return 0;
    message("%s", yoke_error_detail());
    return EXIT_FAULT;
}

static int fetch_all(fetch *f) {
    int status = read_lists(f);
    if (status == YOKE_OK) status = fetch_log_open(&f->log, f->options.log);
    if (status < 0) {
        message("%s", yoke_error_detail());
        return EXIT_FAULT;
    }
    status = exit_status(f, run(f));
    if (fetch_log_close(&f->log) < 0) {
        message("%s", yoke_error_detail());
        if (status == 0) status = EXIT_FAULT;
    }
    return status;
}

int fetch_main(int argc, char **argv) {
    fetch f = {.log = {.descriptor = -1}};
    if (fetch_options_parse(argc, argv, &f.options) < 0)
        return message_usage("%s", yoke_error_detail());
    if (f.options.help) return print_text(fetch_help);
    command_report report = {0};
    int status = EXIT_FAULT;
    if (report_begin(&report, &f.options.report, "yoke fetch") < 0)
        message("%s", yoke_error_detail());
    else
        status = report_after(&report, fetch_all(&f));
    fetch_list_free(&f.list);
    return status;
}

#else

int fetch_main(int argc, char **argv) {
    (void)argc;
    (void)argv;
    message("this build has no libcurl; install it and build again");
    return EXIT_FAULT;
}

#endif
