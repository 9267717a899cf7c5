/* SPDX-License-Identifier: Apache-2.0
 *
 * Mappings from /proc/PID/maps, and memory by process_vm_readv(2), which asks for the rights of
 * ptrace(2) but neither stops nor traces.
 */
#include "perf/watch_space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "yoke/status.h"

const char *yoke__base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* By how the file's name begins. */
static yoke__library library_of(const char *path) {
    static const struct {
        const char *begin;
        yoke__library library;
    } known[] = {
        {"libc.so", YOKE__LIB_C},        {"libc-2", YOKE__LIB_C},     {"libpthread", YOKE__LIB_C},
        {"ld-linux", YOKE__LIB_C},       {"ld-2", YOKE__LIB_C},       {"[vdso]", YOKE__LIB_C},
        {"libgomp", YOKE__LIB_GOMP},     {"libomp", YOKE__LIB_LLVM},  {"libiomp", YOKE__LIB_LLVM},
        {"libopenblas", YOKE__LIB_BLAS}, {"libmkl_", YOKE__LIB_BLAS}, {"libblis", YOKE__LIB_BLAS},
        {"libatlas", YOKE__LIB_BLAS},    {"libtbb", YOKE__LIB_TBB},   {"libyoke", YOKE__LIB_YOKE},
    };
    const char *name = yoke__base_name(path);
    if (strncmp(name, "libomptarget", 12) == 0) return YOKE__LIB_OTHER;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(name, known[i].begin, strlen(known[i].begin)) == 0) return known[i].library;
    }
    return YOKE__LIB_OTHER;
}

static bool is_program(pid_t pid, const char *path) {
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)pid);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) return false;
    target[length] = 0;
    return strcmp(target, path) == 0;
}

/* The number of the image of that path, made when it is new; -1 when memory ran out. */
static int image_of(yoke__space *space, const char *path) {
    for (size_t i = space->image_count; i-- > 0;) {
        if (strcmp(space->images[i].path, path) == 0) return (int)i;
    }
    yoke__image *grown = realloc(space->images, (space->image_count + 1) * sizeof *grown);
    if (!grown) return -1;
    space->images = grown;
    char *copy = strdup(path);
    if (!copy) return -1;
    yoke__image image = {.path = copy, .library = library_of(path)};
    if (image.library == YOKE__LIB_OTHER && is_program(space->pid, path))
        image.library = YOKE__LIB_PROGRAM;
    space->images[space->image_count] = image;
    return (int)space->image_count++;
}

/* Room for one more; false when memory ran out. */
static bool grow(yoke__space *space) {
    size_t count = space->mapping_count;
    bool full = (count & (count - 1)) == 0; /* a power of two, or none */
    if (!full) return true;
    yoke__mapping *grown = realloc(space->mappings, (count ? 2 * count : 1) * sizeof *grown);
    if (grown) space->mappings = grown;
    return grown != NULL;
}

/* What the kernel says about a mapping of a file. */
typedef struct origin {
    uint64_t offset, device, inode;
} origin;

/* Sees where an image lies now. It may have been closed and opened again elsewhere, and its file
 * may be another one of the same name. */
static void place(yoke__space *space, yoke__image *image, const yoke__mapping *mapping,
                  const origin *from) {
    bool better = !image->mapped || (mapping->code && !image->code);
    if (!better) return;
    uint64_t base = mapping->begin - from->offset;
    bool other = image->device != from->device || image->inode != from->inode;
    if (other) yoke__symbols_free(image);
    if (other || image->base != base) memset(space->cache, 0, sizeof space->cache);
    image->mapped = true;
    image->code = mapping->code;
    image->base = base;
    image->device = from->device;
    image->inode = from->inode;
}

static char *next_word(char *word) {
    word += strcspn(word, " ");
    return word + strspn(word, " ");
}

/* "OFFSET MAJOR:MINOR INODE   PATH"; returns the path. */
static char *read_origin(char *fields, origin *from) {
    char *device = next_word(fields), *inode = next_word(device), *minor;
    from->offset = strtoull(fields, NULL, 16);
    from->device = strtoull(device, &minor, 16) << 32;
    if (*minor == ':') from->device |= strtoull(minor + 1, NULL, 16);
    from->inode = strtoull(inode, NULL, 10);
    return next_word(inode);
}

