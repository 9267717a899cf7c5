# SPDX-License-Identifier: Apache-2.0
"""Checks of pages: each function takes the Pages, and raises AssertionError."""

import re
import socket

import documents
import expected
from pages import holds, same

FACTORS = ("parallel", "load_balance", "serialisation", "transfer")


def head(pages):
    profile = documents.profile()
    page = pages.open("head", profile)
    same(page.texts("h1"), [profile["program"]])
    facts = dict(zip(page.texts("dt"), page.texts("dd")))
    same(facts["command"], profile["command"])
    same(facts["processors to use"], "8 (cgroup /sys/fs/cgroup/cpu/cpu.cfs_quota_us)")
    same((facts["wall time"], facts["threads"]), ("1.25 s", "4"))
    same(facts["machine"], profile["machine"])
    same(page.texts(".notes li"), profile["notes"])


def factors_of(page):
    values = [row[1][0] for row in page.ask("table", ".efficiencies")]
    return [None if value is None else float(value) for value in values]


def efficiencies(pages):
    profile = documents.profile()
    page = pages.open("efficiencies", profile)
    same(factors_of(page), [profile["efficiency"][factor] for factor in FACTORS])
    same(page.texts(".limit"), [profile["efficiency"]["limit"]])
    same(page.ask("datum", ".limits", "efficiency"), "load_balance")
    profile["efficiency"]["limit_factor"] = "transfer"
    named = pages.open("limit", profile)
    same(named.ask("datum", ".limits", "efficiency"), "transfer")
    of_regions = "#efficiency .scroll table"
    same(page.column(of_regions, "region"), ["solve", "solve › product"])
    same(page.column(of_regions, "load balance"), [0.7, 0.91])
    same(page.column(of_regions, "limited by"), ["load balance", "none"])


def regions(pages):
    profile = documents.profile()
    page = pages.open("regions", profile)
    shown = {0: "run", 1: "assemble", 2: "solve", 3: "solve › product", 4: "solve › halo"}
    shown |= {5: "solve › team", 6: "solve › barrier", 8: "write"}
    same(page.column("#regions table", "region"), list(shown.values()))
    for heading, key in ("calls", "calls"), ("time", "wall_s"), ("own time", "self_s"):
        sums = expected.region_sums(profile, key)
        same(page.column("#regions table", heading), [float(sums[i]) for i in shown])
    rows = page.table("#regions table")
    for i, metric in enumerate(profile["metrics"]):
        values = expected.metric_values(profile, i)
        cells = [row[metric["name"]] for row in rows]
        same([cell[0] for cell in cells], [values.get(index) for index in shown])
        same({text for value, text in cells if value is None} - {"not measured"}, set())
    sources = [metric["source"] for metric in profile["metrics"]]
    same(page.texts("#regions thead .source"), ["yoke"] * 3 + sources)


def sorting(pages):
    """With the keyboard; what was not measured comes last in both directions."""
    page = pages.open("sorting", documents.profile())
    page.ask("focus", "#regions thead button", "run-queue wait")
    for direction, reverse in ("descending", True), ("ascending", False), ("descending", True):
        page.page.press("Enter")
        same(page.ask("property", "#regions th[aria-sort]", "ariaSort"), direction)
        values = page.column("#regions table", "run-queue wait")
        measured = [value for value in values if value is not None]
        same(values, sorted(measured, reverse=reverse) + [None] * 2)


def timeline_seconds(page):
    numbers = page.ask("numbers", "#timeline path[data-region]", "region", "seconds")
    return {int(region): seconds for region, seconds in numbers}


def timeline(pages):
    profile = documents.profile()
    page = pages.open("timeline", profile)
    wanted = expected.inner_seconds(profile["spans"])
    same(timeline_seconds(page), wanted)
    page.ask("choose", "#timeline select", "cpu")
    same(timeline_seconds(page), wanted)
    page.ask("click", "#timeline [aria-label='zoom in']")
    label = page.ask("property", "#timeline svg", "ariaLabel")
    same(label, "Timeline of 4 rows from 313 ms to 938 ms")
    part = sum(timeline_seconds(page).values()) / sum(wanted.values())
    holds(0.4 < part < 0.6, f"half of the run has {part} of the time of its spans")
    holds("1,234 of the shorter spans" in page.texts("#timeline")[0], "spans are missing silently")


