# SPDX-License-Identifier: Apache-2.0
"""What is measured: the data, who competes on it, and the bars that yoke has to pass.

The reference answer is that of the first contestant, so an independent program stands first.
"""
import functools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass

from trials import Contestant

PEERS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers")
STATIONS_TITLE = "{rows:,} rows, {keys:,} stations: min, mean, max"


@dataclass(frozen=True)
class Data:
    kind: str   # what `generate` makes: stations, orders, lines or logs
    rows: int
    keys: int
    scale_keys: bool = False

    def sized(self, scale):
        keys = max(10, round(self.keys * scale)) if self.scale_keys else self.keys
        return max(10, round(self.rows * scale)), keys


@dataclass(frozen=True)
class Bar:
    """A promise about the first contestant whose name is `yoke`, by medians.

    kind "faster": at least `bound` times faster than the best of `against`; "peak": at most `bound`
    MB of memory; "seconds": at most `bound` seconds. Missing a goal is no failure.
    """
    text: str
    kind: str
    bound: float
    against: tuple = ()
    goal: bool = False


@dataclass(frozen=True)
class Suite:
    name: str
    title: str              # with {rows} and {keys}
    data: Data
    contestants: tuple      # None for a peer that is not installed
    bars: tuple
    rounds: int = 5
    scaled: bool = True     # False: the data are small already


@functools.cache
def output_of(*command):
    """The first line that a command prints, or "" when it cannot run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return (done.stdout or done.stderr).strip().partition("\n")[0]


def node_peer(name, script, task, **more):
    """A peer that is a node package, or None where it is not installed."""
    path = os.path.join(PEERS, script)
    try:
        version = json.loads(output_of("node", path, "version"))["version"]
    except ValueError:
        return None
    return Contestant(name, ("node", path, task, "{input}", "{answer}", "{threads}"), reports=True,
                      delimiter=";" if script == "clickhouse.js" and task == "stations" else ",",
                      version=version, **more)


def tool(name, command, delimiter, version, **more):
    """A classic tool, or None where it is not installed."""
    if shutil.which(version[0]) is None:
        return None
    return Contestant(name, command, threads=1, delimiter=delimiter, version=output_of(*version),
                      **more)


def yoke(build, query, by, options=(), threads=2, name="yoke"):
    command = (os.path.join(build, "yoke"), "agg", query, "--by", by, "--format", "csv",
               "-j", "{threads}", *options, "{input}")
    return Contestant(name, command, threads=threads, header=True)


def own(build, name, **more):
    return Contestant(name.replace("_", " "), (os.path.join(build, "bench", name), "{input}",
                                               "{threads}"), **more)


def stations(build, name, title, rows, keys, bars):
    options = ("-d", ";", "--no-header", "--columns", "station,temp")
    query = "min(temp), mean(temp), max(temp)"
    contestants = (
        node_peer("DuckDB", "duckdb.js", "stations"),
        node_peer("ClickHouse", "clickhouse.js", "stations"),
        node_peer("Polars", "polars.js", "stations"),
        own(build, "single_purpose"),
        yoke(build, query, "station", options),
        yoke(build, query, "station", options, threads=1, name="yoke, 1 thread"),
        own(build, "newlines", answers=False),
    )
    return Suite(name, title, Data("stations", rows, keys), contestants, bars)


AWK = """{ t = $2 + 0; n[$1]++; s[$1] += t
  if (n[$1] == 1 || t < lo[$1]) lo[$1] = t
  if (n[$1] == 1 || t > hi[$1]) hi[$1] = t }
