/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program prints and writes: the machine, a table per workload, the bars, JSON Lines.
 */
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <sys/utsname.h>
#include <unistd.h>

#include "perf/bench/common/driver.hh"
#include "perf/bench/common/run.hh"

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

namespace bench {

/* The JSON Lines. Strings are our own names, which need no escapes. */
struct Program::Log {
    FILE *file = nullptr;
    explicit Log(const std::string &path) : file(fopen(path.c_str(), "a")) {
        if (!file) fprintf(stderr, "bench: %s: %s\n", path.c_str(), strerror(errno));
    }
    ~Log() {
        if (file) fclose(file);
    }
    Log(const Log &) = delete;
    Log &operator=(const Log &) = delete;
    void line(const std::string &text) {
        if (file) fprintf(file, "{%s}\n", text.c_str());
    }
};

namespace {

std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));
std::string text(const char *format, ...) {
    char buffer[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(buffer, sizeof buffer, format, list);
    va_end(list);
    return buffer;
}

std::string field(const char *name, const std::string &value) {
    return text("\"%s\":\"%s\"", name, value.c_str());
}

std::string field(const char *name, double value) { return text("\"%s\":%.9g", name, value); }

std::string join(const std::vector<std::string> &parts, const char *between) {
    std::string all;
    for (const auto &part : parts) all += (all.empty() ? "" : between) + part;
    return all;
}

std::vector<std::string> split(const std::string &list) {
    std::vector<std::string> parts;
    std::stringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

double number_above_zero(const std::string &name, const char *value) {
    char *end = nullptr;
    double number = strtod(value, &end);
    if (*value && !*end && number > 0 && number < 1e18) return number;
    fprintf(stderr, "bench: %s has to be a number above 0, not '%s'\n", name.c_str(), value);
    exit(2);
}

double setting(const char *name, double otherwise) {
    const char *value = getenv(name);
    return value && *value ? number_above_zero(name, value) : otherwise;
}

[[noreturn]] void usage() {
    fputs(
        "options: --only=NAME,... --workload=PART --threads=N --rounds=N --seconds=S\n"
        "environment: BENCH_SCALE, BENCH_SEED\n",
        stderr);
    exit(2);
}

void read_argument(const char *argument, Options &chosen) {
    const char *equals = strchr(argument, '=');
    if (!equals) usage();
    std::string name(argument, equals);
    const char *value = equals + 1;
    if (name == "--only") {
        chosen.only = split(value);
    } else if (name == "--workload") {
        chosen.workload = value;
    } else if (name == "--threads") {
        chosen.threads = static_cast<int>(number_above_zero(name, value));
    } else if (name == "--rounds") {
        chosen.rounds = static_cast<int>(number_above_zero(name, value));
    } else if (name == "--seconds") {
        chosen.seconds = number_above_zero(name, value);
    } else {
        usage();
    }
}

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
    }
    return "unknown processor";
}

/* What dpkg knows of the packages: "libtbb-dev 2021.8.0-2, ...". */
std::string versions(const std::vector<std::string> &packages) {
    std::string command = "dpkg-query -W -f '${Package} ${Version}\\n' " + join(packages, " ");
    FILE *pipe = packages.empty() ? nullptr : popen((command + " 2>/dev/null").c_str(), "r");
    if (!pipe) return packages.empty() ? "none" : "unknown";
    std::vector<std::string> lines;
    char line[256];
    while (fgets(line, sizeof line, pipe)) lines.emplace_back(line, strcspn(line, "\n"));
    pclose(pipe);
    return lines.empty() ? "unknown" : join(lines, ", ");
}

const Outcome *find(const std::vector<Outcome> &outcomes, const std::string &name) {
    for (const auto &outcome : outcomes) {
        if (outcome.name == name && outcome.failure.empty() && !outcome.runs.empty()) {
            return &outcome;
        }
    }
    return nullptr;
}

/* How many times as much `subject` does as `peer`, by the median over rounds. */
double times(const Outcome &subject, const Outcome &peer) {
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(subject.runs.size(), peer.runs.size()); i++) {
        ratios.push_back(subject.runs[i].rate() / peer.runs[i].rate());
    }
    return median(ratios);
}

