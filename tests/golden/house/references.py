#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks whether each kernel of the public headers has a serial reference.

    references.py ROOT

A kernel is a function that takes a yoke_run, in a header that scripts/layers lists for the module
kernels. NAME_ref stands in the same header (types are not looked at); or a comment there says
"OTHER_ref is the reference of NAME", where OTHER_ref, or a serial function OTHER, is declared there.
Prints what is missing.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from promises import functions, untyped

DECLARED = re.compile(r"\b(yoke_[\w#]+)\(")
SERVES = re.compile(r"\b(yoke_\w+)(?:, [\w ]+,)? is the reference of (yoke_\w+)")


def missing(text):
    declared = set(DECLARED.findall(text))
    references = {untyped(name[:-4]) + "_ref" for name in declared if name.endswith("_ref")}
    served = set()
    for other, name in SERVES.findall(re.sub(r"\s+(?:\* )?\s*", " ", text)):
        if other not in references | declared:
            yield f"there is no {other}, which is to be the reference of {name}"
        served.add(name)
    for name in sorted(set(functions(text))):
        if name + "_ref" not in references and name not in served:
            yield f"{name.rstrip('#')} has no reference"


def main():
    root = Path(sys.argv[1])
    kernels = re.search(r'publish\("kernels", "([^"]+)"\)', (root / "scripts/layers").read_text())
    for header in kernels[1].split():
        for what in missing((root / "include/yoke" / f"{header}.h").read_text()):
            print(f"{header}.h: {what}")


if __name__ == "__main__":
    main()
