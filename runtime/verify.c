/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel of runtime/verify.h. Each record is one write(2) to a file in append mode, so records
 * of threads and processes do not mix. A program may close descriptors that it does not know and
 * get the number again for a file of its own; so before each write the file is looked at. (One that
 * does so in another thread between the look and the write is not seen.)
 */
#include "runtime/verify.h"

#include <fcntl.h>
#include <omp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/file.h"
#include "runtime/text.h"
#include "yoke/hash.h"

int yoke__verify_channel = -1;

static struct stat channel; /* the file, as it was opened */

/* Before constructors of the program, which may compute already. */
__attribute__((constructor(200))) static void open_channel(void) {
    const char *path = getenv("YOKE_VERIFY");
    int opened = path && *path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (opened >= 0 && fstat(opened, &channel) == 0)
        yoke__verify_channel = opened;
    else if (opened >= 0)
        close(opened);
}

static bool is_ours(void) {
    struct stat now;
    return fstat(yoke__verify_channel, &now) == 0 && now.st_dev == channel.st_dev &&
           now.st_ino == channel.st_ino;
}

uint64_t yoke__verify_digest(uint64_t before, const void *data, size_t size) {
    static const uint64_t seed[2] = {0x243F6A8885A308D3u, 0x13198A2E03707344u};
    return yoke_hash_mix(before ^ 0xA4093822299F31D0u, yoke_hash_bytes(seed, data, size) | 1);
}

/* The first thread, between parallel regions. */
static bool in_order(void) { return syscall(SYS_gettid) == getpid() && !omp_get_level(); }

/* Names come from programs: what would break the line becomes a blank. */
static void add_name(yoke__text *line, const char *name) {
    enum { LONGEST = 200 };
    for (size_t i = 0; i < LONGEST && name[i]; i++)
        yoke__text_add(line, "%c", (unsigned char)name[i] < ' ' ? ' ' : name[i]);
}

void yoke__verify_tell(char kind, const char *name, const char *level, const void *data,
                       size_t size) {
    char bytes[512];
    if (!is_ours()) return;
    yoke__text line = {.data = bytes, .size = sizeof bytes};
    yoke__text_add(&line, "%ld\t%c\t%c\t", (long)getpid(), in_order() ? 'S' : 'C', kind);
    add_name(&line, name);
    yoke__text_add(&line, "\t%s\t%zu\t%016llx\n", level, size,
                   (unsigned long long)yoke__verify_digest(0, data, size));
    yoke__write_all(yoke__verify_channel, bytes, line.length);
}
