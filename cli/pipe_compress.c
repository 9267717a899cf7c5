/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke pipe --zstd and --gzip: the inputs one after another through a codec.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/pipe.h"

static int convert(pipe_options *options, const char *path) {
    bool standard = strcmp(path, "-") == 0;
    int input = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return yoke_fail(errno == ENOENT ? YOKE_ENOENT : YOKE_EIO, "cannot open '%s': %m", path);
    yoke_compress_options compress = options->compress;
    compress.input = input;
    compress.output = STDOUT_FILENO;
    compress.name = standard ? "standard input" : path;
    compress.progress = options->run.progress;
    int status = yoke_compress_stream(&compress);
    if (!standard) close(input);
    return status;
}

static int convert_all(pipe_options *options) {
    static const char *const standard[] = {"-", NULL};
    const char *const *inputs = options->run.inputs ? options->run.inputs : standard;
    for (size_t i = 0; inputs[i]; i++) YOKE_TRY(convert(options, inputs[i]));
    return 0;
}

int pipe_compress(pipe_options *options) {
    yoke_progress_options shown = {
        .descriptor = STDERR_FILENO, .label = "yoke pipe", .when = options->progress};
    int status = yoke_progress_create(&shown, &options->run.progress);
    if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    interrupt_watch(options->run.progress);
    status = convert_all(options);
    interrupt_watch(NULL);
    yoke_progress_destroy(options->run.progress);
    return status < 0 ? pipe_fault(status) : 0;
}
