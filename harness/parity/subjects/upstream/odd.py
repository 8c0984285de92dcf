"""Objects that no tagged value stands for, by name: what a `dumps` step of a serde case may be given (`docs/cases.md`).

They are what users' states hold by accident: cycles, buffers that cannot be viewed, properties that raise, classes that
answer some of the encoder's questions and not others.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import pathlib
import re
import types
import uuid
import zoneinfo
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pydantic
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.types import Interrupt, Send

from parity.subjects.upstream.samples import Address, Color, Frozen, Point, Record

__all__ = ["ODD", "OddError"]


class OddError(Exception):
    """What odd objects raise."""


class _Raises:
    """Raises `error` from the member called `name`, which the encoder may ask for or call."""

    def __init__(self, name: str, error: BaseException, *, when: str) -> None:
        self._plan = (name, error, when)

    def __getattr__(self, name: str) -> Any:
        wanted, error, when = self.__dict__["_plan"]
        if name != wanted:
            raise AttributeError(name)
        if when == "asked":
            raise error

        def called(*_: Any) -> Any:
            raise error

        return called


class _Gives:
    """Has the members it is made with, and no others."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


class _Chained(_Gives):
    def model_dump(self) -> Any:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise OddError("outer") from error


class _Sendable:
    """Has what upstream's `SendProtocol` asks for, one member of it as a property that raises."""

    arg = 1

    @property
    def node(self) -> Any:
        raise OddError("node")


class _ReprRaisesError(Exception):
    def __repr__(self) -> str:
        raise OddError("repr")


class _ReprNoTextError(Exception):
    def __repr__(self) -> Any:
        return 5


class _StrSub(str):
    pass


class _HookedSub(dict):  # type: ignore[type-arg]
    def model_dump(self) -> Any:
        raise OddError("never asked")


class _NamelessZone(dt.tzinfo):
    def utcoffset(self, _: dt.datetime | None) -> dt.timedelta:
        raise OddError("utcoffset")

    def dst(self, _: dt.datetime | None) -> None:
        return None

    def tzname(self, _: dt.datetime | None) -> None:
        return None


class _Moment(dt.datetime):
    pass


class _IsoRaises(dt.datetime):
    def isoformat(self, *_: Any, **__: Any) -> str:
        raise OddError("isoformat")


class _IsoNoText(dt.datetime):
    def isoformat(self, *_: Any, **__: Any) -> Any:
        return b"2024"


class _DecimalSub(decimal.Decimal):
    def __str__(self) -> str:
        return "not a number"


class _UuidSub(uuid.UUID):
    pass


class _PathSub(pathlib.PosixPath):
    pass


class _SetSub(set):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        raise OddError("iter")


class _DequeSub(deque):  # type: ignore[type-arg]
    pass


class _MetaEnum(enum.EnumMeta):
    pass


class _Django(str, enum.Enum, metaclass=_MetaEnum):
    A = "a"


class _HoldsOpaque(enum.Enum):
    A = object


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    held: Any = None

    @pydantic.field_serializer("held")
    def _held(self, value: Any) -> Any:
        if isinstance(value, str) and value == "raise":
            raise OddError("serializer")
        return value


class _Secret(pydantic.BaseModel):
    token: pydantic.SecretStr = pydantic.SecretStr("s3cret")
    raw: pydantic.SecretBytes = pydantic.SecretBytes(b"\xff")


@dataclass
class _Late:
    """A dataclass whose field was never set."""

    held: Any = field(init=False)


@dataclass
class _WithProperty:
    held: Any = 1

    @property
    def model_dump(self) -> Any:
        raise OddError("property")


