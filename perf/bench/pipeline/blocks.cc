/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of a file through a compressor: yoke, oneTBB, Taskflow, and a loop.
 */
#include "perf/bench/pipeline/blocks.hh"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_pipeline.h>
#include <unistd.h>

#include "yoke/pipeline.h"

namespace bench {

namespace {

[[noreturn]] void die(const char *what) {
    perror(what);
    exit(1);
}

std::string lines(size_t bytes, std::mt19937_64 &random) {
    static const char *const words[] = {"north", "harbour", "station", "valley", "bridge", "upper"};
    std::string text;
    char line[128];
    while (text.size() < bytes) {
        uint64_t r = random();
        snprintf(line, sizeof line, "%llu,%s %s,%d.%02d,2024-%02d-%02dT%02d:%02d\n",
                 (unsigned long long)(r % 1000003), words[r % 6], words[(r >> 8) % 6],
                 int(r >> 16) % 60, int(r >> 24) & 63, int(r >> 32 & 7) + 1, int(r >> 40 & 15) + 1,
                 int(r >> 48 & 15), int(r >> 52 & 31));
        text += line;
    }
    text.resize(bytes);
    return text;
}

/* A buffer pair that goes from the source to the sink and back. */
struct Block {
    size_t number = 0, size = 0;
    std::unique_ptr<char[]> in, out;
};

/* Blocks that nobody uses. */
class Shelf {
  public:
    explicit Shelf(const Work &asked) : work(asked) {}
    Block *take() {
        std::lock_guard<std::mutex> guard(lock);
        if (idle.empty()) {
            all.push_back(std::make_unique<Block>());
            all.back()->in.reset(new char[work.block]);
            all.back()->out.reset(new char[work.room]);
            return all.back().get();
        }
        Block *block = idle.back();
        idle.pop_back();
        return block;
    }
    void give_back(Block *block) {
        std::lock_guard<std::mutex> guard(lock);
        idle.push_back(block);
    }

  private:
    const Work &work;
    std::mutex lock;
    std::vector<std::unique_ptr<Block>> all;
    std::vector<Block *> idle;
};

struct Line {
    const Work &work;
    Shelf shelf;
    int descriptor;
    size_t next = 0;
    Output output;
    Line(const Work &asked, int to) : work(asked), shelf(asked), descriptor(to) {}

    Block *read() {
        if (next == work.blocks()) return nullptr;
        Block *block = shelf.take();
        block->number = next++;
        if (!work.file->read(block->in.get(), work.block, work.at(block->number))) output.wrong++;
        return block;
    }
    void compress(Block *block, const Compress &with) const {
        block->size = with(block->out.get(), work.room, block->in.get(), work.block);
    }
    void write(Block *block) {
        output.add(block->out.get(), block->size);
        if (descriptor >= 0 &&
            ::write(descriptor, block->out.get(), block->size) != static_cast<ssize_t>(block->size))
            output.wrong++;
        shelf.give_back(block);
    }
};

int read_block(yoke_flow *flow, yoke_item *item) {
    auto *line = static_cast<Line *>(flow->state);
    item->data = line->read();
    return item->data ? YOKE_STAGE_PASS : YOKE_STAGE_END;
}

struct Local {
    Compress *with;
};

int start(void *local, void *state) {
    static_cast<Local *>(local)->with = new Compress(static_cast<Line *>(state)->work.compressor());
    return YOKE_OK;
}

void finish(void *local, void *) { delete static_cast<Local *>(local)->with; }

int compress_block(yoke_flow *flow, yoke_item *item) {
    static_cast<Line *>(flow->state)
        ->compress(static_cast<Block *>(item->data), *static_cast<Local *>(flow->local)->with);
    return YOKE_STAGE_PASS;
}

int write_block(yoke_flow *flow, yoke_item *item) {
    static_cast<Line *>(flow->state)->write(static_cast<Block *>(item->data));
    return YOKE_STAGE_PASS;
}

} // namespace

TextFile::TextFile(size_t bytes, uint64_t seed) : length(bytes) {
    const char *folder = getenv("TMPDIR");
    path = std::string(folder ? folder : "/tmp") + "/yoke-bench-XXXXXX";
    descriptor = mkstemp(&path[0]);
    if (descriptor < 0) die(path.c_str());
    std::mt19937_64 random(seed);
    for (size_t at = 0; at < bytes;) {
        std::string text = lines(std::min<size_t>(bytes - at, 1 << 20), random);
        if (write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            die(path.c_str());
        at += text.size();
    }
}

TextFile::~TextFile() {
    close(descriptor);
    unlink(path.c_str());
}

bool TextFile::read(char *to, size_t size, size_t at) const {
    return pread(descriptor, to, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
}

void Output::add(const char *data, size_t size) {
    bytes += size;
    wrong += size == 0;
    uint64_t word = 0;
    memcpy(&word, data + (size > 64 ? size / 2 : 0), sizeof word);
    digest = (digest ^ word ^ size) * 0x9E3779B97F4A7C15u;
}

Output on_pipeline(const Work &work, int threads, int descriptor) {
    Line line(work, descriptor);
    yoke_stage stages[3] = {};
    stages[0].name = "read", stages[0].run = read_block;
    stages[1].name = "compress", stages[1].run = compress_block;
    stages[1].local_size = sizeof(Local), stages[1].start = start, stages[1].finish = finish;
    stages[2].name = "write", stages[2].run = write_block, stages[2].kind = YOKE_STAGE_IN_ORDER;
    for (auto &stage : stages) stage.state = &line;
    yoke_pipeline_options options = {};
    options.workers = threads;
    options.items = 2 * static_cast<size_t>(threads) + 1;
    if (yoke_pipeline_run(stages, 3, &options) < 0) line.output.wrong++;
    return line.output;
}

Output on_oneapi(const Work &work, int threads) {
    Line line(work, -1);
    tbb::enumerable_thread_specific<Compress> compressors([&] { return work.compressor(); });
    auto read = [&](tbb::flow_control &control) {
        Block *block = line.read();
        if (!block) control.stop();
        return block;
    };
    auto compress = [&](Block *block) {
        line.compress(block, compressors.local());
        return block;
    };
    using mode = tbb::filter_mode;
    tbb::parallel_pipeline(
        2 * static_cast<size_t>(threads) + 1,
        tbb::make_filter<void, Block *>(mode::serial_in_order, read) &
            tbb::make_filter<Block *, Block *>(mode::parallel, compress) &
            tbb::make_filter<Block *, void>(mode::serial_in_order,
                                            [&](Block *block) { line.write(block); }));
    return line.output;
}

#if HAS_TASKFLOW
Output on_lines(const Work &work, tf::Executor &executor) {
    Line line(work, -1);
    size_t lines = 2 * executor.num_workers() + 1;
    std::vector<Block *> held(lines);
    std::vector<Compress> compressors;
    for (size_t i = 0; i < executor.num_workers(); i++) compressors.push_back(work.compressor());
    using type = tf::PipeType;
    tf::Pipeline stages(
        lines,
        tf::Pipe{type::SERIAL,
                 [&](tf::Pipeflow &flow) {
                     Block *block = held[flow.line()] = line.read();
                     if (!block) flow.stop();
                 }},
        tf::Pipe{type::PARALLEL,
                 [&](tf::Pipeflow &flow) {
                     line.compress(held[flow.line()], compressors[executor.this_worker_id()]);
                 }},
        tf::Pipe{type::SERIAL, [&](tf::Pipeflow &flow) { line.write(held[flow.line()]); }});
    tf::Taskflow graph;
    graph.composed_of(stages);
    executor.run(graph).wait();
    return line.output;
}
#endif

Output on_loop(const Work &work, int threads) {
    Output all;
#pragma omp parallel num_threads(threads)
    {
        Output own;
        Compress with = work.compressor();
        std::unique_ptr<char[]> in(new char[work.block]), out(new char[work.room]);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < work.blocks(); i++) {
            if (!work.file->read(in.get(), work.block, work.at(i))) own.wrong++;
            own.add(out.get(), with(out.get(), work.room, in.get(), work.block));
        }
#pragma omp critical
        all.add_unordered(own);
    }
    return all;
}

} // namespace bench
