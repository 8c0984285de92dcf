"""`parity report RUN_DIR`."""

from __future__ import annotations

from pathlib import Path

import pytest
import report_runs as runs

from parity.cli import main
from parity.report.build import build


def test_it_makes_the_report_again_and_prints_its_path_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = runs.diverged_run(tmp_path)
    assert main(["report", str(run)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == str(run / "report.html")
    assert (run / "report.html").exists()


@pytest.mark.parametrize("arguments", [["--from-json"], []])
def test_it_makes_the_page_from_the_json_alone(tmp_path: Path, arguments: list[str]) -> None:
    run = runs.diverged_run(tmp_path)
    before = build(run).read_bytes()
    (run / "report.html").unlink()
    (run / "events.jsonl").unlink()
    assert main(["report", str(run), *arguments]) == 0
    assert (run / "report.html").read_bytes() == before


@pytest.mark.parametrize("content", [b"\xff\x00", b"{", b'{"schema": "parity/report/9"}', b"[" * 100_000, b"null"])
def test_a_malformed_report_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "report.json").write_bytes(content)
    assert main(["report", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("parity: error: ")
    assert captured.err.count("\n") == 1
    assert "internal" not in captured.err


def test_a_malformed_divergence_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = runs.diverged_run(tmp_path)
    path = next((run / "divergences").iterdir())
    path.write_bytes(path.read_bytes()[:200])
    assert main(["report", str(run)]) == 2
    err = capsys.readouterr().err
    assert path.name in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_what_is_no_run_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["report", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
