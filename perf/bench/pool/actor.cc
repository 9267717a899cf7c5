/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors beside mailboxes of a mutex and a condition variable with a thread each, and beside CAF's,
 * whose mailboxes have no bound: two that play ping-pong, eight threads that send to one, and one
 * thread that lets one count.
 */
#include <atomic>
#include <caf/all.hpp>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "perf/bench/common/teams.hh"
#include "yoke/actor.h"

namespace {

constexpr uint64_t CREDITS = 1024;

/* What both sides do with a message: add, and pass on one less to the partner, if there is one. */
struct Counter {
    std::atomic<uint64_t> sum{0}, passed{0};
};

class Actors {
  public:
    Actors() {
        yoke_pool_options options = {};
        options.workers = 2;
        if (yoke_pool_create(&options, &pool) < 0) throw std::runtime_error("no pool");
        if (yoke_actors_create(pool, nullptr, &set) < 0) throw std::runtime_error("no actors");
        for (int i = 0; i < 2; i++) {
            places[i] = {this, i};
            yoke_actor_options of = {};
            of.state_size = sizeof(uint64_t);
            of.start = start;
            of.ctx = &places[i];
            if (yoke_actor_spawn(set, handle, &of, &actors[i]) < 0)
                throw std::runtime_error("no actor");
        }
    }
    ~Actors() {
        for (auto *actor : actors) yoke_actor_release(actor);
        yoke_actors_destroy(set);
        yoke_pool_destroy(pool);
    }
    void send(int to, uint64_t n) {
        if (yoke_actor_send(actors[to], &n, sizeof n, YOKE_FOREVER) < 0)
            throw std::runtime_error(yoke_error_detail());
    }
    Counter counters[2];

  private:
    struct Place {
        Actors *all;
        int index;
    };
    static int start(yoke_actor *, void *state, void *ctx) {
        std::memcpy(state, &ctx, sizeof ctx);
        return 0;
    }
    static int handle(yoke_actor *self, void *state, const yoke_message *message) {
        Place *place = *static_cast<Place **>(state);
        uint64_t n = *static_cast<const uint64_t *>(message->data);
        if (n > 0) {
            n--;
            return yoke_actor_send(place->all->actors[1 - place->index], &n, sizeof n,
                                   YOKE_FOREVER);
        }
        uint64_t count = 1;
        while (yoke_actor_next(self)) count++;
        Counter &c = place->all->counters[place->index];
        c.sum.store(c.sum.load(std::memory_order_relaxed) + count);
        return 0;
    }
    yoke_pool *pool = nullptr;
    yoke_actors *set = nullptr;
    yoke_actor *actors[2] = {};
    Place places[2];
};

class Mailboxes {
  public:
    Mailboxes() {
        for (int i = 0; i < 2; i++) threads[i] = std::thread([this, i] { run(i); });
    }
    ~Mailboxes() {
        for (int i = 0; i < 2; i++) send(i, UINT64_MAX);
        for (auto &thread : threads) thread.join();
    }
    void send(int to, uint64_t n) {
        Box &box = boxes[to];
        std::unique_lock<std::mutex> lock(box.mutex);
        box.changed.wait(lock, [&] { return box.items.size() < CREDITS; });
        box.items.push_back(n);
        box.changed.notify_all();
    }
    Counter counters[2];

  private:
    struct Box {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<uint64_t> items;
    };
    uint64_t receive(Box &box) {
        std::unique_lock<std::mutex> lock(box.mutex);
        box.changed.wait(lock, [&] { return !box.items.empty(); });
        uint64_t n = box.items.front();
        box.items.pop_front();
        if (box.items.size() == CREDITS - 1) box.changed.notify_all();
        return n;
    }
    void run(int i) {
        for (uint64_t n; (n = receive(boxes[i])) != UINT64_MAX;) {
            if (n > 0)
                send(1 - i, n - 1);
            else
                counters[i].sum.store(counters[i].sum.load(std::memory_order_relaxed) + 1);
        }
    }
    Box boxes[2];
    std::thread threads[2];
};

class CafActors {
  public:
    CafActors() {
        for (int i = 0; i < 2; i++) actors[i] = system.spawn(start, this, i);
    }
    ~CafActors() {
        for (auto &actor : actors) {
            caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
            actor = nullptr;
        }
    }
    void send(int to, uint64_t n) { caf::anon_send(actors[to], n); }
    Counter counters[2];

  private:
    struct Config : caf::actor_system_config {
        Config() { set("scheduler.max-threads", 2); }
    };
    static caf::behavior start(caf::event_based_actor *self, CafActors *all, int index) {
        return {[=](uint64_t n) {
            Counter &c = all->counters[index];
            if (n > 0)
                self->send(all->actors[1 - index], n - 1);
            else
                c.sum.store(c.sum.load(std::memory_order_relaxed) + 1);
        }};
    }
    Config config;
    caf::actor_system system{config};
    caf::actor actors[2];
};

/* Each thread sends `messages` zeros to one. */
template <class System> class Sending : public bench::Trial {
  public:
    Sending(int threads, uint64_t messages) : all(threads * messages), messages_(messages) {}
    void prepare() override { system.counters[0].sum.store(0); }
    uint64_t work(int) override {
        for (uint64_t i = 0; i < messages_; i++) system.send(0, 0);
        while (system.counters[0].sum.load() < all) sched_yield();
        return messages_;
    }
    std::string check() override {
        return system.counters[0].sum.load() == all ? "" : "messages were lost or doubled";
    }

  private:
    System system;
    uint64_t all, messages_;
};

/* One message that goes to and fro. */
template <class System> class PingPong : public bench::Trial {
  public:
    explicit PingPong(uint64_t passes) : passes_(passes) {}
    void prepare() override {
        for (auto &counter : system.counters) counter.sum.store(0);
    }
    uint64_t work(int) override {
        system.send(0, passes_);
        while (system.counters[0].sum.load() + system.counters[1].sum.load() == 0) sched_yield();
        return passes_;
    }
    std::string check() override {
        return system.counters[passes_ % 2].sum.load() == 1 ? "" : "the message was lost";
    }

  private:
    System system;
    uint64_t passes_;
};

template <class System> bench::Contestant sending(const char *name, uint64_t messages) {
    return {name, [messages](int t) { return std::make_unique<Sending<System>>(t, messages); }};
}
template <class System> bench::Contestant ping_pong(const char *name, uint64_t passes) {
    return {name, [passes](int) { return std::make_unique<PingPong<System>>(passes); }};
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pool", "actor", {"libcaf-dev"});
    uint64_t passes = program.scaled(200000, 2000);
    bench::Workload pairs = {"ping_pong", "two actors, one message to and fro", 1, 0, {}, {}};
    pairs.contestants = {ping_pong<Actors>("yoke", passes), ping_pong<Mailboxes>("condvar", passes),
                         ping_pong<CafActors>("caf", passes)};
    pairs.bars = {{5, {"condvar"}}};
    program.run(pairs);
    for (int threads : {1, 8}) {
        uint64_t messages = program.scaled(2000000, 2000) / static_cast<uint64_t>(threads);
        bench::Workload work = {threads == 1 ? "counting" : "fan_in_8",
                                "threads that send to one actor",
                                threads,
                                0,
                                {},
                                {}};
        work.contestants = {sending<Actors>("yoke", messages),
                            sending<Mailboxes>("condvar", messages),
                            sending<CafActors>("caf", messages)};
        work.bars = {{5, {"condvar"}}};
        program.run(work);
    }
    return program.status();
}
