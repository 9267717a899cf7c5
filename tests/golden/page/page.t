# What pages show in a browser is what their JSON says; nothing leaves them.
@ limit 120
@ plain
$ python3 $ROOT/tests/page/check.py $B/tests/page
| head ok
| efficiencies ok
| regions ok
| sorting ok
| timeline ok
| legend ok
| places ok
| threads ok
| thread_table ok
| scaling ok
| counted ok
| roofline ok
| nothing_measured ok
| broken ok
| hostile_names ok
| large ok
| no_network ok
| command ok
| bench ok
| looks ok
