/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that are started: as leaders of their own process groups, which can be signalled whole,
 * with the signals that yoke's program blocks or ignores as usual.
 */
#ifndef YOKE_RUNTIME_SPAWN_H
#define YOKE_RUNTIME_SPAWN_H

#include <signal.h>
#include <spawn.h>

static inline void yoke__spawn_own_group(posix_spawnattr_t *attributes) {
    sigset_t set;
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(attributes, 0);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(attributes, &set);
    sigaddset(&set, SIGPIPE);
    posix_spawnattr_setsigdefault(attributes, &set);
}

#endif
