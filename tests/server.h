/* SPDX-License-Identifier: Apache-2.0
 *
 * Real servers for tests: each in a fresh directory of the test, started and stopped by it. They
 * are in the test's process group and ask the kernel for a signal when it dies, so none stays
 * behind.
 */
#ifndef YOKE_TESTS_SERVER_H
#define YOKE_TESTS_SERVER_H

#include <sys/types.h>

typedef struct server {
    char program[256], directory[90];
    int port; /* 0: a Unix socket */
    pid_t pid;
} server;

/* Makes a database cluster that trusts everybody but the user `locked`, who needs a password; it
 * listens on a Unix socket in its directory only. A missing program fails the test by name. */
void server_make_postgres(server *s);
/* Makes a root with the file `hello`, on a free port of 127.0.0.1. */
void server_make_nginx(server *s);

/* Starts tests/bad_server.py; to be stopped by server_stop. */
void server_start_bad(server *s);

/* Return when the server answers; when it has ended. */
void server_start(server *s);
void server_stop(server *s);
/* What to connect with, for the database user. Static memory. */
const char *server_connection(const server *s, const char *user);

/* A Unix socket in the directory, or a port, that accepts and never answers. The descriptor. */
int server_mute_socket(const char *directory);
int server_mute_port(int *port);

#endif
