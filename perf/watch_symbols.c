/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbols of ELF files (64 bits): .symtab, or .dynsym where the file was stripped.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perf/watch_space.h"

/* The part of the file, NULL when it is not all there. */
static const void *part(const yoke__image *image, uint64_t offset, uint64_t size) {
    bool inside = offset <= image->file_size && size <= image->file_size - offset;
    return inside ? (const char *)image->file + offset : NULL;
}

static bool map_file(yoke__image *image) {
    int descriptor = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat about;
    if (descriptor < 0) return false;
    bool usable = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
                  about.st_size >= (off_t)sizeof(Elf64_Ehdr);
    if (usable) {
        image->file_size = (size_t)about.st_size;
        image->file = mmap(NULL, image->file_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        usable = image->file != MAP_FAILED;
        if (!usable) image->file = NULL;
    }
    close(descriptor);
    return usable;
}

/* Where the first loaded part begins in the file's addresses: the bias is the difference. */
static void find_bias(yoke__image *image, const Elf64_Ehdr *head) {
    const Elf64_Phdr *segments =
        part(image, head->e_phoff, (uint64_t)head->e_phnum * sizeof *segments);
    for (int i = 0; segments && i < head->e_phnum; i++) {
        if (segments[i].p_type != PT_LOAD) continue;
        image->bias = image->base - (segments[i].p_vaddr - segments[i].p_offset);
        return;
    }
}

static const Elf64_Shdr *find_table(const yoke__image *image, const Elf64_Ehdr *head,
                                    const Elf64_Shdr *sections) {
    const Elf64_Shdr *found = NULL;
    for (int i = 0; i < head->e_shnum; i++) {
        bool dynamic = sections[i].sh_type == SHT_DYNSYM;
        if (sections[i].sh_type != SHT_SYMTAB && !(dynamic && !found)) continue;
        bool whole = sections[i].sh_link < head->e_shnum &&
                     part(image, sections[i].sh_offset, sections[i].sh_size);
        if (whole) found = &sections[i];
        if (found && !dynamic) break;
    }
    return found;
}

static int by_begin(const void *a, const void *b) {
    const yoke__symbol *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static void take_symbols(yoke__image *image, const Elf64_Shdr *table, const Elf64_Shdr *texts) {
    const Elf64_Sym *symbols = part(image, table->sh_offset, table->sh_size);
    const char *names = part(image, texts->sh_offset, texts->sh_size);
    size_t count = table->sh_size / sizeof *symbols;
    if (!names || !texts->sh_size || names[texts->sh_size - 1]) return;
    image->symbols = malloc((count ? count : 1) * sizeof *image->symbols);
    for (size_t i = 0; image->symbols && i < count; i++) {
        int type = ELF64_ST_TYPE(symbols[i].st_info);
        bool data = type == STT_OBJECT, code = type == STT_FUNC || type == STT_GNU_IFUNC;
        if (!(data || code) || !symbols[i].st_size || symbols[i].st_shndx == SHN_UNDEF) continue;
        if (symbols[i].st_name >= texts->sh_size) continue;
        image->symbols[image->symbol_count++] = (yoke__symbol){
            symbols[i].st_value, symbols[i].st_size, names + symbols[i].st_name, data};
    }
    if (image->symbols)
        qsort(image->symbols, image->symbol_count, sizeof *image->symbols, by_begin);
}

void yoke__symbols_read(yoke__image *image) {
    if (image->symbols_read) return;
    image->symbols_read = true;
    image->bias = image->base;
    if (!map_file(image)) return;
    const Elf64_Ehdr *head = image->file;
    if (memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64)
        return;
    find_bias(image, head);
    const Elf64_Shdr *sections =
        part(image, head->e_shoff, (uint64_t)head->e_shnum * sizeof *sections);
    const Elf64_Shdr *table = sections ? find_table(image, head, sections) : NULL;
    if (table) take_symbols(image, table, &sections[table->sh_link]);
}

void yoke__symbols_free(yoke__image *image) {
    free(image->symbols);
    if (image->file) munmap(image->file, image->file_size);
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
        return find(image, address - image->bias, data);
    }
    /* What is zero at the start lies in a mapping without a file, behind its image's. */
    for (size_t i = 0; data && i < space->image_count; i++) {
        yoke__symbols_read(&space->images[i]);
        const yoke__symbol *symbol = find(&space->images[i], address - space->images[i].bias, true);
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
                 address - image->bias - symbol->begin, file);
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
