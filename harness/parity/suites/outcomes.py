"""What became of the tests of one run, read from the lines that the recorder wrote, and two runs compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["GOOD", "RECORD", "Difference", "Outcomes", "Result", "compare", "read"]

RECORD = "PARITY_SUITES_RECORD"
"""The variable that tells the recorder where to write."""

GOOD = "passed"
"""The outcome that a test has only if setup, call and teardown all were seen to pass."""

_RANK = ("passed", "xfailed", "skipped", "xpassed", "lost", "error", "failed", "timeout", "crashed")
"""What counts when a test was reported more than once: the worst, so that running it again hides nothing."""


@dataclass(frozen=True)
class Result:
    """One test: its outcome, the reason if it has one, seconds of all its phases, and what it noted about itself."""

    outcome: str
    text: str = ""
    seconds: float = 0.0
    notes: tuple[tuple[str, Any], ...] = ()

    @property
    def reason(self) -> str:
        """The first line of the text."""
        return self.text.strip().split("\n", 1)[0]


@dataclass(frozen=True)
class Outcomes:
    """A run: each test by its id, what was deselected, and pytest's own exit status, None if it did not end by itself.

    `lost` tests were collected, but never reported to their end; one that was running when the process died `crashed`.
    """

    results: dict[str, Result]
    deselected: tuple[str, ...] = ()
    status: int | None = None

    def counts(self) -> Counter[str]:
        """How many tests had each outcome."""
        return Counter(result.outcome for result in self.results.values())

    def of(self, *outcomes: str) -> list[str]:
        """The ids of the tests with one of these outcomes."""
        return [test for test, result in self.results.items() if result.outcome in outcomes]


@dataclass(frozen=True)
class Difference:
    """A test with different outcomes on the two sides; None on a side that never heard of it.

    `alone` is its outcome on Rust when it was run once more, with no other test beside it: a hint whether it differs by
    chance. It changes no verdict.
    """

    test: str
    python: str | None
    rust: str | None
    reason: str
    alone: str | None = None

    @property
    def worse(self) -> bool:
        """Whether it counts against Rust: it passed on Python and does not on Rust, or fails only there."""
        return self.rust != GOOD and (self.python == GOOD or (self.python is None and self.rust not in _HARMLESS))


_HARMLESS = (GOOD, "skipped", "xfailed")


@dataclass
class _Test:
    """What was heard of a test so far."""

    outcome: str | None = None
    phases: set[str] = field(default_factory=set)
    text: str = ""
    seconds: float = 0.0
    started: float | None = None
    notes: list[tuple[str, Any]] = field(default_factory=list)

    def worsen(self, outcome: str, text: str) -> None:
        if self.outcome is None or _RANK.index(outcome) > _RANK.index(self.outcome):
            self.outcome, self.text = outcome, text


def read(lines: Iterable[str], *, test_seconds: float, ended: float) -> Outcomes:
    """Reads the recorder's lines.

    `test_seconds` is the limit that a test had, and `ended` when the run ended (seconds of the wall clock): a test
    whose process died that long after it began did not crash, it was stopped. A torn last line (a process died while it
    wrote) is left out; what it said is then missing, and its test is lost.
    """
    tests: dict[str, _Test] = {}
    deselected: dict[str, None] = {}
    status: int | None = None
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        kind = event["event"]
        if kind == "collected":
            for test in event["ids"]:
                tests.setdefault(test, _Test())
        elif kind == "deselected":
            deselected.update(dict.fromkeys(event["ids"]))
        elif kind == "unread":
            outcome = "skipped" if event["outcome"] == "skipped" else "error"
            tests.setdefault(event["id"], _Test()).worsen(outcome, event["text"])
        elif kind == "start":
            test = tests.setdefault(event["id"], _Test())
            test.started = event["at"] if test.started is None or event["worker"] else test.started
        elif kind == "phase":
            _phase(tests.setdefault(event["id"], _Test()), event, test_seconds)
        elif kind == "end":
            status = event["status"]
    for test in tests.values():
        if test.outcome is None or (test.outcome == GOOD and "teardown" not in test.phases):
            test.outcome, test.text = _unfinished(test, status, ended - test_seconds)
    results = {
        name: Result(str(test.outcome), test.text, round(test.seconds, 3), tuple(test.notes))
        for name, test in tests.items()
    }
    return Outcomes(results, tuple(deselected), status)


def _unfinished(test: _Test, status: int | None, limit: float) -> tuple[str, str]:
    """What became of a test that was not reported to its end, where one begun before `limit` was stopped."""
    if test.started is None or status is not None:
        return "lost", "it was not reported to its end"
    if test.started <= limit:
        return "timeout", "it was stopped: it took longer than a test may"
    return "crashed", "the process that ran it is gone"


def _phase(test: _Test, event: dict[str, Any], test_seconds: float) -> None:
    when, outcome = event["when"], event["outcome"]
    test.phases.add(when)
    test.seconds += event["seconds"]
    test.notes += [(key, value) for key, value in event["notes"] if (key, value) not in test.notes]
    if when not in ("setup", "call", "teardown"):  # xdist: the worker that ran it is gone
        over = test.started is not None and event["at"] - test.started >= test_seconds
        test.worsen("timeout" if over else "crashed", event["text"])
    elif outcome == "failed":
        test.worsen("failed" if when == "call" else "error", event["text"])
    elif outcome == "skipped":
        test.worsen("xfailed" if event["expected"] else "skipped", event["text"])
    elif when == "call":
        test.worsen("xpassed" if event["expected"] else GOOD, "")


def compare(python: Outcomes, rust: Outcomes) -> list[Difference]:
    """Every test with another outcome on Rust than on Python, in Python's order, then those that only Rust has."""
    names = [*python.results, *(name for name in rust.results if name not in python.results)]
    found: list[Difference] = []
    for name in names:
        left, right = python.results.get(name), rust.results.get(name)
        sides = left.outcome if left else None, right.outcome if right else None
        if sides[0] != sides[1]:
            found.append(Difference(name, *sides, (right or left or Result("")).reason))
    return found
