/* SPDX-License-Identifier: Apache-2.0
 *
 * Making profiles: all that a profile points to lies in one arena behind it.
 */
#ifndef YOKE_PERF_PROFILE_H
#define YOKE_PERF_PROFILE_H

#include <stddef.h>

#include "yoke/profile.h"

/* An empty profile: nothing is measured, texts are "". NULL: no memory. */
yoke_profile *yoke__perf_profile_create(void);

/* `count` elements of `size` bytes, zeroed, that live as long as the profile; NULL: no memory. */
void *yoke__perf_profile_array(yoke_profile *profile, size_t count, size_t size);

/* A copy that lives as long; NULL: no memory. */
const char *yoke__perf_profile_text(yoke_profile *profile, const char *text);

#endif
