/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_text.h"

#include <string.h>

#include "cli/buffer.h"
#include "cli/utf8.h"

json_t *json_text(const char *bytes) {
    buffer valid = {0};
    for (size_t left = strlen(bytes); left;) {
        uint32_t point;
        size_t size = utf8_decode(bytes, left, &point);
        buffer_add_string(&valid, size ? "" : UTF8_REPLACEMENT);
        buffer_add(&valid, bytes, size);
        bytes += size ? size : 1;
        left -= size ? size : 1;
    }
    json_t *made = valid.failed ? NULL : json_stringn(valid.data ? valid.data : "", valid.size);
    buffer_free(&valid);
    return made;
}
