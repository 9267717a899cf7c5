/* SPDX-License-Identifier: Apache-2.0
 *
 * Results of experiments, kept: a SQLite database with every run, where it ran and of which
 * revision, so that revisions can be compared later.
 *
 * Table `session` has a row for each experiment (when, machine, compiler, flags, version,
 * revision), table `result` one for each configuration with figures; names are those of JSON,
 * `samples` is a JSON array; `cut` is 1 where the experiment was cancelled before the
 * configuration was done. PRAGMA user_version is the version of the schema; older ones are brought
 * up to date when they are opened, newer ones refused.
 *
 * Several processes may use one database: each experiment is one transaction, and whoever finds it
 * locked waits up to 2 minutes. A yoke_results is for one thread at a time. Where yoke was built
 * without SQLite all functions on databases return YOKE_EUNSUPPORTED. Otherwise they may return
 * YOKE_ENOMEM, YOKE_EIO (the file system refuses: no such folder, read-only, full), YOKE_ETIMEDOUT
 * (locked), YOKE_EDATA (no database, a damaged one, or one that is not ours).
 */
#ifndef YOKE_RESULTS_H
#define YOKE_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of what and where an experiment is. */
typedef struct yoke_origin {
    char machine[128];    /* the processor's name */
    int cpus;             /* the CPU limit, and */
    char cpu_source[192]; /* where it comes from */
    char compiler[96];    /* that built yoke */
    char flags[256];      /* its options */
    char version[16];     /* of yoke */
    char revision[72];    /* commit of the git repository in the working directory; "": none */
    bool dirty;           /* a tracked file differs from the commit */
} yoke_origin;

/* Asks the system, and `git` where that is installed; what neither knows is "" or 0. Any thread;
 * runs a program and waits for it. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_origin_read(yoke_origin *origin);

/* The commit that a name (a branch, a tag, HEAD~3, the beginning of a hash) stands for in the
 * repository of the working directory. Any thread; runs git and waits for it. YOKE_EINVAL: no name;
 * YOKE_ENOMEM; YOKE_ENOENT: git is not there or knows none. */
YOKE_API int yoke_origin_commit(const char *name, char commit[72]);

/* "SQLite 3.40.1"; NULL: built without. Static storage. */
YOKE_API const char *yoke_results_engine(void);

/* The usual place: yoke/bench.db in $XDG_DATA_HOME or ~/.local/share. *path is to be freed with
 * free. YOKE_ENOENT: neither is known; YOKE_ENOMEM. */
YOKE_API int yoke_results_path(char **path);

typedef struct yoke_results yoke_results;

/* Opens the database, and makes it where it is not there, with the folders it lies in. The path is
 * copied; *results is the caller's, for yoke_results_close. */
YOKE_API int yoke_results_open(const char *path, yoke_results **results);
YOKE_API void yoke_results_close(yoke_results *results); /* NULL is legal */

/* Keeps an experiment: all of it or nothing. Rows without figures are left out. Nothing of what is
 * given is kept. */
YOKE_API int yoke_results_add(yoke_results *results, const yoke_origin *origin,
                              const yoke_experiment *experiment);

/* ---- comparing ---- */

/* One configuration before and after. */
typedef struct yoke_change {
    const char *load;
    size_t size;
    int threads;
    yoke_affinity affinity;
    double grain;
    size_t before_sessions, after_sessions;
    size_t before_runs, after_runs;
    yoke_comparison comparison; /* of times: above 1 is slower; probability: that it is slower by
                                   more than the threshold */
    double faster;              /* probability that the rate is higher by more than the threshold */
    double p_slower; /* of the rank test, one-sided, adjusted for the number of configurations after
                        Holm (1979) */
    bool regression; /* probability and 1 - p_slower are both at least the confidence */
} yoke_change;

typedef struct yoke_results_query {
    const char
        *before; /* commit, or the first digits of one; with "-dirty" behind: of changed files */
    const char *after; /* NULL: the newest session of the configuration that is not of `before`,
                          and others of the same clean commit */
    const yoke_experiment *measured; /* compared instead of kept results, of its configurations
                                        only; `after` and `loads` are not given then, and it is
                                        kept later, if at all */
    const char *const *loads;        /* names; NULL: all */
    size_t load_count;
    const yoke_origin *origin; /* only results of this machine and CPU limit; NULL: of any */
    double threshold;          /* 0: 0.05 */
    double confidence;         /* 0: 0.95 */
    uint64_t seed;
} yoke_results_query;

typedef struct yoke_changes {
    yoke_change *all; /* by load, size, grain, affinity, threads */
    size_t count;
    size_t regressions;
    size_t alone; /* configurations that only one side has */
} yoke_changes;

/* Compares what is kept of two commits, configuration by configuration; runs of several sessions
 * count as such (yoke_stat_compare). *changes is to be freed with yoke_changes_free. Also
 * YOKE_ENOENT: there is nothing of a side. */
YOKE_API int yoke_results_compare(yoke_results *results, const yoke_results_query *query,
                                  yoke_changes *changes);
YOKE_API void yoke_changes_free(yoke_changes *changes);

#ifdef __cplusplus
}
#endif
#endif
