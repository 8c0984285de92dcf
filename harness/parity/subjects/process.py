"""A subject as a process of its own: started, asked, timed, killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import IO

from parity.cases.model import Case
from parity.subjects.lines import Lines
from parity.subjects.protocol import (
    Hello,
    ProtocolError,
    Reply,
    observation_text,
    parse_hello,
    parse_reply,
    same_reply,
)

__all__ = ["SubjectProcess", "SubjectSpec", "SubjectStartError"]

_START_TIMEOUT = 120.0
_STDERR_TAIL = 2000
_MAX_LINE = 256 * 1024 * 1024
_PIPED = 48 * 1024
"""Bytes of requests sent ahead of their answers: fewer than a pipe holds, so that sending them never blocks."""


class SubjectStartError(RuntimeError):
    """A subject that could not be started at all: an environment to mend, not a verdict."""


@dataclass(frozen=True)
class SubjectSpec:
    """How to start a subject: its name, its command line, what it adds to the environment.

    `expected` are versions: where the subject names another one for such a package when it greets, it is not started.
    """

    name: str
    command: tuple[str, ...]
    env: dict[str, str]
    expected: dict[str, str] = field(default_factory=dict)


class SubjectProcess:
    """Runs cases in one subject process, one at a time.

    `timeout` is seconds per case; `hash_seed` becomes the process's PYTHONHASHSEED. After a verdict that leaves the
    process in an unknown state (timeout, abort, protocol, panic) it is killed and the next case starts another.
    Raises SubjectStartError when the process does not greet.
    """

    def __init__(self, spec: SubjectSpec, *, timeout: float = 20.0, hash_seed: int = 0) -> None:
        self.spec = spec
        self.timeout = timeout
        self.hash_seed = hash_seed
        self._next_id = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Lines | None = None
        self._stderr: IO[bytes] | None = None
        self.hello = self._start()

    def __enter__(self) -> SubjectProcess:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id, while one is running."""
        return self._process.pid if self._process is not None else None

    def run(self, case: Case) -> Reply:
        """Sends one case and waits for its answer. Whatever the subject does ends in a Reply."""
        return self.run_many((case,))[0]

    def run_many(self, cases: Sequence[Case], like: Sequence[Reply] = (), *, limit: float | None = None) -> list[Reply]:
        """Sends cases ahead and gathers their answers; never none for one case or more. `limit` is less patience.

        The answers are those to the first so many cases: fewer than were asked where they are too long to be sent
        ahead, and where the subject did not survive one, whose verdict is then the last. `like` are another side's
        replies to the same cases: an observation of the same text is not read again, but is theirs.
        """
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        first = self._next_id + 1
        requests = self._requests(cases)
        started = time.perf_counter()
        try:
            process.stdin.write(b"".join(requests))
            process.stdin.flush()
        except OSError:
            # What it answered before it ended is still to be read; the first case without an answer ended it.
            pass
        # All answers are waited for before any is read, so that the seconds are those of the subject's work.
        heard: list[tuple[bytes | Reply, float]] = []
        for number in range(first, first + len(requests)):
            said, seconds = self._hear(started, self.timeout if limit is None else min(limit, self.timeout))
            heard.append((said, seconds))
            started = time.perf_counter()
            if isinstance(said, Reply) or said.startswith(b'{"id":%d,"failure":{"kind":"panic"' % number):
                break
        replies: list[Reply] = []
        for number, (case, (said, seconds)) in enumerate(zip(cases, heard, strict=False), first):
            known = like[number - first] if like else None
            replies.append(self._read(said, number, case, seconds, known) if isinstance(said, bytes) else said)
            if replies[-1].status in ("protocol", "panic"):
                self._kill()
                break
        return replies

    def _requests(self, cases: Sequence[Case]) -> list[bytes]:
        requests: list[bytes] = []
        size = 0
        for case in cases:
            request = b'{"id":%d,"case":%s}' % (self._next_id + 1, case.text.encode("ascii"))
            size += len(request) + 1
            if requests and size > _PIPED:
                break
            self._next_id += 1
            requests.append(request + b"\n")
        return requests

    def _hear(self, started: float, limit: float) -> tuple[bytes | Reply, float]:
        """The next line and the seconds it took, or the verdict that there is none; then the process is gone."""
        assert self._lines is not None
        try:
            line = self._lines.next(limit)
        except TimeoutError:
            self._kill()
            seconds = time.perf_counter() - started
            return Reply("timeout", None, f"no answer within {limit:g} s", seconds), seconds
        if line is None:
            return self._died(started), 0.0
        return line, time.perf_counter() - started

    def _read(self, line: bytes, number: int, case: Case, seconds: float, known: Reply | None) -> Reply:
        """What a line says. A subject that says what is no answer, or panics, is in an unknown state."""
        same = None if known is None else same_reply(line, number, known, seconds)
        if same is not None:
            return same
        try:
            return replace(
                parse_reply(json.loads(line), number, case.kind, seconds), text=observation_text(line, number)
            )
        except (ProtocolError, ValueError, RecursionError) as error:
            return Reply("protocol", None, str(error), seconds)

    def close(self) -> None:
        """Ends the process: end of input first, then a kill."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2.0)
        self._kill()

    def _start(self) -> Hello:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process does
        env = {**os.environ, **self.spec.env, "PYTHONHASHSEED": str(self.hash_seed)}
        try:
            process = subprocess.Popen(
                self.spec.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, env=env
            )
        except OSError as error:
            raise SubjectStartError(f"cannot start subject {self.spec.name!r}: {error}") from error
        self._process = process
        assert process.stdout is not None
        self._lines = Lines(process.stdout.fileno(), _MAX_LINE)
        try:
            line = self._lines.next(_START_TIMEOUT)
        except TimeoutError:
            line = None
        if line is None:
            tail = self._stderr_tail()
            self._kill()
            raise SubjectStartError(f"subject {self.spec.name!r} did not start: {_last_line(tail) or 'no output'}")
        try:
            hello = parse_hello(json.loads(line))
        except ValueError as error:
            self._kill()
            raise SubjectStartError(f"subject {self.spec.name!r} did not greet: {error}") from error
        for name, wanted in self.spec.expected.items():
            if (found := hello.versions.get(name, wanted)) != wanted:
                self._kill()
                raise SubjectStartError(f"subject {self.spec.name!r} runs {name} {found}, not {wanted}")
        return hello

    def _died(self, started: float) -> Reply:
        process = self._process
        assert process is not None
        try:
            code = process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            code = None
        tail = self._stderr_tail()
        self._kill()
        return Reply(
            "abort", None, f"{_exit_text(code)}; {tail or 'nothing on standard error'}", time.perf_counter() - started
        )

    def _stderr_tail(self) -> str:
        if self._stderr is None:
            return ""
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _STDERR_TAIL))
        return self._stderr.read().decode("utf-8", "replace").strip()

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None


def _exit_text(code: int | None) -> str:
    if code is None:
        return "closed its output without exiting"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exited with code {code}"


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
