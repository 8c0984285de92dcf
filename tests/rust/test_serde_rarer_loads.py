"""Values that are made without their constructors, or whose classes are found once per call, against upstream.

Every document here has its items three times: the first is made by looking everything up, the others by what was found.
"""

from __future__ import annotations

import abc
import collections
import copy
import dataclasses
import datetime
import enum
import importlib
import ipaddress
import itertools
import pathlib
import sys
import types
import typing
import uuid
import weakref
from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import pytest
from langgraph.checkpoint.serde import _msgpack, event_hooks, jsonplus
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph.types import Interrupt, Send
from langgraph_rs.serde import JsonPlusSerializer as Rust
from langgraph_rs.serde import counters
from serde_sides import SEEN, anatomy, attributes, carried_alike, ext, loaded_alike, packed, seen, thrice
from shown import shown

HERE = __name__
T = TypeVar("T")


def own(name: str, payload: Any, code: int = 2) -> Any:
    """An extension of a class of this module."""
    return ext(code, HERE, name, payload)


# --- sets -------------------------------------------------------------------------------------------------------------


class Raising:
    """Its hash is an error, told by its argument."""

    def __init__(self, error: str) -> None:
        self.error = error

    def __hash__(self) -> int:
        raise {"type": TypeError, "value": ValueError, "interrupt": KeyboardInterrupt}[self.error](self.error)

    def __repr__(self) -> str:
        return f"Raising({self.error})"


