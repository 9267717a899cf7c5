/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of HTML: what stands in them, and what happens when they cannot be written. How they look
 * is tested in a browser (tests/golden/page).
 */
#include "tests/harness.h"

#include "tests/report_text.h"

/* Takes so many bytes; the write that would be more fails. */
typedef struct limited {
    report_text text;
    size_t room;
} limited;

static int catch_some(void *ctx, const char *bytes, size_t size) {
    limited *to = ctx;
    if (size > to->room) return yoke_fail(YOKE_EIO, "no room");
    to->room -= size;
    return report_catch(&to->text, bytes, size);
}

/* The document of a page: what stands between the tags of the element of data. */
static char *document_of(const char *page) {
    static const char before[] = "<script type=\"application/json\" id=\"data\">";
    const char *begin = page ? strstr(page, before) : NULL;
    const char *end = begin ? strstr(begin, "</script>") : NULL;
    return end ? strndup(begin + sizeof before - 1, (size_t)(end - begin) - sizeof before + 1)
               : NULL;
}

static void expect_document(const char *profile, const char *experiment, const char *expected) {
    report_text page = {0};
    CU_ASSERT_EQUAL(yoke_report_html_json(profile, experiment, report_catch, &page), 0);
    char *document = document_of(page.text);
    CU_ASSERT_STRING_EQUAL(document, expected);
    free(document);
    free(page.text);
}

TEST(this_build_has_the_page) {
    int status = yoke_report_html_probe();
    CU_ASSERT_STRING_EQUAL(status ? yoke_error_detail() : "", "");
}

TEST(documents_stand_in_the_page) {
    expect_document(NULL, NULL, "{\"profile\":null,\"experiment\":null}");
    expect_document("{\"a\": 1}\n", NULL, "{\"profile\":{\"a\": 1}\n,\"experiment\":null}");
    expect_document(NULL, "{\"rows\":[]}", "{\"profile\":null,\"experiment\":{\"rows\":[]}}");
}

TEST(names_do_not_end_the_document) {
    expect_document("{\"a\":\"</script><!--<script>\"}", "\"<\"",
                    "{\"profile\":{\"a\":\"\\u003c/script>\\u003c!--\\u003cscript>\"},"
                    "\"experiment\":\"\\u003c\"}");
}

TEST(the_page_is_whole_and_alone) {
    report_text page = {0};
    CU_ASSERT_EQUAL_FATAL(yoke_report_html_json(NULL, NULL, report_catch, &page), 0);
    CU_ASSERT_EQUAL(strncmp(page.text, "<!doctype html>", 15), 0);
    CU_ASSERT_STRING_EQUAL(page.text + page.size - 8, "</html>\n");
    CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "default-src 'none'"));
    CU_ASSERT_PTR_NULL(strstr(page.text, "<link"));
    CU_ASSERT_PTR_NULL(strstr(page.text, " src="));
    free(page.text);
}

TEST(a_large_document) {
    const size_t size = 20 << 20;
    char *profile = malloc(size + 3);
    report_text page = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(profile);
    memset(profile, 'x', size + 2);
    profile[0] = profile[size + 1] = '"';
    profile[size + 2] = '\0';
    CU_ASSERT_EQUAL_FATAL(yoke_report_html_json(profile, NULL, report_catch, &page), 0);
    char *document = document_of(page.text);
    CU_ASSERT_EQUAL(strlen(document), size + 2 + strlen("{\"profile\":,\"experiment\":null}"));
    free(document);
    free(profile);
    free(page.text);
}

/* The tail is one write, so a page without its last byte must fail, too. */
TEST(a_write_that_fails_ends_the_page) {
    report_text whole = {0};
    CU_ASSERT_EQUAL_FATAL(yoke_report_html_json("\"<\"", NULL, report_catch, &whole), 0);
    const size_t begin = (size_t)(strstr(whole.text, "\"data\">") - whole.text);
    const size_t rooms[] = {0, begin, begin + 20, begin + 30, whole.size - 1};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        limited page = {.room = rooms[i]};
        CU_ASSERT_EQUAL(yoke_report_html_json("\"<\"", NULL, catch_some, &page), YOKE_EIO);
        free(page.text.text);
    }
    free(whole.text);
}

/* The profile's document is that of yoke_report_json. */
TEST(a_profile_is_its_json) {
    yoke_region_node root = {"run </script>", -1, YOKE_ACTIVITY_WORK};
    yoke_profile profile = {.program = "p",
                            .machine = "m",
                            .cpu_limit_source = "s",
                            .cpu_limit = 1,
                            .seconds = 1,
                            .notes = "",
                            .regions = &root,
                            .region_count = 1};
    report_text json = {0}, from_json = {0}, page = {0};
    CU_ASSERT_EQUAL_FATAL(yoke_report_json(&profile, NULL, report_catch, &json), 0);
    CU_ASSERT_EQUAL(yoke_report_html_json(json.text, NULL, report_catch, &from_json), 0);
    CU_ASSERT_EQUAL(yoke_report_html(&profile, NULL, report_catch, &page), 0);
    CU_ASSERT_STRING_EQUAL(page.text, from_json.text);
    CU_ASSERT_PTR_NULL(strstr(page.text, "run </script>"));
    CU_ASSERT_EQUAL(yoke_report_html(NULL, NULL, report_catch, &page), YOKE_EINVAL);
    free(json.text);
    free(from_json.text);
    free(page.text);
}
