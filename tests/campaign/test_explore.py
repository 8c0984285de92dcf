"""Hypothesis as the engine: reproducible, distinct cases, bounded shrinking, and a layer that always ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sides import Side, cases, layer

from parity.campaign.events import DivergenceFound, DivergenceShrunk
from parity.campaign.explore import explore, explore_batches
from parity.campaign.layer import MAX_FAILURES, MAX_TIMEOUTS
from parity.cases.model import Case
from parity.generate.swarm import Batch, Choices, batched
from parity.triage.divergence import Divergence


def visited(tmp_path: Path, seed: int, name: str) -> list[str]:
    seen: list[str] = []

    def answer(data: bytes) -> int:
        seen.append(data.hex())
        return 1

    run, _, _ = layer(tmp_path / name, Side(answer), Side(lambda _: 1))
    explore(cases, seed, run)
    return seen


def test_the_same_seed_gives_the_same_cases_and_another_seed_others(tmp_path: Path) -> None:
    assert visited(tmp_path, 1, "a") == visited(tmp_path, 1, "b")
    assert visited(tmp_path, 1, "c") != visited(tmp_path, 2, "d")


def test_as_many_different_cases_as_wanted_are_run(tmp_path: Path) -> None:
    seen = visited(tmp_path, 3, "a")
    assert len(seen) == len(set(seen)) == 200


def test_a_strategy_with_nothing_new_to_offer_ends_the_layer(tmp_path: Path) -> None:
    def few() -> SearchStrategy[Case]:
        return st.sampled_from(["", "00", "01"]).map(lambda text: Case("bytes", {"hex": text}))

    run, _, _ = layer(tmp_path, Side(lambda _: 1), Side(lambda _: 1), wanted=1000)
    explore(few, 1, run)
    assert run.tally.cases == 3


def test_a_divergence_is_saved_shrunk_to_the_smallest_and_the_layer_goes_on(tmp_path: Path) -> None:
    run, run_dir, emitted = layer(tmp_path, Side(len), Side(lambda data: len(data) + (len(data) >= 3)), wanted=300)
    explore(cases, 1, run)
    assert run.tally.cases == 300
    assert run.tally.diverged > 50
    assert run.tally.agreed + run.tally.diverged == 300
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert saved.case == Case("bytes", {"hex": "000000"})
    assert saved.shrunk
    assert not saved.flaky
    assert [type(event) for event in emitted] == [DivergenceFound, DivergenceShrunk]


def test_the_unshrunk_divergence_is_on_disk_before_shrinking_begins(tmp_path: Path) -> None:
    on_disk: list[int] = []

    def answer(data: bytes) -> int:
        if len(data) >= 3:
            on_disk.append(len(list(run_dir.divergences.glob("*.json"))))
        return len(data) + (len(data) >= 3)

    run, run_dir, _ = layer(tmp_path, Side(len), Side(answer))
    explore(cases, 1, run)
    assert on_disk[0] == 0
    assert set(on_disk[1:]) == {1}


def test_without_a_shrink_budget_the_case_stays_as_found(tmp_path: Path) -> None:
    run, run_dir, emitted = layer(
        tmp_path, Side(len), Side(lambda data: len(data) + (len(data) >= 3)), shrink_seconds=0
    )
    explore(cases, 1, run)
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert saved.case == saved.original_case
    (shrunk,) = [event for event in emitted if isinstance(event, DivergenceShrunk)]
    assert shrunk.probes == 0


def test_shrinking_ends_with_its_budget_and_keeps_the_best(tmp_path: Path) -> None:
    def slow(data: bytes) -> int:
        if len(data) >= 3:
            time.sleep(0.05)
        return len(data) + (len(data) >= 3)

    run, run_dir, emitted = layer(tmp_path, Side(len), Side(slow), wanted=40, shrink_seconds=0.4)
    explore(lambda: st.binary(min_size=8, max_size=12).map(lambda d: Case("bytes", {"hex": d.hex()})), 1, run)
    (shrunk,) = [event for event in emitted if isinstance(event, DivergenceShrunk)]
    assert shrunk.seconds < 1.5
    (path,) = run_dir.divergences.glob("*.json")
    assert Divergence.load(path).shrunk


def test_what_does_not_show_again_is_flaky_and_keeps_its_first_outputs(tmp_path: Path) -> None:
    wrong = iter([True])

    def once(data: bytes) -> int:
        return 99 if len(data) >= 3 and next(wrong, False) else len(data)

    run, run_dir, _ = layer(tmp_path, Side(len), Side(once))
    explore(cases, 1, run)
    (path,) = run_dir.divergences.glob("*.json")
    saved = Divergence.load(path)
    assert saved.flaky
    assert saved.actual.events == ({"e": "structure", "value": 99},)


def test_two_bugs_are_two_divergences(tmp_path: Path) -> None:
    def answer(data: bytes) -> object:
        return "panic" if len(data) == 2 else len(data) + (len(data) >= 5)

    run, run_dir, _ = layer(tmp_path, Side(len), Side(answer), wanted=300)
    explore(cases, 1, run)
    found = sorted(Divergence.load(path).layer for path in run_dir.divergences.glob("*.json"))
    assert found == ["codec", "subject"]
    assert len(run.tally.fingerprints) == 2


def test_a_hang_costs_a_few_time_outs_and_no_more(tmp_path: Path) -> None:
    subject = Side(lambda data: "timeout" if len(data) >= 3 else len(data))
    run, run_dir, _ = layer(tmp_path, Side(len), subject, wanted=500)
    explore(cases, 1, run)
    assert run.tally.verdicts["timeout"] == MAX_TIMEOUTS
    assert subject.hung.count(None) <= MAX_TIMEOUTS + 3
    # Those on the way to a smaller case have a second at most, for the oracle answers at once.
    assert set(subject.hung) == {None, 1.0}
    assert run.tally.stopped is not None
    assert len(list(run_dir.divergences.glob("*.json"))) == 1
    assert subject.asked < 100


def test_a_subject_that_keeps_failing_is_left(tmp_path: Path) -> None:
    run, _, _ = layer(tmp_path, Side(len), Side(lambda data: "abort" if data else 0), wanted=5000)
    explore(cases, 1, run)
    assert run.tally.verdicts["abort"] == MAX_FAILURES
    assert run.tally.cases < 200


def test_a_deadline_ends_the_layer(tmp_path: Path) -> None:
    run, _, _ = layer(tmp_path, Side(len), Side(len), wanted=None, deadline=time.monotonic() + 0.5)
    started = time.monotonic()
    explore(cases, 1, run)
    assert run.tally.stopped == "out of time"
    assert time.monotonic() - started < 5
    assert run.tally.cases > 0


def test_a_broken_strategy_is_an_error_not_a_divergence(tmp_path: Path) -> None:
    def broken() -> SearchStrategy[Case]:
        return st.integers().map(lambda number: Case("bytes", {"hex": 1 // (number * 0)}))

    run, _, _ = layer(tmp_path, Side(len), Side(len))
    with pytest.raises(ZeroDivisionError):
        explore(broken, 1, run)


def test_a_fingerprint_another_worker_shrinks_is_counted_and_not_shrunk_again(tmp_path: Path) -> None:
    def answer(data: bytes) -> int:
        return len(data) + (len(data) >= 3)

    first, run_dir, _ = layer(tmp_path, Side(len), Side(answer))
    explore(cases, 1, first)
    for claim in run_dir.claims.iterdir():
        claimed = claim.name
    second, other_dir, emitted = layer(tmp_path / "other", Side(len), Side(answer))
    other_dir.claim(claimed)
    explore(cases, 1, second)
    assert second.tally.diverged > 0
    assert emitted == []
    assert second.tally.cases == first.tally.cases


def test_which_cases_run_does_not_depend_on_who_shrinks(tmp_path: Path) -> None:
    def seen(name: str, claimed: bool) -> list[bytes]:
        order: list[bytes] = []

        def answer(data: bytes) -> int:
            return len(data) + (len(data) >= 3)

        run, run_dir, _ = layer(tmp_path / name, Side(len), Side(answer), shrink_seconds=1.0)
        if claimed:
            run_dir.claim(fingerprint)
        visit = run.visit

        def noting(case: Case) -> object:
            order.append(bytes.fromhex(case.body["hex"]))
            return visit(case)

        run.visit = noting  # type: ignore[method-assign, assignment]
        explore(cases, 1, run)
        return order

    probe, probe_dir, _ = layer(tmp_path / "probe", Side(len), Side(lambda data: len(data) + (len(data) >= 3)))
    explore(cases, 1, probe)
    (fingerprint,) = (claim.name for claim in probe_dir.claims.iterdir())
    assert seen("a", claimed=False) == seen("b", claimed=True)


def many(sizes: tuple[int, ...] = (2, 3, 4)) -> Callable[[], SearchStrategy[Batch[Case]]]:
    """Bytes cases, 64 of one draw."""

    def make(choices: Choices) -> Case:
        data = b""
        while not choices.spent:
            data += bytes([choices.byte()])
        return Case("bytes", {"hex": data.hex()})

    return lambda: batched(make, sizes)


def batches_visited(tmp_path: Path, seed: int, name: str, wanted: int) -> list[str]:
    seen: list[str] = []

    def answer(data: bytes) -> int:
        seen.append(data.hex())
        return 1

    run, _, _ = layer(tmp_path / name, Side(answer), Side(lambda _: 1), wanted=wanted)
    explore_batches(many(), seed, run)
    return seen


def test_batches_follow_from_the_seed_and_are_as_many_different_cases_as_wanted(tmp_path: Path) -> None:
    first = batches_visited(tmp_path, 1, "a", 500)
    assert first == batches_visited(tmp_path, 1, "b", 500)
    assert first != batches_visited(tmp_path, 2, "c", 500)
    assert len(first) == len(set(first)) == 500
    assert "" in first, "the simplest is among them"


def test_what_diverges_in_a_batch_is_shrunk_and_the_rest_of_the_batch_is_counted(tmp_path: Path) -> None:
    def answer(data: bytes) -> object:
        return "exception" if data[:1] == b"\x07" else len(data) + (len(data) >= 3 and data[0] > 127)

    subject = Side(answer)
    run, run_dir, emitted = layer(tmp_path, Side(len), subject, wanted=300)
    run._hopeless = ()
    explore_batches(many(), 1, run)
    assert run.tally.cases == 300
    assert run.tally.agreed + run.tally.diverged == 300
    assert run.tally.diverged > 50
    found = {saved.layer: saved for saved in map(Divergence.load, run_dir.divergences.glob("*.json"))}
    assert len(found["codec"].case.body["hex"]) == 6
    assert found["codec"].shrunk
    assert set(found) <= {"codec", "subject"}
    assert len(run.tally.fingerprints) == len(found)
    assert [type(event) for event in emitted] == [DivergenceFound, DivergenceShrunk] * len(found)


def test_two_bugs_in_one_batch_are_two_divergences(tmp_path: Path) -> None:
    def answer(data: bytes) -> object:
        return "exception" if data[0] % 2 else len(data) + 1

    run, run_dir, _ = layer(tmp_path, Side(len), Side(lambda data: answer(data) if data else 0), wanted=64)
    run._hopeless = ()
    explore_batches(many(), 1, run)
    found = {Divergence.load(path).layer for path in run_dir.divergences.glob("*.json")}
    assert found == {"codec", "subject"}
    assert len(run.tally.fingerprints) == 2
    assert (run.tally.cases, run.tally.agreed) == (64, 1)


def test_a_side_that_ends_in_the_middle_of_a_batch_loses_no_case(tmp_path: Path) -> None:
    def answer(data: bytes) -> object:
        return "panic" if data[:1] == b"\x80" else len(data)

    run, _, _ = layer(tmp_path, Side(len), Side(answer), wanted=400, shrink_seconds=0)
    run._hopeless = ()
    explore_batches(many((1, 2, 3)), 1, run)
    assert run.tally.cases == run.tally.agreed + run.tally.diverged == 400
    assert run.tally.diverged > 0
