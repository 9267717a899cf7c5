/* SPDX-License-Identifier: Apache-2.0
 *
 * Reclamation: threads read objects in sections; every 1024th operation of a thread replaces one,
 * and the old one is released when nobody can be reading it.
 *
 * An object that is released is wiped first, so that a reader that came too late is likely to see
 * it; and all objects must have been released in the end.
 */
#include <atomic>
#include <mutex>
#include <shared_mutex>

#define URCU_INLINE_SMALL_FUNCTIONS
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>

#include <urcu/flavor.h>

/* ck's header converts a void pointer that this returns, which is C but not C++. */
#include <ck_pr.h>
struct AnyPointer {
    void *pointer;
    template <class T> operator T *() const { return static_cast<T *>(pointer); }
};
#define ck_pr_fas_ptr(target, value) (AnyPointer{ck_pr_fas_ptr(target, value)})
extern "C" {
#include <ck_epoch.h>
}
#undef ck_pr_fas_ptr

/* Where both flavours are included, liburcu's headers declare this table of the first only. */
extern "C" const rcu_flavor_struct urcu_qsbr_flavor;

#include "perf/bench/common/driver.hh"
#include "yoke/reclaim.h"

namespace {

constexpr size_t PLACES = 64; /* pointers that are read and replaced */
constexpr uint64_t CANARY = 0xC0FFEE0DDBA11u;

/* Link is what the scheme wants at the front of an object. */
template <class Scheme, class Link> struct Object {
    static inline std::atomic<int64_t> living{0}; /* made and not released */
    Link link{};
    std::atomic<uint64_t> canary{CANARY};
    Object() { living.fetch_add(1); }
    ~Object() {
        canary.store(0);
        living.fetch_sub(1);
    }
    Object(const Object &) = delete;
    Object &operator=(const Object &) = delete;
    static void release(Link *link) { delete reinterpret_cast<Object *>(link); }
};

class Yoke {
  public:
    using Object = ::Object<Yoke, yoke_reclaim_node>;
    explicit Yoke(int) {
        if (yoke_reclaim_create(nullptr, &domain) != YOKE_OK) abort();
    }
    ~Yoke() { yoke_reclaim_destroy(domain); }
    Yoke(const Yoke &) = delete;
    Yoke &operator=(const Yoke &) = delete;
    void attach(int) {}
    void detach(int) {}
    void enter(int) {
        if (yoke_reclaim_enter() != YOKE_OK) abort();
    }
    void leave(int) { yoke_reclaim_leave(); }
    void pause() {}
    Object *load(const std::atomic<Object *> &place) {
        return static_cast<Object *>(yoke_reclaim_load(reinterpret_cast<void *const *>(&place)));
    }
    Object *make() {
        auto *object = new Object;
        object->link.bytes = sizeof *object;
        object->link.release = [](yoke_reclaim_node *link, void *) { Object::release(link); };
        yoke_reclaim_born(&object->link);
        return object;
    }
    void retire(int, Object *old) { yoke_reclaim_retire(domain, &old->link); }
    void finish() { yoke_reclaim_collect(domain); }

