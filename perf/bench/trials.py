# SPDX-License-Identifier: Apache-2.0
"""Runs contestants and checks what they answer.

A round runs every contestant of a suite once, in random order; the first round only warms up.
Answers are checked when the round is over, so that one run follows the other and all find the
machine's memory in the same state (a hypervisor takes unused memory back within seconds). An
answer is a CSV file: a key, then numbers. It counts as right when it has the keys of the reference
and its numbers agree to nine digits (sums of doubles differ in the last ones from run to run). Where
answers are exact, their bytes are compared. A contestant that fails or answers wrongly once has no figures at all.
"""
import csv
import hashlib
import json
import math
import os
import pathlib
import random
import re
import subprocess
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Contestant:
    """A program in a suite. In its command, {input}, {answer} and {threads} are filled in."""
    name: str
    command: tuple
    threads: int = 2
    delimiter: str = ","        # of its answer
    header: bool = False        # does its answer begin with one?
    reports: bool = False       # prints its own seconds as JSON, and writes its answer to {answer}
    answers: bool = True        # False: what it prints is no answer to the suite's question
    exact: bool = False         # its answer has the bytes of the reference, whatever they mean
    version: str = ""

    def version_number(self):
        """The version without the program's own words: "datamash (GNU datamash) 1.7" is 1.7."""
        found = re.search(r"\d+(\.\d+)+", self.version)
        return found.group() if found else ""


@dataclass
class Outcome:
    """What became of a contestant: its trials, or why it has none."""
    contestant: Contestant
    trials: list = field(default_factory=list)
    failure: str = ""
    verified: set = field(default_factory=set)  # digests of answers known to be right

    def values(self, key):
        return [trial[key] for trial in self.trials]


def read_answer(path, contestant):
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter=contestant.delimiter)
        if contestant.header:
            next(rows, None)
        return {row[0]: tuple(map(float, row[1:])) for row in rows}


def first_difference(answer, reference):
    """A sentence on the first key whose numbers differ, or None."""
    if len(answer) != len(reference):
        return f"{len(answer)} groups instead of {len(reference)}"
    for key, expected in reference.items():
        found = answer.get(key)
        if found is None:
            return f"no group '{key}'"
        if len(found) != len(expected) or not all(
                math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in zip(found, expected)):
            return f"'{key}' has {found} instead of {expected}"
    return None


def busy_seconds():
    """Processor time that the whole machine has spent on programs so far."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system = map(int, file.readline().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


class Arena:
    """The place where the contestants of one suite meet: one input, one reference answer."""

    def __init__(self, measure, folder, path):
        self.measure, self.folder, self.path = measure, folder, path
        self.reference = None

    def file(self, contestant, kind):
        """Where a contestant's output of one run is kept."""
        name = re.sub(r"\W+", "-", contestant.name)
        return os.path.join(self.folder, f"{name}-{contestant.threads}.{kind}")

    def answer(self, contestant):
        return self.file(contestant, "answer" if contestant.reports else "stdout")

    def command(self, contestant):
        values = {"input": self.path, "answer": self.file(contestant, "answer"),
                  "threads": contestant.threads}
        return [part.format(**values) for part in contestant.command]

    def run(self, contestant):
        """One run, as a trial. Raises RuntimeError with the reason."""
        stdout = self.file(contestant, "stdout")
        command = [self.measure, stdout, *self.command(contestant)]
        for left in (stdout, self.file(contestant, "answer")):
            pathlib.Path(left).unlink(missing_ok=True)
        busy = busy_seconds()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or not done.stdout:
            raise RuntimeError(done.stderr.strip() or "could not be started")
        trial = json.loads(done.stdout)
        if trial["status"] != 0:
            last = done.stderr.strip().splitlines()[-1:] or [""]
            raise RuntimeError(f"exit status {trial['status']}: {last[0]}")
        trial["others"] = max(0.0, busy_seconds() - busy - trial["user"] - trial["system"])
        trial["seconds"] = trial["wall"]
        if contestant.reports:
            with open(stdout, encoding="utf-8") as file:
                trial["seconds"] = json.loads(file.readline())["seconds"]
        return trial

    def check(self, outcome):
        """Raises RuntimeError when the answer is wrong. The first answer becomes the reference."""
        path = self.answer(outcome.contestant)
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest in outcome.verified or not outcome.contestant.answers:
            return
        answer = digest if outcome.contestant.exact else read_answer(path, outcome.contestant)
        if self.reference is None:
            self.reference = answer
        if outcome.contestant.exact and answer != self.reference:
            raise RuntimeError("wrong answer: other bytes")
        difference = "" if outcome.contestant.exact else first_difference(answer, self.reference)
        if difference:
            raise RuntimeError(f"wrong answer: {difference}")
        outcome.verified.add(digest)

    def attempt(self, outcome, step):
        """A step of a run; when it fails, the contestant is out."""
        try:
            return step()
        except (RuntimeError, ValueError, OSError, IndexError) as error:
            outcome.failure, outcome.trials = str(error), []

    def round(self, outcomes, keep):
        for outcome in outcomes:
            trial = self.attempt(outcome, lambda: self.run(outcome.contestant))
            if trial and keep:
                outcome.trials.append(trial)
        for outcome in outcomes:
            if not outcome.failure:
                self.attempt(outcome, lambda: self.check(outcome))


def compete(arena, contestants, rounds):
    """The outcomes in the order of the contestants. The warm-up goes in that order too, so that the
    first one gives the reference answer."""
    outcomes = [Outcome(contestant) for contestant in contestants]
    for number in range(rounds + 1):
        order = [outcome for outcome in outcomes if not outcome.failure]
        if number > 0:
            random.shuffle(order)
        arena.round(order, keep=number > 0)
    return outcomes