class Equal:
    """Equal to all of its kind, and of one hash."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    def __repr__(self) -> str:
        return f"Equal({self.number})"


class OwnSet(set[Any]):
    """A subclass of set."""


class Colour(enum.Enum):
    """For sets of enums, and others."""

    RED = "red"
    GREEN = "green"
    CRIMSON = "red"


NESTED = ext(0, "builtins", "frozenset", [1, 2])
ITEMS: list[Any] = [
    [],
    [1, 2, 3],
    [0, 8, 16, 24, 32, 2**61 - 1, -1, -2, 2**63],
    ["a", "b", "a", "é", "東京"],
    [b"a", "a", 1, 1.0, True, None, False, 0, 0.0, -0.0, float("inf")],
    list(range(200)),
    [f"key {number}" for number in range(200)],
    [[1]],
    [1, [2], 3],
    [1, 2, {"a": 1}],
    [[], 1],
    [NESTED, NESTED, 3],
    [ext(0, "builtins", "set", [1])],
    [ext(0, "builtins", "set", [[1]]), 1],
    [own("Colour", "red", 0), own("Colour", "green", 0), own("Colour", "no", 0)],
    [own("Equal", 1, 0), own("Equal", 2, 0), 1],
    *([1, own("Raising", error, 0), 2] for error in ("type", "value", "interrupt")),
    [ext(1, "datetime", "date", [2024, 1, 2]), ext(0, "decimal", "Decimal", "1.5"), ext(0, "uuid", "UUID", "0" * 32)],
    [ext(9, 1), ext(7, 1), ext(0, 1)],
]


@pytest.mark.parametrize("name", ["set", "frozenset", "list", "tuple"])
@pytest.mark.parametrize("items", ITEMS, ids=lambda items: shown(items)[:40])
def test_sets_of_all_kinds_of_items(name: str, items: Any) -> None:
    for allowed in (True, None, {("builtins", name)}):
        loaded_alike(thrice(ext(0, "builtins", name, items)), allowed_msgpack_modules=allowed)


def test_what_cannot_be_hashed_leaves_the_list() -> None:
    (_, (_, items, _)) = loaded_alike(thrice(ext(0, "builtins", "set", [1, [2], 3])))
    for _, (one,), _ in items:
        assert one == anatomy([1, [2], 3])


@pytest.mark.parametrize("payload", ["abc", b"ab", {"a": 1, "b": 2}, {}, 5, None, "", NESTED, ext(9, 1)])
def test_sets_of_what_is_no_list(payload: Any) -> None:
    for name, code in itertools.product(("set", "frozenset", "OwnSet"), range(6)):
        module = HERE if name == "OwnSet" else "builtins"
        loaded_alike(thrice(ext(code, module, name, payload), ext(code, module, name, [1, 2])))


def test_extensions_that_lack_a_part_or_have_one_too_many() -> None:
    head = ("builtins", "set")
    parts = [
        (),
        head[:1],
        head,
        (*head, [1], 5),
        (*head, [1], "add"),
        ([], "set", [1]),
        ("builtins", 5, [1]),
        (5, "a", [1]),
    ]
    for code, some in itertools.product(range(8), parts):
        loaded_alike(thrice(ext(0, *head, [1]), ext(code, *some)))


def test_documents_that_end_too_early() -> None:
    data = thrice(ext(0, "builtins", "set", [1, 2]), own("Point", {"x": 1, "y": 2}), own("Plain", {"a": 1, "b": 2}))
    for end in range(len(data)):
        loaded_alike(data[:end])


def test_a_new_set_has_the_order_of_one_that_was_made_of_the_list() -> None:
    for count in range(70):
        numbers = [(number * 7919) % 1009 for number in range(count)]
        (_, (_, items, _)) = loaded_alike(thrice(ext(0, "builtins", "set", numbers)))
        assert [[number for _, number in one[1]] for _, (one,), _ in items] == [[repr(n) for n in set(numbers)]] * 3


# --- enums ------------------------------------------------------------------------------------------------------------


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


class Word(str, enum.Enum):
    A = "a"


class Bits(enum.IntFlag):
    R = 1
    W = 2


class Strict(enum.Flag, boundary=enum.STRICT):
    A = 1
    B = 2


class Mixed(enum.Enum):
    NONE = None
    TRUE = True
    FLOAT = 1.5
    BYTES = b"a"
    PAIR = (1, 2)
    LIST = [1, 2]  # noqa: RUF012
    NAN = float("nan")


class Searching(enum.Enum):
    A = 1

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return cls.A if value == "a" else None


class Built(enum.Enum):
    A = (1, "x")

    def __new__(cls, number: int, text: str) -> Any:
        new = object.__new__(cls)
        new._value_ = number
        return new

    def __init__(self, number: int, text: str) -> None:
        self.text = text


class CallingMeta(enum.EnumMeta):
    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        return (cls.__name__, arguments)


class Calling(enum.Enum, metaclass=CallingMeta):
    A = 1


class Empty(enum.Enum):
    pass


VALUES = [
    "red",
    "RED",
    "a",
    1,
    2,
    3,
    1.0,
    True,
    False,
    None,
    0,
    -1,
    7,
    b"a",
    1.5,
    float("nan"),
    [1, 2],
    {"a": 1},
    2**64 - 1,
]


@pytest.mark.parametrize(
    "kind",
    [Colour, Number, Word, Bits, Strict, Mixed, Searching, Built, Calling, Empty],
    ids=lambda kind: kind.__name__,
)
def test_enums_of_all_kinds(kind: Any) -> None:
    for value in VALUES:
        for code in (0, 1, 2):
            loaded_alike(thrice(own(kind.__name__, value, code)))
    if kind is not Calling:
        carried_alike([*kind] * 2)


def test_a_member_is_found_where_its_class_has_it_now(monkeypatch: pytest.MonkeyPatch) -> None:
    data = thrice(own("Colour", "red", 0))
    members: Any = Colour
    assert anatomy(Colour.RED) in loaded_alike(data)[1][1][0][1]
    monkeypatch.setitem(members._value2member_map_, "red", Colour.GREEN)
    assert anatomy(Colour.GREEN) in loaded_alike(data)[1][1][0][1]
    monkeypatch.setattr(members, "_value2member_map_", {})
    loaded_alike(data)
    monkeypatch.undo()
    monkeypatch.setattr(members, "__new__", lambda cls, value: [value])
    assert anatomy(["red"]) in loaded_alike(data)[1][1][0][1]
    monkeypatch.undo()
    monkeypatch.setattr(enum.EnumMeta, "__call__", lambda cls, value: (value, 1))
    assert anatomy(("red", 1)) in loaded_alike(data)[1][1][0][1]
    monkeypatch.undo()
    assert anatomy(Colour.RED) in loaded_alike(data)[1][1][0][1]


# --- named tuples -----------------------------------------------------------------------------------------------------

Point = collections.namedtuple("Point", "x y")
Defaulted = collections.namedtuple("Defaulted", "x y z", defaults=[5, 6])
Renamed = collections.namedtuple("Renamed", ["x", "class", "x"], rename=True)
Single = collections.namedtuple("Single", "x")
Nothing = collections.namedtuple("Nothing", "")


class Typed(NamedTuple):
    x: int
    y: str = "y"

    def doubled(self) -> int:
        return self.x * 2


class Subclass(Point):
    """With a `__dict__`."""


class Slotted(Point):
    __slots__ = ()


class Normal(Point):
    def __new__(cls, x: int, y: int) -> Any:
        return super().__new__(cls, x * 2, y)


class Initial(Point):
    def __init__(self, x: int, y: int) -> None:
        self.sum = x + y


class TupleMeta(type):
    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        return ["by metaclass", arguments, options]


class MetaPoint(Point, metaclass=TupleMeta):
    pass


class OtherFields(Point):
    _fields = ("y", "x")


FIELDS: list[Any] = [
    {"x": 1, "y": 2},
    {"y": 2, "x": 1},
    {"x": 1},
    {},
    {"x": 1, "y": 2, "z": 3},
    {"x": 1, "z": 3},
    {"x": [1], "y": {"a": NESTED}},
    {1: 1, "y": 2},
    {None: 1, "x": 2},
    {"x": 1, "_1": 2, "_2": 3},
    {"_cls": 1, "y": 2},
    {"cls": 1, "self": 2},
    [1, 2],
    [["x", 1], ["y", 2]],
    "xy",
    None,
]


@pytest.mark.parametrize(
    "kind",
    [Point, Defaulted, Renamed, Single, Nothing, Typed, Subclass, Slotted, Normal, Initial, MetaPoint, OtherFields],
    ids=lambda kind: kind.__name__,
)
def test_named_tuples_of_all_kinds(kind: Any) -> None:
    for fields in FIELDS:
        for code in range(6):
            loaded_alike(thrice(own(kind.__name__, fields, code)))
    if kind is not MetaPoint:
        carried_alike([kind(*range(len(kind._fields)))] * 3)


def twice_the_key(code: int, name: str) -> bytes:
    """A map that has `x` twice, which no dict can be written as."""
    body = b"\x93" + packed(HERE) + packed(name) + b"\x83\xa1x\x01\xa1y\x02\xa1x\x03"
    one = b"\xc8" + len(body).to_bytes(2, "big") + bytes([code]) + body
    return b"\x93" + one * 3


@pytest.mark.parametrize("name", ["Point", "Typed", "Coordinates", "nothing"])
def test_a_key_that_comes_twice_counts_once(name: str) -> None:
    for code in range(6):
        loaded_alike(twice_the_key(code, name))


def test_keys_that_are_no_strings() -> None:
    for key in ([1], {"a": 1}, [[]], [{"a": 1}], NESTED):
        body = b"\x93" + packed(HERE) + packed("Point") + b"\x82\xa1x\x01" + packed(key) + b"\x02"
        one = b"\xc8" + len(body).to_bytes(2, "big") + b"\x02" + body
        loaded_alike(packed([own("Point", {"x": 1, "y": 2})])[:1] + one)
        loaded_alike(b"\x93" + packed(own("Point", {"x": 1, "y": 2})) + one * 2)


Changed = collections.namedtuple("Changed", "x y")
"""One that is changed."""


def test_a_constructor_that_was_replaced_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    data = thrice(own("Changed", {"x": 1, "y": 2}))
    original: Any = Changed.__new__
    loaded_alike(data)
    monkeypatch.setattr(Changed, "__new__", lambda cls, x, y: original(cls, y, x))
    assert anatomy(original(Changed, 2, 1)) in loaded_alike(data)[1][1][0][1]
    monkeypatch.undo()
    monkeypatch.setattr(original, "__code__", (lambda _cls, x, y: (x, y, 3)).__code__)
    assert anatomy((1, 2, 3)) in loaded_alike(data)[1][1][0][1]
    monkeypatch.undo()
    monkeypatch.setattr(Changed, "__init__", lambda self, x, y: made.append(x), raising=False)
    made: list[int] = []
    loaded_alike(data)
    assert made == [1] * 12
    monkeypatch.undo()
    assert anatomy(original(Changed, 1, 2)) in loaded_alike(data)[1][1][0][1]


# --- dataclasses ------------------------------------------------------------------------------------------------------


@dataclass
class Plain:
    a: int
    b: str = "b"


@dataclass
class Coordinates:
    x: int
    y: int


@dataclass(frozen=True)
class Frozen:
    a: int
    b: str = "b"


@dataclass(slots=True)
class Slots:
    a: int
    b: list[int] = field(default_factory=lambda: [1])


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenSlots:
    a: int
    b: int = 2


@dataclass
class Keyword:
    a: int
    _: dataclasses.KW_ONLY
    b: int = 2
    c: int


@dataclass
class Posted:
    a: int
    b: int = 2

    def __post_init__(self) -> None:
        self.b = self.a * 10
        self.extra = "x"


@dataclass
class PostRaises:
    a: int
    b: int = 2

    def __post_init__(self) -> None:
        raise {1: ValueError, 2: KeyboardInterrupt}.get(self.a, TypeError)("post")


@dataclass
class WithInitVar:
    a: int
    b: InitVar[int] = 2

    def __post_init__(self, b: int) -> None:
        self.sum = self.a + b


@dataclass
class NotInit:
    a: int
    b: int = field(init=False, default=3)


@dataclass
class NoInit:
    a: int = 1
    b: int = 2

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)


@dataclass(init=False)
class NoInitAtAll:
    a: int = 1
    b: int = 2


@dataclass
class Setting:
    a: int
    b: int = 2

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, [value])


@dataclass
class Making:
    a: int
    b: int = 2

    def __new__(cls, *arguments: Any, **given: Any) -> Any:
        new = object.__new__(cls)
        new.made = True
        return new


class Undecorated(Plain):
    pass


@dataclass
class Extended(Plain):
    c: int = 3


@dataclass
class Abstract(abc.ABC):
    a: int
    b: int = 2

    @abc.abstractmethod
    def work(self) -> None: ...


@dataclass
class Concrete(Abstract):
    def work(self) -> None: ...


@dataclass
class Parametrised(Generic[T]):
    a: T
    b: int = 2


@dataclass
class FailureError(Exception):
    a: int
    b: int = 2


@dataclass
class Listing(list[int]):
    a: int
    b: int = 2


@dataclass
class Itself:
    self: int
    b: int = 2


@dataclass
class Shared:
    limit: ClassVar[int] = 5
    a: int = 1
    b: int = 2


class Doubling:
    """A descriptor that is also a field's default."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"_{name}"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return 1 if instance is None else getattr(instance, self.name)

    def __set__(self, instance: Any, value: int) -> None:
        if value == 7:
            raise ValueError("seven")
        setattr(instance, self.name, value * 2)


