"""Which part of LangGraph a change between two releases lies in."""

from __future__ import annotations

from typing import Any

import pytest

from parity.compare.components import component
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


def test_what_programs_show_has_the_component_of_what_graphs_show() -> None:
    assert component(difference({"e": "chunk"}, {"e": "chunk"})) == "stream"
    assert component(difference({"e": "reread"}, {"e": "reread"})) == "state and history"