class _MetaCalls(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        return "Renamed"


class _Renamed(metaclass=_MetaCalls):
    def model_dump(self) -> Any:
        return {}


class _NoText:
    """Its class's module is no text."""

    def model_dump(self) -> Any:
        return {}


_NoText.__module__ = 5  # type: ignore[assignment]


def _cyclic_list() -> Any:
    made: list[Any] = [1]
    made.append(made)
    return made


def _cyclic_dict() -> Any:
    made: dict[str, Any] = {}
    made["self"] = made
    return made


def _cyclic_deque() -> Any:
    made: deque[Any] = deque()
    made.append(made)
    return made


def _cyclic_point() -> Any:
    made = Point(1)
    made.y = [made]
    return made


def _cyclic_key() -> Any:
    inner: list[Any] = []
    made = (inner,)
    inner.append(made)
    return {made[0].__len__(): made}


def _nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    made: Any = 1
    for _ in range(depth):
        made = wrap(made)
    return made


def _named(name: str) -> Any:
    return type(name.encode("utf-8", "surrogatepass").hex(), (), {"model_dump": lambda self: {name: 1}})()


def _released() -> memoryview:
    made = memoryview(b"abc")
    made.release()
    return made


def _itself() -> Any:
    made = _Gives()
    vars(made)["model_dump"] = lambda: made
    return made


def _noted() -> Exception:
    made = ValueError("x")
    vars(made)["__notes__"] = ["a note"]
    return made


ODD: dict[str, Callable[[], Any]] = {
    # cycles and depth
    "cycle_list": _cyclic_list,
    "cycle_dict": _cyclic_dict,
    "cycle_deque": _cyclic_deque,
    "cycle_dataclass": _cyclic_point,
    "cycle_beside_key": _cyclic_key,
    "deep_mixed_400": lambda: _nested(400, lambda inner: Point([inner])),
    "deep_sets_of_one": lambda: _nested(80, lambda inner: frozenset([inner])),
    # integers, keys, texts
    "int_too_wide": lambda: [2**64],
    "int_too_low": lambda: {"a": (-(2**63) - 1,)},
    "int_too_wide_in_point": lambda: Point(2**64),
    "int_key_too_wide": lambda: {2**64: 1},
    "key_bytearray_in_tuple": lambda: {(1, frozenset()): 1},
    "key_range": lambda: {range(3): 1},
    "key_complex": lambda: {1j: 1},
    "key_function": lambda: {len: 1},
    "key_type": lambda: {int: 1},
    "key_ellipsis": lambda: {...: 1},
    "key_django": lambda: {_Django.A: 1},
    "key_aware_time": lambda: {dt.time(1, tzinfo=dt.timezone.utc): 1},
    "key_datetime_subclass": lambda: {_Moment(2024, 1, 1): 1},
    "key_uuid_subclass": lambda: {_UuidSub(int=5): 1},
    "key_enum_of_opaque": lambda: {_HoldsOpaque.A: 1},
    "key_numpy": lambda: {np.int64(5): 1},
    "key_surrogate_subclass": lambda: {_StrSub("\ud800"): 1},
    "key_surrogate_tuple": lambda: {("\ud800",): 1},
    "surrogate_in_set": lambda: {"\ud800"},
    "surrogate_in_point": lambda: Point("\udfff"),
    "surrogate_in_name": lambda: _named("\ud800"),
    "module_no_text": _NoText,
    # buffers
    "memoryview_strided": lambda: memoryview(b"abcdef")[::2],
    "memoryview_reversed": lambda: [memoryview(b"abc")[::-1]],
    "memoryview_wide": lambda: memoryview(b"abcd").cast("H"),
    "memoryview_2d": lambda: memoryview(b"abcd").cast("B", (2, 2)),
    "memoryview_released": _released,
    "ndarray_strided": lambda: np.arange(6)[::2],
    "ndarray_strided_2d": lambda: np.arange(12).reshape(3, 4)[:, ::2],
    "ndarray_reversed": lambda: np.arange(3)[::-1],
    "ndarray_object": lambda: np.array([], dtype=object),
    "ndarray_structured": lambda: np.zeros(2, dtype=[("a", "<i4"), ("b", "<f8")]),
    "ndarray_readonly": lambda: np.frombuffer(b"\x01\x02", dtype="u1"),
    "ndarray_masked": lambda: np.ma.masked_array([1, 2], mask=np.array([False, True])),
    "ndarray_matrix": lambda: np.matrix([[1, 2]]),
    "ndarray_broadcast": lambda: np.broadcast_to(np.arange(2), (3, 2)),
    "numpy_scalar_int": lambda: np.int64(5),
    "numpy_scalar_float": lambda: np.float64(1.5),
    "numpy_scalar_str": lambda: np.str_("a"),
    "numpy_scalar_bool": lambda: [np.bool_(True)],
    "numpy_datetime": lambda: np.datetime64("2024-01-01"),
    # members that raise, or are not what they seem
    "model_dump_raises": lambda: [_Raises("model_dump", OddError("boom"), when="called")],
    "model_dump_interrupts": lambda: _Raises("model_dump", KeyboardInterrupt("stop"), when="called"),
    "model_dump_exits": lambda: {"a": _Raises("model_dump", SystemExit(3), when="called")},
    "model_dump_chained": _Chained,
    "model_dump_asked_raises": lambda: _Raises("model_dump", OddError("asked"), when="asked"),
    "model_dump_recurses": lambda: _Raises("model_dump", RecursionError("deep"), when="called"),
    "model_dump_no_memory": lambda: _Raises("model_dump", MemoryError("none left"), when="called"),
    "model_dump_type_error": lambda: _Raises("model_dump", TypeError("mine"), when="called"),
    "model_dump_not_callable": lambda: _Gives(model_dump=5),
    "model_dump_gives_itself": _itself,
    "model_dump_gives_opaque": lambda: _Gives(model_dump=lambda: {"a": object()}),
    "model_dump_gives_none": lambda: _Gives(model_dump=lambda: None),
    "model_dump_needs_arguments": lambda: _Gives(model_dump=lambda required: required),
    "model_dump_before_secret": lambda: _Gives(model_dump=lambda: {"m": 1}, get_secret_value=lambda: "s"),
    "secret_raises": lambda: _Raises("get_secret_value", OddError("secret"), when="called"),
    "secret_before_dict": lambda: _Gives(get_secret_value=lambda: "s", dict=lambda: {"d": 1}),
    "dict_raises": lambda: _Raises("dict", OddError("dict"), when="called"),
    "dict_before_asdict": lambda: _Gives(dict=lambda: {"d": 1}, _asdict=lambda: {"a": 1}),
    "dict_not_callable": lambda: _Gives(dict={}),
    "asdict_raises": lambda: _Raises("_asdict", OddError("asdict"), when="called"),
    "asdict_gives_list": lambda: _Gives(_asdict=lambda: [1]),
    "class_itself": lambda: Address,
    "class_enum": lambda: Color,
    "class_dataclass": lambda: Point,
    "class_namedtuple": lambda: Record,
    "class_exception": lambda: ValueError,
    "class_renamed": _Renamed,
    "send_node_raises": _Sendable,
    "send_timeout_none": lambda: _Gives(node="n", arg=1, timeout=None),
    "send_timeout": lambda: _Gives(node="n", arg=1, timeout=5),
    "send_only_node": lambda: _Gives(node="n"),
    "dataclass_field_unset": _Late,
    "dataclass_property_raises": _WithProperty,
    "dataclass_frozen_of_opaque": lambda: Frozen(object()),
    "model_serializer_raises": lambda: _Model(held="raise"),
    "model_holds_opaque": lambda: _Model(held=object()),
    "model_holds_cycle": lambda: _Model(held=_cyclic_list()),
    "model_secrets": _Secret,
    "exception_repr_raises": lambda: [_ReprRaisesError()],
    "exception_repr_no_text": _ReprNoTextError,
    "exception_with_notes": _noted,
    # subclasses and relatives of what has a form
    "dict_with_model_dump": lambda: _HookedSub(a=1),
    "ordered_dict": lambda: OrderedDict(b=1, a=2),
    "default_dict": lambda: defaultdict(list, a=[1]),
    "counter": lambda: Counter("aab"),
    "chain_map": lambda: ChainMap({"a": 1}),
    "mapping_proxy": lambda: types.MappingProxyType({"a": 1}),
    "simple_namespace": lambda: types.SimpleNamespace(a=1),
    "dict_keys": {"a": 1}.keys,
    "range": lambda: range(3),
    "generator": lambda: (number for number in range(2)),
    "complex": lambda: [1j],
    "fraction": lambda: fractions.Fraction(1, 3),
    "ellipsis": lambda: ...,
    "not_implemented": lambda: [NotImplemented],
    "function": lambda: len,
    "module": lambda: re,
    "datetime_subclass": lambda: _Moment(2024, 1, 2),
    "datetime_iso_raises": lambda: _IsoRaises(2024, 1, 2),
    "datetime_iso_no_text": lambda: _IsoNoText(2024, 1, 2),
    "datetime_zone_raises": lambda: dt.datetime(2024, 1, 1, tzinfo=_NamelessZone()),
    "datetime_zoneinfo": lambda: dt.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "datetime_fold": lambda: dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "time_zone_raises": lambda: dt.time(1, tzinfo=_NamelessZone()),
    "timedelta_subclass": lambda: type("Span", (dt.timedelta,), {"__module__": "nowhere"})(1),
    "decimal_subclass": lambda: _DecimalSub("1.5"),
    "uuid_subclass": lambda: _UuidSub(int=9),
    "path_subclass": lambda: _PathSub("a/b"),
    "pure_path": lambda: pathlib.PurePosixPath("a"),
    "windows_path": lambda: pathlib.PureWindowsPath("a\\b"),
    "pattern_bytes": lambda: re.compile(b"a+", re.IGNORECASE),
    "match": lambda: re.match("a", "a"),
    "zoneinfo_no_key": lambda: zoneinfo.ZoneInfo.no_cache("UTC"),
    "ip_scoped": lambda: ipaddress.IPv6Address("fe80::1%eth0"),
    "ip_interface_subclass": lambda: type("Own", (ipaddress.IPv4Interface,), {})("10.0.0.1/8"),
    "set_subclass_iter_raises": lambda: _SetSub([1]),
    "deque_subclass": lambda: _DequeSub([1, 2], maxlen=3),
    "deque_of_mixed": lambda: deque([1, {2}, deque()]),
    "enum_custom_metaclass": lambda: _Django.A,
    "enum_of_class": lambda: _HoldsOpaque.A,
    "delta_of_delta": lambda: _DeltaSnapshot(_DeltaSnapshot(1)),
    "send_of_send": lambda: Send("a", Send("b", {Send("c", 1): 2})),
    "interrupt": lambda: (Interrupt(value={1, 2}, id="i"),),
}
"""The odd objects by name; each is made anew, so that no case sees what another left."""
