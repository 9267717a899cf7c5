#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random small tables through `yoke agg`, against sums of fractions and against sqlite3.

    random_tables.py [COUNT] [SEED]

Each table has one to three key columns and two of numbers: quotes, delimiters and line ends in
fields, UTF-8 and stray bytes, missing values, numbers from tiny to huge in all spellings. Values
come from the generator, not from a parser, and are summed as fractions; tables of plain integers
also go through sqlite3. Threads, block size, delimiter, line ends and formats vary. Prints one
line, and the first table that differs; the exit status is then 1.
"""

import csv
import io
import json
import random
import sqlite3
import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction

NUMERIC = ["count", "sum", "mean", "min", "max", "var", "stddev"]
TEXT = ["first", "last"]


# ---- numbers: (text, value) ----

def integer(r):
    n = r.randint(-10 ** r.choice([1, 2, 4, 9]), 10 ** r.choice([1, 2, 4, 9]))
    return str(n), Fraction(n)


def decimal(r):
    digits, scale = r.randint(1, 17), r.randint(0, 12)
    n = r.randint(0, 10 ** digits)
    sign = r.choice(["", "", "-", "+"])
    whole, part = divmod(n, 10 ** scale)
    text = f"{whole}.{part:0{scale}d}" if scale else r.choice([f"{n}", f"{n}."])
    if text.startswith("0.") and len(text) > 2 and r.random() < 0.3:
        text = text[1:]
    return sign + text, Fraction(n, 10 ** scale) * (-1 if sign == "-" else 1)


def exponent(r):
    mantissa, power = decimal(r)[0], r.choice([r.randint(-20, 20), r.randint(-320, 290)])
    return f"{mantissa}{r.choice('eE')}{power}", Fraction(mantissa) * Fraction(10) ** power


def long_digits(r):
    n, scale = r.randint(0, 10 ** r.randint(20, 60)), r.randint(0, 30)
    whole, part = divmod(n, 10 ** scale)
    return (f"{whole}.{part:0{scale}d}" if scale else str(n)), Fraction(n, 10 ** scale)


def hexadecimal(r):
    x = r.uniform(-1e6, 1e6)
    return x.hex(), Fraction(x)


def number(r, kinds):
    text, value = r.choice(kinds)(r)
    blank = " " * (r.random() < 0.05)
    return blank + text + blank, value


# ---- tables ----

WORDS = ["a", "b", "Oslo", "Straße", "東京", "x,y", 'say "hi"', "two\nlines", "tab\there", "'", "a;b",
         "a longer key that no table keeps inline", "", " blank ", "\udcff\udc80", "é" * 60, "\r\nx", "cr\r", "0"]


def word(r, wide):
    return r.choice(WORDS) if not wide else r.choice(WORDS) + str(r.randint(0, wide))


def make_table(r):
    kinds = r.choice([[integer], [integer, decimal], [decimal, exponent], [integer, decimal, exponent,
                     long_digits, hexadecimal]])
    keys, wide = r.randint(0, 3), r.choice([0, 0, 3, 1000])
    rows = []
    for _ in range(r.choice([0, 1, 2, 5, 30, 30, 300])):
        row = [word(r, wide) for _ in range(keys)]
        for _ in range(2):
            row.append(("", None) if r.random() < 0.1 else number(r, kinds))
        rows.append(row)
    return keys, rows, kinds == [integer]


def field(r, text, delimiter):
    special = any(c in text for c in (delimiter, '"', "\n", "\r"))
    if special or r.random() < 0.1:
        return '"' + text.replace('"', '""') + '"'
    return text


def write_table(r, names, rows, delimiter):
    end = r.choice(["\n", "\n", "\r\n"])
    lines = [delimiter.join(names)]
    for row in rows:
        cells = [c if isinstance(c, str) else c[0] for c in row]
        lines.append(delimiter.join(field(r, c, delimiter) for c in cells))
    text = end.join(lines) + r.choice([end, ""])
    return (r.choice(["", "\ufeff"]) + text).encode("utf-8", "surrogateescape")


# ---- what must come out ----

def as_double(x):
    try:
        return float(x)
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")


def eighteen_digits(x):
    """The number with its 18 leading digits, rounded half to even."""
    with localcontext() as c:
        c.prec, c.Emin, c.Emax = 18, -10 ** 6, 10 ** 6
        return Fraction(Decimal(x.numerator) / Decimal(x.denominator)) if x else x


def variance(values):
    if len(values) < 2:
        return None
    values = [eighteen_digits(x) for x in values]
    mean = sum(values) / len(values)
    return sum((x - mean) ** 2 for x in values) / (len(values) - 1)


def root(x):
    with localcontext() as c:
        c.prec, c.Emin, c.Emax = 80, -10 ** 6, 10 ** 6
        return Fraction((Decimal(x.numerator) / Decimal(x.denominator)).sqrt())


def expected(op, cells):
    present = [c for c in cells if c[1] is not None]
    values = [value for _, value in present]
    if op == "count":
        return Fraction(len(values))
    if not values:
        return None
    if op in TEXT:
        return present[0][0] if op == "first" else present[-1][0]
    if op in ("var", "stddev"):
        v = variance(values)
        return v if v is None or op == "var" else root(v)
    if op == "mean":
        return sum(values) / len(values)
    return {"sum": sum, "min": min, "max": max}[op](values)


def is_short(x):
    """Whether a value has at most 38 digits, 18 of them behind the point."""
    scale = next((s for s in range(19) if (x * 10 ** s).denominator == 1), None)
    return scale is not None and abs(x * 10 ** scale) < 10 ** 38


def same(op, text, value):
    if value is None:
        return text in ("", None)
    if op in TEXT:
        return text == value
    if text is None:  # JSON's word for infinity
        return as_double(value) in (float("inf"), float("-inf"))
    exact = op in ("count", "sum", "min", "max") and is_short(value)
    if text in ("inf", "-inf"):
        return not exact and as_double(value) == float(text)
    if exact:
        return Fraction(text) == value and "e" not in text
    return Decimal(text) == Decimal(repr(as_double(value)))


def group(rows, keys):
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[:keys]), []).append(row[keys:])
    if not keys and not groups:
        groups[()] = []
    return groups


def by_bytes(key):
    return [k.encode("utf-8", "surrogateescape") for k in key]


# ---- one trial ----

def run(r, data, expressions, by, delimiter, order, form):
    command = ["yoke", "agg", ", ".join(expressions), "-d", delimiter, "--format", form,
               "-j", str(r.choice([1, 2, 3, 7])), "--order", order]
    if by:
        command += ["--by", ",".join(by)]
    if r.random() < 0.7:
        command += ["--block", str(r.choice([64, 200, 1000, 4096]))]
    done = subprocess.run(command, input=data, capture_output=True, timeout=600)
    if done.returncode or done.stderr:
        raise AssertionError(f"status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def read_output(out, form):
    if form == "jsonl":
        text = out.decode("utf-8")
        return [list(json.loads(line, parse_float=str, parse_int=str).values())
                for line in text.split("\n")[:-1]]
    text = out.decode("utf-8", "surrogateescape")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True,
                           delimiter="\t" if form == "tsv" else ","))[1:]


def shown(text, form):
    if form != "jsonl" or not isinstance(text, str):
        return text
    return "".join("\ufffd" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)


def check_sqlite(rows, keys, ops, groups):
    """The same groups by sqlite3, for tables of integers."""
    db = sqlite3.connect(":memory:")
    db.execute("create table t (k, v)")
    db.executemany("insert into t values (?, ?)", [
        (json.dumps(row[:keys]), None if row[keys][1] is None else int(row[keys][1])) for row in rows])
    names = [op for op in ops if op in ("count", "sum", "min", "max")]
    if not names or not rows:
        return
    select = ", ".join(f"{op}(v)" for op in names)
    for key, *cells in db.execute(f"select k, {select} from t group by k"):
        mine = [expected(op, [c[0] for c in groups[tuple(json.loads(key))]]) for op in names]
        assert cells == mine, f"sqlite3 has {cells}, fractions have {mine}"


def trial(seed):
    r = random.Random(seed)
    keys, rows, integers = make_table(r)
    delimiter, order = r.choice([",", ";", "\t", "|"]), r.choice(["key", "first"])
    form = r.choice(["csv", "tsv", "jsonl"])
    names = [f"k{i}" for i in range(keys)] + ["v", "w"]
    ops = r.sample(NUMERIC + TEXT, r.randint(1, 9))
    column = r.choice([0, 1])
    expressions = [f"{op}({'vw'[column]})" for op in ops]
    data = write_table(r, names, rows, delimiter)
    try:
        got = read_output(run(r, data, expressions, names[:keys], delimiter, order, form), form)
        groups = group(rows, keys)
        wanted = sorted(groups, key=by_bytes) if order == "key" else list(groups)
        assert [tuple(row[:keys]) for row in got] == \
            [tuple(shown(k, form) for k in key) for key in wanted], "other groups, or another order"
        for row, key in zip(got, wanted):
            for op, text in zip(ops, row[keys:]):
                value = expected(op, [c[column] for c in groups[key]])
                assert same(op, text, shown(value, form)), f"{op} of {key}: {text}, not {value}"
        if integers:
            check_sqlite(rows, keys, ops, groups)
    except AssertionError as wrong:
        open("failed.csv", "wb").write(data)
        return f"seed {seed}, table in failed.csv, {expressions} by {names[:keys]} order {order}: {wrong}"
    return None


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    first = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10 ** 9)
    for seed in range(first, first + count):
        wrong = trial(seed)
        if wrong:
            print(wrong)
            return 1
    print(f"{count} tables agree")
    return 0


sys.exit(main())
