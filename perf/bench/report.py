# SPDX-License-Identifier: Apache-2.0
"""Prints what was measured: the machine, a table per suite, and which bars hold."""
import json
import os
import platform
import shlex
import statistics
import subprocess

MB = 1e6


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        lines = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return lines[0] if lines else platform.machine()


def yoke_text(build, stream, *arguments):
    """What yoke prints on one of its streams, "" when it cannot run."""
    try:
        done = subprocess.run([os.path.join(build, "yoke"), *arguments], capture_output=True,
                              text=True, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return getattr(done, stream)


def cpu_limit(build):
    """What yoke takes for the number of usable processors, and why; else the affinity mask."""
    try:
        text = yoke_text(build, "stderr", "agg", "--report=json", "count()", __file__)
        limit = json.loads(text)["cpu_limit"]
    except ValueError:
        return f"{len(os.sched_getaffinity(0))} (affinity mask)"
    sources = [bound["source"] for bound in limit["bounds"] if bound["binding"]]
    return f"{limit['threads']} ({', '.join(sources)})"


def yoke_version(build):
    """Version, OpenMP runtime and processor features, by their names in `yoke --version`."""
    lines = yoke_text(build, "stdout", "--version").splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines if " " in line)
    return {"yoke": facts.get("yoke", "not built"), "OpenMP": facts.get("OpenMP", "unknown"),
            "features": facts.get("processor", "unknown")}


def compiler(build):
    """The compiler's version and the flags that matter, from the stamp that make leaves."""
    try:
        with open(os.path.join(build, "flags"), encoding="utf-8") as file:
            name, *flags = file.read().split()
        done = subprocess.run([name, "--version"], capture_output=True, text=True, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return "unknown"
    if name in flags:  # the command that links follows
        flags = flags[:flags.index(name)]
    flags = [flag for flag in flags if not flag.startswith(("-W", "-I", "-D"))]
    return done.stdout.partition("\n")[0] + ": " + " ".join(flags)


def print_header(build, scale, seed, log):
    facts = {
        "processor": f"{processor()}, {os.cpu_count()} online",
        "cpu limit": cpu_limit(build),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "kernel": f"{platform.system()} {platform.release()}",
        **yoke_version(build),
        "compiler": compiler(build),
        "scale": scale,
        "order": f"random, seed {seed}",
    }
    for key, value in facts.items():
        print(f"{key:10} {value}")
    log.write(json.dumps({"kind": "header", **facts}) + "\n")


def find(outcomes, name):
    return next((o for o in outcomes if o.contestant.name == name and o.trials), None)


def round_ratios(outcome, base):
    """How many times longer than the base each run took, round by round."""
    return [a / b for a, b in zip(outcome.values("seconds"), base.values("seconds"))]


def spread(values, form):
    return f"{min(values):{form}}..{max(values):{form}}"


def row(outcome, base):
    c = outcome.contestant
    label = f"{c.name} {c.version_number()}".strip()
    if outcome.failure:
        return f"{label:24} {outcome.failure}"
    seconds = outcome.values("seconds")
    processor_time = [t["user"] + t["system"] for t in outcome.trials]
    peak = max(outcome.values("peak_kib")) * 1024 / MB
    line = (f"{label:24} {c.threads:3} {statistics.median(seconds):9.4f} "
            f"{spread(seconds, '.4f'):>18} {statistics.median(processor_time):8.3f} {peak:8.1f}")
    if base is None:
        return line
    ratios = round_ratios(outcome, base)
    times = statistics.median(seconds) / statistics.median(base.values("seconds"))
    return f"{line} {times:7.2f} {statistics.median(ratios):7.2f} {spread(ratios, '.2f'):>14}"


def print_table(suite, scale, arena, outcomes):
    rows, keys = suite.data.sized(scale)
    size = os.path.getsize(arena.path)
    title = suite.title.format(rows=rows, keys=keys)
    print(f"\n{title} ({size / MB:.1f} MB, {suite.rounds} runs each)")
    base = find(outcomes, "yoke")
    if base is not None:
        print("$", shlex.join(arena.command(base.contestant)))
    print(f"{'':24} thr {'median s':>9} {'min..max':>18} {'cpu s':>8} {'peak MB':>8} "
          f"{'x yoke':>7} {'by run':>7} {'min..max':>14}")
    for outcome in sorted(outcomes, key=lambda o: statistics.median(o.values("seconds") or [1e9])):
        print(row(outcome, base))
    runs = [trial for outcome in outcomes for trial in outcome.trials]
    others = sum(trial["others"] for trial in runs)
    share = others / max(1e-9, sum(trial["wall"] for trial in runs))
    if share > 0.1:
        print(f"noisy: other programs kept {share:.1f} processors busy during these runs")


def log_trials(suite, outcomes, log):
    for outcome in outcomes:
        c = outcome.contestant
        about = {"suite": suite.name, "contestant": c.name, "threads": c.threads,
                 "version": c.version}
        if outcome.failure:
            log.write(json.dumps({"kind": "failure", **about, "reason": outcome.failure}) + "\n")
        for number, trial in enumerate(outcome.trials, 1):
            log.write(json.dumps({"kind": "trial", **about, "round": number, **trial}) + "\n")


def measured(bar, outcomes):
    """The value to compare with the bound, as a number and a text; None: not measured."""
    yoke = find(outcomes, "yoke")
    if yoke is None:
        return None
    seconds = statistics.median(yoke.values("seconds"))
    if bar.kind == "seconds":
        return seconds, f"{seconds * 1000:.1f} ms"
    if bar.kind == "peak":
        peak = max(yoke.values("peak_kib")) * 1024 / MB
        return peak, f"{peak:.1f} MB"
    peers = [peer for peer in (find(outcomes, name) for name in bar.against) if peer]
    if not peers:
        return None
    times = min(statistics.median(peer.values("seconds")) for peer in peers) / seconds
    return times, f"{times:.2f} times"


def judge(bar, outcomes):
    """"holds", "missed" or "not measured", and the value as text."""
    value = measured(bar, outcomes)
    if value is None:
        return "not measured", ""
    number, text = value
    return ("holds" if (number >= bar.bound) == (bar.kind == "faster") else "missed"), text


def print_bars(suite, outcomes, log):
    """Prints each bar's verdict; returns how many promises were missed."""
    missed = 0
    for bar in suite.bars:
        verdict, text = judge(bar, outcomes)
        print(f"{verdict:12} {bar.text}" + (f": {text}" if text else ""))
        log.write(json.dumps({"kind": "bar", "suite": suite.name, "bar": bar.text,
                              "verdict": verdict, "value": text}) + "\n")
        missed += verdict == "missed" and not bar.goal
    return missed
