"""Random bytes cases: msgpack as upstream writes it, as another writer may, and broken in every way.

Only classes of upstream's allowlist are ever constructed of it: a bytes case is read as structure and strictly.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence

from hypothesis import strategies as st

from parity.cases.model import Case
from parity.generate.classes import SAFE_TYPES
from parity.generate.swarm import Choices, examples, swarm

__all__ = ["FEATURES", "cases", "features", "stream"]

_SHAPES = (
    "document",
    "envelope",
    "random",
    "marker",
    "claim",
    "nesting",
    "keys",
)
_MUTATIONS = ("flip", "cut", "insert", "delete", "splice", "set")

FEATURES = (
    *(
        "empty",
        "fixint",
        "fixmap",
        "fixarray",
        "fixstr",
        "nil",
        "reserved",
        "bool",
        "bin",
        "ext",
        "float",
        "uint",
        "int",
    ),
    *("fixext", "str", "array", "map", "negative", "module", "long"),
)
"""The marker that a bytes case begins with, and whether it names a module or is long."""

_MAX_DEPTH = 6
_BLOCKED = (
    ("parity_nothing", "Nothing"),
    ("", ""),
    ("os", "no_such_name"),
    ("datetime", "nothing"),
    ("builtins", "nothing"),
    ("langgraph.types", "nothing"),
    ("langgraph.typesx", "Send"),
    ("módulo", "名"),
    ("x" * 40, "y" * 300),
)
_TEXTS = ("", "a", "key", "é", "😀", "x" * 31, "x" * 32, "x" * 256, "2024-01-02T03:04:05", "fromisoformat")
_BAD_TEXTS = (b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"a\xe2\x82")
_INTS = (0, 1, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63, 2**64 - 1)
_NEGATIVES = (-1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63))
_DEEP = (2, 60, 66, 250, 1000, 1021, 1022, 1023, 1024, 1100)
_EXT_SIZES = {0xD4: 1, 0xD5: 1, 0xD6: 1, 0xD7: 1, 0xD8: 1, 0xC7: 2, 0xC8: 3, 0xC9: 5}
"""Bytes from an extension's marker to its code."""

_WIDTHS = {
    **{0xC4 + step: (1 << step, 0) for step in range(3)},
    **{0xC7 + step: (1 << step, 1) for step in range(3)},
    **{0xD9 + step: (1 << step, 0) for step in range(3)},
    **{0xDC: (2, 0), 0xDD: (4, 0), 0xDE: (2, 0), 0xDF: (4, 0), 0xCA: (0, 4), 0xCB: (0, 8)},
    **{first + step: (0, 1 << step) for first in (0xCC, 0xD0) for step in range(4)},
    **{0xD4 + step: (0, (1 << step) + 1) for step in range(5)},
}
"""For each marker beyond the fix ones: the width of its length, and the bytes that follow beside these."""

_CLAIM_MARKERS = (0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF)
_CLAIMED = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff", b"\x00\xff\xff\xff", b"\x00\x00\x01\x00")
_DAMAGES = ("flip", "flip", "set", "set", "cut", "insert", "delete", "claim", "splice", "wrap", "envelope")
_MARKERS = tuple(bytes([marker]) for marker in (*range(0x7F, 0xE1), 0x00, 0x01, 0xFF))
_STREAM_SIZES = (8, 24, 48, 64, 128, 192, 192, 256, 384, 512, 1024)
_SAFE_PAYLOADS: dict[str, bytes] = {
    "datetime": b"\xb32024-01-02T03:04:05",
    "date": b"\x93\xcd\x07\xe8\x01\x02",
    "timedelta": b"\x93\x01\x02\x03",
    "UUID": b"\xd9\x20" + b"12345678" * 4,
    "Decimal": b"\xa31.5",
    "set": b"\x92\x01\x02",
    "frozenset": b"\x92\x01\xa1a",
    "deque": b"\x91\xc0",
    "compile": b"\x92\xa2a+\x20",
    "ZoneInfo": b"\xa3UTC",
    "Send": b"\x92\xa1n\x01",
}


def cases() -> st.SearchStrategy[Case]:
    """Bytes cases; each example draws which shapes and mutations it may use."""
    return examples(_case)


