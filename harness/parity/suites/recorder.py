"""A pytest plugin that writes down what became of every test: `-p parity.suites.recorder`.

It decides nothing and changes nothing. Each process of the run (with xdist, the controller and its workers) appends
lines of JSON to the file that PARITY_SUITES_RECORD names, each in one write, so that what was written survives a crash:

    {"event": "collected", "ids": […]}            what a process is going to run
    {"event": "deselected", "ids": […]}           what a filter took out
    {"event": "unread", "id", "outcome", "text"}  a module that was skipped or failed when it was imported
    {"event": "start", "id", "at"}                a test begins; seconds of the wall clock
    {"event": "phase", "id", "when", "outcome", "expected", "seconds", "text", "at", "notes"}
                                                  setup, call or teardown ended; "expected": under an xfail mark
    {"event": "end", "status"}                    the process ends by itself, with pytest's exit status
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest

from parity.suites.outcomes import RECORD

__all__ = ["pytest_configure"]

_MAX_TEXT = 6000


def pytest_configure(config: pytest.Config) -> None:
    """pytest's hook: starts recording in this process, if the run asks for it."""
    # Upstream marks some tests for pytest-retry, which is left out: a retry hides a failure. Its mark is idle.
    config.addinivalue_line("markers", "flaky(retries): upstream's mark for a plugin that is not used here")
    path = os.environ.get(RECORD)
    if path:
        config.pluginmanager.register(_Recorder(path, worker=hasattr(config, "workerinput")), "parity-recorder")


class _Recorder:
    def __init__(self, path: str, *, worker: bool) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._worker = worker

    def _write(self, event: str, **data: Any) -> None:
        os.write(self._file, json.dumps({"event": event, **data}).encode() + b"\n")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        # xdist's controller collects nothing itself.
        if session.items or self._worker:
            self._write("collected", ids=[item.nodeid for item in session.items])

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._write("deselected", ids=[item.nodeid for item in items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self._write("unread", id=report.nodeid, outcome=report.outcome, text=_text(report))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write("start", id=nodeid, at=time.time(), worker=self._worker)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._worker:
            return  # the controller hears of it, and of the end of a worker that crashed
        self._write(
            "phase",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            expected=hasattr(report, "wasxfail"),
            seconds=round(report.duration, 4),
            text="" if report.outcome == "passed" else _text(report),
            at=time.time(),
            notes=[[str(key), value] for key, value in report.user_properties if isinstance(value, str | int | list)],
        )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if not self._worker:
            self._write("end", status=int(exitstatus))


def _text(report: pytest.CollectReport | pytest.TestReport) -> str:
    """Why it did not pass, the end of it: there the exception stands."""
    if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = report.longreprtext[-_MAX_TEXT:]
    return f"{crash.message}\n{text}" if crash is not None else text
