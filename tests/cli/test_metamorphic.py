"""`parity metamorphic` as a user meets it: a green answer, bad input, and too little asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.cli import main
from parity.metamorphic.known import KnownError, load_known

ROOT = Path(__file__).resolve().parents[2]
KNOWN = ROOT / "oracles" / "langgraph-1.2.22" / "metamorphic.toml"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_upstream_keeps_every_relation_on_the_first_programs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["metamorphic", "--cases", "30", "--seed", "3", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "30 programs of seed 3 on upstream" in out
    assert "broken    0 new" in out
    assert list(tmp_path.iterdir()) == []


def test_too_little_asked_is_no_green_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metamorphic", "--cases", "1", "--seed", "1", "--workers", "1"]) == 2
    assert "vacuous: hardly observed: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--subject", "nobody"], "unknown subject 'nobody'"),
        (["--cases", "0"], "needs a whole number from 1"),
        (["--known", "no-such.toml"], "no-such.toml"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metamorphic", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_known_finding_that_holds_again_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "known.toml"
    table.write_text(KNOWN.read_text().replace("state:LastValue", "state:Topic"))
    assert main(["metamorphic", "--cases", "1", "--seed", "1", "--workers", "1", "--known", str(table)]) == 1
    assert "STALE crash-is-no-crash / state:Topic" in capsys.readouterr().out


def test_the_table_of_known_findings_is_sound() -> None:
    load_known(KNOWN, ROOT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("finding = 1", "must be a list"),
        ("[[finding]]\nrelation = 'stream-is-invoke'", "needs the strings"),
        ("[[finding]]\nrelation='x'\naspect='y'\ncase='z'\nsays='s'", "no relation is named 'x'"),
        ("[[finding]]\nrelation='stream-is-invoke'\naspect='y'\ncase='none.json'\nsays='s'", "none.json"),
        ("[[", "known.toml"),
    ],
)
def test_a_bad_table_says_where(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    path.write_text(text)
    with pytest.raises(KnownError, match=message):
        load_known(path, tmp_path)
