/* SPDX-License-Identifier: Apache-2.0
 *
 * The page of HTML reports, as perf/page/build.js makes it: compressed by gzip, and with the mark
 * where the document belongs. Only in builds with YOKE_HAVE_PAGE.
 */
#ifndef YOKE_PERF_REPORT_PAGE_H
#define YOKE_PERF_REPORT_PAGE_H

#include <stddef.h>

#define YOKE__PAGE_MARK "@DATA@"

extern const size_t yoke__page_size; /* when decompressed */
extern const size_t yoke__page_packed_size;
extern const unsigned char yoke__page_packed[];

#endif
