/* SPDX-License-Identifier: Apache-2.0
 *
 * Ten thousand objects of 1 KB from nginx on the loopback, 10 at a time, each into a file:
 * yoke_fetch, libcurl's multi interface as one uses it by hand (ten handles that are used again),
 * and the programs curl with --parallel and wget, one object after the other, as processes. An
 * operation is an object. Threads are not pinned.
 */
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <curl/curl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/bench/common/driver.hh"
#include "yoke/fetch.h"

namespace {

namespace fs = std::filesystem;
constexpr size_t SIZE = 1024;
constexpr int AT_A_TIME = 10;

int free_port() {
    sockaddr_in address = {};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    auto *any = reinterpret_cast<sockaddr *>(&address);
    if (bind(fd, any, size) || getsockname(fd, any, &size)) return 0;
    close(fd);
    return ntohs(address.sin_port);
}

/* A folder with objects, and an nginx that serves them; both end with it. */
class Server {
  public:
    explicit Server(size_t n) {
        root = fs::temp_directory_path() / ("yoke-fetch-" + std::to_string(getpid()));
        fs::create_directories(root / "objects");
        fs::create_directories(root / "files");
        fs::permissions(root, fs::perms::all);
        port = free_port();
        for (size_t i = 0; i < n; i++) {
            std::string name = std::to_string(i);
            std::ofstream(root / "objects" / name) << std::string(SIZE, char('a' + i % 26));
            urls.push_back("http://127.0.0.1:" + std::to_string(port) + "/" + name);
            paths.push_back((root / "files" / name).string());
        }
        start();
    }
    ~Server() {
        if (pid > 0) kill(pid, SIGTERM), waitpid(pid, nullptr, 0);
        fs::remove_all(root);
    }
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    void clear() const {
        fs::remove_all(root / "files");
        fs::create_directories(root / "files");
    }
    std::string check() const {
        for (size_t i = 0; i < paths.size(); i++) {
            std::ifstream file(paths[i], std::ios::binary);
            std::string text((std::istreambuf_iterator<char>(file)), {});
            if (text != std::string(SIZE, char('a' + i % 26)))
                return "a file is wrong: " + paths[i];
        }
        return {};
    }
    std::vector<std::string> urls, paths;
    fs::path root;

  private:
    int port = 0;
    pid_t pid = -1;

    void start() {
        std::string folder = root.string(), conf = folder + "/nginx.conf";
        std::ofstream out(conf);
        out << "daemon off; master_process off; pid " << folder << "/pid; error_log " << folder
            << "/errors;\nevents { worker_connections 256; }\nhttp { access_log off;\n";
        for (const char *kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
            out << kind << "_temp_path " << folder << "/" << kind << ";\n";
        out << "keepalive_requests 1000000; server { listen 127.0.0.1:" << port << "; root "
            << folder << "/objects; } }\n";
        out.close();
        pid = fork();
        if (pid == 0) {
            execl("/usr/sbin/nginx", "nginx", "-c", conf.c_str(), "-p", folder.c_str(), nullptr);
            _exit(127);
        }
        usleep(500000);
    }
};

class Fetching : public bench::Trial {
  public:
    Fetching(const Server &from, std::function<bool(const Server &)> how)
        : server(from), fetch(std::move(how)) {}
    void prepare() override { server.clear(); }
    uint64_t work(int) override {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (int i = 0; i < CPU_SETSIZE; i++) CPU_SET(i, &set);
        sched_setaffinity(0, sizeof set, &set);
        good = fetch(server);
        return server.urls.size();
    }
    std::string check() override { return good ? server.check() : "it failed"; }

  private:
    const Server &server;
    std::function<bool(const Server &)> fetch;
    bool good = false;
};

/* ---- contestants */

bool with_yoke(const Server &server) {
    std::vector<yoke_fetch_item> items;
    for (size_t i = 0; i < server.urls.size(); i++)
        items.push_back({server.urls[i].c_str(), server.paths[i].c_str(), nullptr});
    yoke_fetch_options options = {};
    options.concurrent = AT_A_TIME;
    return yoke_fetch(items.data(), items.size(), &options, nullptr) == YOKE_OK;
}

struct Transfer {
    CURL *curl = curl_easy_init();
    FILE *file = nullptr;
};

bool begin(CURLM *multi, Transfer &t, const Server &server, size_t i) {
    t.file = fopen(server.paths[i].c_str(), "w");
    curl_easy_setopt(t.curl, CURLOPT_URL, server.urls[i].c_str());
    curl_easy_setopt(t.curl, CURLOPT_WRITEDATA, t.file);
    curl_easy_setopt(t.curl, CURLOPT_PRIVATE, &t);
    return t.file && !curl_multi_add_handle(multi, t.curl);
}

bool by_hand(const Server &server) {
    CURLM *multi = curl_multi_init();
    std::vector<Transfer> transfers(AT_A_TIME);
    size_t next = 0, done = 0, n = server.urls.size();
    bool good = true;
    for (auto &t : transfers) {
        if (next < n) good &= begin(multi, t, server, next++);
    }
    while (good && done < n) {
        int running = 0, left = 0;
        bool any = false;
        curl_multi_perform(multi, &running);
        while (CURLMsg *message = curl_multi_info_read(multi, &left)) {
            Transfer *t = nullptr;
            CURL *curl = message->easy_handle;
            good &= message->data.result == CURLE_OK;
            curl_easy_getinfo(curl, CURLINFO_PRIVATE, &t);
            curl_multi_remove_handle(multi, curl);
            fclose(t->file);
            done++;
            any = true;
            if (next < n) good &= begin(multi, *t, server, next++);
        }
        if (!any) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    for (auto &t : transfers) curl_easy_cleanup(t.curl);
    curl_multi_cleanup(multi);
    return good;
}

bool by_program(const Server &server) {
    std::string config = (server.root / "curl.conf").string();
    if (!fs::exists(config)) {
        std::ofstream out(config);
        for (size_t i = 0; i < server.urls.size(); i++)
            out << "url = \"" << server.urls[i] << "\"\noutput = \"" << server.paths[i] << "\"\n";
    }
    std::string command = "curl -sS --parallel --parallel-max " + std::to_string(AT_A_TIME) +
                          " --parallel-immediate -K " + config + " 2>/dev/null";
    return std::system(command.c_str()) == 0;
}

bool by_wget(const Server &server) {
    std::string list = (server.root / "wget.list").string();
    if (!fs::exists(list)) {
        std::ofstream out(list);
        for (const auto &url : server.urls) out << url << "\n";
    }
    std::string command =
        "wget -q --no-proxy -P " + (server.root / "files").string() + " -i " + list;
    return std::system(command.c_str()) == 0;
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "pipeline", "fetch",
                           {"libcurl4-openssl-dev", "curl", "wget", "nginx-light"});
    curl_global_init(CURL_GLOBAL_DEFAULT);
    Server server(program.scaled(10000, 100));
    bench::Workload work = {"objects", "objects of 1 KB from nginx, 10 at a time, into files",
                            2,         0,
                            {},        {{0.9, {"libcurl", "curl", "wget"}}},
                            7};
    work.own_threads = true;
    auto contestant = [&server](const char *name, bool (*how)(const Server &)) {
        return bench::Contestant{
            name, [&server, how](int) { return std::make_unique<Fetching>(server, how); }};
    };
    work.contestants = {contestant("yoke", with_yoke), contestant("libcurl", by_hand),
                        contestant("curl", by_program), contestant("wget", by_wget)};
    program.run(work);
    return program.status();
}
