"""Debian's Chromium, driven over its DevTools pipe: no driver, no port, no package to install.

The browser reads commands from its file descriptor 3 and writes answers and events to 4, JSON objects that end in a
zero byte (https://chromedevtools.github.io/devtools-protocol/).
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--remote-debugging-pipe",
)


class BrowserError(AssertionError):
    """The browser is missing, does not answer, or answers with an error."""


def find() -> str:
    """The path of a Chromium. Raises BrowserError that says what to install."""
    wanted = os.environ.get("PARITY_CHROMIUM")
    for name in (wanted,) if wanted else _NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise BrowserError(
        "no Chromium found: install it (Debian, Ubuntu: `apt-get install chromium`) or name one in PARITY_CHROMIUM"
    )


class Page:
    """One tab. Everything the page tried to load, wrote to the console or threw is kept."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends one command to the tab and waits for its answer."""
        return self._browser.call(method, params, self._session)

    def open(self, url: str) -> None:
        """Goes to the page and waits until it has loaded."""
        answer = self.call("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")
        self._browser.wait_for("Page.loadEventFired", self._session)

    def go_offline(self) -> None:
        """Cuts the network off."""
        offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.call("Network.emulateNetworkConditions", **offline)

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, promises awaited. Raises BrowserError if it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def seen(self, selector: str = "body") -> str:
        """The text of an element as it is rendered: what is hidden or folded away is not in it."""
        text = self.run(f"document.querySelector({json.dumps(selector)}).innerText")
        if not isinstance(text, str):
            raise BrowserError(f"{selector} has no text")
        return text

    def click(self, selector: str) -> None:
        """A click of the mouse in the middle of an element, as a person does it."""
        point = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center', "
            "behavior: 'instant'}); const r = e.getBoundingClientRect(); "
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=point[0], y=point[1], button="left", clickCount=1)

    def press(self, key: str, code: int, text: str = "") -> None:
        """A key pressed and let go."""
        same = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **same)
        self.call("Input.dispatchKeyEvent", type="keyUp", **same)

    def requests(self) -> list[str]:
        """Every URL the page asked for, the page itself first."""
        sent = self._browser.events("Network.requestWillBeSent", self._session)
        return [str(params["request"]["url"]) for params in sent]

    def complaints(self) -> list[str]:
        """Console errors and warnings, log entries (a blocked request or style is one) and uncaught exceptions."""
        own = self._session
        console = [
            json.dumps(params["args"])
            for params in self._browser.events("Runtime.consoleAPICalled", own)
            if params["type"] in ("error", "warning", "assert")
        ]
        log = [str(params["entry"]["text"]) for params in self._browser.events("Log.entryAdded", own)]
        thrown = [
            json.dumps(params["exceptionDetails"]) for params in self._browser.events("Runtime.exceptionThrown", own)
        ]
        return console + log + thrown


class Browser:
    """A running Chromium."""

    def __init__(self, commands: int, answers: int, timeout: float) -> None:
        self._commands = commands
        self._answers = answers
        self._timeout = timeout
        self._next = 0
        self._buffer = b""
        self._events: list[tuple[str, str | None, dict[str, Any]]] = []

    def new_page(self) -> Page:
        """A new empty tab."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, str(session))

    def call(self, method: str, params: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """Sends one command and waits for its answer; events that come meanwhile are kept."""
        self._next += 1
        wanted = self._next
        message: dict[str, Any] = {"id": wanted, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data) :]
        deadline = time.monotonic() + self._timeout
        while True:
            got = self._read(deadline, method)
            if got.get("id") == wanted:
                if "error" in got:
                    raise BrowserError(f"{method}: {got['error']}")
                result: dict[str, Any] = got["result"]
                return result

    def wait_for(self, name: str, session: str) -> None:
        """Waits until the event has come once."""
        deadline = time.monotonic() + self._timeout
        while not self.events(name, session):
            self._read(deadline, name)

    def events(self, name: str, session: str) -> list[dict[str, Any]]:
        """The events of that name so far."""
        return [params for event, of, params in self._events if event == name and of == session]

    def _read(self, deadline: float, what: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(deadline - time.monotonic(), 0))
            chunk = os.read(self._answers, 1 << 16) if ready else b""
            if not chunk:
                raise BrowserError(f"Chromium {'ended' if ready else 'gave no answer in time'} ({what})")
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\0", 1)
        got: dict[str, Any] = json.loads(line)
        if "method" in got:
            self._events.append((got["method"], got.get("sessionId"), got["params"]))
        return got


@contextmanager
def chromium(timeout: float = 60.0) -> Iterator[Browser]:
    """A headless Chromium with a profile of its own, ended with all its processes. Raises BrowserError."""
    path = find()
    command_reader, command_writer = os.pipe()
    answer_reader, answer_writer = os.pipe()
    with tempfile.TemporaryDirectory(prefix="parity-chromium-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "stderr.txt"
        # A shell puts the pipes where Chromium expects them, without a hook between fork and exec.
        script = f'exec 3<&{command_reader} 4>&{answer_writer}; exec "$@"'
        with log.open("wb") as errors:
            process = subprocess.Popen(
                ["/bin/bash", "-c", script, "chromium", path, *_FLAGS, f"--user-data-dir={folder}/profile"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(command_reader, answer_writer),
                start_new_session=True,
            )
        os.close(command_reader)
        os.close(answer_writer)
        try:
            yield Browser(command_writer, answer_reader, timeout)
        except BrowserError as error:
            tail = " ".join(log.read_text(errors="replace").split())[-600:]
            raise BrowserError(f"{error}; Chromium wrote: {tail}") from error
        finally:
            os.close(command_writer)
            os.close(answer_reader)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
