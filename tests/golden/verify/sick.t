# Programs that are not reproducible, each for another reason: found, named, and what it depends on.
@ plain
@ limit 120
<<< sum.c
#include <stdio.h>
/* A sum of floating-point numbers in the order of OpenMP's reduction. */
int main(void) {
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 1; i <= 1000000; i++) sum += (i % 2 ? 1e3 : -1e3) / i;
    printf("first line\nsum %.17g\n", sum);
}
>>>
<<< order.c
#include <stdio.h>
#include <unistd.h>
/* Lines in the order in which threads come. */
int main(void) {
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < 32; i++) {
        usleep(200);
#pragma omp critical
        printf("line %d\n", i);
    }
}
>>>
<<< race.c
#include <stdio.h>
#include <unistd.h>
/* A counter without a lock. */
int main(void) {
    static volatile int count;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < 100; i++) {
        int had = count;
        usleep(50);
        count = had + 1;
    }
    printf("%d\n", count);
}
>>>
<<< random.c
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
/* A seed from the time and the process. */
int main(void) {
    srand((unsigned)time(NULL) * 31 + (unsigned)getpid());
    printf("random %d\n", rand());
}
>>>
<<< clock.c
#include <stdio.h>
#include <time.h>
/* Seconds: runs of the same second are the same. */
int main(void) { printf("begun\nat %ld\n", (long)time(NULL)); }
>>>
<<< address.c
#include <stdio.h>
#include <stdlib.h>
int main(void) { printf("at %p\n", malloc(10)); }
>>>
<<< pointers.c
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* The order of a table whose keys are pointers. */
int main(void) {
    char *table[64] = {0};
    for (int i = 0; i < 20; i++) {
        char *name = malloc(100000);
        snprintf(name, 8, "name%d", i);
        size_t at = ((uintptr_t)name >> 12) * 0x9E3779B97F4A7C15u >> 58;
        while (table[at]) at = (at + 1) % 64;
        table[at] = name;
    }
    for (int i = 0; i < 64; i++)
        if (table[i]) puts(table[i]);
}
>>>
<<< memory.c
#include <stdio.h>
#include <stdlib.h>
/* Memory that nobody has written. */
int main(void) {
    unsigned char *bytes = malloc(1000);
    int sum = 0;
    for (int i = 500; i < 600; i++) sum += bytes[i];
    printf("sum %d\n", sum);
}
>>>
<<< status.c
#include <omp.h>
/* The exit status. */
int main(void) { return omp_get_max_threads() > 2; }
>>>
<<< schedule.c
#include <omp.h>
#include <stdio.h>
/* What depends on the schedule. */
int main(void) {
    omp_sched_t kind;
    int chunk;
    omp_get_schedule(&kind, &chunk);
    printf("kind %d\n", kind & 0xF);
}
>>>
$ for p in sum order race random clock address pointers memory status schedule; do gcc -O1 -fopenmp -Wno-unused-result $p.c -o $p || echo $p; done
$ yoke verify-repro -j 1,2,3 -- ./sum
|~ differs: standard output, line 2, byte [0-9]+
|~   run 1: sum 693\.[0-9]+
|~   run [0-9]+: sum 693\.[0-9]+
|~ depends on the (number of threads: with the same number the runs are the same|order in which threads come: .*)
| runs (those with the same letter gave the same):
|   A   1  OMP_NUM_THREADS=1 YOKE_NUM_THREADS=1
|...
? 1
$ yoke verify-repro --runs 5 -- ./order >out; echo $?; grep -o 'differs: standard output\|depends on the order in which threads come' out
| 1
| differs: standard output
| depends on the order in which threads come
$ yoke verify-repro --runs 5 -- ./race >out; echo $?; sed -n 1,2p out; grep -o 'depends on the [a-z]*' out
| 1
| differs: standard output, line 1, byte 0
|   run 1: 100
|~ depends on the (order|number)
$ yoke verify-repro --runs 1 -- ./random | sed -n '1p;4p'
|~ differs: standard output, line 1, byte [0-9]+
| depends on neither threads nor addresses: time, process numbers, or random numbers without a seed
$ yoke verify-repro --runs 1 -j 1,2 -- ./clock | sed -n '1p;4p' | sed 's/, byte.*//'
| differs: standard output, line 2
| depends on neither threads nor addresses: time, process numbers, or random numbers without a seed
$ yoke verify-repro --runs 2 -- ./address | sed -n '1p;4p' | sed 's/, byte.*//'
| differs: standard output, line 1
| depends on addresses: runs are the same where the layout of memory is (setarch -R)
$ yoke verify-repro --runs 2 -- ./pointers | sed -n 4p
| depends on addresses: runs are the same where the layout of memory is (setarch -R)
$ yoke verify-repro --runs 2 -- ./memory | sed 4q | sed 's/run [0-9]*/run N/'
| differs: standard output, line 1, byte 4
|   run N: sum 0
|~   run N: sum [0-9]+
| depends on memory that is read before it is written: it changes with MALLOC_PERTURB_
$ yoke verify-repro --runs 1 -- ./status | sed 4q
| differs: the exit status
|   run 1: exit status 0
|   run 3: exit status 1
| depends on the number of threads: with the same number the runs are the same
$ yoke verify-repro -j 2 --schedule static --schedule guided -- ./schedule | sed -n '1p;4p'
| differs: standard output, line 1, byte 5
| depends on the schedule of loops: it changes with OMP_SCHEDULE
