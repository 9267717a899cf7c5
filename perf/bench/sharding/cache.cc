/* SPDX-License-Identifier: Apache-2.0
 *
 * Caches: miss ratios over a Zipf trace beside simulators of eviction policies, and hits per second
 * of threads that ask for a key and, when it is not there, put it.
 *
 * A value names its key, so that each hit can see that it got the right one.
 */
#include <list>
#include <mutex>
#include <unordered_map>

#define TBB_PREVIEW_CONCURRENT_LRU_CACHE 1
#include <tbb/concurrent_lru_cache.h>

#include "perf/bench/common/driver.hh"
#include "perf/bench/sharding/cache_policies.hh"
#include "perf/bench/sharding/keys.hh"
#include "yoke/cache.h"

namespace {

constexpr double SKEW = 0.99;
using Trace = std::vector<uint32_t>; /* numbers of keys */

struct Value {
    uint64_t words[4];
};

Value make_value(uint64_t key) { return {{key, ~key, 1, 2}}; }
bool fits(const Value &value, uint64_t key) {
    return value.words[0] == key && value.words[1] == ~key && value.words[3] == 2;
}

/* ---- the caches: ask() says whether it was a hit, and makes what was not there */

class YokeCache {
  public:
    YokeCache(size_t, size_t entries) {
        yoke_cache_options options = {};
        options.max_entries = entries;
        options.seed = 1;
        if (yoke_cache_create(&options, &cache) != YOKE_OK) abort();
    }
    ~YokeCache() { yoke_cache_destroy(cache); }
    YokeCache(const YokeCache &) = delete;
    YokeCache &operator=(const YokeCache &) = delete;
    bool ask(uint64_t key, Value *value) {
        size_t size = 0;
        if (yoke_cache_read(cache, &key, sizeof key, value, sizeof *value, &size) == 1) {
            return size == sizeof *value;
        }
        *value = make_value(key);
        if (yoke_cache_put(cache, &key, sizeof key, value, sizeof *value) < 0) abort();
        return false;
    }

  private:
    yoke_cache *cache = nullptr;
};

/* oneTBB's, a preview feature. It loads by itself, so a miss shows in its loader only. */
class TbbCache {
  public:
    TbbCache(size_t, size_t entries) : cache(load, entries) {}
    bool ask(uint64_t key, Value *value) {
        uint64_t before = loads;
        auto handle = cache[key];
        *value = handle.value();
        return loads == before;
    }

  private:
    static inline thread_local uint64_t loads = 0;
    static Value load(uint64_t key) {
        loads++;
        return make_value(key);
    }
    tbb::concurrent_lru_cache<uint64_t, Value> cache;
};

/* A yardstick: 64 parts, each a list and a table under a mutex. */
class StripedLru {
  public:
    StripedLru(size_t, size_t entries) : parts(PARTS), share(entries / PARTS + 1) {}
    bool ask(uint64_t key, Value *value) {
        Part &part = parts[bench::key_of(key + 1) >> 57];
        std::lock_guard<std::mutex> guard(part.lock);
        auto found = part.index.find(key);
        if (found != part.index.end()) {
            part.order.splice(part.order.end(), part.order, found->second);
            *value = found->second->second;
            return true;
        }
        *value = make_value(key);
        if (part.index.size() >= share) {
            part.index.erase(part.order.front().first);
            part.order.pop_front();
        }
        part.index[key] = part.order.insert(part.order.end(), {key, *value});
        return false;
    }

