# What README.md shows is what happens: its commands and its program.
$ python3 "$GOLDEN/readme.py"
|~ [0-9]+ blocks
