/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the rounds of a workload: threads, pinning, clocks, order. A run that hangs ends the program
 * and is named, since nobody else could say which contestant it was.
 */
#include "perf/bench/common/run.hh"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <random>
#include <sched.h>
#include <thread>
#include <unistd.h>

namespace bench {

std::atomic<bool> stop_flag;

namespace {

constexpr unsigned HANG_SECONDS = 300;
char running[256]; /* for the signal handler */

void on_hang(int) {
    const char text[] = "bench: did not end in five minutes: ";
    (void)!write(2, text, sizeof text - 1);
    (void)!write(2, running, strlen(running));
    (void)!write(2, "\n", 1);
    _exit(1);
}

double seconds(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<int> allowed() {
    cpu_set_t set;
    std::vector<int> list;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &set)) list.push_back(i);
    }
    return list;
}

const std::vector<int> &cpus() { /* asked before the first thread is pinned */
    static const std::vector<int> list = allowed();
    return list;
}

/* Processor time of the whole machine that was not idle, in seconds; what a hypervisor took away
 * counts too. */
double busy() {
    std::ifstream file("/proc/stat");
    std::string word;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, stolen = 0;
    file >> word >> user >> nice >> system >> idle >> wait >> irq >> soft >> stolen;
    return (user + nice + system + irq + soft + stolen) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Member {
    uint64_t operations = 0;
    double end = 0, processor = 0;
};

void work(Trial &trial, int thread, bool own_threads, std::atomic<int> &ready,
          const std::atomic<bool> &go, Member &member) {
    clockid_t clock = own_threads ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID;
    if (!own_threads) pin(thread);
    ready.fetch_add(1);
    while (!go.load()) sched_yield();
    double before = seconds(clock);
    member.operations = trial.work(thread);
    member.processor = seconds(clock) - before;
    member.end = seconds(CLOCK_MONOTONIC);
}

Run sum_up(const std::vector<Padded<Member>> &members, double start) {
    Run run;
    double end = start;
    for (const auto &member : members) {
        run.operations += member.value.operations;
        run.processor += member.value.processor;
        end = std::max(end, member.value.end);
    }
    run.wall = end - start;
    return run;
}

Run run_once(Trial &trial, int threads, bool own_threads, double duration) {
    std::vector<Padded<Member>> members(threads);
    std::vector<std::thread> team;
    std::atomic<int> ready{0};
    std::atomic<bool> go{false};
    stop_flag.store(false);
    trial.prepare();
    for (int i = 0; i < threads; i++) {
        team.emplace_back(work, std::ref(trial), i, own_threads, std::ref(ready), std::cref(go),
                          std::ref(members[i].value));
    }
    while (ready.load() < threads) usleep(100);
    double others = busy() - seconds(CLOCK_PROCESS_CPUTIME_ID);
    double start = seconds(CLOCK_MONOTONIC);
    go.store(true);
    if (duration > 0) std::this_thread::sleep_for(std::chrono::duration<double>(duration));
    stop_flag.store(true);
    for (auto &thread : team) thread.join();
    others = busy() - seconds(CLOCK_PROCESS_CPUTIME_ID) - others;
    Run run = sum_up(members, start);
    if (auto elsewhere = trial.elsewhere()) {
        others -= elsewhere->processor;
        run.processor = elsewhere->processor;
        run.others = std::max(0.0, others) / run.wall;
        run.wall = elsewhere->wall;
        return run;
    }
    run.others = std::max(0.0, others) / run.wall;
    return run;
}

/* One contestant in one round; the round 0 does not count. */
void take_turn(const Workload &workload, double duration, Trial &trial, Outcome &outcome,
               int round) {
    snprintf(running, sizeof running, "%s, %s", workload.name.c_str(), outcome.name.c_str());
    alarm(HANG_SECONDS);
    Run run = run_once(trial, workload.own_threads ? 1 : workload.threads, workload.own_threads,
                       duration);
    outcome.failure = trial.check();
    alarm(0);
    if (round > 0) outcome.runs.push_back(run);
}

/* Nanoseconds for one of so many trips between two processors. */
double ping_pong(uint64_t trips) {
    static Padded<std::atomic<uint64_t>> line;
    double took = 0;
    line.value.store(0);
    parallel(2, [&took, trips](int thread) {
        double start = seconds(CLOCK_MONOTONIC);
        Backoff backoff;
        for (uint64_t i = thread; i < trips; i += 2) {
            for (int spins = 0; line.value.load() != i;) {
                if (++spins > 10000) backoff.wait();
            }
            line.value.store(i + 1);
        }
        if (thread == 1) took = seconds(CLOCK_MONOTONIC) - start;
    });
    return took / static_cast<double>(trips) * 1e9;
}

} // namespace

int processors() { return static_cast<int>(cpus().size()); }

void pin(int thread) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpus()[thread % cpus().size()], &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void parallel(int threads, const std::function<void(int)> &fn) {
    std::vector<std::thread> team;
    (void)cpus();
    for (int i = 0; i < threads; i++) {
        team.emplace_back([&fn, i] {
            pin(i);
            fn(i);
        });
    }
    for (auto &thread : team) thread.join();
}

void Backoff::yield() { sched_yield(); }

double line_transfer() {
    double best = 0;
    for (int i = 0; i < 5 && processors() > 1; i++) {
        double took = ping_pong(4000);
        if (i == 0 || took < best) best = took;
    }
    return best;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

int rounds_of(const Workload &workload, const Options &options) {
    if (options.rounds) return options.rounds;
    return options.scale < 1 ? std::min(3, workload.rounds) : workload.rounds;
}

double duration_of(const Workload &workload, const Options &options) {
    if (workload.seconds <= 0) return 0;
    if (options.seconds > 0) return options.seconds;
    return std::max(0.05, workload.seconds * std::min(1.0, options.scale));
}

std::vector<Outcome> compete(const Workload &workload, const Options &options,
                             const std::function<void(const Outcome &, size_t)> &log) {
    std::mt19937_64 random(options.seed);
    int rounds = rounds_of(workload, options);
    double duration = duration_of(workload, options);
    std::vector<Outcome> outcomes;
    std::vector<std::unique_ptr<Trial>> trials;
    std::vector<size_t> order;
    signal(SIGALRM, on_hang);
    for (const auto &contestant : workload.contestants) {
        order.push_back(outcomes.size());
        outcomes.push_back({contestant.name, {}, {}});
        trials.push_back(contestant.make(workload.threads));
    }
    for (int round = 0; round <= rounds; round++) {
        std::shuffle(order.begin(), order.end(), random);
        for (size_t i : order) {
            if (!outcomes[i].failure.empty()) continue;
            take_turn(workload, duration, *trials[i], outcomes[i], round);
            if (round > 0 && outcomes[i].failure.empty()) log(outcomes[i], round);
        }
    }
    for (size_t i = 0; i < trials.size(); i++) {
        if (outcomes[i].failure.empty()) outcomes[i].failure = trials[i]->check_last();
    }
    return outcomes;
}

} // namespace bench
