/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop of ten million iterations, the last of which costs forty times the first: equal shares of
 * iterations are unequal shares of work. An operation is an iteration.
 */
#include <tbb/parallel_for.h>

#include "perf/bench/common/teams.hh"
#include "perf/bench/pool/omp.hh"
#include "perf/bench/pool/problems.hh"

namespace {

struct Loop {
    uint32_t *out;
    size_t n;
};

/* Reads the loop's fields once, as OpenMP's loop does. */
void fill(const Loop *loop, size_t begin, size_t end) {
    uint32_t *out = loop->out;
    size_t n = loop->n;
    for (size_t i = begin; i < end; i++) out[i] = growing::iterate(i, n);
}

int yoke_piece(yoke_worker *, size_t begin, size_t end, void *ctx) {
    fill(static_cast<const Loop *>(ctx), begin, end);
    return 0;
}

/* Here the answer is in the array; its sum is taken after the clock has stopped. */
class Checked : public bench::Trial {
  public:
    Checked(std::unique_ptr<bench::Trial> trial, const Loop &filled, uint64_t expected)
        : inner(std::move(trial)), loop(filled), answer(expected) {}
    void prepare() override {
        inner->prepare();
        for (size_t i = 0; i < loop.n; i++) loop.out[i] = 0;
    }
    uint64_t work(int thread) override { return inner->work(thread); }
    std::string check() override {
        std::string wrong = inner->check();
        if (!wrong.empty()) return wrong;
        return growing::sum(loop.out, loop.n) == answer ? "" : "the sum of the results is wrong";
    }

  private:
    std::unique_ptr<bench::Trial> inner;
    Loop loop;
    uint64_t answer;
};

std::vector<bench::Contestant> contestants(const Loop &loop) {
    bench::Problem filled = {loop.n, 0};
    const Loop *l = &loop;
    auto yoke = [=](size_t grain) {
        return [=](yoke_worker *worker) {
            return yoke_parallel_for(worker, 0, l->n, grain, yoke_piece, const_cast<Loop *>(l)) < 0;
        };
    };
    auto body = [=](const tbb::blocked_range<size_t> &r) { fill(l, r.begin(), r.end()); };
    auto gomp = [=](omp::Schedule schedule, int chunk) {
        return [=](int threads) { return omp::loop(l->out, l->n, schedule, chunk, threads), 0; };
    };
    return {
        bench::on_yoke(filled, yoke(0)),
        bench::on_yoke(filled, yoke(1024), "yoke grain 1024"),
        bench::on_tbb(
            filled,
            [=] {
                tbb::parallel_for(tbb::blocked_range<size_t>(0, l->n), body);
                return 0;
            },
            "tbb auto"),
        bench::on_tbb(
            filled,
            [=] {
                tbb::parallel_for(tbb::blocked_range<size_t>(0, l->n, 1024), body,
                                  tbb::simple_partitioner());
                return 0;
            },
            "tbb simple 1024"),
        bench::on_libgomp(filled, gomp(omp::DYNAMIC, 1), "gomp dynamic"),
        bench::on_libgomp(filled, gomp(omp::DYNAMIC, 1024), "gomp dynamic 1024"),
        bench::on_libgomp(filled, gomp(omp::GUIDED, 1), "gomp guided"),
    };
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "loop", bench::pool_peers());
    std::vector<uint32_t> out(program.scaled(10000000, 1000));
    Loop loop = {out.data(), out.size()};
    fill(&loop, 0, loop.n);
    uint64_t answer = growing::sum(loop.out, loop.n);
    bench::Workload work = {"growing", "a loop whose iterations grow", 2, 0, {}, {}, 11};
    work.own_threads = true;
    for (auto &contestant : contestants(loop)) {
        auto make = contestant.make;
        work.contestants.push_back(
            {contestant.name,
             [=](int threads) { return std::make_unique<Checked>(make(threads), loop, answer); }});
    }
    auto libomp = [&](const char *schedule, int chunk, const char *name) {
        work.contestants.push_back(bench::on_libomp(
            {loop.n, answer}, {"loop", std::to_string(loop.n), schedule, std::to_string(chunk)},
            name));
    };
    libomp("0", 1, "libomp dynamic");
    libomp("0", 1024, "libomp dynamic 1024");
    libomp("1", 1, "libomp guided");
    std::vector<std::string> peers;
    for (size_t i = 2; i < work.contestants.size(); i++) peers.push_back(work.contestants[i].name);
    work.bars = {{1, peers}};
    program.run(work);
    return program.status();
}
