/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the loads of group `overhead` say what the definitions of EPCC's suite say, written down
 * a second time, without regard to yoke: a reference of delays on one thread, a test of constructs
 * around them, repetitions until a test takes a millisecond, twenty of both (Bull 1999; Bull, Reid
 * and McDonnell 2012). Of the twenty both sides take the median, where the suite takes the mean,
 * since a node that others use too makes some of them much longer. An operation is a construct, and
 * its time is the overhead alone. Agreement is a bar in both directions.
 */
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <omp.h>

#include "perf/bench/common/driver.hh"
#include "perf/bench/common/run.hh"
#include "yoke/load.h"

namespace {

constexpr int OUTER = 20;
constexpr double TEST_SECONDS = 1e-3, DELAY_SECONDS = 0.1e-6;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void pin_team(int threads) {
#pragma omp parallel num_threads(threads) default(none)
    bench::pin(omp_get_thread_num());
}

/* ---- the definitions */

__attribute__((noinline)) void delay(int length) {
    float sum = 0;
    for (int i = 0; i < length; i++) {
        sum += static_cast<float>(i);
        asm volatile("" : "+x"(sum));
    }
}

template <class Fn> double time_of(Fn fn) {
    double begin = now();
    fn();
    return now() - begin;
}

int delay_length() {
    int length = 0;
    double seconds = 0;
    while (seconds < DELAY_SECONDS) {
        length = length * 11 / 10 + 1;
        seconds = 1;
        for (int i = 0; i < 10; i++)
            seconds = std::min(seconds, time_of([=] { delay(length * 1000); }) / 1000);
    }
    return length;
}

struct Test {
    int threads, length, repetitions;
};

void reference(const Test &t) {
    for (int j = 0; j < t.repetitions; j++) delay(t.length);
}

void test_parallel(const Test &t) {
    for (int j = 0; j < t.repetitions; j++) {
#pragma omp parallel num_threads(t.threads) default(none) shared(t)
        delay(t.length);
    }
}

void test_barrier(const Test &t) {
#pragma omp parallel num_threads(t.threads) default(none) shared(t)
    for (int j = 0; j < t.repetitions; j++) {
        delay(t.length);
#pragma omp barrier
    }
}

void test_for(const Test &t) {
#pragma omp parallel num_threads(t.threads) default(none) shared(t)
    for (int j = 0; j < t.repetitions; j++) {
#pragma omp for
        for (int i = 0; i < t.threads; i++) delay(t.length);
    }
}

void test_parallel_for(const Test &t) {
    for (int j = 0; j < t.repetitions; j++) {
#pragma omp parallel for num_threads(t.threads) default(none) shared(t)
        for (int i = 0; i < t.threads; i++) delay(t.length);
    }
}

void test_single(const Test &t) {
#pragma omp parallel num_threads(t.threads) default(none) shared(t)
    for (int j = 0; j < t.repetitions; j++) {
#pragma omp single
        delay(t.length);
    }
}

void test_reduction(const Test &t) {
    long sum = 0;
    for (int j = 0; j < t.repetitions; j++) {
#pragma omp parallel num_threads(t.threads) default(none) shared(t) reduction(+ : sum)
        {
            delay(t.length);
            sum++;
        }
    }
    if (sum < 0) abort();
}

/* A test that was disturbed would end the search for repetitions too early. */
double quickest(void (*test)(const Test &), const Test &t) {
    double least = INFINITY;
    for (int i = 0; i < 5; i++) least = std::min(least, time_of([&] { test(t); }));
    return least;
}

double by_definition(void (*test)(const Test &), int threads) {
    Test t = {threads, delay_length(), 1};
    while (quickest(test, t) < TEST_SECONDS) t.repetitions *= 2;
    std::vector<double> references, tests;
    for (int k = 0; k < OUTER; k++) {
        references.push_back(time_of([&] { reference(t); }) / t.repetitions);
        tests.push_back(time_of([&] { test(t); }) / t.repetitions);
    }
    return bench::median(tests) - bench::median(references);
}

/* ---- the loads */

double by_load(const char *name, int threads) {
    const yoke_load *load = yoke_load_find(name);
    yoke_run how = {};
    how.threads = threads;
    yoke_load_run run = {};
    run.size = 2000;
    run.run = &how;
    std::vector<double> seconds;
    int status = load->prepare(&run);
    for (int k = 0; k <= OUTER && status >= 0; k++) {
        status = load->repeat(&run);
        if (k) seconds.push_back(run.seconds / static_cast<double>(run.items));
    }
    if (status >= 0) status = load->check(&run);
    load->finish(&run);
    return status < 0 ? NAN : bench::median(seconds);
}

/* ---- side by side */

class Overhead : public bench::Trial {
  public:
    Overhead(std::function<double(int)> asked, int members)
        : fn(std::move(asked)), threads(members) {}
    uint64_t work(int) override {
        pin_team(threads);
        double seconds = fn(threads) * OPERATIONS;
        failed = !(seconds > 0);
        took = {failed ? 1 : seconds, failed ? 1 : seconds * threads};
        return OPERATIONS;
    }
    std::string check() override { return failed ? "no overhead was found" : ""; }
    std::optional<bench::Elsewhere> elsewhere() const override { return took; }

  private:
    static constexpr uint64_t OPERATIONS = 1000000;
    std::function<double(int)> fn;
    int threads;
    bool failed = false;
    bench::Elsewhere took;
};

bench::Contestant contestant(const char *name, const std::function<double(int)> &fn) {
    return {name, [=](int threads) { return std::make_unique<Overhead>(fn, threads); }};
}

void compare(bench::Program &program, const char *name, void (*test)(const Test &)) {
    bench::Workload work = {name, std::string("overhead of ") + name, 2, 0, {}, {}, 15};
    work.own_threads = true;
    work.contestants = {
        contestant("yoke", [=](int threads) { return by_load(name, threads); }),
        contestant("definition", [=](int threads) { return by_definition(test, threads); }),
    };
    work.bars = {{0.85, {"definition"}}, {0.85, {"yoke"}, "definition"}};
    program.run(work);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "perf", "epcc", {"libgomp1"});
    compare(program, "omp_parallel", test_parallel);
    compare(program, "omp_barrier", test_barrier);
    compare(program, "omp_for", test_for);
    compare(program, "omp_parallel_for", test_parallel_for);
    compare(program, "omp_single", test_single);
    compare(program, "omp_reduction", test_reduction);
    return program.status();
}
