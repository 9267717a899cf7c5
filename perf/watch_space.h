/* SPDX-License-Identifier: Apache-2.0
 *
 * The address space of another process: its mappings, the files behind them, their symbols, and
 * reading its memory.
 */
#ifndef YOKE_PERF_WATCH_SPACE_H
#define YOKE_PERF_WATCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a mapped file is, by its name. */
typedef enum yoke__library {
    YOKE__LIB_OTHER,
    YOKE__LIB_PROGRAM, /* the executable itself */
    YOKE__LIB_C,       /* libc, the loader, the vdso */
    YOKE__LIB_GOMP,    /* gcc's OpenMP runtime */
    YOKE__LIB_LLVM,    /* LLVM's or Intel's */
    YOKE__LIB_BLAS,    /* OpenBLAS, MKL, BLIS, ATLAS */
    YOKE__LIB_TBB,
    YOKE__LIB_YOKE,
    YOKE__LIBRARIES,
} yoke__library;

typedef struct yoke__symbol {
    uint64_t begin, size; /* as in the file: the image's bias is not added */
    const char *name;
    bool data;
} yoke__symbol;

typedef struct yoke__image {
    char *path;
    yoke__library library;
    /* As the mappings were read last: */
    bool mapped, code; /* some of it is; with code */
    uint64_t base;     /* where its first byte is, or would be, by the first mapping with code */
    uint64_t device, inode;
    /* As the file was, once: */
    bool symbols_read;
    uint64_t shift, code_shift; /* of its addresses against places in it: at first, and of code */
    yoke__symbol *symbols;      /* by begin */
    size_t symbol_count;
    char *names;
} yoke__image;

typedef struct yoke__mapping {
    uint64_t begin, end;
    int image; /* -1: none */
    bool code, writable;
} yoke__mapping;

enum { YOKE__CODE_CACHE = 1024 };

/* All zero: nothing read yet. */
typedef struct yoke__space {
    pid_t pid; /* of a living thread: of a main thread that has ended nothing can be read */
    yoke__mapping *mappings; /* by address */
    size_t mapping_count;
    yoke__image *images;
    size_t image_count;
    struct {
        uint64_t address;
        bool follows_call;
    } cache[YOKE__CODE_CACHE]; /* of yoke__follows_call */
} yoke__space;

/* Reads the mappings afresh. YOKE_ENOENT when they cannot be read, and are as before; YOKE_ENOMEM.
 */
int yoke__space_read(yoke__space *space);
void yoke__space_free(yoke__space *space);

const yoke__mapping *yoke__space_find(const yoke__space *space, uint64_t address);
/* The image at an address; NULL for none. */
yoke__image *yoke__space_image(const yoke__space *space, uint64_t address);
/* Whether an image of that kind is mapped. */
yoke__image *yoke__space_library(const yoke__space *space, yoke__library library);

/* Copies memory of the process; false when not all of it can be read. */
bool yoke__peek(pid_t pid, uint64_t address, void *into, size_t size);
/* Copies a text, cut to size - 1 bytes; "" when it cannot be read. */
void yoke__peek_text(pid_t pid, uint64_t address, char *text, size_t size);

/* Whether an address of code follows a call instruction, as return addresses do. */
bool yoke__follows_call(yoke__space *space, uint64_t address);

/* The symbol whose range has the address of the process; NULL for none. */
const yoke__symbol *yoke__symbol_at(yoke__space *space, uint64_t address, bool data);

/* Writes "function+0x1f (libx.so)", or what of it is known, for an address of code; "'name'", or
 * the address, for one of data. */
void yoke__describe_code(yoke__space *space, uint64_t address, char *text, size_t size);
void yoke__describe_data(yoke__space *space, uint64_t address, char *text, size_t size);

/* Reads the symbols of an image, once; none when its file has none. */
void yoke__symbols_read(yoke__image *image);
void yoke__symbols_free(yoke__image *image);
/* The highest of the versions that a library's own names have: with the prefix "OMP_" of OMP_4.5
 * and OMP_5.1 the latter. "" when there is none, or the file cannot be read. */
void yoke__symbols_version(const char *path, const char *prefix, char *text, size_t size);

/* The part of a path after its last slash. */
const char *yoke__base_name(const char *path);

#endif
