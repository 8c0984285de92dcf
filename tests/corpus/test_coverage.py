"""The recorded cases run upstream's serializer through: nearly every branch, and the rest for a stated reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity.cases.model import Case
from parity.cli import main
from parity.compare.msgpack import parse, walk
from parity.compare.msgpack.tree import type_name
from parity.corpus.coverage import EXPLAINED, FLOOR, KINDS, FileCoverage, measure
from parity.corpus.files import load
from parity.generate.classes import SAFE_TYPES

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


NEVER_WRITTEN = {
    ("pathlib", "Path"),  # makes a PosixPath, whose own name is written
    ("pathlib", "WindowsPath"),  # cannot be made here
    *(("pathlib._local", name) for name in ("Path", "PosixPath", "WindowsPath")),  # Python 3.13's names
}


def test_every_type_of_the_allowlist_that_can_be_made_is_a_value_of_the_corpus() -> None:
    written = set()
    for file, entry in load(FIXTURES, schemas=False).entries():
        events = entry.events if file.kind == "value" else ()
        for event in events:
            if event["e"] == "dumps" and event.get("tag") == "msgpack":
                for _, node in walk(parse(bytes.fromhex(event["hex"]))):
                    written.add((type_name(node) or ("", ""))[:2])
    assert set(SAFE_TYPES) - written == NEVER_WRITTEN
    assert len(SAFE_TYPES) == 49


def test_a_file_without_branches_is_whole() -> None:
    assert FileCoverage("a.py", 0, 0, (), 1, ()).percent == 100.0


def test_what_is_no_corpus_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": "other"}))
    assert main(["coverage", "--fixtures", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
