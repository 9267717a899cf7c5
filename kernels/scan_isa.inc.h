/* SPDX-License-Identifier: Apache-2.0
 *
 * scan_type.inc.h for all types, with the instructions that who includes this has named.
 */
#define TEMPLATE "kernels/scan_type.inc.h"
#include "kernels/each_type.inc.h"