def stream(seed: int, real: Sequence[bytes]) -> Iterator[Case]:
    """Bytes cases without end, all following from the seed: half as `cases` makes them, half `real` inputs damaged.

    Many times faster than drawing from Hypothesis, and as explicit: each case is its bytes and nothing else.
    """
    rng = random.Random(seed)
    while True:
        if real and rng.random() < 0.5:
            data = _damaged(rng, real)
        else:
            data = _Writer(Choices(rng.randbytes(rng.choice(_STREAM_SIZES)))).whole()
        if not _needs_construction(data):
            yield Case("bytes", {"hex": data.hex()})


def _damaged(rng: random.Random, real: Sequence[bytes]) -> bytes:
    data = rng.choice(real)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        at = rng.randrange(len(data) + 1)
        match rng.choice(_DAMAGES):
            case "flip" if at < len(data):
                data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
            case "set" if at < len(data):
                data = data[:at] + rng.choice(_MARKERS) + data[at + 1 :]
            case "cut":
                data = data[:at]
            case "insert":
                data = data[:at] + rng.randbytes(rng.randint(1, 4)) + data[at:]
            case "delete":
                data = data[:at] + data[at + rng.randint(1, 4) :]
            case "claim":
                claim = bytes([rng.choice(_CLAIM_MARKERS)]) + rng.choice(_CLAIMED)
                data = data[:at] + claim + data[at + rng.choice((0, 1, 2, 5)) :]
            case "splice":
                other = rng.choice(real)
                start = rng.randrange(len(other) + 1)
                data = data[:at] + other[start : start + rng.randint(1, 64)] + data[at:]
            case "wrap":
                level = rng.choice((b"\x91", b"\x81\x01", b"\x81\xa1k", b"\x92\xc0"))
                data = level * rng.choice(_DEEP) + data
            case "envelope":
                data = b"\xc9" + len(data).to_bytes(4, "big") + bytes([rng.randrange(9)]) + data
    return data


def _case(choices: Choices) -> Case:
    data = _Writer(choices).whole()
    return Case("bytes", {"hex": (b"" if _needs_construction(data) else data).hex()})


def _needs_construction(data: bytes) -> bool:
    """Whether some offset may begin an envelope whose class name stands in what another extension gives.

    Upstream then constructs the inner object, which may be a numpy array, and indexes it. What any class of
    langchain-core answers to any arguments is no matter of the format, so such input is not generated. Every offset is
    looked at; it errs on the safe side.
    """
    return any(data[at] in _EXT_SIZES and _names_by_extension(data, at) for at in range(len(data)))


def _names_by_extension(data: bytes, at: int) -> bool:
    start = _envelope_start(data, at, 6)
    if start is None or start >= len(data):
        return False
    marker = data[start]
    if marker in _EXT_SIZES:
        return _envelope_start(data, start) is not None
    if 0x80 <= marker < 0x90 or marker in (0xDE, 0xDF):
        places = range(start, min(start + 64, len(data)))
        return any(_envelope_start(data, place) is not None for place in places)
    if not (0x90 <= marker < 0xA0 or marker in (0xDC, 0xDD)):
        return False
    element = start + {0xDC: 3, 0xDD: 5}.get(marker, 1)
    for position in range(4):
        if position != 2 and _envelope_start(data, element) is not None:
            return True
        element = _after(data, element)
    return False


def _envelope_start(data: bytes, at: int, codes: int = 7) -> int | None:
    """Where the data of an extension of a code below `codes` begins, or None if there is none at this offset."""
    size = _EXT_SIZES.get(data[at]) if at < len(data) else None
    if size is None or at + size >= len(data) or data[at + size] >= codes:
        return None
    return at + size + 1


def _after(data: bytes, at: int) -> int:
    """The offset after the value at this one; the end of the data if it is not complete."""
    pending = 1
    while pending and at < len(data):
        marker = data[at]
        pending -= 1
        at += 1
        if 0x80 <= marker < 0xA0:
            pending += (marker & 15) * (2 if marker < 0x90 else 1)
        elif 0xA0 <= marker < 0xC0:
            at += marker & 31
        elif marker in _WIDTHS:
            width, fixed = _WIDTHS[marker]
            length = int.from_bytes(data[at : at + width], "big")
            at += width
            if marker >= 0xDC:
                pending += length * (2 if marker >= 0xDE else 1)
            else:
                at += length + fixed
    return min(at, len(data))


def features(case: Case) -> set[str]:
    """The names in `FEATURES` of what a bytes case holds."""
    digits: str = case.body["hex"]
    if not digits:
        return {"empty"}
    found = {_marker_name(int(digits[:2], 16))}
    if any(
        name.encode().hex() in digits for name in ("datetime", "langgraph", "langchain", "builtins", "parity_nothing")
    ):
        found.add("module")
    if len(digits) > 512:
        found.add("long")
    return found


