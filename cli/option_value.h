/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of options: words out of a list, numbers, sizes. Each fails with YOKE_EINVAL and a detail
 * that names the option and what was expected.
 */
#ifndef YOKE_CLI_OPTION_VALUE_H
#define YOKE_CLI_OPTION_VALUE_H

#include <stddef.h>

#include "yoke/progress.h"

/* The index of `value` in a NULL-terminated list, whose enum values are in the same order. */
int option_choice(const char *option, const char *value, const char *const names[], int *choice);
/* A whole number. `most` SIZE_MAX: any, with `least` 0 or 1. */
int option_count(const char *option, const char *value, unsigned long long least,
                 unsigned long long most, unsigned long long *count);
/* The value of --progress. */
int option_progress(const char *value, yoke_progress_when *when);
/* Bytes: digits, then nothing or K, M, G (binary), then perhaps B or iB. */
int option_size(const char *option, const char *value, size_t *size);
/* Seconds, above 0: a number, then nothing or ns, us, ms, s, m, h. */
int option_seconds(const char *option, const char *value, double *seconds);
/* Calls `take` with each item of a list such as "a,b", of 63 bytes at most, until one fails. An
 * item of no bytes is a failure. */
int option_each(const char *option, const char *list, int (*take)(const char *item, void *ctx),
                void *ctx);

#endif
