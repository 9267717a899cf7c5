/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing output in a run that can be cancelled.
 */
#include "pipeline/output.h"

#include <errno.h>
#include <unistd.h>

int yoke__output_write(int descriptor, const char *data, size_t size, yoke_progress *progress) {
    while (size > 0) {
        ssize_t wrote = write(descriptor, data, size);
        if (wrote < 0 && errno == EINTR) {
            if (yoke_progress_cancelled(progress)) return yoke_fail(YOKE_ECANCELED, NULL);
            continue;
        }
        if (wrote < 0 && errno == EPIPE)
            return yoke_fail(YOKE_ECLOSED, "nobody reads the output any more");
        if (wrote < 0) return yoke_fail(YOKE_EIO, "cannot write the output: %m");
        data += wrote;
        size -= (size_t)wrote;
    }
    return YOKE_OK;
}
