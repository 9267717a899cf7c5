# What examples/13_ranking.c computes, by Python.
PLAYERS, BEST = 1000000, 1000


def play(season):
    return [(i * 2654435761 + season) % 2**32 % 1000003 for i in range(PLAYERS)]


def best(scores):
    return sorted(range(PLAYERS), key=lambda i: -scores[i])[:BEST]


scores = play(0)
first, second = best(scores), best(play(7))
for place in range(5):
    print(f"{place + 1}. player {first[place]} with {scores[first[place]]}")
stayed = len(set(first) & set(second))
print(f"median {sorted(scores)[PLAYERS // 2]}, {stayed} stayed among the best {BEST}")
