/* SPDX-License-Identifier: Apache-2.0 */
/* Sums within blocks of scans, for any processor. */
#include "kernels/scan_block.h"

#define ISA plain
#define TARGET
#define BYTES 0

#include "kernels/scan_isa.inc.h"
