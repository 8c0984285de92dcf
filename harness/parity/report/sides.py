"""Two events of one place in two traces, side by side, with what differs marked."""

from __future__ import annotations

from typing import Any

from parity.report.aligned import Line, Omitted, agreed, aligned, cut
from parity.report.markup import Html, Part, el

__all__ = ["render_agreed", "render_event"]

_SHARED = 6


def _text(line: Line) -> Part:
    """The text of a line; where the other side has a value too, only the part that differs from it is marked."""
    text, other = line.text, line.other
    if not line.marked:
        return cut(text)
    if other is None or other == text:
        return el("mark", {"class": None if text else "gap"}, cut(text))
    start = 0
    while start < min(len(text), len(other)) and text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    if start + end < _SHARED:
        return el("mark", None, cut(text))
    head, middle, tail = text[:start], text[start : len(text) - end], text[len(text) - end :]
    if len(head) > 60:
        head = f"{head[:24]} … {head[-24:]}"
    if len(tail) > 60:
        tail = f"{tail[:24]} … {tail[-24:]}"
    # Where only the other side has something, an empty mark is drawn as a bar.
    return [head, el("mark", {"class": None if middle else "gap"}, cut(middle)), tail]


def _row(line: Line) -> Html:
    label: Part = el("span", {"class": "key"}, line.label) if line.label else None
    style = "line differs" if line.marked else "line"
    return el("span", {"class": style}, "  " * line.depth, label, _text(line), "\n")


def render_event(event: Any, other: Any, side: str) -> Html:
    """One side's event as lines, what differs from `other` marked; `side` is the class of the block."""
    return el("pre", {"class": f"event {side}", "tabindex": 0}, [_part(line) for line in aligned(event, other)])


def render_agreed(event: Any) -> Html:
    """An event that both sides agree on, its beginning if it is long."""
    return el("pre", {"class": "event agreed", "tabindex": 0}, [_part(line) for line in agreed(event)])


def _part(line: Line | Omitted) -> Html:
    if isinstance(line, Omitted):
        return el("span", {"class": "line more"}, "  " * line.depth, f"{line.text()}\n")
    return _row(line)
