/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching with a limit: all addresses of the command line into the current directory, four at a
 * time, two at most from one host, going on with what an earlier run left.
 *     22_fetch http://example.org/a http://example.org/b ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/fetch.h"

static void tell(void *ctx, size_t index, const yoke_fetch_result *result) {
    const yoke_fetch_item *items = ctx;
    if (result->status < 0)
        printf("%s: %s\n", items[index].path, result->detail);
    else
        printf("%s: %llu bytes%s\n", items[index].path, (unsigned long long)result->size,
               result->there ? ", was there" : "");
}

int main(int argc, char **argv) {
    size_t count = argc > 1 ? (size_t)argc - 1 : 0;
    if (!count) return fprintf(stderr, "usage: %s ADDRESS...\n", argv[0]), 2;
    yoke_fetch_item *items = calloc(count, sizeof *items);
    if (!items) return 1;
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(argv[i + 1], '/');
        items[i].url = argv[i + 1];
        items[i].path = slash && slash[1] ? slash + 1 : "index.html";
    }
    yoke_fetch_options options = {.concurrent = 4,
                                  .per_host = 2,
                                  .retries = 2,
                                  .most_bytes = 100 << 20,
                                  .resume = true,
                                  .done = tell,
                                  .ctx = items};
    int status = yoke_fetch(items, count, &options, NULL);
    free(items);
    return status < 0;
}
