# What README.md shows is what happens: its commands and its program.
$ python3 "$GOLDEN/readme.py"
|~ [0-9]+ blocks
# And its examples are as short as it says.
$ wc -l "$ROOT"/examples/*.c | awk '$1 >= 80 && $2 != "total"'
