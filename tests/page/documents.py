# SPDX-License-Identifier: Apache-2.0
"""Documents to make pages of: profiles and experiments as yoke_report_json and yoke bench write them."""

import random

HOSTILE = "</script><img src=x onerror=alert(1)>"
STRANGE = "<!--<script>\u2028\u2029\"'&amp;\\ \u00e9\u6f22\U0001f680"


def metric(name, unit="", source="kernel", adds_up=True):
    return {"name": name, "unit": unit, "source": source, "adds_up": adds_up}


METRICS = [
    metric("CPU time", "s"), metric("run-queue wait", "s"), metric("voluntary switches"),
    metric("declared flops", "", "yoke"), metric("declared bytes", "", "own"),
    metric("Memory bandwidth [MBytes/s]", "MBytes/s", "likwid uncore", False),
]  # fmt: skip


def region(name, parent=0, activity="work"):
    return {"name": name, "parent": parent, "activity": activity}


REGIONS = [
    region("run", -1), region("assemble"), region("solve"), region("product", 2), region("halo", 2),
    region("team", 2, "runtime"), region("barrier", 2, "wait"), region("mutex", 1, "wait"), region("write"),
]  # fmt: skip


def cell(region, thread, cpu, calls, wall, self, values):
    return {"region": region, "thread": thread, "cpu": cpu, "calls": calls, "read": calls // 2,
            "wall_s": wall, "self_s": self, "values": values}  # fmt: skip


def thread_spans(chance, thread, number, seconds):
    """Nested spans of one thread in order: [region, thread, cpu, begin_ns, end_ns]."""
    spans, at = [], 0
    step = int(seconds * 1e9 / max(1, number // 3))
    while at < seconds * 1e9 - step:
        inner = chance.choice([3, 4, 5])
        length = int(step * chance.uniform(0.5, 0.98))
        middle = at + int(length * chance.uniform(0.3, 0.8))
        spans.append([2, thread, thread % 8, at, at + length])
        spans.append([inner, thread, thread % 8, at + step // 50, middle])
        spans.append([6, thread, thread % 8, middle, at + length])
        at += step
    return spans


def profile(threads=4, spans=300, seconds=1.25, seed=1):
    chance = random.Random(seed)
    cells, all_spans = [], []
    for thread in range(threads):
        busy = seconds * (0.95 - 0.5 * thread / max(1, threads))
        for index, share in (1, 0.2), (3, 0.5), (4, 0.1), (5, 0.05), (8, 0.02):
            time = busy * share
            flops, bytes = (time * 3e9, time * 12e9) if index in (3, 4) else (None, None)
            values = [time * 0.97, time * 0.02, chance.randrange(100), flops and flops * (5 if index == 3 else 0.5), bytes, None]
            cells.append(cell(index, thread, thread % 8, chance.randrange(1, 5000), time, time, values))
        cells.append(cell(6, thread, thread % 8, 40, seconds - busy, seconds - busy, [None] * 6))
        cells.append(cell(0, thread, thread % 8, 1, seconds, busy * 0.13, [seconds, None, 3, None, None, 5123.25]))
        all_spans += thread_spans(chance, thread, spans // threads, seconds)
    return {
        "yoke": "0.7.0", "program": "./solver --mesh wing.msh", "machine": "AMD EPYC 9654 96-Core Processor",
        "cpu_limit": {"cpus": 8, "source": "cgroup /sys/fs/cgroup/cpu/cpu.cfs_quota_us"}, "seconds": seconds,
        "notes": ["hardware events: perf_event_open: no such event on this machine", "likwid: no /dev/cpu/0/msr"],
        "roof": {"flops": 180e9, "bytes": 69e9}, "metrics": METRICS, "regions": REGIONS,
        "threads": [{"thread": i, "tid": 1000 + i, "begin_s": 0, "end_s": seconds} for i in range(threads)],
        "cells": cells, "spans": all_spans, "spans_lost": 1234,
        "figures": [{"kind": "pool", "object": "main", "name": "steals", "part": 0, "peer": -1, "value": 17}],
        "locks": [{"name": "grid", "acquisitions": 5000, "contended": 120, "wait_s": 0.021, "held_s": 0.3}],
        "efficiency": {
            "parallel": 0.6521, "load_balance": 0.71, "serialisation": 0.954, "transfer": 0.9627,
            "limit": "Load balance costs most: 29 % of the time of all threads, three quarters of it in product.",
            "regions": [
                {"region": 2, "parallel": 0.63, "load_balance": 0.7, "serialisation": 0.95, "transfer": 0.947, "limit": "Load balance costs most.", "limit_factor": "load balance"},
                {"region": 3, "parallel": 0.9, "load_balance": 0.91, "serialisation": 1, "transfer": 0.99, "limit": None, "limit_factor": "none"},
            ],
        },
    }  # fmt: skip


def row(load, threads, median, size=1 << 26, spread=0.03, **more):
    return {"load": load, "size": size, "threads": threads, "affinity": "compact", "unit": "element",
            "median_s": median, "low_s": median * (1 - spread), "high_s": median * (1 + 1.4 * spread),
            "confidence": 0.95, "runs": 31, "warmup": 3, "noisy": spread > 0.1, "rate": size / median,
            "bytes_s": 24 * size / median, "flops_s": 2 * size / median, "samples": []} | more  # fmt: skip


def parameter(value, spread=0.2):
    return {"value": value, "low": value * (1 - spread), "high": value * (1 + spread)}


def experiment():
    rows = [row("triad", p, 0.05 * (0.08 + 0.92 / p), spread=0.02 * p) for p in (1, 2, 3, 4, 6, 8)]
    rows += [row("sort_u64", p, 0.4 * (1 + 0.02 * (p - 1)), size=p << 22, flops_s=None) for p in (1, 2, 4, 8, 16, 32, 64)]
    fits = [
        {"load": "triad", "law": "amdahl", "parameters": {"serial": parameter(0.08)}},
        {"load": "triad", "law": "usl", "parameters": {"contention": parameter(0.06), "coherency": parameter(0.002)}},
        {"load": "sort_u64", "law": "gustafson", "parameters": {"serial": parameter(0.3)}},
    ]
    return {"rows": rows, "fits": fits}


def nothing_measured():
    """Every figure that may be null is, and every list has something."""
    made = profile(2, 12)
    for name in ("seconds", "efficiency", "roof", "cpu_limit", "machine", "program", "spans_lost", "yoke"):
        made[name] = None
    for each in made["cells"]:
        each.update(values=[None] * 6, wall_s=None, self_s=None)
    return made


def hostile():
    made = profile(2, 30)
    made.update(program=HOSTILE, machine=STRANGE, notes=[HOSTILE, STRANGE])
    made["regions"] = [each | {"name": f"{HOSTILE} {STRANGE} {i}"} for i, each in enumerate(REGIONS)]
    made["metrics"] = [each | {"name": HOSTILE + each["name"]} for each in METRICS]
    made["efficiency"]["limit"] = HOSTILE
    made["locks"] = [{HOSTILE: STRANGE, "name": HOSTILE}]
    return made
