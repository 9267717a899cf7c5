/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of equal keys in a block (kernels/template.h). S is 32 or 64 for the bits of integers.
 */
static bool NAME(begins)(const T *keys, size_t i) { return !i || keys[i] != keys[i - 1]; }

static int NAME(count)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const runs *r = ctx;
    size_t count = 0;
    (void)member;
    for (size_t i = begin; i < end; i++) count += NAME(begins)(r->keys, i);
    r->counts[index] = count;
    return YOKE_OK;
}

static int NAME(write)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const runs *r = ctx;
    size_t at = r->counts[index];
    (void)member;
    for (size_t i = begin; i < end; i++)
        if (NAME(begins)(r->keys, i)) r->offsets[at++] = i;
    return YOKE_OK;
}

/* The key of each run. */
static int NAME(show)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const runs *r = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) ((T *)r->unique)[i] = ((const T *)r->keys)[r->offsets[i]];
    return YOKE_OK;
}

static const run_loops NAME(loops) = {sizeof(T), NAME(count), NAME(write), NAME(show)};

#undef S
#undef T
