# The example that fetches with a limit; it is built only where libcurl is.
$ ! command -v 22_fetch >/dev/null || 22_fetch 2>&1 || test $? = 2 && echo asked
|...
| asked
$ ! command -v 22_fetch >/dev/null || $ROOT/tests/golden/fetch/serve '22_fetch $AT/ok/70000 $AT/ok/8 $AT/none' | sort
| 70000: 70000 bytes
| 8: 8 bytes
| none: HTTP 404
$ ! command -v 22_fetch >/dev/null || $ROOT/tests/golden/fetch/serve '22_fetch $AT/ok/8'
| 8: 8 bytes, was there
