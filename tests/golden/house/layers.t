# The law of the layers: each kind of breach is found, and what is allowed is not.
<<< include/yoke/a.h
#include <stddef.h>
#include "yoke/status.h"
#include "runtime/a.h"
>>>
<<< include/yoke/team.h
#include "yoke/dataset.h"
>>>
<<< include/yoke/yoke.h
#include "yoke/dataset.h"
>>>
<<< runtime/a.c
#include "runtime/a.h"
#include "yoke/mapreduce.h"
#include "mapreduce/table.h"
#include "yoke/yoke.h"
>>>
<<< mapreduce/table.c
#include "runtime/a.h"
#include "kernels/sort.h"
  #  include "pipeline/stage.h"
#include "table.h"
>>>
<<< pipeline/stage.c
#include "sharding/queue.h"
#include "mapreduce/table.h"
#include <mpi.h>
>>>
<<< perf/report.c
#include <likwid-marker.h>
#include "runtime/a.h"
#include "pool/c.h"
>>>
<<< pool/worker.c
#include <likwid.h>
#include <yoke/status.h>
#include "perf/report.h"
#define TEMPLATE "perf/report.h"
>>>
<<< cli/main.c
#include "cli/agg.h"
#include "yoke/yoke.h"
#include "mapreduce/table.h"
#include "elsewhere/x.h"
>>>
<<< examples/01_sum.c
#include "yoke/yoke.h"
#include "runtime/a.h"
>>>
<<< tests/test_a.c
#include "tests/harness.h"
#include "runtime/a.h"
>>>
<<< tests/test_a_internal.c
#include "tests/harness.h"
#include "runtime/a.h"
#include "runtime/b.h"
>>>
<<< tests/test_b_internal.c
#include "runtime/b.h"
#include "pool/c.h"
#include HEADER
>>>
$ $ROOT/scripts/layers .
| cli/main.c:3: cli may not include mapreduce ("mapreduce/table.h")
| cli/main.c:4: "elsewhere/x.h" is in no module
| examples/01_sum.c:2: examples may not include runtime ("runtime/a.h")
| include/yoke/a.h:3: include may not include runtime ("runtime/a.h")
| include/yoke/team.h:1: runtime may not include mapreduce ("yoke/dataset.h")
| mapreduce/table.c:3: mapreduce may not include pipeline ("pipeline/stage.h")
| mapreduce/table.c:4: write the path from the root, not "table.h"
| perf/report.c:3: perf may not include pool ("pool/c.h")
| pipeline/stage.c:2: pipeline may not include mapreduce ("mapreduce/table.h")
| pipeline/stage.c:3: only mapreduce/shuffle_mpi.c and the start of MPI in cli may include <mpi.h>
| pool/worker.c:1: only perf may include <likwid.h>
| pool/worker.c:2: write "yoke/status.h" with quotes
| pool/worker.c:3: pool may not include perf ("perf/report.h")
| pool/worker.c:4: pool may not include perf ("perf/report.h")
| runtime/a.c:2: runtime may not include mapreduce ("yoke/mapreduce.h")
| runtime/a.c:3: runtime may not include mapreduce ("mapreduce/table.h")
| runtime/a.c:4: "yoke/yoke.h" is no public header of a module (scripts/layers lists them)
| tests/test_a.c:2: tests may not include runtime ("runtime/a.h")
| tests/test_b_internal.c:2: a test of internals opens one module, and this one has opened runtime
| tests/test_b_internal.c:3: the name of an included file must stand in the line
? 1
