"""Tagged values (`docs/cases.md` §1) as short text in Python's notation, for people."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from typing import Any

__all__ = ["MAX_LITERAL", "literal"]

MAX_LITERAL = 4000
"""Longest literal, in characters; the rest is replaced by an ellipsis."""

_MAX_DEPTH = 30
_MAX_ITEMS = 60
_SEQUENCES = {"tuple": ("(", ")"), "set": ("{", "}"), "frozenset": ("frozenset({", "})"), "deque": ("deque([", "])")}


def literal(tagged: Any, limit: int = MAX_LITERAL) -> str:
    """The value as text, at most `limit` characters; nothing in it is evaluated, unknown tags are shown as JSON."""
    text = _literal(tagged, 0)
    return text if len(text) <= limit else text[:limit] + "…"


def _literal(value: Any, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return "…"
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return "[" + _items(value, depth) + "]"
    if isinstance(value, dict):
        return _tag(value, depth)
    return str(value)


def _string(text: str) -> str:
    if len(text) > MAX_LITERAL:
        return json.dumps(text[:MAX_LITERAL], ensure_ascii=False) + f"… ({len(text)} characters)"
    return json.dumps(text, ensure_ascii=False)


def _items(items: Any, depth: int) -> str:
    if not isinstance(items, list):
        return _json(items)
    parts = [_literal(item, depth + 1) for item in items[:_MAX_ITEMS]]
    if len(items) > _MAX_ITEMS:
        parts.append(f"… {len(items) - _MAX_ITEMS} more")
    return ", ".join(parts)


def _pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, list):
        for pair in value:
            if isinstance(pair, list) and len(pair) == 2:
                yield pair[0], pair[1]


def _json(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError, TypeError):
        return "…"
    return text if len(text) <= 400 else text[:400] + "…"


def _buffer(value: Any) -> str:
    text = str(value)
    if len(text) > 400:
        return f"{text[:400]}… ({len(text) // 2} bytes)"
    return text


def _float(bits: Any) -> str:
    try:
        number: float = struct.unpack(">d", bytes.fromhex(str(bits)))[0]
    except (ValueError, struct.error):
        return f"float({_json(bits)})"
    if math.isnan(number):
        return f"nan[{bits}]"
    return repr(number)


def _tag(value: dict[str, Any], depth: int) -> str:
    tag = value.get("t")
    inner = value.get("v")
    if tag == "int":
        return str(inner)
    if tag == "float":
        return _float(value.get("bits"))
    if tag == "str":
        return f"str[surrogates {_buffer(value.get('hex', ''))}]"
    if tag in ("bytes", "bytearray", "memoryview"):
        return f"{tag}[{_buffer(value.get('hex', ''))}]"
    if tag in _SEQUENCES:
        opening, closing = _SEQUENCES[str(tag)]
        if tag == "tuple" and isinstance(inner, list) and len(inner) == 1:
            closing = ",)"
        if tag == "set" and not inner:
            return "set()"
        return opening + _items(inner, depth) + closing
    if tag == "dict":
        pairs = list(_pairs(inner))
        parts = [f"{_literal(k, depth + 1)}: {_literal(v, depth + 1)}" for k, v in pairs[:_MAX_ITEMS]]
        if len(pairs) > _MAX_ITEMS:
            parts.append(f"… {len(pairs) - _MAX_ITEMS} more")
        return "{" + ", ".join(parts) + "}"
    if tag == "subclass":
        return f"subclass of {value.get('base')}({_literal(inner, depth + 1)})"
    if tag in ("datetime", "decimal", "uuid", "path", "zoneinfo", "date", "time", "timedelta", "timezone"):
        rest = next((value[key] for key in ("v", "hex", "parts", "key", "args") if key in value), None)
        return f"{tag}({_literal(rest, depth + 1)})"
    if tag == "ip":
        return f"{value.get('cls')}({_literal(inner, depth + 1)})"
    if tag == "pattern":
        return f"re.compile({_literal(value.get('pattern'), depth + 1)}, {value.get('flags')})"
    if tag == "send":
        return f"Send({_literal(value.get('node'), depth + 1)}, {_literal(value.get('arg'), depth + 1)})"
    if tag == "delta_snapshot":
        return f"_DeltaSnapshot({_literal(inner, depth + 1)})"
    if tag == "exception":
        return f"{value.get('repr') or value.get('cls')}"
    if tag == "object":
        name = str(value.get("cls", "?"))
        return f"{name}({_literal(value.get('payload'), depth + 1)})"
    if tag == "ext":
        data = _literal(inner, depth + 1) if "v" in value else _buffer(value.get("hex", ""))
        return f"ext[{value.get('code')}]({data})"
    if tag == "ndarray":
        return f"ndarray({value.get('dtype')}, {_json(value.get('shape'))}, [{_buffer(value.get('hex', ''))}])"
    if tag == "opaque" and "cls" in value:
        return f"<{value['cls']}: {_literal(inner, depth + 1)}>"
    if tag in ("opaque", "missing"):
        return f"<{tag}>"
    return _json(value)
