/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a hundred thousand files of 4 KB, from the page cache and from the disk: io_uring as one
 * writes it by hand (a state machine of open, read and close, 64 in flight, one thread), libuv with
 * as many in flight and its usual four threads, and 32 threads with blocking calls. An operation is
 * a file. The cold runs drop the page cache first, for which they need root. Threads are not
 * pinned.
 */
#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <liburing.h>
#include <sched.h>
#include <thread>
#include <unistd.h>
#include <uv.h>

#include "perf/bench/common/driver.hh"
#include "yoke/aio.h"

namespace {

constexpr size_t SIZE = 4096;
constexpr unsigned DEPTH = 64;

uint64_t sum_of(const char *data) {
    return static_cast<unsigned char>(data[0]) + static_cast<unsigned char>(data[SIZE - 1]);
}

/* Removed at the end. File i ends with the byte i % 251. */
class Files {
  public:
    explicit Files(size_t n) {
        root = std::filesystem::temp_directory_path() / ("yoke-files-" + std::to_string(getpid()));
        for (size_t i = 0; i < n; i++) {
            auto folder = root / std::to_string(i / 1000);
            if (i % 1000 == 0) std::filesystem::create_directories(folder);
            names.push_back((folder / std::to_string(i)).string());
            std::string data(SIZE - 1, 'x');
            data += static_cast<char>(i % 251);
            std::ofstream(names.back(), std::ios::binary) << data;
            sum += sum_of(data.data());
        }
        for (const auto &name : names) paths.push_back(name.c_str());
    }
    ~Files() { std::filesystem::remove_all(root); }
    Files(const Files &) = delete;
    Files &operator=(const Files &) = delete;
    std::vector<const char *> paths;
    uint64_t sum = 0;

  private:
    std::filesystem::path root;
    std::vector<std::string> names;
};

using Read = std::function<uint64_t(const std::vector<const char *> &)>;

void use_all_processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < CPU_SETSIZE; i++) CPU_SET(i, &set);
    sched_setaffinity(0, sizeof set, &set);
}

void drop_caches() {
    sync();
    std::ofstream("/proc/sys/vm/drop_caches") << "3";
}

class Reading : public bench::Trial {
  public:
    Reading(const Files &all, Read how, bool empty)
        : files(all), read(std::move(how)), cold(empty) {}
    void prepare() override {
        if (cold) drop_caches();
    }
    uint64_t work(int) override {
        use_all_processors();
        sum = read(files.paths);
        return files.paths.size();
    }
    std::string check() override { return sum == files.sum ? "" : "the sum of bytes is wrong"; }

  private:
    const Files &files;
    Read read;
    bool cold;
    uint64_t sum = 0;
};

/* ---- contestants */

int add(void *ctx, size_t, const char *data, int64_t size) {
    if (size != SIZE) return YOKE_EDATA;
    static_cast<std::atomic<uint64_t> *>(ctx)->fetch_add(sum_of(data), std::memory_order_relaxed);
    return YOKE_OK;
}

Read with_yoke(int threads) {
    return [threads](const std::vector<const char *> &paths) {
        std::atomic<uint64_t> sum{0};
        yoke_aio_files_options options = {};
        options.threads = threads;
        int status = yoke_aio_read_files(paths.data(), paths.size(), &options, add, &sum);
        return status < 0 ? 0 : sum.load();
    };
}

/* A lane opens, reads and closes one file after the other. */
struct Lane {
    enum { OPEN, READ, CLOSE } state = OPEN;
    int file = -1;
    char data[SIZE];
};

struct Ring {
    io_uring ring = {};
    const std::vector<const char *> &paths;
    std::vector<Lane> lanes{DEPTH};
    size_t next = 0, done = 0;
    uint64_t sum = 0;

    explicit Ring(const std::vector<const char *> &all) : paths(all) {}
    void open(size_t lane) {
        if (next == paths.size()) return;
        lanes[lane].state = Lane::OPEN;
        io_uring_sqe *sqe = io_uring_get_sqe(&ring);
        io_uring_prep_openat(sqe, AT_FDCWD, paths[next++], O_RDONLY, 0);
        sqe->user_data = lane;
    }
    bool step(size_t number, int result) {
        Lane &lane = lanes[number];
        if (result < 0) return false;
        if (lane.state == Lane::CLOSE) return done++, open(number), true;
        io_uring_sqe *sqe = io_uring_get_sqe(&ring);
        if (lane.state == Lane::OPEN) {
            lane.file = result;
            io_uring_prep_read(sqe, lane.file, lane.data, SIZE, 0);
            lane.state = Lane::READ;
        } else {
            if (result != SIZE) return false;
            sum += sum_of(lane.data);
            io_uring_prep_close(sqe, lane.file);
            lane.state = Lane::CLOSE;
        }
        sqe->user_data = number;
        return true;
    }
    bool collect() {
        unsigned head = 0, count = 0;
        io_uring_cqe *cqe = nullptr;
        bool good = io_uring_submit_and_wait(&ring, 1) >= 0;
        io_uring_for_each_cqe(&ring, head, cqe) {
            count++;
            good = good && step(cqe->user_data, cqe->res);
        }
        io_uring_cq_advance(&ring, count);
        return good;
    }
};

