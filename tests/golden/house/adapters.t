# A machine without libpq and libcurl: what is left out is said, in one line each, and nothing asks
# for it.
@ plain
<<< none/pkg-config
#!/bin/sh
case "$*" in *libpq* | *libcurl*) exit 1 ;; esac
exec "$REAL" "$@"
>>>
$ chmod +x none/*
$ REAL=$(command -v pkg-config) PATH=$PWD/none:$PATH env -u MAKEFLAGS -u MAKELEVEL make -s -C $ROOT B=$PWD/out $PWD/out/adapters
|   without libyoke-postgres, as pkg-config finds no libpq
|   without libyoke-http, as pkg-config finds no libcurl
$ cat out/adapters
| no postgres, no http
$ REAL=$(command -v pkg-config) PATH=$PWD/none:$PATH env -u MAKEFLAGS -u MAKELEVEL make -n -s -C $ROOT B=$PWD/out all tests examples >plan && grep -c 'libyoke\.so' plan >found && test -s found
$ ! grep -E 'resource_(postgres|http)|postgres_load|-lpq|-lcurl' plan
$ env -u MAKEFLAGS -u MAKELEVEL make -s -C $ROOT B=$PWD/out $PWD/out/adapters && cat out/adapters
|~ postgres \(libpq [0-9.]+\), http \(libcurl [0-9.]+\)
