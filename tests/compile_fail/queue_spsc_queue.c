/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of items of another type. */
#include "yoke/queue_spsc.h"

typedef struct point {
    double x, y;
} point;
typedef struct span {
    double from, to;
} span;
YOKE_DEFINE_QUEUE_SPSC(points, point)
YOKE_DEFINE_QUEUE_SPSC(spans, span)

long put(spans *queue, point item);
long put(spans *queue, point item) {
    (void)queue, (void)item;
    return
        points_push(queue, item, YOKE_FOREVER) + /* must not compile */
        0;
}
