"""Channel sequences on upstream's classes: what each op records, and the behaviours that are easy to get wrong."""

from __future__ import annotations

from typing import Any

import pytest

from parity.cases.model import Case, CaseError
from parity.generate.channels import BATCH_REDUCERS, OVERWRITES, REDUCERS, overwrite
from parity.subjects.upstream import reducers
from parity.subjects.upstream.channels import observe_channel

Op = dict[str, Any]


def update(*values: Any) -> Op:
    return {"op": "update", "values": list(values)}


def run(spec: dict[str, Any], *ops: Op | str) -> list[Any]:
    """What each op recorded: its result, or the type and message of its error."""
    full = {"key": "k", **spec}
    listed = [{"op": op} if isinstance(op, str) else op for op in ops]
    case = Case.from_json({"schema": "parity/case/1", "kind": "channel", "channel": full, "ops": listed})
    events = observe_channel(case.body)
    assert [event["e"] for event in events] == [op["op"] for op in listed]
    return [event["result"] if "result" in event else tuple(event["error"].values()) for event in events]


EMPTY = ("EmptyChannelError", "")
MISSING = {"t": "missing"}
LAST = {"class": "LastValue"}


def aggregate(reducer: str, typ: str) -> dict[str, Any]:
    return {"class": "BinaryOperatorAggregate", "reducer": reducer, "type": typ}


def test_an_error_is_recorded_and_the_sequence_goes_on() -> None:
    text = (
        "At key 'k': Can receive only one value per step. Use an Annotated key to handle multiple values.\n"
        "For troubleshooting, visit: https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE"
    )
    assert run(LAST, update(1), update(2, 3), "get", "is_available") == [True, ("InvalidUpdateError", text), 1, True]


def test_missing_is_not_none() -> None:
    assert run(LAST, "checkpoint", "get", update(None), "checkpoint", "get") == [MISSING, EMPTY, True, None, None]


def test_from_checkpoint_returns_to_the_last_checkpoint_and_to_missing_without_one() -> None:
    assert run(LAST, update(1), "checkpoint", update(2), "from_checkpoint", "get") == [True, 1, True, None, 1]
    assert run(LAST, update(1), "from_checkpoint", "get") == [True, None, EMPTY]


def test_a_remembered_checkpoint_does_not_change_with_its_channel() -> None:
    topic = {"class": "Topic", "accumulate": True}
    assert run(topic, update(1), "checkpoint", update(2), "from_checkpoint", update(3), "from_checkpoint", "get")[
        -1
    ] == [1]
    barrier = {"class": "NamedBarrierValue", "names": ["a", "b"]}
    assert run(barrier, update("a"), "checkpoint", update("b"), "from_checkpoint", "is_available")[-1] is False


def test_copy_and_equality_are_of_the_class_and_its_parameters_and_not_of_the_value() -> None:
    assert run(LAST, update(1), "copy", "get", "equals_fresh") == [True, None, 1, True]


def test_an_after_finish_channel_opens_by_finish_and_closes_by_consume() -> None:
    spec = {"class": "LastValueAfterFinish"}
    assert run(spec, update(1), "get", "consume", "finish", "finish", "get", "checkpoint", "consume", "checkpoint") == [
        *(True, EMPTY, False, True, False, 1),
        *({"t": "tuple", "v": [1, True]}, True, MISSING),
    ]


def test_an_ephemeral_value_is_cleared_by_a_step_without_updates() -> None:
    spec = {"class": "EphemeralValue", "guard": True}
    assert run(spec, update(1), update(), "get", update()) == [True, True, EMPTY, False]


def test_a_topic_flattens_lists_one_level() -> None:
    spec = {"class": "Topic", "accumulate": False}
    assert run(spec, update(1, [2, [3]]), "get", update(), "get") == [True, [1, 2, [3]], True, EMPTY]


def test_a_barrier_refuses_other_names_after_taking_those_before() -> None:
    spec = {"class": "NamedBarrierValue", "names": ["a"]}
    error = ("InvalidUpdateError", "At key 'k': Value z not in {'a'}")
    assert run(spec, update("a", "z"), "get", "consume", "get") == [error, None, True, EMPTY]


def test_set_membership_takes_an_unhashable_set_for_a_frozenset() -> None:
    spec = {"class": "NamedBarrierValue", "names": ["a"]}
    assert run(spec, update({"t": "set", "v": [3]}))[0] == ("InvalidUpdateError", "At key 'k': Value {3} not in {'a'}")
    assert run(spec, update([3]))[0][0] == "TypeError"


