"""The named serde cases: each option of the serializer, each tag, each way a hook can fail, and odd objects.

Odd objects are the names of `parity.subjects.upstream.odd`, listed here so that the table of cases is made without
importing LangGraph; a test holds the two lists equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from parity.cases.model import Case
from parity.cases.schema import Json
from parity.cases.values import dict_, float_, hex_of, int_, object_, tag
from parity.generate.classes import KEYWORD_CLASSES, MESSAGES, SAMPLES, keyword, legacy, message, model

__all__ = ["ODD_NAMES", "entries"]

_HUMAN = "langchain_core.messages.human:HumanMessage"
_OPAQUE: Json = {"t": "opaque"}
_RELOAD: Json = {"op": "reload"}
_POINT = keyword(f"{SAMPLES}:Point")

ODD_NAMES = (
    *("cycle_list", "cycle_dict", "cycle_deque", "cycle_dataclass", "cycle_beside_key", "deep_mixed_400"),
    *("deep_sets_of_one", "int_too_wide", "int_too_low", "int_too_wide_in_point", "int_key_too_wide"),
    *("key_bytearray_in_tuple", "key_range", "key_complex", "key_function", "key_type", "key_ellipsis", "key_django"),
    *("key_aware_time", "key_datetime_subclass", "key_uuid_subclass", "key_enum_of_opaque"),
    *("key_numpy", "key_surrogate_subclass", "key_surrogate_tuple", "surrogate_in_set", "surrogate_in_point"),
    *("surrogate_in_name", "module_no_text", "memoryview_strided", "memoryview_reversed", "memoryview_wide"),
    *("memoryview_2d", "memoryview_released", "ndarray_strided", "ndarray_strided_2d", "ndarray_reversed"),
    *("ndarray_object", "ndarray_structured", "ndarray_readonly", "ndarray_masked", "ndarray_matrix"),
    *("ndarray_broadcast", "numpy_scalar_int", "numpy_scalar_float", "numpy_scalar_str", "numpy_scalar_bool"),
    *("numpy_datetime", "model_dump_raises", "model_dump_interrupts", "model_dump_exits", "model_dump_chained"),
    *("model_dump_asked_raises", "model_dump_recurses", "model_dump_no_memory", "model_dump_type_error"),
    *("model_dump_not_callable", "model_dump_gives_itself", "model_dump_gives_opaque", "model_dump_gives_none"),
    *("model_dump_needs_arguments", "model_dump_before_secret", "secret_raises", "secret_before_dict", "dict_raises"),
    *("dict_before_asdict", "dict_not_callable", "asdict_raises", "asdict_gives_list", "class_itself", "class_enum"),
    *("class_dataclass", "class_namedtuple", "class_exception", "class_renamed", "send_node_raises"),
    *("send_timeout_none", "send_timeout", "send_only_node", "dataclass_field_unset", "dataclass_property_raises"),
    *("dataclass_frozen_of_opaque", "model_serializer_raises", "model_holds_opaque", "model_holds_cycle"),
    *("model_secrets", "exception_repr_raises", "exception_repr_no_text", "exception_with_notes"),
    *("dict_with_model_dump", "ordered_dict", "default_dict", "counter", "chain_map", "mapping_proxy"),
    *("simple_namespace", "dict_keys", "range", "generator", "complex", "fraction", "ellipsis", "not_implemented"),
    *("function", "module", "datetime_subclass", "datetime_iso_raises", "datetime_iso_no_text"),
    *("datetime_zone_raises", "datetime_zoneinfo", "datetime_fold", "time_zone_raises", "timedelta_subclass"),
    *("decimal_subclass", "uuid_subclass", "path_subclass", "pure_path", "windows_path", "pattern_bytes", "match"),
    *("zoneinfo_no_key", "ip_scoped", "ip_interface_subclass", "set_subclass_iter_raises", "deque_subclass"),
    *("deque_of_mixed", "enum_custom_metaclass", "enum_of_class", "delta_of_delta", "send_of_send", "interrupt"),
)


def entries() -> Iterator[tuple[str, Case]]:
    """Every entry: its name, unique, and its case."""
    for group in (_constants, _tags, _pickles, _allowlists, _merged, _hooks, _json, _constructors, _broken, _odd):
        for name, options, steps in group():
            yield name, Case("serde", {"options": options, "steps": steps})


Named = Iterator[tuple[str, dict[str, Json], list[Json]]]


def _dumps(value: Json) -> Json:
    return {"op": "dumps", "value": value}


def _loads(kind: str, data: bytes) -> Json:
    return {"op": "loads", "tag": kind, "hex": data.hex()}


def _text(text: str) -> bytes:
    data = text.encode()
    return (bytes([0xA0 | len(data)]) if len(data) < 32 else b"\xd9" + bytes([len(data)])) + data


def _ext(code: int, data: bytes) -> bytes:
    return b"\xc8" + len(data).to_bytes(2, "big") + bytes([code]) + data


def _envelope(code: int, module: str, name: str, payload: bytes, *rest: bytes) -> bytes:
    return _ext(code, bytes([0x93 + len(rest)]) + _text(module) + _text(name) + payload + b"".join(rest))


def _constants() -> Named:
    """Values of which Python keeps one object: reading gives that one where upstream does."""
    values: dict[str, Json] = {
        "enums": [
            object_(0, f"{SAMPLES}:Color", 1),
            object_(0, f"{SAMPLES}:Color", None),
            object_(0, f"{SAMPLES}:Level", 1),
        ],
        "zones": [{"t": "zoneinfo", "key": "UTC"}, {"t": "zoneinfo", "key": "Europe/Paris"}],
        "utc": [{"t": "timezone", "args": [{"t": "timedelta", "v": [0, 0, 0]}]}],
        "aware": [
            {"t": "datetime", "v": "2024-01-02T03:04:05+00:00"},
            {"t": "datetime", "v": "2024-01-02T03:04:05+01:00"},
            {"t": "time", "v": [1, 2, 3, 4, {"t": "zoneinfo", "key": "UTC"}, 0]},
        ],
        "uuids": [{"t": "uuid", "hex": "0" * 32}, {"t": "uuid", "hex": "f" * 32}],
        "empty": [_sequence("frozenset"), dict_((_sequence("tuple"), 1)), _sequence("deque", _sequence("frozenset"))],
    }
    for name, value in values.items():
        yield f"constants/{name}", {}, [_dumps(value), _RELOAD]
        yield f"constants/{name}-strict", {"strict_env": True}, [_dumps(value), _RELOAD]


def _tags() -> Named:
    values: dict[str, Json] = {
        "null": None,
        "bytes": hex_of("bytes", b"\x00\xff"),
        "bytearray": hex_of("bytearray", b"\x00\xff"),
        "bytes-subclass": {"t": "subclass", "base": "bytes", "v": hex_of("bytes", b"x")},
        "msgpack": tag({"a": (1,)}),
        "memoryview": hex_of("memoryview", b"x"),
    }
    for name, value in values.items():
        yield f"tag/{name}", {}, [_dumps(value), _RELOAD]
    for kind in ("null", "bytes", "bytearray", "json", "msgpack", "unknown", "", "MSGPACK", "bytes+reversing"):
        yield f"tag/loads-{kind or 'empty'}", {}, [_loads(kind, b"\x01"), _loads(kind, b"")]
    text = b'{"a": [1, 2.5, null, true, "\xc3\xa9"]}'
    yield "tag/loads-json-text", {}, [_loads("json", text), _loads("json", b"\xff")]
    yield "tag/loads-json-broken", {}, [_loads("json", b'{"a":'), _loads("json", b"NaN"), _loads("json", b"")]
    yield "tag/copy", {"allowed_msgpack_modules": None}, [{"op": "copy"}, _dumps(_POINT), _RELOAD]
    cipher = {"cipher": "reversing"}
    for name, value in values.items():
        yield f"cipher/{name}", cipher, [_dumps(value), _RELOAD]
    yield "cipher/refused", cipher, [_dumps(_OPAQUE)]
    yield (
        "cipher/loads",
        cipher,
        [
            _loads("msgpack+other", b"\x01"),
            _loads("msgpack+reversing", b"\x02\x01\x92"),
            _loads("msgpack", b"\x01"),
            _loads("a+b+reversing", b"\x01"),
            _loads("+reversing", b""),
        ],
    )
    yield "cipher/strict", {**cipher, "strict_env": True}, [_dumps(_POINT), _RELOAD]
    yield "cipher/pickle", {**cipher, "pickle_fallback": True}, [_dumps([_OPAQUE]), _RELOAD]


def _pickles() -> Named:
    on, off = {"pickle_fallback": True}, {"pickle_fallback": False}
    for name, value in (
        ("opaque", _OPAQUE),
        ("int-too-wide", [int_(2**64)]),
        ("key", dict_((_sequence("frozenset", 1), 1))),
        ("opaque-in-point", keyword(f"{SAMPLES}:Point", x=_OPAQUE)),
        ("nothing-wrong", [1]),
        ("bytes", hex_of("bytes", b"x")),
        ("none", None),
        ("not-even-pickle", [hex_of("memoryview", b"x"), _OPAQUE]),
    ):
        yield f"pickle/{name}", on, [_dumps(value), _RELOAD]
        yield f"pickle/off-{name}", off, [_dumps(value), _RELOAD]
    yield "pickle/odd-cycle", on, [{"op": "dumps", "odd": "cycle_dataclass"}]
    yield "pickle/odd-interrupt", on, [{"op": "dumps", "odd": "model_dump_interrupts"}]
    yield "pickle/odd-generator", on, [{"op": "dumps", "odd": "generator"}]


def _sequence(kind: str, *items: Json) -> Json:
    return {"t": kind, "v": list(items)}


def _allowlists() -> Named:
    mine = {"class": f"{SAMPLES}:Point"}
    several = [_POINT, keyword(f"{SAMPLES}:Frozen"), model("Address", street="s", number=1), message(_HUMAN)]
    lists: dict[str, Any] = {
        "default": {},
        "true": {"allowed_msgpack_modules": True},
        "none": {"allowed_msgpack_modules": None},
        "empty": {"allowed_msgpack_modules": []},
        "class": {"allowed_msgpack_modules": [mine]},
        "names": {"allowed_msgpack_modules": [[SAMPLES, "Point"], [SAMPLES, "Address"]]},
        "module-only": {"allowed_msgpack_modules": [[SAMPLES]]},
        "three-names": {"allowed_msgpack_modules": [["parity", "subjects", "Point"]]},
        "empty-names": {"allowed_msgpack_modules": [[]]},
        "other": {"allowed_msgpack_modules": [["other", "Point"]]},
        "env": {"strict_env": True},
        "env-true": {"strict_env": True, "allowed_msgpack_modules": True},
        "env-names": {"strict_env": True, "allowed_msgpack_modules": [mine]},
        "listener-fails": {"listener": "fails"},
        "listener-fails-strict": {"listener": "fails", "allowed_msgpack_modules": None},
    }
    for name, options in lists.items():
        yield f"allow/{name}", options, [_dumps(several), _RELOAD, _RELOAD]
    for cls, _ in KEYWORD_CLASSES.items():
        yield (
            f"allow/strict-{cls.rpartition(':')[2]}",
            {"allowed_msgpack_modules": None},
            [_dumps(keyword(cls)), _RELOAD],
        )
    for cls in MESSAGES:
        yield f"allow/strict-{cls.rpartition(':')[2]}", {"strict_env": True}, [_dumps(message(cls)), _RELOAD]
    # A warning comes once for a type, for each of the two memories.
    yield "warn/once", {}, [_dumps(_POINT), _RELOAD, _RELOAD, _dumps([_POINT, _POINT]), _RELOAD]
    yield "warn/once-blocked", {"allowed_msgpack_modules": None}, [_dumps([_POINT, _POINT]), _RELOAD, _RELOAD]
    lost = _envelope(2, "parity_nothing", "Nothing", b"\x81\xa1a\x01")
    yield "warn/once-lost", {}, [_loads("msgpack", lost), _loads("msgpack", b"\x92" + lost + lost)]
    method = _envelope(3, "datetime", "datetime", _text("x"), _text("now"))
    yield "warn/method-each-time", {}, [_loads("msgpack", method), _loads("msgpack", method)]


def _merged() -> Named:
    point = {"class": f"{SAMPLES}:Point"}
    work = [_dumps([_POINT, keyword(f"{SAMPLES}:Frozen")]), _RELOAD]
    for name, options in (
        ("default", {}),
        ("none", {"allowed_msgpack_modules": None}),
        ("empty", {"allowed_msgpack_modules": []}),
        ("other", {"allowed_msgpack_modules": [["a", "b"]]}),
        ("same", {"allowed_msgpack_modules": [point]}),
        ("env", {"strict_env": True}),
        ("hook", {"allowed_msgpack_modules": None, "ext_hook": "codes"}),
        ("json", {"allowed_msgpack_modules": None, "allowed_json_modules": [["a", "b"]]}),
        ("pickle", {"allowed_msgpack_modules": None, "pickle_fallback": True}),
    ):
        yield f"merge/{name}", options, [{"op": "allow", "modules": [point]}, *work]
        yield f"merge/{name}-nothing", options, [{"op": "allow", "modules": []}, *work]
    yield (
        "merge/twice",
        {"allowed_msgpack_modules": None},
        [
            {"op": "allow", "modules": [point]},
            {"op": "allow", "modules": [[SAMPLES, "Frozen"]]},
            *work,
            {"op": "allow", "modules": [[SAMPLES, "Frozen"]]},
        ],
    )
    yield "merge/cipher", {"cipher": "reversing"}, [{"op": "allow", "modules": [point]}]


def _hooks() -> Named:
    held: Json = [
        _POINT,
        {"t": "uuid", "hex": "12345678123456781234567812345678"},
        {"t": "decimal", "v": "1.5"},
        {"t": "datetime", "v": "2024-01-02T03:04:05"},
        {"t": "send", "node": "n", "arg": {"t": "date", "v": [2024, 1, 2]}},
        {"t": "timedelta", "v": [1, 2, 3]},
        _sequence("set", 1),
        model("Address", street="s", number=1),
        legacy("LegacyPoint", x=1, y=None),
        message(_HUMAN),
        object_(0, f"{SAMPLES}:Color", 1),
        {"t": "ndarray", "dtype": "<i4", "shape": [1, 2], "order": "C", "hex": "0100000002000000"},
        {"t": "delta_snapshot", "v": [_POINT]},
    ]
    for hook in ("codes", "none", "fails", "interrupts", "to_json", "exported"):
        yield f"hook/{hook}", {"ext_hook": hook}, [_dumps(held), _RELOAD]
        for index, value in enumerate(held):
            yield f"hook/{hook}-{index}", {"ext_hook": hook}, [_dumps(value), _RELOAD]
        yield f"hook/{hook}-strict", {"ext_hook": hook, "allowed_msgpack_modules": None}, [_dumps(held), _RELOAD]
        for code in range(9):
            broken = [
                _ext(code, b"\xc1"),
                _ext(code, b""),
                _ext(code, b"\x91\x01"),
                _ext(code, b"\x01"),
                _ext(code, b"\xc0"),
            ]
            yield f"hook/{hook}-broken-{code}", {"ext_hook": hook}, [_loads("msgpack", data) for data in broken]
    uuid: Json = {"t": "uuid", "hex": "12345678123456781234567812345678"}
    inside: dict[str, Json] = {
        "positional": {"t": "send", "node": "n", "arg": uuid},
        "keyword": keyword(f"{SAMPLES}:Point", x=uuid, y={"t": "timedelta", "v": [1, 2, 3]}),
        "model": model("Address", street=uuid, number=uuid),
        "legacy": legacy("LegacyPoint", x=uuid, y=uuid),
        "snapshot": {"t": "delta_snapshot", "v": [uuid]},
    }
    for hook in ("to_json", "exported"):
        for name, value in inside.items():
            yield f"hook/{hook}-inside-{name}", {"ext_hook": hook}, [_dumps(value), _RELOAD]
    within = _envelope(0, "uuid", "UUID", _text("1" * 32))
    rest = {0: (), 3: (_text("fromisoformat"),)}
    for code, more in rest.items():
        data = _envelope(code, SAMPLES, "Color", within, *more)
        yield f"hook/to_json-inside-{code}", {"ext_hook": "to_json"}, [_loads("msgpack", data)]
    yield (
        "hook/to_json-send-3",
        {"ext_hook": "to_json"},
        [
            _dumps({"t": "send", "node": "n", "arg": 1, "timeout": keyword("langgraph.types:TimeoutPolicy")}),
            _RELOAD,
            _loads("msgpack", _envelope(1, "langgraph.types", "Send", b"\x91\x01")),
        ],
    )


def _lc(*names: str, **members: Any) -> dict[str, Any]:
    return {"lc": 2, "type": "constructor", "id": list(names), **members}


def _json() -> Named:
    uuid_text = "12345678-1234-5678-1234-567812345678"
    safe: dict[str, Any] = {
        "uuid": _lc("uuid", "UUID", args=[uuid_text]),
        "decimal": _lc("decimal", "Decimal", args=["1.5"]),
        "deque": _lc("collections", "deque", args=[[1, 2]]),
        "set-empty": _lc("builtins", "set"),
        "timedelta": _lc("datetime", "timedelta", kwargs={"days": 1}),
        "timezone-both": _lc("datetime", "timezone", args=[_lc("datetime", "timedelta", args=[0, 60])], kwargs={}),
        "datetime-method": _lc("datetime", "datetime", method="fromisoformat", args=["2024-01-02"]),
        "datetime": _lc("datetime", "datetime", args=[2024, 1, 2], kwargs={"hour": 3}),
        "message": _lc("langchain_core", "messages", "human", "HumanMessage", kwargs={"content": "hi"}),
        "message-bad": _lc("langchain_core", "messages", "human", "HumanMessage", kwargs={"content": 5}),
        "message-construct": _lc(
            "langchain_core", "messages", "human", "HumanMessage", kwargs={"content": "x"}, method=[None, "construct"]
        ),
        "send": _lc("langgraph", "types", "Send", args=["n", {"a": 1}]),
        "nested": {"a": [_lc("builtins", "set", args=[[1]]), {"b": _lc("uuid", "UUID", args=[uuid_text])}]},
    }
    other: dict[str, Any] = {
        "point": _lc(*SAMPLES.split("."), "Point", args=[1], kwargs={"y": 2}),
        "point-args": _lc(*SAMPLES.split("."), "Point", args=[1]),
        "point-kwargs": _lc(*SAMPLES.split("."), "Point", kwargs={"x": 1}),
        "point-nothing": _lc(*SAMPLES.split("."), "Point"),
        "loose": _lc(*SAMPLES.split("."), "LoosePayload"),
        "exception": _lc("builtins", "ValueError", args=["x"]),
        "no-module": _lc("parity_nothing", "Nothing"),
        "no-name": _lc("builtins", "no_such_name"),
        "empty-id": _lc(),
        "one-id": _lc("Point"),
        "null-id": {**_lc("x"), "id": None},
        "no-id": {"lc": 2, "type": "constructor"},
        "other-type": {**_lc(*SAMPLES.split("."), "Point"), "type": "secret"},
        "lc-1": {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "HumanMessage"], "kwargs": {}},
        "lc-1-message": {
            **{"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "HumanMessage"]},
            "kwargs": {"content": "hi"},
        },
        "lc-1-not-implemented": {"lc": 1, "type": "not_implemented", "id": ["a", "B"]},
        "lc-1-secret": {"lc": 1, "type": "secret", "id": ["PARITY_NO_SUCH_SECRET"]},
        "lc-true": {**_lc("uuid", "UUID", args=[uuid_text]), "lc": 2.0},
        "lc-3": {**_lc("uuid", "UUID", args=[uuid_text]), "lc": 3},
        "plain": {"lc": "x", "id": [1]},
    }
    allowances: dict[str, Any] = {
        "default": {},
        "none": {"allowed_json_modules": None},
        "empty": {"allowed_json_modules": []},
        "true": {"allowed_json_modules": True},
        "point": {"allowed_json_modules": [[*SAMPLES.split("."), "Point"]]},
        "point-class": {"allowed_json_modules": [{"class": f"{SAMPLES}:Point"}]},
        "other": {"allowed_json_modules": [["a", "b"], ["builtins", "ValueError"], ["parity_nothing", "Nothing"]]},
    }
    for name, options in allowances.items():
        for label, value in {**safe, **other}.items():
            yield f"json/{name}-{label}", options, [_loads("json", json.dumps(value).encode())]
    for name, options in allowances.items():
        revived = [
            {"op": "revive", "hex": json.dumps(value).encode().hex()} for value in (safe["uuid"], other["point"])
        ]
        yield f"json/revive-{name}", options, revived
    yield (
        "json/after-merge",
        {"allowed_json_modules": True, "allowed_msgpack_modules": None},
        [
            {"op": "allow", "modules": [{"class": f"{SAMPLES}:Point"}]},
            _loads("json", json.dumps(other["point"]).encode()),
        ],
    )


def _constructors() -> Named:
    """Envelopes whose class or method takes the payload, takes it in a second way, or does not."""
    empty, one, fields = b"\x80", b"\x01", b"\x81\xa1x\x01"
    sample = {"Point": (2, fields), "Address": (5, fields), "LegacyPoint": (4, fields), "Color": (0, one)}
    for code in range(6):
        rest = () if code < 3 or code == 4 else (_text("fromisoformat" if code == 3 else "model_validate_json"),)
        for label, payload in (("map", b"\x81\x01\x02"), ("maps", b"\x91\x82\x01\x02\xc3\x03")):
            data = _envelope(code, SAMPLES, "Point", payload, *rest)
            for hook in (None, "to_json", "exported"):
                options: dict[str, Json] = {} if hook is None else {"ext_hook": hook}
                name = f"construct/int-keys-{code}-{label}{'-' + hook if hook else ''}"
                yield name, options, [_loads("msgpack", data)]
    for hook in (None, "to_json", "exported"):
        options = {} if hook is None else {"ext_hook": hook}
        snapshot = dict_((2, 3), (None, _POINT)) if hook is None else dict_((1, 2))
        steps = [_dumps({"t": "delta_snapshot", "v": snapshot}), _RELOAD, _loads("msgpack", _ext(7, b"\x81\x01\x02"))]
        yield f"construct/int-keys-7{'-' + hook if hook else ''}", options, steps
    for name, (code, payload) in sample.items():
        for label, given in (
            ("right", payload),
            ("empty", empty),
            ("int", one),
            ("none", b"\xc0"),
            ("list", b"\x91\x01"),
        ):
            rest = (_text("model_validate_json"),) if code == 5 else ()
            data = _envelope(code, SAMPLES, name, given, *rest)
            yield f"construct/{name}-{label}", {}, [_loads("msgpack", data)]
    for code in (0, 1, 2, 4, 5):
        for module, name in (
            ("builtins", "no_such_name"),
            ("parity_nothing", "Nothing"),
            ("", ""),
            ("fractions", "Fraction"),
        ):
            data = _envelope(code, module, name, fields)
            label = f"{module or 'empty'}.{name or 'empty'}"
            yield f"construct/{code}-{label}", {}, [_loads("msgpack", data)]
    for label, data in (
        ("send-2", _envelope(1, "langgraph.types", "Send", b"\x92\xa1n\x01")),
        ("send-1", _envelope(1, "langgraph.types", "Send", b"\x91\xa1n")),
        ("send-4", _envelope(1, "langgraph.types", "Send", b"\x94\xa1n\x01\xc0\xc0")),
        ("send-none", _envelope(1, "langgraph.types", "Send", b"\xc0")),
        ("send-bad-timeout", _envelope(1, "langgraph.types", "Send", b"\x93\xa1n\x01\xa1x")),
        ("method-good", _envelope(3, "datetime", "datetime", _text("2024-01-02"), _text("fromisoformat"))),
        ("method-raises", _envelope(3, "datetime", "datetime", _text("no date"), _text("fromisoformat"))),
        ("method-no-text", _envelope(3, "datetime", "datetime", one, _text("fromisoformat"))),
        ("method-missing", _envelope(3, "datetime", "datetime", one)),
        ("v1-payload-missing", _ext(4, b"\x92" + _text(SAMPLES) + _text("LegacyPoint"))),
        ("v2-payload-missing", _ext(5, b"\x92" + _text(SAMPLES) + _text("Address"))),
        ("kw-int-keys", _envelope(2, SAMPLES, "Point", b"\x81\x01\x01")),
        ("v2-int-keys", _envelope(5, SAMPLES, "Address", b"\x81\x01\x01")),
        ("unhashable-names", _ext(0, b"\x93\x90\x80\x01")),
        ("array-right", _ext(6, b"\x94\xa3<i4\x91\x01\xa1C\xc4\x04\x01\0\0\0")),
        ("array-wrong-size", _ext(6, b"\x94\xa3<i4\x91\x02\xa1C\xc4\x04\x01\0\0\0")),
        ("array-wrong-dtype", _ext(6, b"\x94\xa2no\x91\x01\xa1C\xc4\x04\x01\0\0\0")),
        ("array-object-dtype", _ext(6, b"\x94\xa2|O\x91\x01\xa1C\xc4\x08\0\0\0\0\0\0\0\0")),
        ("array-short", _ext(6, b"\x93\xa3<i4\x91\x01\xa1C")),
        ("array-order", _ext(6, b"\x94\xa3<i4\x91\x01\xa1X\xc4\x04\x01\0\0\0")),
        ("delta-broken", _ext(7, b"\xc1")),
    ):
        for hook in (None, "to_json", "exported"):
            options = {} if hook is None else {"ext_hook": hook}
            yield f"construct/{label}{'-' + hook if hook else ''}", options, [_loads("msgpack", data)]
    yield (
        "construct/numpy-then-none",
        {},
        [
            _dumps([{"t": "ndarray", "dtype": "<f8", "shape": [0], "order": "C", "hex": ""}, float_(1.0)]),
            _RELOAD,
        ],
    )


def _broken() -> Named:
    for label, data in (
        ("cut", b"\x92\x01"),
        ("reserved", b"\xc1"),
        ("utf8", b"\xa1\xff"),
        ("claims", b"\xdd\xff\xff\xff\xff"),
        ("map-key", b"\x81\x80\x01"),
        ("ext-key", b"\x81\xd4\x00\x01\x01"),
        ("depth", b"\x91" * 1100 + b"\x01"),
        ("trailing", b"\x01\x02"),
        ("inner", _ext(7, b"\x91\xc1")),
    ):
        yield f"broken/{label}", {}, [_loads("msgpack", data), _loads("bytes", data)]
        yield f"broken/{label}-pickle", {"pickle_fallback": True}, [_loads("msgpack", data)]


def _odd() -> Named:
    for name in ODD_NAMES:
        yield f"odd/{name}", {}, [{"op": "dumps", "odd": name}, _RELOAD]
