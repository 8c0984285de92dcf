"""Bad arguments and bad files: one clear line on standard error, exit code 2, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity import cli

RUN = ("run", "--subject", "upstream")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ((*RUN, "--layer", "grahps"), "unknown layer 'grahps'"),
        ((*RUN, "--cases", "many"), "whole numbers"),
        ((*RUN, "--cases", "0"), "from 1 to"),
        ((*RUN, "--cases", "values=3", "--layer", "graphs"), "not a layer to run"),
        ((*RUN, "--max-time", "-1"), "--max-time"),
        ((*RUN, "--max-time", "soon"), "--max-time"),
        ((*RUN, "--max-time", "nan"), "--max-time"),
        ((*RUN, "--seed", "x"), "--seed"),
        ((*RUN, "--seed", "-1"), "--seed"),
        ((*RUN, "--seed", str(2**63)), "--seed"),
        ((*RUN, "--workers", "0"), "--workers"),
        ((*RUN, "--workers", "1000"), "--workers"),
        ((*RUN, "--timeout", "0"), "--timeout"),
        ((*RUN, "--aa-cases", "-1"), "--aa-cases"),
        ((*RUN, "--profile", "huge"), "--profile"),
        ((*RUN, "--layer", ""), "no layer is named"),
        ((*RUN, "--shrink-seconds", "x"), "needs a number of seconds, got 'x'"),
        ((*RUN, "--junit", "."), "cannot write .: it is a folder"),
        ((*RUN, "--junit", "nosuch/x.xml"), "there is no folder nosuch"),
        ((*RUN, "--fixtures", __file__), "is not a folder"),
        (("run", "--subject", ""), "unknown subject ''"),
        (("aa", "--layer", ","), "no layer is named"),
        (("aa", "--fixtures", __file__), "is not a folder"),
        (("corpus", "generate", "--fixtures", __file__), "is not a folder"),
        (("drift", "1.2.20", "1.2.21", "--junit", "."), "it is a folder"),
        (("report", "nosuch", "--junit", "nosuch/x.xml"), "there is no folder nosuch"),
        (("metamorphic", "--timeout", "-1"), "--timeout"),
        (("metamorphic", "--out", __file__), "is not a folder"),
        ((*RUN, "--oracle", "nobody"), "unknown subject 'nobody'"),
        (("run", "--subject", "nobody"), "unknown subject 'nobody'"),
        (("run", "--subject", "faulty:nothing"), "unknown subject 'faulty:nothing'"),
        (("run", "--subject", "exec:"), "names no command"),
        (("run", "--subject", "exec:'"), "cannot read the command"),
        (("aa", "--cases", "0"), "--cases"),
        (("replay",), "ID|FILE"),
        (("replay", "nosuchid"), "no divergence nosuchid"),
        (("replay", "nosuch.json"), "no such file"),
        (("show", "nosuch/file.json"), "no such file"),
        (("replay", "a" * 300), "…: File name too long"),
        (("show", "a" * 300), "…: File name too long"),
        (("shrink", "a" * 300), "…: File name too long"),
        (("show", "x", "--out", "a" * 300), "…: File name too long"),
        (("show", "x", "--out", __file__), "is not a folder"),
        (("show", "*"), "neither a file nor a divergence id"),
        (("show", "\x1b[2J"), "neither a file nor a divergence id"),
    ],
)
def test_arguments(
    argv: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parity: error: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert "\x1b" not in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["replay", "show"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\x00\x01\x02\xff",
        b"[" * 100_000,
        b"null",
        b"42",
        b'{"schema": "parity/case/2", "kind": "bytes", "hex": "01"}',
        b'{"schema": "parity/case/1", "kind": "nonsense"}',
        b'{"schema": "parity/case/1", "kind": "bytes", "hex": "0"}',
        b'{"schema": "parity/case/1", "kind": "graph"}',
        b'{"schema": "parity/divergence/1"}',
        b'{"schema": ["parity/divergence/1"]}',
    ],
)
def test_files(command: str, data: bytes, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(data)
    assert cli.main([command, str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parity: error: ")
    assert captured.err.count("\n") == 1


def test_a_huge_file_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert cli.main(["show", str(path)]) == 2
    assert "are refused" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main([*RUN, "--out", str(tmp_path / "file" / "reports"), "--cases", "1"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "cannot write the run" in captured.err


def test_show_prints_a_plain_case(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"schema": "parity/case/1", "kind": "bytes", "hex": "01"}))
    assert cli.main(["show", str(path)]) == 0
    assert '"hex": "01"' in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--oracle", "--subject"])
def test_a_subject_without_a_name_is_none(option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"schema": "parity/case/1", "kind": "bytes", "hex": "01"}))
    assert cli.main(["replay", str(path), option, ""]) == 2
    assert "unknown subject ''" in capsys.readouterr().err
