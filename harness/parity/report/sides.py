"""Two events of one place in two traces, side by side, with what differs marked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from parity.report.markup import Html, Part, el

__all__ = ["differing", "render_event"]

_MAX_LINES = 160
_MAX_DEPTH = 40
_FIT = 76
_CONTEXT = 6
_MAX_STRING = 240
_MISSING = object()


@dataclass(frozen=True)
class _Line:
    depth: int
    key: str
    text: str
    pointer: str
    other: str | None
    marked: bool


def _kind(value: Any) -> str:
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def _members(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    return {str(index): item for index, item in enumerate(value)}


def _child(pointer: str, key: str) -> str:
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def differing(expected: Any, actual: Any) -> list[str]:
    """JSON pointers of the smallest parts that differ between two JSON values, in order; `[""]` for wholly different."""
    out: list[str] = []
    stack: list[tuple[str, Any, Any]] = [("", expected, actual)]
    while stack:
        pointer, one, other = stack.pop()
        if isinstance(one, (dict, list)) and type(one) is type(other):
            left, right = _members(one), _members(other)
            keys = [*left, *(key for key in right if key not in left)]
            stack.extend(
                (_child(pointer, key), left.get(key, _MISSING), right.get(key, _MISSING)) for key in reversed(keys)
            )
        elif one is _MISSING or other is _MISSING or _kind(one) != _kind(other) or one != other:
            out.append(pointer)
    return out


def _compact(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    except (RecursionError, ValueError, TypeError):
        return "…"


def _other(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _MISSING
    return value


def _lines(value: Any, other: Any, differences: list[str]) -> list[_Line]:
    below = {pointer[: i or None] for pointer in differences for i in range(len(pointer)) if pointer[i] == "/"}
    below |= {""} if any(differences) else set()
    exact = set(differences)
    out: list[_Line] = []

    def emit(item: Any, pointer: str, key: str, depth: int, inside: bool) -> None:
        marked = inside or pointer in exact
        if isinstance(item, (dict, list)) and item and depth < _MAX_DEPTH:
            text = _compact(item)
            if len(text) > _FIT or (pointer in below and not marked):
                opening, closing = ("{", "}") if isinstance(item, dict) else ("[", "]")
                out.append(_Line(depth, key, opening, pointer, None, marked))
                for name, member in _members(item).items():
                    label = json.dumps(name, ensure_ascii=False) + ": " if isinstance(item, dict) else ""
                    emit(member, _child(pointer, name), label, depth + 1, marked)
                out.append(_Line(depth, "", closing, pointer, None, marked))
                return
            opposite = _other(other, pointer)
            out.append(_Line(depth, key, text, pointer, None if opposite is _MISSING else _compact(opposite), marked))
            return
        opposite = _other(other, pointer) if marked else _MISSING
        shown = _compact(item) if depth < _MAX_DEPTH else "…"
        out.append(_Line(depth, key, shown, pointer, None if opposite is _MISSING else _compact(opposite), marked))

    emit(value, "", "", 0, False)
    return out


def _cut(text: str) -> str:
    if len(text) <= _MAX_STRING:
        return text
    keep = _MAX_STRING // 2
    return f"{text[:keep]} … {len(text) - 2 * keep} characters omitted … {text[-keep:]}"


def _leaf(line: _Line) -> Part:
    """The text of a line; where the other side has a value too, only the part that differs from it is marked."""
    text, other = line.text, line.other
    if not line.marked:
        return _cut(text)
    if other is None or other == text:
        return el("mark", None, _cut(text))
    start = 0
    while start < min(len(text), len(other)) and text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    head, middle, tail = text[:start], text[start : len(text) - end], text[len(text) - end :]
    if len(head) > 60:
        head = "… " + head[-48:]
    if len(tail) > 60:
        tail = tail[:48] + " …"
    # Something is to be seen where the other side has more: an empty mark is drawn as a caret.
    return [head, el("mark", {"class": None if middle else "gap"}, _cut(middle)), tail]


def render_event(event: Any, other: Any, side: str) -> Html:
    """One side's event as lines of JSON, what differs from `other` marked; `side` is the class of the block."""
    differences = differing(event, other)
    lines = _lines(event, other, differences)
    marked = [index for index, line in enumerate(lines) if line.marked]
    keep = set(range(len(lines)))
    if len(lines) > _MAX_LINES:
        around = marked[: _MAX_LINES // 4] or [0]
        keep = {near for index in around for near in range(index - _CONTEXT, index + _CONTEXT + 1)} | {0, len(lines) - 1}
    rows: list[Html] = []
    skipped = 0
    for index, line in enumerate(lines):
        if index not in keep:
            skipped += 1
            continue
        if skipped:
            rows.append(el("span", {"class": "more"}, f"  … {skipped} more lines omitted\n"))
            skipped = 0
        indent = "  " * line.depth
        style = "line differs" if line.marked else "line"
        rows.append(el("span", {"class": style}, indent, el("span", {"class": "key"}, line.key), _leaf(line), "\n"))
    return el("pre", {"class": f"event {side}", "tabindex": 0}, rows)
