/* SPDX-License-Identifier: Apache-2.0 */
/* The place for an item of another type. */
#include "yoke/queue_spsc.h"

typedef struct point {
    double x, y;
} point;
typedef struct span {
    double from, to;
} span;
YOKE_DEFINE_QUEUE_SPSC(points, point)
YOKE_DEFINE_QUEUE_SPSC(spans, span)

long get(points *queue, span *item);
long get(points *queue, span *item) {
    (void)queue, (void)item;
    return
        points_pop(queue, item, YOKE_NOW) + /* must not compile */
        0;
}
