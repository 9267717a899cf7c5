# Every format, with what is hard to write.
$ printf 'k,v\n"a,b",1.50\n"say ""hi""",-2\n"two\nlines",\ntab\there,1e300\n東京,3\nback\\slash,4\n"",5\n' >t.csv

$ yoke agg 'count(), max(v), first(v)' --by k t.csv
| k,count(),max(v),first(v)
| ,1,5,5
| "a,b",1,1.5,1.50
| back\slash,1,4,4
| "say ""hi""",1,-2,-2
| tab	here,1,1e+300,1e300
| "two
| lines",1,,
| 東京,1,3,3

$ yoke agg 'count(), max(v), first(v)' --by k t.csv --format tsv
| k	count()	max(v)	first(v)
| 	1	5	5
| a,b	1	1.5	1.50
| back\slash	1	4	4
| "say ""hi"""	1	-2	-2
| "tab	here"	1	1e+300	1e300
| "two
| lines"	1		
| 東京	1	3	3

$ yoke agg 'count(), max(v), first(v)' --by k t.csv --format json
| [
| {"k":"","count()":1,"max(v)":5,"first(v)":"5"},
| {"k":"a,b","count()":1,"max(v)":1.5,"first(v)":"1.50"},
| {"k":"back\\slash","count()":1,"max(v)":4,"first(v)":"4"},
| {"k":"say \"hi\"","count()":1,"max(v)":-2,"first(v)":"-2"},
| {"k":"tab\there","count()":1,"max(v)":1e+300,"first(v)":"1e300"},
| {"k":"two\nlines","count()":1,"max(v)":null,"first(v)":null},
| {"k":"東京","count()":1,"max(v)":3,"first(v)":"3"}
| ]

$ yoke agg 'count(), max(v) as "m""x"' --by k t.csv --format jsonl --limit 2
| {"k":"","count()":1,"m\"x":5}
| {"k":"a,b","count()":1,"m\"x":1.5}

$ yoke agg 'count(), max(v), first(k) as name' --by k t.csv --format table
| k           count()  max(v)  name
| ----------  -------  ------  ----------
|                   1       5
| a,b               1     1.5  a,b
| back\slash        1       4  back\slash
| say "hi"          1      -2  say "hi"
| tab\there         1  1e+300  tab\there
| two\nlines        1          two\nlines
| 東京              1       3  東京

# Keys that are all numbers stand to the right.
$ yoke agg 'count()' --by v t.csv --format table
|     v  count()
| -----  -------
|              1
|    -2        1
|  1.50        1
| 1e300        1
|     3        1
|     4        1
|     5        1

# No rows at all.
$ printf 'k,v\n' | yoke agg 'sum(v)' --by k
| k,sum(v)
$ printf 'k,v\n' | yoke agg 'sum(v)' --by k --format tsv
| k	sum(v)
$ printf 'k,v\n' | yoke agg 'sum(v)' --by k --format json
| []
$ printf 'k,v\n' | yoke agg 'sum(v)' --by k --format jsonl
$ printf 'k,v\n' | yoke agg 'sum(v)' --by k --format table
| k  sum(v)
| -  ------

# JSON has no word for inf and nan.
$ printf 'v\ninf\n' | yoke agg 'sum(v), min(v)' --format json
| [
| {"sum(v)":null,"min(v)":null}
| ]
$ printf 'v\n-inf\nnan\n' | yoke agg 'sum(v), count(v)'
| sum(v),count(v)
| nan,2

# Bytes that are not UTF-8, and NUL: kept by CSV, U+FFFD and \u0000 in JSON, harmless in a table.
$ printf 'k\na\377b\na\000b\n\355\240\200\n\033[2J\n' >bytes.csv
$ yoke agg 'count()' --by k bytes.csv | od -An -c | tr -d ' \n'; echo
| k,count()\n033[2J,1\na\0b,1\na377b,1\n355240200,1\n
$ yoke agg 'count()' --by k bytes.csv --format jsonl
| {"k":"\u001B[2J","count()":1}
| {"k":"a\u0000b","count()":1}
| {"k":"a�b","count()":1}
| {"k":"���","count()":1}
$ yoke agg 'count()' --by k bytes.csv --format table
| k        count()
| -------  -------
| \x1b[2J        1
| a\x00b         1
| a�b            1
| ���            1

# One column and a missing value: no blank line, which readers would pass over.
$ printf 'a,b\n1,\n' | yoke agg 'sum(b)'
| sum(b)
| ""

# What is written is read back as it was.
$ yoke agg 'count() as n' --by k t.csv | yoke agg 'sum(n) as n' --by k
= yoke agg 'count() as n' --by k t.csv
$ yoke agg 'count() as n' --by k t.csv --format tsv | yoke agg 'sum(n) as n' --by k -d tab
= yoke agg 'count() as n' --by k t.csv
$ yoke agg 'count(), first(v) as v' --by k t.csv --format json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
| 7
