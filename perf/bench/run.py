#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures yoke against its peers: see README.md beside this file.

Exit status: 0 when all answers are right and all bars hold, 1 otherwise, 2 for wrong usage. Bars
are judged at full scale only.
"""
import argparse
import os
import random
import subprocess
import sys

import report
import suites
from trials import Arena, compete


def options():
    parser = argparse.ArgumentParser(description="Measure yoke against its peers.")
    parser.add_argument("--build", default="build", help="where yoke and the helpers are built")
    parser.add_argument("suite", nargs="*", help="stations, many, orders, classic, startup, "
                        "sort, sort-keys, sort-memory, sort-logs")
    return parser.parse_args()


def setting(name, convert, default):
    """The value of an environment variable that has to be above zero."""
    text = os.environ.get(name)
    if not text:
        return default
    try:
        value = convert(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        sys.exit(f"bench: {name} has to be a number above 0, not '{text}'")
    return value


def data_file(build, data, scale):
    """The path of the data, which are generated when they are not there yet."""
    rows, keys = data.sized(scale)
    folder = os.path.join(build, "bench", "data")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{data.kind}-{rows}-{keys}")
    if not os.path.exists(path):
        generate = os.path.join(build, "bench", "generate")
        done = subprocess.run([generate, data.kind, str(rows), str(keys), path])
        if done.returncode != 0:
            sys.exit(f"bench: {path} could not be generated")
    return path


def run_suite(suite, build, scale, log):
    """Prints one suite; returns the number of failures."""
    size = scale if suite.scaled else 1
    path = data_file(build, suite.data, size)
    arena = Arena(os.path.join(build, "bench", "measure"), os.path.join(build, "bench"), path)
    installed = [contestant for contestant in suite.contestants if contestant]
    outcomes = compete(arena, installed, suite.rounds)
    report.print_table(suite, size, arena, outcomes)
    report.log_trials(suite, outcomes, log)
    missed = report.print_bars(suite, outcomes, log)
    failures = sum(1 for outcome in outcomes if outcome.failure)
    return failures + (missed if scale >= 1 else 0)


def main():
    chosen = options()
    scale = setting("BENCH_SCALE", float, 1.0)
    seed = setting("BENCH_SEED", int, random.randrange(1, 1 << 32))
    random.seed(seed)
    known = {suite.name: suite for suite in suites.all_suites(chosen.build)}
    unknown = [name for name in chosen.suite if name not in known]
    if unknown:
        sys.exit(f"bench: no suite '{unknown[0]}'; there are {', '.join(known)}")
    failures = 0
    with open(os.path.join(chosen.build, "bench", "results.jsonl"), "w", encoding="utf-8") as log:
        report.print_header(chosen.build, scale, seed, log)
        for name in chosen.suite or known:
            failures += run_suite(known[name], chosen.build, scale, log)
            sys.stdout.flush()
            log.flush()
    if scale < 1:
        print("\na quick look: the bars are promises for BENCH_SCALE=1")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
