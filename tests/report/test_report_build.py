"""From an event stream to a report: complete or visibly partial, and the same after it was read back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import report_runs as runs

from parity.campaign import events as ev
from parity.cases.schema import CaseError
from parity.report.build import assemble, build, load, render


def test_a_report_read_back_is_the_report_that_was_written(tmp_path: Path) -> None:
    run = runs.diverged_run(tmp_path)
    build(run)
    assert load(run / "report.json") == assemble(run)


def test_a_clean_run_is_parity_and_has_no_causes(tmp_path: Path) -> None:
    report = assemble(runs.clean_run(tmp_path))
    assert (report.complete, report.verdict, report.fingerprints) == (True, "parity", ())
    assert report.cases == 100, "the oracle against itself says nothing about the subject and is not counted"


def test_each_fingerprint_is_one_cause_with_its_count_severity_and_replay_command(tmp_path: Path) -> None:
    report = assemble(runs.diverged_run(tmp_path))
    seen = [(cause.severity, cause.fingerprint, cause.count) for cause in report.ordered()]
    assert [severity for severity, _, _ in seen] == ["crash", "divergence", "flaky"], "worst first"
    assert ("divergence", "codec/encode:int", 5) in seen
    wrong_width = runs.wrong_width()
    cause = next(cause for cause in report.fingerprints if cause.fingerprint == "codec/encode:int")
    assert cause.replay == f"parity replay {wrong_width.id}"
    assert cause.divergence == wrong_width.to_json()


def test_the_smallest_shrunk_case_stands_for_a_cause_found_in_two_phases(tmp_path: Path) -> None:
    found = runs.wrong_width()
    events = runs.stream([found], None)[:-1]
    for identity, size in (("aaaaaaaa-000001", 50), ("aaaaaaaa-000002", 30), ("aaaaaaaa-000003", 40)):
        smaller = dataclasses.replace(found, id=identity)
        smaller.save(tmp_path / "divergences")
        events.append(
            ev.DivergenceShrunk(
                "campaign",
                "graphs",
                identity,
                found.fingerprint,
                found.fingerprint_id,
                "a sentence",
                found.case.case_id,
                size,
                100,
                9,
                1.0,
                False,
                f"divergences/{identity}.json",
                0,
            )
        )
    report = assemble(runs.write(tmp_path, events, [found]))
    assert [cause.id for cause in report.fingerprints] == ["aaaaaaaa-000002"]


def test_a_difference_of_the_oracle_with_itself_is_a_cause_of_its_own(tmp_path: Path) -> None:
    found = runs.wrong_width()
    own = dataclasses.replace(found, id="aaaaaaaa-000009", phase="aa")
    events = runs.stream([found], "aa_failed")
    first = next(event for event in events if isinstance(event, ev.DivergenceFound))
    position = events.index(first)
    events.insert(position, dataclasses.replace(first, phase="aa", id=own.id, path=f"divergences/{own.id}.json"))
    events = runs.counted(events)
    report = assemble(runs.write(tmp_path, events, [found, own]))
    assert report.verdict == "error"
    assert {(cause.id, cause.phase) for cause in report.fingerprints} == {(found.id, "campaign"), (own.id, "aa")}
    build(tmp_path)
    assert "the oracle, run again, said" in (tmp_path / "report.html").read_text()


def test_a_stream_without_a_footer_is_visibly_partial(tmp_path: Path) -> None:
    run = runs.write(tmp_path, runs.stream([runs.wrong_width()], None), [runs.wrong_width()])
    page = build(run).read_text()
    report = load(run / "report.json")
    assert (report.complete, report.verdict) == (False, "incomplete")
    assert len(report.fingerprints) == 1, "what was found is not lost"
    assert "PARTIAL" in page
    assert "PARTIAL" in (run / "summary.md").read_text()


def test_the_line_that_was_being_written_when_the_run_was_killed_is_left_out(tmp_path: Path) -> None:
    run = runs.clean_run(tmp_path)
    whole = (run / "events.jsonl").read_bytes()
    (run / "events.jsonl").write_bytes(whole[:-5])
    assert not assemble(run).complete


def test_a_layer_that_had_not_ended_shows_how_far_it_got(tmp_path: Path) -> None:
    events = [*runs.stream([], None)[:-1], ev.Progress("campaign", "graphs", 40, 100, 39, 1, 0, 4.0)]
    (layer,) = [x for x in assemble(runs.write(tmp_path, events, [])).layers if x.phase == "campaign"]
    assert (layer.complete, layer.cases, layer.diverged, layer.rate) == (False, 40, 1, 10.0)


def test_a_missed_floor_makes_the_run_vacuous_and_is_said(tmp_path: Path) -> None:
    events = runs.stream([], "vacuous")
    events.insert(-1, ev.FloorMissed("campaign", "graphs", "supersteps", 1000.0, 40.0))
    events = runs.counted(events)
    run = runs.write(tmp_path, events, [])
    page = build(run).read_text()
    assert load(run / "report.json").verdict == "vacuity"
    assert "supersteps was 40, at least 1000 needed" in page


def test_every_normalisation_that_was_applied_is_named_with_its_reason_and_count(tmp_path: Path) -> None:
    run = runs.clean_run(tmp_path)
    page = build(run).read_text()
    assert "set-order" in page
    assert "the items of a set are sorted" in page


def test_a_divergence_that_was_not_saved_keeps_its_row(tmp_path: Path) -> None:
    run = runs.write(tmp_path, runs.stream([runs.wrong_width()], None), [])
    page = build(run).read_text()
    assert load(run / "report.json").fingerprints[0].divergence is None
    assert "The run ended before this divergence was saved." in page


def test_a_page_is_made_again_from_the_json_alone(tmp_path: Path) -> None:
    run = runs.diverged_run(tmp_path)
    page = build(run)
    before = page.read_bytes()
    page.unlink()
    (run / "events.jsonl").unlink()
    assert render(run).read_bytes() == before


def test_a_write_that_fails_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.clean_run(tmp_path)
    build(run)
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        build(run)
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("name", ["events.jsonl", "report.json"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\xff\xfe\n" * 10, id="binary"),
        pytest.param(b'{"schema": "parity/report/1", "complete": tr\n', id="truncated"),
        pytest.param(b'{"schema": "parity/report/2", "event": "run_started"}\n', id="wrong version"),
        pytest.param(b"[]\n", id="wrong type"),
        pytest.param(b"[" * 200_000 + b"\n", id="deep"),
        pytest.param(b'{"event": "progress"}\n', id="fields missing"),
    ],
)
def test_what_is_no_report_is_one_clear_error(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CaseError) as raised:
        assemble(tmp_path) if name == "events.jsonl" else load(path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 700


def test_a_stream_of_another_version_is_refused(tmp_path: Path) -> None:
    run = runs.clean_run(tmp_path)
    text = (run / "events.jsonl").read_text().replace("parity/events/1", "parity/events/9")
    (run / "events.jsonl").write_text(text)
    with pytest.raises(CaseError, match="parity/events/1"):
        assemble(run)


def test_a_stream_that_lost_lines_is_refused(tmp_path: Path) -> None:
    run = runs.clean_run(tmp_path)
    lines = (run / "events.jsonl").read_text().splitlines(keepends=True)
    (run / "events.jsonl").write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(CaseError, match="footer counts"):
        assemble(run)


def test_a_huge_stream_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "events.jsonl").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    with pytest.raises(CaseError, match="refused"):
        assemble(tmp_path)


def test_an_event_cannot_name_a_file_outside_the_run(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(runs.wrong_width().to_json()))
    events = runs.stream([runs.wrong_width()], None)
    first = next(event for event in events if isinstance(event, ev.DivergenceFound))
    events[events.index(first)] = dataclasses.replace(first, path="../secret.json")
    with pytest.raises(CaseError, match="outside the run"):
        assemble(runs.write(tmp_path / "run", events, []))
