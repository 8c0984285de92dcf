"""What recorded cases run of upstream: each branch of the files that we reimplement is taken, or has a reason."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from parity.campaign.stored import STORED, stored_cases
from parity.cli import main
from parity.compare.msgpack import parse, walk
from parity.compare.msgpack.tree import type_name
from parity.corpus.coverage import CoverageError, FileCoverage, covered_files, measure
from parity.corpus.files import load
from parity.corpus.model import Corpus
from parity.corpus.uncovered import FLOOR, Listed, complaints, default_path, reachable_percent, shown
from parity.corpus.uncovered import load as load_list
from parity.generate.classes import SAFE_TYPES
from parity.subjects.branches import ArcTracer

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SERIALIZER = "checkpoint/serde/jsonplus.py"


def test_every_branch_is_taken_or_has_a_reason() -> None:
    """As `parity coverage --random 0` measures it."""
    files = measure([case for layer in STORED for case in stored_cases(layer, FIXTURES)], covered_files())
    assert complaints(files, load_list(default_path())) == []
    assert sum(len(file.branches) for file in files.values()) > 1300
    assert {name.rpartition("/")[0] for name in files} == {"channels", "pregel", "checkpoint/serde"}
    assert files[SERIALIZER].percent >= FLOOR


def test_fewer_cases_are_noticed() -> None:
    """The values alone, without serializers that have options."""
    values = [entry.case for file, entry in load(FIXTURES, schemas=False).entries() if file.kind == "value"]
    files = measure(values, {SERIALIZER: covered_files()[SERIALIZER]})
    found = complaints(files, load_list(default_path()))
    assert found[-1].startswith(f"BELOW {SERIALIZER}: ")
    assert all(line.startswith(f"UNCOVERED {SERIALIZER}:") for line in found[:-1])
    assert len(found) > 10


# --- what a measurement says ----------------------------------------------------------------------------------------

HALF = FileCoverage("pregel/_io.py", frozenset({(1, 2), (1, 3), (5, -4), (5, 6)}), frozenset({(1, 2), (5, 6)}))
WHY = {"pregel/_io.py:1 -> 3": "because", "pregel/_io.py:5 -> exit": "because"}


def said(file: FileCoverage, listed: Listed) -> list[str]:
    return complaints({file.name: file}, listed)


def test_branches_that_are_listed_do_not_count() -> None:
    assert said(HALF, Listed(WHY)) == []
    assert HALF.percent == 50.0
    assert reachable_percent(HALF, Listed(WHY)) == 100.0


def test_a_branch_that_nobody_explains_is_told() -> None:
    many = FileCoverage("a.py", frozenset((line, line + 1) for line in range(1, 101)), HALF.taken)
    whole = FileCoverage("a.py", many.branches, many.branches - {(7, 8)})
    assert said(whole, Listed({})) == ["UNCOVERED a.py:7 -> 8: no case takes it, and nobody has said why"]


def test_a_reason_for_what_is_taken_is_stale_unless_it_is_chance() -> None:
    more = {**WHY, "pregel/_io.py:1 -> 2": "because"}
    assert said(HALF, Listed(more)) == ["STALE pregel/_io.py:1 -> 2: listed, and taken after all"]
    assert said(HALF, Listed(more, frozenset({"pregel/_io.py:1 -> 2"}))) == []


def test_a_file_below_the_bar_is_told() -> None:
    one = {"pregel/_io.py:5 -> exit": "because"}
    assert said(HALF, Listed(one)) == [
        "UNCOVERED pregel/_io.py:1 -> 3: no case takes it, and nobody has said why",
        "BELOW pregel/_io.py: 66.7 % of what is not listed is taken, 95 % are wanted",
    ]


def test_a_reason_for_a_branch_that_is_not_there_is_an_error() -> None:
    with pytest.raises(CoverageError, match=r"9 -> 10 is listed, and pregel/_io\.py has no such branch"):
        complaints({HALF.name: HALF}, Listed({"pregel/_io.py:9 -> 10": "because"}))
    assert said(HALF, Listed({**WHY, "other.py:9 -> 10": "of a file that was not measured"})) == []


def test_two_measurements_add_up() -> None:
    other = FileCoverage(HALF.name, HALF.branches, frozenset({(1, 3)}))
    assert (HALF | other).missing == ((5, -4),)
    assert shown(HALF.name, (5, -4)) == "pregel/_io.py:5 -> exit"
    assert FileCoverage("a.py", frozenset(), frozenset()).percent == 100.0


# --- the list -------------------------------------------------------------------------------------------------------

HEAD = 'schema = "parity/uncovered/1"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "schema"),
        ('schema = "other"', "schema"),
        (HEAD + "more = 1", "more: not known"),
        (HEAD + "reason = 1", "reason"),
        (HEAD + '[[reason]]\nwhy = "x"', "why and branches"),
        (HEAD + '[[reason]]\nwhy = " "\nbranches = ["a.py:1 -> 2"]', "expected words"),
        (HEAD + '[[reason]]\nwhy = "x"\nbranches = []', "expected a list"),
        (HEAD + '[[reason]]\nwhy = "x"\nbranches = ["a.py:1->2"]', "file:line -> line"),
        (HEAD + '[[reason]]\nwhy = "x"\nbranches = ["a.py:1 -> 2", "a.py:1 -> 2"]', "listed twice"),
        (HEAD + '[[reason]]\nwhy = "x"\nchance = 1\nbranches = ["a.py:1 -> 2"]', "true or false"),
        (HEAD + "[[reason", "declaration"),
    ],
)
def test_a_malformed_list_is_refused_with_its_name(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "uncovered.toml"
    path.write_text(text)
    with pytest.raises(CoverageError, match=r"uncovered\.toml") as caught:
        load_list(path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the tracer -----------------------------------------------------------------------------------------------------


def test_a_frame_is_traced_after_what_it_awaits_was_cancelled(tmp_path: Path) -> None:
    """coverage.py 7.17.3 loses it there, under both of its tracers, and calls what follows uncovered."""
    path = tmp_path / "waits.py"
    path.write_text(
        "import asyncio\n"  # 1
        "async def inner():\n"  # 2
        "    waiting = asyncio.create_task(asyncio.sleep(9))\n"  # 3
        "    await asyncio.wait({asyncio.create_task(asyncio.sleep(0))})\n"  # 4
        "    waiting.cancel()\n"  # 5
        "    try:\n"  # 6
        "        await waiting\n"  # 7
        "    except asyncio.CancelledError:\n"  # 8
        "        return 1\n"  # 9
        "async def outer():\n"  # 10
        "    found = await inner()\n"  # 11
        "    if found:\n"  # 12
        "        return found\n"  # 13
    )
    module: dict[str, object] = {}
    tracer = ArcTracer([str(path)])
    tracer.start()
    try:
        exec(compile(path.read_text(), str(path), "exec"), module)
        assert asyncio.run(module["outer"]()) == 1  # type: ignore[operator]
    finally:
        tracer.stop()
    arcs = tracer.arcs[str(path)]
    assert {(8, 9), (9, -2), (11, 12), (12, 13), (13, -10)} <= arcs
    # An await is no end of a function, and what an exception leaves has none.
    assert not {(4, -2), (7, -2), (11, -10), (12, -10)} & arcs


# --- the command ----------------------------------------------------------------------------------------------------

LISTED = "channels/topic.py:70 -> 72"


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    """A fixtures folder with the recorded channels alone."""
    corpus = load(FIXTURES, schemas=False)
    small = Corpus(corpus.oracle, tuple(file for file in corpus.files if file.kind == "channel"))
    for file in small.files:
        (tmp_path / file.path).parent.mkdir(parents=True)
        shutil.copy(FIXTURES / file.path, tmp_path / file.path)
    (tmp_path / "manifest.json").write_text(json.dumps(small.manifest()))
    return tmp_path


@pytest.mark.parametrize(
    ("branches", "code", "told"),
    [
        ([LISTED], 0, []),
        (
            [],
            1,
            [
                f"UNCOVERED {LISTED}: no case takes it, and nobody has said why",
                "BELOW channels/topic.py: 92.9 % of what is not listed is taken, 95 % are wanted",
            ],
        ),
        ([LISTED, "channels/topic.py:70 -> 74"], 1, ["STALE channels/topic.py:70 -> 74: listed, and taken after all"]),
    ],
    ids=["listed", "unlisted", "stale"],
)
def test_the_command_says_what_is_wrong_in_a_line_each(
    channels: Path, branches: list[str], code: int, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = channels / "uncovered.toml"
    path.write_text(HEAD + (f'[[reason]]\nwhy = "old"\nbranches = {json.dumps(branches)}\n' if branches else ""))
    options = ("--fixtures", str(channels), "--random", "20", "--file", "channels/topic.py", "--uncovered", str(path))
    assert main(["coverage", *options]) == code
    first, _, row, *rest = capsys.readouterr().out.splitlines()
    assert "559 recorded cases, 100 random ones (20 of each layer, seed 1)" in first
    assert row.split()[0] == "14"
    assert row.split()[-1] == "channels/topic.py"
    if branches:
        assert rest.pop(0) == f"    {LISTED}: old"
    assert rest == told


def test_what_is_no_corpus_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": "other"}))
    for arguments in (
        ("--fixtures", str(tmp_path)),
        ("--fixtures", str(tmp_path / "nowhere")),
        ("--file", "pregel/_nothing.py"),
        ("--uncovered", str(tmp_path / "nowhere.toml")),
        ("--random", "-1"),
    ):
        assert main(["coverage", *arguments]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


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
