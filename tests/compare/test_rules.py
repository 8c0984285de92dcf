"""Every normalisation hides exactly what it names; a near miss of each is reported."""

from __future__ import annotations

from typing import Any

import pytest
from traces import (
    BYTES_CASE,
    VALUE_CASE,
    Event,
    a_set,
    blob,
    channel_case,
    compared,
    differing,
    graph_case,
    put,
    raw,
    writes,
)

from parity.compare.rules import RULES

AB, BA = a_set(["a", "b"]), a_set(["b", "a"])


def test_every_rule_has_a_name_a_reason_and_fields() -> None:
    assert [rule.name for rule in RULES] == ["set-order", "set-repr", "thread-order"]
    assert all(rule.reason and rule.fields for rule in RULES)


class TestSetOrder:
    @staticmethod
    def tagged_set(*items: Any) -> dict[str, Any]:
        return {"t": "set", "v": list(items)}

    def test_tagged_sets_and_bytes_of_sets_have_no_order(self) -> None:
        left = [{"e": "checkpoint", "result": self.tagged_set("a", "b")}]
        right = [{"e": "checkpoint", "result": self.tagged_set("b", "a")}]
        result = compared(channel_case(), left, right)
        assert (result.difference, result.applied) == (None, {"set-order": 1})
        one = [put({"join:a+b:c": 2}, [["join:a+b:c", 2, raw(AB)]])]
        two = [put({"join:a+b:c": 2}, [["join:a+b:c", 2, raw(BA)]])]
        result = compared(graph_case(), one, two)
        assert (result.difference, result.applied) == (None, {"set-order": 1})

    def test_sets_within_sets_and_within_other_values(self) -> None:
        inner = [{"t": "frozenset", "v": ["d", "c"]}, "x"]
        turned = ["x", {"t": "frozenset", "v": ["c", "d"]}]
        left = [{"e": "loads", "value": [self.tagged_set(*inner)]}]
        right = [{"e": "loads", "value": [self.tagged_set(*turned)]}]
        assert compared(VALUE_CASE, left, right).difference is None

    def test_it_is_counted_only_where_it_is_needed(self) -> None:
        same = [{"e": "checkpoint", "result": self.tagged_set("b", "a")}]
        assert compared(channel_case(), same, same).applied == {}

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ({"t": "set", "v": ["a", "b"]}, {"t": "set", "v": ["a", "c"]}),
            ({"t": "set", "v": ["a", "b"]}, {"t": "set", "v": ["a", "b", "b"]}),
            ({"t": "set", "v": ["a", "b"]}, {"t": "frozenset", "v": ["b", "a"]}),
            ({"t": "set", "v": [1, "b"]}, {"t": "set", "v": ["b", True]}),
            ({"t": "deque", "v": ["a", "b"]}, {"t": "deque", "v": ["b", "a"]}),
            (["a", "b"], ["b", "a"]),
            ({"t": "dict", "v": [["a", 1], ["b", 2]]}, {"t": "dict", "v": [["b", 2], ["a", 1]]}),
        ],
    )
    def test_a_near_miss_is_reported(self, left: Any, right: Any) -> None:
        found = differing(channel_case(), [{"e": "checkpoint", "result": left}], [{"e": "checkpoint", "result": right}])
        assert found.fingerprint == "channels/LastValue:value"

    def test_a_near_miss_in_bytes_is_reported(self) -> None:
        dumps = {"e": "dumps", "tag": "msgpack"}
        for other in (a_set(["a", "c"]), blob_hex(["b", "a"])):
            found = differing(VALUE_CASE, [{**dumps, "hex": AB.hex()}], [{**dumps, "hex": other.hex()}])
            assert found.layer == "codec"

    @staticmethod
    def read_back(*items: Any, wrapped: bool = True) -> list[Event]:
        """A set whose items come back as lists, in this order, within a list, as upstream writes and reads it."""
        data = b"\x91" + (a_set([[item] for item in items]) if wrapped else blob_hex([[item] for item in items]))
        return [
            {"e": "dumps", "tag": "msgpack", "hex": data.hex()},
            {"e": "loads", "value": [[[item] for item in items]]},
        ]

    def test_a_set_that_is_read_back_as_a_list_has_no_order_either(self) -> None:
        result = compared(VALUE_CASE, self.read_back("a", "b", "c"), self.read_back("c", "a", "b"))
        assert (result.difference, result.applied) == (None, {"set-order": 2})

    def test_a_list_that_was_no_set_keeps_its_order(self) -> None:
        left, right = self.read_back("a", "b"), self.read_back("b", "a")
        plain, other = self.read_back("a", "b", wrapped=False), self.read_back("b", "a", wrapped=False)
        assert differing(VALUE_CASE, plain, other).fingerprint == "codec/encode:str"
        right[1] = {"e": "loads", "value": [[["b"], ["b"]]]}
        assert differing(VALUE_CASE, left, right).fingerprint == "codec/decode:str"
        assert differing(VALUE_CASE, [plain[0], plain[1]], [plain[0], other[1]]).fingerprint == "codec/decode:str"

    def test_structure_read_from_given_bytes_keeps_its_order(self) -> None:
        left = [{"e": "structure", "value": self.tagged_set("a", "b")}]
        right = [{"e": "structure", "value": self.tagged_set("b", "a")}]
        assert compared(BYTES_CASE, left, right).difference is not None


