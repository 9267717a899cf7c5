/* SPDX-License-Identifier: Apache-2.0
 *
 * Which memory an x86-64 instruction uses, from its bytes and the registers.
 */
#ifndef YOKE_PERF_WATCH_OPERAND_H
#define YOKE_PERF_WATCH_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An instruction's operand in memory: base + index * scale + displacement. */
typedef struct yoke__operand {
    int length;      /* of the instruction in bytes; 0: it could not be read */
    bool memory;     /* it has such an operand, and its address can be computed */
    bool writes;     /* to it */
    bool locked;     /* atomically */
    int base, index; /* registers in the processor's order, rax 0 to r15 15; -1: none */
    int other;       /* the other operand, which a load overwrites; also of vector registers */
    int scale;
    bool relative; /* to the next instruction */
    int64_t displacement;
    bool jumps; /* a jump with a displacement to the next instruction, in `displacement` */
} yoke__operand;

/* Reads one instruction. At least 15 bytes should be there; fewer may do. */
yoke__operand yoke__operand_read(const uint8_t *code, size_t size);

/* The length of the instruction that ends at `end`, by what most ways of reading the bytes before
 * it agree upon; 0 when they do not. */
int yoke__operand_before(const uint8_t *code, size_t end);

/* The address, with the registers in the processor's order and that of the instruction. */
uint64_t yoke__operand_address(const yoke__operand *operand, const uint64_t registers[16],
                               uint64_t at);

#endif
