"""One suite of upstream's, run once on one backend in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parity.suites import postgres, savers, source, witness
from parity.suites.definition import Suite
from parity.suites.errors import SuiteError
from parity.suites.outcomes import RECORD, Outcomes, read
from parity.suites.witness import Evidence

__all__ = ["BACKENDS", "Limits", "Run", "run", "surroundings"]

BACKENDS = ("python", "rust")

_FOREIGN = ("LANGGRAPH_", "LANGSMITH_", "LANGCHAIN_", "PYTEST_", "NO_DOCKER", "PG")
"""Variables of the caller's that would change what upstream's tests do; they are left out."""

_AFTER_ABORT_SECONDS = 15.0


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds: one test, and the whole run; and how many processes run tests.

    0 jobs: pytest runs them in its own process, and a crash ends the run; else xdist goes on in another process.
    """

    test_seconds: float = 180.0
    run_seconds: float = 2700.0
    jobs: int = 2


@dataclass(frozen=True)
class Run:
    """What came of a run. `arguments` are pytest's of the user: with any, it was not the whole suite.

    `testimony` is None on Python. `stopped` says that the run took longer than it may and was ended.
    """

    suite: Suite
    backend: str
    arguments: tuple[str, ...]
    outcomes: Outcomes
    testimony: Evidence | None
    seconds: float
    stopped: bool
    log: Path

    @property
    def finished(self) -> bool:
        """Whether pytest came to its end: 0 all passed, 1 some failed."""
        return self.outcomes.status in (0, 1)


def run(suite: Suite, backend: str, *, cache: Path, log: Path, limits: Limits, arguments: tuple[str, ...] = ()) -> Run:
    """Fetches the suite, unpacks it into a folder of its own and runs it there; pytest's output goes to `log`.

    Raises SuiteError if it cannot be begun. Whatever the tests do, crashes and hangs included, ends in a Run.
    """
    archive = source.fetch(suite.source, cache)
    with tempfile.TemporaryDirectory(prefix="parity-suite-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        work = folder / "suite"
        work.mkdir()
        source.unpack(archive, work)
        places = ["tests"]
        if suite.savers:
            places.append(savers.install(work))
        with _database(suite) as uri:
            environment = _environment(suite, backend, folder, uri)
            record = Path(environment[RECORD])
            command = _command(suite, limits, arguments, places)
            began = time.monotonic()
            stopped = _execute(command, work, environment, log, limits.run_seconds)
            seconds = time.monotonic() - began
        lines = record.read_text("utf-8", "replace").splitlines() if record.exists() else []
        outcomes = read(lines, test_seconds=limits.test_seconds, ended=time.time())
        testimony = witness.collect(folder) if backend == "rust" else None
    if not outcomes.results and not stopped:
        raise SuiteError(f"pytest ran nothing of suite {suite.name}: {_last_line(log)} (all of it: {log})")
    return Run(suite, backend, arguments, outcomes, testimony, round(seconds, 1), stopped, log)


def _command(suite: Suite, limits: Limits, arguments: tuple[str, ...], places: list[str]) -> tuple[str, ...]:
    # A test over its time ends its process, with the stack of every thread in the log. Under xdist that is a worker,
    # and the rest of the tests go on in another; so there is one worker even where tests may not run side by side.
    jobs = min(limits.jobs, 1) if suite.serial else limits.jobs
    return (
        *(sys.executable, "-m", "pytest", "-p", "parity.suites.recorder", "-p", "no:cacheprovider"),
        *("-o", f"faulthandler_timeout={limits.test_seconds:g}", "-o", "faulthandler_exit_on_timeout=true"),
        *(("-n", str(jobs), "--dist", "worksteal", "--max-worker-restart", "20") if jobs else ()),
        *("--color=no", "-q", *(arguments or ()), *([] if _names_tests(arguments) else places)),
    )


def _names_tests(arguments: tuple[str, ...]) -> bool:
    return any(argument.startswith(("tests/", "savers/")) for argument in arguments)


def _environment(suite: Suite, backend: str, folder: Path, uri: str | None) -> dict[str, str]:
    return {
        **surroundings(suite),
        **({savers.URI: uri} if uri else {}),
        **(witness.environment(folder) if backend == "rust" else {}),
        RECORD: str(folder / "record.jsonl"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def surroundings(suite: Suite) -> dict[str, str]:
    """The environment of a suite's processes: nothing of the caller's that would change what upstream's tests do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    # The order of sets of strings decides what some tests see; the same on both sides, and in a rerun.
    return {**kept, **suite.env, "PYTHONHASHSEED": "0"}


@contextlib.contextmanager
def _database(suite: Suite) -> Iterator[str | None]:
    if suite.postgres is None:
        yield None
        return
    with postgres.server(suite.postgres) as uri:
        yield uri


def _execute(command: tuple[str, ...], work: Path, environment: dict[str, str], log: Path, seconds: float) -> bool:
    """Runs pytest to its end or to its limit; returns whether it had to be stopped. Nothing it started outlives it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            # pytest's faulthandler writes the stacks of all threads on this signal.
            _signal(process, signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_AFTER_ABORT_SECONDS)
            return True
        finally:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it printed nothing"
