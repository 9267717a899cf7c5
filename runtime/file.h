/* SPDX-License-Identifier: Apache-2.0
 *
 * Files, the little that several modules need. Failures are -1 with errno.
 */
#ifndef YOKE_RUNTIME_FILE_H
#define YOKE_RUNTIME_FILE_H

#include <stddef.h>

/* Writes all bytes, over interruptions and short writes. */
int yoke__write_all(int descriptor, const void *bytes, size_t size);

/* A temporary file in a folder, without a name, so that it ends with its descriptor. */
int yoke__open_unnamed(const char *folder);

#endif
