# SPDX-License-Identifier: Apache-2.0
"""In how many ways n queens can stand, for n from 1 to N, by permutations that are cut short."""
import sys


def count(n, columns=(), rising=frozenset(), falling=frozenset()):
    row = len(columns)
    if row == n:
        return 1
    return sum(
        count(n, columns + (c,), rising | {row + c}, falling | {row - c})
        for c in range(n)
        if c not in columns and row + c not in rising and row - c not in falling
    )


for n in range(1, int(sys.argv[1]) + 1):
    print(f"{n:2d} queens: {count(n)}")
