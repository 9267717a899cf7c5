/* SPDX-License-Identifier: Apache-2.0
 *
 * What the benchmarks of yoke beside its peers have in common.
 *
 * A program has workloads, a workload has contestants: yoke and its peers, side by side in one
 * process. A round runs each contestant once, in random order; the first round only warms up.
 * Thread i is pinned to processor i modulo their number, all start at one moment, and a run lasts a
 * fixed time or does a fixed number of operations. Contestants that bring threads of their own, as
 * task pools do, are called on one thread and pin them themselves. Ratios are taken within a round,
 * so that a slow minute of the machine hits both sides. A contestant whose answer is wrong once has
 * no figures.
 */
#ifndef BENCH_COMMON_DRIVER_HH
#define BENCH_COMMON_DRIVER_HH

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/* ---- what is measured */

/* What another process has measured, in seconds. */
struct Elsewhere {
    double wall = 0, processor = 0;
};

/* A contestant made ready for one workload. */
class Trial {
  public:
    virtual ~Trial() = default;
    virtual void prepare() {}              /* before each run, nobody else runs */
    virtual uint64_t work(int thread) = 0; /* on each thread; the operations that it did */
    /* After each run: what was wrong with the answer, empty when it was right. */
    virtual std::string check() { return {}; }
    virtual std::string check_last() { return {}; } /* after the last round, for dear checks */
    /* The times of the last run, where another process did the work. */
    virtual std::optional<Elsewhere> elsewhere() const { return {}; }
};

struct Contestant {
    std::string name;
    std::function<std::unique_ptr<Trial>(int threads)> make;
};

/* A promise: `yoke` does at least `times` as much as each of `against`, by the median of the ratios
 * within rounds. */
struct Bar {
    double times;
    std::vector<std::string> against;
    std::string subject = "yoke";
};

struct Workload {
    std::string name;  /* for --workload and the JSON Lines */
    std::string title; /* one line */
    int threads;
    double seconds; /* 0: each run does a fixed number of operations */
    std::vector<Contestant> contestants;
    std::vector<Bar> bars;
    int rounds = 7;
    bool own_threads = false; /* contestants have `threads` of their own; work(0) only is called */
};

/* ---- how */

struct Options {
    double scale = 1;              /* BENCH_SCALE */
    uint64_t seed;                 /* BENCH_SEED */
    int rounds = 0;                /* --rounds; 0: as the workload says */
    int threads = 0;               /* --threads: only workloads with so many; 0: all */
    double seconds = 0;            /* --seconds; 0: as the workload says */
    std::vector<std::string> only; /* --only: contestants */
    std::string workload;          /* --workload: a part of the name */
};

/* One program: reads the options, prints what it ran on, measures, prints tables, writes JSON Lines
 * to GROUP.jsonl beside the program. */
class Program {
  public:
    /* `packages`: Debian's names of the peers, whose versions are printed. */
    Program(int argc, char **argv, const std::string &group, const std::string &name,
            const std::vector<std::string> &packages);
    ~Program();
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;

    const Options &options() const { return chosen; }
    /* n at the chosen scale, at least `least`. */
    size_t scaled(size_t n, size_t least = 1) const;
    bool wants(const std::string &contestant) const;
    bool wants_workload(const std::string &workload, int threads = 0) const;

    /* Returns the median operations per second of each contestant whose answers were right. */
    std::map<std::string, double> run(const Workload &workload);

    /* For what is not a rate (bytes, miss ratios): a line of a table, and a bar that is held when
     * `value` is at most `bound`. */
    void title(const std::string &text);
    void figure(const std::string &workload, const std::string &contestant,
                const std::vector<std::pair<std::string, double>> &values);
    void at_most(const std::string &text, double value, double bound);
    /* A wrong answer outside of the runs. */
    void wrong(const std::string &workload, const std::string &contestant,
               const std::string &reason);

    int status() const; /* of the process: 1 after a wrong answer or a missed bar */

  private:
    struct Log;
    Options chosen;
    std::string suite;
    std::unique_ptr<Log> log;
    int failures = 0;

    bool judged() const;
    void print_header(const std::string &group, const std::vector<std::string> &packages);
    void verdict(const std::string &text, bool holds, const std::string &value);
    void judge(const Workload &workload, const std::vector<struct Outcome> &outcomes);
    void print_table(const Workload &workload, const std::vector<struct Outcome> &outcomes,
                     double line);
};

/* ---- for the work of a trial */

extern std::atomic<bool> stop_flag; /* set when the time of a run is over */

/* Calls step(i), i = 0, 1, ..., until the time is over; returns how often. */
template <class Step> uint64_t repeat(Step step) {
    uint64_t done = 0;
    do {
#pragma GCC unroll 8 /* so that the loop counts for little beside a step of one instruction */
        for (int i = 0; i < 256; i++) step(done + i);
        done += 256;
    } while (!stop_flag.load(std::memory_order_relaxed));
    return done;
}

int processors(); /* that this process may use */
void pin(int thread);
/* Runs fn(0) ... fn(threads - 1) on pinned threads, and returns when all have ended. */
void parallel(int threads, const std::function<void(int)> &fn);

/* How peers without a blocking call wait: pause for a while, then yield. */
class Backoff {
  public:
    void wait() {
        if (++spins < 64) {
            __builtin_ia32_pause();
        } else {
            yield();
        }
    }
    void reset() { spins = 0; }

  private:
    int spins = 0;
    static void yield();
};

/* A value alone on its cache lines. */
template <class T> struct alignas(128) Padded { T value{}; };

} // namespace bench
#endif
