#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks whether each promise of bits in the public headers has a row in `yoke verify-repro --self`.

    promises.py ROOT <OUTPUT    of yoke verify-repro --self --json

Every public header is named by a row, or stands below with the reason why there is nothing to try.
Every public function that takes a yoke_run is called in perf/verify_list_*.c. Prints what is missing.
"""

import json
import re
import sys
from pathlib import Path

# What the rows of other headers stand on, or what promises nothing about bits.
NO_BITS = {
    "aio": "moves bytes", "cancel": "a flag", "counter": "read by who shares it",
    "deadline": "time", "deque": "order depends on thieves", "doctor": "looks at the machine",
    "event": "waiting", "experiment": "measures", "extreme": "read by who shares it",
    "fetch": "the network", "hash": "inlined in tables", "histogram": "read by who shares it",
    "isa": "tried in each row", "limiter": "waiting", "load": "measured", "lock": "waiting",
    "lock_profile": "measures", "machine": "looks at the machine",
    "map": "order of visits is random", "measure": "measures", "memory": "memory",
    "probe": "counts", "profile": "data", "progress": "shows",
    "queue_mpmc": "order depends on threads", "queue_mpsc": "order depends on threads",
    "queue_spsc": "moves items", "reclaim": "memory", "region": "measures", "report": "shows",
    "resource": "waiting", "resource_http": "the network", "resource_postgres": "the network",
    "results": "of figures",
    "roof": "measures", "run": "how rows are run", "rwlock": "waiting", "scaling": "of figures",
    "statistics": "of figures", "status": "texts", "team": "how rows are run",
    "thread": "numbers of threads", "typed": "types", "verify": "this", "yoke": "all of them",
}
PROMISE = re.compile(r"the same bits(?! and)|(?:at|for|with) any number of threads|same result at|bits (?:do not|of .* do not) depend")
# Which say so of what a row of another header tries.
SAID_ELSEWHERE = {"experiment", "isa", "load", "run", "scaling", "verify"}


def untyped(name):
    """The name of a function without the type that it ends with."""
    name = re.sub(r"(_?##(T|S)(##)?)+$", "", name)
    return re.sub(r"_(i32|i64|u32|u64|f32|f64)$", "", name)


def functions(text):
    """Names, without their types, of the public functions that take a yoke_run."""
    text = re.sub(r"\\\n", " ", text)
    for name, arguments in re.findall(r"YOKE_API\s+int\s+(yoke_[\w#]+)\s*\(([^;]*?)\)\s*;", text, re.S):
        if re.search(r"const\s+yoke_run\s*\*", arguments):
            yield untyped(name)


def main():
    root = Path(sys.argv[1])
    rows = json.load(sys.stdin)["rows"]
    tried = {header for row in rows for header in row["headers"].split()}
    calls = "".join(p.read_text() for p in sorted((root / "perf").glob("verify_list_*.c")))
    for path in sorted((root / "include/yoke").glob("*.h")):
        text, header = path.read_text(), path.stem
        if header not in tried and header not in NO_BITS:
            print(f"{path.name}: no row of --self, and no reason why")
        if header in tried and header in NO_BITS:
            print(f"{path.name}: a row of --self, and a reason why there is none")
        promise = PROMISE.search(re.sub(r"\s+\*?\s*", " ", text))
        if promise and header not in tried | SAID_ELSEWHERE:
            print(f"{path.name}: promises '{promise.group()}', and no row of --self tries it")
        for name in functions(text) if header not in NO_BITS else ():
            names = [name] if "##" not in name else [name.split("##")[0] + kind for kind in
                     ("union", "intersection", "difference", "symmetric")]
            for one in names:
                if not re.search(rf"\b{one}(_[iuf](32|64))?\b", calls):
                    print(f"{path.name}: {one} is in no row of --self")
    for header in tried - {p.stem for p in (root / "include/yoke").glob("*.h")}:
        print(f"{header}: a row of --self names no public header")


if __name__ == "__main__":
    main()
