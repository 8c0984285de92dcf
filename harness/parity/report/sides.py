"""Two events of one place in two traces, side by side, with what differs marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parity.report.markup import Html, Part, el
from parity.report.shown import Branch, Leaf, Shown, shown

__all__ = ["render_agreed", "render_event"]

_FIT = 72
_MAX_LINES = 36
_MAX_AGREED = 14
_MAX_MARKED = 40
_CONTEXT = 4
_MAX_STRING = 240
_SHARED = 6

_Place = tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    depth: int
    label: str
    text: str
    other: str | None
    marked: bool


def _differing(one: Shown | None, other: Shown | None) -> set[_Place]:
    """The places of the smallest parts of `one` that `other` does not have, or has otherwise."""
    found: set[_Place] = set()
    stack: list[tuple[_Place, Shown | None, Shown | None]] = [((), one, other)]
    while stack:
        place, mine, theirs = stack.pop()
        if mine == theirs:
            continue
        if not isinstance(mine, Branch) or not isinstance(theirs, Branch) or mine.opening != theirs.opening:
            found.add(place)
            continue
        twins = {name: part for name, _, part in theirs.parts}
        common = [name for name, _, _ in mine.parts if name in twins]
        order = [name for name in twins if name in set(common)]
        found |= {(*place, name) for name, twin in zip(common, order, strict=True) if name != twin}
        stack.extend(((*place, name), part, twins.get(name)) for name, _, part in mine.parts)
        if len(common) == len(mine.parts) < len(theirs.parts):
            # The other side has more here: there is nothing to mark but the place where it would stand.
            found.add((*place, ""))
    return found


def _flat(tree: Shown) -> str:
    if isinstance(tree, Leaf):
        return tree.text
    return tree.opening + ", ".join(label + _flat(part) for _, label, part in tree.parts) + tree.closing


def _lines(tree: Shown, other: Shown | None, differing: set[_Place]) -> list[_Line]:
    above = {place[:depth] for place in differing for depth in range(len(place))}
    out: list[_Line] = []

    def emit(part: Shown, twin: Shown | None, place: _Place, label: str, inside: bool) -> None:
        marked = inside or place in differing
        flat = _flat(part)
        if isinstance(part, Leaf) or not part.parts or (len(flat) <= _FIT and (marked or place not in above)):
            out.append(_Line(len(place), label, flat, _flat(twin) if twin is not None else None, marked))
            if not isinstance(part, Leaf) and (*place, "") in differing:
                out.append(_Line(len(place) + 1, "", "", "", True))
            return
        out.append(_Line(len(place), label, part.opening, None, marked))
        twins = {name: item for name, _, item in twin.parts} if isinstance(twin, Branch) else {}
        for name, text, item in part.parts:
            emit(item, twins.get(name), (*place, name), text, marked)
        if (*place, "") in differing:
            out.append(_Line(len(place) + 1, "", "", "", True))
        out.append(_Line(len(place), "", part.closing, None, marked))

    emit(tree, other, (), "", False)
    return out


def _kept(lines: list[_Line]) -> set[int]:
    """The lines to show of a long event: those marked, some around each, and what each is inside of."""
    marked = [index for index, line in enumerate(lines) if line.marked][:_MAX_MARKED]
    keep = {0, len(lines) - 1}
    for index in marked or [0]:
        keep.update(range(max(index - _CONTEXT, 0), min(index + _CONTEXT + 1, len(lines))))
        depth = lines[index].depth
        for above in range(index, -1, -1):
            if lines[above].depth < depth:
                depth = lines[above].depth
                keep.add(above)
    return keep


def _cut(text: str) -> str:
    if len(text) <= _MAX_STRING:
        return text
    keep = _MAX_STRING // 2
    return f"{text[:keep]} … {len(text) - 2 * keep:,} characters omitted … {text[-keep:]}"


def _text(line: _Line) -> Part:
    """The text of a line; where the other side has a value too, only the part that differs from it is marked."""
    text, other = line.text, line.other
    if not line.marked:
        return _cut(text)
    if other is None or other == text:
        return el("mark", {"class": None if text else "gap"}, _cut(text))
    start = 0
    while start < min(len(text), len(other)) and text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    if start + end < _SHARED:
        return el("mark", None, _cut(text))
    head, middle, tail = text[:start], text[start : len(text) - end], text[len(text) - end :]
    if len(head) > 60:
        head = f"{head[:24]} … {head[-24:]}"
    if len(tail) > 60:
        tail = f"{tail[:24]} … {tail[-24:]}"
    # Where only the other side has something, an empty mark is drawn as a bar.
    return [head, el("mark", {"class": None if middle else "gap"}, _cut(middle)), tail]


def _row(line: _Line) -> Html:
    label: Part = el("span", {"class": "key"}, line.label) if line.label else None
    style = "line differs" if line.marked else "line"
    return el("span", {"class": style}, "  " * line.depth, label, _text(line), "\n")


def render_event(event: Any, other: Any, side: str) -> Html:
    """One side's event as lines, what differs from `other` marked; `side` is the class of the block.

    In a long event the lines far from any difference are left out, and it says how many.
    """
    mine, theirs = shown(event), None if other is None else shown(other)
    lines = _lines(mine, theirs, _differing(mine, theirs) if theirs is not None else set())
    keep = set(range(len(lines))) if len(lines) <= _MAX_LINES else _kept(lines)
    rows: list[Part] = []
    skipped: list[_Line] = []
    for index, line in enumerate(lines):
        if index not in keep:
            skipped.append(line)
            continue
        if skipped:
            kind = "more" if any(left.marked for left in skipped) else "equal"
            rows.append(_omitted(len(skipped), kind, line.depth))
            skipped = []
        rows.append(_row(line))
    return el("pre", {"class": f"event {side}", "tabindex": 0}, rows)


def render_agreed(event: Any) -> Html:
    """An event that both sides agree on, its beginning if it is long."""
    lines = _lines(shown(event), None, set())
    rows: list[Part] = [_row(line) for line in lines[:_MAX_AGREED]]
    if len(lines) > _MAX_AGREED:
        rows.append(_omitted(len(lines) - _MAX_AGREED, "more", 1))
    return el("pre", {"class": "event agreed", "tabindex": 0}, rows)


def _omitted(number: int, kind: str, depth: int) -> Html:
    return el("span", {"class": "line more"}, "  " * depth, f"… {number:,} {kind} line{'s' * (number != 1)} omitted\n")