uint64_t by_hand(const std::vector<const char *> &paths) {
    Ring r(paths);
    io_uring_params params = {};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    if (io_uring_queue_init_params(2 * DEPTH, &r.ring, &params) < 0) return 0;
    for (size_t i = 0; i < DEPTH; i++) r.open(i);
    while (r.done < paths.size() && r.collect()) continue;
    io_uring_queue_exit(&r.ring);
    return r.done == paths.size() ? r.sum : 0;
}

/* One loop; each file's calls follow each other through the callbacks. */
class Uv {
  public:
    explicit Uv(const std::vector<const char *> &all) : paths(all) {}
    uint64_t run() {
        if (uv_loop_init(&loop) < 0) return 0;
        for (auto &lane : lanes) {
            lane.all = this;
            lane.request.data = &lane;
            lane.open();
        }
        uv_run(&loop, UV_RUN_DEFAULT);
        bool clean = uv_loop_close(&loop) == 0;
        return clean && done == paths.size() ? sum : 0;
    }

  private:
    struct Lane {
        Uv *all = nullptr;
        uv_fs_t request = {};
        int file = -1;
        char data[SIZE];
        void open() {
            if (all->next == all->paths.size()) return;
            uv_fs_open(&all->loop, &request, all->paths[all->next++], UV_FS_O_RDONLY, 0, opened);
        }
    };
    /* The lane and the result of the call that has ended. */
    static std::pair<Lane *, ssize_t> end(uv_fs_t *request) {
        std::pair<Lane *, ssize_t> ended(static_cast<Lane *>(request->data), request->result);
        uv_fs_req_cleanup(request);
        return ended;
    }
    static void opened(uv_fs_t *request) {
        auto [lane, result] = end(request);
        if (result < 0) return;
        lane->file = static_cast<int>(result);
        uv_buf_t buffer = uv_buf_init(lane->data, SIZE);
        uv_fs_read(&lane->all->loop, request, lane->file, &buffer, 1, 0, was_read);
    }
    static void was_read(uv_fs_t *request) {
        auto [lane, result] = end(request);
        if (result == SIZE) {
            lane->all->sum += sum_of(lane->data);
            lane->all->done++;
        }
        uv_fs_close(&lane->all->loop, request, lane->file, closed);
    }
    static void closed(uv_fs_t *request) { end(request).first->open(); }

    uv_loop_t loop = {};
    const std::vector<const char *> &paths;
    std::vector<Lane> lanes{DEPTH};
    size_t next = 0, done = 0;
    uint64_t sum = 0;
};

uint64_t with_libuv(const std::vector<const char *> &paths) { return Uv(paths).run(); }

uint64_t by_threads(const std::vector<const char *> &paths) {
    std::atomic<size_t> next{0};
    std::atomic<uint64_t> sum{0};
    std::vector<std::thread> threads;
    auto read_some = [&] {
        uint64_t mine = 0;
        char data[SIZE];
        for (size_t i; (i = next.fetch_add(1)) < paths.size();) {
            int file = open(paths[i], O_RDONLY | O_CLOEXEC);
            if (file >= 0 && read(file, data, SIZE) == SIZE) mine += sum_of(data);
            if (file >= 0) close(file);
        }
        sum += mine;
    };
    for (int i = 0; i < 32; i++) threads.emplace_back(read_some);
    for (auto &thread : threads) thread.join();
    return sum;
}

bench::Workload reading(const Files &files, bool cold) {
    bench::Workload work = {cold ? "cold" : "warm",
                            cold ? "files of 4 KB that are on the disk"
                                 : "files of 4 KB that are in the page cache",
                            2,
                            0,
                            {},
                            {{0.9, {"io_uring"}}, {0.9, {"threads"}, "yoke 2"}},
                            cold ? 3 : 7};
    work.own_threads = true;
    auto contestant = [&files, cold](const char *name, const Read &how) {
        return bench::Contestant{
            name, [&files, cold, how](int) { return std::make_unique<Reading>(files, how, cold); }};
    };
    work.contestants = {contestant("yoke", with_yoke(1)), contestant("yoke 2", with_yoke(2)),
                        contestant("io_uring", by_hand), contestant("libuv", with_libuv),
                        contestant("threads", by_threads)};
    return work;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pipeline", "files", {"liburing-dev", "libuv1-dev"});
    Files files(program.scaled(100000, 1000));
    program.run(reading(files, false));
    if (geteuid() == 0) program.run(reading(files, true));
    return program.status();
}
