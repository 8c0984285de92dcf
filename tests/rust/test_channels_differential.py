"""Our ten channels against upstream's: every short sequence of operations, and values chosen to be awkward."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from langgraph_rs._core import run_case

from parity.cases.model import Case
from parity.compare import compare
from parity.corpus.entries.channels import entries
from parity.generate.channels import cases
from parity.observe.model import Outcome
from parity.subjects.upstream.channels import observe_channel

Spec = dict[str, Any]
Op = dict[str, Any]

LENGTH = 3
"""Every sequence of this many operations is run; shorter ones are their beginnings."""


def overwrite(value: Any) -> dict[str, Any]:
    fields = {"t": "dict", "v": [["value", value], ["type", "__overwrite__"]]}
    return {"t": "object", "code": 2, "cls": "langgraph.types:Overwrite", "payload": fields}


OVERWRITE = overwrite([9])
OVERWRITE_NONE = overwrite(None)
OVERWRITE_SENTINEL = {"t": "dict", "v": [["__overwrite__", [8]]]}
OVERWRITE_TYPED = {"t": "dict", "v": [["type", "__overwrite__"], ["value", [7]]]}
NO_OVERWRITE = {"t": "dict", "v": [["__overwrite__", 1], ["x", 2]]}

PLAIN = [{"op": name} for name in ("get", "is_available", "consume", "finish", "checkpoint", "from_checkpoint", "copy")]


def update(*values: Any) -> Op:
    return {"op": "update", "values": list(values)}


def replay(*values: Any) -> Op:
    return {"op": "replay_writes", "values": list(values)}


SINGLE = [*PLAIN, update(), update(1), update(None), update(1, [2])]
REDUCING = [*PLAIN, update(), update([1]), update([2], 3, [4]), update([1], OVERWRITE, [2]), update(OVERWRITE_TYPED)]
BARRIER = [*PLAIN, update(), update("a"), update("b"), update("b", "x", "a"), update([1])]

SEQUENCES: list[tuple[Spec, list[Op]]] = [
    ({"class": "LastValue"}, SINGLE),
    ({"class": "LastValueAfterFinish"}, SINGLE),
    ({"class": "AnyValue"}, SINGLE),
    ({"class": "EphemeralValue", "guard": True}, SINGLE),
    ({"class": "EphemeralValue", "guard": False}, SINGLE),
    ({"class": "UntrackedValue", "guard": True}, SINGLE),
    ({"class": "UntrackedValue", "guard": False}, SINGLE),
    ({"class": "Topic", "accumulate": True}, [*SINGLE, update([], [[1]])]),
    ({"class": "Topic", "accumulate": False}, [*SINGLE, update([], [[1]])]),
    ({"class": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}, REDUCING),
    ({"class": "BinaryOperatorAggregate", "reducer": "add_list", "type": "any"}, REDUCING),
    ({"class": "BinaryOperatorAggregate", "reducer": "pair", "type": "int"}, REDUCING),
    ({"class": "NamedBarrierValue", "names": ["a", "b"]}, BARRIER),
    ({"class": "NamedBarrierValue", "names": []}, BARRIER),
    ({"class": "NamedBarrierValueAfterFinish", "names": ["a", "b"]}, BARRIER),
    ({"class": "NamedBarrierValueAfterFinish", "names": ["a"]}, BARRIER),
    *(
        (
            {"class": "DeltaChannel", "reducer": reducer, "type": typ, "snapshot_frequency": 2},
            [
                *REDUCING,
                {"op": "snapshot"},
                replay(),
                replay([1], OVERWRITE, [2]),
                replay(OVERWRITE_NONE),
                replay([5]),
            ],
        )
        for reducer, typ in (("fold:add_list", "list"), ("fold:add_list", "any"), ("fold:last_wins", "dict"))
    ),
]

AWKWARD_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    {"t": "int", "v": str(2**70)},
    {"t": "float", "bits": "7ff8000000000001"},
    {"t": "float", "bits": "8000000000000000"},
    {"t": "float", "bits": "4341c37937e08000"},
    {"t": "float", "bits": "3ee4f8b588e368f1"},
    "",
    "a",
    "a'b",
    "é\u200b\U0001f600",
    {"t": "bytes", "hex": "0061ff27"},
    {"t": "bytearray", "hex": "61"},
    [],
    ["a"],
    {"t": "tuple", "v": []},
    {"t": "tuple", "v": ["a", [1]]},
    {"t": "tuple", "v": ["a", {"t": "bytes", "hex": "22"}, None, 1]},
    {"t": "dict", "v": []},
    {"t": "dict", "v": [["k", 1], [1, "k"]]},
    {"t": "set", "v": []},
    {"t": "set", "v": [1]},
    {"t": "frozenset", "v": ["a"]},
    {"t": "deque", "v": [1]},
    {"t": "subclass", "base": "str", "v": "a"},
    {"t": "subclass", "base": "str", "v": "x"},
    {"t": "subclass", "base": "int", "v": 3},
    {"t": "subclass", "base": "list", "v": ["a"]},
    {"t": "subclass", "base": "dict", "v": {"t": "dict", "v": [["__overwrite__", [1]]]}},
    {"t": "subclass", "base": "tuple", "v": {"t": "tuple", "v": ["a"]}},
    {"t": "send", "node": "n", "arg": 1},
    {"t": "send", "node": "n", "arg": []},
    {"t": "delta_snapshot", "v": [1]},
    {"t": "uuid", "hex": "00000000000040008000000000000001"},
    {"t": "decimal", "v": "1.50"},
    {"t": "date", "v": [2024, 1, 2]},
    {"t": "datetime", "v": "2024-01-02T03:04:05+00:00"},
    {"t": "ip", "cls": "IPv4Address", "v": "10.0.0.1"},
    {"t": "path", "parts": ["/", "a", "b"]},
    {"t": "zoneinfo", "key": "UTC"},
    {"t": "exception", "cls": "builtins:ValueError", "args": ["x"], "repr": "ValueError('x')"},
    OVERWRITE,
    OVERWRITE_NONE,
    OVERWRITE_SENTINEL,
    OVERWRITE_TYPED,
    NO_OVERWRITE,
]


def case_of(spec: Spec, ops: list[Op]) -> Case:
    return Case("channel", {"channel": {"key": "k", **spec}, "ops": ops})


def difference(case: Case) -> str | None:
    """Upstream's and our observation of a case compared; None if they agree."""
    expected = Outcome("observed", tuple(observe_channel(case.body)))
    actual = Outcome("observed", tuple(json.loads(run_case(json.dumps(case.to_json())))["events"]))
    if expected == actual:
        return None
    found = compare(case, expected, actual).difference
    return None if found is None else f"{json.dumps(case.body)}: {found.summary}"


