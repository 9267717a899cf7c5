/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <string.h>

#include "yoke/status.h"

TEST(every_status_has_a_name_and_a_sentence) {
#define CHECK(name, number, sentence)                                                              \
    CU_ASSERT_EQUAL(YOKE_##name, number);                                                          \
    CU_ASSERT_STRING_EQUAL(yoke_status_name(number), "YOKE_" #name);                               \
    CU_ASSERT_STRING_EQUAL(yoke_status_message(number), sentence);
    YOKE_STATUS_LIST(CHECK)
#undef CHECK
    CU_ASSERT_STRING_EQUAL(yoke_status_name(0), "YOKE_OK");
    CU_ASSERT_STRING_EQUAL(yoke_status_name(-9999), "YOKE_E?");
}

TEST(detail_is_formatted_kept_on_one_line_and_cut) {
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "");
    CU_ASSERT_EQUAL(yoke_fail(YOKE_EDATA, "%s: line %d\n", "a\tb", 7), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "a?b: line 7?");
    CU_ASSERT_EQUAL(yoke_fail(YOKE_ENOMEM, NULL), YOKE_ENOMEM);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "Memory ran out.");
    yoke_fail(YOKE_EINVAL, "%5000d", 1);
    CU_ASSERT_EQUAL(strlen(yoke_error_detail()), 1023);
}

TEST(detail_may_quote_the_detail_before_it) {
    yoke_fail(YOKE_EDATA, "inner");
    yoke_fail(YOKE_EIO, "outer: %s", yoke_error_detail());
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "outer: inner");
}

static int fails(int *cleaned) {
    int status = YOKE_OK;
    YOKE_TRY(3);
    YOKE_TRY_GOTO(status, YOKE_ERANGE, cleanup);
    status = 99;
cleanup:
    ++*cleaned;
    return status;
}

TEST(try_passes_failures_on_and_lets_success_through) {
    int cleaned = 0;
    CU_ASSERT_EQUAL(fails(&cleaned), YOKE_ERANGE);
    CU_ASSERT_EQUAL(cleaned, 1);
}
