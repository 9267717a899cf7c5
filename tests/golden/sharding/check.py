# SPDX-License-Identifier: Apache-2.0
"""Checks the JSON Lines of yoke bench: each row has all figures, and they agree with each other.

Prints "STRUCTURE THREADS" for each row."""
import json
import sys

for line in sys.stdin:
    row = json.loads(line)
    latency = [row["latency_ns"][name] for name in ("p50", "p90", "p99", "p99.9", "max")]
    assert 0 < row["min"] <= row["ops_per_second"] <= row["max"], row
    assert 1 / row["threads"] - 1e-9 <= row["fairness"] <= 1 + 1e-9, row
    assert latency == sorted(latency) and latency[0] > 0, row
    assert row["cpus"] > 0, row
    print(row["structure"], row["threads"])
