/* SPDX-License-Identifier: Apache-2.0
 *
 * Lengths and operands of instructions. The bytes and their meaning are the assembler's.
 */
#include "perf/watch_operand.h"

#include <string.h>

#include "tests/harness.h"

/* Registers whose values tell which they are. */
static const uint64_t registers[16] = {0x10000, 0x11000, 0x12000, 0x13000, 0x14000, 0x15000,
                                       0x16000, 0x17000, 0x18000, 0x19000, 0x1a000, 0x1b000,
                                       0x1c000, 0x1d000, 0x1e000, 0x1f000};
enum { AT = 0x400000 };

typedef struct instruction {
    const char *text, *bytes;
    int length;
    bool memory, writes, locked;
    uint64_t address;
} instruction;

#define CODE(bytes) (bytes), sizeof(bytes) - 1
static const instruction instructions[] = {
    {"lock addq $1,(%rdi)", CODE("\xf0\x48\x83\x07\x01"), 1, 1, 1, 0x17000},
    {"addq $1,(%rdi)", CODE("\x48\x83\x07\x01"), 1, 1, 0, 0x17000},
    {"mov 8(%rdi),%rax", CODE("\x48\x8b\x47\x08"), 1, 0, 0, 0x17008},
    {"mov %rax,16(%rsp)", CODE("\x48\x89\x44\x24\x10"), 1, 1, 0, 0x14010},
    {"add %rax,0x1000(,%rcx,8)", CODE("\x48\x01\x04\xcd\0\x10\0\0"), 1, 1, 0, 0x1000 + 8 * 0x11000},
    {"incq 16(%rip)", CODE("\x48\xff\x05\x10\0\0\0"), 1, 1, 0, AT + 7 + 16},
    {"lock xadd %rax,(%rdi)", CODE("\xf0\x48\x0f\xc1\x07"), 1, 1, 1, 0x17000},
    {"lock cmpxchg %ecx,(%rsi)", CODE("\xf0\x0f\xb1\x0e"), 1, 1, 1, 0x16000},
    {"xchg %eax,(%rdi)", CODE("\x87\x07"), 1, 1, 0, 0x17000},
    {"incl (%r14,%r9,4)", CODE("\x43\xff\x04\x8e"), 1, 1, 0, 0x1e000 + 4 * 0x19000},
    {"addl $5,(%r12)", CODE("\x41\x83\x04\x24\x05"), 1, 1, 0, 0x1c000},
    {"movsd %xmm0,-8(%rbp)", CODE("\xf2\x0f\x11\x45\xf8"), 1, 1, 0, 0x15000 - 8},
    {"vmovsd %xmm0,(%rax)", CODE("\xc5\xfb\x11\x00"), 1, 1, 0, 0x10000},
    {"vaddsd (%rdi),%xmm0,%xmm0", CODE("\xc5\xfb\x58\x07"), 1, 0, 0, 0x17000},
    {"movq (%rax),%xmm0", CODE("\xf3\x0f\x7e\x00"), 1, 0, 0, 0x10000},
    {"movb $1,(%rdi)", CODE("\xc6\x07\x01"), 1, 1, 0, 0x17000},
    {"movw $0x102,(%rdi)", CODE("\x66\xc7\x07\x02\x01"), 1, 1, 0, 0x17000},
    {"testb $1,(%rdi)", CODE("\xf6\x07\x01"), 1, 0, 0, 0x17000},
    {"cmp %rax,(%rdi)", CODE("\x48\x39\x07"), 1, 0, 0, 0x17000},
    {"setne (%rax)", CODE("\x0f\x95\x00"), 1, 1, 0, 0x10000},
    /* operands whose addresses are not computed, and none */
    {"vmovups %zmm0,(%rax)", CODE("\x62\xf1\x7c\x48\x11\x00"), 0, 0, 0, 0},
    {"mov %fs:0x28,%rax", CODE("\x64\x48\x8b\x04\x25\x28\0\0\0"), 0, 0, 0, 0},
    {"lea -1(%ecx),%edx", CODE("\x67\x8d\x51\xff"), 0, 0, 0, 0},
    {"lea (%rdi,%rsi),%rax", CODE("\x48\x8d\x04\x37"), 0, 0, 0, 0},
    {"nopl 0(%rax,%rax)", CODE("\x0f\x1f\x44\0\0"), 0, 0, 0, 0},
    {"add %rax,%rdi", CODE("\x48\x01\xc7"), 0, 0, 0, 0},
    {"movabs $1,%rax", CODE("\x48\xb8\x01\0\0\0\0\0\0\0"), 0, 0, 0, 0},
    {"call", CODE("\xe8\0\0\0\0"), 0, 0, 0, 0},
    {"ret", CODE("\xc3"), 0, 0, 0, 0},
};
enum { INSTRUCTIONS = sizeof instructions / sizeof *instructions };

