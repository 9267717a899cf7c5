/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 (FIPS 180-4), of bytes that come in pieces.
 */
#ifndef YOKE_PIPELINE_SHA256_H
#define YOKE_PIPELINE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct yoke__sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    unsigned char block[64];
} yoke__sha256;

void yoke__sha256_init(yoke__sha256 *sum);
void yoke__sha256_add(yoke__sha256 *sum, const void *data, size_t size);
/* Writes 64 hexadecimal digits and a NUL. The sum may not be used after. */
void yoke__sha256_end(yoke__sha256 *sum, char text[65]);

#endif