def legend(pages):
    """A name is there once for each look; names with several looks say where they are."""
    profile = documents.profile(1, 0)
    region = documents.region
    profile["regions"] = [
        region("run", -1), region("read"), region("team", 1, "runtime"), region("sort"),
        region("team", 3, "runtime"), region("copy", 1), region("copy", 3),
    ]  # fmt: skip
    begin, profile["spans"], profile["cells"] = 0, [], []
    for i, length in enumerate((5, 4, 3, 2, 2, 1), 1):
        profile["spans"].append([i, 0, 0, begin * 10**9, (begin + length) * 10**9])
        profile["cells"].append(documents.cell(i, 0, 0, 1, length, length, [None] * 7))
        begin += length
    page = pages.open("legend", profile)
    shown = "#timeline ul.legend li"
    same(page.texts(shown), ["team", "read", "sort", "read › copy", "sort › copy"])
    titles = [page.ask("property", f"{shown}:nth-child({i})", "title") for i in range(1, 6)]
    same(titles, [f"{time} s on all rows" for time in (6, 5, 3, 2, 1)])


def places(pages):
    """Two spans at known places of a timeline, and what the pointer finds at one of them."""
    profile = documents.profile(2, 0, seconds=4.0)
    profile["spans"] = [[1, 0, 0, 0, 10**9], [3, 1, 5, 10**9, 2 * 10**9]]
    page = pages.open("places", profile)
    boxes = page.ask("boxes")
    column = 4.0 / 1000
    for region, begin in ("1", 0), ("3", 1):
        holds(abs(boxes[region]["from"] - begin) <= 2 * column, boxes)
        holds(abs(boxes[region]["to"] - begin - 1) <= 2 * column, boxes)
    holds(boxes["3"]["top"] > boxes["1"]["top"] + 20, boxes)
    whole = "#timeline path[data-region='3'][fill-opacity='1']"
    page.page.mouse("mouseMoved", *page.ask("middle", whole))
    page.page.settle()
    same(page.texts(".tip"), ["solve › product\n1 s to 2 s: 1,000,000,000 ns\nthread 1, core 5"])


def threads(pages):
    profile = documents.profile(3)
    page = pages.open("threads", profile)
    names = {"work": "work", "runtime": "runtime", "waiting": "wait"}
    names["outside of regions"] = "outside"
    shown, wanted = {}, {}
    for title in page.texts("#threads title"):
        parts = re.fullmatch(r"(thread|core) (\d+): ([a-z ]+) (\S+) s", title)
        shown[parts[1], int(parts[2]), names[parts[3]]] = float(parts[4])
    for row, key in ("thread", "thread"), ("core", "cpu"):
        for (place, activity), time in expected.activity_seconds(profile, key).items():
            wanted[row, place, activity] = time
    same(shown, wanted)


def thread_table(pages):
    profile = documents.profile(3)
    page = pages.open("thread_table", profile)
    times = expected.activity_seconds(profile, "thread")
    names = ("work", "work"), ("waiting", "wait"), ("outside of regions", "outside")
    for heading, activity in names:
        shown = page.column("#threads details table", heading)
        same(shown, [times[thread, activity] for thread in range(3)])


def scaling_of(page, experiment, load):
    drawn = page.ask("scaling", f"#scaling figure[data-load={load}]")
    wanted = expected.speedups(experiment["rows"], load)
    most = float(max(wanted))
    same(drawn["dots"], [[float(p), value[1]] for p, value in wanted.items()], 1e-6)
    bars = [[bar[0], *sorted(bar[1:])] for bar in drawn["bars"]]
    same(bars, [[float(p), value[0], value[2]] for p, value in wanted.items()], 1e-6)
    ends = {"ideal": [most, most]}
    for fit in experiment["fits"]:
        if fit["load"] == load:
            ends[f"fit {fit['law']}"] = [most, expected.law(fit, experiment["rows"], most)]
    same(drawn["ends"], ends, 1e-3)


