/* SPDX-License-Identifier: Apache-2.0
 *
 * The side file of items that failed. A record is written by one call under a lock, so records of
 * different workers do not mix; a write that fails half way is taken back as far as it can be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/flow.h"
#include "runtime/file.h"
#include "runtime/text.h"

static int write_record(yoke__pipeline *p, const char *record, size_t size) {
    pthread_mutex_lock(&p->quarantine_lock);
    off_t before = lseek(p->quarantine, 0, SEEK_END);
    int failed = yoke__write_all(p->quarantine, record, size) < 0 ? errno : 0;
    if (failed && before >= 0) (void)!ftruncate(p->quarantine, before);
    pthread_mutex_unlock(&p->quarantine_lock);
    if (!failed) return YOKE_OK;
    errno = failed;
    return yoke_fail(YOKE_EIO, "%s: %m", p->options.quarantine);
}

int yoke__quarantine(yoke__pipeline *p, const yoke_stage *stage, const yoke_item *item,
                     int status) {
    const void *bytes = NULL;
    size_t size = 0;
    char line[2048];
    yoke__text text = {line, sizeof line, 0};
    if (stage->save) stage->save(item, &bytes, &size, stage->state);
    yoke__text_add(&text, "%llu\t%.512s\t%s\t%zu\t%s\n", (unsigned long long)item->index,
                   stage->name, yoke_status_name(status), size, yoke_error_detail());
    char *record = malloc(text.length + size + 1);
    if (!record) return yoke_fail(YOKE_ENOMEM, "no memory to write an item of %zu bytes", size);
    memcpy(record, line, text.length);
    if (size) memcpy(record + text.length, bytes, size);
    record[text.length + size] = '\n';
    int written = write_record(p, record, text.length + size + 1);
    free(record);
    return written;
}
