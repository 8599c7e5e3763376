"""A Chromium without a window that stays open: told what to do through a pipe, page after page.

Its DevTools protocol: one JSON object a message, a zero byte behind each, in on descriptor 3, out on 4. One
start for all pictures, since a start costs far more than a picture.
"""

import base64
import json
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS_MOST = 120
SIZE = (1440, 1000)
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_TO_THE_PIPE = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1'
"""What a shell does so that our pipes to it become the two descriptors the browser listens and speaks on."""


class Chromium:
    """A running browser with one page."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._writing, self._reading = process.stdin.fileno(), process.stdout.fileno()
        self._read, self._asked, self._session = b"", 0, ""
        page = self._ask("Target.createTarget", url="about:blank")
        attached = self._ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        self._ask("Page.enable")
        width, height = SIZE
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def draw(self, address: str, file: Path) -> None:
        """Open an address, wait until all of the page is there, and keep what it shows."""
        opened = self._ask("Page.navigate", url=address)
        assert "errorText" not in opened, (address, opened)
        while self._next().get("method") != "Page.loadEventFired":
            pass
        file.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._asked:
            pass
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        """Read the next message: an answer, or something that happened."""
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._reading], [], [], SECONDS_MOST)
            assert ready, f"the browser said nothing for {SECONDS_MOST} seconds"
            read = os.read(self._reading, 1 << 20)
            assert read, "the browser ended"
            self._read += read
        message, _, self._read = self._read.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


@contextmanager
def opened_browser(program: str, profile: Path) -> Iterator[Chromium]:
    """Run a browser with a profile of its own for a while."""
    width, height = SIZE
    options = [*_OPTIONS, f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"]
    command = ["/bin/sh", "-c", _TO_THE_PIPE, program, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Chromium(process)
        finally:
            process.terminate()
