/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report costs: `yoke agg` on 60 million rows without one, and with each kind. Each run is a
 * process, and an operation is a row. The answer must be the same bytes with a report as without,
 * have each row once, and the report must be there, with the regions of the
 * library.
 */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/bench/common/driver.hh"

namespace {

/* A path from the folder of this program. */
std::string beside(const std::string &name) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    std::string self(path, length > 0 ? static_cast<size_t>(length) : 0);
    return self.substr(0, self.rfind('/') + 1) + name;
}

std::string text_of(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

double seconds_of(const timeval &time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/* Runs the words, with both outputs into files; whether it ended with 0. */
bool run(const std::vector<std::string> &words, const std::string &out, const std::string &error,
         bench::Elsewhere &took) {
    std::vector<char *> list;
    for (const auto &word : words) list.push_back(const_cast<char *>(word.c_str()));
    list.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const int how = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), how, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error.c_str(), how, 0600);
    pid_t pid;
    int status = -1;
    rusage used = {};
    auto begin = std::chrono::steady_clock::now();
    bool started = posix_spawn(&pid, list[0], &actions, nullptr, list.data(), environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    bool ended = started && wait4(pid, &status, 0, &used) == pid;
    took.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    took.processor = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    return ended && status == 0;
}

/* The rows in a temporary folder, which goes with this. */
class Rows {
  public:
    explicit Rows(size_t rows) : count(rows) {
        const char *place = getenv("TMPDIR");
        folder = std::string(place ? place : "/tmp") + "/yoke-bench-XXXXXX";
        bench::Elsewhere took;
        if (!mkdtemp(&folder[0]) ||
            !run({beside("generate"), "stations", std::to_string(rows), "413", file("in")},
                 file("out"), file("error"), took)) {
            fprintf(stderr, "report: the rows cannot be made in %s\n", folder.c_str());
            exit(1);
        }
    }
    ~Rows() {
        for (const char *name : {"in", "out", "error", "report"}) unlink(file(name).c_str());
        rmdir(folder.c_str());
    }
    Rows(const Rows &) = delete;
    Rows &operator=(const Rows &) = delete;
    std::string file(const std::string &name) const { return folder + "/" + name; }
    size_t count;
    std::string answer; /* of the first run, whichever it was */

  private:
    std::string folder;
};

/* The sum of the last column. */
size_t counted(const std::string &csv) {
    size_t sum = 0;
    for (size_t end = csv.find('\n'); end != std::string::npos; end = csv.find('\n', end + 1))
        sum += strtoull(csv.c_str() + csv.rfind(',', end) + 1, nullptr, 10);
    return sum;
}

class Aggregation : public bench::Trial {
  public:
    Aggregation(Rows &input, const std::string &kind) : rows(input), report(kind) {
        words = {beside("../yoke"),
                 "agg",
                 "min(c2), mean(c2), max(c2), count()",
                 "--by",
                 "c1",
                 "--no-header",
                 "-d",
                 ";",
                 "--format",
                 "csv",
                 rows.file("in")};
        if (!report.empty()) words.push_back("--report=" + report + ":" + rows.file("report"));
    }
    void prepare() override { unlink(rows.file("report").c_str()); }
    uint64_t work(int) override {
        failed = !run(words, rows.file("out"), rows.file("error"), took);
        return rows.count;
    }
    std::string check() override {
        if (failed) return text_of(rows.file("error"));
        std::string out = text_of(rows.file("out")), told = text_of(rows.file("report"));
        if (rows.answer.empty()) rows.answer = out;
        if (out != rows.answer) return "another answer";
        if (counted(out) != rows.count) return "not each row was counted once";
        if (report.empty() != told.empty()) return "a report is there, or not, unlike asked";
        if (!report.empty() && told.find("yoke_mapreduce") == std::string::npos)
            return "no such report";
        return {};
    }
    std::optional<bench::Elsewhere> elsewhere() const override { return took; }

  private:
    Rows &rows;
    std::string report;
    std::vector<std::string> words;
    bench::Elsewhere took;
    bool failed = false;
};

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "perf", "report", {"libgomp1"});
    Rows rows(program.scaled(60000000, 1000));
    bench::Workload work = {"report", "yoke agg with a report and without, rows", 2, 0, {}, {}, 25};
    work.own_threads = true;
    auto contestant = [&](const std::string &name, const std::string &kind) {
        work.contestants.push_back(
            {name, [&, kind](int) { return std::make_unique<Aggregation>(rows, kind); }});
        if (!kind.empty()) work.bars.push_back({0.99, {"without"}, name});
    };
    contestant("without", "");
    for (const char *kind : {"text", "json", "csv", "html"}) contestant(kind, kind);
    program.run(work);
    return program.status();
}
