# A build without libcurl names what it leaves out, links without it, and its fetch says so.
@ plain
@ limit 60
$ env -u MAKEFLAGS -u MAKELEVEL make -s -C $ROOT B=$PWD/out WITHOUT=libcurl $PWD/out/adapters | grep libyoke-http
|   without libyoke-http, as pkg-config finds no libcurl
$ env -u MAKEFLAGS -u MAKELEVEL make -s -C $ROOT B=$PWD/out WITHOUT=libcurl $PWD/out/obj/cli/fetch.o >log
$ (cd $ROOT/cli && ls *.c) | grep -vx fetch.c | sed "s|\(.*\)\.c|$B/obj/cli/\1.o|" >others && cc -fopenmp out/obj/cli/fetch.o $(cat others) $B/libyoke.a -o without $(pkg-config --libs hwloc libzstd zlib libdeflate) $(for p in liburing sqlite3; do pkg-config --exists $p && pkg-config --libs $p; done) -ljansson -lm
$ ./without fetch -o here http://localhost/
! yoke fetch: this build has no libcurl; install it and build again
? 1
$ ls -A here
! ls: cannot access 'here': No such file or directory
? 2
