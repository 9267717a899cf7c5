#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damages the temporary file of `yoke sort` while it still waits for input, so between the first run
and the merge: bytes change, are lost (read as zeros), or the file is cut. The program must end with
one line and status 2, and leave no output. Without damage it must write the result. Prints one line
for each way to run.

    damage.py
"""

import array
import os
import random
import subprocess
import sys
import time

ENOUGH = 100000  # bytes of the temporary file that are there before it is damaged


def flip(at):
    def change(file):
        byte = os.pread(file, 1, at)[0]
        os.pwrite(file, bytes([byte ^ 16]), at)
    return change


DAMAGES = {
    "none": lambda file: None,
    "size": flip(1),
    "sum": flip(9),
    "sum of the head": flip(17),
    "content": flip(30003),
    "zeros": lambda file: os.pwrite(file, bytes(512), 0),
    "cut": lambda file: os.ftruncate(file, 50001),
    "gone": lambda file: os.ftruncate(file, 0),
}
CHANGED = "yoke sort: a temporary file has changed\n"
SHORTER = "yoke sort: a temporary file has become shorter\n"


def make_inputs():
    dice = random.Random(3)
    numbers = [dice.randrange(1 << 20) for _ in range(150000)]
    text = "".join(f"{number} line\n" for number in numbers[:60000])
    binary = array.array("Q", numbers)
    return {
        "text": ([], text.encode(), "".join(sorted(text.splitlines(True))).encode()),
        "numbers": (["--binary", "u64"], binary.tobytes(),
                    array.array("Q", sorted(binary)).tobytes()),
    }


def temporary_file(process):
    """Opens the unnamed file when enough has been written to it."""
    folder = f"/proc/{process.pid}/fd"
    while process.poll() is None:
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if os.readlink(path).startswith(os.getcwd() + "/") and \
                    os.readlink(path).endswith(" (deleted)") and os.stat(path).st_size >= ENOUGH:
                return os.open(path, os.O_RDWR)
        time.sleep(0.001)
    sys.exit(f"ended early: {process.communicate()}")


def run(arguments, data, damage):
    process = subprocess.Popen(["yoke", "sort", "-S", "1", "-T", ".", "-j", "2", "-o", "out", *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(data[:-1])
    process.stdin.flush()
    file = temporary_file(process)
    damage(file)
    os.close(file)
    stdout, stderr = process.communicate(data[-1:], timeout=600)
    return process.returncode, stdout, stderr.decode()


def judge(damage, status, stdout, stderr, want):
    """What is wrong with a run; None when nothing is."""
    left = os.listdir(".")
    output = None
    if "out" in left:
        left.remove("out")
        with open("out", "rb") as file:
            output = file.read()
        os.unlink("out")
    if left or stdout:
        return f"left {left}, wrote {stdout[:60]}"
    if damage == "none":
        return None if (status, stderr, output) == (0, "", want) else f"status {status}: {stderr}"
    if status == 2 and output is None and stderr in (CHANGED, SHORTER):
        return None
    return f"status {status}, said {stderr!r}, " + ("no output" if output is None else "an output")


def main():
    for name, (arguments, data, want) in make_inputs().items():
        for how in "none", "zstd":
            for damage, change in DAMAGES.items():
                answer = run([*arguments, "--compress", how], data, change)
                wrong = judge(damage, *answer, want)
                if wrong:
                    sys.exit(f"{name}, --compress {how}, {damage}: {wrong}")
            print(f"{name}, --compress {how}: every damage was found")


main()
