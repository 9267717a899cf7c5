# scripts/deps on a machine that lacks everything, on one that lacks nothing, and without root.
<<< none/dpkg-query
#!/bin/sh
exit 1
>>>
<<< all/dpkg-query
#!/bin/sh
echo installed
>>>
<<< user/id
#!/bin/sh
echo 1000
>>>
<<< user/sudo
#!/bin/sh
exit 1
>>>
<<< root/id
#!/bin/sh
echo 0
>>>
<<< root/apt-get
#!/bin/sh
echo "$@" >>"$HOME/calls"
>>>
<<< broken/npm
#!/bin/sh
echo "npm error network" >&2
exit 1
>>>
<<< broken/apt-get
#!/bin/sh
echo "no such package" >&2
exit 100
>>>
$ chmod +x */*
$ PATH=$PWD/none:$PATH $ROOT/scripts/deps --print tsan
| apt-get install -y --no-install-recommends clang-19 libomp-19-dev libclang-rt-19-dev
$ PATH=$PWD/all:$PATH $ROOT/scripts/deps build test lint tsan
$ PATH=$PWD/none:$PWD/user:$PATH $ROOT/scripts/deps tsan
! yoke needs some packages. This installs them:
!     sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends clang-19 libomp-19-dev libclang-rt-19-dev'
? 1
$ PATH=$PWD/none:$PWD/root:$PATH $ROOT/scripts/deps tsan && cat calls
| installing clang-19 libomp-19-dev libclang-rt-19-dev
| update -qq
| install -y --no-install-recommends clang-19 libomp-19-dev libclang-rt-19-dev -qq
$ PATH=$PWD/none:$PWD/broken:$PWD/root:$PATH $ROOT/scripts/deps tsan
|...
!...
! no such package
? 1
# What npm cannot install is left out.
$ mkdir -p tree/scripts tree/perf/page && cp $ROOT/scripts/deps tree/scripts && cp $ROOT/perf/page/package*.json tree/perf/page
$ PATH=$PWD/all:$PWD/broken:$PATH tree/scripts/deps build
! npm error network
! scripts/deps: npm could not install the packages of perf/page; there will be no HTML reports
$ $ROOT/scripts/deps nothing
! scripts/deps: unknown group 'nothing'
? 2
