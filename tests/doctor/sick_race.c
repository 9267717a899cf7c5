/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: the members of a team add to one variable without a word. With -DCURED they do not.
 */
#ifdef CURED
#define SHARING reduction(+ : sum)
#else
#define SHARING shared(sum)
#endif

int main(void) {
    long sum = 0;
#pragma omp parallel for num_threads(2) SHARING
    for (int i = 0; i < 100000; i++) sum += i; /* the race */
    return sum < 0;
}
