"""What a graph's difference from itself teaches, and that it teaches no more than that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ormsgpack
import pytest

from parity.check.judge import LineVerdict, Status, judge_line
from parity.check.model import TRACKS, Event, Line, Observation, track_of
from parity.check.run import CONFIRMATIONS, SELDOM, rounds

LINE = Line(1, "input", {}, "t", {}, None)
ONE = "11111111-aaaa-4bbb-8ccc-000000000001"
TWO = "22222222-aaaa-4bbb-8ccc-000000000002"
OTHER = "33333333-aaaa-4bbb-8ccc-000000000003"


def tagged(value: Any) -> Any:
    if isinstance(value, dict):
        return {"t": "dict", "v": [[key, tagged(item)] for key, item in value.items()]}
    return [tagged(item) for item in value] if isinstance(value, list) else value


def chunk(mode: str, data: Any, *ns: str) -> Event:
    return {"e": "stream", "mode": mode, "ns": list(ns), "data": tagged(data)}


def result(value: Any) -> Event:
    return {"e": "result", "value": tagged(value)}


def put(value: Any) -> Event:
    packed = {"tag": "msgpack", "hex": ormsgpack.packb(value).hex()}
    same = {"ns": "", "checkpoint_id": "c", "parent_id": None, "step": 1, "metadata": None, "blobs": []}
    return {"e": "put", "checkpoint": packed, **same}


def seen(*events: Event, **more: Any) -> Observation:
    tracks = {track: tuple(event for event in events if track_of(event) == track) for track in TRACKS}
    return Observation(tracks, 0.1, **more)


def judged(upstream: list[Observation], *others: Observation, witnessed: bool = False) -> LineVerdict:
    return judge_line(LINE, upstream, others, witnessed=witnessed, counted=1)


def test_what_is_equal_is_the_same_and_counted() -> None:
    one = seen(chunk("values", {"a": 1, "b": [2, 3]}), result({"a": 1}), put({"a": 1}))
    verdict = judged([one, one], one)
    assert (verdict.status, verdict.difference, verdict.skipped) == ("same", None, 0)
    assert verdict.events == {"stream": 1, "end": 1, "saver": 1, "state": 0, "history": 0}
    assert verdict.values > 4


def test_a_place_that_varies_is_left_out_and_its_neighbour_is_not() -> None:
    upstream = [seen(result({"a": 1, "b": 5})), seen(result({"a": 2, "b": 5}))]
    assert judged(upstream, seen(result({"a": 3, "b": 5}))).status == "same"
    wrong = judged(upstream, seen(result({"a": 3, "b": 6})))
    assert wrong.difference is not None
    assert (wrong.status, wrong.difference.where) == ("differs", "value.b")


def test_inside_bytes_too() -> None:
    one, two = (seen(result(1), put({"noise": noise, "keep": 5})) for noise in ("a", "a longer text"))
    assert judged([one, two], seen(result(1), put({"noise": "b", "keep": 5}))).status == "same"
    wrong = judged([one, two], seen(result(1), put({"noise": "b", "keep": 6})))
    assert wrong.difference is not None
    assert wrong.difference.where == "checkpoint at keep"
    assert wrong.difference.bytes is not None
    # The same value in more bytes is a difference as well.
    wide = put({"keep": 5})
    wide["checkpoint"] = {"tag": "msgpack", "hex": wide["checkpoint"]["hex"].replace("6b65657005", "6b656570cc05")}
    plain = seen(result(1), put({"keep": 5}))
    assert judged([plain, plain], seen(result(1), wide)).status == "differs"


def test_where_upstream_has_other_events_the_rest_of_that_track_alone_is_left_out() -> None:
    first = chunk("updates", {"n": 1})
    upstream = [seen(first, chunk("updates", {"n": 2}), result(1)), seen(first, result(1))]
    assert judged(upstream, seen(first, result(1))).status == "same"
    assert judged(upstream, seen(chunk("updates", {"n": 3}), result(1))).status == "differs"
    wrong = judged(upstream, seen(first, result(2)))
    assert wrong.difference is not None
    assert (wrong.status, wrong.difference.track) == ("differs", "end")


def test_ids_are_renamed_so_that_the_same_one_has_to_come_again() -> None:
    def ids(*found: str) -> Observation:
        return seen(*(chunk("updates", {"id": f"run-{one}"}) for one in found), result("x"), put({"id": found[0]}))

    upstream = [ids(ONE, TWO, ONE), ids(TWO, OTHER, TWO)]
    same = judged(upstream, ids(OTHER, ONE, OTHER))
    assert (same.status, same.rules) == ("same", {"ids": 1})
    assert judged(upstream, ids(OTHER, ONE, ONE)).status == "differs"
    # In bytes the same id has to be the same one as in the stream.
    wrong = ids(OTHER, ONE, OTHER)
    tracks = {**wrong.tracks, "saver": (put({"id": ONE}),)}
    assert judged(upstream, replace(wrong, tracks=tracks)).status == "differs"


def test_ids_that_upstream_has_twice_alike_are_compared_as_they_are() -> None:
    upstream = [seen(result({"id": ONE})), seen(result({"id": ONE}))]
    assert judged(upstream, seen(result({"id": TWO}))).status == "differs"


@pytest.mark.parametrize(
    ("one", "two", "rule"),
    [
        ("2026-11-21T10:00:00+00:00", "2026-11-21T10:00:05.123+00:00", "timestamps"),
        ({"t": "datetime", "v": "x"}, {"t": "datetime", "v": "y"}, "timestamps"),
        ({"t": "float", "bits": "41da5816fa000000"}, {"t": "float", "bits": "41da5816fa400000"}, "timestamps"),
        (1763715000, 1763715003, "timestamps"),
        (17, 18, "not-comparable"),
        ("2026", "2027", "not-comparable"),
    ],
)
def test_a_time_of_day_is_told_from_other_noise(one: Any, two: Any, rule: str) -> None:
    upstream = [seen({"e": "result", "value": ["kept", value]}) for value in (one, two)]
    verdict = judged(upstream, seen({"e": "result", "value": ["kept", two]}))
    assert (verdict.status, verdict.rules) == ("same", {rule: 1})
    assert bool(verdict.blind) == (rule == "not-comparable")


def test_tasks_that_end_in_another_order_are_the_same_but_not_what_they_did() -> None:
    def run(*names: str) -> Observation:
        return seen(*(chunk("updates", {name: {"by": name}}) for name in names), chunk("values", {}), result("x"))

    upstream = [run("a", "b", "c"), run("a", "b", "c")]
    other_order = judged(upstream, run("c", "a", "b"))
    assert (other_order.status, other_order.rules) == ("same", {"task-order": 1})
    assert judged(upstream, run("a", "c")).status == "differs"
    changed = seen(chunk("updates", {"b": {"by": "z"}}), *run("a", "c").tracks["stream"], result("x"))
    assert judged(upstream, changed).status == "differs"


def test_what_ran_in_another_superstep_did_not_run_at_once() -> None:
    def run(*names: str) -> Observation:
        chunks = [chunk(*pair) for name in names for pair in (("updates", {name: 1}), ("values", {}))]
        return seen(*chunks, result("x"))

    assert judged([run("a", "b")] * 2, run("b", "a")).status == "differs"


def test_the_supersteps_of_a_subgraph_stay_in_their_order() -> None:
    def run(*steps: str) -> Observation:
        inside = [chunk(*pair, "sub:1") for step in steps for pair in (("updates", {step: 1}), ("values", {}))]
        return seen(*inside, chunk("values", {}), result("x"))

    assert judged([run("a", "b")] * 2, run("b", "a")).status == "differs"


def test_the_items_of_a_set_have_no_order() -> None:
    one, other = (seen({"e": "result", "value": {"t": "set", "v": items}}) for items in (["a", "b"], ["b", "a"]))
    assert judged([one, one], other).rules == {"set-order": 2}
    assert judged([one, one], seen({"e": "result", "value": {"t": "set", "v": ["a", "c"]}})).status == "differs"
    # Beside something that varies by itself.
    runs = [
        seen({"e": "result", "value": [{"t": "set", "v": items}, noise, 5]})
        for items, noise in ((["a", "b"], 1), (["a", "b"], 2), (["b", "a"], 3))
    ]
    assert judged(runs[:2], runs[2]).rules == {"set-order": 2, "not-comparable": 1}


def test_an_outcome_of_which_nothing_is_the_same_twice_is_vacuous() -> None:
    stream = chunk("updates", {"a": "same"})
    upstream = [seen(stream, result({"n": value})) for value in (1, 2)]
    verdict = judged(upstream, seen(stream, result({"n": 3})))
    assert (verdict.status, verdict.skipped) == ("vacuous", 1)
    # An empty result is one that was compared.
    assert judged([seen(result({}))] * 2, seen(result({}))).status == "same"


def test_upstream_without_an_answer_leaves_it_undecided_whatever_the_other_side_did() -> None:
    late = seen({"e": "timeout", "message": "no answer within 5 s"}, ended="no answer within 5 s")
    assert judged([late, late], seen(result(1))).status == "undecided"
    assert judged([seen(result(1))] * 2, late).status == "differs"


def test_a_difference_in_some_runs_is_a_difference_and_says_in_how_many() -> None:
    verdict = judged([seen(result(1))] * 3, seen(result(1)), seen(result(2)), seen(result(1)))
    assert (verdict.status, verdict.runs) == ("differs", (1, 3))


WORK = {"supersteps": 1, "tasks": 0, "encodings": 1}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"work": WORK}, ""),
        ({"work": {**WORK, "supersteps": 0}}, "supersteps in Rust: 0, and the run shows 1"),
        ({"work": {**WORK, "encodings": 0}}, "encodings in Rust: 0, and the run shows 1"),
        ({"work": WORK, "used": ("langgraph.x:f",)}, "langgraph.x:f of upstream was used in place of Rust"),
        ({}, "the counters of the backend were not read"),
    ],
)
def test_what_is_the_same_has_to_be_proven(more: dict[str, Any], says: str) -> None:
    events = (result(1), put({"a": 1}))
    verdict = judged([seen(*events)] * 2, seen(*events, **more), witnessed=True)
    assert (verdict.status, verdict.detail) == ("witness" if says else "same", says)


@pytest.mark.parametrize(
    ("status", "runs", "most"),
    [
        ("differs", (1, 1), CONFIRMATIONS),
        ("differs", (3, 3), CONFIRMATIONS),
        ("differs", (1, 3), SELDOM),
        ("same", (1, 1), CONFIRMATIONS),
    ],
)
def test_what_differs_in_some_runs_only_is_run_more_often(status: Status, runs: tuple[int, int], most: int) -> None:
    steady = LineVerdict(LINE, "same", "result")
    assert rounds([steady, LineVerdict(LINE, status, "result", runs=runs)]) == most
