# The eleventh example, which needs a server, and is built only where libpq is.
$ ! command -v 11_postgres_load >/dev/null || 11_postgres_load 2>&1 || test $? = 2 && echo asked
|...
| asked
$ ! command -v 11_postgres_load >/dev/null || 11_postgres_load host="$PWD" 2>&1 | grep -c 'create failed, 1 time in a row' | sed s/1/told/
| told
