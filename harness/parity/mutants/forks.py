"""The client of `subjects/forkserver.py`: a worker for one mutant in milliseconds, asked many cases, then killed."""

from __future__ import annotations

import base64
import contextlib
import json
import marshal
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, Protocol, TypeVar

from parity.mutants.errors import MutantsError

__all__ = ["Answer", "Forkserver", "ImportFailedError", "RefusedError", "Request", "Session"]

_START_SECONDS = 120.0
_AHEAD = 24 * 1024
"""Bytes of requests sent ahead of their answers: a pipe holds more, so that sending them never blocks."""


class RefusedError(Exception):
    """This mutant cannot be swapped into functions that live already: it has to be imported."""


class ImportFailedError(Exception):
    """LangGraph could not be imported with this mutant in it: what it said, or that it never came to an end."""


class Request(Protocol):
    """What a session is asked: a line of the subject protocol, and the seconds that an answer may take."""

    @property
    def line(self) -> bytes:
        """The request, with its newline."""

    @property
    def limit(self) -> float:
        """Seconds to wait for the answer."""


R = TypeVar("R", bound=Request)


@dataclass(frozen=True)
class Answer:
    """What came back: the subject's line, or the verdict `timeout` or `abort` with its detail.

    `seconds` is wall time spent waiting for it. `reach` is what a traced session ran, by module.
    """

    text: str | None
    verdict: str
    detail: str
    seconds: float
    reach: dict[str, str] | None = None


