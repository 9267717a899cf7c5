#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that misbehaves as the path says, for tests.

    bad_server.py PORT_FILE [--tls CERTIFICATE KEY | --full]

It writes its port to PORT_FILE when it listens, and ends with its parent. With --full so many wait to be
let in that nobody else can connect. Bodies of N bytes are those
of body(N). The paths (a query makes addresses different):

    /ok/N            N bytes with an ETag; ranges are served
    /plain/N         without ETag and ranges
    /chunked/N       in chunks, so without a length
    /empty           no bytes
    /status/CODE     that code, and Retry-After: 0 with 503
    /after/TEXT      503 and Retry-After: TEXT
    /afterdate/S     503 and Retry-After with the date in S seconds
    /flaky/K/N       503 to the first K requests of this address, then N bytes
    /cut/K/N         the first K answers end half way through what they announced
    /toend/N         without a length: to the end of the connection
    /reset/K/N       so as well, but the first K connections are reset half way
    /chunkcut        chunks that end without the last one
    /chunkcut/K/N    so the first K times
    /chunkbad        chunks of which one has no size
    /chunkhang       chunks, then nothing
    /hang/N          half of the body, then nothing
    /hangonce/N      so the first time only
    /mute            no answer at all
    /loop            a redirect to itself
    /jump/N          a redirect to /ok/N
    /elsewhere       a redirect to file:///etc/passwd
    /wrongrange/N    cut the first time, then another range than was asked for
    /changes/N       cut the first time, then with another ETag: whoever resumes must begin anew
    /drip/N          N bytes, one each 0.05 s
    /slow/N          N bytes after 0.1 s
    /most            the most requests of /slow that were served at a time
    /count/PATH      how many requests for /PATH there were
