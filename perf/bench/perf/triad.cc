/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the loads of STREAM say what likwid-bench says, with the same instructions, the same
 * arrays of 128 MB, and as many iterations: 20, pinned alike. An operation is an item; bytes of an
 * item stand in the titles, for both. Agreement is a bar in both directions.
 */
#include <cstdlib>

#include "perf/bench/kernels/contest.hh"
#include "yoke/isa.h"
#include "yoke/load.h"

namespace {

constexpr int THREADS = 2, ITERATIONS = 20;

/* A load that is prepared as long as this lives. */
class Prepared {
  public:
    Prepared(const char *name, size_t size) : load(*yoke_load_find(name)) {
        how.threads = THREADS;
        run.size = size;
        run.seed = 1;
        run.run = &how;
        bench::parallel(1, [this](int) { /* not on this thread, which would stay pinned */
                                         if (load.prepare(&run) < 0) abort();
        });
    }
    ~Prepared() { load.finish(&run); }
    Prepared(const Prepared &) = delete;
    Prepared &operator=(const Prepared &) = delete;
    bench::Task task() {
        auto check = [this] { return load.check(&run) < 0 ? yoke_error_detail() : ""; };
        return {run.size, {}, check, {}, ITERATIONS};
    }
    void repeat() {
        if (load.repeat(&run) < 0) abort();
    }
    double bytes() const { return load.bytes; }

  private:
    const yoke_load &load;
    yoke_run how = {};
    yoke_load_run run = {};
};

/* With the instructions that likwid-bench's kernel is written in. */
void compare(bench::Program &program, const char *name, const std::string &kernel,
             yoke_isa isa = YOKE_ISA_AVX512) {
    if (!program.wants_workload(name)) return;
    yoke_isa_limit(isa);
    size_t n = program.scaled(16000000, 100000);
    Prepared load(name, n);
    double bytes = load.bytes();
    auto megabytes = static_cast<size_t>(bytes * static_cast<double>(n) / 1e6);
    std::string peer = "likwid " + kernel;
    bench::Workload work = {name,
                            std::string(name) + " with " + yoke_isa_name(yoke_isa_in_use()) +
                                ", items of " + std::to_string(static_cast<int>(bytes)) + " bytes",
                            THREADS,
                            0,
                            {},
                            {},
                            15};
    work.own_threads = true;
    work.contestants = {
        bench::on_openmp(load.task(), [&](int) { load.repeat(); }),
        bench::on_likwid(kernel, bytes, megabytes, ITERATIONS),
    };
    work.bars = {{0.95, {peer}}, {0.95, {"yoke"}, peer}};
    program.run(work);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "perf", "triad", {"likwid"});
    std::string isa = bench::has_avx512() ? "avx512" : "avx";
    compare(program, "triad", "triad_" + isa);
    compare(program, "triad", "triad_sse", YOKE_ISA_PLAIN);
    compare(program, "stream_triad", "stream_" + isa);
    compare(program, "stream_triad_nt", "stream_mem_" + isa);
    compare(program, "stream_copy", "copy_" + isa);
    return program.status();
}
