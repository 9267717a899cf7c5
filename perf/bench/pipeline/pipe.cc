/* SPDX-License-Identifier: Apache-2.0
 *
 * `wc -l` on a file of 2.1 GB, in blocks by the yoke program and by GNU parallel. An operation is a
 * byte. All of them are processes that are started in the run; the file is in the cache.
 */
#include <cstdio>
#include <cstdlib>

#include "perf/bench/kernels/contest.hh"
#include "perf/bench/pipeline/blocks.hh"

namespace {

/* The sum of the numbers that a command prints. */
uint64_t sum_of(const std::string &command) {
    FILE *output = popen(command.c_str(), "r");
    if (!output) return 0;
    uint64_t sum = 0;
    unsigned long long number;
    while (fscanf(output, "%llu", &number) == 1) sum += number;
    return pclose(output) == 0 ? sum : 0;
}

std::string folder_of(const std::string &path) {
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pipeline", "pipe", {"parallel", "coreutils"});
    bench::TextFile file(program.scaled(2100, 30) * 1000000, program.options().seed);
    std::string yoke = folder_of(argv[0]) + "/../yoke pipe ", name = file.name();
    uint64_t lines = sum_of("wc -l < " + name);
    auto contestant = [&](const std::string &title, const std::string &command) {
        auto sum = std::make_shared<uint64_t>(0);
        bench::Task task = {file.size(), {}, {}, {}};
        task.check = [=] { return *sum == lines ? "" : "the number of lines is wrong"; };
        return bench::on_openmp(
            task, [=](int) { *sum = sum_of(command); }, title);
    };
    bench::Workload usual = {"wc_l", "2.1 GB through wc -l", 2, 0, {}, {}, 3};
    usual.own_threads = true;
    usual.contestants = {
        contestant("yoke", yoke + name + " -- wc -l"),
        contestant("yoke from a pipe", "cat " + name + " | " + yoke + "-- wc -l"),
        contestant("parallel --pipe", "parallel --pipe -j2 wc -l < " + name),
        contestant("parallel 32M", "parallel --pipepart -a " + name + " --block 32M -j2 wc -l"),
        contestant("cat | wc", "cat " + name + " | wc -l"),
    };
    usual.bars = {{25, {"parallel --pipe"}}};
    program.run(usual);
    bench::Workload small = {"wc_l_1M", "the same in blocks of 1 MiB", 2, 0, {}, {}, 3};
    small.own_threads = true;
    small.contestants = {
        contestant("yoke", yoke + "--block 1M " + name + " -- wc -l"),
        contestant("parallel --pipepart",
                   "parallel --pipepart -a " + name + " --block 1M -j2 wc -l"),
    };
    small.bars = {{10, {"parallel --pipepart"}}};
    program.run(small);
    return program.status();
}