/* One line: "BEGIN-END rwxp ", and what read_origin reads. */
static bool take_line(yoke__space *space, char *line) {
    line[strcspn(line, "\n")] = 0;
    char *at, *rights;
    origin from;
    yoke__mapping mapping = {.begin = strtoull(line, &at, 16), .image = -1};
    if (*at != '-') return true;
    mapping.end = strtoull(at + 1, &rights, 16);
    if (strlen(rights) < 6) return true;
    mapping.writable = rights[2] == 'w';
    mapping.code = rights[3] == 'x';
    const char *path = read_origin(rights + 6, &from);
    if (*path == '/' || strcmp(path, "[vdso]") == 0) {
        mapping.image = image_of(space, path);
        if (mapping.image < 0) return false;
        place(space, &space->images[mapping.image], &mapping, &from);
    }
    if (!grow(space)) return false;
    space->mappings[space->mapping_count++] = mapping;
    return true;
}

int yoke__space_read(yoke__space *space) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/maps", (long)space->pid);
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    if (!file || getline(&line, &size, file) <= 0) { /* empty: the thread has ended */
        free(line);
        if (file) fclose(file);
        return yoke_fail(YOKE_ENOENT, "%s cannot be read", path);
    }
    space->mapping_count = 0;
    for (size_t i = 0; i < space->image_count; i++) space->images[i].mapped = false;
    bool room = true;
    do room = take_line(space, line);
    while (room && getline(&line, &size, file) > 0);
    free(line);
    fclose(file);
    return room ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

void yoke__space_free(yoke__space *space) {
    for (size_t i = 0; i < space->image_count; i++) {
        yoke__symbols_free(&space->images[i]);
        free(space->images[i].path);
    }
    free(space->images);
    free(space->mappings);
    *space = (yoke__space){.pid = space->pid};
}

const yoke__mapping *yoke__space_find(const yoke__space *space, uint64_t address) {
    size_t low = 0, high = space->mapping_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (space->mappings[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == space->mapping_count || space->mappings[low].begin > address) return NULL;
    return &space->mappings[low];
}

yoke__image *yoke__space_image(const yoke__space *space, uint64_t address) {
    const yoke__mapping *mapping = yoke__space_find(space, address);
    return mapping && mapping->image >= 0 ? &space->images[mapping->image] : NULL;
}

yoke__image *yoke__space_library(const yoke__space *space, yoke__library library) {
    for (size_t i = 0; i < space->image_count; i++) {
        if (space->images[i].library == library) return &space->images[i];
    }
    return NULL;
}

bool yoke__peek(pid_t pid, uint64_t address, void *into, size_t size) {
    struct iovec to = {into, size}, from = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)size;
}

void yoke__peek_text(pid_t pid, uint64_t address, char *text, size_t size) {
    size_t length = size - 1;
    while (length && !yoke__peek(pid, address, text, length)) length /= 2; /* the mapping's end */
    text[length] = 0;
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ') *at = '?';
    }
}

#if defined(__x86_64__)
/* The seven bytes before the address: E8 and four bytes, or FF with 2 in the middle of its second
 * byte, two to seven bytes long. */
static bool is_call(const unsigned char *before) {
    static const int lengths[] = {2, 3, 4, 6, 7};
    if (before[7 - 5] == 0xe8) return true;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const unsigned char *at = before + 7 - lengths[i];
        if (at[0] == 0xff && (at[1] & 0x38) == 0x10) return true;
    }
    return false;
}
#endif

bool yoke__follows_call(yoke__space *space, uint64_t address) {
#if defined(__x86_64__)
    size_t place = (address ^ address >> 10) % YOKE__CODE_CACHE;
    if (space->cache[place].address == address) return space->cache[place].follows_call;
    const yoke__mapping *mapping = yoke__space_find(space, address);
    unsigned char before[7];
    bool follows = mapping && mapping->code && mapping->image >= 0 &&
                   yoke__peek(space->pid, address - sizeof before, before, sizeof before) &&
                   is_call(before);
    space->cache[place].address = address;
    space->cache[place].follows_call = follows;
    return follows;
#else
    (void)space;
    (void)address;
    return false;
#endif
}
