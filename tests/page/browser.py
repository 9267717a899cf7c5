# SPDX-License-Identifier: Apache-2.0
"""Drives a headless Chromium through a pipe, with the DevTools protocol and nothing but Python.

    with Browser() as browser:
        page = browser.open("file:///tmp/page.html", dark=True)
        page.value("document.title")

A page keeps what went wrong in it: requests, exceptions, messages of the console.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
    "--disable-background-networking", "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
PATIENCE = 300  # seconds for an answer


class Missing(Exception):
    """There is no browser on this machine."""


def find():
    for name in NAMES:
        if shutil.which(name):
            return shutil.which(name)
    raise Missing("no Chromium found; install it with: scripts/deps test")


class Browser:
    def __init__(self):
        program = find()
        self.folder = tempfile.TemporaryDirectory(prefix="yoke-browser-")
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()
        # The protocol reads from descriptor 3 and writes to 4.
        command = ["sh", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "sh", program, *FLAGS]
        command += [f"--user-data-dir={self.folder.name}", "about:blank"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, pass_fds=(theirs_in, theirs_out), **silent)
        os.close(theirs_in)
        os.close(theirs_out)
        self.number, self.bytes, self.pages = 0, b"", {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.to)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.back)
        shutil.rmtree(self.folder.name, ignore_errors=True)

    def read(self):
        while b"\0" not in self.bytes:
            ready, _, _ = select.select([self.back], [], [], PATIENCE)
            more = os.read(self.back, 1 << 16) if ready else b""
            if not more:
                raise RuntimeError("the browser ended" if ready else "the browser does not answer")
            self.bytes += more
        message, self.bytes = self.bytes.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message and message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].note(message["method"], message["params"])
        return message

    def ask(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def open(self, url, width=1200, height=900, dark=False):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session, target)
        page.look(width, height, dark)
        page.go(url)
        return page

    def close_pages(self):
        for page in list(self.pages.values()):
            self.ask("Target.closeTarget", targetId=page.target)
        self.pages = {}


def described(exception):
    return exception.get("exception", {}).get("description", exception["text"])


class Page:
    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.requests, self.wrong, self.loaded = [], [], False
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.wrong.append(described(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.wrong.append(" ".join(str(each.get("value")) for each in params["args"]))
        elif method == "Log.entryAdded":
            self.wrong.append(params["entry"]["text"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def look(self, width, height=900, dark=False, medium=""):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=medium, features=[scheme])
        self.settle()

    def go(self, url):
        self.ask("Page.navigate", url=url)
        while not self.loaded:
            self.browser.read()
        self.settle()

    def settle(self):
        """Waits for two frames: what is drawn when its size is known has been drawn by then."""
        frame = "await new Promise(requestAnimationFrame)"
        self.value(f"(async () => {{ {frame}; {frame}; }})()")

    def value(self, expression):
        how = {"returnByValue": True, "awaitPromise": True}
        answer = self.ask("Runtime.evaluate", expression=expression, **how)
        if "exceptionDetails" in answer:
            raise RuntimeError(described(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key):
        code, text = {"Enter": (13, "\r"), "Tab": (9, "")}[key]
        named = {"key": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    def mouse(self, kind, x, y):
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, path):
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
