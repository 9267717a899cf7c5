/* SPDX-License-Identifier: Apache-2.0 */
/* A queue that knows no type. */
#include "yoke/queue_spsc.h"

typedef struct point {
    double x, y;
} point;
typedef struct span {
    double from, to;
} span;
YOKE_DEFINE_QUEUE_SPSC(points, point)
YOKE_DEFINE_QUEUE_SPSC(spans, span)

long get(yoke_queue_spsc *queue, point *item);
long get(yoke_queue_spsc *queue, point *item) {
    (void)queue, (void)item;
    return
        points_try_pop(queue, item) + /* must not compile */
        0;
}
