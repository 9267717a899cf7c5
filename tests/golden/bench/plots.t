# Pictures: what the scripts for gnuplot draw, seen by a gnuplot that writes what it is told, and
# what the real one makes of them.
@ limit 60
<<< bin/gnuplot
#!/bin/sh
exec cat
>>>
<<< drawn.py
"""The script of a picture: titles with points, against rows of JSON Lines."""
import json, re, sys
script = open(sys.argv[1]).read()
rows = [json.loads(line) for line in open(sys.argv[2])]
points = {name: [list(map(float, line.split())) for line in text.splitlines()]
          for name, text in re.findall(r"^(\$points\d+) << end\n(.*?)^end$", script, re.M | re.S)}
curves = {title: points[name] for name, title in re.findall(r"(\$points\d+) using 1:2 with linespoints .* title '([^']*)'", script)}
near = lambda a, b: abs(a - b) <= 1e-6 * abs(b)
factor = {"G": 1e9, "M": 1e6, "k": 1e3, "": 1}

def over_threads():
    """Bytes a second, in the unit of the axis."""
    unit = factor[re.search(r"^set ylabel '([GMk]?)B/s'$", script, re.M)[1]]
    [(title, curve)] = curves.items()
    for row, (x, y, low, high) in zip(rows, curve, strict=True):
        assert x == row["threads"] and near(y * unit, row["bytes_s"]), (row, x, y)
        assert near(low / y, row["median_s"] / row["high_s"]), row
        assert near(high / y, row["median_s"] / row["low_s"]), row
    print(title)

def metg():
    """Percent of the best rate of work over threads times time over tasks."""
    for (title, curve), threads in zip(curves.items(), (1, 2), strict=True):
        own = [row for row in rows if row["threads"] == threads]
        best = max(row["items"] * row["grain_s"] / row["median_s"] for row in own)
        for row, (x, y, low, high) in zip(own, curve, strict=True):
            assert near(x, threads * row["median_s"] / row["items"]), row
            assert near(y, 100 * row["items"] * row["grain_s"] / row["median_s"] / best), row
            assert low <= y <= high
        print(re.sub(r"(METG) .*", r"\1", title))

{"threads": over_threads, "metg": metg}[sys.argv[3]]()
>>>
$ chmod +x bin/gnuplot
$ PATH=$PWD/bin:$PATH yoke bench triad -j 1,2,3 -n 1K --reps 2 --plot t.svg --format jsonl >t.jsonl; python3 drawn.py t.svg t.jsonl threads; grep -E '^set (key|xlabel|xrange|xtics|yrange)' t.svg; grep -o "title 'Amdahl.*" t.svg
| triad, size 1024
| set key below Left reverse
| set yrange [0:*]
| set xlabel 'threads'
| set xrange [0.5:3.5]
| set xtics 1, 1
| title 'Amdahl, fitted'
# Many threads are on a logarithmic axis, marked where they were measured.
$ PATH=$PWD/bin:$PATH yoke bench mutex -j 1,2,31,32 -n 2 --reps 2 --plot t.svg >/dev/null; grep -E '^set (logscale|xtics)' t.svg
| set logscale x 2
| set xtics ('1' 1, '2' 2, '31' 31)
$ PATH=$PWD/bin:$PATH yoke bench triad -j 1 -n 1000,1K,64K --reps 2 --plot t.svg >/dev/null; grep -E '^set (xlabel|xtics|logscale)' t.svg
| set xlabel 'size'
| set logscale x
| set xtics ()
| set xtics add ('1000' 1000)
| set xtics add ('64K' 65536)
# What has no bytes is drawn by its flops, or by its items; programs are by their times.
$ for load in gravity_f64 sort_u64 'sort_u64 --vs triad' '-- true'; do PATH=$PWD/bin:$PATH yoke bench -n 100 -j 1 --reps 2 --plot t.svg $load >/dev/null 2>&1 || PATH=$PWD/bin:$PATH yoke bench --reps 2 --plot t.svg $load >/dev/null; sed -n "s/^set ylabel '[GMkmu]\?\([^']*\)'/\1/p" t.svg; done
| flop/s
| key/s
| items/s
| s
# METG: efficiency over the time of a task, a curve for each number of threads.
$ PATH=$PWD/bin:$PATH yoke bench task_for --metg --grain 3ms,1ms,400us -j 1,2 --reps 2 --plot m.svg --format jsonl >m.jsonl; python3 drawn.py m.svg m.jsonl metg; grep -E '^set (ylabel|yrange|ytics|logscale)|^ *50 with' m.svg; grep -o "'1 ms' 0.001" m.svg
| task_for, 1 thread: METG
| task_for, 2 threads: METG
| set ylabel 'efficiency'
| set yrange [0:110]
| set ytics ('0 %%' 0, '25 %%' 25, '50 %%' 50, '75 %%' 75, '100 %%' 100)
| set logscale x
|      50 with lines lc rgb '#777777' dt 2 title '50 %'
| '1 ms' 0.001
# Every structure has a colour of its own, and the legend stands beside the plot, without intervals.
$ PATH=$PWD/bin:$PATH yoke bench sharding -j 1,2 --keys 100 --seconds 0.005 --plot s.svg >/dev/null; grep -o "linespoints lc rgb '[^']*'" s.svg | sort -u | wc -l; grep -c "yerrorbars.*notitle" s.svg; grep -E '^set (key|xtics|logscale)' s.svg
| 10
| 10
| set key outside right top Left reverse
| set logscale y
| set xtics 1, 1
# What the real one draws of them has whole numbers of threads, and rates with their unit.
$ PATH=$PWD/bin:$PATH yoke bench triad -j 1,2 -n 1K --reps 2 --plot t.svg >/dev/null; gnuplot t.svg >drawn.svg; grep -cE '>[0-9 ]+\.5<|10\^|x10' drawn.svg; grep -oE '> ?(1|2|threads|[GMk]?B/s)<' drawn.svg | tr -d ' GMk' | sort -u
| 0
| >1<
| >2<
| >B/s<
| >threads<
$ gnuplot m.svg >drawn.svg; grep -oE '> ?(50 %|100 %|1 ms|task_for, . threads?: METG)' drawn.svg | tr -d ' ' | sort -u
| >100%
| >1ms
| >50%
| >task_for,1thread:METG
| >task_for,2threads:METG