def scaling(pages):
    experiment = documents.weak_experiment()
    page = pages.open("weak_scaling", None, experiment)
    scaling_of(page, experiment, "sort_u64")
    experiment = documents.experiment()
    page = pages.open("scaling", None, experiment)
    scaling_of(page, experiment, "triad")
    facts = dict(zip(page.texts("dt"), page.texts("dd")))
    same(facts["revision"], "1234abcd, with changes")
    same((facts["machine"], facts["compiler"]), ("AMD EPYC", "gcc 12.2.0"))
    parameters = [each for fit in experiment["fits"] for each in fit["parameters"].items()]
    shown = page.ask("numbers", "[data-parameter]", "parameter", "value")
    same(shown, [[name, each["value"]] for name, each in parameters])
    for heading, key in ("median", "median_s"), ("arithmetic", "flops_s"):
        wanted = [row[key] for row in experiment["rows"]]
        same(page.column("#measurements table", heading), wanted)
    same(page.column("#measurements table", "remark")[-1], "the answer is wrong")
    best = page.texts("#scaling li.remark")
    same(len(best), 1)
    holds("at most 6.1, with 22.4 threads" in best[0], best)
    same(page.column("#measurements .scroll:nth-of-type(2) table", "task"), [3.2e-6])


def counted(pages):
    """Figures of a group of likwid; what was not counted in a run is not a number."""
    figures = ("CPI", 0.71, "likwid core"), ("Memory bandwidth [MBytes/s]", None, "likwid uncore")
    experiment = documents.experiment()
    for row, scale in zip(experiment["rows"][:2], (1, 2)):
        row["metrics"] = [
            {"name": name, "source": source, "median": median and median * scale,
             "low": median, "high": median and median * scale, "samples": []}
            for name, median, source in figures
        ]  # fmt: skip
    page = pages.open("counted", None, experiment)
    table = "#measurements .scroll:nth-of-type(2) table"
    same(page.column(table, "threads"), [1, 2])
    same(page.column(table, "CPI"), [0.71, 1.42])
    same([row[figures[1][0]] for row in page.table(table)], [(None, "not measured")] * 2)
    same(page.texts(f"{table} .source"), ["likwid core", "likwid uncore"])


def roofline(pages):
    profile = documents.profile()
    roof = profile["roof"]
    page = pages.open("roofline", profile)
    wanted = expected.roof_points(profile)
    figures = "flop per byte", "arithmetic"
    rows = page.table("#roofline table")
    name = lambda row: (row["region or load"][1], row["work"][1])
    shown = {name(row): [row[figure][0] for figure in figures] for row in rows}
    same(shown, wanted)
    drawn = page.ask("roofline")
    dots = {tuple(title.removesuffix(")").split(" (")): place for title, place in drawn["dots"]}
    same(dots, wanted, 1e-6)
    same(drawn["ridge"], [roof["flops"] / roof["bytes"], roof["flops"]], 1e-2)
    profile["roof"] = {"flops": None, "bytes": None}
    page = pages.open("no_roof", profile)
    text = page.texts("#roofline")[0]
    holds("The roof of this machine was not measured" in text, text)
    same(page.ask("count", "#roofline [aria-label=roof]"), 0)


def nothing_measured(pages):
    experiment = {"rows": [{"load": "x"}], "fits": [{"load": "x"}]}
    page = pages.open("nulls", documents.nothing_measured(), experiment)
    text = page.texts("main")[0]
    for wrong in "NaN", "undefined", "null", "Infinity", "could not be":
        holds(wrong not in text, f"the page has {wrong}")
    same(page.texts("[data-efficiency] .number"), ["not measured"] * 4)
    same(set(page.column("#regions table", "time")), {None})
    same(pages.open("empty").texts("h1"), ["Nothing was measured"])
    same(pages.open("little", {}, {}).texts(".failed"), [])


def broken(pages):
    page = pages.open("broken", "{")
    text = page.texts("main")[0]
    holds("could not be read" in text, text)
    same(page.page.wrong, [])


