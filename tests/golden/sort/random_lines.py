#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sorts random lines with random options by `yoke sort` and by `LC_ALL=C sort`, and compares every
byte and the exit status. Prints how many agreed; on a difference, the command and the first line.

    random_lines.py COUNT [KIND...]      KIND: sort, merge, check, spill, deal; default all
                                         but the last, whose lines are many and begin alike
"""

import os
import random
import subprocess
import sys

SEED = int(os.environ.get("YOKE_TEST_SEED", "0")) or random.randrange(1, 1 << 32)
DIGITS = "0123456789"
BYTES = [byte for byte in range(256) if byte != 0x80]  # which GNU sort 9.1 takes for a separator of thousands
NUMBERS = ["", "-", "0", "-0", "00", ".5", "-.5", "5.", "1e3", "1e-3", "1e400", "-1e4000", "0x1p4",
           "inf", "-inf", "infinity", "+1", "1,000", "  7", "\t8",
           "1K", "1k", "2M", "-2M", "3G", "1.5T", "0K", "-0G", "1.K", "7P", "8E", "9Z", "2Y", "1m",
           "12345678901234567890", "-12345678901234567890", "0.000000000000001", "1000000000000",
           "10000000000000", "100000000000000", "9" * 70, "-" + "9" * 70, "1" + "0" * 62, "1.0",
           "1.00000000000000000001", "18446744073709551616", "4.9e-324", "1e-4950", "--1", "- 1"]
MONTHS = ["JAN", "feb", "Mar", " apr", "MAY", "jun", "july", "AUG", "Sep", "OCTOBER", "nov", "DEC",
          "ja", "foo", "", "xJAN"]
WORDS = ["a", "b", "A", "B", "aa", "ab", "a-b", "a b", "abc", "prefix-shared-1", "prefix-shared-2",
         "prefix-shared-longer-than-several-words-0", "prefix-shared-longer-than-several-words-1",
         "x" * 200, "x" * 200 + "y", "x" * 230, "", " ", "\x01a", "\x7f", "\xe9t\xe9", "\xff", "\0"]


def text_of(r, alphabet, longest):
    return "".join(r.choice(alphabet) for _ in range(r.randrange(longest + 1)))


def field_makers(r):
    return r.choice([
        lambda: r.choice(WORDS), lambda: r.choice(NUMBERS), lambda: r.choice(MONTHS),
        lambda: str(r.randrange(-20, 20)), lambda: str(r.randrange(10**r.randrange(1, 20))),
        lambda: f"{r.uniform(-100, 100):.{r.randrange(8)}f}", lambda: text_of(r, "ab", 3),
        lambda: text_of(r, "aAbB-_ \t", 12), lambda: text_of(r, DIGITS + ".-", 6),
        lambda: "".join(chr(r.choice(BYTES)) for _ in range(r.randrange(10))),
    ])


def make_input(r, most, end, separator):
    makers = [field_makers(r) for _ in range(r.randrange(1, 5))]
    gap = separator or r.choice([" ", "  ", "\t", " \t"])
    lines = []
    for _ in range(r.randrange(most)):
        lines.append(gap.join(make() for make in makers[:r.randrange(1, len(makers) + 1)]))
        if r.random() < 0.1:
            lines.append(r.choice(lines))
    data = end.join(lines) + (end if lines and r.random() < 0.8 else "")
    return data.encode("latin-1")


def make_alike(r, end, separator):
    """So many lines that they are dealt out, most of them with one of few beginnings."""
    heads = [r.choice(["2026-11-28T", "/home/user/", "chr1" + (separator or "\t"), "0001.", "one", "\0" * 9,
                       "a beginning much longer than a word of seven bytes ", "x" * 300]).encode()
             for _ in range(r.choice([1, 1, 2, 5]))]
    lines = make_input(r, 4000, end, separator).split(end.encode())
    heads = [r.choice(heads) if r.random() < r.choice([1, 0.99]) else b"" for _ in range(60000)]
    data = end.encode().join(head + r.choice(lines) for head in heads)
    return data + b" " * max(0, 1100000 - len(data))


def ordering(r):
    letters = r.choice(["", "", "n", "g", "h", "M", "d", "i", "di", "f", "fd", "n", "fh", "fM"])
    letters += "r" * (r.random() < 0.3) + "b" * (r.random() < 0.3)
    return letters


def key(r):
    text = str(r.randrange(1, 5)) + (f".{r.randrange(1, 5)}" if r.random() < 0.3 else "")
    letters = ordering(r) if r.random() < 0.6 else ""
    text += letters
    if r.random() < 0.6:
        text += "," + str(r.randrange(1, 5)) + (f".{r.randrange(6)}" if r.random() < 0.3 else "")
        text += "b" * (r.random() < 0.1)
    return ["-k", text]


def options(r):
    line = [f"-{letters}" for letters in [ordering(r)] if letters and r.random() < 0.6]
    for _ in range(r.choice([0, 0, 1, 1, 2, 3])):
        line += key(r)
    line += ["-s"] * (r.random() < 0.2) + ["-u"] * (r.random() < 0.25)
    separator = ""
    if r.random() < 0.3:
        separator = r.choice([",", ":", " ", "a", "-"])
        line += ["-t", separator]
    zero = r.random() < 0.1
    line += ["-z"] * zero
    return line, separator, "\0" if zero else "\n"


def run(program, line):
    done = subprocess.run([*program, *line], stdin=subprocess.DEVNULL, capture_output=True,
                          env=dict(os.environ, LC_ALL="C"))
    return done.returncode, done.stdout, done.stderr


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def difference(line, expected, found):
    """What is wrong with an answer; "" when nothing is."""
    if found[0] == expected[0] and found[1] == expected[1]:
        return ""
    a, b = expected[1].splitlines(True), found[1].splitlines(True)
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return (f"yoke sort {line}: status {found[0]} {found[2][:200]}, sort: {expected[0]} "
            f"{expected[2][:200]}\nline {at + 1}: {b[at:at + 2]} instead of {a[at:at + 2]}")


def trial(r, kind):
    line, separator, end = options(r)
    most = r.choice([2, 5, 30, 300]) if kind != "spill" else 20000
    names = [write(f"in{i}", make_alike(r, end, separator) if kind == "deal" else
                   make_input(r, most, end, separator))
             for i in range(1 if kind in ("check", "spill", "deal") else r.randrange(1, 4))]
    own = ["-j", str(r.choice([1, 2, 3, 8]))]
    if kind == "spill":
        own += ["-S", "1b", "--compress", r.choice(["auto", "zstd"])]
    if kind in ("merge", "check"):
        for name in names:
            if kind == "merge" or r.random() < 0.7:
                done = run(["sort"], [*line, name])
                write(name, done[1])
        line = line + [{"merge": "-m", "check": r.choice(["-c", "-C"])}[kind]]
    expected = run(["sort"], [*line, *names])
    found = run(["yoke", "sort"], [*line, *own, *names])
    wrong = difference([*line, *own], expected, found)
    if kind == "check" and not wrong and found[2][5 if found[2] else 0:-1] != expected[2][:-1]:
        wrong = f"yoke sort {line} said {found[2]} instead of {expected[2]}"
    return wrong


def main():
    count = int(sys.argv[1])
    kinds = sys.argv[2:] or ["sort", "merge", "check", "spill"]
    r = random.Random(SEED)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        wrong = trial(r, kind)
        if wrong:
            sys.exit(f"{kind} {number}, YOKE_TEST_SEED={SEED}: {wrong}")
    print(f"{count} answers agree")


main()
