#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens pages of HTML reports in a headless Chromium and compares what they show with their JSON.

    tests/page/check.py PROGRAM [FOLDER]

PROGRAM is build/tests/page. With FOLDER, pictures of the pages in light, dark, narrow and printed
are left there. Prints a line a check; the status is 1 when one fails, or when there is no browser.
"""

import json
import math
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import browser
import documents
import expected

TEXTS = "(selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent)"


class Pages:
    """Pages made of documents, and open in the browser."""

    def __init__(self, program, folder, chromium, pictures):
        self.program, self.folder, self.chromium, self.pictures = program, Path(folder), chromium, pictures

    def write(self, name, profile=None, experiment=None):
        paths = []
        for kind, document in ("profile", profile), ("experiment", experiment):
            text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
            paths.append(self.folder / f"{name}.{kind}.json")
            paths[-1].write_text("" if document is None else text)
        page = self.folder / f"{name}.html"
        with open(page, "wb") as out:
            subprocess.run([self.program, *paths], stdout=out, check=True)
        return f"file://{page}"

    def open(self, name, profile=None, experiment=None, **look):
        return self.chromium.open(self.write(name, profile, experiment), **look)

    def picture(self, page, name):
        if self.pictures:
            page.screenshot(Path(self.pictures) / f"{name}.png")


def same(actual, wanted, within=1e-9):
    """Equal, numbers within a relative difference; raises with both values."""
    near = lambda a, b: math.isclose(a, b, rel_tol=within, abs_tol=1e-12)
    if isinstance(wanted, dict):
        if actual.keys() != wanted.keys():
            raise AssertionError(f"keys {sorted(actual)} instead of {sorted(wanted)}")
        for key in wanted:
            same(actual[key], wanted[key], within)
    elif isinstance(wanted, (list, tuple)):
        same(dict(enumerate(actual)), dict(enumerate(wanted)), within)
    elif isinstance(wanted, float) and isinstance(actual, (int, float)):
        if not near(actual, wanted):
            raise AssertionError(f"{actual} instead of {wanted}")
    elif actual != wanted:
        raise AssertionError(f"{actual!r} instead of {wanted!r}")


def texts(page, selector):
    return page.value(f"({TEXTS})({json.dumps(selector)})")


def table_of(page, selector):
    """Rows of a table as dicts from heading to (value, shown); the value is None or a number."""
    cells = page.value(f"""[...document.querySelector({json.dumps(selector)}).tBodies[0].rows].map((row) =>
        [...row.cells].map((cell) => [cell.dataset.value ?? null, cell.textContent]))""")
    headings = texts(page, f"{selector} thead button")
    return [dict(zip(headings, row)) for row in cells]


def number(value):
    return None if value is None else float(value)


# ---- checks: each takes the pages and raises AssertionError


def check_head(pages):
    profile = documents.profile()
    page = pages.open("head", profile)
    same(texts(page, "h1"), [profile["program"]])
    facts = dict(zip(texts(page, "dt"), texts(page, "dd")))
    same(facts["processors to use"], "8 (cgroup /sys/fs/cgroup/cpu/cpu.cfs_quota_us)")
    same([facts["wall time"], facts["threads"], facts["machine"]], ["1.25 s", "4", profile["machine"]])
    same(texts(page, ".notes li"), profile["notes"])


def check_efficiencies(pages):
    profile = documents.profile()
    page = pages.open("efficiencies", profile)
    wanted = {key: profile["efficiency"][key] for key in ("parallel", "load_balance", "serialisation", "transfer")}
    shown = page.value("""Object.fromEntries([...document.querySelectorAll("[data-efficiency]")].map((row) =>
        [row.dataset.efficiency, Number(row.querySelector("td").dataset.value)]))""")
    same(shown, wanted)
    same(texts(page, ".limit"), [profile["efficiency"]["limit"]])
    same(page.value("document.querySelector('.limits').dataset.efficiency"), "load_balance")
    rows = table_of(page, "#efficiency .scroll table")
    same([row["region"][1] for row in rows], ["solve", "solve › product"])
    same([number(row["load balance"][0]) for row in rows], [0.7, 0.91])


def check_regions(pages):
    profile = documents.profile()
    page = pages.open("regions", profile)
    rows = table_of(page, "#regions table")
    names = ["run", "assemble", "solve › product", "solve › halo", "solve › team", "solve › barrier", "write"]
    indices = [0, 1, 3, 4, 5, 6, 8]
    same([row["region"][0] for row in rows], names)
    for heading, key in ("calls", "calls"), ("time", "wall_s"), ("own time", "self_s"):
        sums = expected.region_sums(profile, key)
        same([number(row[heading][0]) for row in rows], [float(sums[i]) for i in indices])
    for i, metric in enumerate(profile["metrics"]):
        values = expected.metric_values(profile, i)
        same([number(row[metric["name"]][0]) for row in rows], [values.get(index) for index in indices])
        missing = [row[metric["name"]][1] for row in rows if row[metric["name"]][0] is None]
        same(missing, ["not measured"] * len(missing))
    sources = texts(page, "#regions thead .source")
    same(sources, ["yoke"] * 3 + [metric["source"] for metric in profile["metrics"]])


def check_sorting(pages):
    page = pages.open("sorting", documents.profile())
    heading = lambda: page.value("document.querySelector('#regions th[aria-sort]')?.ariaSort ?? null")
    values = lambda: [number(row["run-queue wait"][0]) for row in table_of(page, "#regions table")]
    page.value("[...document.querySelectorAll('#regions thead button')].find((b) => b.textContent == 'run-queue wait').focus()")
    for direction, reverse in ("descending", True), ("ascending", False), ("descending", True):
        page.press("Enter")
        same(heading(), direction)
        measured = [value for value in values() if value is not None]
        same(measured, sorted(measured, reverse=reverse))
        same(values()[len(measured):], [None] * 2)


def timeline_seconds(page):
    return page.value("""Object.fromEntries([...document.querySelectorAll("#timeline path[data-region]")].map((path) =>
        [path.dataset.region, Number(path.dataset.seconds)]))""")


def check_timeline(pages):
    profile = documents.profile()
    page = pages.open("timeline", profile)
    wanted = {str(region): time for region, time in expected.inner_seconds(profile["spans"]).items()}
    same(timeline_seconds(page), wanted)
    page.value("const rows = document.querySelector('#timeline select'); rows.value = 'cpu'; rows.dispatchEvent(new Event('change'))")
    same(timeline_seconds(page), wanted)
    page.value("document.querySelector('#timeline [aria-label=\"zoom in\"]').click()")
    same(page.value("document.querySelector('#timeline svg').ariaLabel"), "Timeline of 4 rows from 313 ms to 938 ms")
    if sum(timeline_seconds(page).values()) > 0.6 * sum(wanted.values()):
        raise AssertionError("half of the time shows more than half of the spans")
    same("1,234 of the shorter spans" in texts(page, "#timeline")[0], True)


def check_places(pages):
    """One span in the second quarter of the run, of the second of two threads, and what points there."""
    profile = documents.profile(2, 0, seconds=4.0)
    profile["spans"] = [[1, 0, 0, 0, 10**9], [3, 1, 5, 10**9, 2 * 10**9]]
    page = pages.open("places", profile)
    # A region's boxes differ in shade where it fills a part of a column of the screen.
    left, right, top = page.value("""(() => {
        const x = document.querySelector("#timeline svg").scale("x"), ends = [{}, {}, {}];
        for (const path of document.querySelectorAll("#timeline path[data-region]")) {
            const box = path.getBBox(), region = path.dataset.region;
            ends[0][region] = Math.min(ends[0][region] ?? Infinity, x.invert(box.x));
            ends[1][region] = Math.max(ends[1][region] ?? 0, x.invert(box.x + box.width));
            ends[2][region] = box.y;
        }
        return ends;
    })()""")
    same(left, {"1": 0.0, "3": 1.0}, 0.01)
    same(right, {"1": 1.0, "3": 2.0}, 0.01)
    same(top["3"] > top["1"] + 20, True)
    place = page.value("""(() => { const box = document.querySelector("#timeline path[data-region='3'][fill-opacity='1']");
        box.scrollIntoView({block: "center"}); const {x, y, width, height} = box.getBoundingClientRect(); return [x + width / 2, y + height / 2]; })()""")
    page.mouse("mouseMoved", *place)
    page.settle()
    same(texts(page, ".tip"), ["solve › product\n1 s to 2 s: 1,000,000,000 ns\nthread 1, core 5"])


def check_threads(pages):
    profile = documents.profile(3)
    page = pages.open("threads", profile)
    names = {"work": "work", "runtime": "runtime", "waiting": "wait", "outside of regions": "outside"}
    shown = {}
    for title in texts(page, "#threads title"):
        row, place, name, value = re.fullmatch(r"(thread|core) (\d+): ([a-z ]+) (\S+) s", title).groups()
        shown[row, int(place), names[name]] = float(value)
    wanted = {}
    for row, key in ("thread", "thread"), ("core", "cpu"):
        for (place, activity), time in expected.activity_seconds(profile, key).items():
            wanted[row, place, activity] = time
    same(shown, wanted)


DRAWN = """(figure) => {
    const drawing = figure.querySelector("svg"), x = drawing.scale("x"), y = drawing.scale("y");
    const place = (dx, dy) => [x.invert(dx), y.invert(dy)];
    const dots = [...drawing.querySelectorAll("[aria-label=median]")].map((dot) => place(dot.cx.baseVal.value, dot.cy.baseVal.value));
    const bars = [...drawing.querySelectorAll("[aria-label='confidence interval']")].map((bar) =>
        [...place(bar.x1.baseVal.value, bar.y1.baseVal.value), y.invert(bar.y2.baseVal.value)]);
    const ends = Object.fromEntries([...drawing.querySelectorAll("path[aria-label]")].map((path) => {
        const {x, y} = path.getPointAtLength(path.getTotalLength()); return [path.ariaLabel, place(x, y)]; }));
    return {dots, bars, ends};
}"""


def check_scaling(pages):
    experiment = documents.experiment()
    page = pages.open("scaling", None, experiment)
    for load in ("triad", "sort_u64"):
        drawn = page.value(f"({DRAWN})(document.querySelector('#scaling figure[data-load={load}]'))")
        wanted = expected.speedups(experiment["rows"], load)
        most = max(wanted)
        same(drawn["dots"], [[float(p), value[1]] for p, value in wanted.items()], 1e-6)
        bars = [[bar[0], *sorted(bar[1:])] for bar in drawn["bars"]]
        same(bars, [[float(p), value[0], value[2]] for p, value in wanted.items()], 1e-6)
        same(drawn["ends"].pop("ideal"), [float(most)] * 2, 1e-3)
        fits = {f"fit {fit['law']}": [float(most), expected.law(fit, most)] for fit in experiment["fits"] if fit["load"] == load}
        same(drawn["ends"], fits, 1e-3)
    shown = page.value("[...document.querySelectorAll('[data-parameter]')].map((each) => [each.dataset.parameter, Number(each.dataset.value)])")
    same(shown, [[name, each["value"]] for fit in experiment["fits"] for name, each in fit["parameters"].items()])
    rows = table_of(page, "#measurements table")
    same([number(row["median"][0]) for row in rows], [row["median_s"] for row in experiment["rows"]])
    same([number(row["arithmetic"][0]) for row in rows], [row["flops_s"] for row in experiment["rows"]])


def check_roofline(pages):
    profile = documents.profile()
    page = pages.open("roofline", profile)
    wanted = {name: list(point) for name, point in expected.roof_points(profile).items()}
    rows = table_of(page, "#roofline table")
    shown = {row["region or load"][1]: [number(row["flop per byte"][0]), number(row["arithmetic"][0])] for row in rows}
    same(shown, wanted)
    drawn = page.value("""(() => {
        const drawing = document.querySelector("#roofline svg"), x = drawing.scale("x"), y = drawing.scale("y");
        const dots = Object.fromEntries([...drawing.querySelectorAll("[aria-label=dot] path")].map((dot) => {
            const {e, f} = dot.transform.baseVal[0].matrix;
            return [dot.textContent.split(" (")[0], [x.invert(e), y.invert(f)]]; }));
        const roof = drawing.querySelector("[aria-label=roof]").getAttribute("d").match(/[-.\\d]+/g).map(Number);
        return {dots, ridge: [x.invert(roof[2]), y.invert(roof[3])]};
    })()""")
    same(drawn["dots"], wanted, 1e-6)
    same(drawn["ridge"], [profile["roof"]["flops"] / profile["roof"]["bytes"], profile["roof"]["flops"]], 1e-2)
    profile["roof"] = {"flops": None, "bytes": None}
    page = pages.open("no_roof", profile)
    same("The roof of this machine was not measured" in texts(page, "#roofline")[0], True)
    same(page.value("document.querySelectorAll('#roofline [aria-label=roof]').length"), 0)


def check_nothing_measured(pages):
    page = pages.open("nulls", documents.nothing_measured(), {"rows": [{"load": "x"}], "fits": [{"load": "x"}]})
    text = texts(page, "main")[0]
    for wrong in "NaN", "undefined", "null", "Infinity", "could not be", " 0 s":
        same([wrong, wrong in text.replace("0 s ", "")], [wrong, False])
    wanted = ["not measured"] * 4
    same(texts(page, "[data-efficiency] .number"), wanted)
    page = pages.open("empty")
    same(texts(page, "h1"), ["Nothing was measured"])
    page = pages.open("little", {}, {})
    same(texts(page, ".failed"), [])
    page = pages.open("broken", "{", None)
    same("could not be read" in texts(page, "main")[0], True)
    same(page.wrong, [])


def check_hostile_names(pages):
    profile = documents.hostile()
    page = pages.open("hostile", profile)
    same(texts(page, "h1"), [profile["program"]])
    same(page.value("document.querySelectorAll('img, iframe, main script').length"), 0)
    same(texts(page, ".notes li"), profile["notes"])
    first = table_of(page, "#regions table")[0]["region"]
    same(first[0], profile["regions"][0]["name"])
    same([page.wrong, texts(page, ".failed")], [[], []])


def check_large(pages):
    page = pages.open("large", documents.profile(64, 10000), documents.experiment())
    same(page.value("document.querySelectorAll('*').length") < 4000, True)
    same(texts(page, ".failed"), [])
    same(page.value("document.querySelector('#timeline svg').ariaLabel"), "Timeline of 64 rows from 0 s to 1.25 s")


def check_no_network(pages):
    """Nothing is asked for, and what tries to is refused."""
    page = pages.open("network", documents.profile(), documents.experiment())
    same([len(page.requests), page.requests[0][:7], page.wrong], [1, "file://", []])
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        refused = page.value(f"""(async () => {{
            const failed = [];
            await fetch("{address}").catch(() => failed.push("fetch"));
            for (const [name, field] of [["img", "src"], ["script", "src"], ["link", "href"]]) {{
                const tried = document.createElement(name);
                tried.rel = "stylesheet";
                tried[field] = "{address}";
                document.head.append(tried);
            }}
            const handler = document.createElement("div");
            handler.setAttribute("onclick", "window.ran = true");
            handler.click();
            await new Promise((done) => setTimeout(done, 200));
            return [failed, window.ran ?? null];
        }})()""")
        same(refused, [["fetch"], None])
        server.setblocking(False)
        try:
            server.accept()
            raise AssertionError("the page reached the network")
        except BlockingIOError:
            pass


CONTRAST = """() => {
    const light = (colour) => { const [r, g, b] = colour.match(/[.\\d]+/g).map((each) => { const c = each / 255;
        return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const page = light(getComputedStyle(document.documentElement).backgroundColor);
    return ["h1", ".sentence", ".source", "td.unmeasured", "dt"].map((name) => {
        const text = light(getComputedStyle(document.querySelector(name)).color);
        return (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05); });
}"""


def check_looks(pages):
    """Texts can be read in both schemes, and a narrow page does not scroll sideways."""
    page = pages.open("looks", documents.profile(), documents.experiment())
    for dark in False, True:
        page.look(1200, dark=dark)
        page.settle()
        contrasts = page.value(f"({CONTRAST})()")
        same([contrasts, min(contrasts) >= 4.5], [contrasts, True])
        pages.picture(page, "dark" if dark else "light")
    page.look(400)
    page.settle()
    same(page.value("document.documentElement.scrollWidth"), 400)
    pages.picture(page, "narrow")
    page.look(800, medium="print")
    page.settle()
    same(page.value("getComputedStyle(document.querySelector('.controls')).display"), "none")
    pages.picture(page, "print")


def run(name, check, pages):
    try:
        check(pages)
        print(f"{name} ok")
        return True
    except (AssertionError, RuntimeError, KeyError, TypeError) as error:
        print(f"{name} FAILED: {type(error).__name__} {error}")
        return False


def main(program, pictures=None):
    checks = {name[6:]: check for name, check in globals().items() if name.startswith("check_")}
    try:
        with tempfile.TemporaryDirectory() as folder, browser.Browser() as chromium:
            pages = Pages(program, folder, chromium, pictures)
            return 0 if all([run(name, check, pages) for name, check in checks.items()]) else 1
    except browser.Missing as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