TEST(instructions_are_read) {
    for (int i = 0; i < INSTRUCTIONS; i++) {
        const instruction *right = &instructions[i];
        uint8_t code[32];
        memset(code, 0x90, sizeof code);
        memcpy(code, right->bytes, (size_t)right->length);
        yoke__operand found = yoke__operand_read(code, sizeof code);
        bool same = found.length == right->length && found.memory == right->memory &&
                    found.writes == right->writes && found.locked == right->locked;
        if (!same) printf("    %s\n", right->text);
        CU_ASSERT(same);
        if (!right->memory) continue;
        CU_ASSERT_EQUAL(yoke__operand_address(&found, registers, AT), right->address);
    }
}

TEST(jumps_have_their_distance) {
    static const uint8_t near[] = {0x75, 0xf0}, far[] = {0x0f, 0x85, 0, 1, 0, 0};
    yoke__operand found = yoke__operand_read(near, sizeof near);
    CU_ASSERT(found.jumps && found.length == 2);
    CU_ASSERT_EQUAL(found.displacement, -16);
    found = yoke__operand_read(far, sizeof far);
    CU_ASSERT(found.jumps && found.length == 6);
    CU_ASSERT_EQUAL(found.displacement, 256);
}

TEST(what_is_cut_off_or_unknown_has_no_length) {
    static const uint8_t unknown[16] = {0x06}, map[16] = {0xc4, 0x1f, 0, 0};
    CU_ASSERT_EQUAL(yoke__operand_read(unknown, sizeof unknown).length, 0);
    CU_ASSERT_EQUAL(yoke__operand_read(map, sizeof map).length, 0);
    CU_ASSERT_EQUAL(yoke__operand_read(unknown, 0).length, 0);
    for (int i = 0; i < INSTRUCTIONS; i++) {
        for (int size = 0; size < instructions[i].length; size++) {
            yoke__operand found =
                yoke__operand_read((const uint8_t *)instructions[i].bytes, (size_t)size);
            CU_ASSERT_EQUAL(found.length, 0);
        }
    }
}

TEST(any_bytes_can_be_read) {
    uint8_t code[64];
    for (int round = 0; round < 100000; round++) {
        for (size_t i = 0; i < sizeof code; i++) code[i] = (uint8_t)test_random_below(256);
        size_t size = test_random_below(sizeof code);
        yoke__operand found = yoke__operand_read(code, size);
        CU_ASSERT((size_t)found.length <= size && found.length <= 15);
        CU_ASSERT(!found.writes || found.memory);
        if (round % 64 == 0) CU_ASSERT(yoke__operand_before(code, size) <= 15);
    }
}

/* Random sequences of the instructions above: each is found from its end. */
TEST(the_instruction_before_is_found) {
    int right = 0, wrong = 0;
    for (int round = 0; round < 2000; round++) {
        uint8_t code[96];
        size_t size = 0;
        int last = 0;
        while (size < 64) {
            last = (int)test_random_below(INSTRUCTIONS);
            memcpy(code + size, instructions[last].bytes, (size_t)instructions[last].length);
            size += (size_t)instructions[last].length;
        }
        int length = yoke__operand_before(code, size);
        right += length == instructions[last].length;
        wrong += length && length != instructions[last].length;
    }
    CU_ASSERT(right > 1900);
    CU_ASSERT(wrong < 40);
    if (right <= 1900 || wrong >= 40) printf("    right %d, wrong %d\n", right, wrong);
}
