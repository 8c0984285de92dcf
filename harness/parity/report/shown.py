"""Events as trees that people read: tagged values in Python's notation, serialized bytes as one line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from parity.report.literal import literal

__all__ = ["Branch", "Leaf", "Shown", "shown"]

_MAX_DEPTH = 40


@dataclass(frozen=True)
class Leaf:
    """Something written on one line."""

    text: str


@dataclass(frozen=True)
class Branch:
    """Something with parts: its brackets, and each part under a name that is unique in it and a label to be shown."""

    opening: str
    closing: str
    parts: tuple[tuple[str, str, Shown], ...]


Shown = Leaf | Branch


def shown(value: Any) -> Shown:
    """The tree of an event, or of anything in one."""
    return _shown(value, 0)


def _shown(value: Any, depth: int) -> Shown:
    if depth > _MAX_DEPTH:
        return Leaf("…")
    if isinstance(value, list):
        return _sequence("[", "]", value, depth)
    if isinstance(value, dict):
        if "t" in value:
            return _tagged(value, depth)
        if "tag" in value and isinstance(value.get("hex"), str) and set(value) == {"tag", "hex"}:
            return Leaf(f"{value['tag']} {value['hex']}".rstrip())
        return Branch("{", "}", tuple((str(k), f"{k}: ", _shown(v, depth + 1)) for k, v in value.items()))
    return Leaf(json.dumps(value, ensure_ascii=False))


def _sequence(opening: str, closing: str, items: Any, depth: int) -> Shown:
    if not isinstance(items, list):
        return Leaf(literal(items))
    return Branch(opening, closing, tuple((str(i), "", _shown(item, depth + 1)) for i, item in enumerate(items)))


def _tagged(value: dict[str, Any], depth: int) -> Shown:
    tag, inner = value["t"], value.get("v")
    if tag == "dict" and isinstance(inner, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in inner):
        parts: list[tuple[str, str, Shown]] = []
        seen: dict[str, int] = {}
        for key, item in inner:
            label = literal(key, 200)
            # Keys may be written alike (two NaNs); a part's name must still be one part's.
            seen[label] = seen.get(label, 0) + 1
            name = label if seen[label] == 1 else f"{label}#{seen[label]}"
            parts.append((name, f"{label}: ", _shown(item, depth + 1)))
        return Branch("{", "}", tuple(parts))
    if tag in ("tuple", "set", "frozenset", "deque"):
        return _sequence("(" if tag == "tuple" else f"{tag}(", ")", inner, depth)
    if tag == "object":
        payload = _shown(value.get("payload"), depth + 1)
        if "code" not in value and isinstance(payload, Branch):
            # What a user's process saw: the class and its fields, no extension.
            return Branch(f"{value.get('cls')}(", ")", payload.parts)
        return Branch(f"{value.get('cls')} (code {value.get('code')}) (", ")", (("payload", "", payload),))
    if tag == "send":
        parts = [(key, f"{key}: ", _shown(value[key], depth + 1)) for key in ("node", "arg", "timeout") if key in value]
        return Branch("Send(", ")", tuple(parts))
    if tag == "ext" and "v" in value:
        return Branch(f"ext {value.get('code')} (", ")", (("v", "", _shown(inner, depth + 1)),))
    if tag in ("subclass", "delta_snapshot"):
        name = f"subclass of {value.get('base')}(" if tag == "subclass" else "_DeltaSnapshot("
        return Branch(name, ")", (("v", "", _shown(inner, depth + 1)),))
    return Leaf(literal(value))
