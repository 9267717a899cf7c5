/* SPDX-License-Identifier: Apache-2.0
 *
 * Names in templates: files that are included once for each type of items, by each_type.inc.h,
 * each_float.inc.h or by hand. There S is the name of the type ("i32"), T the type, and W what its
 * items are added up in (yoke/typed.h).
 */
#ifndef YOKE_KERNELS_TEMPLATE_H
#define YOKE_KERNELS_TEMPLATE_H

#define NAME(x)          NAME_JOIN(x, S)                 /* x_i32 */
#define NAME_REF(x)      NAME_JOIN(NAME_JOIN(x, S), ref) /* x_i32_ref */
#define NAME_JOIN(a, b)  NAME_JOIN_(a, b)
#define NAME_JOIN_(a, b) a##_##b

#endif