class TestAggregate:
    def test_the_reducer_is_applied_in_order_from_the_types_empty_value(self) -> None:
        assert run(aggregate("add_list", "list"), "get", update([1], [2]), "get") == [[], True, [1, 2]]
        assert run(aggregate("pair", "any"), "get", update(1, 2, 3), "get") == [EMPTY, True, [[1, 2], 3]]

    @pytest.mark.parametrize("form", OVERWRITES)
    def test_an_overwrite_drops_what_follows_but_not_what_it_replaces(self, form: str) -> None:
        assert run(aggregate("add_int", "int"), update(1, overwrite(form, 5), 7), "get") == [True, 5]
        refused = run(aggregate("add_int", "int"), update(overwrite(form, 5), overwrite("dict", 6)), "get")
        assert (refused[0][0], refused[1]) == ("InvalidUpdateError", 5)

    def test_the_first_value_of_an_empty_channel_is_kept_even_if_it_is_an_overwrite(self) -> None:
        assert run(aggregate("pair", "any"), update(overwrite("object", 5)), "get")[1] == overwrite("object", 5)

    def test_a_failing_reducer_leaves_what_came_before(self) -> None:
        error = ("TypeError", "add_int: expected ints")
        assert run(aggregate("add_int", "int"), update(1, "x", 2), "get") == [error, 1]


class TestDelta:
    SPEC = {"class": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 2}  # noqa: RUF012

    def test_it_never_checkpoints_itself_but_by_snapshot(self) -> None:
        assert run(self.SPEC, update([1]), "checkpoint", "snapshot", update([2]), "from_checkpoint", "get") == [
            *(True, MISSING, None, True, None, [1]),
        ]

    def test_an_overwrite_beats_the_whole_batch(self) -> None:
        assert run(self.SPEC, update([1], overwrite("dict", [9]), [2]), "get") == [True, [9]]
        assert run(self.SPEC, update(overwrite("dict", None)), "get") == [True, []]

    def test_replay_takes_up_after_the_last_overwrite(self) -> None:
        replay = {"op": "replay_writes", "values": [[1], overwrite("dict", [9]), [2]]}
        assert run(self.SPEC, "from_checkpoint", replay, "get") == [None, None, [9, 2]]

    def test_a_type_that_cannot_be_made(self) -> None:
        error = ("TypeError", "Any cannot be instantiated")
        assert run({**self.SPEC, "type": "any"}, update([1]), "from_checkpoint", "get") == [error, error, EMPTY]


def test_every_reducer_that_a_case_can_name_is_there() -> None:
    assert tuple(reducers.REDUCERS) == REDUCERS
    assert tuple(reducers.BATCH_REDUCERS) == BATCH_REDUCERS


@pytest.mark.parametrize(
    ("name", "good", "bad", "message"),
    [
        ("add_list", ([1], [2], [1, 2]), ([1], (2,)), "add_list: expected lists"),
        ("add_int", (1, 2, 3), (1, True), "add_int: expected ints"),
        ("concat_str", ("a", "b", "ab"), ("a", b"b"), "concat_str: expected strings"),
        ("merge_dict", ({"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}), ({}, []), "merge_dict: expected dicts"),
        ("fail_on_none", (1, 2, 2), (1, None), "fail_on_none: got None"),
    ],
)
def test_reducers_are_total(name: str, good: tuple[Any, Any, Any], bad: tuple[Any, Any], message: str) -> None:
    assert reducers.REDUCERS[name](*good[:2]) == good[2]
    with pytest.raises((TypeError, ValueError), match=message):
        reducers.REDUCERS[name](*bad)


@pytest.mark.parametrize(
    "change",
    [
        {"class": "Nothing"},
        {"class": "Topic"},
        {"class": "LastValue", "guard": True},
        {"class": "BinaryOperatorAggregate", "reducer": "fold:add_list", "type": "list"},
        {"class": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 0},
        {"class": "NamedBarrierValue", "names": ["a", "a"]},
        {"class": "LastValue", "key": 3},
    ],
)
def test_a_malformed_channel_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CaseError):
        run(change)


@pytest.mark.parametrize("op", [{"op": "pop"}, {"op": "get", "values": []}, {"op": "update"}, {"op": "snapshot"}, {}])
def test_a_malformed_op_is_refused(op: Op) -> None:
    with pytest.raises(CaseError):
        Case.from_json(
            {"schema": "parity/case/1", "kind": "channel", "channel": {"class": "LastValue", "key": "k"}, "ops": [op]}
        )
