/* SPDX-License-Identifier: Apache-2.0 */
/* The name of the processor, "" where it is not known. */
#ifndef YOKE_PERF_ORIGIN_H
#define YOKE_PERF_ORIGIN_H

#include <stddef.h>

void yoke__machine_name(char *name, size_t size);

#endif
