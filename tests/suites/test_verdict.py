"""A green suite proves nothing unless Rust was at work, nothing was left out, and no Python was caught."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny

from parity.suites.outcomes import Outcomes, Result
from parity.suites.run import Run
from parity.suites.verdict import judge, yardstick
from parity.suites.witness import Evidence, collect

SUITE = tiny.suite(b"")
GREEN = Outcomes({"a": Result("passed"), "b": Result("skipped")}, (), 0)
WORKED = Evidence(2, {"codec.dumps.native": 7}, {}, (), (), ("m:n",))


def ran(outcomes: Outcomes = GREEN, testimony: Evidence | None = WORKED, *arguments: str) -> Run:
    return Run(SUITE, "rust", arguments, outcomes, testimony, 1.0, False, Path("log"))


def test_a_green_run_in_which_rust_worked_is_good() -> None:
    verdict = judge(ran(), GREEN)
    assert verdict.good
    assert verdict.differences == ()


@pytest.mark.parametrize(
    ("testimony", "says"),
    [
        (replace(WORKED, processes=0), "vacuous: no process"),
        (replace(WORKED, counters={}), "vacuous: Rust did nothing in codec"),
        (replace(WORKED, counters={"channel.updates": 3, "codecs": 1}), "vacuous: Rust did nothing in codec"),
        (replace(WORKED, caught={"m:n": 2}), "the witness caught m:n, called 2 times"),
        (replace(WORKED, captured=("user.n",)), "user.n still holds an original"),
        (replace(WORKED, bypassed=("m:n",)), "m:n was loaded without the hook"),
    ],
)
def test_a_green_run_without_rust_fails(testimony: Evidence, says: str) -> None:
    verdict = judge(ran(GREEN, testimony), GREEN)
    assert not verdict.good
    assert len(verdict.objections) == 1
    assert says in verdict.objections[0]


def test_a_part_of_a_suite_need_not_use_all_of_rust_but_must_leave_a_testimony() -> None:
    chosen = Outcomes({"a": Result("passed")}, ("b",), 0)
    idle = replace(WORKED, counters={})
    assert judge(ran(chosen, idle, "-k", "a"), GREEN).good
    assert not judge(ran(chosen, replace(idle, processes=0), "-k", "a"), GREEN).good


def test_a_failure_of_a_part_is_still_one() -> None:
    failed = Outcomes({"a": Result("failed", "boom")}, ("b",), 1)
    verdict = judge(ran(failed, WORKED, "-k", "a"), GREEN)
    assert [(found.test, found.worse, found.reason) for found in verdict.differences] == [("a", True, "boom")]
    assert verdict.objections == ("1 test pass on Python and not on Rust",)


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (Outcomes(GREEN.results, ("c",), 0), "1 tests were deselected"),
        (Outcomes(GREEN.results, (), None), "pytest did not come to its end"),
        (Outcomes(GREEN.results, (), 3), "pytest did not come to its end (status 3)"),
        (Outcomes({"a": Result("passed")}, (), 0), None),
        (Outcomes({"b": Result("skipped")}, (), 0), "1 test pass on Python and not on Rust"),
    ],
)
def test_what_was_left_out_is_an_objection(outcomes: Outcomes, says: str | None) -> None:
    objections = judge(ran(outcomes), GREEN).objections
    assert (says is None and objections == ()) or (says is not None and says in objections[0])


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        (GREEN, None),
        (Outcomes({"a": Result("passed"), "c": Result("failed")}, (), 1), None),
        (Outcomes({"b": Result("skipped")}, (), 0), "only 0 tests of suite tiny pass on Python; at least 1 should"),
        (Outcomes({"a": Result("passed"), "c": Result("timeout")}, (), 1), "on Python too c timeout"),
        (Outcomes(GREEN.results, ("c",), 0), "1 tests of suite tiny were deselected"),
        (Outcomes(GREEN.results, (), 2), "pytest ended with status 2"),
    ],
)
def test_python_is_a_yardstick_only_if_its_run_is_whole(outcomes: Outcomes, says: str | None) -> None:
    found = yardstick(replace(ran(outcomes, None), backend="python"))
    assert (says is None and found is None) or (says is not None and found is not None and says in found)


def leave(folder: Path, number: int, **other: Any) -> None:
    said = {
        **{"schema": "langgraph_rs/witness/1", "witness": True, "names": {"m:n": "live"}, "caught": {}, "captured": []},
        **{"counters": {"codec": {"dumps": {"native": 2, "python": 0}}}},
        **other,
    }
    (folder / f"witness.{number}.json").write_text(json.dumps(said))


def test_testimonies_of_all_processes_are_added_up(tmp_path: Path) -> None:
    leave(tmp_path, 1)
    leave(tmp_path, 2, caught={"m:n": 1}, names={"m:n": "bypassed", "m:o": "waiting"})
    leave(tmp_path, 3, counters=None)
    found = collect(tmp_path)
    assert found == Evidence(3, {"codec.dumps.native": 4}, {"m:n": 1}, (), ("m:n",), ("m:n",))
    assert found.moved("codec") == found.moved("codec.dumps") == 4
    assert found.moved("codec.dum") == 0


def test_what_is_no_testimony_counts_for_nothing(tmp_path: Path) -> None:
    leave(tmp_path, 1, witness=False)
    leave(tmp_path, 2, schema="other/1")
    (tmp_path / "witness.3.json").write_text("{")
    (tmp_path / "witness.4.json").write_text("[]")
    assert collect(tmp_path).processes == 0
