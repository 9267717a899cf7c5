/* SPDX-License-Identifier: Apache-2.0
 *
 * Contestants that bring threads of their own.
 */
#include "perf/bench/common/teams.hh"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>
#include <unistd.h>

namespace bench {

namespace {

class Solving : public Trial {
  public:
    explicit Solving(const Problem &asked) : problem(asked) {}
    uint64_t work(int) override {
        answer = solve();
        return problem.operations;
    }
    std::string check() override {
        dismiss();
        if (answer == problem.answer) return {};
        return "the answer is " + std::to_string(answer) + ", not " +
               std::to_string(problem.answer);
    }

  protected:
    virtual uint64_t solve() = 0;
    virtual void dismiss() {}

  private:
    Problem problem;
    uint64_t answer = 0;
};

class OnYoke : public Solving {
  public:
    OnYoke(const Problem &asked, int workers, std::function<uint64_t(yoke_worker *)> solver)
        : Solving(asked), threads(workers), fn(std::move(solver)) {}
    void prepare() override { pool = std::make_unique<YokePool>(threads); }

  protected:
    uint64_t solve() override { return pool->solve(fn); }
    void dismiss() override { pool.reset(); }

  private:
    int threads;
    std::function<uint64_t(yoke_worker *)> fn;
    std::unique_ptr<YokePool> pool;
};

/* Returns when so many have called it, but never later than in some milliseconds. */
void await_all(std::atomic<int> &there, int threads) {
    there.fetch_add(1);
    for (int i = 0; i < 1000 && there.load() < threads; i++) usleep(10);
}

class Pinning : public tbb::task_scheduler_observer {
  public:
    explicit Pinning(tbb::task_arena &arena) : tbb::task_scheduler_observer(arena) {
        observe(true);
    }
    ~Pinning() override { observe(false); }
    void on_scheduler_entry(bool) override { pin(tbb::this_task_arena::current_thread_index()); }
};

class OnTbb : public Solving {
  public:
    OnTbb(const Problem &asked, int threads, std::function<uint64_t()> solver)
        : Solving(asked), fn(std::move(solver)), arena(threads) {
        arena.initialize();
        observer = std::make_unique<Pinning>(arena);
    }
    void prepare() override { /* a first time, so that its threads are there */
        int threads = arena.max_concurrency();
        auto begin = [&](std::atomic<int> &there) {
            tbb::parallel_for(
                0, threads, [&](int) { await_all(there, threads); }, tbb::simple_partitioner());
        };
        parallel(1, [&](int) { /* not on this thread, which would stay pinned */
                               std::atomic<int> there{0};
                               arena.execute([&] { begin(there); });
        });
    }

  protected:
    uint64_t solve() override {
        return arena.execute([this] { return fn(); });
    }

  private:
    std::function<uint64_t()> fn;
    tbb::task_arena arena;
    std::unique_ptr<Pinning> observer;
};

class OnLibgomp : public Solving {
  public:
    OnLibgomp(const Problem &asked, int members, std::function<uint64_t(int)> solver)
        : Solving(asked), threads(members), fn(std::move(solver)) {}

  protected:
    uint64_t solve() override { return fn(threads); }

  private:
    int threads;
    std::function<uint64_t(int)> fn;
};

/* The program beside this one. */
std::string path_of(const char *name) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    std::string self(path, length > 0 ? static_cast<size_t>(length) : 0);
    return self.substr(0, self.rfind('/') + 1) + name;
}

class OnLibomp : public Solving {
  public:
    OnLibomp(const Problem &asked, int threads, const std::vector<std::string> &words)
        : Solving(asked), command("'" + path_of("pool_libomp") + "' " + std::to_string(threads)) {
        for (const auto &word : words) command += " " + word;
    }
    std::optional<Elsewhere> elsewhere() const override { return took; }

  protected:
    uint64_t solve() override {
        uint64_t found = 0;
        FILE *pipe = popen(command.c_str(), "r");
        if (!pipe) return 0;
        int read = fscanf(pipe, "%" SCNu64 " %lf %lf", &found, &took.wall, &took.processor);
        return pclose(pipe) == 0 && read == 3 ? found : 0;
    }

  private:
    std::string command;
    Elsewhere took;
};

} // namespace

namespace {

/* A task for each worker: none ends before all have begun, so each gets another worker. */
struct Pin {
    yoke_task task; /* first */
    std::atomic<int> *there;
};

void pin_worker(yoke_worker *worker, yoke_task *task) {
    auto *there = reinterpret_cast<Pin *>(task)->there;
    int workers = yoke_pool_size(yoke_worker_pool(worker));
    pin(yoke_worker_index(worker));
    there->fetch_add(1);
    while (there->load() < workers) {
        yoke_deque_poll(&worker->tasks_);
        sched_yield();
    }
}

uint64_t pin_all(yoke_worker *worker) {
    std::atomic<int> there{0};
    std::vector<Pin> tasks(yoke_pool_size(yoke_worker_pool(worker)));
    for (auto &pin : tasks) pin.there = &there;
    for (size_t i = 1; i < tasks.size(); i++) yoke_spawn(worker, &tasks[i].task, pin_worker);
    pin_worker(worker, &tasks[0].task);
    for (size_t i = tasks.size(); --i > 0;) yoke_sync(worker, &tasks[i].task);
    return 0;
}

} // namespace

YokePool::YokePool(int workers) {
    yoke_pool_options options = {};
    options.workers = workers;
    if (yoke_pool_create(&options, &pool) != YOKE_OK) {
        fprintf(stderr, "bench: %s\n", yoke_error_detail());
        exit(1);
    }
    solve(pin_all);
}

uint64_t YokePool::solve(const std::function<uint64_t(yoke_worker *)> &fn) {
    struct Call {
        const std::function<uint64_t(yoke_worker *)> &fn;
        uint64_t answer;
    } call = {fn, 0};
    auto root = [](yoke_worker *worker, void *ctx) {
        auto *asked = static_cast<Call *>(ctx);
        asked->answer = asked->fn(worker);
        return 0;
    };
    return yoke_pool_run(pool, root, &call) == YOKE_OK ? call.answer : 0;
}

Contestant on_yoke(const Problem &problem, std::function<uint64_t(yoke_worker *)> fn,
                   const std::string &name) {
    return {name, [=](int threads) { return std::make_unique<OnYoke>(problem, threads, fn); }};
}

Contestant on_tbb(const Problem &problem, std::function<uint64_t()> fn, const std::string &name) {
    return {name, [=](int threads) { return std::make_unique<OnTbb>(problem, threads, fn); }};
}

Contestant on_libgomp(const Problem &problem, std::function<uint64_t(int)> fn,
                      const std::string &name) {
    return {name, [=](int threads) { return std::make_unique<OnLibgomp>(problem, threads, fn); }};
}

Contestant on_libomp(const Problem &problem, const std::vector<std::string> &words,
                     const std::string &name) {
    return {name, [=](int threads) { return std::make_unique<OnLibomp>(problem, threads, words); }};
}

std::vector<std::string> pool_peers() { return {"libtbb-dev", "libgomp1", "libomp-19-dev"}; }

} // namespace bench
