"""The frame of the command line: exit codes, one-line errors, and where output goes."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from parity import cli
from parity.cli.errors import UserError, one_line

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[argparse.Namespace], int]], None]:
    """Installs one command, `toy`, with the given handler."""

    def install(handler: Callable[[argparse.Namespace], int]) -> None:
        module = types.ModuleType("parity.cli.toy")

        def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
            parser = subparsers.add_parser("toy")
            parser.add_argument("--number", type=int)
            parser.set_defaults(handler=handler)

        module.__dict__["register"] = register
        monkeypatch.setitem(sys.modules, "parity.cli.toy", module)
        monkeypatch.setattr(cli, "COMMANDS", ("toy",))

    return install


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_exit_code_is_the_handlers(command: Callable[..., None], code: int) -> None:
    command(lambda _: code)
    assert cli.main(["toy"]) == code


def test_a_user_error_is_one_line_and_exit_2(command: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    def handler(_: argparse.Namespace) -> int:
        raise UserError("no such file:\n  'a\x1b[2Jb'")

    command(handler)
    assert cli.main(["toy"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "parity: error: no such file: 'a\\x1b[2Jb'\n"


def test_an_internal_error_is_one_line_with_the_traceback_in_a_file(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(_: argparse.Namespace) -> int:
        raise ZeroDivisionError("the bug")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command(handler)
    assert cli.main(["toy"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    found = re.fullmatch(r"parity: error: internal: ZeroDivisionError: the bug \(traceback: (.+)\)\n", error)
    assert found is not None
    log = Path(found.group(1)).read_text()
    assert log.startswith("Traceback (most recent call last):")
    assert log.endswith("ZeroDivisionError: the bug\n")


def test_an_interrupt_is_one_line_and_exit_2(command: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    def handler(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    command(handler)
    assert cli.main(["toy"]) == 2
    assert capsys.readouterr().err == "parity: error: interrupted\n"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["toy", "--number", "x"], "argument --number: invalid int value: 'x'"),
        (["toy", "--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_2(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str], argv: list[str], says: str
) -> None:
    command(lambda _: 0)
    assert cli.main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parity: error: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("arguments", ["--help", "mutants --list", "corpus hash", "show long.json"])
def test_a_reader_that_leaves_is_no_traceback(arguments: str, tmp_path: Path) -> None:
    """More than a pipe holds is written to one that nobody reads to its end."""
    case = {"schema": "parity/case/1", "kind": "bytes", "hex": "00" * 200_000}
    (tmp_path / "long.json").write_text(json.dumps(case))
    run = subprocess.run(
        f"{sys.executable} -m parity {arguments} | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT if arguments.startswith("corpus") else tmp_path,
        env=os.environ.copy(),
        check=False,
    )
    assert run.stderr == ""


def test_output_for_which_there_is_no_room_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(json.dumps({"schema": "parity/case/1", "kind": "bytes", "hex": "00"}))
    with open("/dev/full", "w", encoding="ascii") as full:
        run = subprocess.run(
            (sys.executable, "-m", "parity", "show", str(tmp_path / "case.json")),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (run.returncode, run.stderr) == (2, "parity: error: cannot write: No space left on device\n")


def test_every_listed_command_registers_and_has_a_handler(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.COMMANDS:
        with pytest.raises(SystemExit) as stop:
            cli.main([name, "--help"])
        assert stop.value.code == 0
        assert f"usage: parity {name}" in capsys.readouterr().out


def test_one_line_has_a_limit() -> None:
    assert one_line("x" * 1000, 10) == "xxxxxxxxx…"
