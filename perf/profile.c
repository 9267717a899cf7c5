/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking things up in profiles.
 */
#include <string.h>

#include "yoke/profile.h"

int yoke_profile_metric(const yoke_profile *profile, const char *name) {
    for (size_t i = 0; i < profile->metric_count; i++) {
        const char *other = profile->metrics[i].name;
        if (other && strcmp(other, name) == 0) return (int)i;
    }
    return -1;
}
