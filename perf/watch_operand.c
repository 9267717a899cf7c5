/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader of x86-64 instructions that knows lengths and operands in memory, nothing more. Opcode
 * maps after the manufacturers' manuals. Addresses relative to FS or GS (thread-local data) and
 * those of EVEX (whose short displacements are scaled) are not computed.
 */
#include "perf/watch_operand.h"

#include <string.h>

typedef struct reading {
    const uint8_t *code;
    size_t size, at;
    bool short_operand, repeat; /* prefixes 66 and F3 */
    bool elsewhere;             /* 64, 65 or 67: the address is not what it looks like */
    unsigned rex;
    bool vector, evex;
    yoke__operand out;
} reading;

static unsigned next(reading *r) { return r->at < r->size ? r->code[r->at++] : (r->at++, 0U); }

static int64_t next_signed(reading *r, int bytes) {
    if (!bytes) return 0;
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)next(r) << 8 * i;
    int unused = 64 - 8 * bytes;
    return (int64_t)(value << unused) >> unused;
}

static void read_prefixes(reading *r) {
    for (; r->at < r->size; r->at++) {
        unsigned byte = r->code[r->at];
        if (byte == 0x66)
            r->short_operand = true;
        else if (byte == 0xf0)
            r->out.locked = true;
        else if (byte == 0xf3)
            r->repeat = true;
        else if (byte == 0x64 || byte == 0x65 || byte == 0x67)
            r->elsewhere = true;
        else if (byte != 0xf2 && byte != 0x2e && byte != 0x36 && byte != 0x3e && byte != 0x26)
            break;
    }
    if (r->at < r->size && (r->code[r->at] & 0xf0) == 0x40) r->rex = next(r);
}

/* The byte that names the operands, and what follows it; returns its middle field. */
static unsigned read_operands(reading *r) {
    unsigned byte = next(r), mode = byte >> 6, low = byte & 7;
    r->out.other = (int)((byte >> 3 & 7) | (r->rex & 4) << 1);
    if (mode == 3) return byte >> 3 & 7;
    r->out.memory = !r->elsewhere && !r->evex;
    r->out.base = (int)(low | (r->rex & 1) << 3);
    if (low == 4) {
        unsigned sib = next(r), index = (sib >> 3 & 7) | (r->rex & 2) << 2;
        r->out.base = (int)((sib & 7) | (r->rex & 1) << 3);
        r->out.scale = 1 << (sib >> 6);
        if (index != 4) r->out.index = (int)index;
        if ((sib & 7) == 5 && mode == 0) r->out.base = -1;
    } else if (low == 5 && mode == 0) {
        r->out.base = -1;
        r->out.relative = true;
    }
    int bytes = mode == 1 ? 1 : mode == 2 || r->out.base < 0 ? 4 : 0;
    r->out.displacement = next_signed(r, bytes);
    return byte >> 3 & 7;
}

static void skip(reading *r, int bytes) { r->at += (size_t)bytes; }
static int full(const reading *r) { return r->short_operand ? 2 : 4; }

static void jump(reading *r, int bytes) {
    r->out.jumps = true;
    r->out.displacement = next_signed(r, bytes);
}

/* Opcodes 80 to 8F, C0 to DF and F6 to FF that have operands. */
static bool read_grouped(reading *r, unsigned op) {
    unsigned field = read_operands(r);
    if (op >= 0x80 && op <= 0x83) {
        skip(r, op == 0x81 ? full(r) : 1);
        r->out.writes = field != 7;
    } else if (op == 0xc0 || op == 0xc1 || op == 0xc6) {
        skip(r, 1);
        r->out.writes = true;
    } else if (op == 0xc7) {
        skip(r, full(r));
        r->out.writes = true;
    } else if (op >= 0xd0 && op <= 0xd3) {
        r->out.writes = true;
    } else if (op == 0xf6 || op == 0xf7) {
        if (field < 2) skip(r, op == 0xf6 ? 1 : full(r));
        r->out.writes = field == 2 || field == 3;
    } else if (op == 0xfe || op == 0xff) {
        r->out.writes = field < 2;
    } else {
        r->out.writes = op >= 0x86 && op <= 0x89;
        if (op == 0x8d) r->out.memory = false; /* lea computes an address and uses no memory */
    }
    return true;
}

