/* SPDX-License-Identifier: Apache-2.0 */
/* All of yoke's public interface. */
#ifndef YOKE_YOKE_H
#define YOKE_YOKE_H

#include "yoke/actor.h"
#include "yoke/cache.h"
#include "yoke/counter.h"
#include "yoke/dataset.h"
#include "yoke/deadline.h"
#include "yoke/deque.h"
#include "yoke/event.h"
#include "yoke/exact.h"
#include "yoke/extreme.h"
#include "yoke/future.h"
#include "yoke/groupby.h"
#include "yoke/hash.h"
#include "yoke/histogram.h"
#include "yoke/lock.h"
#include "yoke/lock_profile.h"
#include "yoke/machine.h"
#include "yoke/map.h"
#include "yoke/mapreduce.h"
#include "yoke/memory.h"
#include "yoke/number.h"
#include "yoke/pool.h"
#include "yoke/probe.h"
#include "yoke/progress.h"
#include "yoke/queue_mpmc.h"
#include "yoke/queue_mpsc.h"
#include "yoke/queue_spsc.h"
#include "yoke/reclaim.h"
#include "yoke/resource.h"
#include "yoke/rwlock.h"
#include "yoke/sketch.h"
#include "yoke/status.h"
#include "yoke/task.h"
#include "yoke/team.h"
#include "yoke/thread.h"

#define YOKE_VERSION "0.1.0"

#endif
