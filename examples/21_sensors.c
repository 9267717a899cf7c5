/* SPDX-License-Identifier: Apache-2.0
 *
 * A pipeline of three stages behind sensors: lines are parsed in parallel, those without a value
 * are skipped; twelve readings in a row of the same sensor become their mean, in order; it is
 * printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/yoke.h"

enum { WINDOW = 12, MOST = 128 };

/* station,elevation,year,month,temp,...: the value is the fifth field, and may be missing. */
typedef struct reading {
    char line[MOST];
    int name, label; /* lengths: of the first field, of the first four */
    double value;
} reading;

static int read_line(yoke_flow *flow, yoke_item *item) {
    reading *r = calloc(1, sizeof *r);
    if (!r) return yoke_fail(YOKE_ENOMEM, NULL);
    *item = (yoke_item){.data = r, .bytes = sizeof *r};
    if (fgets(r->line, MOST, flow->state)) return YOKE_STAGE_PASS;
    free(r);
    return YOKE_STAGE_END;
}

static void discard(yoke_item *item, void *state) {
    (void)state;
    free(item->data);
}

static int parse(yoke_flow *flow, yoke_item *item) {
    reading *r = item->data;
    (void)flow;
    (void)sscanf(r->line, "%*[^,]%n,%*[^,],%*[^,],%*[^,],%n", &r->name, &r->label);
    return yoke_number_double(r->line + r->label, strcspn(r->line + r->label, ","), &r->value);
}

typedef struct window { /* kept from one reading to the next */
    char name[MOST];
    int count;
    double sum;
} window;

static int smooth(yoke_flow *flow, yoke_item *item) {
    window *w = flow->state;
    reading *r = item->data;
    if (strncmp(w->name, r->line, (size_t)r->name + 1) != 0 || w->count == WINDOW) *w = (window){0};
    memcpy(w->name, r->line, (size_t)r->name + 1); /* with the comma */
    r->value = (w->sum += r->value) / WINDOW;
    if (++w->count == WINDOW) return YOKE_STAGE_PASS;
    discard(item, NULL);
    return YOKE_STAGE_DROP;
}

static int print(yoke_flow *flow, yoke_item *item) {
    const reading *r = item->data;
    (void)flow;
    printf("%.*s%.2f\n", r->label, r->line, r->value);
    discard(item, NULL);
    return YOKE_STAGE_PASS;
}

int main(void) {
    window w = {.count = 0};
    yoke_stage stages[] = {
        {"read", .run = read_line, .state = stdin},
        {"parse", .run = parse, .on_error = YOKE_STAGE_SKIP, .discard = discard},
        {"smooth", YOKE_STAGE_IN_ORDER, .run = smooth, .state = &w, .discard = discard},
        {"print", YOKE_STAGE_IN_ORDER, .run = print, .discard = discard},
    };
    int status = yoke_pipeline_run(stages, 4, NULL);
    if (status < 0) fprintf(stderr, "21_sensors: %s\n", yoke_error_detail());
    return status < 0;
}
