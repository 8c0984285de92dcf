"""The oracle's trace of a graph program: complete, controlled, and the same under every hash seed."""

import random
from datetime import datetime
from typing import Any

import pytest
from langgraph.pregel import _checkpoint, _loop

from parity.cases.model import Case
from parity.corpus.entries.graphs import entries
from parity.subjects.process import SubjectProcess
from parity.subjects.registry import spec_for
from parity.subjects.upstream.controls import FROZEN_RANDOM, controlled
from parity.subjects.upstream.graphs import observe_graph

CORPUS = dict(entries())


def without_sets(events: Any) -> Any:
    """The events with the digits of every serialised set of names sorted away (their order is the hash seed's)."""
    if isinstance(events, dict):
        if "hex" in events and "6275696c74696e73a3736574" in events["hex"]:
            return {**events, "hex": sorted(events["hex"])}
        return {key: without_sets(value) for key, value in events.items()}
    return [without_sets(value) for value in events] if isinstance(events, list) else events


def test_the_corpus_has_sixty_programs_and_every_one_is_a_valid_case() -> None:
    assert len(CORPUS) >= 60
    for case in CORPUS.values():
        assert Case.from_json(case.to_json()) == case


def test_traces_do_not_depend_on_the_hash_seed() -> None:
    spec = spec_for("upstream")
    with SubjectProcess(spec, hash_seed=1) as one, SubjectProcess(spec, hash_seed=99) as other:
        for name, case in CORPUS.items():
            assert without_sets(one.run(case).events) == without_sets(other.run(case).events), name


def test_a_run_repeats_itself() -> None:
    for case in CORPUS.values():
        assert observe_graph(case.body) == observe_graph(case.body)


def test_controls_are_put_back() -> None:
    before = (_checkpoint.uuid6, _loop.BackgroundExecutor, _loop.datetime)
    seen: list[float] = []

    def fail() -> None:
        with controlled():
            seen.append(random.random())
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    assert seen == [FROZEN_RANDOM]
    assert (_checkpoint.uuid6, _loop.BackgroundExecutor, _loop.datetime) == before
    assert _loop.datetime is datetime
    assert len({random.random() for _ in range(5)}) > 1


def test_a_trace_holds_every_call_of_the_saver_and_every_chunk() -> None:
    kinds = {event["e"] for event in observe_graph(CORPUS["one node"].body)}
    assert kinds == {"call", "load", "version", "put", "put_writes", "stream", "result", "state"}


def test_of_several_failed_tasks_the_first_ones_error_is_raised() -> None:
    events = observe_graph(CORPUS["two of three parallel nodes raise"].body)
    assert [event["message"] for event in events if event["e"] == "error"] == ["x"]


@pytest.mark.parametrize("failing", [(first, second) for first in range(12) for second in range(first + 1, 12)])
def test_whatever_two_of_twelve_tasks_fail_the_first_ones_error_is_raised(failing: tuple[int, int]) -> None:
    names = [f"n{index:02d}" for index in range(12)]
    raises = {"op": "raise", "error": "ValueError", "when": None}
    body = {
        "state": {"a": {"channel": "LastValue"}},
        "nodes": [
            {
                "name": name,
                "defer": False,
                "do": [{**raises, "message": name}] if index in failing else [],
                "returns": "dict",
            }
            for index, name in enumerate(names)
        ],
        "edges": [["__start__", name] for name in names],
        "joins": [],
        "branches": [],
        "run": {"recursion_limit": 5, "versions": "int", "calls": [{"input": {"t": "dict", "v": []}}]},
    }
    errors = [event["message"] for event in observe_graph(body) if event["e"] == "error"]
    assert errors == [names[failing[0]]]