@dataclass
class Described:
    a: int
    b: Doubling = Doubling()


class DataMeta(type):
    def __call__(cls, *arguments: Any, **given: Any) -> Any:
        new = super().__call__(*arguments, **given)
        new.by_metaclass = True
        return new


@dataclass
class ByMeta(metaclass=DataMeta):
    a: int
    b: int = 2


@dataclass(eq=False)
class Watched:
    a: int
    b: int = 2

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, name)


KINDS: list[Any] = [
    *(
        Plain,
        Coordinates,
        Frozen,
        Slots,
        FrozenSlots,
        Keyword,
        Posted,
        PostRaises,
        WithInitVar,
        NotInit,
        NoInit,
        NoInitAtAll,
    ),
    *(
        Setting,
        Making,
        Undecorated,
        Extended,
        Abstract,
        Concrete,
        Parametrised,
        FailureError,
        Listing,
        Itself,
        Shared,
        Described,
    ),
    *(ByMeta, Watched),
]
GIVEN: list[Any] = [
    {"a": 1, "b": 2},
    {"b": 2, "a": 1},
    {"a": 3},
    {"a": 3, "b": 7},
    {"a": 2, "b": 2},
    {"b": 2},
    {},
    {"a": 1, "b": 2, "c": 3},
    {"a": 1, "b": 2, "d": 4},
    {"self": 1, "b": 2},
    {"x": 1, "y": 2},
    {"a": [1], "b": NESTED},
    {1: 1, "b": 2},
    [["a", 1], ["b", 2]],
    None,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_dataclasses_of_all_kinds(kind: Any) -> None:
    for given in GIVEN:
        for code in (0, 1, 2, 4, 5):
            loaded_alike(thrice(own(kind.__name__, given, code)))


@pytest.mark.parametrize("change", ["__init__", "__post_init__", "__setattr__", "a", "code", "__new__"])
def test_a_dataclass_that_was_changed_is_made_by_its_constructor(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = dataclasses.make_dataclass("Fresh", ["a", "b"], namespace={"__post_init__": lambda self: None})
    monkeypatch.setattr(sys.modules[HERE], "Fresh", fresh, raising=False)
    data = thrice(own("Fresh", {"a": 1, "b": 2}))
    before = loaded_alike(data)
    patch = pytest.MonkeyPatch()

    def set_twice(self: Any, name: str, value: Any) -> None:
        object.__setattr__(self, name, (value, value))

    init: Any = fresh.__init__
    replaced: dict[str, Any] = {
        "__init__": lambda self, a, b: self.__dict__.update(z=a),
        "__post_init__": lambda self: self.__dict__.update(posted=1),
        "__setattr__": set_twice,
        "__new__": lambda cls, a, b: [a, b],
        "a": property(lambda self: 5, lambda self, value: None),
    }
    if change == "code":
        patch.setattr(init, "__code__", (lambda self, a, b: self.__dict__.update(coded=1)).__code__)
    else:
        patch.setattr(fresh, change, replaced[change], raising=False)
    assert loaded_alike(data) != before
    patch.undo()
    # Python's own doing: a class that had a `__new__` refuses arguments from then on.
    assert (loaded_alike(data) == before) == (change != "__new__")


def test_an_interrupt_and_a_send() -> None:
    carried_alike([Interrupt("a", id="i"), Interrupt({"a": [1]}, id="j"), Send("n", 1), Send("n", {"a": 1})] * 2)
    for fields in ({"value": 1}, {"value": 1, "id": "i"}, {"id": "i"}, {"value": 1, "ns": ["a"]}, {"value": 1, "x": 2}):
        loaded_alike(thrice(ext(2, "langgraph.types", "Interrupt", fields)))
    for arguments in (
        [],
        ["n"],
        ["n", 1],
        ["n", 1, None],
        ["n", 1, 2.5],
        ["n", 1, "no"],
        ["n", 1, 2, 3],
        "ab",
        {"a": 1},
    ):
        loaded_alike(thrice(ext(1, "langgraph.types", "Send", arguments)))


def test_an_init_of_langgraph_that_was_replaced_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Upstream().dumps_typed([Interrupt("a", id="i")] * 3)[1]
    before = loaded_alike(data)
    monkeypatch.setattr(Interrupt, "__init__", lambda self, **given: setattr(self, "value", list(given)))
    assert loaded_alike(data) != before


# --- the standard library's own ---------------------------------------------------------------------------------------

CLOCK = {"hour": 1, "minute": 2, "second": 3, "microsecond": 4, "tzinfo": None, "fold": 0}
LIBRARY: list[Any] = [
    *(
        ext(1, "datetime", "date", items)
        for items in ([2024, 2, 29], [2023, 2, 29], [0, 1, 1], [10000, 1, 1], [2024, 300, 1])
    ),
    *(
        ext(1, "datetime", "date", items)
        for items in ([], [2024], [2024, 1], [2024, 1, 2, 3], [True, 1, 1], ["2024", 1, 1])
    ),
    *(
        ext(1, "datetime", "date", items)
        for items in ([2024.0, 1, 1], [2**63, 1, 1], [-1, 1, 1], "abc", {"year": 1}, b"abcd")
    ),
    *(
        ext(1, "datetime", "timedelta", items)
        for items in ([], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [-1, 5, 7], [1.5])
    ),
    *(
        ext(1, "datetime", "timedelta", items)
        for items in ([0, 86400, 0], [0, -1, -1], [0, 0, 10**6], [999999999, 86399, 999999])
    ),
    *(
        ext(1, "datetime", "timedelta", items)
        for items in ([10**9, 0, 0], [-(10**9), 0, 0], [2**40, 0, 0], [0, 2**40, 2**40])
    ),
    *(ext(1, "datetime", "timedelta", items) for items in ([True, 0, 0], ["1"], [[1]])),
    *(
        ext(2, "datetime", "time", CLOCK | change)
        for change in ({}, {"hour": 24}, {"fold": 1}, {"fold": 2}, {"hour": True})
    ),
    *(
        ext(2, "datetime", "time", CLOCK | change)
        for change in ({"tzinfo": 5}, {"minute": -1}, {"microsecond": 10**6}, {"x": 1})
    ),
    ext(
        2,
        "datetime",
        "time",
        CLOCK | {"tzinfo": ext(1, "datetime", "timezone", [ext(1, "datetime", "timedelta", [0, 3600, 0])])},
    ),
    ext(2, "datetime", "time", dict(reversed(CLOCK.items()))),
    ext(2, "datetime", "time", {"hour": 1}),
    ext(2, "datetime", "time", {}),
    ext(0, "datetime", "time", CLOCK),
    ext(0, "datetime", "date", [2024, 1, 1]),
    *(
        ext(3, "datetime", "datetime", text, "fromisoformat")
        for text in ("2024-01-02", "2024-01-02T03:04:05+02:00", "no", 5)
    ),
    ext(3, "datetime", "datetime", 5, "fromtimestamp"),
    ext(3, "datetime", "datetime", "2024-01-02", 5),
    *(
        ext(0, "uuid", "UUID", text)
        for text in ("0" * 32, "F" * 32, "f" * 31, "{" + "f" * 32 + "}", "g" * 32, "", 5, None)
    ),
    *(ext(0, "decimal", "Decimal", text) for text in ("1.5", "NaN", "no", "", 5, 1.5, None, [0, [1, 2], 3])),
    *(
        ext(1, "pathlib", "PosixPath", parts)
        for parts in (["/", "a"], ["a", "b"], [], ["a/b", "..", "."], [5], "ab", ["a\0b"])
    ),
    *(ext(1, "pathlib", "WindowsPath", parts) for parts in (["a"], [])),
    *(ext(1, "re", "compile", parts) for parts in (["a+", 32], ["(", 0], ["a", 10**9], [b"a", 0], [5, 0], ["a"], [])),
    *(
        ext(0, "ipaddress", "IPv4Address", text)
        for text in ("1.2.3.4", "1.2.3", "1.2.3.04", "", 5, b"abcd", -1, "1.2.3.4/8")
    ),
    *(ext(0, "ipaddress", "IPv4Network", text) for text in ("1.2.3.0/24", "1.2.3.4/24", "1.2.3.4")),
    *(
        ext(0, "ipaddress", "IPv6Address", text)
        for text in ("::1", "fe80::1%a", "::ffff:1.2.3.4", "1::2::3", "0:0::0", "1:2")
    ),
    *(ext(0, "zoneinfo", "ZoneInfo", key) for key in ("Europe/Berlin", "no/where", 5)),
    *(ext(0, "collections", "deque", items) for items in ([1, [2]], "ab", 5, [])),
    *(
        ext(6, *parts)
        for parts in (("<f8", [2], "C", bytes(16)), ("<f8", [3], "C", bytes(16)), ("no", [2], "C", bytes(16)))
    ),
    *(
        ext(6, *parts)
        for parts in ((">i2", [2, 2], "F", bytes(8)), (">i2", [2, 2], "C", bytes(8)), ("|V3", [2], "C", bytes(6)))
    ),
    *(
        ext(6, *parts)
        for parts in (("<f8", [], "C", bytes(8)), ("<f8", 2, "C", bytes(16)), ("<f8", [-1], "C", bytes(16)), ())
    ),
]


PARTS: list[Any] = [
    *(
        ["/"],
        ["/", "a", "b"],
        ["a"],
        ["a", "b.c"],
        ["/", ".."],
        ["..", "a"],
        ["//", "a"],
        ["///"],
        ["."],
        ["/", "."],
        ["a", ""],
    ),
    *(
        ["", "a"],
        ["/a"],
        ["a", "/b"],
        ["a", "/", "b"],
        ["/", "/"],
        ["a//b"],
        ["é", "東京"],
        ["a\0"],
        ["\\"],
        ["C:", "a"],
        [5, "a"],
    ),
]
ADDRESSES = [
    *(
        "0.0.0.0",
        "255.255.255.255",
        "1.2.3.4",
        "01.2.3.4",
        "1.2.3.4 ",
        "::",
        "::1",
        "1::",
        "::ffff:102:304",
        "::ffff:0:0",
        "::1.2.3.4",
    ),
    *(
        "1:0:0:1::1",
        "1:0:1:1:1:1:1:1",
        "FE80::1",
        "fe80::1%1",
        "fe80::1%",
        "1:2:3:4:5:6:7:8",
        "1::2:3:4:5:6:7",
        "0:0:0:0:0:0:0:0",
    ),
]


def test_paths_and_addresses_are_made_of_the_same_parts() -> None:
    for kind in ("PosixPath", "PurePosixPath", "Path", "PureWindowsPath"):
        for parts in PARTS:
            loaded_alike(thrice(ext(1, "pathlib", kind, parts)))
    for kind in ("IPv4Address", "IPv6Address", "IPv4Interface", "IPv6Network"):
        for text in ADDRESSES:
            loaded_alike(thrice(ext(0, "ipaddress", kind, text)))
            loaded_alike(thrice(ext(1, "ipaddress", kind, [text])))
    path, sides = pathlib.Path("/tmp_a/b"), [one() for one in (Upstream, Rust)]
    for typed in (sides[0].dumps_typed([path] * 3), sides[0].dumps_typed([pathlib.Path("tmp_c")] * 3)):
        expected, actual = (attributes(side.loads_typed(typed)[2]) for side in sides)
        assert actual == expected
        for first, second in zip(*(side.loads_typed(typed)[1].parts for side in sides), strict=True):
            assert first is second, "parts are interned"


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (ipaddress.IPv4Address, "__init__", lambda self, text: setattr(self, "_ip", 7)),
        (ipaddress.IPv4Address, "_ip_int_from_string", classmethod(lambda cls, text: 8)),
        (ipaddress._BaseV4, "_parse_octet", classmethod(lambda cls, text: 9)),
        (ipaddress.IPv6Address, "_split_scope_id", staticmethod(lambda text: ("::5", "scope"))),
        (ipaddress._BaseV6, "_parse_hextet", classmethod(lambda cls, text: 10)),
        (pathlib.PurePath, "_from_parts", classmethod(lambda cls, args: list(args))),
        (pathlib.PurePath, "_parse_args", classmethod(lambda cls, args: ("", "", ["parsed"]))),
        (getattr(pathlib, "_posix_flavour", None), "parse_parts", lambda parts: ("", "", ["by the flavour"])),
        (getattr(pathlib, "_PosixFlavour", None), "splitroot", lambda self, part, sep="/": ("", "", "x" + part)),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:30]),
)
def test_a_constructor_of_the_library_that_was_replaced_is_called(
    owner: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if owner is None or not hasattr(owner, name):
        # Python 3.12 has no flavours, and its paths are made by their constructor.
        assert sys.version_info >= (3, 12)
        return
    values = [pathlib.PosixPath("/a/b"), ipaddress.ip_address("1.2.3.4"), ipaddress.ip_address("::1:2")]
    data = Upstream().dumps_typed(values * 3)[1]
    before = loaded_alike(data)
    monkeypatch.setattr(owner, name, value)
    assert loaded_alike(data) != before
    monkeypatch.undo()
    assert loaded_alike(data) == before


@pytest.mark.parametrize("one", LIBRARY, ids=lambda one: repr(one.data)[:60] if hasattr(one, "data") else None)
def test_the_standard_librarys_classes(one: Any) -> None:
    for allowed in (True, None):
        loaded_alike(thrice(one), allowed_msgpack_modules=allowed)


@pytest.mark.parametrize("name", ["date", "timedelta", "time", "datetime"])
def test_a_class_in_the_place_of_the_librarys_is_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [datetime.date(2024, 1, 2), datetime.timedelta(1), datetime.time(1), datetime.datetime(2024, 1, 2)]
    data = Upstream().dumps_typed(values * 3)[1]
    before = loaded_alike(data)
    base = getattr(datetime, name)
    monkeypatch.setattr(datetime, name, type(name, (base,), {"__repr__": lambda self: "in its place"}))
    assert loaded_alike(data) != before
    monkeypatch.undo()
    assert loaded_alike(data) == before


def test_a_uuid_class_that_was_changed_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Upstream().dumps_typed([uuid.UUID(int=5)] * 3)[1]
    before = loaded_alike(data)
    original = uuid.UUID.__init__
    monkeypatch.setattr(uuid.UUID, "__init__", lambda self, text: original(self, int=1))
    assert loaded_alike(data) != before


# --- what changes while a document is read ----------------------------------------------------------------------------


class Acts:
    """Does something when it is made; `deeds` says what."""

    deeds: ClassVar[dict[str, Callable[[], None]]] = {}

    def __init__(self, deed: str) -> None:
        self.deeds[deed]()

    def __repr__(self) -> str:
        return "Acts()"


def after(deed: Callable[[], None], undo: Callable[[], None], one: Any, **options: Any) -> list[Any]:
    """What a document comes to on both sides whose objects are made thrice before and thrice after a deed in it."""
    data = packed([*[one] * 3, own("Acts", "now", 0), *[one] * 3])
    sides = []
    for side in (Upstream, Rust):
        Acts.deeds["now"] = deed
        try:
            sides.append(seen(partial(side(**options).loads_typed, ("msgpack", data))))
        finally:
            undo()
    assert sides[1] == sides[0]
    items: list[Any] = sides[0][0][1][1]
    return [items[0], items[-1]]


POINT = own("Point", {"x": 1, "y": 2})


def changing(owner: Any, name: str, value: Any) -> tuple[Callable[[], None], Callable[[], None]]:
    patch = pytest.MonkeyPatch()
    return (lambda: patch.setattr(owner, name, copy.copy(value))), patch.undo


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (sys.modules[HERE], "Point", lambda x, y: ["another", x, y]),
        (Typed, "__new__", lambda cls, x, y: ["anew", x, y]),
        (_msgpack, "SAFE_MSGPACK_TYPES", frozenset()),
        (importlib, "import_module", lambda name: types.SimpleNamespace(Point=lambda x, y: "imported")),
        (jsonplus, "_warned_unregistered_types", set()),
        (jsonplus, "emit_serde_event", lambda event: None),
        (event_hooks, "_listeners", [lambda event: None]),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_change_is_noticed_while_a_document_is_read(owner: Any, name: str, value: Any) -> None:
    point = own("Typed", {"x": 1, "y": 2}) if owner is Typed else POINT
    for one in (point, ext(0, "builtins", "set", [1])):
        for allowed in (True, None):
            deed, undo = changing(owner, name, value)
            after(deed, undo, one, allowed_msgpack_modules=allowed)
    deed, undo = changing(owner, name, value)
    first, last = after(deed, undo, point)
    assert (first != last) == (name in ("Point", "__new__", "import_module"))


def test_a_gate_that_is_narrowed_while_a_document_is_read() -> None:
    deed, undo = changing(_msgpack, "SAFE_MSGPACK_TYPES", frozenset({(HERE, "Acts")}))
    strict = {"allowed_msgpack_modules": [(HERE, "Acts")]}
    first, last = after(deed, undo, ext(0, "builtins", "set", [1]), **strict)
    assert first == anatomy({1})
    assert last == anatomy([1])


def test_another_module_in_its_place_while_a_document_is_read() -> None:
    other = types.ModuleType(HERE)
    vars(other).update(vars(sys.modules[HERE]), Point=lambda x, y: "of the other module")
    patch = pytest.MonkeyPatch()
    first, last = after(lambda: patch.setitem(sys.modules, HERE, other), patch.undo, POINT)
    assert first != last


def test_a_module_that_answers_by_itself_while_a_document_is_read() -> None:
    class Answering(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            return (lambda x, y: "answered") if name == "Point" else super().__getattribute__(name)

    deed, undo = changing(sys.modules[HERE], "__class__", Answering)
    first, last = after(deed, undo, POINT)
    assert first != last


def test_an_allowlist_that_changes_while_a_document_is_read() -> None:
    for sides in (Upstream, Rust):
        serializer = sides(allowed_msgpack_modules=[(HERE, "Acts"), (HERE, "Point")])
        allowed: Any = serializer._allowed_msgpack_modules
        Acts.deeds["now"] = partial(allowed.discard, (HERE, "Point"))
        data = packed([POINT, POINT, own("Acts", "now", 0), POINT])
        assert anatomy(serializer.loads_typed(("msgpack", data))[-1]) == anatomy({"x": 1, "y": 2})


def test_what_was_warned_of_is_forgotten_while_a_document_is_read() -> None:
    def forget() -> None:
        for name in SEEN:
            getattr(jsonplus, name).clear()

    after(forget, lambda: None, POINT)
    after(forget, lambda: None, POINT, allowed_msgpack_modules=[(HERE, "Acts")])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("name", ["emit_serde_event", "_warn_once"])
def test_events_and_warnings_that_raise(error: type[BaseException], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*arguments: Any) -> None:
        raise error("told")

    monkeypatch.setattr(jsonplus, name, raises)
    for one in (POINT, own("Colour", "red", 0), own("Plain", {"a": 1, "b": 2}), ext(0, "builtins", "set", [1])):
        loaded_alike(thrice(one))
        loaded_alike(thrice(one), allowed_msgpack_modules=None)


# --- that it is so, and that it is noticed where it is not -----------------------------------------------------------


def python_calls(value: Any) -> int:
    serializer, typed = Rust(), Upstream().dumps_typed(value)
    serializer.loads_typed(typed)
    before = counters()["decoded"]["python"]["constructor"]
    serializer.loads_typed(typed)
    return counters()["decoded"]["python"]["constructor"] - before


def test_known_constructors_are_not_called() -> None:
    day = datetime.date(2024, 1, 2)
    known = [Colour.RED, Number.ONE, Point(1, 2), Typed(1), Plain(1), Frozen(1), Slots(1), FrozenSlots(a=1), day]
    assert [python_calls(value) for value in known] == [0] * len(known)
    called = [Normal(1, 2), NoInit(a=1, b=2), Setting(1), Making(1), WithInitVar(1)]
    assert [python_calls(value) for value in called] == [1] * len(called)


def test_a_class_can_be_collected() -> None:
    module: Any = types.ModuleType("tests_short_lived")
    sys.modules[module.__name__] = module
    try:
        made: list[Any] = [
            dataclasses.make_dataclass("One", ["a"]),
            typing.NamedTuple("One", [("a", int)]),
            enum.Enum("One", {"A": 1}),
        ]
        gone = []
        while made:
            kind = made.pop()
            kind.__module__, module.One = module.__name__, kind
            value = kind(1)
            data = Rust().dumps_typed([value] * 3)
            assert Rust().loads_typed(data) == [value] * 3
            gone.append(weakref.ref(kind))
            del kind, value, module.One
    finally:
        del sys.modules["tests_short_lived"]
    import gc

    gc.collect()
    assert [one() for one in gone] == [None] * 3


class Careless(Rust):
    """Reads as Rust does, and then mends what it should have left."""

    fault = ""

    def loads_typed(self, data: tuple[str, Any]) -> Any:
        return self.spoilt(super().loads_typed(data))

    def spoilt(self, value: Any) -> Any:
        if isinstance(value, list):
            value = [self.spoilt(item) for item in value]
            return set(value) if self.fault == "fallback" and value == [1, 1] else value
        if self.fault == "order" and isinstance(value, set):
            items = [*value]
            items.reverse()
            return set(items)
        if self.fault == "class" and isinstance(value, Point):
            return tuple(value)
        if self.fault == "attributes" and isinstance(value, Plain):
            vars(value)["extra"] = 1
        if self.fault == "member" and isinstance(value, Colour):
            return Colour.GREEN
        if self.fault == "number" and type(value) is Decimal:
            return Decimal(str(value) + "0")
        return value


@pytest.mark.parametrize("fault", ["", "order", "class", "attributes", "member", "number"])
def test_a_careless_reader_is_noticed(fault: str) -> None:
    side = type("Side", (Careless,), {"fault": fault})
    data = thrice(
        ext(0, "builtins", "set", [0, 8, 16]),
        POINT,
        own("Plain", {"a": 1, "b": 2}),
        own("Colour", "red", 0),
        ext(0, "decimal", "Decimal", "1.5"),
    )
    if not fault:
        loaded_alike(data, side)
        return
    with pytest.raises(AssertionError):
        loaded_alike(data, side)


def test_a_gate_that_stays_silent_is_noticed() -> None:
    class Silent(Rust):
        def loads_typed(self, data: tuple[str, Any]) -> Any:
            jsonplus._warned_unregistered_types.add((HERE, "Point"))
            return super().loads_typed(data)

    with pytest.raises(AssertionError):
        loaded_alike(thrice(POINT), Silent)


def all_own() -> Iterator[type]:
    yield from (one for one in vars(sys.modules[HERE]).values() if isinstance(one, type))


def test_this_modules_classes_are_found_by_their_names() -> None:
    assert {one.__name__ for one in all_own()} >= {kind.__name__ for kind in KINDS}
