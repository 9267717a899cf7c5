#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks whether each public function that takes a yoke_run is a region of a profile.

    regions.py ROOT PROFILE    the JSON of a run that has called them all

Prints those that are not; one of a function's types is enough.
"""

import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from promises import functions

# Measures, and is no part of a program's work.
NO_REGION = {"yoke_roof_measure"}


def main():
    root, profile = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    regions = {region["name"] for region in profile["regions"]}
    plain = {re.sub(r"_(i32|i64|u32|u64|f32|f64)$", "", name) for name in regions}
    for path in sorted((root / "include/yoke").glob("*.h")):
        for name in functions(path.read_text()):
            if "##" in name:
                seen = any(re.fullmatch(re.sub(r"##\w+(##)?", r"\\w+", name), one) for one in plain)
            else:
                seen = name in plain | NO_REGION
            if not seen:
                print(f"{path.name}: {name} is no region")


main()
