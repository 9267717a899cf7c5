/* SPDX-License-Identifier: Apache-2.0
 *
 * What asking for a group of likwid adds to the start of a measurement where likwid has no
 * counters. An operation is a start, the first one of a process: each run is the child of a fork,
 * so nothing is loaded or known before. Not a byte may come out of it, and the profile must say why
 * there are no figures of likwid.
 */
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/bench/common/driver.hh"
#include "yoke/measure.h"

namespace {

struct Start {
    double seconds;
    bool told; /* the profile has a note on likwid */
};

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/* In the child: what is printed goes to `output`. */
Start start(const char *group, int output) {
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    yoke_measure_options options = {};
    options.likwid = group;
    yoke_profile *profile = nullptr;
    double begin = now();
    if (yoke_measure_start(&options) < 0) return {};
    Start made = {now() - begin, false};
    if (yoke_measure_stop(&profile) < 0) return {};
    made.told = strstr(profile->notes, "likwid: ") != nullptr;
    yoke_profile_destroy(profile);
    fflush(nullptr);
    return made;
}

class Starts : public bench::Trial {
  public:
    explicit Starts(const char *asked) : group(asked) {}
    uint64_t work(int) override {
        int ends[2], output = memfd_create("output", MFD_CLOEXEC);
        made = {};
        if (output < 0 || pipe(ends) != 0) return 1;
        pid_t pid = fork();
        if (pid == 0) {
            Start seen = start(group, output);
            _exit(write(ends[1], &seen, sizeof seen) != static_cast<ssize_t>(sizeof seen));
        }
        close(ends[1]);
        if (read(ends[0], &made, sizeof made) != static_cast<ssize_t>(sizeof made)) made = {};
        close(ends[0]);
        if (pid > 0) waitpid(pid, nullptr, 0);
        struct stat said;
        silent = fstat(output, &said) == 0 && said.st_size == 0;
        close(output);
        return 1;
    }
    std::string check() override {
        if (!(made.seconds > 0)) return "nothing was measured";
        if (!silent) return "something was printed";
        return made.told == (group != nullptr) ? ""
                                               : "the notes on likwid are not those of the call";
    }
    std::optional<bench::Elsewhere> elsewhere() const override {
        double seconds = made.seconds > 0 ? made.seconds : 1;
        return bench::Elsewhere{seconds, seconds};
    }

  private:
    const char *group;
    Start made = {};
    bool silent = false;
};

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "perf", "startup", {"likwid"});
    if (yoke_measure_probe_likwid() == YOKE_OK) {
        program.title("likwid can count here: there is nothing to measure");
        return program.status();
    }
    bench::Workload work = {"likwid", "first start of a measurement", 1, 0, {}, {}, 101};
    work.own_threads = true;
    auto starts = [](const char *group) {
        return [=](int) { return std::make_unique<Starts>(group); };
    };
    work.contestants = {{"without", starts(nullptr)}, {"likwid asked for", starts("MEM")}};
    auto rates = program.run(work);
    if (rates.count("without") && rates.count("likwid asked for"))
        program.at_most("likwid adds to a start, in milliseconds:",
                        1e3 / rates["likwid asked for"] - 1e3 / rates["without"], 5);
    return program.status();
}
