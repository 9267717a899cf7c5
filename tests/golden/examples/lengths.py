# SPDX-License-Identifier: Apache-2.0
"""The lengths of Collatz sequences of the numbers up to N, counted."""
import sys
from collections import Counter

known = {1: 0}


def steps(n):
    path = []
    while n not in known:
        path.append(n)
        n = 3 * n + 1 if n % 2 else n // 2
    length = known[n]
    for m in reversed(path):
        length += 1
        known[m] = length
    return length


counts = Counter(steps(n) for n in range(1, int(sys.argv[1]) + 1))
length, count = max(counts.items(), key=lambda item: (item[1], -item[0]))
print(f"{len(counts)} different lengths; the most common is {length}, of {count} numbers")
