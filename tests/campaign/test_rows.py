"""Fingerprints group by cause: a planted fault is one row over some hundred random cases, two faults are two rows.

Both sides are asked here without a campaign, which would stop to shrink: only what the comparison calls things matters.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from parity.cases.model import Case, canonical
from parity.compare import compare
from parity.generate import channels, graphs, values
from parity.observe.model import Outcome
from parity.subjects.faults import FAULTS
from parity.subjects.process import SubjectProcess
from parity.subjects.registry import spec_for

STEADY = [name for name, fault in FAULTS.items() if fault.layer != "subject" and not fault.flaky]
MOST_ROWS = 2
EVERYWHERE = {"version_twice", "save_skipped", "ephemeral_kept"}
"""They show in every graph program, near its start: nothing that comes later in the same program can be seen."""

PAIRS = random.Random(7).sample(list(itertools.combinations([n for n in STEADY if n not in EVERYWHERE], 2)), 5)


def drawn(strategy: st.SearchStrategy[Case], count: int) -> list[Case]:
    found: dict[str, Case] = {}

    @hypothesis.seed(11)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(case: Case) -> None:
        found[canonical(case.to_json())] = case

    collect()
    return list(found.values())


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [
        *drawn(graphs.cases(), 150),
        *drawn(channels.cases(), 150),
        *drawn(values.cases(), 50),
    ]


def outcomes(subject: str, cases: list[Case]) -> list[Outcome]:
    with SubjectProcess(spec_for(subject), timeout=60) as side:
        return [Outcome.from_reply(side.run(case)) for case in cases]


@pytest.fixture(scope="module")
def rows(cases: list[Case]) -> dict[str, Counter[str]]:
    """By subject, how many cases each fingerprint has."""
    names = [*STEADY, *(f"{one}+{other}" for one, other in PAIRS)]
    with ThreadPoolExecutor(2) as pool:
        right, *wrong = pool.map(
            lambda name: outcomes(name, cases), ["upstream", *(f"faulty:{name}" for name in names)]
        )
    found: dict[str, Counter[str]] = {}
    for name, seen in zip(names, wrong, strict=True):
        differences = [compare(*triple).difference for triple in zip(cases, right, seen, strict=True)]
        found[name] = Counter(difference.fingerprint for difference in differences if difference is not None)
    return found


@pytest.mark.parametrize("name", STEADY)
def test_one_fault_is_one_row(rows: dict[str, Counter[str]], name: str) -> None:
    assert 1 <= len(rows[name]) <= MOST_ROWS, rows[name]
    assert {fingerprint.partition("/")[0] for fingerprint in rows[name]} == {FAULTS[name].layer}


def test_no_two_faults_have_a_row_in_common(rows: dict[str, Counter[str]]) -> None:
    for one, other in itertools.combinations(STEADY, 2):
        assert rows[one].keys().isdisjoint(rows[other]), (one, other)


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_faults_at_once_are_two_rows(rows: dict[str, Counter[str]], pair: tuple[str, str]) -> None:
    found = rows["+".join(pair)]
    assert len(found) >= 2, found
