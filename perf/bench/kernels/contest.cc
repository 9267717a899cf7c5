/* SPDX-License-Identifier: Apache-2.0
 *
 * Contestants that work on arrays with an OpenMP team.
 */
#include "perf/bench/kernels/contest.hh"

#include <cstdio>
#include <omp.h>
#include <unistd.h>

namespace bench {

namespace {

class Tasked : public Trial {
  public:
    Tasked(std::unique_ptr<Trial> trial, const Task &asked)
        : inner(std::move(trial)), task(asked) {}
    void prepare() override {
        inner->prepare();
        if (task.prepare) task.prepare();
    }
    uint64_t work(int thread) override { return inner->work(thread); }
    std::string check() override {
        std::string wrong = inner->check();
        return wrong.empty() && task.check ? task.check() : wrong;
    }
    std::string check_last() override { return task.review ? task.review() : std::string(); }

  private:
    std::unique_ptr<Trial> inner;
    Task task;
};

void pin_team(int threads) {
#pragma omp parallel num_threads(threads) default(none)
    pin(omp_get_thread_num());
}

/* likwid-bench times itself. */
class OnLikwid : public Trial {
  public:
    OnLikwid(const std::string &kernel, double bytes_each, size_t megabytes, int iterations,
             int members)
        : command("likwid-bench -t " + kernel + " -i " + std::to_string(iterations) + " -w N:" +
                  std::to_string(megabytes) + "MB:" + std::to_string(members) + " 2>/dev/null"),
          bytes(bytes_each), threads(members) {}
    uint64_t work(int) override {
        double seconds = 0, volume = 0;
        if (FILE *pipe = popen(command.c_str(), "r")) {
            char line[256];
            while (fgets(line, sizeof line, pipe)) {
                (void)sscanf(line, "Time: %lf", &seconds);
                (void)sscanf(line, "Data volume (Byte): %lf", &volume);
            }
            pclose(pipe);
        }
        took = {seconds, seconds * threads};
        failed = !(seconds > 0 && volume > 0);
        return static_cast<uint64_t>(volume / bytes);
    }
    std::string check() override { return failed ? "likwid-bench does not work here" : ""; }
    std::optional<Elsewhere> elsewhere() const override { return took; }

  private:
    std::string command;
    double bytes;
    int threads;
    bool failed = false;
    Elsewhere took;
};

} // namespace

Contestant tasked(const Contestant &inner, const Task &task) {
    auto make = inner.make;
    return {inner.name, [=](int threads) { return std::make_unique<Tasked>(make(threads), task); }};
}

Contestant on_openmp(const Task &task, const std::function<void(int)> &fn,
                     const std::string &name) {
    auto pinned = [=](int threads) {
        pin_team(threads);
        for (int i = 0; i < task.passes; i++) fn(threads);
        return 0;
    };
    return tasked(on_libgomp({task.operations * task.passes, 0}, pinned, name), task);
}

Contestant on_arena(const Task &task, const std::function<void()> &fn, const std::string &name) {
    return tasked(on_tbb(
                      {task.operations, 0}, [=] { return fn(), 0; }, name),
                  task);
}

Contestant on_likwid(const std::string &kernel, double bytes, size_t megabytes, int iterations) {
    return {"likwid " + kernel, [=](int threads) {
                return std::make_unique<OnLikwid>(kernel, bytes, megabytes, iterations, threads);
            }};
}

std::vector<std::string> kernel_peers() { return {"libtbb-dev", "libgomp1", "likwid"}; }

bool has_avx512() { return __builtin_cpu_supports("avx512f"); }

void *touched(size_t bytes) {
    char *memory = static_cast<char *>(yoke_aligned_alloc(bytes));
    if (!memory) {
        fprintf(stderr, "bench: no memory for %zu bytes\n", bytes);
        exit(1);
    }
    parallel(1, [=](int) { /* not on this thread, which would stay pinned */
                           pin_team(processors());
#pragma omp parallel for schedule(static) num_threads(processors())
                           for (size_t i = 0; i < bytes; i += 4096) memory[i] = 1;
    });
    return memory;
}

} // namespace bench
