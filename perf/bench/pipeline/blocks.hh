/* SPDX-License-Identifier: Apache-2.0
 *
 * What the benchmarks of compressors share: a file of text, read in blocks, and a pipeline that
 * compresses them in order. Buffers go round between source and sink.
 */
#ifndef BENCH_PIPELINE_BLOCKS_HH
#define BENCH_PIPELINE_BLOCKS_HH

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "perf/bench/common/taskflow.hh"

namespace bench {

/* A file in the temporary folder, removed at the end: lines of a table that zstd at level 3 makes
 * about a third of. */
class TextFile {
  public:
    TextFile(size_t bytes, uint64_t seed);
    ~TextFile();
    TextFile(const TextFile &) = delete;
    TextFile &operator=(const TextFile &) = delete;
    const std::string &name() const { return path; }
    size_t size() const { return length; }
    /* `size` bytes at `at`; whether they could be read. */
    bool read(char *to, size_t size, size_t at) const;

  private:
    std::string path;
    size_t length;
    int descriptor = -1;
};

/* Compresses `size` bytes into `out`; the size of the result, 0 if it failed. One for each worker.
 */
using Compress = std::function<size_t(char *out, size_t room, const char *in, size_t size)>;

struct Work {
    const TextFile *file;
    size_t block, rounds; /* the file is read so often */
    size_t room;          /* bytes of a compressed block at most */
    std::function<Compress()> compressor;
    size_t blocks() const { return rounds * (file->size() / block); }
    size_t at(size_t number) const { return number % (file->size() / block) * block; }
};

/* What came out: the sum of sizes, and a digest of all blocks in order. */
struct Output {
    uint64_t bytes = 0, digest = 0, wrong = 0;
    void add(const char *data, size_t size);
    /* The same whatever the order: for loops without one. */
    void add_unordered(const Output &other) { bytes += other.bytes, wrong += other.wrong; }
};

/* `descriptor`: where the output is written; -1: it is only counted. */
Output on_pipeline(const Work &work, int threads, int descriptor);
Output on_oneapi(const Work &work, int threads);
#if HAS_TASKFLOW
Output on_lines(const Work &work, tf::Executor &executor);
#endif
/* Without order and without output: each thread reads and compresses blocks into its buffer. */
Output on_loop(const Work &work, int threads);

} // namespace bench
#endif
