"""Two events side by side: what differs is marked on the side that has it; what is equal is left out if long."""

from __future__ import annotations

import re
from typing import Any

from parity.report.sides import render_agreed, render_event


def marked(event: Any, other: Any) -> list[str]:
    """The marked texts of the event."""
    found = re.findall(r"<mark[^>]*>(.*?)</mark>", render_event(event, other, "oracle").source)
    return [text.replace("&quot;", '"') for text in found]


def tagged(**members: Any) -> dict[str, Any]:
    return {"e": "stream", "data": {"t": "dict", "v": [[key, value] for key, value in members.items()]}}


def test_only_the_value_that_differs_is_marked() -> None:
    assert marked(tagged(a=1, b=2), tagged(a=1, b=3)) == ["2"]


def test_a_true_and_a_one_are_not_equal() -> None:
    assert marked(tagged(a=True), tagged(a=1)) == ["true"]


def test_a_list_and_a_tuple_are_not_equal() -> None:
    assert marked(tagged(a=[1]), tagged(a={"t": "tuple", "v": [1]})) == ["[1]"]


def test_of_a_long_text_only_the_part_that_differs_is_marked() -> None:
    assert marked({"e": "x", "text": "a long text, one"}, {"e": "x", "text": "a long text, two"}) == ["one"]


def test_bytes_are_marked_where_they_differ() -> None:
    one, other = ({"e": "put", "blob": {"tag": "msgpack", "hex": "81a161" + end + "c0"}} for end in ("cc80", "cd0080"))
    assert marked(one, other) == ["c"], "the digits that the other does not have there"


def test_what_only_the_other_side_has_leaves_a_gap_mark() -> None:
    assert marked(tagged(a=1), tagged(a=1, b=2)) == [""]
    assert marked(tagged(a=1, b=2), tagged(a=1)) == ["2"]


def test_keys_in_another_order_are_marked() -> None:
    assert marked(tagged(a=1, b=2), tagged(b=2, a=1)) == ["1", "2"]


def test_equal_events_have_no_marks() -> None:
    assert marked(tagged(a=[1, {"t": "set", "v": [2]}]), tagged(a=[1, {"t": "set", "v": [2]}])) == []


def test_equal_lines_of_a_long_event_are_left_out_and_counted() -> None:
    one = tagged(**{f"key_{i:03}": i for i in range(200)})
    other = tagged(**{f"key_{i:03}": i if i != 100 else -1 for i in range(200)})
    source = render_event(one, other, "oracle").source
    assert marked(one, other) == ["100"]
    assert "key_099" in source
    assert "key_050" not in source
    assert "equal lines omitted" in source


def test_an_agreed_event_is_shown_by_its_beginning() -> None:
    source = render_agreed(tagged(**{f"key_{i:03}": i for i in range(200)})).source
    assert "key_005" in source
    assert "more lines omitted" in source
