# SPDX-License-Identifier: Apache-2.0
"""What the page must show, worked out from the document in other ways than the page's."""

from collections import defaultdict


def region_sums(profile, key):
    """Sums of a time or count of the cells, by region; None where nothing was measured."""
    sums = {}
    for cell in profile["cells"]:
        if cell[key] is not None:
            sums[cell["region"]] = sums.get(cell["region"], 0) + cell[key]
    return sums


def metric_values(profile, i):
    """The value of a metric by region: a sum, or the mean weighted by time."""
    adds = profile["metrics"][i]["adds_up"]
    values, weights = defaultdict(float), defaultdict(float)
    for cell in profile["cells"]:
        if cell["values"][i] is None:
            continue
        weight = 1 if adds else cell["wall_s"] or 0
        values[cell["region"]] += cell["values"][i] * weight
        weights[cell["region"]] += weight
    return {r: values[r] if adds else values[r] / weights[r] for r in values if weights[r]}


def inner_seconds(spans):
    """The time in which each region is the innermost: its spans without those just inside."""
    seconds = defaultdict(float)
    within = lambda a, b: a is not b and a[1] == b[1] and b[3] <= a[3] and a[4] <= b[4]
    for span in spans:
        region, _, _, begin, end = span
        inside = [other for other in spans if within(other, span)]
        direct = [s for s in inside if not any(within(s, other) for other in inside)]
        seconds[region] += (end - begin - sum(s[4] - s[3] for s in direct)) * 1e-9
    return {region: time for region, time in seconds.items() if time > 0}


def activity_seconds(profile, key):
    """Self time by (thread or core, activity)."""
    seconds = defaultdict(float)
    for cell in profile["cells"]:
        region = profile["regions"][cell["region"]]
        activity = "outside" if cell["region"] == 0 else region["activity"]
        seconds[cell[key], activity] += cell["self_s"]
    return seconds


def roof_points(profile):
    """[intensity, rate] by name and source of the regions that have both."""
    names = [metric["name"] for metric in profile["metrics"]]
    flops = metric_values(profile, names.index("declared flops"))
    moved = metric_values(profile, names.index("declared bytes"))
    points = {}
    for region in 3, 4:  # the region around them does nothing itself
        threads = defaultdict(float)
        for cell in profile["cells"]:
            if cell["region"] == region:
                threads[cell["thread"]] += cell["wall_s"]
        name = profile["regions"][region]["name"]
        rate = flops[region] / max(threads.values())
        points[name, "declared"] = [flops[region] / moved[region], rate]
    product = [cell for cell in profile["cells"] if cell["region"] == 3]
    done = sum(cell["values"][6] * cell["wall_s"] for cell in product) * 1e6
    [moved] = [cell["values"][5] * cell["wall_s"] * 1e6 for cell in product if cell["values"][5]]
    rate = done / max(cell["wall_s"] for cell in product)
    points["product", "counted"] = [done / moved, rate]
    return points


def speedups(rows, load):
    """{threads: (low, median, high)} of a load, relative to one thread."""
    measured = [row for row in rows if row["load"] == load and row["median_s"]]
    own = {row["threads"]: row for row in measured}
    rate = lambda row, key: row["size"] / row[key]
    base = rate(own[1], "median_s")
    times = "high_s", "median_s", "low_s"
    return {p: [rate(row, key) / base for key in times] for p, row in own.items()}


LAWS = {
    "amdahl": lambda p, v: 1 / (v["serial"] + (1 - v["serial"]) / p),
    "gustafson": lambda p, v: v["serial"] + (1 - v["serial"]) * p,
    "usl": lambda p, v: p / (1 + v["contention"] * (p - 1) + v["coherency"] * p * (p - 1)),
}


def law(fit, rows, threads):
    """The law's rate over the measured one of one thread."""
    [base] = [row for row in rows if row["load"] == fit["load"] and row["threads"] == 1]
    values = {name: each["value"] for name, each in fit["parameters"].items()}
    scale = fit["rate"]["value"] * base["median_s"] / base["items"]
    return scale * LAWS[fit["law"]](threads, values)
