"""The drawing of a graph and the words for a case."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import report_runs as runs

from parity.cases.model import Case
from parity.report.drawing import MAX_DRAWN, draw
from parity.report.layout import Box, Link, arrange
from parity.report.listing import MAX_LINES, listing
from parity.report.literal import literal


def vertices(svg: str) -> list[str]:
    return re.findall(r'data-vertex="([^"]+)"', svg)


def edges(svg: str) -> list[str]:
    return re.findall(r'class="edge (\w+)"', svg)


def test_every_part_of_a_graph_is_drawn_once() -> None:
    drawing = draw(graph())
    assert drawing is not None
    names = ["__start__", "plan", "left", "right", "worker", "collect", "__end__"]
    assert sorted(vertices(drawing.source)) == sorted([*(f"node:{n}" for n in names), "join:0", "branch:0", "branch:1"])
    kinds = edges(drawing.source)
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"edge": 3, "join": 3, "branch": 4, "send": 1}
    assert "deferred" in drawing.source
    assert "a ← state.a + 1" in drawing.source


def graph() -> dict[str, Any]:
    return runs.graph_case().body


def test_a_destination_that_is_no_node_is_drawn_as_missing() -> None:
    body = {**graph(), "edges": [["__start__", "plan"], ["plan", "ghost"]]}
    drawing = draw(body)
    assert drawing is not None
    assert "no such node" in drawing.source


def test_a_graph_too_large_to_read_is_not_drawn() -> None:
    body = {**graph(), "nodes": [runs.node(f"n{i}", []) for i in range(MAX_DRAWN + 1)]}
    assert draw(body) is None


def test_no_two_boxes_overlap_and_forward_links_go_right() -> None:
    boxes = [Box(name, 80, 40) for name in "abcdefgh"]
    pairs = ["ab", "ac", "ad", "be", "ce", "de", "ef", "fa", "ag", "gh", "ah", "bb", "ae"]
    links = [Link(*pair) for pair in pairs]
    layout = arrange(boxes, links, last="h")
    for one, other in combinations("abcdefgh", 2):
        (x, y), (p, q) = layout.centres[one], layout.centres[other]
        assert abs(x - p) >= 80 or abs(y - q) >= 40, f"{one} and {other} overlap"
    for pair, route in zip(pairs, layout.routes, strict=True):
        assert route.back == (pair == "fa")
        assert route.loop == (pair == "bb")
        if not route.back and not route.loop:
            assert layout.centres[pair[0]][0] < layout.centres[pair[1]][0]
        assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in route.points)


def test_links_between_the_same_boxes_are_apart() -> None:
    layout = arrange([Box("a", 80, 40), Box("b", 80, 40)], [Link("a", "b"), Link("a", "b")])
    one, other = layout.routes
    assert abs(one.points[0][1] - other.points[0][1]) >= 10


def test_a_graph_is_listed_as_a_person_would_write_it() -> None:
    lines = listing(runs.graph_case())
    for line in (
        "  a: LastValue()",
        "    a ← state.a + 1",
        "  collect (deferred)",
        "  START → plan",
        "  left + right → collect",
        "  plan ⇢ fan: Send(worker, item) for each item of state.log",
        "  collect ⇢ again: if state.a < 5 then plan else END",
        '  1. invoke {"a": 1}',
    ):
        assert line in lines


def test_channel_sequences_and_bytes_are_listed_too() -> None:
    assert listing(runs.wrong_channel().case)[-1] == "  1. get"
    assert listing(Case("bytes", {"hex": "c0" * 40}))[:2] == ["decode 40 bytes", "  " + "c0" * 32]


def test_a_long_listing_says_what_it_leaves_out() -> None:
    ops = [{"op": "get"}] * (MAX_LINES + 10)
    lines = listing(Case("channel", {"channel": {"class": "AnyValue", "key": "k"}, "ops": ops}))
    assert lines[-1] == "… 11 more lines omitted"


def test_values_are_written_as_in_python() -> None:
    value = {
        "t": "dict",
        "v": [
            [1, {"t": "float", "bits": "7ff8000000000001"}],
            ["k", {"t": "tuple", "v": [None]}],
            ["f", {"t": "float", "bits": "3ff8000000000000"}],
        ],
    }
    assert literal(value) == '{1: nan[7ff8000000000001], "k": (None,), "f": 1.5}'


def test_a_deep_or_long_value_is_cut() -> None:
    deep: Any = 0
    for _ in range(5000):
        deep = [deep]
    assert "…" in literal(deep)
    assert len(literal(["x" * 100] * 1000)) < 5000
