/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of addresses, and the names of the files that are made from them. Names stay in the
 * directory: they have no slash, and none is "." or "..".
 */
#include "cli/fetch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char blanks[] = " \t\r\n";

/* ---- texts that last as long as the list ---- */

static char *keep(fetch_list *list, const char *text, size_t size) {
    char *kept = yoke_arena_alloc(&list->texts, size + 1);
    if (!kept) return NULL;
    memcpy(kept, text, size);
    kept[size] = '\0';
    return kept;
}

static char *keep_path(fetch_list *list, const char *directory, const char *name, size_t size) {
    if (!directory) return keep(list, name, size);
    size_t length = strlen(directory);
    char *path = yoke_arena_alloc(&list->texts, length + size + 2);
    if (!path) return NULL;
    memcpy(path, directory, length);
    path[length] = '/';
    memcpy(path + length + 1, name, size);
    path[length + 1 + size] = '\0';
    return path;
}

static int add(fetch_list *list, const yoke_fetch_item *item) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        yoke_fetch_item *items = realloc(list->items, room * sizeof *items);
        if (!items) return yoke_fail(YOKE_ENOMEM, "no memory for %zu addresses", room);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = *item;
    return YOKE_OK;
}

/* ---- names ---- */

/* What is after the last slash of the address's path; "index.html" where nothing is. */
static size_t name_of(const char *url, size_t size, const char **name) {
    const char *begin = memmem(url, size, "://", 3);
    begin = begin ? begin + 3 : url;
    size_t length = strcspn(begin, "?#");
    if (length > (size_t)(url + size - begin)) length = (size_t)(url + size - begin);
    const char *slash = memrchr(begin, '/', length);
    *name = slash ? slash + 1 : begin;
    size_t left = slash ? (size_t)(begin + length - *name) : 0;
    if (left) return left;
    *name = "index.html";
    return strlen(*name);
}

static bool is_good_name(const char *name, size_t size) {
    bool dots = (size == 1 && name[0] == '.') || (size == 2 && name[0] == '.' && name[1] == '.');
    return size > 0 && size <= NAME_MAX - 12 && !dots && !memchr(name, '/', size);
}

/* ---- lines ---- */

typedef struct place {
    const char *file; /* NULL: the command line */
    size_t line;
} place;

static int refuse(const place *at, const char *what, const char *text, size_t size) {
    int shown = size < 200 ? (int)size : 200;
    if (!at->file) return yoke_fail(YOKE_EDATA, "'%.*s': %s", shown, text, what);
    return yoke_fail(YOKE_EDATA, "%s: line %zu: '%.*s': %s", at->file, at->line, shown, text, what);
}

static bool is_sum(const char *word, size_t size) {
    return size == 71 && strncmp(word, "sha256:", 7) == 0 &&
           strspn(word + 7, "0123456789abcdefABCDEF") >= 64;
}

/* The words of a line: an address, a name, a checksum. */
static int add_line(fetch_list *list, const char *line, const char *directory, const place *at) {
    const char *url = line + strspn(line, blanks), *name = NULL, *sum = NULL;
    size_t size = strcspn(url, blanks), name_size = 0;
    if (!size || *url == '#') return YOKE_OK;
    if (!memmem(url, size, "://", 3)) return refuse(at, "no address", url, size);
    for (const char *word = url + size;;) {
        word += strspn(word, blanks);
        size_t length = strcspn(word, blanks);
        if (!length || *word == '#') break;
        if (!sum && is_sum(word, length))
            sum = word + 7;
        else if (!sum && !name && strncmp(word, "sha256:", 7) != 0)
            name = word, name_size = length;
        else
            return refuse(at, "expected a name and sha256:DIGITS at most", word, length);
        word += length;
    }
    if (!name) name_size = name_of(url, size, &name);
    if (!is_good_name(name, name_size)) return refuse(at, "no name for a file", name, name_size);
    yoke_fetch_item item = {keep(list, url, size), keep_path(list, directory, name, name_size),
                            sum ? keep(list, sum, 64) : NULL};
    if (!item.url || !item.path || (sum && !item.sha256))
        return yoke_fail(YOKE_ENOMEM, "no memory for an address");
    return add(list, &item);
}

static int add_lines(fetch_list *list, FILE *file, const char *name, const char *directory) {
    place at = {name, 0};
    char *line = NULL;
    size_t room = 0;
    int status = YOKE_OK;
    ssize_t length;
    while (status == YOKE_OK && (length = getline(&line, &room, file)) >= 0) {
        at.line++;
        if (strlen(line) != (size_t)length)
            status = refuse(&at, "a NUL byte is in the line", line, strlen(line));
        else
            status = add_line(list, line, directory, &at);
    }
    if (status == YOKE_OK && ferror(file)) status = yoke_fail(YOKE_EIO, "cannot read %s: %m", name);
    free(line);
    return status;
}

static int make_directory(const char *path) {
    struct stat there;
    if (mkdir(path, 0777) == 0) return YOKE_OK;
    int code = errno;
    if (code == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode)) return YOKE_OK;
    errno = code;
    return yoke_fail(YOKE_EIO, "cannot make the directory %s: %m", path);
}

int fetch_list_read(fetch_list *list, const char *name, const char *directory) {
    if (directory) YOKE_TRY(make_directory(directory));
    if (strstr(name, "://")) return add_line(list, name, directory, &(place){NULL, 0});
    if (strcmp(name, "-") == 0) return add_lines(list, stdin, "standard input", directory);
    FILE *file = fopen(name, "re");
    if (!file)
        return yoke_fail(errno == ENOENT ? YOKE_ENOENT : YOKE_EIO, "cannot open %s: %m", name);
    int status = add_lines(list, file, name, directory);
    fclose(file);
    return status;
}

/* ---- the whole ---- */

static int by_path(const void *a, const void *b) {
    return strcmp((*(const yoke_fetch_item *const *)a)->path,
                  (*(const yoke_fetch_item *const *)b)->path);
}

int fetch_list_check(const fetch_list *list) {
    const yoke_fetch_item **sorted = malloc((list->count + 1) * sizeof *sorted);
    int status = YOKE_OK;
    if (!sorted) return yoke_fail(YOKE_ENOMEM, "no memory for %zu addresses", list->count);
    for (size_t i = 0; i < list->count; i++) sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof *sorted, by_path);
    for (size_t i = 1; i < list->count && status == YOKE_OK; i++) {
        if (strcmp(sorted[i - 1]->path, sorted[i]->path) != 0) continue;
        bool swap = sorted[i - 1] > sorted[i];
        status = yoke_fail(YOKE_EDATA, "%s and %s would both be the file %s",
                           sorted[i - !swap]->url, sorted[i - swap]->url, sorted[i]->path);
    }
    free(sorted);
    return status;
}

void fetch_list_free(fetch_list *list) {
    yoke_arena_fini(&list->texts);
    free(list->items);
}
