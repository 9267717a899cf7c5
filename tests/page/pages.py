# SPDX-License-Identifier: Apache-2.0
"""Pages made of documents, open in a browser, and comparing what they show."""

import json
import math
import re
import subprocess
from pathlib import Path

DOCUMENT = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)
PROBES = Path(__file__).with_name("probes.js").read_text()


class Pages:
    def __init__(self, program, folder, chromium, pictures):
        self.program, self.folder = program, Path(folder)
        self.chromium, self.pictures = chromium, pictures

    def write(self, name, profile=None, experiment=None):
        paths = []
        for kind, document in ("profile", profile), ("experiment", experiment):
            text = "" if document is None else document
            if not isinstance(text, str):
                text = json.dumps(document, ensure_ascii=False)
            paths.append(self.folder / f"{name}.{kind}.json")
            paths[-1].write_text(text)
        page = self.folder / f"{name}.html"
        with open(page, "wb") as out:
            subprocess.run([self.program, *paths], stdout=out, check=True)
        return f"file://{page}"

    def open(self, name, profile=None, experiment=None):
        return Shown(self.chromium.open(self.write(name, profile, experiment)))

    def run(self, name, *arguments):
        """The page that `yoke ARGUMENTS --report=html:FILE` writes, and the document in it."""
        page = self.folder / f"{name}.html"
        yoke = Path(self.program).parents[1] / "yoke"
        command = [yoke, *arguments, f"--report=html:{page}"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        document = DOCUMENT.search(page.read_text())[1]
        return Shown(self.chromium.open(f"file://{page}")), json.loads(document)

    def picture(self, shown, name):
        if self.pictures:
            shown.page.screenshot(Path(self.pictures) / f"{name}.png")


class Shown:
    """A page that can be asked with the functions of probes.js."""

    def __init__(self, page):
        self.page = page
        page.value(f"void (window.probes = {PROBES.rstrip().removesuffix(';')})")

    def ask(self, name, *arguments):
        return self.page.value(f"probes.{name}(...{json.dumps(arguments)})")

    def texts(self, selector):
        return self.ask("texts", selector)

    def table(self, selector):
        """Rows as dicts from heading to (value, text); the value is a number, a text or None."""
        headings = self.texts(f"{selector} thead button")
        return [dict(zip(headings, map(typed, row))) for row in self.ask("table", selector)]

    def column(self, selector, heading):
        return [row[heading][0] for row in self.table(selector)]


def typed(cell):
    value, text = cell
    try:
        return (None if value is None else float(value)), text
    except ValueError:
        return value, text


def same(actual, wanted, within=1e-9):
    """Equal, numbers within a relative difference; raises with both values."""
    if isinstance(wanted, dict):
        if actual.keys() != wanted.keys():
            raise AssertionError(f"keys {sorted(actual)} instead of {sorted(wanted)}")
        for key in wanted:
            same(actual[key], wanted[key], within)
    elif isinstance(wanted, (list, tuple)):
        same(dict(enumerate(actual)), dict(enumerate(wanted)), within)
    elif isinstance(wanted, float) and isinstance(actual, (int, float)):
        if not math.isclose(actual, wanted, rel_tol=within, abs_tol=1e-12):
            raise AssertionError(f"{actual} instead of {wanted}")
    elif actual != wanted:
        raise AssertionError(f"{actual!r} instead of {wanted!r}")


def holds(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)
