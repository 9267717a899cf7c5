/* SPDX-License-Identifier: Apache-2.0
 *
 * A resource pool whose handles are there: acquire and release, beside apr_reslist and a stack with
 * a mutex and a condition variable. Each handle counts how often it was used, without atomics, so
 * that two owners at a time show.
 */
#include <apr_general.h>
#include <apr_reslist.h>
#include <condition_variable>
#include <mutex>

#include "perf/bench/common/driver.hh"
#include "yoke/resource.h"

namespace {

constexpr int HANDLES = 4;

struct alignas(128) Handle {
    uint64_t uses = 0;
};

/* What all contestants do; Pool has acquire and release. */
template <class Pool> class Use : public bench::Trial {
  public:
    explicit Use(int threads) : counts(threads) {}
    void prepare() override {
        for (auto &handle : handles) handle.uses = 0;
        pool.open(handles);
    }
    uint64_t work(int thread) override {
        return counts[thread].value = bench::repeat([this](uint64_t) {
                   Handle *handle = pool.acquire();
                   handle->uses++;
                   pool.release(handle);
               });
    }
    std::string check() override {
        uint64_t uses = 0, done = 0;
        for (const auto &handle : handles) uses += handle.uses;
        for (const auto &count : counts) done += count.value;
        pool.close();
        return uses == done ? "" : "a handle had two owners";
    }

  private:
    Handle handles[HANDLES];
    std::vector<bench::Padded<uint64_t>> counts;
    Pool pool;
};

struct Stock { /* hands out the handles to the pools' create */
    std::atomic<int> next{0};
    Handle *handles = nullptr;
    Handle *take() { return &handles[next.fetch_add(1)]; }
};

class Yoke {
  public:
    void open(Handle *handles) {
        stock.next = 0;
        stock.handles = handles;
        yoke_resource_options options = {};
        options.minimum = options.maximum = HANDLES;
        options.calls.create = [](void *ctx, yoke_deadline, void **handle) {
            *handle = static_cast<Stock *>(ctx)->take();
            return 0;
        };
        options.calls.destroy = [](void *, void *) {};
        options.calls.ctx = &stock;
        if (yoke_resource_create(&options, &pool) != YOKE_OK) abort();
        if (yoke_resource_maintain(pool, YOKE_FOREVER) != YOKE_OK) abort();
    }
    void close() { yoke_resource_destroy(pool); }
    Handle *acquire() {
        void *handle = nullptr;
        if (yoke_resource_acquire(pool, &handle, YOKE_FOREVER) != YOKE_OK) abort();
        return static_cast<Handle *>(handle);
    }
    void release(Handle *handle) { yoke_resource_release(pool, handle); }

  private:
    Stock stock;
    yoke_resource_pool *pool = nullptr;
};

class Apr {
  public:
    void open(Handle *handles) {
        stock.next = 0;
        stock.handles = handles;
        apr_pool_create(&memory, nullptr);
        apr_status_t status = apr_reslist_create(
            &list, HANDLES, HANDLES, HANDLES, 0,
            [](void **handle, void *ctx, apr_pool_t *) {
                *handle = static_cast<Stock *>(ctx)->take();
                return APR_SUCCESS;
            },
            [](void *, void *, apr_pool_t *) { return APR_SUCCESS; }, &stock, memory);
        if (status != APR_SUCCESS) abort();
    }
    void close() { apr_pool_destroy(memory); }
    Handle *acquire() {
        void *handle = nullptr;
        if (apr_reslist_acquire(list, &handle) != APR_SUCCESS) abort();
        return static_cast<Handle *>(handle);
    }
    void release(Handle *handle) { apr_reslist_release(list, handle); }

  private:
    Stock stock;
    apr_pool_t *memory = nullptr;
    apr_reslist_t *list = nullptr;
};

class Condition {
  public:
    void open(Handle *handles) {
        idle.clear();
        for (int i = 0; i < HANDLES; i++) idle.push_back(&handles[i]);
    }
    void close() {}
    Handle *acquire() {
        std::unique_lock<std::mutex> guard(lock);
        some.wait(guard, [this] { return !idle.empty(); });
        Handle *handle = idle.back();
        idle.pop_back();
        return handle;
    }
    void release(Handle *handle) {
        {
            std::lock_guard<std::mutex> guard(lock);
            idle.push_back(handle);
        }
        some.notify_one();
    }

  private:
    std::mutex lock;
    std::condition_variable some;
    std::vector<Handle *> idle;
};

template <class Pool> bench::Contestant contestant(const std::string &name) {
    return {name, [](int threads) { return std::make_unique<Use<Pool>>(threads); }};
}

void run(bench::Program &program, int threads) {
    bench::Workload workload = {"resource_" + std::to_string(threads),
                                "resource pool, acquire and release, " + std::to_string(threads) +
                                    " threads on 4 handles",
                                threads,
                                0.5,
                                {},
                                {}};
    workload.contestants = {contestant<Yoke>("yoke"), contestant<Apr>("apr_reslist"),
                            contestant<Condition>("mutex and condition")};
    if (threads == 8) workload.bars = {{3, {"apr_reslist"}}};
    program.run(workload);
}

} // namespace

int main(int argc, char **argv) {
    if (apr_initialize() != APR_SUCCESS) return 1;
    bench::Program program(argc, argv, "pool", "resource", {"libaprutil1-dev"});
    for (int threads : {1, 2, 8}) run(program, threads);
    return program.status();
}
