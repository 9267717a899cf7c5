/* SPDX-License-Identifier: Apache-2.0
 *
 * What a region costs: a pair of begin and end on one thread and on two at the same time, while the
 * process is measured and while it is not. An operation is a pair.
 */
#include <cstdlib>

#include "perf/bench/common/driver.hh"
#include "yoke/measure.h"
#include "yoke/region.h"

namespace {

class Pairs : public bench::Trial {
  public:
    Pairs(bool measured, uint64_t count) : on(measured), n(count) {}
    void prepare() override {
        if (on && yoke_measure_start(nullptr) < 0) abort();
    }
    uint64_t work(int) override {
        for (uint64_t i = 0; i < n; i++) {
            yoke_region_begin("pair");
            yoke_region_end("pair");
        }
        return n;
    }
    std::string check() override {
        if (!on) return {};
        yoke_profile *profile = nullptr;
        if (yoke_measure_stop(&profile) < 0) return yoke_error_detail();
        uint64_t calls = 0;
        for (size_t i = 0; i < profile->cell_count; i++) {
            const yoke_cell &cell = profile->cells[i];
            std::string name = profile->regions[cell.region].name;
            if (name == "pair") calls += cell.calls;
        }
        yoke_profile_destroy(profile);
        return calls % n == 0 && calls > 0 ? "" : "calls were not counted";
    }

  private:
    bool on;
    uint64_t n;
};

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "perf", "region", {});
    uint64_t n = program.scaled(2000000, 1000);
    for (int threads : {1, 2}) {
        std::string name = "region_" + std::to_string(threads);
        bench::Workload work = {
            name, "pairs of yoke_region_begin and yoke_region_end", threads, 0, {}, {}, 9};
        auto pairs = [=](bool on) { return [=](int) { return std::make_unique<Pairs>(on, n); }; };
        work.contestants = {{"measured", pairs(true)}, {"not measured", pairs(false)}};
        auto rates = program.run(work);
        if (rates.count("measured"))
            program.at_most(name + ": nanoseconds for a pair on a thread",
                            1e9 * threads / rates["measured"], 60);
    }
    return program.status();
}