END { for (k in n) printf "%s;%.1f;%.12f;%.1f\\n", k, lo[k], s[k] / n[k], hi[k] }"""


def classics(build):
    """The tools at hand on every machine, on the rows of the main suite."""
    program = AWK.replace("{", "{{").replace("}", "}}")
    return (
        tool("mawk", ("mawk", "-F;", program, "{input}"), ";", ("mawk", "-W", "version")),
        tool("gawk", ("gawk", "-b", "-F;", program, "{input}"), ";", ("gawk", "--version")),
        tool("datamash", ("sh", "-c", "LC_ALL=C datamash -R 12 -t ';' -s -g 1 min 2 mean 2 max 2 "
                          "< '{input}'"), ";", ("datamash", "--version")),
        tool("miller", ("mlr", "--csvlite", "--fs", ";", "--implicit-csv-header",
                        "--headerless-csv-output", "--ofmt", "%.12lf", "stats1", "-a",
                        "min,mean,max", "-f", "2", "-g", "1", "{input}"), ";",
             ("mlr", "--version")),
        yoke(build, "min(temp), mean(temp), max(temp)", "station",
             ("-d", ";", "--no-header", "--columns", "station,temp")),
    )


def orders(build):
    contestants = (
        node_peer("DuckDB", "duckdb.js", "orders"),
        node_peer("ClickHouse", "clickhouse.js", "orders"),
        node_peer("Polars", "polars.js", "orders"),
        yoke(build, "count(), sum(price), mean(price)", "customer"),
        yoke(build, "count(), sum(price), mean(price)", "customer", threads=1,
             name="yoke, 1 thread"),
        own(build, "newlines", answers=False),
    )
    bars = (Bar("3 times faster than the better of DuckDB and ClickHouse", "faster", 3,
                ("DuckDB", "ClickHouse")),)
    return Suite("orders", "{rows:,} orders of 10 columns, {keys:,} customers: count, sum, mean",
                 Data("orders", 12_500_000, 1_000_000, scale_keys=True), contestants, bars)


LINES = Data("lines", 15_000_000, 100_000)


def lines(build, name, title, options, bars, databases=(), data=LINES):
    """Sorting lines, beside GNU sort and databases. The floor is copying the file."""
    gnu = ("env", "LC_ALL=C", "sort", "--parallel={threads}", *options, "{input}")
    own_command = (os.path.join(build, "yoke"), "sort", "-j", "{threads}", *options, "{input}")
    contestants = (
        Contestant("GNU sort", gnu, exact=True, version=output_of("sort", "--version")),
        Contestant("yoke", own_command, exact=True),
        Contestant("yoke, 1 thread", own_command, threads=1, exact=True),
        *databases,
        Contestant("cat", ("cat", "{input}"), threads=1, answers=False),
    )
    return Suite(name, title, data, contestants, bars, rounds=3)


def sorts(build):
    what = "{rows:,} lines of word, number, words, amount: "
    return (
        lines(build, "sort", what + "by bytes", (),
              (Bar("5 times faster than GNU sort", "faster", 5, ("GNU sort",)),
               Bar("1.7 times faster than ClickHouse", "faster", 1.7, ("ClickHouse",)),
               Bar("memory within twice the file", "peak", 2000)),
              (node_peer("DuckDB", "duckdb.js", "lines", exact=True),
               node_peer("ClickHouse", "clickhouse.js", "lines", exact=True))),
        lines(build, "sort-keys", what + "-k 2,2n -k 1", ("-k", "2,2n", "-k", "1"),
              (Bar("5 times faster than GNU sort", "faster", 5, ("GNU sort",)),)),
        lines(build, "sort-memory", what + "in 200 MB of memory", ("-S", "200M"),
              (Bar("3 times faster than GNU sort", "faster", 3, ("GNU sort",)),
               Bar("memory below 300 MB", "peak", 300))),
        lines(build, "sort-logs", "{rows:,} lines of one day's logs on {keys:,} nodes: by bytes", (),
              (Bar("5 times faster than GNU sort", "faster", 5, ("GNU sort",)),
               Bar("memory within twice the file", "peak", 2000)),
              data=Data("logs", 13_000_000, 1000)),
    )


def startup(build):
    tools = classics(build)
    return Suite("startup", "start-up: {rows} rows", Data("stations", 10, 10),
                 (tools[0], tools[2], tools[-1]),
                 (Bar("start-up below 30 ms", "seconds", 0.030),), rounds=20, scaled=False)


def all_suites(build):
    main = stations(
        build, "stations", STATIONS_TITLE, 100_000_000, 413,
        (Bar("5 times faster than DuckDB", "faster", 5, ("DuckDB",)),
         Bar("goal: within 1.5 times of the single-purpose program", "faster", 1 / 1.5,
             ("single purpose",), goal=True),
         Bar("peak memory below 64 MB", "peak", 64),
         Bar("speed-up from 1 to 2 threads at least 1.8", "faster", 1.8, ("yoke, 1 thread",))))
    many = stations(
        build, "many", STATIONS_TITLE, 100_000_000, 10_000,
        (Bar("4 times faster than DuckDB", "faster", 4, ("DuckDB",)),))
    classic = Suite("classic", STATIONS_TITLE,
                    Data("stations", 5_000_000, 413), classics(build), ())
    return (main, many, orders(build), classic, startup(build), *sorts(build))
