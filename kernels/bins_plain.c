/* SPDX-License-Identifier: Apache-2.0 */
/* The numbering of items with the instructions that the library was compiled for. */
#include "kernels/bins.h"

#define BINS_(name) plain_##name
#define BINS_TARGET
#define plain_table yoke__bins_plain
#include "kernels/bins_isa.inc.h"
