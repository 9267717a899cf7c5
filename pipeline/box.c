/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes: the items that a token holds for a stage. Their memory goes round within the token, so
 * that mostly two arrays are in use, and in the cache, however many stages there are.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline/flow.h"

enum { FIRST_ROOM = 16 };

/* To the front, where the head has moved far enough that this pays. */
static bool close_up(yoke__box *box) {
    if (box->head < box->room / 2 || !box->head) return false;
    box->count -= box->head;
    memmove(box->items, box->items + box->head, box->count * sizeof *box->items);
    box->head = 0;
    return true;
}

int yoke__box_make_room(yoke__token *token, yoke__box *box) {
    if (!box->room && token->spares) {
        *box = token->spare[--token->spares];
        return YOKE_OK;
    }
    if (close_up(box)) return YOKE_OK;
    size_t room = box->room ? 2 * box->room : FIRST_ROOM;
    yoke_item *items = reallocarray(box->items, room, sizeof *items);
    if (!items) return yoke_fail(YOKE_ENOMEM, "no memory for %zu items on their way", room);
    box->items = items;
    box->room = room;
    return YOKE_OK;
}

int yoke__box_push_slowly(yoke__token *token, yoke__box *box, const yoke_item *item) {
    if (box->count == box->room) YOKE_TRY(yoke__box_make_room(token, box));
    if (box->count > box->head && box->items[box->count - 1].index > item->index) box->mixed = true;
    box->items[box->count++] = *item;
    return YOKE_OK;
}

void yoke__box_rest(yoke__token *token, yoke__box *box) {
    if (box->room) token->spare[token->spares++] = (yoke__box){box->items, 0, 0, box->room, false};
    *box = (yoke__box){0};
}

/* The end of the ordered run that begins at `from`. */
static size_t run_end(const yoke_item *items, size_t from, size_t n) {
    size_t end = from + 1;
    while (end < n && items[end - 1].index <= items[end].index) end++;
    return end;
}

static void merge(const yoke_item *a, size_t n, const yoke_item *b, size_t m, yoke_item *out) {
    while (n && m) {
        if (a->index <= b->index)
            *out++ = *a++, n--;
        else
            *out++ = *b++, m--;
    }
    memcpy(out, a, n * sizeof *a);
    memcpy(out + n, b, m * sizeof *b);
}

/* Each pass merges neighbouring runs; those of different ways into the box are two or a few.
 * Returns whether one run is left. */
static bool merge_runs(const yoke_item *from, yoke_item *to, size_t n) {
    size_t runs = 0;
    for (size_t at = 0; at < n; runs++) {
        size_t middle = run_end(from, at, n);
        size_t end = middle < n ? run_end(from, middle, n) : n;
        merge(from + at, middle - at, from + middle, end - middle, to + at);
        at = end;
    }
    return runs <= 1;
}

int yoke__box_sort(yoke__box *box) {
    size_t n = box->count - box->head;
    yoke_item *items = box->items + box->head;
    yoke_item *other = reallocarray(NULL, n, sizeof *other);
    if (!other) return yoke_fail(YOKE_ENOMEM, "no memory to put %zu items in order", n);
    for (yoke_item *from = items, *to = other; box->mixed;
         from = to, to = from == items ? other : items) {
        box->mixed = !merge_runs(from, to, n);
        if (!box->mixed && to == other) memcpy(items, other, n * sizeof *other);
    }
    free(other);
    return YOKE_OK;
}
