# Delimiters.
$ printf 'a;b\nx;1\ny;2\n' | yoke agg 'sum(b)' -d ';'
| sum(b)
| 3
$ printf 'a\tb\nx\t1\ny\t2\n' | yoke agg 'sum(b)' -d '\t'
| sum(b)
| 3
$ printf 'a\tb\nx\t1\ny\t2\n' | yoke agg 'sum(b)' --delimiter=TAB
| sum(b)
| 3
$ printf 'a|b\nx|1\ny|2\n' | yoke agg 'sum(b)' -d'|'
| sum(b)
| 3

# A file called .tsv has tabs, compressed or not; -d has the last word.
$ printf 'a\tb,c\nx\t1\ny\t2\n' >t.tsv; gzip -c t.tsv >t.tsv.gz; zstd -qc t.tsv >t.tsv.zst; cp t.tsv t.txt
$ yoke agg 'sum("b,c")' t.tsv
| "sum(b,c)"
| 3
$ yoke agg 'sum(2)' t.tsv.gz --format tsv
| sum(b,c)
| 3
$ yoke agg 'sum(2)' t.tsv.zst t.txt --format tsv
| sum(b,c)
| 6
$ yoke agg 'count()' -d , t.tsv --on-ragged skip
| count()
| 0
! yoke agg: left out 2 rows with a wrong number of fields: the first is in t.tsv: line 2

# gzip and zstd by content, whatever the name; from a pipe too; concatenated members.
$ (printf 'a,b\nx,1\n' | gzip; printf 'y,2\n' | gzip) >plain.csv; yoke agg 'sum(b), last(a)' plain.csv
| sum(b),last(a)
| 3,y
$ printf 'a,b\nx,1\ny,2\n' | zstd -q | yoke agg 'sum(b)'
| sum(b)
| 3
$ printf 'a,b\nx,1\n' | gzip | head -c 20 | yoke agg 'sum(b)'
!~ yoke agg: standard input: .*
? 1

# Names: in the header, none, in place of the header's.
$ printf 'x,1\ny,2\n' | yoke agg 'sum(c2), count()' --by c1 --no-header
| c1,sum(c2),count()
| x,1,1
| y,2,1
$ printf 'x,1\ny,2\n' | yoke agg 'sum(2) as total' --by 1 --no-header
| c1,total
| x,1
| y,2
$ printf 'x,1\ny,2\n' | yoke agg 'sum(temp)' --by station --no-header --columns 'station, temp'
| station,sum(temp)
| x,1
| y,2
$ printf 'a,b\nx,1\ny,2\n' | yoke agg 'sum(temp)' --columns '`station`,"temp"'
| sum(temp)
| 3

# Missing values.
$ printf 'a,b\nx,1\ny,\nz,NA\n' | yoke agg 'count(), count(b), sum(b), mean(b)' --null NA
| count(),count(b),sum(b),mean(b)
| 3,1,1,1
$ printf 'a,b\nx,\n' | yoke agg 'count(b), sum(b), mean(b), min(b), max(b), var(b), stddev(b), first(b), last(b)'
| count(b),sum(b),mean(b),min(b),max(b),var(b),stddev(b),first(b),last(b)
| 0,,,,,,,,
$ printf 'a,b\nx,7\n' | yoke agg 'var(b), stddev(b)'
| var(b),stddev(b)
| ,

# RFC 4180: quotes, doubled quotes, delimiters and line ends in quotes, CR LF, no last line end.
$ printf 'a,b\r\n"x, y",1\r\n"x, y",2\r\n"he said ""no""",3\r\n"line 1\r\nline 2",4' | yoke agg 'sum(b)' --by a
= printf 'a,sum(b)\n"he said ""no""",3\n"line 1\r\nline 2",4\n"x, y",3\n'
# A quoted field is the same key as a plain one.
$ printf 'a,b\nx,1\n"x","2"\n' | yoke agg 'sum(b)' --by a
| a,sum(b)
| x,3
# Other quotes, and none.
$ printf "a,b\n'x,y',1\n'x,y',2\n" | yoke agg 'sum(b)' --by a --quote "'"
| a,sum(b)
| "x,y",3
$ printf 'a,b\n"x,1\n5" pipe,2\n' | yoke agg 'sum(b)' --by a --quote none
| a,sum(b)
| """x",1
| "5"" pipe",2
# A byte order mark is passed over; blank lines too, where a row has several columns.
$ printf '\357\273\277a,b\nx,1\n\ny,2\n\n' | yoke agg 'sum(b), count()' --by a
| a,sum(b),count()
| x,1,1
| y,2,1
$ printf 'a\nx\n\ny\n' | yoke agg 'count(), count(a)'
| count(),count(a)
| 3,2

# Numbers: blanks around them, all of strtod's language.
$ printf 'v\n 1 \n+2\n0x10\n1e2\n.5\n-0\n' | yoke agg 'sum(v), min(v), max(v)'
| sum(v),min(v),max(v)
| 119.5,0,100
# Exact: 0.1 ten times is 1; what a double would lose is there.
$ (echo v; for i in 1 2 3 4 5 6 7 8 9 10; do echo 0.1; done) | yoke agg 'sum(v), mean(v)'
| sum(v),mean(v)
| 1,0.1
$ printf 'v\n1e300\n1\n-1e300\n' | yoke agg 'sum(v)'
| sum(v)
| 1
$ printf 'v\n123456789012345678901234567.125\n0.125\n' | yoke agg 'sum(v)'
| sum(v)
| 123456789012345678901234567.25