def hostile_names(pages):
    profile = documents.hostile()
    page = pages.open("hostile", profile)
    same(page.texts("h1"), [profile["program"]])
    same(page.ask("count", "img, iframe, main script"), 0)
    same(page.texts(".notes li"), profile["notes"])
    same(page.column("#regions table", "region")[0], profile["regions"][0]["name"])
    same((page.page.wrong, page.texts(".failed")), ([], []))


def large(pages):
    page = pages.open("large", documents.profile(64, 10000), documents.experiment())
    elements = page.ask("count", "*")
    holds(elements < 4000, f"{elements} elements")
    same(page.texts(".failed"), [])
    label = page.ask("property", "#timeline svg", "ariaLabel")
    same(label, "Timeline of 64 rows from 0 s to 1.25 s")


def no_network(pages):
    """Nothing is asked for, and what tries to is refused."""
    page = pages.open("network", documents.profile(), documents.experiment())
    same([len(page.page.requests), page.page.requests[0][:7], page.page.wrong], [1, "file://", []])
    with socket.create_server(("127.0.0.1", 0)) as server:
        refused = page.ask("escape", f"http://127.0.0.1:{server.getsockname()[1]}/")
        same(refused, [["fetch"], None])
        server.setblocking(False)
        try:
            server.accept()
        except BlockingIOError:
            return
    raise AssertionError("the page reached the network")


def command(pages):
    """The page of a command's own run."""
    weather = documents.EXAMPLES / "weather.csv"
    page, document = pages.run("command", "agg", "count()", "--by", "station", weather)
    profile = document["profile"]
    same(document["experiment"], None)
    same(page.texts("h1"), ["yoke agg"])
    words = dict(zip(page.texts("dt"), page.texts("dd")))["command"]
    holds("agg 'count()' --by station " in words, words)
    sums = expected.region_sums(profile, "wall_s")
    same(page.column("#regions table", "time"), [sums[i] for i in sorted(sums)])
    wanted = [profile["efficiency"][factor] for factor in FACTORS]
    same(factors_of(page), [None if value is None else float(value) for value in wanted])
    same((page.page.wrong, page.texts(".failed")), ([], []))


def bench(pages):
    """The page of an experiment, with the roof of this machine."""
    page, document = pages.run("bench", "bench", "triad", "-j", "1,2", "-n", "10K", "--reps", "2")
    rows, origin = document["experiment"]["rows"], document["experiment"]["origin"]
    facts = dict(zip(page.texts("dt"), page.texts("dd")))
    same(facts["machine"], origin["machine"])
    same(facts["measured with"], f"yoke {origin['yoke']}")
    same(page.column("#measurements table", "median"), [row["median_s"] for row in rows])
    same(page.column("#roofline table", "arithmetic"), [row["flops_s"] for row in rows])
    same(page.ask("count", "#roofline [aria-label=roof]"), 1)
    same((page.page.wrong, page.texts(".failed")), ([], []))


def looks(pages):
    """Texts can be read in both schemes; neither a narrow page nor paper scrolls sideways."""
    shown = pages.open("looks", documents.profile(), documents.experiment())
    texts = ["h1", ".sentence", ".source", "td.unmeasured", "dt"]
    for name, look in ("light", {"width": 1200}), ("dark", {"width": 1200, "dark": True}):
        shown.page.look(**look)
        contrasts = shown.ask("contrasts", texts)
        holds(min(contrasts) >= 4.5, contrasts)
        pages.picture(shown, name)
    shown.page.look(400)
    same(shown.ask("width"), 400)
    pages.picture(shown, "narrow")
    shown.page.look(1000, medium="print")
    same(shown.ask("width"), 1000)
    same(shown.ask("display", ".controls"), "none")
    pages.picture(shown, "print")


ALL = (
    head, efficiencies, regions, sorting, timeline, legend, places, threads, thread_table, scaling,
    counted, roofline, nothing_measured, broken, hostile_names, large, no_network, command,
    bench, looks,
)  # fmt: skip
