/* SPDX-License-Identifier: Apache-2.0
 *
 * The three sums of squares of a norm (kernels/reduce_norm.c).
 */
#ifndef YOKE_KERNELS_REDUCE_NORM_H
#define YOKE_KERNELS_REDUCE_NORM_H

typedef struct yoke__norm {
    double large, plain, small;
} yoke__norm;

void yoke__norm_add(yoke__norm *into, const yoke__norm *from);
double yoke__norm_root(const yoke__norm *norm);

#endif
