/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML reports: one file that holds a script, which draws, and the JSON of what it draws.
 *
 * The page comes from perf/page and lies compressed in the library. The document is streamed into
 * it, so it may be of any size. HTML reads an element of data up to "</script", and "<!--" changes
 * what ends it; so each '<' of the document is written as JSON's \u003c, and no name can end it.
 */
#include <stdlib.h>
#include <string.h>

#include "yoke/report.h"

#ifdef YOKE_HAVE_PAGE
#include <libdeflate.h>

#include "perf/report_page.h"
#endif

/* The page before and after the document, in one text. */
typedef struct page {
    char *text;
    size_t head_size;
    const char *tail;
} page;

typedef struct output {
    yoke_report_write *write;
    void *ctx;
} output;

static int put(const output *to, const char *bytes, size_t size) {
    return size ? to->write(to->ctx, bytes, size) : 0;
}

static int put_text(const output *to, const char *text) { return put(to, text, strlen(text)); }

/* A yoke_report_write: ctx is the output. */
static int put_escaped(void *ctx, const char *bytes, size_t size) {
    const output *to = ctx;
    const char *end = bytes + size;
    while (bytes < end) {
        const char *special = memchr(bytes, '<', (size_t)(end - bytes));
        YOKE_TRY(put(to, bytes, (size_t)((special ? special : end) - bytes)));
        if (!special) break;
        YOKE_TRY(put_text(to, "\\u003c"));
        bytes = special + 1;
    }
    return 0;
}

#ifdef YOKE_HAVE_PAGE
int yoke_report_html_probe(void) { return 0; }

static int unpack(char *text) {
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor) return yoke_fail(YOKE_ENOMEM, "the page of the HTML report");
    enum libdeflate_result result = libdeflate_gzip_decompress(
        decompressor, yoke__page_packed, yoke__page_packed_size, text, yoke__page_size, NULL);
    libdeflate_free_decompressor(decompressor);
    return result == LIBDEFLATE_SUCCESS ? 0 : yoke_fail(YOKE_EDATA, "the page was not built right");
}

static int open_page(page *made) {
    char *text = malloc(yoke__page_size + 1);
    if (!text) return yoke_fail(YOKE_ENOMEM, "the page of the HTML report");
    int status = unpack(text);
    text[status ? 0 : yoke__page_size] = '\0';
    char *mark = strstr(text, YOKE__PAGE_MARK);
    if (!status && !mark) status = yoke_fail(YOKE_EDATA, "the page has no place for a document");
    if (status) {
        free(text);
        return status;
    }
    *made = (page){text, (size_t)(mark - text), mark + strlen(YOKE__PAGE_MARK)};
    return 0;
}
#else
int yoke_report_html_probe(void) {
    return yoke_fail(YOKE_EUNSUPPORTED,
                     "no HTML: built without the page; `scripts/deps build` installs node and npm");
}

static int open_page(page *made) {
    (void)made;
    return yoke_report_html_probe();
}
#endif

/* What stands in the page as the profile: `profile`, else the text `json`, else null. */
typedef struct document {
    const yoke_profile *profile;
    const yoke_report_options *options;
    const char *json;
    const char *experiment;
} document;

static int put_profile(const document *d, output *to) {
    if (d->profile) return yoke_report_json(d->profile, d->options, put_escaped, to);
    const char *json = d->json ? d->json : "null";
    return put_escaped(to, json, strlen(json));
}

static int put_document(const document *d, output *to) {
    const char *experiment = d->experiment ? d->experiment : "null";
    YOKE_TRY(put_text(to, "{\"profile\":"));
    YOKE_TRY(put_profile(d, to));
    YOKE_TRY(put_text(to, ",\"experiment\":"));
    YOKE_TRY(put_escaped(to, experiment, strlen(experiment)));
    return put_text(to, "}");
}

static int put_page(const document *d, output to) {
    page html = {.tail = ""};
    YOKE_TRY(open_page(&html));
    int status = put(&to, html.text, html.head_size);
    if (!status) status = put_document(d, &to);
    if (!status) status = put_text(&to, html.tail);
    free(html.text);
    return status;
}

int yoke_report_html(const yoke_profile *profile, const yoke_report_options *options,
                     yoke_report_write *write, void *ctx) {
    if (!profile) return yoke_fail(YOKE_EINVAL, "a report needs a profile");
    return put_page(&(document){.profile = profile, .options = options}, (output){write, ctx});
}

int yoke_report_html_json(const char *profile, const char *experiment, yoke_report_write *write,
                          void *ctx) {
    return put_page(&(document){.json = profile, .experiment = experiment}, (output){write, ctx});
}
