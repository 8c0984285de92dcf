"""The end of a run in plain lines, and in Markdown."""

from __future__ import annotations

from pathlib import Path

import report_runs as runs

from parity.report.build import assemble, build
from parity.report.console import markdown, summary_lines


def test_the_verdict_comes_first_then_layers_then_each_cause_with_its_command(tmp_path: Path) -> None:
    lines = summary_lines(assemble(runs.diverged_run(tmp_path)))
    assert lines[0] == "DIVERGENCE: 2 causes of divergence in 100 cases."
    causes = lines.index("Causes of divergence:")
    assert lines.index("Random cases:") < causes
    assert [line.split("]")[0] for line in lines[causes + 1 :: 3]] == ["  [crash", "  [divergence", "  [flaky"]
    assert f"      {runs.wrong_width().replay_command}" in lines[causes:]


def test_parity_is_one_line_that_says_so(tmp_path: Path) -> None:
    lines = summary_lines(assemble(runs.clean_run(tmp_path)))
    assert lines[0] == "PARITY: Parity on 100 cases: the oracle and the subject agreed."
    assert "  All 4 vacuity floors were met." in lines


def test_no_line_can_move_the_cursor(tmp_path: Path) -> None:
    lines = summary_lines(assemble(runs.diverged_run(tmp_path)))
    assert all(line.isprintable() for line in lines)


def test_markdown_shows_text_as_text(tmp_path: Path) -> None:
    text = markdown(assemble(runs.diverged_run(tmp_path)))
    assert "<script" not in text
    assert "\u202e" not in text
    table = [line for line in text.splitlines() if line.startswith("| divergence")]
    assert len(table) == 1
    assert table[0].replace("\\|", "").count("|") == 6


def test_the_summary_is_written_beside_the_report(tmp_path: Path) -> None:
    run = runs.clean_run(tmp_path)
    build(run)
    assert (run / "summary.md").read_text().startswith("## Parity\n")
