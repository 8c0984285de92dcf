"""The committed sample is what this version makes of a real run."""

from __future__ import annotations

from pathlib import Path

from parity.report.build import load
from parity.report.page import render_page

SAMPLE = Path(__file__).resolve().parents[2] / "reports" / "sample"


def test_the_sample_shows_the_one_planted_fault_on_a_graph() -> None:
    report = load(SAMPLE / "report.json")
    assert (report.complete, report.verdict) == (True, "divergence")
    assert report.provenance.subject.startswith("faulty:")
    (cause,) = report.fingerprints
    assert cause.divergence is not None
    assert cause.divergence["case"]["kind"] == "graph"
    assert report.aa is not None
    assert report.aa.differences == 0


def test_the_sample_page_is_not_older_than_what_renders_it() -> None:
    page = (SAMPLE / "report.html").read_text("utf-8")
    again = render_page(load(SAMPLE / "report.json"))
    assert page == again, "make it again: `parity report --from-json reports/sample`, or scripts/sample_report.py"
