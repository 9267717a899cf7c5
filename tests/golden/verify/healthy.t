# Reproducible programs are left alone.
@ plain
@ limit 60
<<< sum.c
#include <stdio.h>
#include <stdlib.h>
/* Whole numbers, each schedule, memory that was written, a seed, addresses that are not shown. */
int main(void) {
    long sum = 0, *squares = malloc(1000 * sizeof *squares);
#pragma omp parallel for schedule(runtime) reduction(+ : sum)
    for (int i = 0; i < 1000; i++) {
        squares[i] = (long)i * i;
        sum += squares[i];
    }
    srand(5);
    printf("%ld %d\n", sum, rand());
    fprintf(stderr, "%p\n", (void *)squares);
    return 3;
}
>>>
$ gcc -O1 -fopenmp sum.c -o sum
$ yoke verify-repro --runs 2 -- ./sum 2>error
|~ the same in 9 runs:
|~   standard output: 2[0-9] bytes, digest [0-9a-f]{16}
|   exit status: 3
# Of standard error only the first run's is shown.
$ wc -l <error
| 1
$ yoke verify-repro --runs 1 -j 1,2 -- sort $ROOT/README.md | sed 's/:.*//'
| the same in 3 runs
|   standard output
# Commands on yoke are seen from inside.
$ printf 'a,b\n1,2.5\n2,1e-3\n1,7\n' >in; yoke verify-repro --runs 2 -- yoke agg 'sum(b), mean(b)' --by a in | sed 's/digest .*//'
| the same in 9 runs:
|~   standard output: [0-9]+ bytes, 
|   results of yoke: 2
$ yoke verify-repro --runs 2 --input in -- yoke sort --parallel 2 | sed 1q
| the same in 9 runs:
