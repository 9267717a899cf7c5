/* SPDX-License-Identifier: Apache-2.0 */
#include "perf/profile.h"

#include <stdlib.h>
#include <string.h>

#include "yoke/memory.h"

typedef struct owner {
    yoke_profile profile; /* first: its address is the owner's */
    yoke_arena arena;
} owner;

yoke_profile *yoke__perf_profile_create(void) {
    owner *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    yoke_arena_init(&made->arena);
    yoke_profile *profile = &made->profile;
    profile->program = profile->command = profile->machine = "";
    profile->cpu_limit_source = profile->notes = "";
    profile->roof_flops = profile->roof_bytes = YOKE_NOT_MEASURED;
    return profile;
}

void yoke_profile_destroy(yoke_profile *profile) {
    if (!profile) return;
    yoke_arena_fini(&((owner *)profile)->arena);
    free(profile);
}

void *yoke__perf_profile_array(yoke_profile *profile, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *array = yoke_arena_alloc(&((owner *)profile)->arena, bytes);
    return array ? memset(array, 0, bytes) : NULL;
}

const char *yoke__perf_profile_text(yoke_profile *profile, const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = yoke_arena_alloc(&((owner *)profile)->arena, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

int yoke_profile_metric(const yoke_profile *profile, const char *name) {
    for (size_t i = 0; i < profile->metric_count; i++) {
        const char *other = profile->metrics[i].name;
        if (other && strcmp(other, name) == 0) return (int)i;
    }
    return -1;
}
