# A report of pipe comes after all commands, also when one has failed.
$ printf 'a\nb\n' >t.txt
$ yoke pipe --report=json:r.json t.txt -- sh -c 'cat; exit 3'
| a
| b
! yoke pipe: block 1 (bytes 0 to 4): 'sh' ended with status 3
? 3
$ python3 -c "import json; print(json.load(open('r.json'))['profile']['program'])"
| yoke pipe
$ yoke pipe --zstd --report=text:r.txt t.txt | zstd -dc; head -c 22 r.txt
| a
| b
| run         yoke pipe,
|\
# The places of both outputs are checked.
$ yoke pipe --report=csv:none/r.csv t.txt -- cat
! yoke pipe: --report: cannot write none/r.csv: No such file or directory
? 1
