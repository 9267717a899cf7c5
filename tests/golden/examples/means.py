# SPDX-License-Identifier: Apache-2.0
"""count(), sum(precip), mean(temp), max(temp) of weather.csv by station and month, exactly."""

import csv
import sys
from collections import defaultdict
from fractions import Fraction

groups = defaultdict(list)
with open(sys.argv[1], encoding="utf-8", newline="") as table:
    for row in csv.DictReader(table):
        groups[row["station"], row["month"]].append(row)


def shown(number):
    """The shortest decimal of a double, whole numbers without a point."""
    return repr(float(number)).removesuffix(".0")


print("station,month,count(),sum(precip),mean(temp),hottest")
for (station, month), rows in sorted(groups.items()):
    temps = [Fraction(row["temp"]) for row in rows if row["temp"]]
    precips = [Fraction(row["precip"]) for row in rows if row["precip"]]
    print(
        station, month, len(rows), shown(sum(precips)) if precips else "",
        shown(sum(temps) / len(temps)) if temps else "", shown(max(temps)) if temps else "", sep=","
    )  # fmt: skip
