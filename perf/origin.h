/* SPDX-License-Identifier: Apache-2.0 */
/* What runs where. */
#ifndef YOKE_PERF_ORIGIN_H
#define YOKE_PERF_ORIGIN_H

#include <stddef.h>

/* The name of the processor, "" where it is not known. */
void yoke__machine_name(char *name, size_t size);

/* The words of this process's command line, quoted as for a shell; "" where they are not known.
 * What does not fit is left out. */
void yoke__command_line(char *line, size_t size);

#endif
