# SPDX-License-Identifier: Apache-2.0
"""Documents to make pages of, as yoke_report_json and yoke bench write them."""

import random
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"

HOSTILE = "</script><img src=x onerror=alert(1)>"
STRANGE = "<!--<script>\u2028\u2029\"'&amp;\\ \u00e9\u6f22\U0001f680"


def metric(name, unit="", source="kernel", adds_up=True):
    return {"name": name, "unit": unit, "source": source, "adds_up": adds_up}


METRICS = [
    metric("CPU time", "s"), metric("run-queue wait", "s"), metric("voluntary switches"),
    metric("declared flops", "", "yoke"), metric("declared bytes", "", "own"),
    metric("Memory bandwidth [MBytes/s]", "MBytes/s", "likwid uncore", False),
    metric("DP [MFLOP/s]", "MFLOP/s", "likwid core", False),
]  # fmt: skip


def region(name, parent=0, activity="work"):
    return {"name": name, "parent": parent, "activity": activity}


REGIONS = [
    region("run", -1), region("assemble"), region("solve"), region("product", 2), region("halo", 2),
    region("team", 2, "runtime"), region("barrier", 2, "wait"), region("mutex", 1, "wait"),
    region("write"),
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
        # Which of two spans with the same begin is inside does not follow from their order.
        delay = chance.choice([0, step // 50])
        spans.append([inner, thread, thread % 8, at + delay, middle])
        spans.append([2, thread, thread % 8, at, at + length])
        spans.append([6, thread, thread % 8, middle, at + length])
        at += step
    return spans


def thread_cells(chance, thread, share, seconds):
    """Cells of a thread that is in regions for a share of the time, and waits otherwise."""
    busy, cpu = seconds * share, thread % 8
    cells = []
    for index, part in (1, 0.2), (3, 0.5), (4, 0.1), (5, 0.05), (8, 0.02):
        time = busy * part
        flops = time * {3: 15e9, 4: 1.5e9}[index] if index in (3, 4) else None
        moved = time * 12e9 if index in (3, 4) else None
        # One thread of the socket reads the counters of the memory.
        bandwidth = 20e3 if index == 3 and thread == 0 else None
        counted = 4e3 + thread if index == 3 else None
        values = [time * 0.97, time * 0.02, chance.randrange(100), flops, moved, bandwidth, counted]
        cells.append(cell(index, thread, cpu, chance.randrange(1, 5000), time, time, values))
    inside = [sum(values) for values in zip(cells[1]["values"][:5], cells[2]["values"][:5])]
    within = seconds * (1 - share * 0.35)
    cells.append(cell(2, thread, cpu, 40, within, 0.0, [*inside, None, None]))
    waiting = seconds - busy
    cells.append(cell(6, thread, cpu, 40, waiting, waiting, [None] * 7))
    whole = [seconds, None, 3, None, None, 5123.25, None]
    cells.append(cell(0, thread, cpu, 1, seconds, busy * 0.13, whole))
    return cells


def efficiency(parallel, balance, serialisation, transfer, limit, **more):
    return {
        "parallel": parallel, "load_balance": balance, "serialisation": serialisation,
        "transfer": transfer, "limit": limit, **more,
    }  # fmt: skip


def efficiencies():
    regions = [
        efficiency(0.63, 0.7, 0.95, 0.947, "Half.", region=2, limit_factor="load balance"),
        efficiency(0.9, 0.91, 1, 0.99, None, region=3, limit_factor="none"),
    ]
    sentence = "Load balance costs most: 29 % of the threads' time, most of it in product."
    return efficiency(0.6521, 0.71, 0.954, 0.9627, sentence, regions=regions)


def profile(threads=4, spans=300, seconds=1.25, seed=1):
    chance = random.Random(seed)
    cells, all_spans = [], []
    for thread in range(threads):
        cells += thread_cells(chance, thread, 0.95 - 0.5 * thread / threads, seconds)
        all_spans += thread_spans(chance, thread, spans // threads, seconds)
    figure = {"kind": "pool", "object": "main", "name": "steals", "part": 0, "value": 17}
    return {
        "yoke": "0.7.0", "program": "./solver", "command": "./solver --mesh 'wing 2.msh'",
        "machine": "AMD EPYC 9654 96-Core Processor", "seconds": seconds,
        "cpu_limit": {"cpus": 8, "source": "cgroup /sys/fs/cgroup/cpu/cpu.cfs_quota_us"},
        "notes": ["hardware events: no such event on this machine", "likwid: no /dev/cpu/0/msr"],
        "roof": {"flops": 180e9, "bytes": 69e9}, "metrics": METRICS, "regions": REGIONS,
        "threads": [{"thread": i, "tid": i, "begin_s": 0, "end_s": 1} for i in range(threads)],
        "cells": cells, "spans": all_spans, "spans_lost": 1234, "figures": [figure],
        "locks": [{"name": "grid", "acquisitions": 5000, "contended": 120, "wait_s": 0.021}],
        "efficiency": efficiencies(),
    }  # fmt: skip


def row(load, threads, median, size=1 << 26, spread=0.03, **more):
    return {
        "load": load, "group": "stream", "size": size, "threads": threads, "affinity": "compact",
        "grain_s": None, "unit": "element", "items": size, "median_s": median,
        "low_s": median * (1 - spread), "high_s": median * (1 + 1.4 * spread), "confidence": 0.95,
        "runs": 31, "warmup": 3, "steady": True, "noisy": spread > 0.1, "rate": size / median,
        "bytes_s": 24 * size / median, "flops_s": 2 * size / median, "samples": [], "error": None,
    } | more  # fmt: skip


def failed_row():
    unmeasured = dict.fromkeys(("median_s", "low_s", "high_s", "rate", "bytes_s", "flops_s"))
    return row("triad", 12, 1, error="the answer is wrong") | unmeasured


def parameter(value, spread=0.2):
    return {"value": value, "low": value * (1 - spread), "high": value * (1 + spread)}


def fit(load, law, **parameters):
    values = {name: parameter(value) for name, value in parameters.items()}
    limit = {"best": law == "usl", "limit": 6.1, "limit_threads": 22.4}
    return {"load": load, "law": law, "parameters": values, "rate": parameter(1.5e9), **limit}


def experiment():
    rows = [row("triad", p, 0.05 * (0.08 + 0.92 / p), spread=0.02 * p) for p in (1, 2, 3, 4, 6, 8)]
    fits = [
        fit("triad", "amdahl", serial=0.08),
        fit("triad", "usl", contention=0.06, coherency=0.002),
    ]
    metg = {"load": "task_spawn", "threads": 8, "affinity": "compact", "efficiency": 0.5}
    metg |= {"seconds": parameter(3.2e-6), "below_s": None}
    origin = {
        "machine": "AMD EPYC", "cpu_limit": {"cpus": 8, "source": "affinity mask"}, "yoke": "0.7.0",
        "compiler": "gcc 12.2.0", "flags": "-O3", "revision": "1234abcd", "dirty": True,
    }  # fmt: skip
    made = {"rows": [*rows, failed_row()], "fits": fits, "metg": [metg], "origin": origin}
    return made | {"weak": False}


def weak_experiment():
    rows = []
    for threads in 1, 2, 4, 8, 16, 32, 64:
        time = 0.4 * (1 + 0.02 * (threads - 1))
        rows.append(row("sort_u64", threads, time, size=threads << 22, flops_s=None))
    fitted = fit("sort_u64", "gustafson", serial=0.3) | {"thread_size": 1 << 22}
    return {"weak": True, "rows": rows, "fits": [fitted], "metg": []}


def nothing_measured():
    """Every figure that may be null is, and every list has something."""
    made = profile(2, 12)
    of_profile = "seconds", "efficiency", "roof", "cpu_limit", "machine", "program", "spans_lost"
    made |= dict.fromkeys((*of_profile, "yoke"))
    for each in made["cells"]:
        each |= {"values": [None] * 7, "wall_s": None, "self_s": None}
    return made


def hostile():
    made = profile(2, 30)
    made |= {"program": HOSTILE, "machine": STRANGE, "notes": [HOSTILE, STRANGE]}
    names = [f"{HOSTILE} {STRANGE} {i}" for i in range(len(REGIONS))]
    made["regions"] = [each | {"name": name} for each, name in zip(REGIONS, names)]
    made["metrics"] = [each | {"name": HOSTILE + each["name"]} for each in METRICS]
    made["efficiency"]["limit"] = HOSTILE
    made["locks"] = [{HOSTILE: STRANGE, "name": HOSTILE}]
    return made
