"""`parity upstream`: upstream's own test suites, unchanged, against plain Python and against the Rust backend."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from parity.cli.errors import DIVERGED, PARITY, UserError
from parity.cli.options import REPORTS, default_workers, positive_float, workers

if TYPE_CHECKING:
    from parity.suites.definition import Suite
    from parity.suites.table import Row

CACHE = Path(".cache") / "upstream"
"""Where fetched source distributions and Python's results are kept, unless `--cache` says otherwise."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "upstream",
        help="run upstream's own test suites on the Rust backend",
        description="Fetches upstream's source distributions by hash and runs their tests unchanged, on plain Python "
        "and on the Rust backend under its witness. What follows `--` goes to pytest: the run is then a part of the "
        "suite, and proves as much. Exit code 0: all that passes on Python passes on Rust; 1: it does not, or Rust was "
        "not at work; 2: bad input or environment.",
    )
    parser.add_argument(
        "--suite", action="append", default=[], metavar="NAME", help="a suite by name, or all (the default); repeatable"
    )
    parser.add_argument(
        "--backend",
        choices=("python", "rust", "both"),
        default="both",
        help="python: only the yardstick; rust: measured against Python's result, from the cache if it is there; "
        "both: the same with Python's result computed anew (the default)",
    )
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="processes that run tests (default: all cores)")
    parser.add_argument(
        "--test-timeout", type=positive_float, default=180.0, metavar="T", help="seconds per test (default: 180)"
    )
    parser.add_argument(
        "--timeout",
        type=positive_float,
        default=2700.0,
        metavar="T",
        help="seconds per suite and backend (default: 2700)",
    )
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"what was fetched (default: {CACHE})")
    parser.add_argument("--out", type=Path, default=REPORTS, metavar="DIR", help="folder of results (default: reports)")
    parser.add_argument("pytest", nargs="*", metavar="PYTEST", help="after --: pytest's own arguments")
    parser.set_defaults(handler=_upstream)


def _jobs(text: str) -> int:
    """A number of processes; 0 for pytest's own."""
    return 0 if text == "0" else workers(text)


def _upstream(arguments: argparse.Namespace) -> int:
    from parity.suites.definition import load
    from parity.suites.environment import require_backend, require_environment
    from parity.suites.errors import SuiteError
    from parity.suites.measure import Order, measure
    from parity.suites.run import Limits
    from parity.suites.table import show

    jobs = default_workers() if arguments.jobs is None else arguments.jobs
    folder = arguments.out / time.strftime("upstream-%Y%m%d-%H%M%S", time.gmtime())
    order = Order(
        backend=arguments.backend,
        limits=Limits(arguments.test_timeout, arguments.timeout, jobs),
        pytest=tuple(arguments.pytest),
        cache=arguments.cache,
        folder=folder,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    rows: list[Row] = []
    trouble: list[str] = []
    try:
        suites = _chosen(arguments.suite, load())
        require_environment()
        if arguments.backend != "python":
            require_backend()
        with _ended_in_order():
            for suite in suites:
                # One suite that cannot be run does not take the results of the others with it.
                try:
                    rows += measure(suite, order)
                except SuiteError as error:
                    trouble.append(str(error))
        if rows:
            show(rows)
            _write(folder / "results.json", rows)
            print(f"results  {folder / 'results.json'}")
    except SuiteError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"cannot write the results: {error}") from error
    if trouble:
        raise UserError("; ".join(trouble))
    return DIVERGED if any(row.verdict is not None and not row.verdict.good for row in rows) else PARITY


def _chosen(names: list[str], known: dict[str, Suite]) -> list[Suite]:
    wanted = [part for name in names for part in name.split(",")] or ["all"]
    for name in wanted:
        if name not in known and name != "all":
            raise UserError(f"unknown suite {name!r}; known: {', '.join(known)}, all")
    return [suite for name, suite in known.items() if name in wanted or "all" in wanted]


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """A request to end (nox's, a shell's) ends this as Ctrl-C does, or a database server would stay behind."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _write(path: Path, rows: list[Row]) -> None:
    from parity.triage.files import write_atomic

    write_atomic(path, (json.dumps([_data(row) for row in rows], indent=1, ensure_ascii=False) + "\n").encode())


def _data(row: Row) -> dict[str, object]:
    verdict, testimony = row.verdict, row.testimony
    return {
        "suite": row.suite,
        "backend": row.backend,
        "seconds": row.seconds,
        "counts": dict(row.outcomes.counts()),
        "objections": list(verdict.objections) if verdict else [],
        "differences": [asdict(difference) for difference in verdict.differences] if verdict else [],
        "witness": asdict(testimony) if testimony else None,
        "tests": {test: asdict(result) for test, result in row.outcomes.results.items()},
    }
