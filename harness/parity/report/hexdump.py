"""A hex view of two byte strings with the differing part marked, for pages."""

from __future__ import annotations

from dataclasses import dataclass

from parity.report.markup import Html, Part, el

__all__ = ["Span", "dump", "first_difference"]

_WIDTH = 16
_ROWS_BEFORE = 3
_ROWS_SHOWN = 16


@dataclass(frozen=True)
class Span:
    """A run of bytes: where it starts, and how long it is."""

    offset: int
    length: int


def first_difference(one: bytes, other: bytes) -> int:
    """The offset of the first byte that differs (the length of the shorter if one starts with the other)."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def dump(data: bytes, span: Span, changed: frozenset[int], side: str) -> Html:
    """Rows of 16 bytes around `span`; offsets in `changed` are marked, those of the span underlined."""
    first = max(span.offset // _WIDTH - _ROWS_BEFORE, 0)
    count = -(-len(data) // _WIDTH)
    last = min(first + _ROWS_SHOWN, count)
    rows: list[Part] = []
    if first:
        rows.append(el("span", {"class": "more"}, f"… {first * _WIDTH} bytes before\n"))
    for row in range(first, last):
        chunk = data[row * _WIDTH : (row + 1) * _WIDTH]
        cells: list[Part] = []
        letters: list[Part] = []
        for column in range(_WIDTH):
            gap = "  " if column == _WIDTH // 2 else " "
            if column >= len(chunk):
                cells.append(gap + "  ")
                continue
            at = row * _WIDTH + column
            text = f"{chunk[column]:02x}"
            letter = chr(chunk[column]) if 0x20 <= chunk[column] < 0x7F else "·"
            inside = span.offset <= at < span.offset + span.length
            style = "changed" if at in changed else "within" if inside else None
            cells += [gap, el("mark", {"class": style}, text) if style else text]
            letters.append(el("mark", {"class": style}, letter) if style else letter)
        rows += [el("span", {"class": "offset"}, f"{row * _WIDTH:06x}"), cells, "  ", letters, "\n"]
    if last < count:
        rows.append(el("span", {"class": "more"}, f"… {len(data) - last * _WIDTH} more bytes omitted\n"))
    if not data:
        rows.append(el("span", {"class": "more"}, "no bytes\n"))
    return el("pre", {"class": f"hex {side}", "tabindex": 0}, rows)
