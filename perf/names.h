/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the enums of profiles and efficiencies, as reports write them. */
#ifndef YOKE_PERF_NAMES_H
#define YOKE_PERF_NAMES_H

#include "yoke/report.h"

/* Values that are no member of the enum are "?". */
const char *yoke__source_name(yoke_source source);       /* "kernel", "likwid core" */
const char *yoke__activity_name(yoke_activity activity); /* "work", "runtime", "wait" */
const char *yoke__factor_name(yoke_factor factor);       /* "none", "load balance" */

#endif
