/* SPDX-License-Identifier: Apache-2.0
 *
 * A gigabyte in blocks of half a megabyte through zstd at level 3, kept in order, beside a loop
 * that keeps no order and makes no output, oneTBB's pipeline and Taskflow's, and the program zstd
 * with two threads, a process that is started in the run. The file is smaller and read several
 * times, from the page cache. An operation is a byte. Then the peak memory of a process that does
 * this once, two threads, its libraries included.
 */
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "perf/bench/kernels/contest.hh"
#include "perf/bench/pipeline/blocks.hh"

namespace {

bench::Compress zstd_compressor() {
    std::shared_ptr<ZSTD_CCtx> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    return [context](char *out, size_t room, const char *in, size_t size) -> size_t {
        size_t made = ZSTD_compressCCtx(context.get(), out, room, in, size, 3);
        return ZSTD_isError(made) ? 0 : made;
    };
}

/* All that keep the order must have made the same, and the loop as many bytes. */
struct Judge {
    bench::Output expected, found;
    bool ordered = true;
    std::string check() const {
        bool same = found.bytes == expected.bytes && !found.wrong;
        return same && (!ordered || found.digest == expected.digest) ? "" : "the output is wrong";
    }
};

double peak_megabytes() {
    long kilobytes = 0;
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file)) (void)sscanf(line, "VmHWM: %ld kB", &kilobytes);
    fclose(file);
    return static_cast<double>(kilobytes) / 1e3;
}

/* In a child that is forked before anything has a thread. */
double peak_of(const std::function<void()> &fn) {
    int ends[2];
    double peak = 0;
    if (pipe(ends) != 0) return 0;
    if (fork() == 0) {
        fn();
        peak = peak_megabytes();
        _exit(write(ends[1], &peak, sizeof peak) != sizeof peak);
    }
    close(ends[1]);
    if (read(ends[0], &peak, sizeof peak) != sizeof peak) peak = 0;
    close(ends[0]);
    wait(nullptr);
    return peak;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(
        argc, argv, "pipeline", "zstd",
        {"libtbb-dev", "libgomp1", "libzstd-dev", "zstd", "libtaskflow-cpp-dev"});
    size_t block = 1 << 19;
    bench::TextFile file(64 << 20, program.options().seed);
    bench::Work work = {&file, block, program.scaled(16), ZSTD_compressBound(block),
                        zstd_compressor};
    double peak = peak_of([&] { bench::on_pipeline(work, 2, -1); });
    Judge judge;
    judge.expected = bench::on_pipeline(work, 1, -1);
    uint64_t bytes = work.blocks() * block;
    auto contestant = [&](const std::string &name, bool ordered, bool arena,
                          const std::function<bench::Output(int)> &fn) {
        bench::Task task = {bytes, {}, {}, {}};
        task.prepare = [&judge, ordered] { judge.ordered = ordered, judge.found = {}; };
        task.check = [&judge] { return judge.check(); };
        if (arena)
            return bench::on_arena(
                task, [&judge, fn] { judge.found = fn(2); }, name);
        return bench::on_openmp(
            task, [&judge, fn](int threads) { judge.found = fn(threads); }, name);
    };
    std::string command = "zstd -q -3 -T2 -c";
    for (uint64_t i = 0; i < work.blocks() * block / file.size(); i++) command += " " + file.name();
    command += " > /dev/null";
    bench::Workload compress = {"zstd", "a gigabyte through zstd, level 3", 2, 0, {}, {}, 7};
    compress.own_threads = true;
    compress.contestants = {
        contestant("yoke", true, false,
                   [&](int threads) { return bench::on_pipeline(work, threads, -1); }),
        contestant("tbb", true, true, [&](int threads) { return bench::on_oneapi(work, threads); }),
        contestant("loop", false, false,
                   [&](int threads) { return bench::on_loop(work, threads); }),
        bench::on_libgomp(
            {bytes, 0}, [&](int) -> uint64_t { return system(command.c_str()); }, "zstd -T2"),
    };
#if HAS_TASKFLOW
    bench::Task task = {bytes, {}, {}, {}};
    task.prepare = [&judge] { judge.ordered = true, judge.found = {}; };
    task.check = [&judge] { return judge.check(); };
    compress.contestants.push_back(bench::tasked(
        bench::on_taskflow(
            bytes, [&](tf::Executor &executor) { judge.found = bench::on_lines(work, executor); }),
        task));
#endif
    compress.bars = {{0.97, {"loop"}}};
    program.run(compress);
    program.title("megabytes of a process at its peak, 2 threads");
    program.figure("memory", "yoke", {{"peak", peak}});
    program.at_most("zstd: megabytes at the peak", peak, 24);
    return program.status();
}