/* Opcodes without the byte that names operands; false for those that are not known. */
static bool read_simple(reading *r, unsigned op) {
    if (op < 0x40) {
        if ((op & 7) == 4) return skip(r, 1), true;
        return (op & 7) == 5 ? (skip(r, full(r)), true) : false;
    }
    if (op >= 0x70 && op < 0x80) return jump(r, 1), true;
    if (op >= 0xe0 && op <= 0xe3) return jump(r, 1), true;
    if (op == 0xeb) return jump(r, 1), true;
    if (op == 0xe9) return jump(r, 4), true;
    if (op == 0xe8) return skip(r, 4), true;
    if (op >= 0xb0 && op < 0xb8) return skip(r, 1), true;
    if (op >= 0xb8 && op < 0xc0) return skip(r, r->rex & 8 ? 8 : full(r)), true;
    if (op >= 0xa0 && op <= 0xa3) return skip(r, 8), true;
    if (op == 0x68 || op == 0xa9) return skip(r, full(r)), true;
    if (op == 0x6a || op == 0xa8 || op == 0xcd || (op >= 0xe4 && op <= 0xe7))
        return skip(r, 1), true;
    if (op == 0xc2 || op == 0xca) return skip(r, 2), true;
    if (op == 0xc8) return skip(r, 3), true;
    bool short_one = (op >= 0x50 && op < 0x60) || (op >= 0x6c && op < 0x70) ||
                     (op >= 0x90 && op < 0xa0) || (op >= 0xa4 && op < 0xb0) || op == 0xc3 ||
                     op == 0xc9 || op == 0xcb || op == 0xcc || op == 0xcf || op == 0xd7 ||
                     (op >= 0xec && op < 0xf0) || op == 0xf1 || op == 0xf4 || op == 0xf5 ||
                     (op >= 0xf8 && op <= 0xfd);
    return short_one;
}

/* Of the second map: which opcodes write their operand in memory. */
static bool second_writes(const reading *r, unsigned op, unsigned field) {
    static const uint8_t stores[] = {0x11, 0x13, 0x17, 0x29, 0x2b, 0x7f, 0xd6, 0xe7,
                                     0xc3, 0xb0, 0xb1, 0xc0, 0xc1, 0xab, 0xb3, 0xbb};
    if (op == 0x7e) return !r->repeat;
    if (op == 0xba) return field >= 5;
    if (op == 0xc7) return field == 1;
    if (op >= 0x90 && op < 0xa0) return !r->vector;
    return memchr(stores, (int)op, r->vector ? 8 : sizeof stores) != NULL;
}

static bool second_has_byte(unsigned op) {
    return (op >= 0x70 && op <= 0x73) || op == 0xa4 || op == 0xac || op == 0xba || op == 0xc2 ||
           (op >= 0xc4 && op <= 0xc6);
}

static bool read_second(reading *r) {
    unsigned op = next(r);
    if (op == 0x38 || op == 0x3a) {
        next(r);
        read_operands(r);
        if (op == 0x3a) skip(r, 1);
        return true;
    }
    if (op >= 0x80 && op < 0x90) return jump(r, 4), true;
    bool alone = op == 0x05 || op == 0x06 || op == 0x08 || op == 0x09 || op == 0x0b ||
                 (op >= 0x30 && op < 0x38) || op == 0x77 || (op >= 0xa0 && op <= 0xa2) ||
                 (op >= 0xa8 && op <= 0xaa) || (op >= 0xc8 && op < 0xd0);
    if (alone) return true;
    unsigned field = read_operands(r);
    if (second_has_byte(op)) skip(r, 1);
    r->out.writes = second_writes(r, op, field);
    if (op == 0x0d || op == 0x18 || op == 0x1f || op == 0x1e) r->out.memory = false; /* hints */
    return true;
}

