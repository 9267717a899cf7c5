# SPDX-License-Identifier: Apache-2.0
"""The temperatures of examples/15_heat.c, step by step."""

ROWS, COLUMNS, STEPS = 64, 96, 2000

t = [[100.0] * COLUMNS] + [[0.0] * COLUMNS for _ in range(ROWS - 1)]
for _ in range(STEPS):
    t = [
        row
        if y in (0, ROWS - 1)
        else [row[0]]
        + [
            0.25 * up + 0.25 * down + 0.25 * left + 0.25 * right
            for up, down, left, right in zip(t[y - 1][1:-1], t[y + 1][1:-1], row, row[2:])
        ]
        + [row[-1]]
        for y, row in enumerate(t)
    ]
for y in range(0, ROWS, 9):
    print("".join(f"{t[y][x]:8.3f}" for x in range(5, COLUMNS, 17)))
