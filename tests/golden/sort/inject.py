#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `yoke sort` again and again, with the first, the second, the third ... allocation or system
call failing, until a run meets no failure. Whatever fails, the program must end with one line and
status 2, or find another way and give the whole result; the output file is then the old one, or the
new one when only the report behind it failed, and nothing is left beside it. A report is there whole
or not at all. Prints one line for each way to run.

    inject.py
"""

import json
import os
import subprocess
import sys

OLD = b"old\n"
RUNS = {
    "sort": ["-k", "2,2n", "-k", "1d", "a", "b"],
    "names": ["-g", "--files0-from", "names"],
    "merge": ["-m", "-u", "a", "b"],
    "spill": ["-S", "1", "-T", ".", "-T", "..", "--compress=zstd", "large"],
    "binary": ["--binary", "u32", "-u", "numbers"],
    "pieces": ["--binary", "f64", "-S", "1", "-T", ".", "-T", "..", "--compress=zstd", "many"],
    "runs": ["--binary", "i64", "-m", "-S", "1", "-T", ".", *["run"] * 5],
    "report": ["--report=json:report", "a", "b"],
    "unique": ["-S", "1", "-T", ".", "-u", "-k", "1,1M", "large"],
}


def run(arguments, settings):
    with open("out", "wb") as out:
        out.write(OLD)
    done = subprocess.run(["yoke-inject", "sort", *arguments, "-o", "out", "-j", "2"],
                          env=dict(os.environ, **settings), capture_output=True, timeout=600)
    if os.path.exists("report"):
        with open("report") as report:
            json.load(report)
        os.unlink("report")
    with open("out", "rb") as out:
        return done.returncode, done.stdout, done.stderr, out.read()


def judge(arguments, status, stdout, stderr, output, whole):
    """What is wrong with a run; None when nothing is."""
    left = [name for name in os.listdir(".") if name.startswith((".out", ".report", "yoke-"))]
    if left:
        return f"left {left}"
    if stdout:
        return f"wrote {stdout} on standard output"
    if status == 0:
        return None if output == whole else "ended well without the whole result"
    reported = any(argument.startswith("--report") for argument in arguments)
    if status != 2 or (output != OLD and not (reported and output == whole)):
        return f"status {status}, output {output[:60]}"
    lines = stderr.decode().splitlines()
    return None if len(lines) == 1 and lines[0].startswith("yoke sort: ") else f"said {lines}"


def fail_each(what, arguments, whole):
    n, good, step = 0, 0, 1
    while good < 20:  # in a row: the failure is beyond the end
        n += step
        step = 1 + n // 30  # long runs have many calls that are alike
        status, *rest = run(arguments, {what: str(n)})
        wrong = judge(arguments, status, *rest, whole)
        if wrong:
            sys.exit(f"{what}={n} {arguments}: {wrong}")
        good = good + 1 if status == 0 else 0


def main():
    with open("large", "w", encoding="ascii") as file:
        for i in range(60000):
            file.write(f"{i * 7919 % 60013} line\n")
    with open("numbers", "wb") as file:
        file.write(bytes(range(256)) * 40)
    with open("many", "wb") as file:
        file.write(bytes(i * 7919 % 251 for i in range(160000)) * 4)
    with open("run", "wb") as file:
        file.write(b"".join(i.to_bytes(8, "little") for i in range(20000)))
    for name, arguments in RUNS.items():
        status, _, stderr, whole = run(arguments, {})
        assert status == 0, stderr
        for settings in ({"INJECT_SHORT_IO": "777"}, {"INJECT_INTERRUPT": "2"}):
            assert run(arguments, settings)[3] == whole, settings
        fail_each("INJECT_ALLOCATION", arguments, whole)
        fail_each("INJECT_IO", arguments, whole)
        print(f"{name}: every failure ends well")


main()
