# SPDX-License-Identifier: Apache-2.0
"""Means of twelve readings in a row of the same station, as examples/21_sensors.c prints them."""
import sys

window, station = [], None
for line in open(sys.argv[1]):
    *label, value = line.rstrip("\n").split(",")[:5]
    try:
        value = float(value)
    except ValueError:
        continue
    if label[0] != station:
        window, station = [], label[0]
    window.append(value)
    if len(window) == 12:
        print(",".join(label) + f",{sum(window) / 12:.2f}")
        window = []
