#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random inputs through yoke pipe: nothing is lost, and blocks end only where records do."""
import os
import random
import re
import subprocess
import tempfile

random.seed(int(os.environ.get("YOKE_TEST_SEED", "1")))
END = "\x01"  # after each block


def csv_records(text):
    records, begin, quoted = [], 0, False
    for i, c in enumerate(text):
        quoted ^= c == '"'
        if c == "\n" and not quoted:
            records.append(text[begin : i + 1])
            begin = i + 1
    return records + ([text[begin:]] if text[begin:] else [])


def pattern_records(text, pattern):
    records = [""]
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        if line.endswith("\n") and re.match(pattern, line) and records[-1]:
            records.append("")
        records[-1] += line
    return [r for r in records if r]


def cuts(records):
    at, places = 0, {0}
    for record in records:
        at += len(record)
        places.add(at)
    return places


def check(text, kind, records):
    block = random.choice([1, 3, 10, 60, 1000])
    command = ["yoke", "pipe", "--block", str(block), "-j", "3", "--records", kind]
    path = None
    if random.random() < 0.5:
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write(text)
            path = file.name
        command.append(path)
    command += ["--", "sh", "-c", f"cat; printf '{END}'"]
    got = subprocess.run(command, input="" if path else text, capture_output=True, text=True)
    if path:
        os.unlink(path)
    assert got.returncode == 0 and not got.stderr, got.stderr
    pieces = got.stdout.split(END)
    assert "".join(pieces) == text, (kind, block, text)
    at, places = 0, cuts(records)
    for piece in pieces:
        at += len(piece)
        assert at in places, (kind, block, text, at)
    allowed = max((len(r) for r in records), default=0) + block
    assert max(len(p) for p in pieces) <= allowed, (kind, block, text)


COUNT = 150
for i in range(COUNT):
    text = "".join(random.choices('ab">\n,x', weights=[3, 3, i % 3, 1, 4, 1, 1], k=random.choice([0, 1, 5, 40, 150])))
    if i % 3 == 0:
        check(text, "lines", re.findall(r"[^\n]*\n|[^\n]+", text))
    elif i % 3 == 1:
        check(text, "csv", csv_records(text))
    else:
        check(text, "^[>x]", pattern_records(text, r"[>x]"))
print(COUNT, "inputs")
