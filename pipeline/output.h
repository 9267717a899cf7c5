/* SPDX-License-Identifier: Apache-2.0
 *
 * Output that the caller of a run has opened.
 */
#ifndef YOKE_PIPELINE_OUTPUT_H
#define YOKE_PIPELINE_OUTPUT_H

#include <stddef.h>

#include "yoke/progress.h"

/* Writes all. YOKE_ECLOSED: nobody reads any more; YOKE_EIO; YOKE_ECANCELED when it was interrupted
 * and the run is cancelled. */
int yoke__output_write(int descriptor, const char *data, size_t size, yoke_progress *progress);

#endif
