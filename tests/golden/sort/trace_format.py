# SPDX-License-Identifier: Apache-2.0
"""Checks a trace, field by field, against the Trace Event Format (the document of the Chromium project
on it): what phases there are and what each needs, metadata of processes and threads, complete events of a
thread that nest, counters and flows. Prints what is wrong, or what there is."""
import collections
import json
import sys

PHASES = set("BEXiICbnestfPNODMVvRc(),")
METADATA = {"process_name": "name", "process_labels": "labels", "process_sort_index": "sort_index",
            "thread_name": "name", "thread_sort_index": "sort_index"}
SLACK = 0.0015  # microseconds: times have three digits


def is_number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def faults_of_event(e):
    if not isinstance(e, dict):
        return ["no object"]
    phase, found = e.get("ph"), []
    if not isinstance(phase, str) or phase not in PHASES or len(phase) != 1:
        found.append(f"phase {phase!r}")
    found += [f"{key} is no number" for key in ("pid", "tid") if not isinstance(e.get(key), int)]
    if phase != "E" and not (isinstance(e.get("name"), str) and e["name"]):
        found.append("no name")
    if "cat" in e and not isinstance(e["cat"], str):
        found.append("cat is no text")
    if not isinstance(e.get("args", {}), dict):
        found.append("args is no object")
    if phase == "M":
        key = METADATA.get(e.get("name"))
        if key is None or key not in e.get("args", {}):
            found.append(f"metadata {e.get('name')!r}")
    elif not is_number(e.get("ts")) or e["ts"] < 0:
        found.append("no time")
    if phase == "X" and (not is_number(e.get("dur")) or e["dur"] < 0):
        found.append("no duration")
    if phase == "C" and not (e.get("args") and all(is_number(v) and v >= 0 for v in e["args"].values())):
        found.append("a counter without numbers")
    if phase in "stfbneNOD" and "id" not in e and "id2" not in e:
        found.append("no id")
    return found


def faults_of_nesting(events):
    """Events of a thread: each lies in those that are open, or begins after them; B and E are pairs."""
    open_ends, depth = [], 0
    for e in sorted(events, key=lambda e: (e["ts"], -e.get("dur", 0))):
        if e["ph"] in "BE":
            depth += 1 if e["ph"] == "B" else -1
            if depth < 0:
                return ["an end without its begin"]
        if e["ph"] != "X":
            continue
        end = e["ts"] + e["dur"]
        while open_ends and open_ends[-1] <= e["ts"] + SLACK:
            open_ends.pop()
        if open_ends and end > open_ends[-1] + SLACK:
            return [f"{e['name']} ends after what is around it"]
        open_ends.append(end)
    return ["a begin without its end"] if depth else []


def faults_of_whole(trace):
    events, found = trace["traceEvents"], []
    names = collections.Counter((e["name"], e["pid"], e["tid"]) for e in events if e["ph"] == "M")
    found += [f"{name} of {pid}, {tid} more than once" for (name, pid, tid), n in names.items() if n > 1]
    threads, counters, flows = collections.defaultdict(list), collections.defaultdict(list), collections.Counter()
    for e in events:
        if e["ph"] in "XBE":
            threads[e["pid"], e["tid"]].append(e)
        elif e["ph"] == "C":
            counters[e["pid"], e["name"]].append(e["ts"])
        elif e["ph"] in "sf":
            flows[e["id"]] += 1 if e["ph"] == "s" else -1
    for (pid, tid), of_thread in threads.items():
        if not names["thread_name", pid, tid]:
            found.append(f"thread {tid} has no name")
        found += faults_of_nesting(of_thread)
    if {pid for pid, _ in list(threads) + list(counters)} - {p for n, p, _ in names if n == "process_name"}:
        found.append("a process has no name")
    found += [f"{name}: times do not ascend" for (_, name), ts in counters.items()
              if any(a >= b for a, b in zip(ts, ts[1:]))]
    found += [f"flow {id} has no other end" for id, sum in flows.items() if sum]
    return found


def faults(trace):
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        return ["no list of events"]
    found = [] if trace.get("displayTimeUnit", "ms") in ("ms", "ns") else ["unit of time"]
    for i, e in enumerate(trace["traceEvents"]):
        found += [f"event {i}: {fault}" for fault in faults_of_event(e)]
    return found or faults_of_whole(trace)


def crossing(events):
    """An event that begins inside the longest one and ends after it."""
    longest = max((e for e in events if e["ph"] == "X"), key=lambda e: e["dur"])
    return {**longest, "ts": longest["ts"] + longest["dur"] / 2}


def spoiled(trace):
    """Traces with one thing wrong, each of which has to be found."""
    def copy(change, phase):
        other = json.loads(json.dumps(trace))
        at = next(i for i, e in enumerate(other["traceEvents"]) if e["ph"] == phase)
        change(other["traceEvents"], at)
        return other

    yield copy(lambda all, i: all[i].pop("dur"), "X")
    yield copy(lambda all, i: all[i].update(ts="1"), "X")
    yield copy(lambda all, i: all[i].update(ph="Y"), "X")
    yield copy(lambda all, i: all[i].update(tid=99), "X")
    yield copy(lambda all, i: all.append(crossing(all)), "X")
    yield copy(lambda all, i: all[i].update(ph="B"), "X")
    yield copy(lambda all, i: all[i]["args"].clear(), "M")
    yield copy(lambda all, i: all.pop(i), "M")
    yield copy(lambda all, i: all[i]["args"].update(threads=None), "C")
    yield copy(lambda all, i: all.insert(i, all[i]), "C")


def main():
    trace = json.load(open(sys.argv[1]))
    found = faults(trace)
    print(*found[:10], sep="\n", end="\n" if found else "")
    if found:
        return
    missed = [i for i, other in enumerate(spoiled(trace)) if not faults(other)]
    phases = sorted({e["ph"] for e in trace["traceEvents"]})
    threads = {e["tid"] for e in trace["traceEvents"] if e["ph"] == "X"}
    print("phases", *phases, "missed", *missed)
    print(len(threads) >= int(sys.argv[2]), trace["otherData"]["spans_left_out"])


main()
