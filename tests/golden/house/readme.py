# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of README.md and compares what they print, as on a terminal.

    readme.py [--update]

In blocks marked `console`, a line "$ COMMAND" is run beside the example data, and the lines up to
the next one are what it must print; "..." stands for any lines. The block marked `c` must be the first example without its
banner. With --update the blocks are written anew, where they have no "...".
"""

import difflib
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, BUILD = Path(os.environ["ROOT"]), Path(os.environ["B"])


def on_terminal(command):
    """Returns what the command writes to a terminal."""
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        ["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    data = b""
    try:
        while chunk := os.read(reader, 65536):
            data += chunk
    except OSError:  # how Linux says that nobody has the terminal open any more
        pass
    process.wait()
    return data.decode().replace("\r\n", "\n")


def as_pattern(text):
    lines = text.splitlines(True)
    return "".join(r"(?:.*\n)*" if line == "...\n" else re.escape(line) for line in lines)


def check_block(block, update):
    """Returns the block as it should be, and what is wrong with it."""
    indent = re.match(" *", block)[0]
    new, wrong = "", ""
    for command, expected in re.findall(r"^ *\$ (.*)\n((?:(?! *\$ ).*\n)*)", block, re.M):
        expected = re.sub("^" + indent, "", expected, flags=re.M)
        actual = on_terminal(command)
        if not re.fullmatch(as_pattern(expected), actual):
            lines = expected.splitlines(True), actual.splitlines(True)
            wrong += f"$ {command}\n" + "".join(difflib.unified_diff(*lines, "README", "actual"))
            expected = expected if "...\n" in expected else actual
        new += indent + f"$ {command}\n" + re.sub("^(?=.)", indent, expected, flags=re.M)
    return (new if update else block), wrong


def main():
    update = "--update" in sys.argv
    readme, problems = (ROOT / "README.md").read_text(), []
    os.chdir(tempfile.mkdtemp(dir=os.environ.get("TMPDIR")))
    for table in (ROOT / "examples/data").glob("*.csv"):
        os.symlink(table, table.name)

    def replace(match):
        block, wrong = check_block(match[2], update)
        problems.append(wrong)
        return match[1] + block

    fence = re.compile(r"(^ *```console\n)(.*?\n)(?= *```$)", re.S | re.M)
    new, blocks = fence.subn(replace, readme)
    program = re.search(r"^```c\n(.*?)^```$", readme, re.S | re.M)[1]
    if not (ROOT / "examples/01_group_by.c").read_text().endswith("*/\n" + program):
        problems.append("the program is not examples/01_group_by.c\n")
    if update:
        (ROOT / "README.md").write_text(new)
    print("".join(problems), end="")
    print(f"{blocks} blocks")
    return any(problems)


if __name__ == "__main__":
    sys.exit(main())