/* The prefixes C5, C4 and 62 of vector instructions, whose bits of rex are inverted. */
static bool read_vector(reading *r, unsigned prefix) {
    unsigned first = next(r), map = 1;
    r->vector = true;
    r->evex = prefix == 0x62;
    if (prefix != 0xc5) {
        map = first & (r->evex ? 7 : 31);
        r->rex = (~first >> 5) & 7;
        unsigned second = next(r);
        r->repeat = (second & 3) == 2;
        if (r->evex) next(r);
    } else {
        r->repeat = (first & 3) == 2;
    }
    unsigned op = next(r);
    if (map < 1 || map > 3) return false;
    if (map == 1 && op == 0x77) return true;
    unsigned field = read_operands(r);
    if (map == 3 || (map == 1 && second_has_byte(op))) skip(r, 1);
    r->out.writes = map == 1 && second_writes(r, op, field);
    return true;
}

static bool read_opcode(reading *r) {
    unsigned op = next(r);
    if (op == 0x0f) return read_second(r);
    if (op == 0xc4 || op == 0xc5 || op == 0x62) return read_vector(r, op);
    if (op < 0x40 && (op & 7) < 4) {
        read_operands(r);
        r->out.writes = (op & 7) < 2 && op < 0x38;
        return true;
    }
    if (op == 0x63 || op == 0x69 || op == 0x6b) {
        read_operands(r);
        if (op != 0x63) skip(r, op == 0x6b ? 1 : full(r));
        return true;
    }
    bool grouped = (op >= 0x80 && op < 0x90) || op == 0xc0 || op == 0xc1 || op == 0xc6 ||
                   op == 0xc7 || (op >= 0xd0 && op <= 0xd3) || (op >= 0xd8 && op < 0xe0) ||
                   op == 0xf6 || op == 0xf7 || op == 0xfe || op == 0xff;
    return grouped ? read_grouped(r, op) : read_simple(r, op);
}

yoke__operand yoke__operand_read(const uint8_t *code, size_t size) {
    reading r = {.code = code, .size = size, .out = {.base = -1, .index = -1, .scale = 1}};
    read_prefixes(&r);
    bool known = read_opcode(&r) && r.at <= size && r.at <= 15;
    if (!known) return (yoke__operand){0};
    r.out.length = (int)r.at;
    if (!r.out.memory) r.out.writes = false;
    return r.out;
}

/* Where reading from `from` finds the instruction that ends at `end`; `end` when it finds none. */
static size_t last_from(const uint8_t *code, size_t from, size_t end) {
    size_t last = end;
    while (from < end) {
        int length = yoke__operand_read(code + from, end - from).length;
        if (!length) return end;
        last = from;
        from += (size_t)length;
    }
    return last;
}

int yoke__operand_before(const uint8_t *code, size_t end) {
    int votes[16] = {0}, ways = 0, best = 0;
    size_t first = end > 48 ? end - 48 : 0;
    for (size_t from = first; from < end && from < first + 24; from++) {
        size_t length = end - last_from(code, from, end);
        if (length < 1 || length > 15) continue;
        votes[length]++;
        ways++;
    }
    for (int i = 1; i < 16; i++) {
        if (votes[i] > votes[best]) best = i;
    }
    return 3 * votes[best] > 2 * ways ? best : 0;
}

uint64_t yoke__operand_address(const yoke__operand *operand, const uint64_t registers[16],
                               uint64_t at) {
    uint64_t address = (uint64_t)operand->displacement;
    if (operand->relative) address += at + (uint64_t)operand->length;
    if (operand->base >= 0) address += registers[operand->base];
    if (operand->index >= 0) address += registers[operand->index] * (uint64_t)operand->scale;
    return address;
}
