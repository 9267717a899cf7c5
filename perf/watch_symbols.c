/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbols of ELF files (64 bits): .symtab, or .dynsym where the file was stripped; and the versions
 * that libraries define for them.
 */
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perf/watch_space.h"

/* A part of the file in memory of its own, for free(); NULL when it is not all there. The file is
 * never mapped: who cuts it meanwhile, as a linker does, would end the watch. */
static void *read_part(int file, uint64_t offset, uint64_t size) {
    const uint64_t most = (uint64_t)1 << 32;
    if (!size || size > most || offset > INT64_MAX - most) return NULL;
    char *part = malloc(size);
    size_t done = 0;
    while (part && done < size) {
        ssize_t got = pread(file, part + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += (size_t)got;
    }
    if (done == size) return part;
    free(part);
    return NULL;
}

static int open_file(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat about;
    if (file < 0) return -1;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode)) return file;
    close(file);
    return -1;
}

/* By how much the addresses of the first loaded part, and of the first with code, are greater than
 * their places in the file. */
static void find_shifts(yoke__image *image, const Elf64_Ehdr *head, int file) {
    Elf64_Phdr *segments =
        read_part(file, head->e_phoff, (uint64_t)head->e_phnum * sizeof *segments);
    bool any = false, code = false;
    for (int i = 0; segments && i < head->e_phnum; i++) {
        if (segments[i].p_type != PT_LOAD) continue;
        uint64_t shift = segments[i].p_vaddr - segments[i].p_offset;
        bool runs = segments[i].p_flags & PF_X;
        if (!any) image->shift = image->code_shift = shift;
        if (runs && !code) image->code_shift = shift;
        any = true;
        code |= runs;
    }
    free(segments);
}

/* For free(); NULL when the file is none of ELF's with 64 bits. */
static Elf64_Ehdr *read_head(int file) {
    Elf64_Ehdr *head = read_part(file, 0, sizeof *head);
    if (head && memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
        head->e_ident[EI_CLASS] == ELFCLASS64)
        return head;
    free(head);
    return NULL;
}

static Elf64_Shdr *read_headers(int file, const Elf64_Ehdr *head) {
    return read_part(file, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr));
}

static const Elf64_Shdr *find_table(const Elf64_Shdr *sections, int count) {
    const Elf64_Shdr *found = NULL;
    for (int i = 0; i < count; i++) {
        bool dynamic = sections[i].sh_type == SHT_DYNSYM;
        if (sections[i].sh_type != SHT_SYMTAB && !(dynamic && !found)) continue;
        if (sections[i].sh_link < (unsigned)count) found = &sections[i];
        if (found && !dynamic) break;
    }
    return found;
}

