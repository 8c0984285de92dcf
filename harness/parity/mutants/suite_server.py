"""Upstream's own tests as a fork server, in a process of pytest: `python -m parity.mutants.suite_server full|bare`.

The protocol is that of `subjects/forkserver.py`, but a child is not asked: its order names the tests, and it writes one
line for each, in order, `{"test", "outcome", "seconds", "text", "reach"?}`, up to the first that fails if it is told to
stop there. `full` has collected the suite of the current folder, which imports LangGraph, and its children swap the
mutant's functions; its hello has the tests. `bare` has imported neither, and its children import the mutant and then
collect the files of their tests. With `--trace` the hello of `full` has the lines that run before any test.
"""

from __future__ import annotations

import base64
import json
import marshal
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest

from parity.subjects.forking import Say, fork, import_all
from parity.subjects.limits import end_with_parent
from parity.subjects.mutation.apply import Functions, import_instead, swap
from parity.subjects.mutation.reach import LineTracer
from parity.subjects.mutation.targets import TARGETS, MutationError

__all__ = ["main"]

ARGUMENTS = ("-p", "no:cacheprovider", "-p", "no:xdist", "--color=no", "-q", "--tb=line")
_MEMORY = 8 << 30
_TEXT = 400
_OURS = ("langgraph", "parity", "tests", "conftest", "__main__", "__mp_main__")


def main(argv: list[str]) -> int:
    """Serves until the end of input."""
    if not argv or argv[0] not in ("full", "bare"):
        print("usage: python -m parity.mutants.suite_server full|bare [--trace]", file=sys.stderr)
        return 2
    end_with_parent()
    say, orders = _replies(), _orders(os.dup(0))
    # pytest finds upstream's packages of tests by the folder that it runs in.
    sys.path.insert(0, str(Path.cwd()))
    if argv[0] == "bare":
        return _serve_bare(say, orders)
    tracer = LineTracer(_files()) if "--trace" in argv else None
    if tracer is not None:
        tracer.start()
    status = pytest.main([*ARGUMENTS, "tests"], plugins=[_Mark(), _Server(say, orders, tracer)])
    return int(status)


def _replies() -> Say:
    stream: IO[str] = os.fdopen(os.dup(1), "w", encoding="ascii")
    # What pytest and the tests print is nobody's business.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)

    def say(message: Mapping[str, Any]) -> None:
        stream.write(json.dumps(message) + "\n")
        stream.flush()

    return say


def _files() -> dict[str, str]:
    return {str(target.path()): target.module for target in TARGETS}


def _orders(handle: int) -> Iterator[dict[str, Any]]:
    """The orders, one after the other. pytest gives its tests another standard input, so this keeps the real one."""
    with os.fdopen(handle, "rb") as lines:
        for line in lines:
            yield json.loads(line)


class _Mark:
    """Knows upstream's mark for a plugin that is left out: a retry hides a failure."""

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "flaky(retries): upstream's mark for a plugin that is not used here")


class _Reports:
    """What became of the test that runs."""

    def __init__(self) -> None:
        self.outcome = "passed"
        self.seconds = 0.0
        self.text = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds += report.duration
        if report.outcome == "failed" and self.outcome != "failed":
            crash = getattr(report.longrepr, "reprcrash", None)
            self.outcome = "failed"
            self.text = str(crash.message if crash is not None else report.longreprtext)[:_TEXT]
        elif report.outcome == "skipped" and self.outcome == "passed":
            self.outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"


class _Server:
    """pytest's plugin that forks where pytest would run the tests."""

    def __init__(self, say: Say, orders: Iterator[dict[str, Any]], tracer: LineTracer | None) -> None:
        self._say = say
        self._orders = orders
        self._tracer = tracer

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        imported = {}
        if self._tracer is not None:
            self._tracer.stop()
            imported = self._tracer.take()
        here = str(Path.cwd())
        modules = [
            name
            for name, module in list(sys.modules.items())
            if name.split(".")[0] not in _OURS and not str(getattr(module, "__file__", None) or "").startswith(here)
        ]
        functions = Functions(set(_files()))
        items = {item.nodeid: item for item in session.items}
        self._say({"forkserver": 1, "modules": modules, "tests": list(items), "reach": imported})
        for order in self._orders:
            if "start" in order:
                fork(self._say, partial(self._child, session, items, functions, order["start"]), _MEMORY)
        return True

    def _child(
        self, session: pytest.Session, items: dict[str, pytest.Item], functions: Functions, order: dict[str, Any]
    ) -> None:
        hello: dict[str, Any] = {"pid": os.getpid()}
        try:
            hello["applied"] = "nothing" if order["module"] is None else "swap"
            if order["module"] is not None:
                swap(marshal.loads(base64.b64decode(order["code"])), functions)
        except MutationError as error:
            self._say({**hello, "refused": str(error)})
            return
        self._say(hello)
        _run([items[name] for name in order["tests"]], session, order, self._say)


class _Runner:
    """pytest's plugin of a child that has collected for itself."""

    def __init__(self, say: Say, order: dict[str, Any]) -> None:
        self._say = say
        self._order = order
        self.began = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        missing = [name for name in self._order["tests"] if name not in items]
        if session.testsfailed or missing:
            return True
        self.began = True
        self._say({"pid": os.getpid(), "applied": "import"})
        _run([items[name] for name in self._order["tests"]], session, self._order, self._say)
        return True


def _run(items: Sequence[pytest.Item], session: pytest.Session, order: Mapping[str, Any], say: Say) -> None:
    tracer = LineTracer(_files()) if order["trace"] else None
    for index, item in enumerate(items):
        reports = _Reports()
        item.config.pluginmanager.register(reports)
        if tracer is not None:
            tracer.start()
        following = items[index + 1] if index + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if tracer is not None:
            tracer.stop()
        item.config.pluginmanager.unregister(reports)
        result = {"test": item.nodeid, "outcome": reports.outcome, "seconds": round(reports.seconds, 4)}
        if reports.text:
            result["text"] = reports.text
        if tracer is not None:
            result["reach"] = tracer.take()
        say(result)
        if order["stop"] and reports.outcome == "failed":
            return


def _serve_bare(say: Say, orders: Iterator[dict[str, Any]]) -> int:
    say({"forkserver": 1, "modules": [], "tests": [], "reach": {}})
    for order in orders:
        if "preload" in order:
            say({"preloaded": import_all(order["preload"])})
        elif "start" in order:
            fork(say, partial(_bare_child, say, order["start"]), _MEMORY)
    return 0


def _bare_child(say: Say, order: dict[str, Any]) -> None:
    if order["module"] is not None:
        import_instead(order["module"], marshal.loads(base64.b64decode(order["code"])))
    runner = _Runner(say, order)
    files = list(dict.fromkeys(name.split("::")[0] for name in order["tests"]))
    status = pytest.main([*ARGUMENTS, *files], plugins=[_Mark(), runner])
    if not runner.began:
        say({"pid": os.getpid(), "failure": f"pytest could not collect the tests: exit code {int(status)}"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
