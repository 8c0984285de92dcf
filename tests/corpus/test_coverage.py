"""The recorded cases run upstream's serializer through: nearly every branch, and the rest for a stated reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity.cases.model import Case
from parity.cli import main
from parity.corpus.coverage import EXPLAINED, FLOOR, KINDS, FileCoverage, measure
from parity.corpus.files import load

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [entry.case for file, entry in load(FIXTURES).entries() if file.kind in KINDS]


def test_the_cases_take_nearly_every_branch_of_the_serializer(cases: list[Case]) -> None:
    files = {file.name: file for file in measure(cases)}
    jsonplus = files["jsonplus.py"]
    assert jsonplus.branches > 150
    assert jsonplus.percent >= FLOOR
    assert jsonplus.unexplained == ()
    # A reason for what is taken after all is no reason.
    assert {(jsonplus.name, *branch) for branch in jsonplus.missing} == set(EXPLAINED)
    assert files["_msgpack.py"].lines_missing == ()
    assert files["event_hooks.py"].percent == 100.0


def test_fewer_cases_are_noticed(cases: list[Case]) -> None:
    """The same measure of the values alone, as it was before serializers had options in cases."""
    (jsonplus,) = (file for file in measure([case for case in cases if case.kind == "value"]) if file.branches > 150)
    assert jsonplus.percent < FLOOR
    assert jsonplus.unexplained


def test_a_file_without_branches_is_whole() -> None:
    assert FileCoverage("a.py", 0, 0, (), 1, ()).percent == 100.0


def test_what_is_no_corpus_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": "other"}))
    assert main(["coverage", "--fixtures", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
