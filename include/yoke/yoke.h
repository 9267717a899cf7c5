/* SPDX-License-Identifier: Apache-2.0 */
/* All of yoke's public interface. */
#ifndef YOKE_YOKE_H
#define YOKE_YOKE_H

#include "yoke/dataset.h"
#include "yoke/exact.h"
#include "yoke/groupby.h"
#include "yoke/machine.h"
#include "yoke/mapreduce.h"
#include "yoke/memory.h"
#include "yoke/number.h"
#include "yoke/progress.h"
#include "yoke/status.h"
#include "yoke/team.h"

#define YOKE_VERSION "0.1.0"

#endif