class Forkserver:
    """One fork server and its sessions, one at a time. Raises MutantsError if it cannot be started."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process does
        # A child that is killed leaves its temporary files, and tests of upstream's never remove some of theirs.
        self._temporary = tempfile.TemporaryDirectory(prefix="parity-fork-", ignore_cleanup_errors=True)
        # PostgreSQL's own account must be able to enter what a child makes there for its server.
        Path(self._temporary.name).chmod(0o711)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={**(os.environ if env is None else env), "TMPDIR": self._temporary.name},
                cwd=folder,
                # Ctrl-C is for the one who asks; it ends this.
                start_new_session=True,
            )
        except OSError as error:
            self._temporary.cleanup()
            raise MutantsError(f"cannot start a fork server: {error}") from error
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._pump, daemon=True).start()
        hello = self.receive(_START_SECONDS)
        if hello is None or hello.get("forkserver") != 1:
            tail = self._tail()
            self.close()
            raise MutantsError(f"a fork server did not start: {tail}")
        self.hello = hello
        self.modules: list[str] = list(hello["modules"])

    @classmethod
    def of_cases(cls, mode: str) -> Forkserver:
        """The fork server of our own workers: `full` or `bare`."""
        env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        return cls((sys.executable, "-m", "parity.subjects.forkserver", mode), env=env)

    def __enter__(self) -> Forkserver:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def preload(self, modules: Iterable[str]) -> None:
        """Has modules imported before any session. Raises MutantsError if the server does not survive it."""
        self.send({"preload": list(modules)})
        if self.receive(_START_SECONDS) is None:
            raise MutantsError(f"a fork server did not survive its imports: {self._tail()}")

    def session(
        self, module: str | None = None, code: CodeType | None = None, *, trace: bool = False, **more: Any
    ) -> Session:
        """Forks a worker with this code in the module's place; upstream as it is without. `more` is part of the order.

        Raises RefusedError, ImportFailedError, or MutantsError if the server itself is gone.
        """
        text = None if code is None else base64.b64encode(marshal.dumps(code)).decode("ascii")
        self.send({"start": {"module": module, "code": text, "trace": trace, **more}})
        return Session(self)

    def close(self) -> None:
        """Ends the server and whatever it forked."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._stderr.close()
        self._temporary.cleanup()

    @property
    def idle(self) -> bool:
        """Whether the server sleeps and has no child: then it has said what it has to say.

        A server that is stopped, that waits for the processor, or whose child is not gone yet has not.
        """
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8", "replace")
            return stat.rpartition(")")[2].split()[0] == "S" and not _children(self._process.pid)
        except OSError:
            return False

    def send(self, message: dict[str, Any]) -> None:
        """One line to the server or its child."""
        self.write(json.dumps(message).encode("ascii") + b"\n")

    def write(self, data: bytes) -> None:
        """Bytes to the server or its child. Raises MutantsError if it is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise MutantsError(f"a fork server is gone: {error}") from error

    def line(self, seconds: float) -> bytes | None:
        """The next line, None after so many seconds. Raises MutantsError at the end of the server's output."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            raise MutantsError(f"a fork server has ended: {self._tail()}")
        return line

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message, None after so many seconds or at the end."""
        try:
            line = self.line(seconds)
        except MutantsError:
            return None
        return None if line is None else dict(json.loads(line))

    def _pump(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline():
                self._lines.put(line)
        self._lines.put(None)

    def _tail(self) -> str:
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing"


class Session:
    """A forked worker. Whatever it does, `close` brings the server back to where it forks the next."""

    _IMPORT_SECONDS = 60.0
    _ANSWER_SECONDS = 60.0
    _LOOK_SECONDS = 1.0
    _LOOKS = 5
    """A server that sleeps without a child so many times in a row, a look each `_LOOK_SECONDS`, does not speak."""

    _END_SECONDS = 600.0
    """Longer than the slowest machine takes to end a process."""

    def __init__(self, server: Forkserver) -> None:
        self._server = server
        self._ended = False
        self.cpu = 0.0
        self.pid = 0
        hello = self._hello()
        self.applied = str(hello.get("applied", ""))
        self.import_reach: dict[str, str] = dict(hello.get("reach", {}))
        if "refused" in hello:
            self.close()
            raise RefusedError(str(hello["refused"]))
        if "failure" in hello:
            self.close()
            raise ImportFailedError(str(hello["failure"]))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def run(self, requests: Iterable[R], *, trace: bool = False) -> Iterator[tuple[R, Answer]]:
        """Sends requests ahead and yields each with its answer, in order; a verdict is the last."""
        waiting: deque[R] = deque()
        ahead = 0
        source = iter(requests)
        following = next(source, None)
        while following is not None or waiting:
            while following is not None and (not waiting or ahead + len(following.line) <= _AHEAD):
                self._server.write(following.line)
                waiting.append(following)
                ahead += len(following.line)
                following = next(source, None)
            request = waiting.popleft()
            ahead -= len(request.line)
            answer = self._line(request.limit, trace=trace)
            yield request, answer
            if answer.verdict:
                return

    def modules(self) -> tuple[str, ...]:
        """What the worker has imported by now. Raises MutantsError if it does not say."""
        self._server.send({"modules": True})
        answer = self._line(self._ANSWER_SECONDS, trace=False)
        if answer.text is None:
            raise MutantsError(f"a worker does not say what it has imported: {answer.detail}")
        return tuple(json.loads(answer.text)["modules"])

    def results(self, limits: Iterable[float]) -> Iterator[Answer]:
        """What the worker writes unasked, a line for each of the limits, in seconds; a verdict is the last."""
        for limit in limits:
            answer = self._line(limit, trace=False)
            yield answer
            if answer.verdict:
                return

    def close(self) -> None:
        """Ends the worker and takes what it wrote; `cpu` is then what it took, in seconds of processor time."""
        if self._ended:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.pid:
                os.kill(self.pid, signal.SIGKILL)
        self._drain()

    def _hello(self) -> dict[str, Any]:
        """The worker's first line. What it printed in between, if a mutant makes it print, went elsewhere."""
        line = self._server.line(self._IMPORT_SECONDS)
        if line is None:
            # It hangs while it imports, and its id is not known: the server's children are this one alone.
            self.pid = _only_child(self._server._process.pid)
            self.close()
            raise ImportFailedError(f"no import within {self._IMPORT_SECONDS:g} s")
        hello = dict(json.loads(line))
        if "ended" in hello:
            self._finish(hello)
            raise ImportFailedError(f"the process ended while it imported ({hello['ended']})")
        self.pid = int(hello["pid"])
        return hello

    def _line(self, limit: float, *, trace: bool) -> Answer:
        began = time.perf_counter()
        line = self._server.line(limit)
        seconds = time.perf_counter() - began
        if line is None:
            self.close()
            return Answer(None, "timeout", f"no answer within {limit:g} s", seconds)
        if line.startswith(b'{"ended"'):
            self._finish(json.loads(line))
            return Answer(None, "abort", "the process ended", seconds)
        reach = None
        if trace:
            second = self._server.line(limit)
            reach = dict(json.loads(second or b"{}").get("reach", {}))
        return Answer(line.decode("ascii").rstrip("\n"), "", "", seconds, reach)

    def _drain(self) -> None:
        """Reads on until the server says that its child has ended.

        How long that takes is for the machine to say: the server is at fault only when it has nothing left to do.
        """
        deadline = time.monotonic() + self._END_SECONDS
        idle = 0
        while idle < self._LOOKS and time.monotonic() < deadline:
            line = self._server.line(self._LOOK_SECONDS)
            if line is not None and line.startswith(b'{"ended"'):
                self._finish(json.loads(line))
                return
            idle = idle + 1 if line is None and self._server.idle else 0
        raise MutantsError("a fork server does not hear of its child's end")

    def _finish(self, message: dict[str, Any]) -> None:
        self.cpu = float(message["cpu"])
        self._ended = True


def _only_child(pid: int) -> int:
    try:
        return _children(pid)[0]
    except (OSError, IndexError) as error:
        raise MutantsError(f"a fork server hangs, and has no child: {error}") from error


def _children(pid: int) -> list[int]:
    """The processes that a single-threaded process has forked and not yet waited for. Raises OSError."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
