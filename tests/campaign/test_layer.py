"""What a layer counts and says."""

from __future__ import annotations

from pathlib import Path

from sides import Side, layer

from parity.campaign.events import OracleFailed, Unsupported, from_json, to_json
from parity.campaign.layer import MAX_FAILURES
from parity.cases.model import Case
from parity.triage.divergence import Divergence


def stored(*hexes: str) -> list[Case]:
    return [Case("bytes", {"hex": text}) for text in hexes]


def test_agreement_is_counted_with_features_verdicts_and_seconds(tmp_path: Path) -> None:
    run, _, emitted = layer(tmp_path, Side(len), Side(len), wanted=None)
    run.replay(stored("", "00", "0000", "00"))
    tally = run.tally
    assert (tally.cases, tally.agreed, tally.diverged, tally.duplicates) == (3, 3, 0, 1)
    assert tally.features == {"none": 1, "some": 2}
    assert tally.verdicts == {"observed": 3}
    assert tally.seconds_oracle > 0
    assert tally.seconds_subject > 0
    assert emitted == []


def test_each_reason_for_declining_is_told_once_and_counted(tmp_path: Path) -> None:
    run, _, emitted = layer(tmp_path, Side(len), Side(lambda data: "unsupported" if data else 0), wanted=None)
    run.replay(stored("", "00", "01", "02"))
    assert (run.tally.agreed, run.tally.unsupported) == (1, 3)
    assert [type(event) for event in emitted] == [Unsupported]
    assert run.tally.unsupported_reasons == {"subject: as told": 3}


def test_what_a_side_lacks_is_left_out_told_once_and_counted(tmp_path: Path) -> None:
    def left_out(case: Case) -> tuple[str, str] | None:
        return ("oracle", "langgraph 1.2.0 lacks it") if case.body["hex"] else None

    oracle = Side(len)
    run, _, emitted = layer(tmp_path, oracle, Side(len), wanted=None, left_out=left_out)
    run.replay(stored("", "00", "01"))
    assert oracle.asked == 1
    assert (run.tally.cases, run.tally.agreed, run.tally.unsupported) == (3, 1, 2)
    assert run.tally.unsupported_reasons == {"oracle: langgraph 1.2.0 lacks it": 2}
    (event,) = emitted
    assert from_json(to_json(event)) == event, "what is told is an event of the stream"


def test_a_silent_oracle_is_a_fault_of_the_harness_and_the_subject_is_not_asked(tmp_path: Path) -> None:
    subject = Side(len)
    run, run_dir, emitted = layer(tmp_path, Side(lambda _: "exception"), subject, wanted=None)
    run.replay(stored("00"))
    assert subject.asked == 0
    assert (run.tally.oracle_failed, run.tally.diverged) == (1, 0)
    (event,) = emitted
    assert isinstance(event, OracleFailed)
    assert (run_dir.path / event.path).is_file()


def test_a_stored_case_that_diverges_is_reduced_and_kept_with_the_original(tmp_path: Path) -> None:
    run, run_dir, _ = layer(tmp_path, Side(len), Side(lambda data: len(data) + (len(data) > 0)), wanted=None)
    run.replay(stored("010203040506", "", "01", "0102"))
    assert (run.tally.agreed, run.tally.diverged) == (1, 3)
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert saved.original_case == stored("010203040506")[0]
    assert len(saved.case.body["hex"]) == 2
    assert saved.shrunk


def slow(data: bytes) -> str | int:
    return "timeout" if len(data) >= 2 else len(data)


def test_a_hang_is_reduced_with_little_patience_and_run_again_with_all(tmp_path: Path) -> None:
    subject = Side(slow)
    run, run_dir, _ = layer(tmp_path, Side(len), subject, wanted=None)
    run.replay(stored("010203040506"))
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert (len(saved.case.body["hex"]), saved.flaky, run.tally.diverged) == (4, False, 1)
    # Found, and found again; then probes; the smallest once more.
    limits = subject.limits
    assert (limits[:2], limits[-1], set(limits[2:-1])) == ([None, None], None, {1.0})


def test_what_was_only_slow_leaves_the_hang_as_it_was_found(tmp_path: Path) -> None:
    subject = Side(lambda data: "timeout" if len(data) >= 4 or subject.limits[-1] else len(data))
    run, run_dir, _ = layer(tmp_path, Side(len), subject, wanted=None)
    run.replay(stored("010203040506"))
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert (saved.case, saved.shrunk, saved.flaky) == (stored("010203040506")[0], True, False)
    assert (run.tally.diverged, run.tally.flaky) == (1, {})


def test_a_stream_is_run_to_the_number_wanted_and_what_diverges_is_reduced(tmp_path: Path) -> None:
    run, run_dir, _ = layer(tmp_path, Side(len), Side(lambda data: len(data) + (b"\x07" in data)), wanted=500)
    run.stream(Case("bytes", {"hex": number.to_bytes(2, "big").hex()}) for number in range(10_000))
    assert (run.tally.cases, run.tally.agreed, run.tally.diverged) == (500, 498, 2)
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert saved.case == Case("bytes", {"hex": "07"})
    assert saved.original_case == Case("bytes", {"hex": "0007"})
    assert saved.shrunk


def test_a_stream_goes_on_after_a_verdict_and_ends_when_it_has_no_more(tmp_path: Path) -> None:
    subject = Side(lambda data: "panic" if data == b"\x05" else len(data))
    run, _, _ = layer(tmp_path, Side(len), subject, wanted=None, shrink_seconds=0.0)
    run.stream(iter(stored(*(f"{number:02x}" for number in range(100)), *["63"] * 100)))
    assert (run.tally.cases, run.tally.agreed, run.tally.diverged, run.tally.duplicates) == (100, 99, 1, 100)
    assert run.tally.stopped is None


def test_a_stream_of_a_hopeless_subject_is_left(tmp_path: Path) -> None:
    run, _, _ = layer(tmp_path, Side(len), Side(lambda _: "panic"), wanted=None, shrink_seconds=0.0)
    run.stream(iter(stored(*(f"{number:02x}" for number in range(100)))))
    assert run.tally.cases == MAX_FAILURES
    assert run.tally.stopped == f"the subject failed on {MAX_FAILURES} cases"
