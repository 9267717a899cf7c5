# SPDX-License-Identifier: Apache-2.0
"""Checks the JSON Lines of yoke bench: rows have all figures, and these agree with each other.

Prints "LOAD SIZE THREADS AFFINITY RUNS" for each row."""
import json
import statistics
import sys

for line in sys.stdin:
    row = json.loads(line)
    assert row["error"] is None, row
    samples = row["samples"]
    assert len(samples) == row["runs"], row
    assert abs(row["median_s"] - statistics.median(samples)) < 1e-9 * abs(row["median_s"]), row
    assert row["low_s"] in samples and row["high_s"] in samples, row
    assert row["low_s"] <= row["median_s"] <= row["high_s"], row
    assert 0 <= row["confidence"] < 1, row
    if row["median_s"] > 0:
        assert abs(row["rate"] * row["median_s"] / row["items"] - 1) < 1e-9, row
    assert row["max_rss_bytes"] > 100000, row
    size, threads = row["size"], row["threads"]
    print(row["load"], size, threads, row["affinity"], row["runs"] + row["warmup"])
