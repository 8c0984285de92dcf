"""Reduction from the case itself: valid at every step, ever smaller, down to the part that matters."""

from collections.abc import Callable
from typing import Any

import pytest

from parity.cases.model import Case
from parity.corpus.entries import channels, graphs, values
from parity.triage.reduce import candidates, reduce
from parity.triage.shrink import case_size

GRAPHS = dict(graphs.entries())
SAMPLES = [*list(GRAPHS.values())[::9], *[case for _, case in channels.entries()][::40]]
VALUES = [case for _, case in values.entries()][::40]


@pytest.mark.parametrize("case", [*SAMPLES, *VALUES], ids=lambda case: f"{case.kind}-{case.case_id}")
def test_every_candidate_is_a_valid_smaller_case(case: Case) -> None:
    for candidate in candidates(case):
        assert Case.from_json(candidate.to_json()) == candidate
        assert case_size(candidate) < case_size(case)


def holds(part: Callable[[dict[str, Any]], bool]) -> Callable[[Case], bool]:
    return lambda case: part(case.body)


def test_a_graph_is_reduced_to_the_send_that_matters() -> None:
    case = GRAPHS["Sends and a plain node of the same name (3: PUSH listed first, PULL applied first)"]

    def sends(body: dict[str, Any]) -> bool:
        return any(isinstance(dest, dict) for branch in body["branches"] for dest in branch["path"].get("to", ()))

    body = reduce(case, holds(sends)).body
    assert len(body["nodes"]) == 2
    assert [len(branch["path"]["to"]) for branch in body["branches"]] == [1]
    assert all(node["do"] == [] for node in body["nodes"])
    assert len(body["state"]) == 1


def test_a_chain_of_twenty_is_reduced_to_the_node_that_matters() -> None:
    case = GRAPHS["a chain of twenty"]
    body = reduce(case, holds(lambda body: any(node["name"] == "s11" for node in body["nodes"]))).body
    assert [node["name"] for node in body["nodes"]] == ["s11"]
    assert body["edges"] == [["__start__", "s11"]]


def test_a_sequence_is_reduced_to_the_operations_that_matter() -> None:
    ops = [{"op": "get"}, {"op": "update", "values": [1, [2, "x"]]}, {"op": "consume"}, {"op": "get"}, {"op": "copy"}]
    case = Case("channel", {"channel": {"class": "AnyValue", "key": "k"}, "ops": ops})
    body = reduce(case, holds(lambda body: any(op["op"] == "update" and op["values"] for op in body["ops"]))).body
    assert body["ops"] == [{"op": "update", "values": [0]}]


def test_a_value_is_reduced_to_the_part_that_matters() -> None:
    value = [
        {"t": "dict", "v": [["a", {"t": "tuple", "v": [1, {"t": "float", "bits": "3ff0000000000000"}]}], ["b", 5]]}
    ]
    case = Case("value", {"value": value})
    assert reduce(case, holds(lambda body: "float" in str(body))).body["value"] == {
        "t": "float",
        "bits": "3ff0000000000000",
    }


def test_bytes_are_reduced_to_the_byte_that_matters() -> None:
    case = Case("bytes", {"hex": "00" * 50 + "c1" + "ff" * 50})
    assert reduce(case, holds(lambda body: "c1" in body["hex"])).body["hex"] == "c1"
