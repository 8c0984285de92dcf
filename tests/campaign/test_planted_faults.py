"""The harness itself under test: every planted fault is found, as one fingerprint that names the layer at fault.

The controls have two halves: a clean pair ends with 0, a pair with one fault in it ends with 1. Seed and counts are
fixed, so that each fault shows in every run of this test.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from runs import Finished, run

from parity.campaign.events import DivergenceShrunk
from parity.subjects.faults import FAULTS, RUST_FAULTS
from parity.triage.show import show

SEED = "3"
CASES = "values=200,channels=300,graphs=80,bytes=40"
SUBJECTS = {
    "clean": "upstream",
    **{name: f"faulty:{name}" for name in FAULTS},
    **{name: f"rust:{name}" for name in RUST_FAULTS},
}


def against(folder: Path, subject: str) -> Finished:
    folder.mkdir()
    limits = ("--workers", "1", "--aa-cases", "0", "--timeout", "4", "--shrink-seconds", "3")
    return run(folder, "run", "--subject", subject, "--seed", SEED, "--cases", CASES, *limits, timeout=600)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Finished]]]:
    """The runs of all subjects, two at a time: most of a run is the start of two processes."""
    folder = tmp_path_factory.mktemp("faults")
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(against, folder / name, subject) for name, subject in SUBJECTS.items()}


def test_there_are_at_least_eight_faults_and_every_layer_has_one() -> None:
    assert len(FAULTS) >= 8
    assert {fault.layer for fault in FAULTS.values()} == {"codec", "channels", "algorithm", "loop", "subject"}


def test_the_clean_pair_is_parity(outcomes: dict[str, Future[Finished]]) -> None:
    done = outcomes["clean"].result()
    assert done.code == 0, done.out + done.err
    assert done.footer.fingerprints == {}
    assert done.divergences == []


STEADY = [name for name, fault in FAULTS.items() if not fault.flaky]
FICKLE = [name for name, fault in FAULTS.items() if fault.flaky]


@pytest.mark.parametrize("name", FICKLE)
def test_what_is_gone_the_second_time_is_flaky_and_no_divergence(
    outcomes: dict[str, Future[Finished]], name: str
) -> None:
    done = outcomes[name].result()
    assert done.code == 1, done.out + done.err
    assert (done.footer.outcome, done.footer.diverged, done.footer.fingerprints) == ("flaky", 0, {})
    layer = done.layer("campaign", "channels")
    flaky = sum(layer.flaky.values())
    assert flaky == done.footer.flaky == layer.cases - layer.agreed > 1
    (kept,) = done.divergences
    assert kept.fingerprint.split("/")[0] == FAULTS[name].layer
    assert (kept.flaky, kept.count, kept.case) == (True, flaky, kept.original_case)
    # What both sides said first is in the file, and what became of it is told.
    assert len(kept.expected.events) == len(kept.actual.events) + 1
    assert kept.again == "run again, both sides agreed (the subject answered differently)"
    assert f"FLAKY {kept.fingerprint} in {flaky} cases" in done.out
    assert kept.again in show(kept)
    page = (done.folder / "report.html").read_text("utf-8")
    assert kept.again in page
    assert f"{flaky} cases diverged and then did not" in page


@pytest.mark.parametrize("name", STEADY)
def test_a_planted_fault_is_one_fingerprint_of_its_layer(outcomes: dict[str, Future[Finished]], name: str) -> None:
    done = outcomes[name].result()
    assert done.code == 1, done.out + done.err
    (fingerprint,) = done.footer.fingerprints.values()
    assert fingerprint.split("/")[0] == FAULTS[name].layer
    (divergence,) = done.divergences
    assert divergence.shrunk
    assert not divergence.flaky
    assert divergence.count == done.footer.diverged
    (shrunk,) = [event for event in done.events if isinstance(event, DivergenceShrunk)]
    assert shrunk.case_bytes <= shrunk.original_bytes


@pytest.mark.parametrize("name", RUST_FAULTS)
def test_a_fault_in_the_backend_is_laid_at_its_door(outcomes: dict[str, Future[Finished]], name: str) -> None:
    done = outcomes[name].result()
    assert done.code == 1, done.out + done.err
    fault = RUST_FAULTS[name]
    # Most cases lie in one row of its layer; where another event shows it first, there may be a second one.
    first = max(done.divergences, key=lambda divergence: divergence.count)
    assert first.fingerprint.split("/")[0] == fault.layer
    assert len(done.footer.fingerprints) <= 2
    for divergence in done.divergences:
        assert divergence.shrunk
        assert divergence.localised is not None
        if fault.layer == "subject":
            # The observation may be right: what is missing is the proof that Rust made it.
            assert divergence.actual.status == "witness"
            assert divergence.localised.at == "bridge"
        else:
            assert divergence.localised.at == fault.localised
        if fault.part:
            assert divergence.localised.parts == (fault.part,), divergence.localised
            assert f"in the part `{fault.part}`: with upstream's in its place both sides agree" in done.out
        told = divergence.localised.told()
        assert told in done.out
        assert f"On the Rust side: {html.escape(told)}." in (done.folder / "report.html").read_text("utf-8")
