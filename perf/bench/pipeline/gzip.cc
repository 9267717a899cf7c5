/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of 269 MB compressed to /dev/null as gzip members, level 6, beside pigz. zlib is what pigz
 * has; libdeflate is a faster compressor of the same format. An operation is a byte. pigz is a
 * process that is started in the run. gunzip must give back the file.
 */
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <libdeflate.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "perf/bench/kernels/contest.hh"
#include "perf/bench/pipeline/blocks.hh"

namespace {

enum { LEVEL = 6, GZIP_WINDOW = 15 + 16 };

bench::Compress zlib_compressor() {
    std::shared_ptr<z_stream> stream(new z_stream(), [](z_stream *s) {
        deflateEnd(s);
        delete s;
    });
    deflateInit2(stream.get(), LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY);
    return [stream](char *out, size_t room, const char *in, size_t size) -> size_t {
        z_stream *s = stream.get();
        s->next_in = reinterpret_cast<Bytef *>(const_cast<char *>(in));
        s->next_out = reinterpret_cast<Bytef *>(out);
        s->avail_in = static_cast<uInt>(size);
        s->avail_out = static_cast<uInt>(room);
        if (deflate(s, Z_FINISH) != Z_STREAM_END) return 0;
        size_t made = s->total_out;
        return deflateReset(s) == Z_OK ? made : 0;
    };
}

bench::Compress fast_compressor() {
    std::shared_ptr<libdeflate_compressor> own(libdeflate_alloc_compressor(LEVEL),
                                               libdeflate_free_compressor);
    return [own](char *out, size_t room, const char *in, size_t size) {
        return libdeflate_gzip_compress(own.get(), in, size, out, room);
    };
}

std::string run(const std::string &command) {
    return system(command.c_str()) == 0 ? "" : command + " failed";
}

/* Whether gunzip makes the file of what the pipeline makes of it. */
std::string same_again(const bench::Work &work) {
    std::string packed = work.file->name() + ".gz";
    int descriptor = open(packed.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return packed + " cannot be written";
    bench::on_pipeline(work, 2, descriptor);
    close(descriptor);
    std::string wrong = run("gunzip -c " + packed + " | cmp -s - " + work.file->name());
    unlink(packed.c_str());
    return wrong;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pipeline", "gzip",
                           {"pigz", "zlib1g-dev", "libdeflate-dev", "libgomp1"});
    size_t block = 1 << 19;
    bench::TextFile file(program.scaled(513, 8) * block, program.options().seed);
    size_t room = block + block / 100 + 4096;
    bench::Work deflate = {&file, block, 1, room, fast_compressor}, zlib = deflate;
    zlib.compressor = zlib_compressor;
    for (const auto *work : {&deflate, &zlib}) {
        std::string wrong = same_again(*work);
        if (!wrong.empty()) program.wrong("gzip", "yoke", wrong);
    }
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bench::Output made;
    auto contestant = [&](const std::string &name, const bench::Work *work) {
        bench::Task task = {file.size(), {}, {}, {}};
        task.check = [&] { return made.wrong ? "a block failed" : ""; };
        return bench::on_openmp(
            task, [&, work](int threads) { made = bench::on_pipeline(*work, threads, nowhere); },
            name);
    };
    std::string command = "pigz -p2 -6 -c " + file.name() + " > /dev/null";
    bench::Workload work = {"gzip", "269 MB to gzip, level 6", 2, 0, {}, {}, 5};
    work.own_threads = true;
    work.contestants = {
        contestant("yoke", &deflate),
        contestant("yoke zlib", &zlib),
        bench::on_libgomp(
            {file.size(), 0}, [&](int) -> uint64_t { return system(command.c_str()); }, "pigz"),
    };
    work.bars = {{1.05, {"pigz"}}};
    program.run(work);
    return program.status();
}
