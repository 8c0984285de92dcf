"""`parity doctor`: one screen; exit code 0 if all that a run needs is right, 2 with the cure if not."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity import cli
from parity.cli import doctor
from parity.oracle import load
from parity.oracle.verify import Problem

FIXTURES = str(Path(__file__).resolve().parents[2] / "fixtures")


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are not folded, so that what is said can be searched."""
    monkeypatch.setattr(doctor, "_PLAIN_WIDTH", 1000)


@pytest.fixture
def good_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        doctor,
        "_PROBE",
        'print(\'{"version": "0.1.0", "file": "/x/_core.so", "profile": "release", '
        '"replaced": {"upstream.one": ["A", "b"], "upstream.two": ["C"]}}\')',
    )


def test_a_sound_environment_is_one_screen_and_exit_0(good_extension: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--fixtures", FIXTURES]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert len(captured.out.splitlines()) <= 24
    assert "BAD" not in captured.out
    for said in (
        "Python",
        "platform",
        "1.2.22",
        "4.3.2",
        "1.13.1",
        "source hashes",
        "release",
        "3 names in 2 modules",
        "upstream.one: A, b",
        "upstream.two: C",
        "value",
    ):
        assert said in captured.out


def test_the_extension_that_this_environment_has_is_described(wide: None, capsys: pytest.CaptureFixture[str]) -> None:
    import langgraph_rs

    assert cli.main(["doctor", "--fixtures", FIXTURES]) == 0
    assert f"{langgraph_rs.__version__}, release build, " in capsys.readouterr().out


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("import os; os.abort()", "exit code -6"),
        ("print('x')", "Expecting value"),
        ("import sys; sys.exit('\\x1b[2J boom')", "boom"),
    ],
)
def test_an_extension_that_does_not_load_is_told_with_the_cure(
    probe: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_PROBE", probe)
    assert cli.main(["doctor", "--fixtures", FIXTURES]) == 2
    captured = capsys.readouterr()
    assert said in captured.out
    assert "maturin develop" in captured.out
    assert "\x1b[2J" not in captured.out
    assert captured.err == "parity: error: 1 of the above must be mended before a run\n"


def test_a_changed_upstream_file_is_told_with_the_cure(
    good_extension: None, wide: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem("file /site/langgraph/types.py", "sha256 aa", "bb", "pip install it")
    monkeypatch.setattr("parity.oracle.verify", lambda _: [problem])
    assert cli.main(["doctor", "--fixtures", FIXTURES]) == 2
    shown = capsys.readouterr().out
    assert "file /site/langgraph/types.py" in shown
    assert "pip install it" in shown
    total = sum(len(package.files) for package in load().packages)
    assert f"{total - 1} of {total} upstream source hashes" in shown


def test_missing_corpora_are_told_with_the_cure(
    good_extension: None, wide: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--fixtures", str(tmp_path / "none")]) == 2
    shown = capsys.readouterr().out
    assert "no such folder" in shown
    assert "parity corpus generate" in shown


def test_tools_for_building_and_testing_may_be_missing(
    good_extension: None, wide: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    assert cli.main(["doctor", "--fixtures", FIXTURES]) == 0
    shown = capsys.readouterr().out
    assert "apt-get install chromium" in shown
    assert "install Rust" in shown
