/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of HTML when memory runs out.
 */
#include "tests/harness.h"
#include "tests/inject.h"

#include "yoke/report.h"

static int ignore(void *ctx, const char *bytes, size_t size) {
    (void)ctx, (void)bytes, (void)size;
    return 0;
}

static int write_page(void *ctx) {
    (void)ctx;
    return yoke_report_html_json("{}", NULL, ignore, NULL);
}

TEST(each_allocation_fails_once) {
    CU_ASSERT(inject_each_allocation(write_page, NULL, YOKE_ENOMEM) > 0);
}
