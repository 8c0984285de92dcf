"""The first difference: where it is, and which layer and aspect it is given."""

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
    debug,
    differing,
    graph_case,
    put,
    raw,
    stream,
    tagged,
    writes,
)

from parity.compare import Difference, compare
from parity.observe.model import Outcome

AGG = {"channel": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"}


def fingerprint(case: Any, expected: list[Event], actual: list[Event]) -> str:
    return differing(case, expected, actual).fingerprint


class TestAlignment:
    def test_the_first_differing_event_with_the_last_agreed_one(self) -> None:
        events: list[Event] = [{"e": "update", "result": True}, {"e": "get", "result": 1}, {"e": "get", "result": 1}]
        other = [events[0], {"e": "get", "result": 2}, {"e": "get", "result": 3}]
        found = differing(channel_case(), events, other)
        assert (found.index, found.last_agreed, found.expected, found.actual) == (1, events[0], events[1], other[1])
        assert found.summary == "event 1 (get) result: oracle: 1 / subject: 2"

    def test_a_side_that_ends_early(self) -> None:
        found = differing(channel_case(), [{"e": "get", "result": 1}], [])
        assert (found.index, found.expected, found.actual) == (0, {"e": "get", "result": 1}, None)
        assert found.summary == "event 0: oracle: get / subject: no further event"

    @pytest.mark.parametrize(("left", "right"), [(1, True), (0, False), (None, False), (1, 1.0), ("1", 1), ([], {})])
    def test_json_values_of_different_type_differ(self, left: Any, right: Any) -> None:
        found = differing(channel_case(), [{"e": "get", "result": left}], [{"e": "get", "result": right}])
        assert found.path == "result"

    def test_the_order_of_members_does_not_count(self) -> None:
        assert compared(channel_case(), [{"e": "get", "result": 1}], [{"result": 1, "e": "get"}]).difference is None

    def test_a_path_leads_through_tagged_dicts_by_key(self) -> None:
        found = differing(
            graph_case(),
            [stream("values", {"x": [1, {"t": "tuple", "v": [2]}]})],
            [stream("values", {"x": [1, {"t": "tuple", "v": [3]}]})],
        )
        assert found.path == "data.x[1].v[0]"

    def test_nesting_is_no_limit(self) -> None:
        def deep(leaf: int) -> Any:
            value: Any = leaf
            for _ in range(50_000):
                value = [value]
            return value

        left: list[Event] = [{"e": "get", "result": deep(1)}]
        assert compared(channel_case(), left, [{"e": "get", "result": deep(1)}]).difference is None
        found = compare(
            channel_case(), Outcome("observed", tuple(left)), Outcome("observed", ({"e": "get", "result": deep(2)},))
        )
        assert found.difference is not None
        assert found.difference.path == "result" + "[0]" * 50_000


class TestSubjects:
    @pytest.mark.parametrize("status", ["panic", "abort", "timeout", "protocol", "exception"])
    def test_a_failed_subject_is_its_own_layer(self, status: Any) -> None:
        oracle = Outcome("observed", ({"e": "get", "result": 1},))
        found = compare(channel_case(), oracle, Outcome(status, (), "why")).difference
        assert found is not None
        assert found.fingerprint == f"subject/{status}"
        assert found.summary == f"the case was not answered: oracle: 1 events / subject: {status}, why"

    def test_a_failed_oracle_is_said_to_be_one(self) -> None:
        found = compare(channel_case(), Outcome("timeout"), Outcome("timeout")).difference
        assert found is not None
        assert found.fingerprint == "subject/oracle-timeout"

    def test_what_a_side_does_not_support_was_not_compared(self) -> None:
        result = compare(channel_case(), Outcome("observed"), Outcome("unsupported", (), "no"))
        assert (result.difference, result.compared) == (None, False)

    def test_the_fingerprint_has_a_short_id(self) -> None:
        found = compare(channel_case(), Outcome("observed"), Outcome("panic")).difference
        assert found is not None
        assert (len(found.fingerprint_id), found.fingerprint_id) == (8, found.fingerprint_id.lower())

    @pytest.mark.parametrize("change", [{"index": "1"}, {"layer": "none"}, {"expected": []}, {"summary": None}])
    def test_a_malformed_difference_is_one_clear_line(self, change: dict[str, Any]) -> None:
        found = differing(channel_case(), [{"e": "get", "result": 1}], [])
        with pytest.raises(ValueError, match=r"difference|layer"):
            Difference.from_json({**found.to_json(), **change})


DUMPS = {"e": "dumps", "tag": "msgpack"}


class TestCodec:
    @pytest.mark.parametrize(
        ("expected", "actual", "kind"),
        [("ccc8", "cd00c8", "int"), ("a161", "d90161", "str"), ("01", "02", "int"), ("8101c0", "810101", "nil")],
    )
    def test_wrong_bytes_of_a_value(self, expected: str, actual: str, kind: str) -> None:
        left, right = [{**DUMPS, "hex": expected}], [{**DUMPS, "hex": actual}]
        assert fingerprint(VALUE_CASE, left, right) == f"codec/encode:{kind}"

    def test_the_same_wrong_width_is_one_fingerprint_in_every_layer(self) -> None:
        narrow, wide = raw(b"\x81\xa1x\xcc\xc8"), raw(b"\x81\xa1x\xcd\x00\xc8")
        places: list[tuple[Event, Event]] = [
            (put({}, [["x", 1, narrow]]), put({}, [["x", 1, wide]])),
            (put({}, [], metadata=narrow), put({}, [], metadata=wide)),
            (put({}, [], checkpoint=narrow), put({}, [], checkpoint=wide)),
            ({**writes(), "writes": [["x", narrow]]}, {**writes(), "writes": [["x", wide]]}),
        ]
        assert {fingerprint(graph_case(), [left], [right]) for left, right in places} == {"codec/encode:int"}

    @pytest.mark.parametrize(
        ("expected", "actual", "aspect"),
        [
            ({"e": "loads", "value": 1}, {"e": "loads", "value": 2}, "decode:int"),
            (
                {"e": "loads", "value": {"t": "float", "bits": "00"}},
                {"e": "loads", "value": {"t": "float", "bits": "01"}},
                "decode:float",
            ),
            (
                {"e": "loads", "value": {"t": "tuple", "v": ["a"]}},
                {"e": "loads", "value": {"t": "tuple", "v": ["b"]}},
                "decode:str",
            ),
            ({"e": "loads", "value": {"t": "uuid", "hex": "0"}}, {"e": "loads", "value": "0"}, "decode:uuid"),
            ({"e": "structure", "value": [1, 2]}, {"e": "structure", "value": [1]}, "decode:int"),
            ({"e": "strict", "value": 1}, {"e": "strict", "value": 2}, "gate"),
            ({"e": "gate", "events": [1]}, {"e": "gate", "events": []}, "gate"),
            (
                {"e": "loads", "error": {"type": "ValueError", "message": "a"}},
                {"e": "loads", "value": 1},
                "error:ValueError",
            ),
            ({"e": "loads", "value": 1}, {"e": "loads", "error": {"type": "ValueError", "message": "a"}}, "error:ok"),
            (
                {"e": "dumps", "tag": "bytes", "hex": "00"},
                {"e": "dumps", "tag": "bytearray", "hex": "00"},
                "encode:bytes",
            ),
        ],
    )
    def test_other_differences_of_the_codec(self, expected: Event, actual: Event, aspect: str) -> None:
        case = BYTES_CASE if expected["e"] in ("structure", "gate") else VALUE_CASE
        assert fingerprint(case, [expected], [actual]) == f"codec/{aspect}"


class TestChannels:
    @pytest.mark.parametrize(
        ("op", "aspect"),
        [
            ("update", "value"),
            ("get", "value"),
            ("is_available", "value"),
            ("checkpoint", "value"),
            ("copy", "value"),
            ("equals_fresh", "value"),
            ("consume", "consume"),
            ("finish", "finish"),
        ],
    )
    def test_one_aspect_for_whatever_shows_the_state(self, op: str, aspect: str) -> None:
        assert (
            fingerprint(channel_case("Topic"), [{"e": op, "result": 1}], [{"e": op, "result": 2}])
            == f"channels/Topic:{aspect}"
        )

    def test_an_error_instead_of_a_result_is_a_wrong_value(self) -> None:
        error = {"type": "EmptyChannelError", "message": ""}
        assert (
            fingerprint(channel_case(), [{"e": "get", "error": error}], [{"e": "get", "result": 1}])
            == "channels/LastValue:value"
        )

    def test_the_same_error_with_another_text_is_a_wrong_error(self) -> None:
        left, right = ({"e": "update", "error": {"type": "InvalidUpdateError", "message": text}} for text in "ab")
        assert fingerprint(channel_case(), [left], [right]) == "channels/LastValue:error"


class TestGraphs:
    def test_the_value_of_a_channel(self) -> None:
        case = graph_case(x=AGG, e={"channel": "EphemeralValue", "guard": True})
        for left, right in [
            (put({"x": 2}, [["x", 2, blob([1, 2])]]), put({"x": 2}, [["x", 2, blob([2, 1])]])),
            (stream("values", {"x": 1}), stream("values", {"x": 2})),
            (stream("values", {"x": 1}), stream("values", {})),
            (debug("checkpoint", {"values": tagged({"x": 1})}), debug("checkpoint", {"values": tagged({"x": 2})})),
        ]:
            assert fingerprint(case, [left], [right]) == "channels/BinaryOperatorAggregate:value"
        assert (
            fingerprint(case, [stream("values", {"x": 1})], [stream("values", {"x": 1, "e": 2})])
            == "channels/EphemeralValue:value"
        )

    @pytest.mark.parametrize(
        ("name", "cls"),
        [
            ("branch:to:a", "EphemeralValue"),
            ("branch:to:d", "LastValueAfterFinish"),
            ("join:a+b:a", "NamedBarrierValue"),
            ("join:a+b:d", "NamedBarrierValueAfterFinish"),
            ("__pregel_tasks", "Topic"),
            ("__start__", "EphemeralValue"),
        ],
    )
    def test_the_channels_that_upstream_makes_for_a_program(self, name: str, cls: str) -> None:
        left, right = put({name: 2}, [[name, 2, blob(1)]]), put({name: 2}, [[name, 2, blob(2)]])
        assert fingerprint(graph_case(), [left], [right]) == f"channels/{cls}:value"

    def test_a_channel_left_uncleared_is_no_version_bug(self) -> None:
        left = put({"__start__": 3, "x": 3}, [["__start__", 3, None], ["x", 3, blob(1)]])
        right = put({"__start__": 2, "x": 3}, [["x", 3, blob(1)]])
        assert fingerprint(graph_case(), [left], [right]) == "channels/EphemeralValue:value"

    def test_a_channel_left_unfinished_is_no_version_bug(self) -> None:
        left = put({"branch:to:d": 4}, [["branch:to:d", 4, blob([None, True])]], updated=["branch:to:d"])
        right = put({"branch:to:d": 3}, [])
        assert fingerprint(graph_case(), [left], [right]) == "channels/LastValueAfterFinish:finish"

    def test_a_barrier_open_too_early_is_no_version_bug(self) -> None:
        blobs: list[list[Any]] = [["join:a+b:a", 2, raw(a_set(["a"]))]]
        left = put({"join:a+b:a": 2}, blobs)
        right = put({"join:a+b:a": 2}, blobs, updated=["join:a+b:a"])
        assert fingerprint(graph_case(), [left], [right]) == "channels/NamedBarrierValue:value"

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (put({"x": 2}, [["x", 2, blob(1)]]), put({"x": 3}, [["x", 3, blob(1)]])),
            (put({"x": 2}, [["x", 2, blob(1)]]), put({"x": 1}, [])),
            ({"e": "version", "current": 1, "next": 2}, {"e": "version", "current": 2, "next": 3}),
        ],
    )
    def test_versions(self, left: Event, right: Event) -> None:
        assert fingerprint(graph_case(), [left], [right]) == "algorithm/versions"

    def test_which_channels_were_updated_is_another_matter(self) -> None:
        left, right = put({"x": 2}, [], updated=["x"]), put({"x": 2}, [])
        assert fingerprint(graph_case(), [left], [right]) == "algorithm/updated_channels"

    def test_an_extra_bump(self) -> None:
        bump: Event = {"e": "version", "current": 1, "next": 2}
        again: Event = {"e": "version", "current": 2, "next": 3}
        left, right = [bump, put({"x": 2}, [])], [bump, again, put({"x": 3}, [])]
        assert fingerprint(graph_case(), left, right) == "algorithm/versions"
        assert fingerprint(graph_case(), right, left) == "algorithm/versions"

    def test_a_user_value_that_looks_finished_is_none(self) -> None:
        left, right = put({"x": 2}, [["x", 2, blob([1, True])]]), put({"x": 1}, [])
        assert fingerprint(graph_case(), [left], [right]) == "algorithm/versions"

    def test_a_barrier_open_too_early_also_keeps_others_from_finishing(self) -> None:
        join: list[Any] = ["join:a+b:a", 2, raw(a_set(["a"]))]
        left = put({"j": 2}, [["branch:to:d", 2, blob([None, True])], join], updated=["branch:to:d"])
        right = put({"j": 2}, [["branch:to:d", 2, blob([None, False])], join], updated=["join:a+b:a"])
        assert fingerprint(graph_case(), [left], [right]) == "channels/NamedBarrierValue:value"

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (debug("checkpoint", {"next": ["a", "b"]}), debug("checkpoint", {"next": ["a"]})),
            (debug("task", {"id": "1"}), {"e": "result", "value": None}),
            (writes(("__pregel_tasks", 1)), writes(("__no_writes__", None))),
        ],
    )
    def test_tasks(self, left: Event, right: Event) -> None:
        assert fingerprint(graph_case(), [left], [right]) == "algorithm/tasks"

    @pytest.mark.parametrize(
        ("left", "right", "aspect"),
        [
            (debug("task", {"id": "1"}), debug("task", {"id": "2"}), "tasks:id"),
            (writes(task="t1"), writes(task="t2"), "tasks:id"),
            (debug("checkpoint", {"next": ["a", "b"]}), debug("checkpoint", {"next": ["b", "a"]}), "tasks:order"),
            (debug("checkpoint", {"next": ["a", "b"]}), debug("checkpoint", {"next": ["b", "b"]}), "tasks"),
        ],
    )
    def test_wrong_ids_and_a_wrong_order_are_not_wrong_tasks(self, left: Event, right: Event, aspect: str) -> None:
        assert fingerprint(graph_case(), [left], [right]) == f"algorithm/{aspect}"

    def test_a_chunk_that_leaves_out_a_channel_is_the_loops_where_the_state_is_the_same(self) -> None:
        end = put({"x": 2}, [["x", 2, blob(1)]])
        left, right = stream("values", {"x": 1}), stream("values", {})
        assert fingerprint(graph_case(), [left, end], [right, end]) == "loop/stream:values"
        other = put({"x": 2}, [["x", 2, None]])
        assert fingerprint(graph_case(), [left, end], [right, other]) == "channels/LastValue:value"

    def test_a_topic_that_is_not_cleared_is_no_version_bug(self) -> None:
        case = graph_case(x={"channel": "Topic", "accumulate": False})
        left = put({"x": 3, "y": 3}, [["x", 3, blob([])], ["y", 3, blob(1)]])
        right = put({"x": 2, "y": 3}, [["y", 3, blob(1)]])
        assert fingerprint(case, [left], [right]) == "channels/Topic:value"

    def test_what_get_state_raises_is_of_the_channel_that_refuses(self) -> None:
        refused = {"type": "InvalidUpdateError", "message": "At key 'x': Can receive only one value per step."}
        left: Event = {"e": "state", "error": refused}
        assert fingerprint(graph_case(), [left], [{"e": "state", "values": {}}]) == "channels/LastValue:value"
        other = {**refused, "message": "At key 'y': Can receive only one value per step."}
        assert fingerprint(graph_case(), [left], [{"e": "state", "error": other}]) == "channels/LastValue:value"
        plain: Event = {"e": "state", "error": {"type": "ValueError", "message": "x"}}
        assert fingerprint(graph_case(), [plain], [{"e": "state", "values": {}}]) == "loop/state"

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (writes(("x", 1)), writes(("x", 2))),
            (writes(("x", 1), ("branch:to:a", None)), writes(("x", 1), ("branch:to:b", None))),
            (writes(("x", 1)), writes(("__error__", "ValueError('a')"))),
        ],
    )
    def test_pending_writes(self, left: Event, right: Event) -> None:
        assert fingerprint(graph_case(), [left], [right]) == "algorithm/writes"

    def test_routing_that_follows_from_a_wrong_channel_is_the_channels(self) -> None:
        case = graph_case(x=AGG)
        left = [writes(("x", 1), ("branch:to:a", None)), put({"x": 2}, [["x", 2, blob([1, 2])]])]
        right = [writes(("x", 1), ("branch:to:b", None)), put({"x": 2}, [["x", 2, blob([2, 1])]])]
        assert fingerprint(case, left, right) == "channels/BinaryOperatorAggregate:value"

    def test_but_not_if_the_channel_was_written_differently(self) -> None:
        case = graph_case(x=AGG)
        left = [writes(("x", 1), ("branch:to:a", None)), writes(("x", 1)), put({"x": 2}, [["x", 2, blob(1)]])]
        right = [writes(("x", 1), ("branch:to:b", None)), writes(("x", 2)), put({"x": 2}, [["x", 2, blob(2)]])]
        assert fingerprint(case, left, right) == "algorithm/writes"

    @pytest.mark.parametrize(
        ("left", "right", "event"),
        [
            (put({}, []), stream("values", {}), "put"),
            (put({}, [], step=1), put({}, [], step=2), "put"),
            (put({}, [], metadata=blob({"step": 1})), put({}, [], metadata=blob({"step": 2})), "put:metadata"),
            (stream("updates", {"a": 1}), stream("updates", {"a": 2}), "stream:updates"),
            (stream("values", {"x": 1, "y": 1}), stream("values", {"y": 1, "x": 1}), "stream"),
            ({"e": "load", "checkpoint_id": None}, {"e": "load", "checkpoint_id": "1"}, "load"),
            ({"e": "result", "value": 1}, {"e": "result", "value": 2}, "result"),
            ({"e": "error", "type": "A", "message": "a"}, {"e": "result", "value": 2}, "error"),
            ({"e": "state", "step": 1}, {"e": "state", "step": 2}, "state"),
        ],
    )
    def test_the_loop(self, left: Event, right: Event, event: str) -> None:
        assert fingerprint(graph_case(), [left], [right]) == f"loop/{event}"

    def test_an_error_that_a_channel_raised_is_the_channels(self) -> None:
        case = graph_case(x=AGG, y={"channel": "LastValue"})
        failed: Event = {"e": "error", "type": "TypeError", "message": "pair: no", "notes": []}
        assert fingerprint(case, [failed], [put({}, [])]) == "channels/BinaryOperatorAggregate:value"
        failed = {"e": "error", "type": "InvalidUpdateError", "message": "At key 'y': Can receive", "notes": []}
        assert fingerprint(case, [put({}, [])], [failed]) == "channels/LastValue:value"

    @pytest.mark.parametrize(
        "events",
        [
            [{"e": "put", "blobs": [1], "checkpoint": {"tag": "msgpack", "hex": "zz"}}],
            [{"e": "put", "checkpoint": {"tag": "msgpack", "hex": "c1"}, "blobs": [["x"]]}],
            [{"e": "put_writes", "writes": [["x"]]}],
            [{"e": "put_writes", "writes": 3}],
            [{"e": "stream", "mode": "debug", "data": {"t": "dict", "v": [1]}}],
            [{"e": "error", "notes": 3}],
            [{"e": 7}],
        ],
    )
    def test_a_subject_that_talks_nonsense_is_a_difference_and_no_crash(self, events: list[Event]) -> None:
        for expected in (put({"x": 2}, [["x", 2, blob(1)]]), writes(("x", 1)), debug("task", {"id": 1})):
            assert differing(graph_case(), [expected], events).layer in ("algorithm", "loop", "channels")
            assert differing(graph_case(), events, [expected]).layer in ("algorithm", "loop", "channels")