std::string row(const Outcome &outcome, const Outcome *base, int threads) {
    if (!outcome.failure.empty()) {
        return text("  %-22s WRONG: %s", outcome.name.c_str(), outcome.failure.c_str());
    }
    std::vector<double> rates, overlap;
    for (const auto &run : outcome.runs) {
        rates.push_back(run.rate() / 1e6);
        overlap.push_back(run.processor / run.wall);
    }
    auto ends = std::minmax_element(rates.begin(), rates.end());
    double full = std::min(threads, processors());
    return text("  %-22s %9.2f %9.2f %9.2f %8s %6.2f%s", outcome.name.c_str(), median(rates),
                *ends.first, *ends.second, base ? text("%.2f", times(*base, outcome)).c_str() : "-",
                median(overlap), median(overlap) < 0.9 * full ? " !" : "");
}

std::map<std::string, double> medians(const std::vector<Outcome> &outcomes) {
    std::map<std::string, double> found;
    for (const auto &outcome : outcomes) {
        std::vector<double> rates;
        for (const auto &run : outcome.runs) rates.push_back(run.rate());
        if (outcome.failure.empty() && !rates.empty()) found[outcome.name] = median(rates);
    }
    return found;
}

void print_noise(const std::vector<Outcome> &outcomes) {
    double others = 0, wall = 0;
    for (const auto &outcome : outcomes) {
        for (const auto &run : outcome.runs) {
            others += run.others * run.wall;
            wall += run.wall;
        }
    }
    if (wall > 0 && others / wall > 0.1) {
        printf("  noisy: other programs kept %.1f processors busy meanwhile\n", others / wall);
    }
}

} // namespace

Program::Program(int argc, char **argv, const std::string &group, const std::string &name,
                 const std::vector<std::string> &packages)
    : suite(name) {
    std::string self = argv[0];
    size_t slash = self.rfind('/');
    std::string folder = slash == std::string::npos ? "" : self.substr(0, slash + 1);
    chosen.scale = setting("BENCH_SCALE", 1);
    chosen.seed = static_cast<uint64_t>(setting("BENCH_SEED", std::random_device{}() | 1u));
    for (int i = 1; i < argc; i++) read_argument(argv[i], chosen);
    log = std::make_unique<Log>(folder + group + ".jsonl");
    print_header(group, packages);
}

Program::~Program() = default;

void Program::print_header(const std::string &group, const std::vector<std::string> &packages) {
    utsname system;
    uname(&system);
    const char *tunables = getenv("GLIBC_TUNABLES");
    std::vector<std::pair<const char *, std::string>> facts = {
        {"machine",
         text("%s, %d processors, %.0f GB, %s %s", processor_name().c_str(), processors(),
              static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                  static_cast<double>(sysconf(_SC_PAGE_SIZE)) / 1e9,
              system.sysname, system.release)},
        {"compiler", std::string("g++ ") + __VERSION__ + ": " + BENCH_FLAGS},
        {"peers", versions(packages)},
        {"order",
         text("random, seed %llu; scale %g", (unsigned long long)chosen.seed, chosen.scale)},
    };
    if (group == "kernels") facts.emplace_back("memory", "warm: arrays and scratch touched before");
    if (tunables && *tunables) facts.emplace_back("tunables", tunables);
    std::vector<std::string> fields = {field("kind", "header"), field("suite", suite)};
    printf("== %s\n", suite.c_str());
    for (const auto &fact : facts) {
        printf("%-9s %s\n", fact.first, fact.second.c_str());
        fields.push_back(field(fact.first, fact.second));
    }
    fflush(stdout);
    log->line(join(fields, ","));
}

size_t Program::scaled(size_t n, size_t least) const {
    return std::max(least, static_cast<size_t>(static_cast<double>(n) * chosen.scale));
}

bool Program::wants(const std::string &contestant) const {
    const auto &only = chosen.only;
    return only.empty() || std::find(only.begin(), only.end(), contestant) != only.end();
}

bool Program::wants_workload(const std::string &workload, int threads) const {
    if (chosen.threads && threads != chosen.threads) return false;
    return workload.find(chosen.workload) != std::string::npos;
}

/* A promise is one about the whole measurement only. */
bool Program::judged() const { return chosen.scale >= 1 && !chosen.rounds && chosen.seconds <= 0; }

