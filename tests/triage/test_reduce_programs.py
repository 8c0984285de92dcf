"""A program is reduced to the few members that matter, through valid programs only."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from parity.cases.model import Case, CaseError, canonical
from parity.cases.program_parts import functions, instructions
from parity.generate.programs import Choices, make
from parity.triage.reduce import candidates, reduce
from parity.triage.shrink import case_size


def drawn(seed: int, wanted: Callable[[str], bool]) -> Case:
    """The first program of a seed whose text has what is wanted."""
    bits = random.Random(seed)
    for _ in range(500):
        case = make(Choices(bits.randbytes(3000)))
        if not wanted(canonical(case.body)):
            continue
        try:
            return Case.from_json(case.to_json())
        except CaseError:
            continue
    raise AssertionError("no program of that seed has what is wanted")


def has(*parts: str) -> Callable[[str], bool]:
    return lambda text: all(part in text for part in parts)


@pytest.mark.parametrize("seed", range(3))
def test_every_candidate_is_a_valid_smaller_program(seed: int) -> None:
    case = drawn(seed, has("nodes"))
    for _, candidate in zip(range(60), candidates(case), strict=False):
        assert Case.from_json(candidate.to_json()) == candidate
        assert case_size(candidate) < case_size(case)


@pytest.mark.parametrize(
    ("parts", "size"),
    [
        (['"send"'], 340),
        (['"retry"'], 280),
        (['"op":"interrupt"', '"resume"'], 360),
        (['"op":"call"'], 400),
        (['"channel":"DeltaChannel"'], 300),
        (['"as_node"'], 280),
        (['"kind":"crash"'], 300),
        (['"op":"task"'], 240),
        (['"graph":"parent"'], 420),
        (['"on_error"'], 280),
        (['"interrupt_before"'], 300),
        (['"supersteps"'], 280),
        (['"private"'], 300),
        (['"cache"', '"run"'], 280),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_a_random_program_is_reduced_to_the_member_that_matters(parts: list[str], size: int) -> None:
    case = drawn(7, has(*parts))
    probes = 0

    def shows(candidate: Case) -> bool:
        nonlocal probes
        probes += 1
        return has(*parts)(canonical(candidate.body))

    small = reduce(case, shows)
    assert case_size(small)[0] < size
    # Each probe is a run on two sides, so that their number is what a reduction costs.
    assert probes < 120


def writes(body: dict[str, Any]) -> list[str]:
    return [
        one["key"]
        for name, graph in body["graphs"].items()
        for function in functions(name, graph)
        for _, one in instructions(function.do, "")
        if one["op"] == "write"
    ]


def test_what_stands_inside_an_if_can_take_its_place() -> None:
    deep: dict[str, Any] = {"op": "write", "key": "a", "value": {"list": [{"lit": 5}, {"len": {"get": "a"}}]}}
    for _ in range(3):
        deep = {"op": "if", "cond": {"has": "a"}, "then": [deep], "else": [{"op": "emit", "value": {"lit": 1}}]}
    main = {
        "form": "state",
        "state": {"a": {"channel": "LastValue"}},
        "nodes": [{"name": "n", "do": [{"op": "let", "var": "x", "value": {"lit": 1}}, deep]}],
        "edges": [["__start__", "n"]],
    }
    case = Case("program", {"graphs": {"main": main}, "run": {"ops": [{"op": "run"}, {"op": "state"}]}})
    small = reduce(case, lambda candidate: writes(candidate.body) == ["a"]).body
    assert small["graphs"]["main"]["nodes"] == [{"name": "n", "do": [{"op": "write", "key": "a", "value": {"lit": 0}}]}]
    assert small["run"] == {"ops": [{"op": "run"}]} or small["run"] == {"ops": [{"op": "state"}]}


def test_a_subgraph_that_shows_it_alone_becomes_the_program() -> None:
    inner = {
        "form": "state",
        "state": {"a": {"channel": "LastValue"}},
        "nodes": [{"name": "n", "do": [{"op": "write", "key": "a", "value": {"lit": 1}}]}],
        "edges": [["__start__", "n"]],
    }
    outer = {**inner, "nodes": [{"name": "m", "graph": "child"}], "edges": [["__start__", "m"]]}
    graphs = {"main": outer, "child": {**inner, "compile": {"checkpointer": True}}}
    case = Case("program", {"graphs": graphs, "run": {"ops": [{"op": "run"}]}})
    small = reduce(case, lambda candidate: writes(candidate.body) == ["a"]).body
    assert list(small["graphs"]) == ["main"]