  private:
    yoke_reclaim *domain = nullptr;
};

/* What the others have in common: they read with a plain load, and objects need no birth. */
template <class Object> struct PlainLoad {
    Object *load(const std::atomic<Object *> &place) {
        return place.load(std::memory_order_acquire);
    }
    Object *make() { return new Object; }
};

/* liburcu with membarrier(2): sections cost readers little, reclaiming waits for all. */
struct UrcuMemb : PlainLoad<Object<struct UrcuMemb, rcu_head>> {
    using Object = ::Object<UrcuMemb, rcu_head>;
    explicit UrcuMemb(int) {}
    void attach(int) { urcu_memb_register_thread(); }
    void detach(int) { urcu_memb_unregister_thread(); }
    void enter(int) { urcu_memb_read_lock(); }
    void leave(int) { urcu_memb_read_unlock(); }
    void pause() {}
    void retire(int, Object *old) { urcu_memb_call_rcu(&old->link, Object::release); }
    void finish() { urcu_memb_barrier(); }
};

/* liburcu's other flavour: sections are free, but each thread has to say when it is in none. */
struct UrcuQsbr : PlainLoad<Object<struct UrcuQsbr, rcu_head>> {
    using Object = ::Object<UrcuQsbr, rcu_head>;
    explicit UrcuQsbr(int) {}
    void attach(int) { urcu_qsbr_register_thread(); }
    void detach(int) { urcu_qsbr_unregister_thread(); }
    void enter(int) { urcu_qsbr_read_lock(); }
    void leave(int) { urcu_qsbr_read_unlock(); }
    void pause() { urcu_qsbr_quiescent_state(); }
    void retire(int, Object *old) { urcu_qsbr_flavor.update_call_rcu(&old->link, Object::release); }
    void finish() {
        urcu_qsbr_register_thread();
        urcu_qsbr_flavor.barrier();
        urcu_qsbr_unregister_thread();
    }
};

struct CkEpoch : PlainLoad<Object<struct CkEpoch, ck_epoch_entry_t>> {
    using Object = ::Object<CkEpoch, ck_epoch_entry_t>;
    ck_epoch_t epoch;
    std::vector<bench::Padded<ck_epoch_record_t>> records;
    explicit CkEpoch(int threads) : records(threads) {
        ck_epoch_init(&epoch);
        for (auto &record : records) ck_epoch_register(&epoch, &record.value, nullptr);
    }
    void attach(int) {}
    void detach(int) {}
    void enter(int thread) { ck_epoch_begin(&records[thread].value, nullptr); }
    void leave(int thread) { ck_epoch_end(&records[thread].value, nullptr); }
    void pause() {}
    void retire(int thread, Object *old) {
        ck_epoch_call(&records[thread].value, &old->link, Object::release);
        ck_epoch_poll(&records[thread].value);
    }
    void finish() {
        for (auto &record : records) ck_epoch_barrier(&record.value);
    }
};

/* A yardstick: readers share a lock, and the old object is released at once. */
struct None {};
struct SharedMutex : PlainLoad<Object<struct SharedMutex, None>> {
    using Object = ::Object<SharedMutex, None>;
    std::shared_mutex lock;
    explicit SharedMutex(int) {}
    void attach(int) {}
    void detach(int) {}
    void enter(int) { lock.lock_shared(); }
    void leave(int) { lock.unlock_shared(); }
    void pause() {}
    void retire(int, Object *old) {
        std::unique_lock<std::shared_mutex> guard(lock);
        delete old;
    }
    void finish() {}
};

template <class Scheme> class Reading : public bench::Trial {
  public:
    explicit Reading(int threads) : scheme(threads) {
        for (auto &place : places) place.value.store(scheme.make());
    }
    ~Reading() override {
        for (auto &place : places) delete place.value.load();
    }
    uint64_t work(int thread) override {
        uint64_t wrong = 0, number = thread * 7;
        scheme.attach(thread);
        uint64_t done = bench::repeat([&](uint64_t step) {
            auto &place = places[(number + step) % PLACES].value;
            if (step % 1024 == 1023) {
                scheme.retire(thread, place.exchange(scheme.make()));
                scheme.pause();
                return;
            }
            scheme.enter(thread);
            wrong += scheme.load(place)->canary.load() != CANARY;
            scheme.leave(thread);
        });
        scheme.detach(thread);
        late.fetch_add(wrong);
        return done;
    }
    std::string check() override {
        scheme.finish();
        int64_t left = Object::living.load();
        if (late.load()) return "an object was read after its release";
        if (left == PLACES) return {};
        return std::to_string(left) + " objects are left, not " + std::to_string(PLACES);
    }

  private:
    using Object = typename Scheme::Object;
    bench::Padded<std::atomic<Object *>> places[PLACES];
    std::atomic<uint64_t> late{0};
    Scheme scheme;
};

template <class Scheme> bench::Contestant contestant(const char *name) {
    return {name, [](int threads) { return std::make_unique<Reading<Scheme>>(threads); }};
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "sharding", "reclaim", {"libck-dev", "liburcu-dev"});
    for (int threads : {2, 8}) {
        bench::Workload reading = {"read_" + std::to_string(threads),
                                   "reclamation, read sections; one of 1024 operations replaces",
                                   threads,
                                   0.3,
                                   {},
                                   {},
                                   5};
        reading.contestants = {contestant<Yoke>("yoke"), contestant<UrcuMemb>("urcu-memb"),
                               contestant<UrcuQsbr>("urcu-qsbr"), contestant<CkEpoch>("ck"),
                               contestant<SharedMutex>("shared mutex")};
        program.run(reading);
    }
    return program.status();
}
