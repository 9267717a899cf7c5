# What is measured has all its figures, whatever they are.
@ limit 60
$ yoke bench sharding --keys 1000 --seconds 0.02 --reps 2 -j 1,2,7 --format jsonl | python3 $GOLDEN/check.py
| map 1
| map 2
| map 7
| counter 1
| counter 2
| counter 7
| cache 1
| cache 2
| cache 7
| spsc 1
| spsc 2
| mpmc 1
| mpmc 2
| mpmc 7
| mpsc 1
| mpsc 2
| mpsc 7
| deque 1
| deque 2
| deque 7
| mutex 1
| mutex 2
| mutex 7
| rwlock 1
| rwlock 2
| rwlock 7
| rwlock-sharded 1
| rwlock-sharded 2
| rwlock-sharded 7
$ yoke bench sharding -s map -j 2 --keys 1 --skew 0 --read-share 0 --seconds 0.01 --reps 1 --affinity none --format jsonl | python3 $GOLDEN/check.py
| map 2
$ yoke bench sharding -s map,cache -j 3 --keys 50 --skew 1 --seconds 0.01 --reps 1 --format json | python3 -c 'import json,sys; print([r["structure"] for r in json.load(sys.stdin)])'
| ['map', 'cache']
$ yoke bench sharding -s counter -j 1 --seconds 0.01 --format csv -o out.csv && head -1 out.csv && awk -F, 'NR == 2 && $3 > 0 && $4 <= $3 && $3 <= $5 {print $1, $2}' out.csv
| structure,threads,ops_per_second,min,max,fairness,imbalance,p50_ns,p90_ns,p99_ns,p99.9_ns,max_ns,cpus
| counter 1
$ yoke bench sharding -s mutex -j 1 --seconds 0.01 | awk '{print $1, $2}'
| structure threads
| mutex 1
$ yoke bench sharding -s map,mutex -j 1,2 --keys 100 --seconds 0.01 --plot p.svg >/dev/null && grep -c '<svg' p.svg && ls
| 1
| out.csv
| p.svg
$ yoke bench sharding -s counter -j 1 --seconds 10ms --plot p.png >/dev/null && head -c 4 p.png | tail -c 3
| PNG
|\
