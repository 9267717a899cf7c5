/* SPDX-License-Identifier: Apache-2.0
 *
 * Maps from 64-bit keys to 64-bit values: 90 % get and 10 % add over skewed keys, add over uniform
 * keys, and memory per entry while a map grows.
 *
 * A value holds its key in the upper half and what was added in the lower, so that each get can see
 * that it read the right entry, and the sum of all lower halves tells whether an addition was lost.
 * A map is filled once and serves all workloads.
 */
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>

#include "perf/bench/common/driver.hh"
#include "perf/bench/sharding/keys.hh"
#include "perf/bench/sharding/map_peers.hh"

namespace {

using bench::key_of;
using bench::parallel;
using bench::processors;

constexpr size_t STREAM = size_t{1} << 24;  /* keys in the streams of all threads together */
constexpr uint64_t ADD = uint64_t{1} << 63; /* in a stream: add to the key, otherwise get it */

uint64_t tag(uint64_t key) { return key << 32; }

/* What each thread asks for, again and again. */
using Streams = std::vector<std::vector<uint64_t>>;

Streams make_streams(size_t keys, int threads, double skew, unsigned adds_percent, uint64_t seed) {
    Streams streams(threads);
    bench::Zipf zipf(keys, skew);
    parallel(threads, [&](int thread) {
        bench::Random random(seed + thread);
        std::vector<uint64_t> stream(STREAM / threads);
        for (auto &item : stream) {
            uint64_t rank = skew > 0 ? zipf(random) : random.below(keys);
            item = key_of(bench::number_of_rank(rank, keys));
            if (random.below(100) < adds_percent) item |= ADD;
        }
        streams[thread] = std::move(stream);
    });
    return streams;
}

/* A map with all keys in it, and how much was added to it. */
template <class Map> struct Filled {
    Map map;
    size_t keys;
    std::atomic<uint64_t> added{0}, misread{0};

    explicit Filled(size_t n) : map(n), keys(n) {
        int threads = processors();
        parallel(threads, [&](int thread) {
            map.attach();
            for (size_t i = thread + 1; i <= keys; i += threads) {
                map.add(key_of(i), tag(key_of(i)));
                if (i % 256 == 0) map.pause();
            }
            map.detach();
        });
    }

    /* The sum of what was added to the keys thread + 1, thread + 1 + threads, ... */
    uint64_t sum_part(int thread, int threads) {
        uint64_t sum = 0, value = 0;
        map.attach();
        for (size_t i = thread + 1; i <= keys; i += threads) {
            bool there = map.get(key_of(i), &value);
            if (!there || (value ^ tag(key_of(i))) >> 32) misread.fetch_add(1);
            sum += value & UINT32_MAX;
            if (i % 256 == 0) map.pause();
        }
        map.detach();
        return sum;
    }

    std::string check() {
        std::atomic<uint64_t> sum{0};
        int threads = processors();
        parallel(threads, [&](int thread) { sum.fetch_add(sum_part(thread, threads)); });
        if (misread.load()) return std::to_string(misread.load()) + " reads were wrong";
        if (map.size() != keys) return "the size is " + std::to_string(map.size());
        if (sum.load() == added.load()) return {};
        return "the sum is " + std::to_string(sum.load()) + ", not " + std::to_string(added.load());
    }
};

template <class Map> class Mix : public bench::Trial {
  public:
    Mix(Filled<Map> &filled, const Streams &streams)
        : all(filled), asked(streams), places(streams.size()) {}
    uint64_t work(int thread) override {
        const auto &stream = asked[thread];
        uint64_t added = 0, misread = 0, value = 0;
        size_t at = places[thread].value;
        Map &map = all.map;
        map.attach();
        uint64_t done = bench::repeat([&](uint64_t step) {
            uint64_t key = stream[at] & ~ADD;
            if (stream[at] & ADD) {
                map.add(key, 1);
                added++;
            } else {
                bool there = map.get(key, &value);
                misread += !there || (value ^ tag(key)) >> 32;
            }
            if (++at == stream.size()) at = 0;
            if (step % 256 == 255) map.pause();
        });
        map.detach();
        places[thread].value = at;
        all.added.fetch_add(added);
        all.misread.fetch_add(misread);
        return done;
    }
    std::string check() override {
        return all.misread.load() ? "a get did not find the value of its key" : "";
    }
    std::string check_last() override { return all.check(); }

  private:
    Filled<Map> &all;
    const Streams &asked;
    std::vector<bench::Padded<size_t>> places; /* where each thread goes on in the next run */
};

/* Few keys, added to by several threads from empty, against a serial oracle. */
template <class Map> std::string compare_with_oracle() {
    constexpr size_t KEYS = 20000;
    constexpr int THREADS = 4;
    Streams streams = make_streams(KEYS, THREADS, 0.99, 100, 1);
    std::unordered_map<uint64_t, uint64_t> oracle;
    Map map(KEYS);
    for (auto &stream : streams) {
        stream.resize(KEYS * 4);
        for (uint64_t item : stream) oracle[item & ~ADD] += item >> 40;
    }
    parallel(THREADS, [&](int thread) {
        map.attach();
        for (uint64_t item : streams[thread]) map.add(item & ~ADD, item >> 40);
        map.detach();
    });
    size_t differences = map.size() != oracle.size();
    uint64_t value = 0;
    map.attach();
    for (size_t i = 1; i <= KEYS; i++) {
        auto entry = oracle.find(key_of(i));
        bool there = map.get(key_of(i), &value);
        bool right = entry == oracle.end() ? !there : there && value == entry->second;
        differences += !right;
    }
    map.detach();
    return differences ? std::to_string(differences) + " differences from the oracle" : "";
}

/* ---- memory */

double status_kib(const std::string &name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind(name + ":", 0) == 0) return strtod(line.c_str() + name.size() + 1, nullptr);
    }
    return 0;
}

