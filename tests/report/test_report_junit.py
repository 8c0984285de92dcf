"""JUnit XML of a run: what CI systems accept, and what they must be told."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from report_runs import HOSTILE, clean_run, counted, diverged_run, layer_finished, panicked, stream, write, wrong_width

from parity.campaign import events as ev
from parity.report.build import assemble
from parity.report.junit import junit

SUITE = {"name": str, "tests": int, "failures": int, "errors": int, "skipped": int, "time": float, "timestamp": str}
CASE = {"name": str, "classname": str, "time": float}


def checked(folder: Path) -> ET.Element:
    """The document of a run, held against what the schemas of Jenkins and of Ant have in common."""
    text = junit(assemble(folder))
    root = ET.fromstring(text.encode("utf-8"))
    assert root.tag == "testsuites"
    assert {child.tag for child in root} <= {"testsuite"}
    for suite in root:
        assert set(suite.attrib) == set(SUITE)
        for name, kind in SUITE.items():
            kind(suite.attrib[name])
        tags = [child.tag for child in suite]
        assert tags == [*["properties"] * tags.count("properties"), *["testcase"] * tags.count("testcase")]
        assert tags.count("properties") <= 1
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases) > 0
        assert len({case.attrib["name"] for case in cases}) == len(cases)
        for member, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[member]) == len(suite.findall(f"testcase/{tag}"))
        for case in cases:
            assert set(case.attrib) == set(CASE)
            assert float(case.attrib["time"]) >= 0
            assert [child.tag for child in case] in ([], ["failure"], ["error"], ["skipped"])
            for child in case:
                assert child.attrib["message"]
                assert ("type" in child.attrib) == (child.tag != "skipped")
    for member in ("tests", "failures", "errors"):
        assert int(root.attrib[member]) == sum(int(suite.attrib[member]) for suite in root)
    return root


def only(root: ET.Element, path: str) -> ET.Element:
    (found,) = root.findall(path)
    return found


def test_a_clean_run_has_a_passing_test_per_layer_and_no_other(tmp_path: Path) -> None:
    root = checked(clean_run(tmp_path))
    assert [suite.attrib["name"] for suite in root] == ["aa.graphs", "campaign.graphs", "run"]
    assert (root.attrib["failures"], root.attrib["errors"]) == ("0", "0")
    assert only(root, ".//testsuite[@name='campaign.graphs']/properties/property[@name='cases']").get("value") == "100"


def test_a_divergence_is_a_failure_with_its_case_and_first_difference(tmp_path: Path) -> None:
    root = checked(diverged_run(tmp_path))
    failure = only(root, ".//testsuite[@name='campaign.graphs']/testcase[@name='codec/encode:int']/failure")
    assert failure.attrib["type"] == "divergence"
    assert failure.attrib["message"].startswith("5 cases: event 2 (put) checkpoint at channel_values")
    assert f"divergences/{wrong_width().id}.json" in (failure.text or "")
    assert f"first difference: {wrong_width().difference.summary}" in (failure.text or "")
    assert f"parity replay {wrong_width().id}" in (failure.text or "")


def test_a_name_does_not_move_with_the_numbers(tmp_path: Path) -> None:
    found = [wrong_width()]
    names = [
        [case.attrib["name"] for case in checked(write(tmp_path / str(count), made, found)).iter("testcase")]
        for count in (5, 50)
        for made in [stream(found, "diverged", count)]
    ]
    assert names[0] == names[1]


def waived(state: str) -> ev.WaiverJudged:
    return ev.WaiverJudged(
        "codec/encode:int", "codec/encode:int", f"known {HOSTILE}", "ada", "i/1", "2030-01-01", "x", state, 7, "why"
    )


def test_a_waived_fingerprint_is_skipped_with_its_reason(tmp_path: Path) -> None:
    events = stream([], "parity")
    layer = replace(layer_finished("campaign", "graphs", 100, {}), waived={"codec/encode:int": 7})
    events = counted(
        [*[layer if event == events[-2] else event for event in events[:-1]], waived("active"), events[-1]]
    )
    root = checked(write(tmp_path, events, []))
    skipped = only(root, ".//testsuite[@name='campaign.graphs']/testcase/skipped")
    assert skipped.attrib["message"].startswith("known ")
    assert "7 cases, ada, i/1, until 2030-01-01" in skipped.attrib["message"]
    assert root.attrib["failures"] == "0"


@pytest.mark.parametrize("state", ["expired", "passing", "stale"])
def test_a_waiver_that_must_go_is_a_failure(tmp_path: Path, state: str) -> None:
    events = stream([], "waivers")
    root = checked(write(tmp_path, counted([*events[:-1], waived(state), events[-1]]), []))
    failure = only(root, ".//testsuite[@name='run']/testcase/failure")
    assert failure.attrib["type"] == f"waiver-{state}"


def test_a_missed_floor_and_a_differing_oracle_are_errors(tmp_path: Path) -> None:
    events = stream([], "vacuous")
    floor = ev.FloorMissed("campaign", "graphs", "supersteps", 60, 3)
    root = checked(write(tmp_path / "vacuous", counted([*events[:-1], floor, events[-1]]), []))
    assert only(root, ".//testsuite[@name='campaign.graphs']//error").attrib["type"] == "vacuity"
    found = replace(wrong_width(), phase="aa")
    events = [
        replace(event, phase="aa") if isinstance(event, ev.DivergenceFound) else event
        for event in stream([found], "aa_failed")[:-2]
    ]
    aa = replace(layer_finished("aa", "graphs", 10, {found.fingerprint_id: 2}))
    events = [aa if isinstance(event, ev.LayerFinished) else event for event in events]
    root = checked(write(tmp_path / "aa", events, [found]))
    error = only(root, ".//testsuite[@name='aa.graphs']/testcase[@name='codec/encode:int']/error")
    assert error.attrib["type"] == "aa"


def test_a_run_that_was_cut_short_is_an_error(tmp_path: Path) -> None:
    root = checked(write(tmp_path, stream([panicked()], None), [panicked()]))
    assert only(root, ".//testsuite[@name='run']/testcase/error").attrib["type"] == "incomplete"


def test_what_xml_cannot_carry_is_shown(tmp_path: Path) -> None:
    found = panicked()
    found = replace(found, difference=replace(found.difference, summary="a\x00b\x1b[2J \ud800 \uffff"))
    events = [
        replace(event, summary=found.difference.summary) if isinstance(event, ev.DivergenceFound) else event
        for event in stream([found], "diverged")
    ]
    root = checked(write(tmp_path, events, [found]))
    assert "a\\u0000b\\u001b[2J \\ud800 \\uffff" in only(root, ".//failure").attrib["message"]