def blob_hex(value: Any) -> bytes:
    return bytes.fromhex(blob(value)["hex"])


class TestSetRepr:
    @staticmethod
    def error(message: str, kind: str = "InvalidUpdateError") -> list[Event]:
        return [{"e": "update", "error": {"type": kind, "message": message}}]

    def test_the_set_in_a_barrier_error_has_no_order(self) -> None:
        left = self.error("At key 'k': Value z not in {'a', \"it's\"}")
        right = self.error("At key 'k': Value z not in {\"it's\", 'a'}")
        result = compared(channel_case("NamedBarrierValue", names=["a"]), left, right)
        assert (result.difference, result.applied) == (None, {"set-repr": 1})

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("At key 'k': Value z not in {'a', 'b'}", "At key 'k': Value z not in {'c', 'a'}"),
            ("At key 'k': Value z not in {'a', 'b'}", "At key 'k': Value y not in {'b', 'a'}"),
            ("At key 'k': Value z not in {'a', 'b'}", "At key 'q': Value z not in {'b', 'a'}"),
            ("At key 'k': Value z not in {'a': 1, 'b': 2}", "At key 'k': Value z not in {'b': 2, 'a': 1}"),
            ("At key 'k': Value z not in ['a', 'b']", "At key 'k': Value z not in ['b', 'a']"),
            ("{'a', 'b'}", "{'b', 'a'}"),
        ],
    )
    def test_a_near_miss_is_reported(self, left: str, right: str) -> None:
        found = differing(channel_case("NamedBarrierValue"), self.error(left), self.error(right))
        assert found.fingerprint == "channels/NamedBarrierValue:error"

    def test_another_error_is_compared_as_it_is(self) -> None:
        text, turned = "At key 'k': Value z not in {'a', 'b'}", "At key 'k': Value z not in {'b', 'a'}"
        assert compared(channel_case(), self.error(text, "ValueError"), self.error(turned, "ValueError")).difference


BEFORE = (
    {"e": "call", "index": 0},
    writes(("__error__", "ValueError('one')"), task="t1"),
    writes(("__error__", "KeyError('two')"), task="t2"),
)
ONE: Event = {
    "e": "error",
    "type": "ValueError",
    "message": "one",
    "notes": ["During task with name 'a' and id 't1'"],
}
TWO: Event = {
    "e": "error",
    "type": "KeyError",
    "message": "'two'",
    "notes": ["During task with name 'b' and id 't2'"],
}


class TestSeveralErrors:
    """Which of several failed tasks' errors is raised is controlled (`controls.py`), so it is compared."""

    def test_another_tasks_error_is_a_difference(self) -> None:
        assert differing(graph_case(), [*BEFORE, ONE], [*BEFORE, TWO]).fingerprint == "loop/error"