struct Memory {
    double worst, at_end, peak; /* bytes per entry */
};

/* Grows a map from empty to n entries and looks at the resident set a hundred times. Sizes below a
 * tenth are left out, as there the fixed parts count more than the entries. */
template <class Map> Memory grow(size_t n) {
    Memory memory = {0, 0, 0};
    double before = status_kib("VmRSS");
    Map map(0);
    map.attach();
    for (size_t i = 1; i <= n; i++) {
        map.add(key_of(i), tag(key_of(i)));
        if (i % 256 == 0) map.pause();
        if (i % (n / 100) != 0 || i < n / 10) continue;
        memory.at_end = (status_kib("VmRSS") - before) * 1024 / static_cast<double>(i);
        memory.worst = std::max(memory.worst, memory.at_end);
    }
    memory.peak = (status_kib("VmHWM") - before) * 1024 / static_cast<double>(n);
    map.detach();
    return memory;
}

/* In a process of its own, whose allocator has nothing to use again. */
template <class Map> bool measure_growth(size_t n, Memory *memory) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    pid_t child = fork();
    if (child == 0) {
        Memory grown = grow<Map>(n);
        _exit(write(ends[1], &grown, sizeof grown) == sizeof grown ? 0 : 1);
    }
    close(ends[1]);
    bool got = child > 0 && read(ends[0], memory, sizeof *memory) == sizeof *memory;
    close(ends[0]);
    return (child < 0 || waitpid(child, nullptr, 0) == child) && got;
}

/* ---- the program */

struct Entrant {
    std::string name;
    std::function<bool(size_t, Memory *)> grow;
    std::function<std::string()> compare;
    std::function<std::unique_ptr<bench::Trial>(const Streams &)> make;
    std::function<void(size_t)> fill;
    bool only_adds; /* another way to add to a structure that is there with both */
};

template <class Map> Entrant entrant(const char *name, bool only_adds = false) {
    auto filled = std::make_shared<std::unique_ptr<Filled<Map>>>();
    return {
        name,
        measure_growth<Map>,
        compare_with_oracle<Map>,
        [filled](const Streams &streams) { return std::make_unique<Mix<Map>>(**filled, streams); },
        [filled](size_t n) { *filled = std::make_unique<Filled<Map>>(n); },
        only_adds};
}

void run_memory(bench::Program &program, const std::vector<Entrant> &entrants, size_t keys) {
    if (!program.wants_workload("memory")) return;
    program.title("map, bytes per entry of 16 while growing to " + std::to_string(keys) +
                  " entries");
    for (const auto &one : entrants) {
        Memory memory;
        if (one.only_adds) continue;
        if (!one.grow(keys, &memory)) {
            program.wrong("memory", one.name, "the process that grows the map failed");
            continue;
        }
        program.figure(
            "memory", one.name,
            {{"worst", memory.worst}, {"at the end", memory.at_end}, {"peak", memory.peak}});
        if (one.name == "yoke") program.at_most("memory: bytes per entry", memory.worst, 32);
    }
}

struct Mixture {
    const char *name, *title;
    double skew;
    unsigned adds_percent;
    std::vector<bench::Bar> bars;
};

void run_mixture(bench::Program &program, const std::vector<Entrant> &entrants, size_t keys,
                 const Mixture &mixture, int threads) {
    bench::Workload workload = {mixture.name + ("_" + std::to_string(threads)),
                                mixture.title,
                                threads,
                                0.5,
                                {},
                                mixture.bars};
    if (!program.wants_workload(workload.name, threads)) return;
    Streams streams = make_streams(keys, threads, mixture.skew, mixture.adds_percent, 7);
    for (const auto &one : entrants) {
        if (one.only_adds && mixture.adds_percent < 100) continue;
        workload.contestants.push_back(
            {one.name, [&one, &streams](int) { return one.make(streams); }});
    }
    program.run(workload);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "map",
                           {"libtbb-dev", "libcuckoo-dev", "libck-dev", "liburcu-dev"});
    size_t keys = program.scaled(10000000, 1000);
    std::vector<Entrant> entrants = {
        entrant<bench::YokeMap>("yoke"),      entrant<bench::YokeBlockMap>("yoke block", true),
        entrant<bench::TbbMap>("tbb"),        entrant<bench::CuckooMap>("libcuckoo"),
        entrant<bench::CkMap>("ck"),          entrant<bench::UrcuMap>("urcu"),
        entrant<bench::StripedMap>("striped")};
    entrants.erase(std::remove_if(entrants.begin(), entrants.end(),
                                  [&](const Entrant &e) { return !program.wants(e.name); }),
                   entrants.end());
    run_memory(program, entrants, keys);
    for (const auto &one : entrants) {
        std::string difference = one.compare();
        if (!difference.empty()) program.wrong("oracle", one.name, difference);
        one.fill(keys);
    }
    const Mixture zipf = {"zipf",
                          "map, 90 % get and 10 % add, keys Zipf 0.99",
                          0.99,
                          10,
                          {{2.5, {"tbb"}}, {1, {"libcuckoo", "ck"}}}};
    const Mixture uniform = {"uniform", "map, add, keys uniform", 0, 100, {{2.5, {"tbb"}}}};
    for (int threads : {2, 8}) {
        run_mixture(program, entrants, keys, zipf, threads);
        run_mixture(program, entrants, keys, uniform, threads);
    }
    return program.status();
}
