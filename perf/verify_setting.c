/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings: what a run finds in its environment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/verify.h"
#include "runtime/text.h"
#include "yoke/hash.h"

static const char *const own_schedules[] = {"static", "static,1", "dynamic,1", "dynamic,7",
                                            "guided,1"};
static const char *const dynamics[] = {"true", "false"};
static const char *const binds[] = {"false", "close", "spread"};
static const char *const places[] = {"threads", "cores"};
static const char *const waits[] = {"active", "passive"};
static const char *const sets[] = {"plain", "avx2", "avx512"};
enum { MOST_VARIABLES = 16 };

/* ---- drawing ---- */

static uint64_t draw(uint64_t *random) {
    *random += 0x9E3779B97F4A7C15u;
    return yoke_hash_mix(*random, 0xA0761D6478BD642Fu);
}

/* One of them, or none: NULL. */
static const char *choose(uint64_t *random, const char *const *from, size_t count) {
    size_t which = (size_t)(draw(random) % (count + 1));
    return which < count ? from[which] : NULL;
}
#define CHOOSE(random, from) choose(random, from, sizeof(from) / sizeof *(from))

static const char *choose_schedule(uint64_t *random, verify_schedules schedules) {
    if (schedules.count) return schedules.names[draw(random) % schedules.count];
    return CHOOSE(random, own_schedules);
}

static uint64_t draw_seed(uint64_t *random) { return 1 + draw(random) % 999999; }
static int draw_byte(uint64_t *random) { return 1 + (int)(draw(random) % 255); }

void yoke__verify_setting_draw(verify_setting *setting, verify_schedules schedules,
                               uint64_t *random) {
    setting->schedule = choose_schedule(random, schedules);
    setting->dynamic = CHOOSE(random, dynamics);
    setting->bind = CHOOSE(random, binds);
    setting->places = setting->bind ? CHOOSE(random, places) : NULL;
    setting->wait = CHOOSE(random, waits);
    setting->isa = CHOOSE(random, sets);
    setting->shuffle = draw_seed(random);
    setting->perturb = draw_byte(random);
}

const char *yoke__verify_setting_draw_one(verify_setting *setting, int which,
                                          verify_schedules schedules, uint64_t *random) {
    switch (which) {
    case 0:
        setting->perturb = draw_byte(random);
        return "memory that is read before it is written: it changes with MALLOC_PERTURB_";
    case 1:
        setting->schedule = choose_schedule(random, schedules);
        return "the schedule of loops: it changes with OMP_SCHEDULE";
    case 2:
        setting->shuffle = draw_seed(random);
        return "the order and size of blocks in yoke: it changes with YOKE_SHUFFLE";
    case 3:
        setting->isa = CHOOSE(random, sets);
        return "the set of instructions: it changes with YOKE_ISA";
    case 4:
        setting->bind = CHOOSE(random, binds);
        setting->places = setting->bind ? CHOOSE(random, places) : NULL;
        setting->wait = CHOOSE(random, waits);
        return "where threads run, or how they wait: it changes with OMP_PROC_BIND, OMP_PLACES or "
               "OMP_WAIT_POLICY";
    default: setting->dynamic = CHOOSE(random, dynamics); return "OMP_DYNAMIC";
    }
}

/* ---- as variables ---- */

typedef struct variables {
    char *set[MOST_VARIABLES + 1];
    size_t count;
    bool failed;
} variables;

static void add(variables *v, const char *name, const char *value) {
    char *made = NULL;
    if (!value || v->count == MOST_VARIABLES) return;
    if (asprintf(&made, "%s=%s", name, value) < 0)
        v->failed = true;
    else
        v->set[v->count++] = made;
}

static void add_number(variables *v, const char *name, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    if (value) add(v, name, text);
}

static void free_all(variables *v) {
    while (v->count) free(v->set[--v->count]);
}

/* In the order in which a report shows them. */
static void list(const verify_setting *s, variables *v) {
    add_number(v, "OMP_NUM_THREADS", (uint64_t)s->threads);
    add_number(v, "YOKE_NUM_THREADS", (uint64_t)s->threads);
    add(v, "OMP_SCHEDULE", s->schedule);
    add(v, "OMP_DYNAMIC", s->dynamic);
    add(v, "OMP_PROC_BIND", s->bind);
    add(v, "OMP_PLACES", s->places);
    add(v, "OMP_WAIT_POLICY", s->wait);
    add(v, "YOKE_ISA", s->isa);
    add_number(v, "YOKE_SHUFFLE", s->shuffle);
    add_number(v, "MALLOC_PERTURB_", (uint64_t)s->perturb);
}

/* What a setting decides, whatever the caller's environment says. */
static bool is_ours(const char *variable) {
    static const char *const names[] = {
        "OMP_NUM_THREADS=", "YOKE_NUM_THREADS=", "OMP_SCHEDULE=",    "OMP_DYNAMIC=",
        "OMP_PROC_BIND=",   "OMP_PLACES=",       "OMP_WAIT_POLICY=", "YOKE_ISA=",
        "YOKE_SHUFFLE=",    "MALLOC_PERTURB_=",  "YOKE_VERIFY="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0) return true;
    return false;
}

void yoke__verify_environment_free(char **environment) {
    for (size_t i = 0; environment && environment[i]; i++) free(environment[i]);
    free(environment);
}

static char **join(variables *v) {
    size_t others = 0, count = 0;
    while (environ && environ[others]) others++;
    char **made = v->failed ? NULL : calloc(others + v->count + 1, sizeof *made);
    if (!made) return NULL;
    for (size_t i = 0; i < others; i++) {
        if (is_ours(environ[i])) continue;
        made[count] = strdup(environ[i]);
        if (!made[count++]) {
            yoke__verify_environment_free(made);
            return NULL;
        }
    }
    memcpy(made + count, v->set, v->count * sizeof *made);
    v->count = 0; /* they are made's now */
    return made;
}

char **yoke__verify_environment(const verify_setting *setting, const char *channel) {
    variables v = {.count = 0};
    list(setting, &v);
    add(&v, "YOKE_VERIFY", channel);
    char **made = join(&v);
    free_all(&v);
    return made;
}

char *yoke__verify_setting_text(const verify_setting *setting) {
    enum { ROOM = 512 };
    variables v = {.count = 0};
    list(setting, &v);
    char *made = v.failed ? NULL : malloc(ROOM);
    yoke__text text = {.data = made, .size = ROOM};
    for (size_t i = 0; made && i < v.count; i++)
        yoke__text_add(&text, "%s%s", i ? " " : "", v.set[i]);
    if (made && setting->fixed_addresses) yoke__text_add(&text, " setarch -R");
    free_all(&v);
    return made;
}
