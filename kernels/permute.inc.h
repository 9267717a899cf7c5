/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving items of one type (kernels/template.h).
 */
int NAME(yoke_gather)(const T *from, size_t limit, const uint64_t *index, size_t n, T to[],
                      const yoke_run *run) {
    YOKE__KERNEL;
    gathering g = {from, index, to, limit};
    return yoke__told(gather(g, n, sizeof *from, run), run, __func__, to, n * sizeof *to);
}

int NAME(yoke_scatter)(const T *from, const uint64_t *index, size_t n, T to[], size_t limit,
                       const yoke_run *run) {
    YOKE__KERNEL;
    scattering s = {
        .from = (const char *)from, .index = index, .n = n, .size = sizeof *from, .to = (char *)to};
    if (n && !from) return yoke_fail(YOKE_EINVAL, "permute: no array");
    int status = n ? scatter(s, limit, run) : YOKE_OK;
    return yoke__told(status, run, __func__, to, limit * sizeof *to);
}

int NAME(yoke_reverse)(T items[], size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    int status = reverse((reversing){items, n}, sizeof *items, run);
    return yoke__told(status, run, __func__, items, n * sizeof *items);
}
