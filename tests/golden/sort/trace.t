# A trace is what the Trace Event Format asks for, and what is spoiled in it is found.
@ limit 60
$ seq 300000 | rev >n.txt; yoke sort n.txt -j 3 -o s.txt --report=trace:t.json; python3 $GOLDEN/trace_format.py t.json 3
| phases C M X missed
| True 0
$ yoke sort n.txt -j 1 -o s.txt --report=trace:t.json; python3 $GOLDEN/trace_format.py t.json 1
| phases C M X missed
| True 0
