/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting and stopping PostgreSQL and nginx for tests.
 */
#include "tests/server.h"

#include <arpa/inet.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"

/* ---- programs ---- */

static void find_program(server *s, const char *name, const char *pattern) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        snprintf(s->program, sizeof s->program, "%s", found.gl_pathv[found.gl_pathc - 1]);
        globfree(&found);
        return;
    }
    fprintf(stderr, "this test needs %s; install it with: scripts/deps test\n", name);
    CU_FAIL_FATAL("a server is not installed");
}

static int is_postgres(const server *s) { return s->port == 0; }

/* PostgreSQL refuses to run as root. */
static void become_postgres(void) {
    const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (user &&
        (initgroups("postgres", user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid)))
        _exit(126);
}

/* Starts argv[0] in the background. */
static pid_t spawn(char *const argv[], int as_postgres, int death) {
    pid_t parent = getpid(), pid = fork();
    REQUIRE(pid >= 0);
    if (pid > 0) return pid;
    if (as_postgres) become_postgres();
    prctl(PR_SET_PDEATHSIG, death);
    if (getppid() != parent) _exit(126);
    (void)!freopen("/dev/null", "r", stdin);
    (void)!freopen("/dev/null", "w", stdout);
    (void)!freopen("/dev/null", "w", stderr);
    execv(argv[0], argv);
    _exit(127);
}

static int end_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) continue;
    return status;
}

static void write_file(const char *directory, const char *name, const char *text, char *mode) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, mode);
    REQUIRE(file != NULL);
    REQUIRE(fputs(text, file) >= 0);
    REQUIRE(fclose(file) == 0);
}

/* ---- PostgreSQL ---- */

void server_make_postgres(server *s) {
    *s = (server){.pid = 0};
    find_program(s, "PostgreSQL", "/usr/lib/postgresql/*/bin/postgres");
    char initdb[512], *slash = strrchr(s->program, '/');
    snprintf(initdb, sizeof initdb, "%.*s/initdb", (int)(slash - s->program), s->program);
    snprintf(s->directory, sizeof s->directory, "%s/cluster", test_directory());
    REQUIRE(mkdir(s->directory, 0700) == 0 && chmod(test_directory(), 0755) == 0);
    const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (user) REQUIRE(chown(s->directory, user->pw_uid, user->pw_gid) == 0);
    char *argv[] = {initdb,     "-D", s->directory, "-A",          "trust",     "-U",
                    "postgres", "-E", "UTF8",       "--no-locale", "--no-sync", NULL};
    REQUIRE(end_of(spawn(argv, 1, SIGKILL)) == 0);
    write_file(s->directory, "pg_hba.conf", "local all locked scram-sha-256\nlocal all all trust\n",
               "w");
    write_file(s->directory, "postgresql.conf",
               "listen_addresses = ''\nfsync = off\nmax_connections = 40\nshared_buffers = 4MB\n"
               "max_parallel_workers = 0\nautovacuum = off\nlogging_collector = off\n",
               "a");
}

const char *server_connection(const server *s, const char *user) {
    static char text[512];
    snprintf(text, sizeof text, "host=%s dbname=postgres user=%s", s->directory, user);
    return text;
}

/* ---- nginx ---- */

static int bind_port(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0);
    REQUIRE(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

void server_make_nginx(server *s) {
    *s = (server){.pid = 0};
    find_program(s, "nginx", "/usr/sbin/nginx");
    snprintf(s->directory, sizeof s->directory, "%s", test_directory());
    close(bind_port(&s->port));
    char text[4096];
    snprintf(text, sizeof text,
             "daemon off;\nmaster_process off;\npid %1$s/pid;\nerror_log %1$s/errors;\n"
             "events { worker_connections 256; }\n"
             "http { access_log off; client_body_temp_path %1$s/a; proxy_temp_path %1$s/b;\n"
             "fastcgi_temp_path %1$s/c; uwsgi_temp_path %1$s/d; scgi_temp_path %1$s/e;\n"
             "keepalive_requests 1000000; server { listen 127.0.0.1:%2$d; root %1$s;\n"
             "location /connection { return 200 $connection; } } }\n",
             s->directory, s->port);
    write_file(s->directory, "nginx.conf", text, "w");
    write_file(s->directory, "hello", "hello\n", "w");
}

/* ---- both ---- */

/* PostgreSQL listens some time before it lets anybody in; then it says so in this file. */
static int says_ready(const server *s) {
    char path[128], text[1024] = "";
    snprintf(path, sizeof path, "%s/postmaster.pid", s->directory);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    (void)!fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return strtol(text, NULL, 10) == s->pid && strstr(text, "\nready") != NULL;
}

static int accepts(const server *s) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)s->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    int status = connect(fd, (struct sockaddr *)&address, (socklen_t)sizeof address);
    close(fd);
    return status == 0;
}

static int answers(const server *s) { return is_postgres(s) ? says_ready(s) : accepts(s); }

static int has_ended(const server *s) { return waitpid(s->pid, NULL, WNOHANG) == s->pid; }

void server_start(server *s) {
    char conf[512];
    snprintf(conf, sizeof conf, "%s/nginx.conf", s->directory);
    char *postgres[] = {s->program, "-D", s->directory, "-k", s->directory, NULL};
    char *nginx[] = {s->program, "-c", conf, "-p", s->directory, NULL};
    s->pid = spawn(is_postgres(s) ? postgres : nginx, is_postgres(s), SIGQUIT);
    while (!answers(s)) {
        REQUIRE(!has_ended(s));
        usleep(2000);
    }
}

void server_stop(server *s) {
    kill(s->pid, SIGQUIT); /* PostgreSQL: at once, without good-bye; nginx: after what it does */
    if (!is_postgres(s)) kill(s->pid, SIGTERM);
    end_of(s->pid);
    s->pid = 0;
}

/* ---- one that misbehaves ---- */

static int read_port(const char *path) {
    int port = 0;
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%d", &port) != 1) port = 0;
    fclose(file);
    return port;
}

/* The script lies beside this source. */
void server_start_bad(server *s) {
    char script[] = __FILE__, where[128];
    *s = (server){.pid = 0};
    find_program(s, "Python", "/usr/bin/python3");
    REQUIRE(strlen(script) >= strlen("server.c"));
    char path[sizeof script + 16], *slash = strrchr(script, '/');
    snprintf(path, sizeof path, "%.*s/bad_server.py", (int)(slash - script), script);
    snprintf(where, sizeof where, "%s/port", test_directory());
    char *argv[] = {s->program, path, where, NULL};
    s->pid = spawn(argv, 0, SIGKILL);
    while (!(s->port = read_port(where))) {
        REQUIRE(!has_ended(s));
        usleep(2000);
    }
}

/* ---- mute ones ---- */

int server_mute_socket(const char *directory) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, (socklen_t)sizeof address) == 0);
    REQUIRE(listen(fd, 64) == 0);
    return fd;
}

int server_mute_port(int *port) {
    int fd = bind_port(port);
    REQUIRE(listen(fd, 64) == 0);
    return fd;
}
