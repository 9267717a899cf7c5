#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens pages of HTML reports in a headless Chromium and compares what they show with their JSON.

    tests/page/check.py PROGRAM [FOLDER]

PROGRAM is build/tests/page. With FOLDER, pictures of a page in light, dark, narrow and printed are
left there. Prints a line a check; the status is 1 when one fails, or when there is no browser.
"""

import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import browser
import checks
from pages import Pages


def run(check, pages):
    try:
        check(pages)
        print(f"{check.__name__} ok")
        return True
    except (AssertionError, RuntimeError, LookupError, TypeError) as error:
        print(f"{check.__name__} FAILED: {type(error).__name__} {error}")
        return False
    finally:
        pages.chromium.close_pages()


def main(program, pictures=None):
    try:
        with tempfile.TemporaryDirectory() as folder, browser.Browser() as chromium:
            pages = Pages(program, folder, chromium, pictures)
            pages.write("first")
            return 0 if all([run(check, pages) for check in checks.ALL]) else 1
    except browser.Missing as error:
        print(error)
        return 1
    except subprocess.CalledProcessError:  # the program has said why
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
