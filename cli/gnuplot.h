/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures, drawn by gnuplot.
 */
#ifndef YOKE_CLI_GNUPLOT_H
#define YOKE_CLI_GNUPLOT_H

#include <stdbool.h>

#include "cli/buffer.h"

/* The value of --plot, which ends in .svg or .png. YOKE_EINVAL. */
int gnuplot_option(const char *text, const char **path);
/* Whether there is a gnuplot; YOKE_ENOENT. */
int gnuplot_ready(const char *path);
/* What such a value asks for. */
bool gnuplot_is_svg(const char *path);
/* Runs the script; the picture is what it writes. YOKE_EIO, YOKE_ENOMEM. */
int gnuplot_draw(const buffer *script, const char *path);

#endif
