/* SPDX-License-Identifier: Apache-2.0 */
/* An item of another type of the same size. */
#include "yoke/queue_spsc.h"

typedef struct point {
    double x, y;
} point;
typedef struct span {
    double from, to;
} span;
YOKE_DEFINE_QUEUE_SPSC(points, point)
YOKE_DEFINE_QUEUE_SPSC(spans, span)

long put(points *queue, span item);
long put(points *queue, span item) {
    (void)queue, (void)item;
    return
        points_try_push(queue, item) + /* must not compile */
        0;
}
