"""The subject `rust`: real LangGraph on the backend, and no observation without proof that Rust did the work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.cases.model import Case
from parity.corpus.files import load
from parity.observe.model import Outcome
from parity.subjects.faults import RUST_FAULTS
from parity.subjects.process import SubjectProcess
from parity.subjects.registry import second_opinion, spec_for, subject_names

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
NUMBER = Case("value", {"value": 100})
GRAPHS = [entry.case for file in load(FIXTURES, schemas=False).files if file.kind == "graph" for entry in file.entries]


@pytest.fixture(scope="module")
def rust() -> Iterator[SubjectProcess]:
    with SubjectProcess(spec_for("rust"), timeout=60) as process:
        yield process


@pytest.fixture(scope="module")
def upstream() -> Iterator[SubjectProcess]:
    with SubjectProcess(spec_for("upstream"), timeout=60) as process:
        yield process


def test_it_says_what_it_is_made_of(rust: SubjectProcess) -> None:
    assert rust.hello.kinds == ("value", "bytes", "serde", "channel", "graph", "program")
    assert set(rust.hello.versions) == {"langgraph-rs", "langgraph", "langgraph-checkpoint", "ormsgpack"}
    assert rust.hello.versions["langgraph"] == "1.2.22"


@pytest.mark.parametrize("index", range(0, len(GRAPHS), 13))
def test_a_graph_does_as_upstream_and_is_rusts_own_work(
    rust: SubjectProcess, upstream: SubjectProcess, index: int
) -> None:
    case = GRAPHS[index]
    expected, reply = upstream.run(case), rust.run(case)
    assert Outcome.from_reply(reply) == Outcome.from_reply(expected), reply.detail
    puts = [event for event in expected.events or () if event["e"] == "put"]
    assert expected.work == {}
    assert reply.work["bytes_encoded"] >= sum(len(event["checkpoint"]["hex"]) // 2 for event in puts)
    assert reply.work["supersteps"] >= sum(event["step"] >= 0 for event in puts)


def test_every_kind_of_case_moves_its_counters(rust: SubjectProcess) -> None:
    value, raw = rust.run(NUMBER), rust.run(Case("bytes", {"hex": "93010203"}))
    assert (value.work["encodings"], value.work["bytes_encoded"]) == (1, 1)
    assert raw.work["decodings"] >= 1
    # What needs no codec asks for none.
    assert rust.run(Case("value", {"value": None})).status == "observed"


def verdict(fault: str, case: Case) -> str:
    with SubjectProcess(spec_for(f"rust:{fault}"), timeout=60) as process:
        reply = process.run(case)
    return f"{reply.status}: {reply.detail}"


def test_a_use_of_upstreams_python_is_a_verdict_though_it_was_hidden() -> None:
    said = verdict("original_used", NUMBER)
    assert said.startswith("witness: WitnessVerdictError: ")
    assert "langgraph.checkpoint.serde.jsonplus:JsonPlusSerializer.dumps_typed of upstream was used" in said


def test_work_that_nobody_counted_is_a_verdict_though_it_is_right() -> None:
    assert verdict("python_instead", NUMBER) == (
        "witness: WitnessVerdictError: encodings in Rust: 0, and the case shows 1"
    )


def test_a_fault_is_asked_about_where_it_may_lie() -> None:
    assert second_opinion("rust") == "core"
    asked = {name: second_opinion(f"rust:{name}") for name in RUST_FAULTS}
    assert asked.pop("shared_loads_shifted") == "core:shared_loads_shifted"
    assert set(asked.values()) == {"core"}
    assert [second_opinion(name) for name in ("upstream", "core", "faulty:panic", "exec:rust")] == [None] * 4
    assert {"rust:loads_shifted", "rust:shared_loads_shifted", "core:shared_loads_shifted"} <= set(subject_names())
    assert "core:loads_shifted" not in subject_names()
