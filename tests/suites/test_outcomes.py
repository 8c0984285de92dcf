"""What the recorder's lines mean, and when two runs differ."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parity.suites.outcomes import Difference, Outcomes, Result, compare, read

ENDED = 1000.0


def phase(when: str, outcome: str = "passed", *, at: float = 10.0, test: str = "t", text: str = "") -> dict[str, Any]:
    return {
        **{"event": "phase", "id": test, "when": when, "outcome": outcome, "expected": False},
        **{"seconds": 0.5, "text": text, "at": at, "notes": []},
    }


def start(test: str = "t", *, at: float = 0.0) -> dict[str, Any]:
    return {"event": "start", "id": test, "at": at, "worker": True}


def outcome(*events: dict[str, Any]) -> str:
    lines = [json.dumps(event) for event in ({"event": "collected", "ids": ["t"]}, *events)]
    return read(lines, test_seconds=60.0, ended=ENDED).results["t"].outcome


END = {"event": "end", "status": 0}
PASS = (start(), phase("setup"), phase("call"), phase("teardown"))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((*PASS, END), "passed"),
        ((END,), "lost"),
        ((start(), phase("setup"), phase("call"), END), "lost"),
        ((start(), phase("setup"), phase("teardown"), END), "lost"),
        ((start(at=ENDED - 1),), "crashed"),
        ((start(at=ENDED - 61),), "timeout"),
        ((), "lost"),
        ((start(), phase("setup", "failed", text="x"), phase("teardown"), END), "error"),
        ((start(), phase("setup"), phase("call"), phase("teardown", "failed"), END), "error"),
        # xdist speaks of a worker that is gone.
        ((start(), phase("???", "failed", at=1.0), END), "crashed"),
        ((start(), phase("???", "failed", at=61.0), END), "timeout"),
        # A test that was run again, by whatever plugin: the worst counts, in either order.
        ((*PASS, phase("setup"), phase("call", "failed"), phase("teardown"), END), "failed"),
        ((phase("setup"), phase("call", "failed"), phase("teardown"), *PASS, END), "failed"),
        ((*PASS, phase("setup", "skipped"), phase("teardown"), END), "skipped"),
    ],
)
def test_an_outcome_is_what_was_seen_to_the_end(events: tuple[dict[str, Any], ...], expected: str) -> None:
    assert outcome(*events) == expected


def test_a_torn_line_loses_its_test_and_no_other() -> None:
    whole = [json.dumps(event) for event in ({"event": "collected", "ids": ["t", "u"]}, *PASS)]
    torn = json.dumps(phase("call", test="u"))[:-9]
    found = read([*whole, json.dumps(start("u", at=ENDED - 1)), torn], test_seconds=60.0, ended=ENDED)
    assert {test: result.outcome for test, result in found.results.items()} == {"t": "passed", "u": "crashed"}
    assert found.status is None


def outcomes(**results: str) -> Outcomes:
    return Outcomes({test: Result(found) for test, found in results.items()}, (), 0)


@pytest.mark.parametrize(
    ("python", "rust", "worse"),
    [
        ("passed", "failed", True),
        ("passed", "error", True),
        ("passed", "skipped", True),
        ("passed", "lost", True),
        ("passed", "xfailed", True),
        ("passed", None, True),
        (None, "failed", True),
        (None, "crashed", True),
        (None, "passed", False),
        ("failed", "passed", False),
        ("failed", "error", False),
        ("skipped", "passed", False),
    ],
)
def test_what_passes_on_python_must_pass_on_rust(python: str | None, rust: str | None, worse: bool) -> None:
    left = outcomes(same="passed", **({"t": python} if python else {}))
    right = outcomes(same="passed", **({"t": rust} if rust else {}))
    [difference] = compare(left, right)
    assert difference == Difference("t", python, rust, "")
    assert difference.worse is worse


def test_equal_outcomes_are_no_difference_whatever_the_reason() -> None:
    left = Outcomes({"t": Result("failed", "one")}, (), 1)
    right = Outcomes({"t": Result("failed", "another")}, (), 1)
    assert compare(left, right) == []