  private:
    static constexpr size_t PARTS = 64;
    struct alignas(128) Part {
        std::mutex lock;
        std::list<std::pair<uint64_t, Value>> order; /* the next to go first */
        std::unordered_map<uint64_t, decltype(order)::iterator> index;
    };
    std::vector<Part> parts;
    size_t share;
};

template <class Policy> class Simulated {
  public:
    Simulated(size_t keys, size_t entries) : policy(keys, entries) {}
    bool ask(uint64_t key, Value *value) {
        *value = make_value(key);
        return policy.ask(key);
    }

  private:
    Policy policy;
};

/* ---- miss ratios */

Trace make_trace(size_t keys, size_t length, uint64_t seed) {
    Trace trace(length);
    bench::Zipf zipf(keys, SKEW);
    bench::Random random(seed);
    for (auto &key : trace) key = static_cast<uint32_t>(zipf(random));
    return trace;
}

/* Negative when a hit had a wrong value. */
template <class Cache> double miss_ratio(const Trace &trace, size_t keys, size_t entries) {
    auto cache = std::make_unique<Cache>(keys, entries);
    size_t misses = 0;
    Value value;
    for (uint32_t key : trace) {
        misses += !cache->ask(key, &value);
        if (!fits(value, key)) return -1;
    }
    return static_cast<double>(misses) / static_cast<double>(trace.size());
}

struct Row {
    const char *name;
    double (*measure)(const Trace &, size_t, size_t);
    const char *like; /* the simulator of its policy; NULL: it is one */
};

double find(const std::vector<std::pair<std::string, double>> &ratios, const std::string &name) {
    for (const auto &ratio : ratios) {
        if (ratio.first == name) return ratio.second;
    }
    return -1;
}

void run_ratios(bench::Program &program, size_t keys, int percent) {
    static const Row rows[] = {
        {"LRU", miss_ratio<Simulated<bench::Lru>>, nullptr},
        {"SIEVE", miss_ratio<Simulated<bench::Sieve>>, nullptr},
        {"S3-FIFO", miss_ratio<Simulated<bench::S3Fifo>>, nullptr},
        {"ARC", miss_ratio<Simulated<bench::Arc>>, nullptr},
        {"yoke", miss_ratio<YokeCache>, "S3-FIFO"},
        {"tbb", miss_ratio<TbbCache>, "LRU"},
        {"striped lru", miss_ratio<StripedLru>, "LRU"},
    };
    std::string workload = "miss_" + std::to_string(percent);
    if (!program.wants_workload(workload)) return;
    size_t entries = keys * percent / 100;
    Trace trace = make_trace(keys, keys * 10, 3);
    std::vector<std::pair<std::string, double>> ratios;
    program.title("cache, miss ratio at a capacity of " + std::to_string(percent) + " % of " +
                  std::to_string(keys) + " keys, Zipf 0.99, one thread, " +
                  std::to_string(trace.size()) + " requests");
    for (const auto &row : rows) {
        if (row.like && !program.wants(row.name)) continue;
        double ratio = row.measure(trace, keys, entries);
        ratios.emplace_back(row.name, ratio);
        double apart = row.like ? ratio - find(ratios, row.like) : 0;
        if (ratio < 0 || apart > 0.01 || apart < -0.01) {
            program.wrong(workload, row.name, "its hits are not those of its policy");
        } else {
            program.figure(workload, row.name, {{"miss ratio", ratio}});
        }
    }
    double yoke = find(ratios, "yoke");
    if (yoke >= 0) {
        program.at_most(workload + ": miss ratio above S3-FIFO's", yoke - find(ratios, "S3-FIFO"),
                        0.005);
    }
}

/* ---- hits per second */

template <class Cache> class Asking : public bench::Trial {
  public:
    Asking(const std::vector<Trace> &traces, size_t keys, size_t entries)
        : asked(traces), places(traces.size()), cache(keys, entries) {
        Value value;
        for (const auto &trace : asked) {
            for (uint32_t key : trace) cache.ask(key, &value);
        }
    }
    uint64_t work(int thread) override {
        const Trace &trace = asked[thread];
        uint64_t found = 0, misfits = 0;
        size_t at = places[thread].value;
        Value value;
        uint64_t done = bench::repeat([&](uint64_t) {
            uint64_t key = trace[at];
            found += cache.ask(key, &value);
            misfits += !fits(value, key);
            if (++at == trace.size()) at = 0;
        });
        places[thread].value = at;
        requests.fetch_add(done);
        hits.fetch_add(found);
        wrong.fetch_add(misfits);
        return found;
    }
    /* What a capacity of a tenth may do lies between these bounds, whatever the policy. */
    std::string check() override {
        double ratio = static_cast<double>(hits.load()) / static_cast<double>(requests.load());
        if (wrong.load()) return "values of other keys";
        return ratio > 0.6 && ratio < 0.9 ? "" : "the hit ratio is " + std::to_string(ratio);
    }

  private:
    const std::vector<Trace> &asked;
    std::vector<bench::Padded<size_t>> places; /* where each thread goes on in the next run */
    Cache cache;
    std::atomic<uint64_t> requests{0}, hits{0}, wrong{0};
};

void run_hits(bench::Program &program, size_t keys, int threads) {
    std::string name = "hits_" + std::to_string(threads);
    if (!program.wants_workload(name, threads)) return;
    std::vector<Trace> traces;
    for (int i = 0; i < threads; i++)
        traces.push_back(make_trace(keys, keys * 4 / threads, 11 + i));
    bench::Workload hits = {
        name,    "cache, hits at a capacity of 10 %, Zipf 0.99, values of 32 bytes",
        threads, 0.3,
        {},      {},
        5};
    size_t entries = keys / 10;
    auto add = [&](const char *contestant, auto make) {
        hits.contestants.push_back({contestant, [=, &traces](int) { return make(traces); }});
    };
    add("yoke", [=](const std::vector<Trace> &t) {
        return std::make_unique<Asking<YokeCache>>(t, keys, entries);
    });
    add("tbb", [=](const std::vector<Trace> &t) {
        return std::make_unique<Asking<TbbCache>>(t, keys, entries);
    });
    add("striped lru", [=](const std::vector<Trace> &t) {
        return std::make_unique<Asking<StripedLru>>(t, keys, entries);
    });
    program.run(hits);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "cache", {"libtbb-dev"});
    size_t keys = program.scaled(1000000, 100000);
    for (int percent : {1, 10}) run_ratios(program, keys, percent);
    for (int threads : {2, 8}) run_hits(program, keys, threads);
    return program.status();
}