def title(spec: Spec) -> str:
    return "-".join(str(value) for value in spec.values())


@pytest.mark.parametrize(("spec", "ops"), SEQUENCES, ids=[title(spec) for spec, _ in SEQUENCES])
def test_every_short_sequence_is_observed_alike(spec: Spec, ops: list[Op]) -> None:
    end = [{"op": "get"}, {"op": "checkpoint"}, {"op": "equals_fresh"}]
    differences = [
        found
        for sequence in product(ops, repeat=LENGTH)
        if (found := difference(case_of(spec, [*sequence, *end]))) is not None
    ]
    assert not differences, f"{len(differences)} differ, the first: {differences[0]}"


def awkward_cases() -> Iterator[Case]:
    """Each awkward value in each channel: alone, after another and before it, checkpointed and restored."""
    specs = [spec for spec, _ in SEQUENCES]
    specs += [
        {"class": "BinaryOperatorAggregate", "reducer": reducer, "type": typ}
        for reducer in ("add_list", "add_int", "concat_str", "merge_dict", "last_wins", "pair", "fail_on_none")
        for typ in ("list", "int", "str", "dict", "float", "any")
    ]
    specs += [
        {"class": "DeltaChannel", "reducer": reducer, "type": typ, "snapshot_frequency": 1}
        for reducer in ("fold:add_list", "fold:merge_dict", "fold:last_wins")
        for typ in ("list", "int", "str", "dict", "float", "any")
    ]
    for spec in specs:
        for value in AWKWARD_VALUES:
            ops = [
                update(value),
                {"op": "get"},
                {"op": "checkpoint"},
                {"op": "finish"},
                {"op": "get"},
                update([1], value, "a"),
                {"op": "get"},
                {"op": "copy"},
                {"op": "get"},
                {"op": "from_checkpoint"},
                update("a", value),
                {"op": "get"},
                {"op": "checkpoint"},
            ]
            if spec["class"] == "DeltaChannel":
                ops += [{"op": "snapshot"}, replay(value), {"op": "get"}, {"op": "from_checkpoint"}, {"op": "get"}]
            yield case_of(spec, ops)


def test_awkward_values_are_observed_alike() -> None:
    seen: Counter[str] = Counter()
    for case in awkward_cases():
        assert difference(case) is None, difference(case)
        events = observe_channel(case.body)
        seen.update("error" if "error" in event else "result" for event in events)
    assert min(seen["error"], seen["result"]) > 1000, "the values provoke errors and results"


def test_the_corpus_is_observed_alike() -> None:
    differences = {name: found for name, case in entries() if (found := difference(case)) is not None}
    assert not differences


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cases())
def test_generated_sequences_are_observed_alike(case: Case) -> None:
    assert difference(case) is None, difference(case)


def test_a_difference_would_be_seen() -> None:
    case = case_of({"class": "LastValue"}, [update(1), {"op": "get"}])
    expected = Outcome("observed", tuple(observe_channel(case.body)))
    events = json.loads(run_case(json.dumps(case_of({"class": "LastValue"}, [update(2), {"op": "get"}]).to_json())))
    found = compare(case, expected, Outcome("observed", tuple(events["events"]))).difference
    assert found is not None
    assert (found.index, found.layer) == (1, "channels")


def test_an_operation_that_a_channel_does_not_have_is_no_case() -> None:
    case = case_of({"class": "LastValue"}, [{"op": "snapshot"}])
    with pytest.raises(ValueError, match=r"malformed case at /ops/0/op: only a DeltaChannel has snapshot"):
        run_case(json.dumps(case.to_json()))
