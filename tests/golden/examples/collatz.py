# SPDX-License-Identifier: Apache-2.0
"""The number below a limit that takes the most steps to 1, the least of those."""

import sys

steps = {1: 0}
for start in range(1, int(sys.argv[1])):
    path, n = [], start
    while n not in steps:
        path.append(n)
        n = 3 * n + 1 if n % 2 else n // 2
    for count, number in enumerate(reversed(path), steps[n] + 1):
        steps[number] = count
best = max(range(1, int(sys.argv[1])), key=lambda n: (steps[n], -n))
print(f"{best} takes {steps[best]} steps")
