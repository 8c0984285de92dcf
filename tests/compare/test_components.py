"""Where a change between two releases lies, and what tells two changes apart."""

from __future__ import annotations

from typing import Any

import pytest

from parity.compare.components import component, place
from parity.compare.diff import Difference

ERROR = {"e": "error", "type": "RuntimeError", "message": "a"}
PUT = {"e": "put", "checkpoint_id": "1"}
STREAM = {"e": "stream", "mode": "debug"}


def difference(expected: Any, actual: Any, path: str = "", layer: str = "loop") -> Difference:
    return Difference(3, None, expected, actual, path, layer, "x", "summary")


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (difference(PUT, PUT, "metadata"), "checkpoints"),
        (difference(STREAM, STREAM, "data.a"), "stream"),
        (difference(ERROR, ERROR, "message"), "errors"),
        (difference(ERROR, STREAM), "stream"),
        (difference(STREAM, ERROR), "stream"),
        (difference(None, PUT), "checkpoints"),
        (difference({"e": "drained"}, {"e": "drained"}), "loop"),
        (difference({"e": "get"}, {"e": "get"}, layer="channels"), "channels"),
        (difference({"e": "dumps"}, {"e": "dumps"}, layer="codec"), "codec"),
        (difference(STREAM, STREAM, layer="algorithm"), "algorithm"),
        (difference(None, None, layer="subject"), "no answer"),
    ],
)
def test_the_component(found: Difference, name: str) -> None:
    assert component(found) == name


def test_names_of_the_case_and_numbers_are_not_part_of_the_place() -> None:
    one = place(difference(PUT, PUT, "blobs[3][2].mine.id"))
    assert one == place(difference(PUT, PUT, "blobs[0][2].other.id")) == "put.blobs.id"
    assert one != place(difference(PUT, PUT, "blobs[3][2].mine.value"))


def test_events_of_different_kinds_are_named_both() -> None:
    assert place(difference(ERROR, STREAM)) == "error|stream:debug"
    assert place(difference(STREAM, None)) == "stream:debug|end"


def test_errors_are_told_apart_by_their_types() -> None:
    other = {**ERROR, "type": "ValueError"}
    assert place(difference(ERROR, {**ERROR, "message": "b"}, "message")) == "error.message:RuntimeError"
    assert place(difference(ERROR, other, "type")) == "error.type:RuntimeError|ValueError"
