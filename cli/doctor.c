/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke doctor: this node, a program, or its races.
 */
#include "cli/doctor.h"

#include "cli/cli.h"

enum { EXIT_FINDINGS = 1 };

static int look_at_node(const doctor_options *o) {
    const double default_noise = 0.2;
    yoke_node *node = NULL;
    if (yoke_node_read(NULL, o->seconds > 0 ? o->seconds : default_noise, &node) < 0)
        return message("%s", yoke_error_detail()), EXIT_FAULT;
    buffer text = {0};
    doctor_show_node(o, node, &text);
    int status = doctor_write(o, &text, true);
    buffer_free(&text);
    if (!status && node->finding_count) status = EXIT_FINDINGS;
    yoke_node_destroy(node);
    return status;
}

static int look_at_program(const doctor_options *o) {
    yoke_diagnosis *diagnosis = NULL;
    doctor_end end = {0};
    int status = o->command ? doctor_run(o, &diagnosis, &end) : doctor_attach(o, &diagnosis, &end);
    if (status) return yoke_diagnosis_destroy(diagnosis), status;
    buffer text = {0};
    doctor_show_program(o, diagnosis, &end, &text);
    status = doctor_write(o, &text, false);
    buffer_free(&text);
    if (!status && !end.killed) status = end.status;
    if (!status && diagnosis->finding_count) status = EXIT_FINDINGS;
    yoke_diagnosis_destroy(diagnosis);
    return status;
}

int doctor_main(int argc, char **argv) {
    doctor_options options;
    int status = doctor_options_parse(argc, argv, &options);
    if (status < 0) return message_usage("%s", yoke_error_detail());
    if (options.help) return print_text(doctor_help);
    if (options.races) return doctor_races(&options);
    return options.command || options.pid ? look_at_program(&options) : look_at_node(&options);
}
