# The fifth example: whichever thread closes the cycle is told, and both transfers are made.
$ 05_deadlock
|~ deadlock of 2 threads: thread [01] waits for mutex '(checking|savings)' at .*05_deadlock\.c:\d+, held by thread [01] since .*05_deadlock\.c:\d+; thread [01] waits for mutex '(checking|savings)' at .*05_deadlock\.c:\d+, held by thread [01] since .*05_deadlock\.c:\d+
| checking 120, savings 80

$ for i in 1 2 3 4 5 6 7 8 9 10; do 05_deadlock | tail -n 1; done | sort -u
| checking 120, savings 80
