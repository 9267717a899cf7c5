/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts the words of a text: a map function of one's own, with values that are counted up in
 * place. Prints the ten most frequent words.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "yoke/yoke.h"

#define MOST 10

/* Emits every run of letters. The slot is this thread's own, so no lock is needed. */
static int count_words(const yoke_records *lines, yoke_emitter *out, void *ctx) {
    (void)ctx;
    for (size_t r = 0; r < lines->count; r++) {
        yoke_text line = yoke_records_raw(lines, r, 0);
        for (size_t begin = 0, end; begin < line.size; begin = end + 1) {
            for (end = begin; end < line.size && isalpha((unsigned char)line.data[end]); end++) {
            }
            if (end == begin) continue;
            uint64_t *count = yoke_emit_slot(out, line.data + begin, end - begin);
            if (!count) return YOKE_ENOMEM;
            *count += 1;
        }
    }
    return YOKE_OK;
}

/* Two threads met the same word: the counts add up. */
static int add(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    *(uint64_t *)into += *(const uint64_t *)from;
    return YOKE_OK;
}

static uint64_t count_of(yoke_entry *word) { return *(uint64_t *)yoke_entry_value(word); }

/* Keeps the most frequent words, best first; of equals the one that comes first. */
static void keep(yoke_entry *best[MOST], yoke_entry *word) {
    for (size_t i = 0; i < MOST; i++) {
        if (best[i] && count_of(best[i]) >= count_of(word)) continue;
        memmove(best + i + 1, best + i, (MOST - 1 - i) * sizeof *best);
        best[i] = word;
        return;
    }
}

int main(int argc, char **argv) {
    yoke_input input = {.name = argc > 1 ? argv[1] : "LICENSE"};
    yoke_format lines = {0};
    yoke_dataset *text = NULL;
    yoke_result *words = NULL;
    yoke_entry *best[MOST] = {NULL};
    int status;

    YOKE_TRY_GOTO(status, yoke_dataset_open(&input, 1, &lines, &text), end);
    yoke_job job = {
        .dataset = text, .map = count_words, .combine = add, .value_size = sizeof(uint64_t)};
    YOKE_TRY_GOTO(status, yoke_mapreduce(&job, &words), end);

    for (size_t i = 0; i < yoke_result_count(words); i++) keep(best, yoke_result_entry(words, i));
    printf("%zu different words\n", yoke_result_count(words));
    for (size_t i = 0; i < MOST && best[i]; i++) {
        printf("%6llu %.*s\n", (unsigned long long)count_of(best[i]), (int)best[i]->key_size,
               (const char *)best[i]->key);
    }
end:
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    yoke_result_destroy(words);
    yoke_dataset_close(text);
    return status < 0;
}
