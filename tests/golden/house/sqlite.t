# A build without SQLite: nothing asks for it.
@ plain
$ env -u MAKEFLAGS -u MAKELEVEL make -n -s -C $ROOT B=$PWD/out WITHOUT=sqlite3 $PWD/out/libyoke.so >plan && grep -c 'libyoke\.so' plan >found && test -s found
$ ! grep -E 'lsqlite3|YOKE_HAVE_SQLITE' plan
# What there is then says so.
$ printf '#include <stdio.h>\n#include "yoke/results.h"\nint main(void) { yoke_results *r; int s = yoke_results_open("x", &r); printf("%%s: %%s\\n", yoke_status_name(s), yoke_error_detail()); return yoke_results_engine() != NULL; }\n' >t.c; gcc -std=c11 -D_GNU_SOURCE -I$ROOT -I$ROOT/include t.c $ROOT/perf/store_absent.c $ROOT/runtime/status.c -o t && ./t
| YOKE_EUNSUPPORTED: results are kept by SQLite, and this yoke was built without it (package libsqlite3-dev)
