/* SPDX-License-Identifier: Apache-2.0
 *
 * References of scans: the definition in yoke/scan.h, item by item.
 */
#include "kernels/scan_block.h"

#define TEMPLATE "kernels/scan_ref.inc.h"
#include "kernels/each_type.inc.h"
