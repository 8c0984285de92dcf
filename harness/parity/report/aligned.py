"""Two events of one place in two traces as lines of text, those marked in which they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parity.report.shown import Branch, Leaf, Shown, shown

__all__ = ["Line", "Omitted", "agreed", "aligned", "cut"]

_FIT = 72
_MAX_LINES = 36
_MAX_AGREED = 14
_MAX_MARKED = 40
_CONTEXT = 4
_MAX_STRING = 240

_Place = tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line: its depth, label and text, the other side's text where it has one, and whether they differ."""

    depth: int
    label: str
    text: str
    other: str | None
    marked: bool


@dataclass(frozen=True)
class Omitted:
    """Lines that are left out: how many, and whether they are ``equal`` ones or ``more``."""

    number: int
    kind: str
    depth: int

    def text(self) -> str:
        """As it is shown."""
        return f"… {self.number:,} {self.kind} line{'s' * (self.number != 1)} omitted"


def aligned(event: Any, other: Any) -> Iterator[Line | Omitted]:
    """One side's event, what differs from `other` marked (nothing if that is None).

    In a long event the lines far from any difference are left out, and it says how many.
    """
    mine, theirs = shown(event), None if other is None else shown(other)
    lines = _lines(mine, theirs, _differing(mine, theirs) if theirs is not None else set())
    keep = set(range(len(lines))) if len(lines) <= _MAX_LINES else _kept(lines)
    skipped: list[Line] = []
    for index, line in enumerate(lines):
        if index not in keep:
            skipped.append(line)
            continue
        if skipped:
            kind = "more" if any(left.marked for left in skipped) else "equal"
            yield Omitted(len(skipped), kind, line.depth)
            skipped = []
        yield line


def agreed(event: Any) -> Iterator[Line | Omitted]:
    """An event that both sides agree on, its beginning if it is long."""
    lines = _lines(shown(event), None, set())
    yield from lines[:_MAX_AGREED]
    if len(lines) > _MAX_AGREED:
        yield Omitted(len(lines) - _MAX_AGREED, "more", 1)


def cut(text: str) -> str:
    """A long text without its middle, and how much that is."""
    if len(text) <= _MAX_STRING:
        return text
    keep = _MAX_STRING // 2
    return f"{text[:keep]} … {len(text) - 2 * keep:,} characters omitted … {text[-keep:]}"


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


def _lines(tree: Shown, other: Shown | None, differing: set[_Place]) -> list[Line]:
    above = {place[:depth] for place in differing for depth in range(len(place))}
    out: list[Line] = []

    def emit(part: Shown, twin: Shown | None, place: _Place, label: str, inside: bool) -> None:
        marked = inside or place in differing
        flat = _flat(part)
        if isinstance(part, Leaf) or not part.parts or (len(flat) <= _FIT and (marked or place not in above)):
            out.append(Line(len(place), label, flat, _flat(twin) if twin is not None else None, marked))
            if not isinstance(part, Leaf) and (*place, "") in differing:
                out.append(Line(len(place) + 1, "", "", "", True))
            return
        out.append(Line(len(place), label, part.opening, None, marked))
        twins = {name: item for name, _, item in twin.parts} if isinstance(twin, Branch) else {}
        for name, text, item in part.parts:
            emit(item, twins.get(name), (*place, name), text, marked)
        if (*place, "") in differing:
            out.append(Line(len(place) + 1, "", "", "", True))
        out.append(Line(len(place), "", part.closing, None, marked))

    emit(tree, other, (), "", False)
    return out


def _kept(lines: list[Line]) -> set[int]:
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
