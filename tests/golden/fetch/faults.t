# Each fault is a clear line and the right status (tests/bad_server.py says what the paths do).
@ limit 30
# A server that fails, and fails again.
$ $GOLDEN/serve 'yoke fetch --retries 2 --backoff 0.01 $AT/status/500'
! yoke fetch: http://127.0.0.1:PORT/status/500: HTTP 500 (3 tries)
! yoke fetch: 1 of 1 failed
? 1
# What is not there; the others are fetched.
$ $GOLDEN/serve 'yoke fetch $AT/status/404 $AT/ok/5'; ls
| 5
| port
| serve.err
| serve.log
| serve.out
! yoke fetch: http://127.0.0.1:PORT/status/404: HTTP 404
! yoke fetch: 1 of 2 failed
# A body that is cut each time, one whose chunks end too early.
$ $GOLDEN/serve 'yoke fetch --retries 0 $AT/cut/9/1000'
! yoke fetch: http://127.0.0.1:PORT/cut/9/1000: transfer closed with 500 bytes remaining to read
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve 'yoke fetch --retries 0 $AT/chunkcut'
! yoke fetch: http://127.0.0.1:PORT/chunkcut: transfer closed with outstanding read data remaining
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve 'yoke fetch --retries 0 $AT/chunkcut/9/200000'
! yoke fetch: http://127.0.0.1:PORT/chunkcut/9/200000: transfer closed with outstanding read data remaining
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve 'yoke fetch --retries 0 $AT/chunkbad'
!~ yoke fetch: http://127.0.0.1:PORT/chunkbad: .*chunked-encoding.*
! yoke fetch: 1 of 1 failed
? 1
# Without a length: a connection that breaks, and one that ends, of which only the checksum tells.
$ $GOLDEN/serve 'yoke fetch --retries 0 $AT/reset/9/200000'
! yoke fetch: http://127.0.0.1:PORT/reset/9/200000: Recv failure: Connection reset by peer
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve 'echo $AT/toend/200000 half sha256:0000000000000000000000000000000000000000000000000000000000000000 | yoke fetch --retries 0 -'
!~ yoke fetch: http://127.0.0.1:PORT/toend/200000: the checksum is [0-9a-f]{64} and not 0{64}
! yoke fetch: 1 of 1 failed
? 1
# A server that hangs half way, and one that says nothing.
$ $GOLDEN/serve 'yoke fetch --retries 0 --stall-timeout 0.3 $AT/hang/100000 $AT/hang/1000 $AT/chunkhang' 2>&1 | LC_ALL=C sort
| yoke fetch: 3 of 3 failed
| yoke fetch: http://127.0.0.1:PORT/chunkhang: not a byte for 0.3 s
| yoke fetch: http://127.0.0.1:PORT/hang/100000: not a byte for 0.3 s
| yoke fetch: http://127.0.0.1:PORT/hang/1000: not a byte for 0.3 s
$ $GOLDEN/serve 'yoke fetch --retries 1 --backoff 0.01 --timeout 0.2 $AT/mute'
!~ yoke fetch: http://127.0.0.1:PORT/mute: (Operation|Connection) timed out after [0-9]+ milliseconds.* \(2 tries\)
! yoke fetch: 1 of 1 failed
? 1
# Redirects without end, and to what is no web address.
$ $GOLDEN/serve 'yoke fetch --max-redirects 5 $AT/loop'
! yoke fetch: http://127.0.0.1:PORT/loop: Maximum (5) redirects followed
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve 'yoke fetch --max-redirects 0 $AT/loop'
! yoke fetch: http://127.0.0.1:PORT/loop: HTTP 302, a redirect
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve 'yoke fetch $AT/elsewhere'
! yoke fetch: http://127.0.0.1:PORT/elsewhere: Protocol "file" not supported or disabled in libcurl
! yoke fetch: 1 of 1 failed
? 1
# Too large, known at the beginning or only at the end.
$ $GOLDEN/serve 'yoke fetch -j 1 --max-size 1KiB $AT/ok/1025 $AT/chunked/1030 $AT/ok/1024'
! yoke fetch: http://127.0.0.1:PORT/ok/1025: the body has more than 1024 bytes
! yoke fetch: http://127.0.0.1:PORT/chunked/1030: the body has more than 1024 bytes
! yoke fetch: 2 of 3 failed
? 1
# A name that does not resolve; nobody there; another protocol; no address.
$ yoke fetch --retries 0 http://no-such-host.invalid/x
! yoke fetch: http://no-such-host.invalid/x: Could not resolve host: no-such-host.invalid
! yoke fetch: 1 of 1 failed
? 1
$ yoke fetch --retries 0 http://127.0.0.1:1/x 2>&1 | sed 's/after [0-9]* ms/after N ms/'
| yoke fetch: http://127.0.0.1:1/x: Failed to connect to 127.0.0.1 port 1 after N ms: Couldn't connect to server
| yoke fetch: 1 of 1 failed
# One that lets nobody in.
$ $GOLDEN/serve --full 'yoke fetch --retries 1 --backoff 0.01 --connect-timeout 0.2 $AT/x'
!~ yoke fetch: http://127.0.0.1:PORT/x: (Failed to connect .* Timeout was reached|Connection timed out .*) \(2 tries\)
! yoke fetch: 1 of 1 failed
? 1
$ yoke fetch --retries 0 gopher://127.0.0.1/x
! yoke fetch: gopher://127.0.0.1/x: Protocol "gopher" not supported or disabled in libcurl
! yoke fetch: 1 of 1 failed
? 1
# A certificate that nobody vouches for, one that is trusted, those for another name, and an old one.
$ $GOLDEN/serve --tls 'yoke fetch --retries 0 $AT/ok/5'
! yoke fetch: https://localhost:PORT/ok/5: SSL certificate problem: self-signed certificate
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve --tls 'yoke fetch --ca-file cert.pem $AT/ok/5'
$ $GOLDEN/serve --tls 'yoke fetch --retries 0 --ca-file cert.pem https://127.0.0.1:${AT##*:}/ok/5'
! yoke fetch: https://127.0.0.1:PORT/ok/5: SSL: no alternative certificate subject name matches target host name '127.0.0.1'
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve --elsewhere 'yoke fetch --ca-file cert.pem $AT/ok/5'
! yoke fetch: https://localhost:PORT/ok/5: SSL: no alternative certificate subject name matches target host name 'localhost'
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve --expired 'yoke fetch --ca-file cert.pem $AT/ok/5'
! yoke fetch: https://localhost:PORT/ok/5: SSL certificate problem: certificate has expired
! yoke fetch: 1 of 1 failed
? 1
$ $GOLDEN/serve --tls 'yoke fetch --ca-file nothing.pem $AT/ok/5'
! yoke fetch: https://localhost:PORT/ok/5: error setting certificate file: nothing.pem
! yoke fetch: 1 of 1 failed
? 1
# A wrong checksum is tried again, from the beginning.
$ $GOLDEN/serve 'echo $AT/ok/5 five sha256:0000000000000000000000000000000000000000000000000000000000000000 | yoke fetch --retries 1 --backoff 0.01 -'
! yoke fetch: http://127.0.0.1:PORT/ok/5: the checksum is 26a8ccb73711d258c230ec4321d8f6922cd051b2b803c030b4cf04de043099b6 and not 0000000000000000000000000000000000000000000000000000000000000000 (2 tries)
! yoke fetch: 1 of 1 failed
? 1
# Nothing half written is left of any of them.
$ ls | grep -v -e '[.]pem$' -e ^serve
| 1024
| 5
| openssl.log
| port
# All together have a deadline.
$ $GOLDEN/serve 'yoke fetch --deadline 0.3 $AT/mute'
! yoke fetch: at the deadline 1 of 1 addresses had not ended
? 1
# A full disk, while bodies are written and when a small one is whole; the others are fetched.
$ ln -s /dev/full big.part; ln -s /dev/full small.part; $GOLDEN/serve 'printf "%s/ok/200000 big\n%s/ok/7 small\n%s/ok/9 nine\n" $AT $AT $AT | yoke fetch -' 2>&1 | LC_ALL=C sort; ls big* small* nine*
| yoke fetch: 2 of 3 failed
| yoke fetch: http://127.0.0.1:PORT/ok/200000: cannot write big.part: No space left on device
| yoke fetch: http://127.0.0.1:PORT/ok/7: cannot write small.part: No space left on device
| nine
! ls: cannot access 'big*': No such file or directory
! ls: cannot access 'small*': No such file or directory
? 2
$ $GOLDEN/serve 'yoke fetch --log /dev/full $AT/ok/5'
! yoke fetch: the log /dev/full is not complete
? 1
