"""A whole run: folder, journal, console, workers, report."""

from __future__ import annotations

import importlib
import importlib.util
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from parity.campaign.coordinator import Coordinator
from parity.campaign.events import Event, RunFinished
from parity.campaign.journal import Journal
from parity.campaign.plan import Plan
from parity.campaign.rundir import RunDir
from parity.campaign.stored import corpus_hash
from parity.oracle.provenance import collect


@dataclass(frozen=True)
class RunResult:
    """What a run left: its footer, its folder, and the report's path."""

    finished: RunFinished
    run_dir: RunDir
    report: Path


def execute(
    plan: Plan,
    reports: Path,
    fixtures: Path,
    command: str,
    show: Callable[[Event], None],
    *,
    known: Mapping[str, Any] | None = None,
) -> RunResult:
    """Runs a plan in a new folder under `reports`; `show` sees every event after it is on disk.

    `known` is added to the run's provenance.

    An interrupt (SIGINT, SIGTERM) ends the run early and the report is still written. Raises OSError if the folder
    cannot be made.
    """
    run_dir = RunDir.create(reports, plan.seed)
    with Journal(run_dir.events) as journal, _interruptible() as disarm:

        def emit(event: Event) -> None:
            journal(event)
            show(event)

        provenance = {**collect(), "corpus_hash": corpus_hash(fixtures), **(known or {})}
        finished = Coordinator(
            plan, run_dir, emit, command=command, fixtures=fixtures, provenance=provenance, disarm=disarm
        ).run()
        report = _report(run_dir)
    if finished.outcome in ("parity", "diverged", "flaky", "vacuous", "waivers", "aa_failed"):
        run_dir.drop_work()
    return RunResult(finished, run_dir, report)


def _report(run_dir: RunDir) -> Path:
    if importlib.util.find_spec("parity.report.build") is None:
        return run_dir.path
    path: Path = importlib.import_module("parity.report.build").build(run_dir.path)
    return path


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Makes SIGINT and SIGTERM end a run early, once; gives what says that the run has ended by itself or so.

    A second one, or one while the end is written down, changes nothing: the report is not to be lost to impatience.
    """
    armed = True

    def interrupt(_: int, __: FrameType | None) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise KeyboardInterrupt

    def disarm() -> None:
        nonlocal armed
        armed = False

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield disarm
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
