# SPDX-License-Identifier: Apache-2.0
"""The answers of examples/16_survey.c, but for the estimate: Philox4x32-10 and exact counting."""


WALKS, STEPS, SEED, MASK = 200000, 64, 1905, 0xFFFFFFFF


def philox(block):
    a, b, c, d, k, l = block & MASK, block >> 32, 0, 0, SEED, 0
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = q >> 32 ^ b ^ k, q & MASK, p >> 32 ^ d ^ l, p & MASK
        k, l = k + 0x9E3779B9 & MASK, l + 0xBB67AE85 & MASK
    return a | b << 32, c | d << 32


numbers = [x for block in range(WALKS // 2) for x in philox(block)]
ends = sorted(2 * bin(x).count("1") - STEPS for x in numbers)
for low in range(-27, 27, 6):
    print("%4d: %7d" % (low, sum(low <= end < low + 6 for end in ends)))
print(sum(abs(end) >= 24 for end in ends), "end far away")
print("quartiles", *(ends[WALKS * i // 4 - 1] for i in (1, 2, 3)))
