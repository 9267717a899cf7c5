/* SPDX-License-Identifier: Apache-2.0
 *
 * Selecting from arrays of one type (kernels/template.h).
 */
int NAME(yoke_select)(const T *from, const unsigned char *flags, size_t n, T to[], size_t *count,
                      const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(check_flags(flags, n, to, sizeof *to));
    int status =
        yoke__select(from, n, sizeof *from, yoke__test_flags(flags), false, to, count, run);
    YOKE__TELL(status, run, __func__, to, *count * sizeof *to);
    return status;
}

int NAME(yoke_select_where)(const T *from, size_t n, yoke_relation relation, T value, T to[],
                            size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(yoke__where) where = {yoke__select_kernels_in_use(), from, value, relation};
    YOKE_TRY(check_relation(relation));
    int status =
        yoke__select(from, n, sizeof *from, NAME(yoke__test_where)(&where), false, to, count, run);
    YOKE__TELL(status, run, __func__, to, *count * sizeof *to);
    return status;
}

int NAME(yoke_partition)(const T *from, const unsigned char *flags, size_t n, T to[], size_t *count,
                         const yoke_run *run) {
    YOKE__KERNEL;
    yoke__test test = yoke__test_flags(flags);
    YOKE_TRY(check_flags(flags, n, to, sizeof *to));
    return yoke__told(partition_in_two(from, n, sizeof *from, test, to, count, run), run, __func__,
                      to, n * sizeof *to);
}

int NAME(yoke_partition_where)(const T *from, size_t n, yoke_relation relation, T value, T to[],
                               size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(yoke__where) where = {yoke__select_kernels_in_use(), from, value, relation};
    YOKE_TRY(check_relation(relation));
    return yoke__told(
        partition_in_two(from, n, sizeof *from, NAME(yoke__test_where)(&where), to, count, run),
        run, __func__, to, n * sizeof *to);
}

int NAME(yoke_partition3)(const T *from, size_t n, T low, T high, T to[], size_t counts[3],
                          const yoke_run *run) {
    YOKE__KERNEL;
    const yoke__select_kernels *kernels = yoke__select_kernels_in_use();
    NAME(yoke__where) below = {kernels, from, low, YOKE_RELATION_LESS};
    NAME(yoke__where) above = {kernels, from, high, YOKE_RELATION_GREATER};
    yoke__test tests[3] = {NAME(yoke__test_where)(&below), {0}, NAME(yoke__test_where)(&above)};
    return yoke__told(yoke__partition(from, n, sizeof *from, tests, 3, to, counts, run), run,
                      __func__, to, n * sizeof *to);
}
