/* SPDX-License-Identifier: Apache-2.0
 *
 * References of scans: the definition in yoke/scan.h, item by item.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/scan_block.h"

#define TEMPLATE "kernels/scan_ref.inc.h"
#include "kernels/each_type.inc.h"

/* ---- scans of the user ---- */

static void scan_blocks(const yoke_scanner *s, const void *in, void *out, size_t n, void *before,
                        void *total) {
    size_t grain = s->grain ? s->grain : YOKE__SCAN_GRAIN;
    for (size_t begin = 0, end; begin < n; begin = end) {
        end = n - begin < grain ? n : begin + grain;
        s->total(total, in, begin, end, s->ctx);
        s->scan(begin ? before : NULL, in, out, begin, end, s->ctx);
        if (begin)
            s->combine(before, total, s->ctx);
        else
            memcpy(before, total, s->acc_size);
    }
}

int yoke_scan_ref(const yoke_scanner *scanner, const void *in, void *out, size_t n) {
    void *before = malloc(scanner->acc_size), *total = malloc(scanner->acc_size);
    if (before && total) scan_blocks(scanner, in, out, n, before, total);
    int status = before && total ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
    free(before), free(total);
    return status;
}
