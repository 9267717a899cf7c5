/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects with threads of their own do not live on in the child of a fork: they remember the number
 * of forks at their making, and compare. The list of probes, the wait-for graph and the registry of
 * threads do, for new objects in the child.
 */
#ifndef YOKE_RUNTIME_FORK_H
#define YOKE_RUNTIME_FORK_H

/* How often the process forked between its first ancestor that watched and itself. */
extern unsigned yoke__forks;

/* Begins to count. YOKE_ENOMEM. Any thread. */
int yoke__fork_watch(void);

#endif