def _marker_name(marker: int) -> str:
    for limit, name in (
        (0x80, "fixint"),
        (0x90, "fixmap"),
        (0xA0, "fixarray"),
        (0xC0, "fixstr"),
        (0xC1, "nil"),
        (0xC2, "reserved"),
        (0xC4, "bool"),
        (0xC7, "bin"),
        (0xCA, "ext"),
        (0xCC, "float"),
        (0xD0, "uint"),
        (0xD4, "int"),
        (0xD9, "fixext"),
        (0xDC, "str"),
        (0xDE, "array"),
        (0xE0, "map"),
    ):
        if marker < limit:
            return name
    return "negative"


class _Writer:
    """Writes one input from choices."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        allowed = swarm(choices, (*_SHAPES, *_MUTATIONS))
        self._shapes = [name for name in _SHAPES if name in allowed] or ["document"]
        self._mutations = [name for name in _MUTATIONS if name in allowed]
        self._nodes = 0

    def whole(self) -> bytes:
        c = self._choices
        makers: dict[str, Callable[[], bytes]] = {
            "document": lambda: self._value(0),
            "envelope": lambda: self._envelope(0),
            "random": lambda: c.take(c.byte() % 40),
            "marker": lambda: bytes([c.byte()]) + c.take(c.byte() % 12),
            "claim": self._claim,
            "nesting": self._nesting,
            "keys": lambda: self._map(0, 2 + c.byte() % 4),
        }
        data = makers[c.pick(self._shapes)]()
        if self._mutations and c.one_in(2):
            for _ in range(1 + c.byte() % 3):
                data = self._mutate(data)
        return data

    def _mutate(self, data: bytes) -> bytes:
        c = self._choices
        how = c.pick(self._mutations)
        at = c.below(len(data) + 1)
        if how == "cut":
            return data[:at]
        if how == "insert":
            return data[:at] + c.take(1 + c.byte() % 4) + data[at:]
        if how == "delete":
            return data[:at] + data[at + 1 + c.byte() % 4 :]
        if how == "splice":
            other = c.below(len(data) + 1)
            return data[:at] + data[other : other + 1 + c.byte() % 32] + data[at:]
        if at == len(data):
            return data
        byte = data[at] ^ (1 << c.byte() % 8) if how == "flip" else c.byte()
        return data[:at] + bytes([byte]) + data[at + 1 :]

    def _claim(self) -> bytes:
        """A length far beyond the input."""
        c = self._choices
        marker = c.pick(_CLAIM_MARKERS)
        return bytes([marker]) + b"\xff" * (1 + c.byte() % 4) + c.take(c.byte() % 24)

    def _nesting(self) -> bytes:
        c = self._choices
        depth = c.pick(_DEEP)
        level = c.pick((b"\x91", b"\x81\x01", b"\x92\xc0", b"\x81\xa1k", b"\xdc\x00\x01"))
        if c.one_in(4):
            data = b"\x01"
            for _ in range(depth % 40):
                data = self._ext(c.pick((7, 0, 2, 8)), data)
            return level * (depth // 2) + data
        if c.one_in(6):
            return b"\x81" + b"\x91" * depth + b"\x01\x01"
        return level * depth + b"\x01"

    def _value(self, depth: int) -> bytes:
        c = self._choices
        self._nodes += 1
        if depth >= _MAX_DEPTH or self._nodes > 40 or c.spent or c.one_in(2):
            return self._scalar()
        kind = c.byte() % 5
        if kind == 0:
            return self._array(depth, c.byte() % 5)
        if kind == 1:
            return self._map(depth, c.byte() % 4)
        if kind == 2:
            return self._ext(c.pick((7, 0, 1, 2, 3, 4, 5, 6, 8, 255, 127, 128)), self._value(depth + 1))
        return self._envelope(depth)

    def _array(self, depth: int, count: int) -> bytes:
        return self._header(0x90, 0xDC, count) + b"".join(self._value(depth + 1) for _ in range(count))

    def _map(self, depth: int, count: int) -> bytes:
        out = self._header(0x80, 0xDE, count)
        for _ in range(count):
            out += self._key(depth) + self._value(depth + 1)
        return out

    def _key(self, depth: int) -> bytes:
        c = self._choices
        kind = c.byte() % 8
        if kind < 2:
            return self._text(c.pick(("a", "b", "")))
        if kind == 2:
            return c.pick(
                (b"\x00", b"\x01", b"\xc2", b"\xc3", b"\xcb" + struct.pack(">d", 1.0), b"\xca\x3f\x80\x00\x00")
            )
        if kind == 3:
            return (
                self._header(0x90, 0xDC, 2) + self._key(depth + 1) + self._scalar() if depth < _MAX_DEPTH else b"\x90"
            )
        if kind == 4:
            return c.pick((b"\x80", b"\xd4\x07\x01", b"\x81\x01\x01", b"\x91\x80", b"\xc4\x01a", b"\x90"))
        return self._scalar()

    def _header(self, fix: int, wide: int, count: int) -> bytes:
        """The header of a short array or map, now and then in a form longer than it need be."""
        c = self._choices
        if not c.one_in(6):
            return bytes([fix | count])
        return bytes([wide, 0, count]) if c.one_in(2) else bytes([wide + 1, 0, 0, 0, count])

    def _text(self, text: str) -> bytes:
        data = text.encode()
        if len(data) < 32 and not self._choices.one_in(8):
            return bytes([0xA0 | len(data)]) + data
        if len(data) < 256:
            return b"\xd9" + bytes([len(data)]) + data
        return b"\xda" + len(data).to_bytes(2, "big") + data

    def _scalar(self) -> bytes:
        c = self._choices
        kind = c.byte() % 8
        if kind == 0:
            return c.pick((b"\xc0", b"\xc2", b"\xc3"))
        if kind == 1:
            return self._text(c.pick(_TEXTS))
        if kind == 2:
            value = c.pick(_INTS)
            width = c.pick([w for w in (1, 2, 4, 8) if value < 1 << (8 * w)])
            return bytes([0xCC + (1, 2, 4, 8).index(width)]) + value.to_bytes(width, "big")
        if kind == 3:
            value = c.pick(_NEGATIVES)
            width = c.pick([w for w in (1, 2, 4, 8) if value >= -(1 << (8 * w - 1))])
            return bytes([0xD0 + (1, 2, 4, 8).index(width)]) + value.to_bytes(width, "big", signed=True)
        if kind == 4:
            return b"\xcb" + c.take(8) if c.one_in(2) else b"\xca" + c.take(4)
        if kind == 5:
            data = c.take(c.byte() % 8)
            return b"\xc4" + bytes([len(data)]) + data
        if kind == 6 and c.one_in(3):
            data = c.pick(_BAD_TEXTS)
            return bytes([0xA0 | len(data)]) + data
        return bytes([c.byte() & 0x7F])

    def _ext(self, code: int, data: bytes) -> bytes:
        sizes = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}
        if len(data) in sizes and not self._choices.one_in(4):
            return bytes([sizes[len(data)], code]) + data
        if len(data) < 256:
            return bytes([0xC7, len(data), code]) + data
        return b"\xc8" + len(data).to_bytes(2, "big") + bytes([code]) + data if len(data) < 65536 else data

    def _envelope(self, depth: int) -> bytes:
        """An extension that names a class: allowed, blocked, or no name at all."""
        c = self._choices
        code = c.pick((0, 1, 2, 3, 4, 5, 6))
        sort = c.byte() % 4
        payload = self._value(depth + 1)
        if sort == 0:
            module, name = c.pick(_BLOCKED)
            first, second = self._text(module), self._text(name)
        elif sort < 3:
            module, name = c.pick(SAFE_TYPES)
            first, second = self._text(module), self._text(name)
            if not c.one_in(3):
                payload = _SAFE_PAYLOADS.get(name, payload)
        else:
            # no extension here: what it would load as is more than a gate has to know
            odd = (b"\x01", b"\xc0", b"\xc3", b"\xc4\x01a", b"\x90", b"\x80", b"\xcb" + struct.pack(">d", 1.5), b"\xa0")
            first, second = c.pick(odd), c.pick((*odd, b"\xa1x"))
        parts = [first, second, payload]
        if code in (3, 5):
            method = c.pick(("fromisoformat", "now", "model_validate_json", ""))
            parts.append(c.pick((b"\x01", b"\xc0", b"\x90")) if c.one_in(8) else self._text(method))
        if c.one_in(6):
            parts = parts[: c.byte() % len(parts)]
        return self._ext(code, self._header(0x90, 0xDC, len(parts)) + b"".join(parts))
