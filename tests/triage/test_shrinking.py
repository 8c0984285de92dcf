"""`parity shrink` goes further than a run, never loses what was there, and says what it cost."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from makers import Told, bytes_case, failing, make, observed

from parity import cli
from parity.cases.model import Case
from parity.observe.model import Outcome
from parity.triage.divergence import Divergence
from parity.triage.pair import Pair
from parity.triage.shrinking import reduce_deeper, shrink, smaller_path

TOY = Path(__file__).resolve().parents[1] / "campaign" / "toy_subject.py"


def toy(mode: str) -> str:
    """The name of the toy subject in a mode."""
    return f"exec:{shlex.quote(sys.executable)} {shlex.quote(str(TOY))} {mode}"


def pair(shows: Callable[[bytes], bool]) -> Pair:
    def answer(case: Case) -> Outcome:
        return observed(2 if shows(bytes.fromhex(case.body["hex"])) else 1)

    return Pair(Told(observed(1)), Told(answer), before=lambda _: None)


def test_it_ends_at_the_smallest_case_and_counts_each_case_once() -> None:
    asked = pair(lambda data: b"\xc1" in data)
    case = bytes_case("00" * 20 + "c1" + "ff" * 20)
    found = shrink(case, asked.run(case), asked, 60.0)
    assert (found.case, found.cut) == (bytes_case("c1"), False)
    assert found.before - found.after == 80
    assert found.probes == len({json.dumps(c.body) for c in asked._subject.asked}) - 1  # type: ignore[attr-defined]


def test_where_no_part_can_go_alone_two_go_at_once() -> None:
    def even(case: Case) -> bool:
        return len(case.body["hex"]) % 4 == 0 and case.body["hex"].count("c1") >= 2

    start = bytes_case("c1aabbc1")
    assert reduce_deeper(start, even) == bytes_case("c1c1")


def test_a_budget_of_nothing_keeps_the_case() -> None:
    asked = pair(lambda data: True)
    case = bytes_case("0102")
    found = shrink(case, asked.run(case), asked, 0.0)
    assert (found.case, found.cut, found.probes) == (case, True, 0)


@pytest.mark.parametrize(("needed", "smallest"), [(0, 2), (5, 12)])
def test_a_hang_is_shrunk_with_little_patience_and_confirmed_with_all(needed: int, smallest: int) -> None:
    """A case that needs patience alone is no hang; where the smallest is one, what was found stays."""

    def answer(case: Case) -> Outcome:
        size = len(case.body["hex"]) // 2
        hung = size >= 1 and (size > needed or subject.limits[-1] is not None)
        return failing("timeout") if hung else observed(1)

    subject = Told(answer)
    asked = Pair(Told(observed(1)), subject, before=lambda _: None)
    case = bytes_case("010203040506")
    found = shrink(case, asked.run(case), asked, 60.0)
    assert (len(found.case.body["hex"]), found.result.fingerprint_id is None) == (smallest, False)
    assert subject.limits[-1] is None


def test_the_smaller_one_has_its_own_name_beside() -> None:
    assert smaller_path(Path("a/x-1.json")) == Path("a/x-1.min.json")
    assert smaller_path(Path("a/x-1.min.json")) == Path("a/x-1.min.json")


def test_put_into_keeps_what_was_found() -> None:
    saved = make("93010203")
    asked = pair(lambda data: len(data) > 1)
    found = shrink(saved.case, asked.run(saved.case), asked, 60.0)
    smaller = found.put_into(saved)
    assert (smaller.original_case, smaller.id, smaller.shrunk) == (saved.original_case, saved.id, True)
    assert len(smaller.case.body["hex"]) == 4
    assert Divergence.from_json(smaller.to_json()) == smaller


def graph(nodes: int) -> dict[str, Any]:
    names = [f"n{index}" for index in range(nodes)]
    return {
        "schema": "parity/case/1",
        "kind": "graph",
        "state": {"a": {"channel": "LastValue"}},
        "nodes": [{"name": name, "defer": False, "do": [], "returns": "dict"} for name in names],
        "edges": [["__start__", name] for name in names],
        "joins": [],
        "branches": [],
        "run": {"recursion_limit": 5, "versions": "int", "calls": [{"input": {"t": "dict", "v": [["a", 1]]}}]},
    }


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(graph(5)))
    return path


def run(path: Path, *more: str, subject: str = "wrong") -> int:
    sides = ("--oracle", toy("right"), "--subject", toy(subject))
    return cli.main(["shrink", str(path), *sides, "--seconds", "30", *more])


def test_the_command_writes_the_smaller_file_beside_and_says_the_sizes(
    case_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = case_file.read_bytes()
    assert run(case_file) == 0
    out = capsys.readouterr().out.splitlines()
    target = case_file.with_name("case.min.json")
    saved = Divergence.load(target)
    assert len(saved.case.body["nodes"]) == 2
    assert saved.original_case == Case.from_json(graph(5))
    assert out[0].startswith(f"{len(json.dumps(graph(5), separators=(',', ':')))} -> ")
    assert "nothing more can be left out" in out[0]
    assert out[2] == f"parity replay {target}"
    assert case_file.read_bytes() == before
    written = target.read_bytes()
    assert run(case_file) == 0
    assert f"{target} is as small already and stays" in capsys.readouterr().out
    assert target.read_bytes() == written


def test_what_does_not_diverge_is_exit_1_and_writes_nothing(
    case_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(case_file, subject="right") == 1
    assert capsys.readouterr().out == "nothing to shrink: both sides agree on it\n"
    assert [path.name for path in case_file.parent.iterdir()] == ["case.json"]


def test_what_is_there_and_is_no_divergence_is_not_overwritten(
    case_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case_file.with_name("case.min.json").write_text("mine")
    assert run(case_file) == 2
    assert "will not overwrite what is no divergence" in capsys.readouterr().err
    assert case_file.with_name("case.min.json").read_text() == "mine"


@pytest.mark.parametrize("argv", [("nosuch",), ("nosuch.json",), ("x", "--seconds", "0"), ("x", "--seconds", "many")])
def test_bad_input_is_one_line(argv: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["shrink", *argv, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
