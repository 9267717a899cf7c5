/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoding as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 */
#include "cli/utf8.h"

/* Bytes that a leading byte announces; 0 for one that cannot lead. */
static size_t announced(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF5 ? 4 : 0;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *point) {
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text[0];
    size_t length = announced(lead);
    if (!length || length > size) return 0;
    uint32_t value = lead & lead_bits[length];
    for (size_t i = 1; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte & 0xC0) != 0x80) return 0;
        value = value << 6 | (byte & 0x3F);
    }
    if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return 0;
    *point = value;
    return length;
}
