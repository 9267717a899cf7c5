# A build without node has no HTML reports: it says so, and nothing asks for the page.
@ plain
$ env -u MAKEFLAGS -u MAKELEVEL make -s -C $ROOT B=$PWD/out WITHOUT=node $PWD/out/adapters
|   without HTML reports, as node or the packages of perf/page are missing
$ env -u MAKEFLAGS -u MAKELEVEL make -n -s -C $ROOT B=$PWD/out WITHOUT=node $PWD/out/libyoke.so >plan && grep -c 'libyoke\.so' plan >found && test -s found
$ ! grep -E 'page\.[co]|YOKE_HAVE_PAGE' plan
# One that has it carries the licences of what is in it.
$ grep -oE '^(@observablehq/plot|d3|d3-array|d3-scale|esbuild) [0-9.]+$' $B/page.html | cut -d' ' -f1 | sort
| @observablehq/plot
| d3
| d3-array
| d3-scale
| esbuild
# The lock file names versions and digests, no host.
$ grep -c '"integrity"' $ROOT/perf/page/package-lock.json >count; ! grep -n 'resolved\|://' $ROOT/perf/page/package-lock.json
