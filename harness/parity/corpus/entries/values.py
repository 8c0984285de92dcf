"""The named value and bytes cases of the corpus: deterministic, designed by hand or counted through.

Sets of several elements hold numbers only, in Python's own order for them, so that no entry depends on the hash seed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from parity.cases.model import Case
from parity.cases.schema import Json
from parity.cases.values import dict_, float_, hex_of, int_, object_, str_, tag
from parity.generate.classes import (
    ENUM_MEMBERS,
    KEYWORD_CLASSES,
    MESSAGES,
    SAFE_TYPES,
    SAMPLES,
    keyword,
    legacy,
    message,
    model,
)

__all__ = ["entries"]

Named = Iterator[tuple[str, Json]]

_AI = "langchain_core.messages.ai:AIMessage"
_HUMAN = "langchain_core.messages.human:HumanMessage"
_TOOL = "langchain_core.messages.tool:ToolMessage"
_DOCUMENT = "langchain_core.documents.base:Document"
_COMMAND = "langgraph.types:Command"
_INTERRUPT = "langgraph.types:Interrupt"
_TIMEOUT = "langgraph.types:TimeoutPolicy"
_UUID = {"t": "uuid", "hex": "12345678123456781234567812345678"}
_OPAQUE: Json = {"t": "opaque"}


def entries() -> Iterator[tuple[str, Case]]:
    """Every entry: its name, unique, and its case."""
    for group in (
        _primitives,
        _integers,
        _floats,
        _strings,
        _buffers,
        _lengths,
        _nesting,
        _keys,
        _sets,
        _subclasses,
        _times,
        _scalars,
        _enums,
        _keyword_objects,
        _models,
        _messages,
        _langgraph,
        _arrays,
        _deltas,
        _exceptions,
        _refused,
    ):
        for name, value in group():
            yield name, Case("value", {"value": value})
    for name, data in _raw():
        yield name, Case("bytes", {"hex": data.hex()})


def _sequence(kind: str, *items: Json) -> Json:
    return {"t": kind, "v": list(items)}


def _nested(kind: str, depth: int, leaf: Json = 1) -> Json:
    """`leaf` inside `depth` containers of one kind."""
    for _ in range(depth):
        if kind == "list":
            leaf = [leaf]
        elif kind == "dict":
            leaf = dict_(("k", leaf))
        elif kind == "delta_snapshot":
            leaf = {"t": kind, "v": leaf}
        else:
            leaf = _sequence(kind, leaf)
    return leaf


def _primitives() -> Named:
    yield "none", None
    yield "true", True
    yield "false", False
    yield "none-in-list", [None]
    yield "state", tag({"messages": [], "count": 3, "score": 0.5, "done": False, "next": None, "raw": b"\x00\xff"})


def _integers() -> Named:
    edges = {0, 1, -1, 2**53 - 1, 2**53, 2**53 + 1}
    for power in (5, 7, 8, 15, 16, 31, 32, 63, 64):
        edges |= {2**power - 1, 2**power, 2**power + 1, -(2**power) - 1, -(2**power), -(2**power) + 1}
    for value in sorted(edges):
        yield f"int/{value}", int_(value)
    yield "int/100-digits", int_(10**99)


def _floats() -> Named:
    for name, value in (
        ("zero", 0.0),
        ("minus-zero", -0.0),
        ("one", 1.0),
        ("tenth", 0.1),
        ("third", 1 / 3),
        ("largest", 1.7976931348623157e308),
        ("smallest-normal", 2.2250738585072014e-308),
        ("smallest", 5e-324),
        ("integral-2p53", 2.0**53),
        ("single-precision", 1.5),
    ):
        yield f"float/{name}", float_(value)
    for name, bits in (
        ("inf", "7ff0000000000000"),
        ("minus-inf", "fff0000000000000"),
        ("nan", "7ff8000000000000"),
        ("nan-negative", "fff8000000000000"),
        ("nan-payload-1", "7ff8000000000001"),
        ("nan-payload-all", "7fffffffffffffff"),
        ("nan-signalling", "7ff0000000000001"),
        ("nan-signalling-negative", "fff4000000000000"),
    ):
        yield f"float/{name}", float_(bits)


def _strings() -> Named:
    for length in (0, 1, 30, 31, 32, 33, 254, 255, 256, 257, 65535, 65536):
        yield f"str/ascii-{length}", "a" * length
    for name, text in (
        ("2-byte-31", "é" * 15 + "x"),
        ("2-byte-32", "é" * 16),
        ("3-byte-255", "€" * 85),
        ("3-byte-256", "€" * 85 + "x"),
        ("4-byte-32", "😀" * 8),
        ("nul", "\0"),
        ("controls", "".join(map(chr, range(32))) + "\x7f\x80\x9f"),
        ("quotes", "\"'\\`"),
        ("combining", "e\u0301 \u1100\u1161\u11a8"),
        ("right-to-left", "\u202e\u05e9\u05dc \u0645\u0631\u062d"),
        ("joined-emoji", "👩\u200d👩\u200d👧\u200d👦"),
        ("separators", "\u2028\u2029\u0085\u00a0"),
        ("byte-order-mark", "\ufeffx"),
        ("private-use", "\ue000\U000f0000"),
        ("non-characters", "\ufffe\uffff\U0010ffff"),
        ("replacement", "\ufffd?"),
        ("latin-1", "".join(map(chr, range(0xA1, 0x100)))),
    ):
        yield f"str/{name}", text
    for name, text in (
        ("high", "\ud800"),
        ("low", "\udfff"),
        ("pair", "\ud83d\ude00"),
        ("reversed-pair", "\ude00\ud83d"),
        ("in-text", "a\ud800b\udfffc"),
        ("among-astral", "😀\ud800😀"),
        ("31-in-all", "a" * 30 + "\ud800"),
        ("32-in-all", "a" * 31 + "\ud800"),
        ("255-of-them", "\udc80" * 255),
        ("256-of-them", "\udc80" * 256),
    ):
        yield f"str/surrogate-{name}", str_(text)
    yield "str/surrogate-in-list", [str_("\ud800"), "x"]


def _buffers() -> Named:
    for kind in ("bytes", "bytearray", "memoryview"):
        yield f"{kind}/empty", hex_of(kind, b"")
        yield f"{kind}/top", hex_of(kind, bytes(range(256)))
        yield f"{kind}/in-list", [hex_of(kind, b"\x00\xff"), hex_of(kind, b"")]
    for length in (1, 31, 32, 255, 256, 65535, 65536):
        yield f"bytes/in-list-{length}", [hex_of("bytes", b"\xa5" * length)]


def _lengths() -> Named:
    for length in (0, 1, 15, 16, 17, 255, 256):
        yield f"list/{length}", list(range(length))
        yield f"tuple/{length}", _sequence("tuple", *range(length))
        yield f"dict/{length}", dict_(*((index, None) for index in range(length)))
    yield "list/65535", [None] * 65535
    yield "list/65536", [None] * 65536
    yield "dict/strings-16", dict_(*((f"key{index}", [index]) for index in range(16)))
    yield "dict/order", tag({"z": 1, "a": 2, "m": 3, "": 4})
    for size in (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 200, 255, 256):
        # the envelope of a snapshot holds one str, so the extension is `size + header` bytes: every ext header occurs
        yield f"delta/str-{size}", {"t": "delta_snapshot", "v": "x" * size}


def _nesting() -> Named:
    for kind in ("list", "dict", "tuple"):
        for depth in (2, 63, 64, 65, 254, 255, 256):
            yield f"nested/{kind}-{depth}", _nested(kind, depth)
    for kind in ("frozenset", "deque", "delta_snapshot"):
        for depth in (2, 8, 64, 66):
            yield f"nested/{kind}-{depth}", _nested(kind, depth)
    yield "nested/empty-lists-255", _nested("list", 255, [])
    yield "nested/empty-lists-254", _nested("list", 254, [])
    yield "nested/deque-holds-list-255", _sequence("deque", _nested("list", 254))
    yield "nested/deque-holds-list-256", _sequence("deque", _nested("list", 256))
    yield "nested/list-254-holds-deque-of-list-250", _nested("list", 254, _sequence("deque", _nested("list", 250)))
    yield "nested/dict-list-tuple", tag({"a": [(1, {"b": ((), [{}])})]})


def _keys() -> Named:
    times: dict[str, Json] = {
        "datetime": {"t": "datetime", "v": "2024-01-02T03:04:05.000006"},
        "datetime-utc": {"t": "datetime", "v": "2024-01-02T03:04:05+00:00"},
        "datetime-offset": {"t": "datetime", "v": "2024-01-02T03:04:05-03:30"},
        "date": {"t": "date", "v": [2024, 1, 2]},
        "time": {"t": "time", "v": [1, 2, 3, 4, None, 0]},
        "time-utc": {"t": "time", "v": [1, 2, 3, 0, {"t": "timezone", "args": [_delta(0, 0, 0)]}, 0]},
    }
    allowed: dict[str, Json] = {
        "str": "k",
        "empty-str": "",
        "long-str": "k" * 256,
        "int": 1,
        "negative": -129,
        "uint64": int_(2**64 - 1),
        "int64": int_(-(2**63)),
        "float": float_(1.5),
        "minus-zero": float_(-0.0),
        "nan": float_("7ff8000000000001"),
        "true": True,
        "false": False,
        "none": None,
        "bytes": hex_of("bytes", b"k"),
        "memoryview": hex_of("memoryview", b"k"),
        "tuple": tag((1, "a")),
        "empty-tuple": tag(()),
        "nested-tuple": tag((1, (2, (3, b"x")), None)),
        "uuid": _UUID,
        "enum": object_(0, f"{SAMPLES}:Color", 1),
        "enum-none": object_(0, f"{SAMPLES}:Color", None),
        "enum-bytes": object_(0, f"{SAMPLES}:Color", tag(b"raw")),
        "enum-tuple": object_(0, f"{SAMPLES}:Color", tag((1, 2))),
        "int-enum": object_(0, f"{SAMPLES}:Level", 2**40),
        "str-enum": object_(0, f"{SAMPLES}:Mood", "calm"),
        "float-enum": object_(0, f"{SAMPLES}:Ratio", float_(0.5)),
        "flag": object_(0, f"{SAMPLES}:Permission", 5),
        "str-subclass": {"t": "subclass", "base": "str", "v": "k"},
        "int-subclass": {"t": "subclass", "base": "int", "v": 7},
        **times,
    }
    refused: dict[str, Json] = {
        "int-too-wide": int_(2**64),
        "surrogate": str_("\ud800"),
        "tuple-with-surrogate": _sequence("tuple", 1, str_("\udfff")),
        "frozenset": _sequence("frozenset", 1),
        "decimal": {"t": "decimal", "v": "1"},
        "timedelta": _delta(1, 0, 0),
        "timezone": {"t": "timezone", "args": [_delta(0, 0, 0)]},
        "zoneinfo": {"t": "zoneinfo", "key": "UTC"},
        "ip": {"t": "ip", "cls": "IPv4Address", "v": "10.0.0.1"},
        "path": {"t": "path", "parts": ["a"]},
        "pattern": {"t": "pattern", "pattern": "a", "flags": 32},
        "float-subclass": {"t": "subclass", "base": "float", "v": float_(1.5)},
        "bytes-subclass": {"t": "subclass", "base": "bytes", "v": tag(b"k")},
        "tuple-subclass": {"t": "subclass", "base": "tuple", "v": tag((1,))},
        "tuple-with-decimal": _sequence("tuple", {"t": "decimal", "v": "1"}),
        "frozen-dataclass": keyword(f"{SAMPLES}:Frozen"),
        "namedtuple": keyword(f"{SAMPLES}:Record"),
        "send": {"t": "send", "node": "n", "arg": 1},
        "exception": _exception("builtins:ValueError", ["x"], "ValueError('x')"),
        "opaque": _OPAQUE,
    }
    for name, key in allowed.items():
        yield f"key/{name}", dict_((key, 1))
    for name, key in refused.items():
        yield f"key/refused-{name}", dict_((key, 1))
    yield "key/refused-after-good", dict_(("a", 1), (_OPAQUE, 2))
    yield "key/refused-before-bad-value", dict_((_sequence("frozenset"), _OPAQUE))
    yield "key/tuple-nested-100", dict_((_nested("tuple", 100), 1))
    yield "key/mixed", dict_(("1", 0), (1, 0), (float_(1.5), 0), (None, 0), (hex_of("bytes", b"1"), 0), (tag((1,)), 0))
    yield "key/collide-after-reading", dict_(("12345678-1234-5678-1234-567812345678", 1), (_UUID, 2))
    yield "key/enum-collides-after-reading", dict_((1, "int"), (object_(0, f"{SAMPLES}:Color", 1), "enum"))


def _sets() -> Named:
    for kind in ("set", "frozenset", "deque"):
        yield f"{kind}/empty", _sequence(kind)
        yield f"{kind}/numbers", _sequence(kind, 1, 2, 3)
        yield f"{kind}/one-string", _sequence(kind, "a")
        yield f"{kind}/one-tuple", _sequence(kind, tag((1, 2)))
        yield f"{kind}/one-uuid", _sequence(kind, _UUID)
        yield f"{kind}/one-frozenset", _sequence(kind, _sequence("frozenset"))
        yield f"{kind}/sixteen", _sequence(kind, *range(16))
        yield f"{kind}/one-enum", _sequence(kind, object_(0, f"{SAMPLES}:Color", 1))
        yield f"{kind}/one-frozen-dataclass", _sequence(kind, keyword(f"{SAMPLES}:Frozen"))
    yield "deque/mixed", _sequence("deque", None, "a", [1], tag({"b": (2,)}), _sequence("deque"))


def _subclasses() -> Named:
    payloads: dict[str, Json] = {
        "str": "text",
        "int": 7,
        "list": [1, [2]],
        "dict": tag({"a": 1}),
        "float": float_(1.5),
        "bytes": tag(b"x"),
        "tuple": tag((1, 2)),
    }
    for base, value in payloads.items():
        made = {"t": "subclass", "base": base, "v": value}
        yield f"subclass/{base}", made
        yield f"subclass/{base}-in-list", [1, made]
    yield "subclass/str-surrogate", {"t": "subclass", "base": "str", "v": str_("\ud800")}
    yield "subclass/int-wide", {"t": "subclass", "base": "int", "v": int_(2**64)}
    yield "subclass/dict-non-str-keys", {"t": "subclass", "base": "dict", "v": dict_((1, 2), (None, 3))}
    yield "subclass/empty-list", {"t": "subclass", "base": "list", "v": []}


def _delta(days: int, seconds: int, microseconds: int) -> Json:
    return {"t": "timedelta", "v": [days, seconds, microseconds]}


def _times() -> Named:
    for name, text in (
        ("naive", "2024-02-29T23:59:59"),
        ("microseconds", "2024-01-02T03:04:05.000006"),
        ("midnight", "2024-01-02T00:00:00"),
        ("utc", "2024-01-02T03:04:05+00:00"),
        ("plus-0530", "2024-01-02T03:04:05.123456+05:30"),
        ("minus-1200", "2024-01-02T03:04:05-12:00"),
        ("offset-seconds", "2024-01-02T03:04:05+00:19:32"),
        ("offset-microseconds", "2024-01-02T03:04:05+00:00:01.000001"),
        ("first", "0001-01-01T00:00:00"),
        ("last", "9999-12-31T23:59:59.999999"),
        ("last-offset", "9999-12-31T23:59:59.999999+23:59"),
    ):
        yield f"datetime/{name}", {"t": "datetime", "v": text}
    for name, day in (("first", [1, 1, 1]), ("last", [9999, 12, 31]), ("leap", [2024, 2, 29])):
        yield f"date/{name}", {"t": "date", "v": day}
    utc: Json = {"t": "timezone", "args": [_delta(0, 0, 0)]}
    named: Json = {"t": "timezone", "args": [_delta(-1, 68400, 0), "EST"]}
    for name, clock in (
        ("midnight", [0, 0, 0, 0, None, 0]),
        ("last", [23, 59, 59, 999999, None, 0]),
        ("fold", [1, 30, 0, 0, None, 1]),
        ("utc", [1, 2, 3, 4, utc, 0]),
        ("named-zone", [1, 2, 3, 4, named, 0]),
        ("zoneinfo", [1, 2, 3, 4, {"t": "zoneinfo", "key": "UTC"}, 1]),
    ):
        yield f"time/{name}", {"t": "time", "v": clock}
    for name, parts in (
        ("zero", (0, 0, 0)),
        ("microsecond", (0, 0, 1)),
        ("minus-microsecond", (-1, 86399, 999999)),
        ("largest", (999999999, 86399, 999999)),
        ("smallest", (-999999999, 0, 0)),
    ):
        yield f"timedelta/{name}", _delta(*parts)
    yield "timezone/utc", utc
    yield "timezone/named", named
    yield "timezone/utc-named", {"t": "timezone", "args": [_delta(0, 0, 0), "UTC"]}
    yield "timezone/odd", {"t": "timezone", "args": [_delta(0, 1, 1)]}
    for key in ("UTC", "Europe/Paris", "America/Argentina/Buenos_Aires"):
        yield f"zoneinfo/{key}", {"t": "zoneinfo", "key": key}


def _scalars() -> Named:
    yield "uuid/nil", {"t": "uuid", "hex": "0" * 32}
    yield "uuid/max", {"t": "uuid", "hex": "f" * 32}
    yield "uuid/some", _UUID
    for text in ("0", "-0", "1.50", "1E+5", "1E-7", "Infinity", "-Infinity", "NaN", "sNaN", "NaN123", "9" * 60, "0.1"):
        yield f"decimal/{text[:12]}", {"t": "decimal", "v": text}
    for cls, texts in (
        ("IPv4Address", ("0.0.0.0", "255.255.255.255")),
        ("IPv4Interface", ("10.0.0.1/8", "1.2.3.4/32")),
        ("IPv4Network", ("0.0.0.0/0", "192.168.0.0/16")),
        ("IPv6Address", ("::", "fe80::1%eth0", "2001:db8::1")),
        ("IPv6Interface", ("::1/128", "2001:db8::1/64")),
        ("IPv6Network", ("::/0", "2001:db8::/32")),
    ):
        for text in texts:
            yield f"ip/{cls}-{text}", {"t": "ip", "cls": cls, "v": text}
    for name, parts in (
        ("empty", []),
        ("root", ["/"]),
        ("absolute", ["/", "usr", "lib"]),
        ("relative", ["a", "b.txt"]),
        ("two-slashes", ["//", "x"]),
        ("parent", ["..", "a"]),
        ("unicode", ["é", "😀"]),
    ):
        yield f"path/{name}", {"t": "path", "parts": parts}
    for name, pattern, flags in (
        ("plain", "a+", 32),
        ("empty", "", 32),
        ("flags", "^a.b$", 32 | 2 | 8 | 16),
        ("ascii", r"\w", 256),
        ("inline", "(?i)x", 34),
        ("unicode", "é[😀-😂]", 32),
    ):
        yield f"pattern/{name}", {"t": "pattern", "pattern": pattern, "flags": flags}
    yield "pattern/bytes", {"t": "pattern", "pattern": hex_of("bytes", b"a\xff"), "flags": 0}
    yield "pattern/bytes-verbose", {"t": "pattern", "pattern": hex_of("bytes", b"a # x"), "flags": 64}
    yield "secret/str", object_(0, "pydantic.types:SecretStr", "hunter2")
    yield "secret/empty", object_(0, "pydantic.types:SecretStr", "")
    yield "secret/bytes", object_(0, "pydantic.types:SecretBytes", hex_of("bytes", b"\x00key"))


def _enums() -> Named:
    for index, (cls, value) in enumerate(ENUM_MEMBERS):
        yield f"enum/{cls.rpartition(':')[2]}-{index}", object_(0, cls, value)
    yield "enum/in-list", [object_(0, f"{SAMPLES}:Mood", "wild"), object_(0, f"{SAMPLES}:Level", 1)]


def _keyword_objects() -> Named:
    for cls in KEYWORD_CLASSES:
        yield f"keyword/{cls.rpartition(':')[2]}", keyword(cls)
    point, frozen, record = (f"{SAMPLES}:{name}" for name in ("Point", "Frozen", "Record"))
    yield "keyword/point-nested", keyword(point, x=keyword(point), y=[keyword(frozen)])
    yield "keyword/point-tuple", keyword(point, x=tag((1, 2)))
    yield "keyword/point-set", keyword(point, x=_sequence("set", 1, 2))
    yield "keyword/point-opaque", keyword(point, x=_OPAQUE)
    yield "keyword/record-bytes", keyword(record, name=hex_of("bytes", b"x"), score=float_(-0.0))
    yield "keyword/record-in-frozenset", _sequence("frozenset", keyword(record))
    yield "keyword/list-of-points", [keyword(point, x=index) for index in range(20)]
    yield "positional/parcel", object_(1, f"{SAMPLES}:Parcel", tag(("n", {"a": 1})))
    yield "positional/parcel-tuple-arg", object_(1, f"{SAMPLES}:Parcel", tag(("n", (1,))))


def _models() -> Named:
    yield "model/address", model("Address", street="s", number=1)
    yield "model/address-list", model("Address", street=[1, [2]], number=tag({"a": None}))
    yield "model/address-bytes", model("Address", street=hex_of("bytes", b"x"), number=float_(0.5))
    yield "model/profile", model("Profile", name="n", address=tag({"street": "s", "number": 2}), tags=["a", 1])
    yield "model/profile-empty", model("Profile", name=None, address=None, tags=[])
    yield "model/account-extra", model("Account", owner="o", limit=10, notes=["x"])
    yield "model/no-fields", model("LoosePayload")
    yield "model/in-list", [model("Address", street="a", number=None), model("LoosePayload")]
    yield "legacy/point", legacy("LegacyPoint", x=1, y=float_(2.5))
    yield "legacy/point-list", legacy("LegacyPoint", x=[1], y=tag({"z": 2}))
    yield "legacy/nested", legacy("LegacyAddress", street="s", point=tag({"x": 1, "y": None}))
    yield "legacy/nested-none", legacy("LegacyAddress", street="s", point=None)


def _messages() -> Named:
    for cls in MESSAGES:
        yield f"message/{cls.rpartition(':')[2]}", message(cls)
    call = {"name": "search", "args": {"q": "x", "n": 1}, "id": "call_1", "type": "tool_call"}
    bad = {"type": "invalid_tool_call", "id": "call_2", "name": "search", "args": "{", "error": "not JSON"}
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    blocks: Json = [tag({"type": "text", "text": "hi"}), "more"]
    yield "message/human-named", message(_HUMAN, name="bob", id="m1")
    yield "message/human-blocks", message(_HUMAN, content=blocks)
    yield "message/human-empty", message(_HUMAN, content="")
    yield "message/human-long", message(_HUMAN, content="word " * 60)
    yield "message/human-unicode", message(_HUMAN, content="héllo 😀")
    yield "message/human-kwargs", message(_HUMAN, additional_kwargs=tag({"a": [1, 2.5], "b": {"c": None}}))
    yield "message/human-non-str-keys", message(_HUMAN, additional_kwargs=dict_((1, 2)))
    yield "message/human-extra-field", message(_HUMAN, custom=1)
    yield "message/human-example", message(_HUMAN, response_metadata=tag({"model": "m", "logprobs": None}))
    yield "message/ai-tool-calls", message(_AI, content="", tool_calls=tag([call]))
    yield "message/ai-invalid-tool-calls", message(_AI, invalid_tool_calls=tag([bad]))
    yield "message/ai-usage", message(_AI, usage_metadata=tag(usage), response_metadata=tag({"model": "m"}))
    yield "message/ai-all", message(_AI, content=blocks, name="ai", id="run-1", tool_calls=tag([call]))
    yield (
        "message/ai-chunk-last",
        message("langchain_core.messages.ai:AIMessageChunk", chunk_position="last", id="run-1"),
    )
    yield "message/tool-error", message(_TOOL, status="error", content="boom")
    yield "message/tool-artifact", message(_TOOL, artifact=tag({"rows": [[1, 2.0], [b"x", None]]}))
    yield "message/conversation", [message(_HUMAN), message(_AI, tool_calls=tag([call])), message(_TOOL)]
    yield "message/in-state", dict_(("messages", [message(_HUMAN, id="1")]), ("n", 1))
    yield "message/document-metadata", message(_DOCUMENT, metadata=tag({"source": "a.txt", "page": 3}), id="d1")
    yield "message/document-long", message(_DOCUMENT, page_content="p" * 300)


def _langgraph() -> Named:
    send: Json = {"t": "send", "node": "n", "arg": tag({"x": 1})}
    policy = keyword(_TIMEOUT, run_timeout=float_(2.5))
    yield "send/dict", send
    yield "send/none", {"t": "send", "node": "", "arg": None}
    yield "send/tuple", {"t": "send", "node": "n", "arg": tag((1, 2))}
    yield "send/message", {"t": "send", "node": "n", "arg": message(_HUMAN)}
    yield "send/timeout", {**send, "timeout": policy}
    yield (
        "send/idle-timeout",
        {
            **send,
            "timeout": keyword(_TIMEOUT, run_timeout=None, idle_timeout=float_(1.0), refresh_on="heartbeat"),
        },
    )
    yield "send/nested", {"t": "send", "node": "n", "arg": [send, send]}
    yield "send/opaque", {"t": "send", "node": "n", "arg": _OPAQUE}
    yield "command/goto-str", keyword(_COMMAND, goto="n")
    yield "command/goto-sends", keyword(_COMMAND, goto=[send, "n"])
    yield "command/goto-tuple", keyword(_COMMAND, goto=tag(("a", "b")))
    yield "command/update", keyword(_COMMAND, update=tag({"a": [1]}), goto=[])
    yield "command/update-pairs", keyword(_COMMAND, update=tag([("a", 1), ("b", 2)]), goto=[])
    yield "command/resume", keyword(_COMMAND, resume=tag({"i1": "yes"}), goto=[])
    yield "command/parent", keyword(_COMMAND, graph="__parent__", goto="n")
    yield "interrupt/dict", keyword(_INTERRUPT, value=tag({"ask": "ok?"}), id="5c9b41d2e0a84b6f93d7a1c4e2f60b18")
    yield "interrupt/schema", keyword(_INTERRUPT, response_schema=tag({"type": "boolean"}))
    yield "interrupt/tuple", _sequence("tuple", keyword(_INTERRUPT), keyword(_INTERRUPT, value=None))
    yield "timeout/idle", keyword(_TIMEOUT, run_timeout=None, idle_timeout=float_(0.25))
    yield "timeout/timedelta", keyword(_TIMEOUT, run_timeout=_delta(0, 5, 0))
    yield "overwrite/none", keyword("langgraph.types:Overwrite", value=None)
    yield "overwrite/dict", keyword("langgraph.types:Overwrite", value=tag({"a": (1,)}))
    yield (
        "task/error",
        keyword("langgraph.types:PregelTask", error=_exception("builtins:ValueError", ["x"], "ValueError('x')")),
    )
    yield "task/interrupted", keyword("langgraph.types:PregelTask", interrupts=_sequence("tuple", keyword(_INTERRUPT)))
    yield (
        "snapshot/tasks",
        keyword(
            "langgraph.types:StateSnapshot",
            tasks=_sequence("tuple", keyword("langgraph.types:PregelTask")),
            interrupts=_sequence("tuple", keyword(_INTERRUPT)),
        ),
    )
    item = tag(
        {
            "namespace": ["a", "b"],
            "key": "k",
            "value": {"x": [1]},
            "created_at": "2026-01-01T00:00:00+00:00",
            "updated_at": "2026-01-01T00:00:00.000001+00:00",
        }
    )
    yield "store/item", object_(4, "langgraph.store.base:Item", item)
    yield "store/item-in-list", [object_(4, "langgraph.store.base:Item", item)]
    yield "store/getop-no-refresh", keyword("langgraph.store.base:GetOp", refresh_ttl=False)


def _array(dtype: str, shape: list[int], data: bytes, order: str = "C") -> Json:
    return {"t": "ndarray", "dtype": dtype, "shape": shape, "order": order, "hex": data.hex()}


def _arrays() -> Named:
    for dtype, size in (
        ("|b1", 1),
        ("|i1", 1),
        ("|u1", 1),
        ("<i2", 2),
        ("<u2", 2),
        (">i2", 2),
        ("<i4", 4),
        ("<u4", 4),
        ("<i8", 8),
        ("<u8", 8),
        (">i8", 8),
        ("<f2", 2),
        ("<f4", 4),
        ("<f8", 8),
        (">f8", 8),
        ("<c8", 8),
        ("<c16", 16),
        ("<U3", 12),
        ("|S3", 3),
        ("|V4", 4),
        ("<M8[ns]", 8),
        ("<m8[s]", 8),
    ):
        one, two = (bytes([fill] + [0] * (size - 1)) for fill in (1, 0))
        yield f"ndarray/{dtype}", _array(dtype, [2], one + two)
        yield f"ndarray/{dtype}-fortran", _array(dtype, [2, 2], one + two + one + two, "F")
    doubles = struct.pack("<6d", 0.0, -0.0, 1.5, float("inf"), 5e-324, 2.0)
    yield "ndarray/2x3", _array("<f8", [2, 3], doubles)
    yield "ndarray/3x2-fortran", _array("<f8", [3, 2], doubles, "F")
    yield "ndarray/1x2x3", _array("<f8", [1, 2, 3], doubles)
    yield "ndarray/nan-payload", _array("<f8", [1], bytes.fromhex("010000000000f87f"))
    yield "ndarray/0-d", _array("<f8", [], doubles[:8])
    yield "ndarray/empty", _array("<f8", [0], b"")
    yield "ndarray/empty-2x0x3", _array("<i4", [2, 0, 3], b"")
    yield "ndarray/256-bytes", _array("|u1", [256], bytes(range(256)))
    yield "ndarray/in-dict", dict_(("a", _array("<i4", [1], b"\x01\0\0\0")))
    yield "ndarray/in-deque", _sequence("deque", _array("<i4", [1], b"\x01\0\0\0"))


def _deltas() -> Named:
    for name, value in (
        ("none", None),
        ("list", [1, 2]),
        ("dict", tag({"a": (1,)})),
        ("messages", [message(_HUMAN), message(_AI)]),
        ("point", keyword(f"{SAMPLES}:Point")),
        ("set", _sequence("set", 1, 2)),
        ("bytes", hex_of("bytes", b"x")),
        ("opaque", _OPAQUE),
    ):
        yield f"delta/{name}", {"t": "delta_snapshot", "v": value}


def _exception(cls: str, args: list[Json], shown: str) -> Json:
    return {"t": "exception", "cls": cls, "args": args, "repr": shown}


def _exceptions() -> Named:
    for name, value in (
        ("value-error", _exception("builtins:ValueError", ["x"], "ValueError('x')")),
        ("no-args", _exception("builtins:RuntimeError", [], "RuntimeError()")),
        ("two-args", _exception("builtins:KeyError", ["a", 1], "KeyError('a', 1)")),
        ("unicode", _exception("builtins:ValueError", ["é😀"], "ValueError('é😀')")),
        ("surrogate", _exception("builtins:ValueError", [str_("\ud800")], "ValueError('\\ud800')")),
        ("base-exception", _exception("builtins:KeyboardInterrupt", [], "KeyboardInterrupt()")),
        ("own-class", _exception(f"{SAMPLES}:SampleError", ["x"], "SampleError('x')")),
        ("graph-error", _exception("langgraph.errors:GraphRecursionError", ["limit"], "GraphRecursionError('limit')")),
    ):
        yield f"exception/{name}", value
    yield "exception/in-dict", dict_(("error", _exception("builtins:OSError", [2], "OSError(2)")))


def _refused() -> Named:
    for name, value in (
        ("top", _OPAQUE),
        ("in-list", [1, _OPAQUE]),
        ("in-tuple", _sequence("tuple", _OPAQUE)),
        ("in-dict", dict_(("a", _OPAQUE))),
        ("in-frozenset", _sequence("frozenset", _OPAQUE)),
        ("in-deque", _sequence("deque", 1, _OPAQUE)),
        ("in-deque-in-list", [_sequence("deque", _OPAQUE)]),
        ("two", [_OPAQUE, int_(2**64)]),
        ("wide-int-first", [int_(2**64), _OPAQUE]),
        ("wide-int-in-deque", _sequence("deque", int_(2**64))),
        ("wide-int-in-command", keyword(_COMMAND, resume=int_(-(2**63) - 1))),
        ("bytes-subclass-in-message", message(_TOOL, artifact=_OPAQUE)),
    ):
        yield f"refused/{name}", value


# --- bytes --------------------------------------------------------------------------------------------------------


def _text(text: str) -> bytes:
    data = text.encode()
    return (bytes([0xA0 | len(data)]) if len(data) < 32 else b"\xd9" + bytes([len(data)])) + data


def _ext(code: int, data: bytes) -> bytes:
    return b"\xc8" + len(data).to_bytes(2, "big") + bytes([code & 0xFF]) + data


def _envelope(code: int, module: bytes, name: bytes, payload: bytes, rest: bytes = b"") -> bytes:
    count = 3 + (1 if rest else 0)
    return _ext(code, bytes([0x90 | count]) + module + name + payload + rest)


def _raw() -> Iterator[tuple[str, bytes]]:
    yield "raw/empty", b""
    yield "raw/trailing", b"\xc0\x01"
    yield "raw/reserved", b"\xc1"
    for marker in (0xC4, 0xC7, 0xCA, 0xCB, 0xCC, 0xCF, 0xD0, 0xD3, 0xD4, 0xD8, 0xD9, 0xDB, 0xDC, 0xDF):
        yield f"raw/cut-{marker:02x}", bytes([marker])
    for name, digits in (
        ("non-minimal-int", "cd0001"),
        ("non-minimal-str", "db0000000161"),
        ("non-minimal-array", "dd00000001c0"),
        ("non-minimal-map", "df00000001a161c0"),
        ("float32", "ca3fc00000"),
        ("float32-nan", "ca7fc00001"),
        ("float32-signalling-nan", "ca7f800001"),
        ("bad-utf8", "a1ff"),
        ("surrogate-utf8", "a3eda080"),
        ("overlong-utf8", "a2c080"),
        ("str32-claims-4g", "dbffffffff61"),
        ("bin32-claims-4g", "c6ffffffff"),
        ("array32-claims-4g", "ddffffffff"),
        ("map32-claims-4g", "dfffffffff"),
        ("ext32-claims-4g", "c9ffffffff00"),
        ("duplicate-str-keys", "82a16101a16102"),
        ("duplicate-int-bool", "8201a0c3a0"),
        ("duplicate-float-int", "82cb3ff0000000000000010102"),
        ("duplicate-nan", "82cb7ff800000000000001cb7ff800000000000002"),
        ("zero-keys", "8200a0cb8000000000000000a0"),
        ("array-key", "81920102c0"),
        ("nested-array-key", "819192c0c301"),
        ("map-key", "8180c0"),
        ("map-in-array-key", "819180c0"),
        ("ext-key", "81d40001c0"),
        ("bin-key", "81c40161c0"),
        ("timestamp", "d6ff00000000"),
        ("ext-code-8", "d40801"),
        ("ext-code-127", "d47f01"),
        ("ext-code-minus-128", "d48001"),
        ("ext-0-empty", "c70000"),
        ("ext-7-empty", "c70007"),
        ("ext-7-reserved", "d407c1"),
        ("ext-7-none", "d407c0"),
        ("ext-0-int", "d40001"),
        ("ext-1-short-array", "d5019101"),
        ("ext-0-str", "c70400a3616263"),
        ("ext-0-map", "c709008300a16101a16202c0"),
        ("ext-0-trailing", "c7050093c0c0c0c0"),
        ("ext-6-not-an-array", "d40601"),
    ):
        yield f"raw/{name}", bytes.fromhex(digits)
    for depth in (1021, 1022, 1023, 1024):
        yield f"raw/arrays-{depth}", b"\x91" * depth + b"\x01"
        yield f"raw/maps-{depth}", b"\x81\x01" * depth + b"\x01"
    yield "raw/array-keys-1021", b"\x81" + b"\x91" * 1021 + b"\x01\x01"
    one = b"\x01"
    os_system = (_text("os"), _text("nothing_of_that_name"))
    for code in range(8):
        yield f"gate/blocked-{code}", _envelope(code, *os_system, _text("payload"))
        yield f"gate/blocked-{code}-method", _envelope(code, *os_system, _text("payload"), _text("m"))
    for name, module, attribute in (
        ("ints", b"\x01", b"\x02"),
        ("none-true", b"\xc0", b"\xc3"),
        ("bytes", b"\xc4\x01a", _text("b")),
        ("empty-array", b"\x90", _text("b")),
        ("map", b"\x80", _text("b")),
        ("float", b"\xcb" + struct.pack(">d", -0.0), b"\xa0"),
        ("module-of-allowed", _text("datetime"), _text("nope")),
        ("name-of-allowed", _text("nope"), _text("datetime")),
        ("unicode", _text("módulo"), _text("名")),
    ):
        yield f"gate/odd-{name}", _envelope(0, module, attribute, one)
    yield (
        "gate/method-allowed",
        _envelope(3, _text("datetime"), _text("datetime"), _text("2024-01-02"), _text("fromisoformat")),
    )
    yield "gate/method-blocked", _envelope(3, _text("datetime"), _text("datetime"), _text("x"), _text("now"))
    yield "gate/method-missing", _envelope(3, _text("datetime"), _text("datetime"), _text("x"))
    inner = _envelope(0, _text("inner"), _text("I"), one)
    yield "gate/nested", _envelope(2, _text("outer"), _text("O"), b"\x92" + inner + inner)
    yield "gate/nested-in-delta", _ext(7, b"\x91" + inner)
    yield "gate/then-broken", b"\x92" + inner + b"\xc1"
    yield "gate/nested-broken", _ext(7, b"\x92" + inner + b"\xc1")
    for safe_module, safe_name in SAFE_TYPES:
        yield f"gate/safe-{safe_module}-{safe_name}", _envelope(1, _text(safe_module), _text(safe_name), b"\x90")
