/* SPDX-License-Identifier: Apache-2.0
 *
 * `wc -l` on a file of 2.1 GB, in blocks by the yoke program and by GNU parallel. An operation is a
 * byte. All of them are processes that are started in the run; the file is in the cache. In small
 * blocks, starting the commands is most of the work; so a loop is measured beside that does only
 * that, and one that gives them their blocks, too.
 */
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/bench/common/teams.hh"
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

/* Starts the command `count` times, two at a time, and waits for their ends. */
bool run_bare(uint64_t count, const std::function<int(uint64_t)> &input, int output) {
    int running = 0;
    bool good = true;
    for (uint64_t i = 0; good && i < count; i++) {
        const char *words[] = {"wc", "-l", nullptr};
        posix_spawn_file_actions_t actions;
        pid_t pid;
        int from = input(i);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        good = posix_spawn(&pid, "/usr/bin/wc", &actions, nullptr, const_cast<char *const *>(words),
                           environ) == 0;
        posix_spawn_file_actions_destroy(&actions);
        close(from);
        running += good;
        if (running == 2) wait(nullptr), running--;
    }
    while (running--) wait(nullptr);
    return good;
}

/* A pipe that holds a block of the file, which is not copied. */
int pipe_of(int file, off_t at, size_t size) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    fcntl(ends[1], F_SETPIPE_SZ, (int)size);
    while (size > 0) {
        ssize_t moved = splice(file, &at, ends[1], nullptr, size, SPLICE_F_NONBLOCK);
        if (moved <= 0) break;
        size -= (size_t)moved;
    }
    close(ends[1]);
    return ends[0];
}

/* What a program has to do at least that gives blocks to commands by pipes. Blocks end anywhere,
 * which does not change the sum, and what the commands print has room in one pipe. */
uint64_t bare_sum(const std::string &name, uint64_t blocks, size_t size) {
    int file = open(name.c_str(), O_RDONLY | O_CLOEXEC), ends[2];
    if (file < 0 || pipe2(ends, O_CLOEXEC) < 0) return 0;
    bool good = run_bare(
        blocks, [=](uint64_t i) { return pipe_of(file, (off_t)(i * size), size); }, ends[1]);
    close(ends[1]);
    close(file);
    FILE *output = fdopen(ends[0], "r");
    uint64_t sum = 0;
    unsigned long long number;
    while (fscanf(output, "%llu", &number) == 1) sum += number;
    fclose(output);
    return good ? sum : 0;
}

/* And what the commands cost that read nothing. */
bool run_idle(uint64_t count) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool good = run_bare(
        count, [=](uint64_t) { return fcntl(null, F_DUPFD_CLOEXEC, 3); }, null);
    close(null);
    return good;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pipeline", "pipe", {"parallel", "coreutils"});
    bench::TextFile file(program.scaled(2100, 30) * 1000000, program.options().seed);
    std::string yoke = folder_of(argv[0]) + "/../yoke pipe ", name = file.name();
    uint64_t lines = sum_of("wc -l < " + name);
    /* on a thread that is not pinned, as the processes that it starts would be, too */
    auto counter = [&](const std::string &title, const std::function<uint64_t()> &count) {
        return bench::on_libgomp(
            {file.size(), lines}, [=](int) { return count(); }, title);
    };
    auto contestant = [&](const std::string &title, const std::string &command) {
        return counter(title, [=] { return sum_of(command); });
    };
    bench::Workload usual = {"wc_l", "2.1 GB through wc -l", 2, 0, {}, {}, 3};
    usual.own_threads = true;
    usual.contestants = {
        contestant("yoke", yoke + name + " -- wc -l"),
        contestant("yoke from a pipe", "cat " + name + " | " + yoke + "-- wc -l"),
        contestant("parallel --pipe", "parallel --pipe -j2 wc -l < " + name),
        contestant("parallel --pipe 64M", "parallel --pipe --block 64M -j2 wc -l < " + name),
        contestant("parallel 32M", "parallel --pipepart -a " + name + " --block 32M -j2 wc -l"),
        contestant("cat | wc", "cat " + name + " | wc -l"),
    };
    usual.bars = {{25, {"parallel --pipe"}}};
    program.run(usual);
    bench::Workload small = {"wc_l_1M", "the same in blocks of 1 MiB", 2, 0, {}, {}, 3};
    small.own_threads = true;
    const size_t block = 1 << 20;
    const uint64_t blocks = (file.size() + block - 1) / block;
    small.contestants = {
        contestant("yoke", yoke + "--block 1M " + name + " -- wc -l"),
        contestant("parallel --pipepart",
                   "parallel --pipepart -a " + name + " --block 1M -j2 wc -l"),
        counter("bare loop", [=] { return bare_sum(name, blocks, block); }),
        counter("bare loop, no input", [=] { return run_idle(blocks) ? lines : 0; }),
    };
    small.bars = {{10, {"parallel --pipepart"}}};
    program.run(small);
    return program.status();
}
