/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke verify-repro: whether a program, or the library, gives the same bits each time.
 */
#include "cli/verify.h"

#include "cli/cli.h"
#include "cli/interrupt.h"

int verify_fault(int status) {
    if (status == YOKE_ECANCELED && interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    message("%s", yoke_error_detail());
    return status == YOKE_ETIMEDOUT ? EXIT_TIMED_OUT
           : status == YOKE_ENOENT  ? EXIT_NO_COMMAND
                                    : EXIT_TROUBLE;
}

int verify_print(buffer *text, int status) {
    buffer_add_byte(text, 0);
    int printed = text->failed ? EXIT_TROUBLE : print_text(text->data);
    if (text->failed) message("out of memory");
    buffer_free(text);
    if (printed == EXIT_FAULT) return EXIT_TROUBLE; /* 1 is for runs that differ */
    return printed ? printed : status;
}

static int write_report(const verify_options *options, const yoke_verify_report *report) {
    buffer text = {0};
    if (!options->json)
        verify_write_text(report, &text);
    else if (verify_write_json(report, &text) < 0)
        text.failed = true;
    return verify_print(&text, report->difference_count ? EXIT_DIFFERS : 0);
}

/* A run's children end with it also when the user is impatient. */
static int verify_program(verify_options *options, yoke_cancel *cancel) {
    yoke_verify_report report;
    options->run.cancel = cancel;
    interrupt_once();
    int status = yoke_verify_program(&options->run, &report);
    if (status < 0) return verify_fault(status);
    status = write_report(options, &report);
    yoke_verify_report_fini(&report);
    return status;
}

static int run(verify_options *options) {
    yoke_cancel *cancel;
    if (yoke_cancel_create(&cancel) < 0) return verify_fault(YOKE_ENOMEM);
    interrupt_watch_token(cancel);
    options->self.cancel = cancel;
    int status = options->is_self ? verify_self(options) : verify_program(options, cancel);
    interrupt_watch_token(NULL);
    yoke_cancel_release(cancel);
    return status;
}

int verify_main(int argc, char **argv) {
    verify_options options;
    int status = verify_options_parse(argc, argv, &options);
    if (status < 0)
        status = message_usage("%s", yoke_error_detail());
    else if (options.help)
        status = print_text(verify_help);
    else
        status = run(&options);
    verify_options_free(&options);
    return status;
}