std::map<std::string, double> Program::run(const Workload &workload) {
    if (!wants_workload(workload.name, workload.threads)) return {};
    Workload wanted = workload;
    auto &list = wanted.contestants;
    list.erase(std::remove_if(list.begin(), list.end(),
                              [this](const Contestant &c) { return !wants(c.name); }),
               list.end());
    if (list.empty()) return {};
    double line = line_transfer();
    auto outcomes = compete(wanted, chosen, [&](const Outcome &outcome, size_t round) {
        const Run &run = outcome.runs.back();
        log->line(
            join({field("kind", "trial"), field("suite", suite), field("workload", workload.name),
                  field("contestant", outcome.name), field("threads", workload.threads),
                  field("round", double(round)), field("operations", double(run.operations)),
                  field("seconds", run.wall), field("processor_seconds", run.processor),
                  field("others", run.others), field("rate", run.rate())},
                 ","));
    });
    for (const auto &outcome : outcomes) {
        if (!outcome.failure.empty()) wrong(workload.name, outcome.name, outcome.failure);
    }
    print_table(wanted, outcomes, line);
    judge(workload, outcomes);
    fflush(stdout);
    return medians(outcomes);
}

void Program::print_table(const Workload &workload, const std::vector<Outcome> &outcomes,
                          double line) {
    double duration = duration_of(workload, chosen);
    title(text("%s; %d threads, %d rounds%s; a line takes %.0f ns", workload.title.c_str(),
               workload.threads, rounds_of(workload, chosen),
               duration > 0 ? text(" of %g s", duration).c_str() : "", line));
    const Outcome *base = find(outcomes, "yoke");
    if (!base && outcomes[0].failure.empty()) base = &outcomes[0];
    printf("  %-22s %9s %9s %9s %8s %6s\n", "million per second", "median", "min", "max",
           base ? (base->name + " x").c_str() : "", "cpus");
    std::vector<const Outcome *> sorted;
    for (const auto &outcome : outcomes) sorted.push_back(&outcome);
    std::stable_sort(sorted.begin(), sorted.end(), [&](const Outcome *a, const Outcome *b) {
        return (base && a != b ? times(*a, *base) > times(*b, *base) : false);
    });
    for (const auto *outcome : sorted) puts(row(*outcome, base, workload.threads).c_str());
    print_noise(outcomes);
}

void Program::title(const std::string &line) { printf("\n%s\n", line.c_str()); }

void Program::figure(const std::string &workload, const std::string &contestant,
                     const std::vector<std::pair<std::string, double>> &values) {
    std::vector<std::string> fields = {field("kind", "figure"), field("suite", suite),
                                       field("workload", workload),
                                       field("contestant", contestant)};
    printf("  %-22s", contestant.c_str());
    for (const auto &value : values) {
        printf(" %s %.4g ", value.first.c_str(), value.second);
        fields.push_back(field(value.first.c_str(), value.second));
    }
    puts("");
    fflush(stdout);
    log->line(join(fields, ","));
}

void Program::wrong(const std::string &workload, const std::string &contestant,
                    const std::string &reason) {
    failures++;
    fprintf(stderr, "bench: %s, %s: %s\n", workload.c_str(), contestant.c_str(), reason.c_str());
    log->line(join({field("kind", "failure"), field("suite", suite), field("workload", workload),
                    field("contestant", contestant), field("reason", reason)},
                   ","));
}

void Program::verdict(const std::string &bar, bool holds, const std::string &value) {
    const char *word = !judged() ? "not judged" : holds ? "holds" : "missed";
    if (judged() && !holds) failures++;
    printf("  %-10s %s: %s\n", word, bar.c_str(), value.c_str());
    log->line(join({field("kind", "bar"), field("suite", suite), field("bar", bar),
                    field("verdict", word), field("value", value)},
                   ","));
}

/* Against several the one it is least ahead of counts. */
void Program::judge(const Workload &workload, const std::vector<Outcome> &outcomes) {
    for (const auto &bar : workload.bars) {
        const Outcome *subject = find(outcomes, bar.subject), *nearest = nullptr;
        if (!subject) continue;
        double least = 0;
        for (const auto &name : bar.against) {
            const Outcome *peer = find(outcomes, name);
            if (!peer || (nearest && times(*subject, *peer) >= least)) continue;
            nearest = peer;
            least = times(*subject, *peer);
        }
        if (!nearest) continue;
        verdict(text("%s: %s at least %g times %s", workload.name.c_str(), bar.subject.c_str(),
                     bar.times, join(bar.against, ", ").c_str()),
                least >= bar.times, text("%.2f times %s", least, nearest->name.c_str()));
    }
}

void Program::at_most(const std::string &bar, double value, double bound) {
    verdict(text("%s at most %g", bar.c_str(), bound), value <= bound, text("%.4g", value));
}

int Program::status() const { return failures ? 1 : 0; }

} // namespace bench
