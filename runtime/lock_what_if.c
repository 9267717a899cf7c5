/* SPDX-License-Identifier: Apache-2.0
 *
 * What a lock would do if it were split: mean value analysis of a closed network of one delay (the
 * threads' work outside) and one queue for each part. The model is described in the header.
 *
 * The recursion over the number of threads: a thread that arrives at a queue sees what a network
 * with one thread less has there on average (the arrival theorem). It is exact for exponential
 * holds. With the correction for other holds the rate may come out above what the busiest part can
 * serve; it is then cut to that, and the threads left over queue there.
 */
#include <math.h>

#include "yoke/lock_profile.h"

typedef struct network {
    double share[YOKE_LOCK_CELLS]; /* of the acquisitions, for each part */
    unsigned parts, busiest;
    unsigned threads;
    double hold;    /* mean seconds */
    double residue; /* mean seconds that a hold has to go when another thread comes */
    double think;   /* mean seconds outside */
} network;

typedef struct solution {
    double rate, wait, contended;
} solution;

static double minimum(double a, double b) { return a < b ? a : b; }

static void share_out(network *net, const yoke_lock_profile *profile, unsigned parts) {
    net->parts = parts;
    net->busiest = 0;
    for (unsigned i = 0; i < parts; i++) net->share[i] = profile->keyed ? 0 : 1.0 / parts;
    for (unsigned cell = 0; profile->keyed && cell < YOKE_LOCK_CELLS; cell++) {
        net->share[cell * parts / YOKE_LOCK_CELLS] +=
            (double)profile->cells[cell] / (double)profile->keyed;
    }
    for (unsigned i = 1; i < parts; i++) {
        if (net->share[i] > net->share[net->busiest]) net->busiest = i;
    }
}

static solution solve(const network *net) {
    double queue[YOKE_LOCK_CELLS] = {0}, most = 1 / (net->share[net->busiest] * net->hold);
    solution s = {0, 0, 0};
    for (unsigned n = 1; n <= net->threads; n++) {
        double stay[YOKE_LOCK_CELLS], mean = 0, found = 0, queued = 0;
        for (unsigned i = 0; i < net->parts; i++) {
            double used = minimum(1, s.rate * net->share[i] * net->hold);
            double ahead = queue[i] > used ? queue[i] - used : 0;
            stay[i] = net->hold * (1 + ahead) + used * net->residue;
            mean += net->share[i] * stay[i];
            found += net->share[i] * used;
        }
        s.rate = minimum(n / (net->think + mean), most);
        s.contended = minimum(1, found);
        for (unsigned i = 0; i < net->parts; i++) {
            queue[i] = s.rate * net->share[i] * stay[i];
            queued += queue[i];
        }
        double left = n - s.rate * net->think - queued;
        if (left > 0) queue[net->busiest] += left;
    }
    s.wait = net->threads / s.rate - net->think - net->hold;
    return s;
}

static int measure(network *net, const yoke_lock_profile *p) {
    if (!p->holds || !p->acquisitions || p->seconds <= 0 || p->hold_total <= 0)
        return yoke_fail(YOKE_EDATA, "what if: the profile has no timed hold");
    double holds = (double)p->holds, mean = p->hold_total / holds;
    double cycle = p->seconds * p->threads / (double)p->acquisitions;
    net->threads = p->threads;
    net->hold = mean;
    net->residue = p->hold_squares / holds / mean / 2;
    net->think = fmax(0, cycle - p->wait_total / (double)p->acquisitions - mean);
    return YOKE_OK;
}

int yoke_lock_what_if(const yoke_lock_profile *profile, unsigned ways, unsigned processors,
                      yoke_lock_prediction *prediction) {
    network net = {0};
    if (ways < 1 || ways > YOKE_LOCK_CELLS)
        return yoke_fail(YOKE_EINVAL, "what if: %u ways, not 1 to %d", ways, YOKE_LOCK_CELLS);
    YOKE_TRY(measure(&net, profile));
    double most = processors && processors < net.threads ? processors : net.threads;
    most /= net.think + net.hold;
    share_out(&net, profile, 1);
    double whole = minimum(solve(&net).rate, most);
    share_out(&net, profile, ways);
    solution s = solve(&net);
    double rate = minimum(s.rate, most), busiest = net.share[net.busiest];
    *prediction = (yoke_lock_prediction){.rate = rate,
                                         .gain = rate / whole,
                                         .contended = s.contended,
                                         .wait = fmax(0, s.wait),
                                         .busiest = busiest,
                                         .utilisation = minimum(1, rate * busiest * net.hold)};
    return YOKE_OK;
}
