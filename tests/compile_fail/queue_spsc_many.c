/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of items of another type. */
#include "yoke/queue_spsc.h"

typedef struct point {
    double x, y;
} point;
typedef struct span {
    double from, to;
} span;
YOKE_DEFINE_QUEUE_SPSC(points, point)
YOKE_DEFINE_QUEUE_SPSC(spans, span)

long put(points *queue, const span *items);
long put(points *queue, const span *items) {
    (void)queue, (void)items;
    return
        points_push_many(queue, items, 2, YOKE_NOW) + /* must not compile */
        0;
}