static int by_begin(const void *a, const void *b) {
    const yoke__symbol *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Keeps those with a size; `texts` are the image's names. */
static void take_symbols(yoke__image *image, const Elf64_Sym *symbols, size_t count,
                         uint64_t text_size) {
    image->symbols = malloc((count ? count : 1) * sizeof *image->symbols);
    for (size_t i = 0; image->symbols && i < count; i++) {
        int type = ELF64_ST_TYPE(symbols[i].st_info);
        bool data = type == STT_OBJECT, code = type == STT_FUNC || type == STT_GNU_IFUNC;
        if (!(data || code) || !symbols[i].st_size || symbols[i].st_shndx == SHN_UNDEF) continue;
        if (symbols[i].st_name >= text_size) continue;
        image->symbols[image->symbol_count++] = (yoke__symbol){
            symbols[i].st_value, symbols[i].st_size, image->names + symbols[i].st_name, data};
    }
    if (image->symbols)
        qsort(image->symbols, image->symbol_count, sizeof *image->symbols, by_begin);
}

static void read_table(yoke__image *image, int file, const Elf64_Shdr *table,
                       const Elf64_Shdr *texts) {
    Elf64_Sym *symbols = read_part(file, table->sh_offset, table->sh_size);
    image->names = read_part(file, texts->sh_offset, texts->sh_size);
    bool whole = symbols && image->names && !image->names[texts->sh_size - 1];
    if (whole) take_symbols(image, symbols, table->sh_size / sizeof *symbols, texts->sh_size);
    free(symbols);
}

static void read_sections(yoke__image *image, int file, const Elf64_Ehdr *head) {
    Elf64_Shdr *sections = read_headers(file, head);
    const Elf64_Shdr *table = sections ? find_table(sections, head->e_shnum) : NULL;
    if (table) read_table(image, file, table, &sections[table->sh_link]);
    free(sections);
}

void yoke__symbols_read(yoke__image *image) {
    if (image->symbols_read) return;
    image->symbols_read = true;
    int file = open_file(image->path);
    if (file < 0) return;
    Elf64_Ehdr *head = read_head(file);
    if (head) {
        find_shifts(image, head, file);
        read_sections(image, file, head);
    }
    free(head);
    close(file);
}

/* ---- versions ---- */

/* The definitions of versions in `part`, whose names are in `names`, both of these sizes. */
static void find_version(const char *part, size_t part_size, const char *names, size_t names_size,
                         const char *prefix, char *text, size_t size) {
    for (size_t at = 0; at + sizeof(Elf64_Verdef) <= part_size;) {
        Elf64_Verdef definition;
        Elf64_Verdaux first;
        memcpy(&definition, part + at, sizeof definition);
        size_t name = at + definition.vd_aux;
        if (name > part_size - sizeof first) return;
        memcpy(&first, part + name, sizeof first);
        const char *version = first.vda_name < names_size ? names + first.vda_name : "";
        bool right = strncmp(version, prefix, strlen(prefix)) == 0 &&
                     isdigit((unsigned char)version[strlen(prefix)]);
        if (right && strverscmp(version, text) > 0) snprintf(text, size, "%s", version);
        if (!definition.vd_next) return;
        at += definition.vd_next;
    }
}

void yoke__symbols_version(const char *path, const char *prefix, char *text, size_t size) {
    text[0] = 0;
    int file = open_file(path);
    if (file < 0) return;
    Elf64_Ehdr *head = read_head(file);
    Elf64_Shdr *sections = head ? read_headers(file, head) : NULL;
    for (int i = 0; sections && i < head->e_shnum; i++) {
        const Elf64_Shdr *own = &sections[i];
        if (own->sh_type != SHT_GNU_verdef || own->sh_link >= head->e_shnum) continue;
        const Elf64_Shdr *texts = &sections[own->sh_link];
        char *part = read_part(file, own->sh_offset, own->sh_size);
        char *names = read_part(file, texts->sh_offset, texts->sh_size);
        if (part && names && !names[texts->sh_size - 1])
            find_version(part, own->sh_size, names, texts->sh_size, prefix, text, size);
        free(part);
        free(names);
    }
    free(sections);
    free(head);
    close(file);
}

void yoke__symbols_free(yoke__image *image) {
    free(image->symbols);
    free(image->names);
    image->symbols = NULL;
    image->names = NULL;
    image->symbol_count = 0;
    image->symbols_read = false;
}

/* What to add to addresses of the file, whose symbols were read. */
static uint64_t bias_of(const yoke__image *image) {
    return image->base - (image->code ? image->code_shift : image->shift);
}

static const yoke__symbol *find(const yoke__image *image, uint64_t address, bool data) {
    size_t low = 0, high = image->symbol_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (image->symbols[middle].begin <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && i + 8 > low; i--) {
        const yoke__symbol *symbol = &image->symbols[i - 1];
        if (symbol->data == data && address - symbol->begin < symbol->size) return symbol;
    }
    return NULL;
}

const yoke__symbol *yoke__symbol_at(yoke__space *space, uint64_t address, bool data) {
    yoke__image *image = yoke__space_image(space, address);
    if (image) {
        yoke__symbols_read(image);
        return find(image, address - bias_of(image), data);
    }
    /* What is zero at the start lies in a mapping without a file, behind its image's. */
    for (size_t i = 0; data && i < space->image_count; i++) {
        image = &space->images[i];
        if (!image->mapped) continue;
        yoke__symbols_read(image);
        const yoke__symbol *symbol = find(image, address - bias_of(image), true);
        if (symbol) return symbol;
    }
    return NULL;
}

void yoke__describe_code(yoke__space *space, uint64_t address, char *text, size_t size) {
    const yoke__symbol *symbol = yoke__symbol_at(space, address, false);
    const yoke__image *image = yoke__space_image(space, address);
    const char *file = image ? yoke__base_name(image->path) : "?";
    if (symbol && image)
        snprintf(text, size, "%.96s+0x%" PRIx64 " (%.48s)", symbol->name,
                 address - bias_of(image) - symbol->begin, file);
    else if (image)
        snprintf(text, size, "%.48s+0x%" PRIx64, file, address - image->base);
    else
        snprintf(text, size, "0x%" PRIx64, address);
}

void yoke__describe_data(yoke__space *space, uint64_t address, char *text, size_t size) {
    const yoke__symbol *symbol = yoke__symbol_at(space, address, true);
    if (symbol)
        snprintf(text, size, "'%.96s'", symbol->name);
    else
        snprintf(text, size, "0x%" PRIx64, address);
}