"""

import ctypes
import os
import signal
import socket
import ssl
import struct
import sys
import threading
import time
from collections import Counter
from email.utils import formatdate

seen, lock = Counter(), threading.Lock()
slow = {"now": 0, "most": 0}


all_bytes = bytes((i * 7 + i // 251) % 256 for i in range(500000))


def body(n):
    return all_bytes[:n]


def read_request(stream):
    line = stream.readline().decode("latin-1").split()
    headers = {}
    while True:
        header = stream.readline().decode("latin-1").strip()
        if not header:
            break
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return (line[1] if len(line) > 1 else None), headers


class Answer:
    def __init__(self, out, headers):
        self.out, self.headers = out, headers

    def head(self, code, *lines):
        self.out.sendall("\r\n".join([f"HTTP/1.1 {code} X", *lines, "", ""]).encode())

    def whole(self, data, etag=None):
        """All of it, or the range that was asked for; sends `share` of what is announced."""
        return self.part(data, etag, 1)

    def part(self, data, etag, share, shift=0):
        begin = 0
        asked = self.headers.get("range", "")
        if etag and asked.startswith("bytes=") and self.headers.get("if-range", etag) == etag:
            begin = int(asked[6:].rstrip("-"))
        lines = [f'ETag: {etag}'] if etag else []
        if begin >= len(data) > 0:
            self.head(416, f"Content-Range: bytes */{len(data)}", "Content-Length: 0")
            return
        if begin:
            first = begin + shift
            lines.append(f"Content-Range: bytes {first}-{len(data) - 1}/{len(data)}")
        rest = data[begin:]
        self.head(206 if begin else 200, f"Content-Length: {len(rest)}", *lines)
        self.out.sendall(rest[: int(len(rest) * share)])

    def chunked(self, data, last=True):
        self.head(200, "Transfer-Encoding: chunked")
        for i in range(0, len(data), 1000):
            piece = data[i : i + 1000]
            self.out.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if last:
            self.out.sendall(b"0\r\n\r\n")

    def unmeasured(self, data):
        self.head(200, "Connection: close")
        self.out.sendall(data)

    def reset(self):
        """The connection is closed so that the other side is told of an error."""
        self.out.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.out.detach())


def serve(path, answer, times):
    """Answers one request; whether the connection can be used again."""
    kind, *numbers = path.split("?")[0].strip("/").split("/")
    n = int(numbers[-1]) if numbers and numbers[-1].isdigit() else 0
    if kind == "ok":
        answer.whole(body(n), '"one"')
    elif kind == "plain":
        answer.whole(body(n))
    elif kind == "empty":
        answer.whole(b"")
    elif kind == "chunked":
        answer.chunked(body(n))
    elif kind == "chunkcut":
        again = len(numbers) < 2 or times <= int(numbers[0])
        answer.chunked(body(n or 3000), last=not again)
        return not again
    elif kind == "chunkbad":
        answer.chunked(body(3000), last=False)
        answer.out.sendall(b"none\r\n")
    elif kind == "chunkhang":
        answer.chunked(body(3000), last=False)
        time.sleep(1000)
    elif kind == "toend":
        answer.unmeasured(body(n))
        return False
    elif kind == "reset":
        again = times <= int(numbers[0])
        answer.unmeasured(body(n // 2 if again else n))
        if again:
            answer.reset()
        return False
    elif kind in ("after", "afterdate"):
        when = numbers[0] if kind == "after" else formatdate(time.time() + int(numbers[0]), usegmt=True)
        answer.head(503, f"Retry-After: {when}", "Content-Length: 0")
    elif kind == "status":
        answer.head(n, "Content-Length: 5", *(["Retry-After: 0"] if n == 503 else []))
        answer.out.sendall(b"sorry")
    elif kind == "flaky":
        if times <= int(numbers[0]):
            answer.head(503, "Content-Length: 0")
        else:
            answer.whole(body(n))
    elif kind == "cut":
        again = times <= int(numbers[0])
        answer.part(body(n), '"one"', 0.5 if again else 1)
        return not again
    elif kind in ("hang", "hangonce"):
        if kind == "hang" or times == 1:
            answer.part(body(n), '"one"', 0.5)
            time.sleep(1000)
        answer.whole(body(n), '"one"')
    elif kind == "mute":
        time.sleep(1000)
    elif kind == "loop":
        answer.head(302, "Location: /loop", "Content-Length: 0")
    elif kind == "jump":
        answer.head(301, f"Location: /ok/{n}", "Content-Length: 0")
    elif kind == "elsewhere":
        answer.head(302, "Location: file:///etc/passwd", "Content-Length: 0")
    elif kind == "wrongrange":
        answer.part(body(n), '"one"', 0.5 if times == 1 else 1, shift=1)
        return times > 1
    elif kind == "changes":
        answer.part(body(n), f'"{times}"', 0.5 if times == 1 else 1)
        return times > 1
    elif kind == "drip":
        answer.head(200, f"Content-Length: {n}")
        for i in range(n):
            answer.out.sendall(body(n)[i : i + 1])
            time.sleep(0.05)
    elif kind == "slow":
        with lock:
            slow["now"] += 1
            slow["most"] = max(slow["most"], slow["now"])
        time.sleep(0.1)
        with lock:
            slow["now"] -= 1
        answer.whole(body(n))
    elif kind == "most":
        answer.whole(str(slow["most"]).encode())
    elif kind == "count":
        answer.whole(str(seen["/" + "/".join(numbers)]).encode())
    else:
        answer.head(404, "Content-Length: 0")
    return True


def talk(connection, tls):
    try:
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        stream = connection.makefile("rb")
        while True:
            path, headers = read_request(stream)
            if not path:
                break
            with lock:
                seen[path] += 1
                times = seen[path]
            if not serve(path, Answer(connection, headers), times):
                break
    except OSError:
        pass
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


def main():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    tls = None
    if "--tls" in sys.argv:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*sys.argv[3:5])
    full = "--full" in sys.argv
    listener = socket.create_server(("127.0.0.1", 0), backlog=0 if full else 256)
    waiting = [socket.socket() for _ in range(4 if full else 0)]
    for client in waiting:
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    while full:
        time.sleep(1000)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=talk, args=(connection, tls), daemon=True).start()


main()
