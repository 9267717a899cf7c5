/* SPDX-License-Identifier: Apache-2.0
 *
 * The pauses between tries, as they are planned: they depend on the number of the try, the seed,
 * the place of the address, and what the server asks for.
 */
#include <math.h>

#include "tests/fetch_use.h"

/* Pauses of the first address, when it fails until the tries are used up. */
static double paused_until(errand *e, int retries) {
    e->options.retries = retries;
    CU_ASSERT_EQUAL(fetch(e), YOKE_EIO);
    CU_ASSERT_EQUAL(e->results[0].tries, retries + 1);
    CU_ASSERT(e->results[0].seconds >= e->results[0].paused);
    return e->results[0].paused;
}

enum { PAUSES = 7 };

static void measure_pauses(errand *e, uint64_t seed, double pauses[PAUSES]) {
    double before = 0;
    e->options.seed = seed;
    for (int i = 0; i < PAUSES; i++) {
        double all = paused_until(e, i + 1);
        pauses[i] = all - before;
        before = all;
    }
}

TEST(pauses_double_up_to_the_most) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    double pauses[PAUSES], again[PAUSES], others[PAUSES];
    want(&e, "/status/500", "a");
    e.options.backoff_seconds = 0.0005;
    e.options.backoff_most = 0.005;
    measure_pauses(&e, 1, pauses);
    measure_pauses(&e, 1, again);
    measure_pauses(&e, 2, others);
    for (int i = 0; i < PAUSES; i++) {
        double most = i < 4 ? 0.0005 * (1 << i) : 0.005;
        CU_ASSERT(pauses[i] >= most / 2 - 1e-12 && pauses[i] <= most + 1e-12);
        CU_ASSERT(others[i] >= most / 2 - 1e-12 && others[i] <= most + 1e-12);
        CU_ASSERT_EQUAL(pauses[i], again[i]);
        CU_ASSERT(fabs(pauses[i] - others[i]) > 1e-9 * most);
        CU_ASSERT(i < 5 || fabs(pauses[i] - pauses[i - 1]) > 1e-9 * most);
    }
    /* Addresses that fail together are not tried together. */
    want(&e, "/status/500", "b");
    CU_ASSERT_EQUAL(fetch(&e), YOKE_EIO);
    CU_ASSERT(e.results[0].paused != e.results[1].paused);
    end_errand(&e);
    server_stop(&s);
}

/* One lane: each has had its answer before the last is fetched, which ends the run. */
TEST(a_server_is_waited_for) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/after/7", "a");
    want(&e, "/afterdate/3600", "b");
    want(&e, "/afterdate/-3600", "c");
    want(&e, "/after/soon", "d");
    want(&e, "/cut/9/1000", "e");
    want(&e, "/ok/1", "f");
    e.options.concurrent = 1;
    e.options.backoff_seconds = 0.25;
    e.options.backoff_most = 10000;
    e.options.retries = 1000;
    CU_ASSERT_EQUAL(fetch_until(&e, 1, 0, false), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(e.results[0].paused, 7);
    CU_ASSERT(e.results[1].paused > 3000 && e.results[1].paused <= 3600);
    for (int i = 2; i < 5; i++) {
        CU_ASSERT(e.results[i].paused >= 0.125);
        CU_ASSERT(e.results[i].paused <= 0.25 * (exp2(e.results[i].tries) - 1));
    }
    CU_ASSERT_EQUAL(e.results[5].paused, 0);
    end_errand(&e);
    server_stop(&s);
}

/* A connection that is made, and on which nobody shakes hands. */
TEST(a_connection_has_its_own_time) {
    int port = 0, listener = server_mute_port(&port);
    char url[64], path[128];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", port);
    snprintf(path, sizeof path, "%s/file", test_directory());
    yoke_fetch_item item = {url, path, NULL};
    yoke_fetch_options options = {.connect_seconds = 0.1, .retries = 1, .backoff_seconds = 0.001};
    yoke_fetch_result result;
    CU_ASSERT_EQUAL(yoke_fetch(&item, 1, &options, &result), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(result.tries, 2);
    CU_ASSERT(result.seconds >= 0.2 && access(path, F_OK) < 0);
    close(listener);
}
