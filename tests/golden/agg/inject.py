#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `yoke agg` again and again, with the first, the second, the third ... allocation or system
call failing, until a run meets no failure. Whatever fails, the program must end with one line and
status 1, or find another way and give the whole result; the output file is then the old one or the
new one, and nothing is left beside it. Prints one line for each way to fail.

    inject.py
"""

import os
import subprocess
import sys

OLD = b"old\n"
RUNS = {
    "csv": ["count(), sum(v), first(k)", "--by", "k,v", "--sort", "1:desc", "--where", "v > -1 and k ~ 'a|b'"],
    "json": ["mean(v) as `m\u00e9`, last(k)", "--by", "k", "--columns", "k,v"],
    "table": ["var(v)", "--on-error", "null", "--report=json"],
}
INPUTS = ["t.csv", "t.csv.gz", "t.csv.zst"]


def run(arguments, settings):
    with open("out", "wb") as out:
        out.write(OLD)
    done = subprocess.run(["yoke-inject", "agg", *arguments, "-o", "out", "-j", "2"],
                          env=dict(os.environ, **settings), capture_output=True, timeout=600)
    with open("out", "rb") as out:
        return done.returncode, done.stdout, done.stderr, out.read()


def judge(status, stdout, stderr, output, whole, reports):
    """What is wrong with a run; None when nothing is. A report comes last: when it is what fails, the
    output stands."""
    left = [name for name in os.listdir(".") if name.startswith(".out")]
    if left:
        return f"left {left}"
    if stdout:
        return f"wrote {stdout} on standard output"
    if status == 0:
        return None if output == whole else "ended well without the whole result"
    if status != 1 or output not in (OLD, whole if reports else OLD):
        return f"status {status}, output {output[:60]}"
    lines = stderr.decode().splitlines()
    return None if len(lines) == 1 and lines[0].startswith("yoke agg: ") else f"said {lines}"


def fail_each(what, arguments, whole):
    n = good = 0
    while good < 25:  # in a row: the failure is beyond the end
        n += 1
        status, *rest = run(arguments, {what: str(n)})
        wrong = judge(status, *rest, whole, "--report=json" in arguments)
        if wrong:
            sys.exit(f"{what}={n} {arguments}: {wrong}")
        good = good + 1 if status == 0 else 0


def main():
    for form, arguments in RUNS.items():
        for file in INPUTS if form == "csv" else INPUTS[:1]:
            line = [*arguments, file, "--format", form]
            status, _, stderr, whole = run(line, {})
            assert status == 0, stderr
            for settings in ({"INJECT_SHORT_IO": "7"}, {"INJECT_INTERRUPT": "2"}):
                assert run(line, settings)[3] == whole, settings
            fail_each("INJECT_ALLOCATION", line, whole)
            fail_each("INJECT_IO", line, whole)
        print(f"{form}: every failure ends well")


main()
