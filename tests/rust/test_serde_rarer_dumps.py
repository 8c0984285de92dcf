"""Values of whose classes upstream's duck-typed questions are answered once, against upstream.

Every list here has its objects several times: what the first answers is used for the others, unless they differ.
"""

from __future__ import annotations

import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import pathlib
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.store.base import Item
from langgraph.types import Interrupt, Send
from langgraph_rs.serde import JsonPlusSerializer as Rust
from langgraph_rs.serde import counters
from pydantic import SecretBytes, SecretStr
from serde_sides import dumped_alike

METHODS = ["model_dump", "get_secret_value", "dict", "_asdict"]


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Number(enum.IntEnum):
    ONE = 1


class Bits(enum.IntFlag):
    R = 1
    W = 2


class Own(enum.Enum):
    A = 1

    @property
    def value(self) -> Any:
        return "own"


class Raises(enum.Enum):
    A = 1

    @property
    def value(self) -> Any:
        raise KeyError("no")


@dataclass
class Plain:
    a: int = 1


@dataclass(slots=True)
class Slots:
    a: int = 1


Point = collections.namedtuple("Point", "x y")


class Typed(NamedTuple):
    x: int
    unit: str = "y"


class WithDict(Point):
    pass


class OwnAsDict(Point):
    __slots__ = ()

    def _asdict(self) -> Any:
        return {"own": 1}


class OwnFields(Point):
    __slots__ = ()
    _fields = ("y", "x")


class MoreFields(Point):
    __slots__ = ()
    _fields = ("y", "x", "z")


class OddFields(Point):
    __slots__ = ()
    _fields = ["y", 1]  # noqa: RUF012


class OwnIteration(Point):
    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return iter([7, 8])


class OwnSecret(SecretStr):
    def get_secret_value(self) -> str:
        return "own"


class NoSecret(SecretStr):
    get_secret_value = None  # type: ignore[assignment]


class SecretAndDict:
    def get_secret_value(self) -> Any:
        return {"a": 1}

    def dict(self) -> Any:
        return {"b": 2}


class OwnPath(type(pathlib.Path())):  # type: ignore[misc]
    pass


class OwnUUID(uuid.UUID):
    pass


class OwnAddress(ipaddress.IPv4Address):
    def __str__(self) -> str:
        return "own"


class Moment(datetime.datetime):
    pass


class Answers:
    def __getattr__(self, name: str) -> Any:
        if name == "dict":
            return lambda: {"a": 1}
        raise AttributeError(name)


class Lies:
    @property
    def __class__(self) -> Any:
        return uuid.UUID

    hex = "f" * 32


class OwnGetattribute(enum.Enum):
    A = 1

    def __getattribute__(self, name: str) -> Any:
        if name == "model_dump":
            return lambda: {"asked": 1}
        return object.__getattribute__(self, name)


class NamingMeta(enum.EnumMeta):
    count = 0

    @property
    def __name__(cls) -> str:
        NamingMeta.count += 1
        return f"name {NamingMeta.count}"


class Named(enum.Enum, metaclass=NamingMeta):
    A = 1


class ModuleMeta(enum.EnumMeta):
    count = 0

    @property
    def __module__(cls) -> Any:
        ModuleMeta.count += 1
        return f"module {ModuleMeta.count}"


class Snapshot(_DeltaSnapshot):
    pass


MOMENT = datetime.datetime(2024, 1, 2)
OBJECTS: dict[str, Callable[[], Any]] = {
    "enum": lambda: Colour.RED,
    "int enum": lambda: Number.ONE,
    "flags": lambda: Bits.R | Bits.W,
    "enum with a value of its own": lambda: Own.A,
    "enum whose value raises": lambda: Raises.A,
    "enum with __getattribute__": lambda: OwnGetattribute.A,
    "dataclass": Plain,
    "dataclass with slots": Slots,
    "named tuple": lambda: Point(1, [2]),
    "typed tuple": lambda: Typed(1, "x"),
    "named tuple with __dict__": lambda: WithDict(1, 2),
    "named tuple with _asdict": lambda: OwnAsDict(1, 2),
    "named tuple with other _fields": lambda: OwnFields(1, 2),
    "named tuple with more _fields": lambda: MoreFields(1, 2),
    "named tuple with odd _fields": lambda: OddFields(1, 2),
    "named tuple with __iter__": lambda: OwnIteration(1, 2),
    "named tuple that is too short": lambda: tuple.__new__(Point, [1]),
    "named tuple that is too long": lambda: tuple.__new__(Point, [1, 2, 3]),
    "secret": lambda: SecretStr("s"),
    "secret bytes": lambda: SecretBytes(b"s"),
    "secret of a subclass": lambda: OwnSecret("s"),
    "secret that is none": lambda: NoSecret("s"),
    "secret and dict": SecretAndDict,
    "path": lambda: pathlib.Path("/a/b"),
    "pure path": lambda: pathlib.PurePosixPath("/a/b"),
    "path of a subclass": lambda: OwnPath("a"),
    "uuid": lambda: uuid.UUID(int=5),
    "uuid of a subclass": lambda: OwnUUID(int=5),
    "address": lambda: ipaddress.ip_address("1.2.3.4"),
    "address of a subclass": lambda: OwnAddress("1.2.3.4"),
    "v6 address": lambda: ipaddress.ip_address("fe80::1%a"),
    "network": lambda: ipaddress.ip_network("1.2.3.0/24"),
    "v6 network": lambda: ipaddress.ip_network("1::/24"),
    "interface": lambda: ipaddress.ip_interface("1.2.3.4/24"),
    "decimal of a subclass": lambda: type("D", (decimal.Decimal,), {})("1.5"),
    "pattern": lambda: re.compile("a+", re.I),
    "moment of a subclass": lambda: Moment(2024, 1, 2),
    "delta of a subclass": lambda: type("T", (datetime.timedelta,), {})(1),
    "set of a subclass": lambda: type("S", (set,), {})({1}),
    "send": lambda: Send("n", 1),
    "interrupt": lambda: Interrupt("a", id="i"),
    "item": lambda: Item(value={}, key="k", namespace=("n",), created_at=MOMENT, updated_at=MOMENT),
    "snapshot": lambda: _DeltaSnapshot(1),
    "snapshot of a subclass": lambda: Snapshot(1),
    "exception": lambda: ValueError("x"),
    "answers by __getattr__": Answers,
    "lies about its class": Lies,
    "a class": lambda: Colour,
    "a function": lambda: len,
    "object": object,
    "class of a module that is no text": type("X", (Plain,), {"__module__": "\ud800"}),
    "class of an odd module": type("X", (Plain,), {"__module__": 5}),
    "class of no module": type("X", (Plain,), {"__module__": None}),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_of_all_kinds(name: str) -> None:
    make = OBJECTS[name]
    dumped_alike(make())
    one = make()
    dumped_alike([one, make(), one, make()])
    dumped_alike({"a": one, "b": (make(), [one])})


ADDRESSES = [
    "0.0.0.0",
    "255.255.255.255",
    "1.2.3.4",
    "::",
    "::1",
    "1::",
    "::ffff:102:304",
    "::ffff:0:0",
    "::1.2.3.4",
    "fe80::1%1",
]
ADDRESSES += ["1:0:0:1::1", "1:0:1:1:1:1:1:1", "1:2:3:4:5:6:7:8", "1::2:3:4:5:6:7", "2001:db8::a:b", "64:ff9b::1"]


def test_addresses_are_written_as_they_write_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [ipaddress.ip_address(text) for text in ADDRESSES]
    values += [
        ipaddress.ip_address(0x0001_0000_0000_FFFF_0000_0000_0000_0001 << shift & 2**128 - 1) for shift in range(128)
    ]
    assert dumped_alike(values * 2)
    odd = ipaddress.ip_address("1.2.3.4")
    for bits in (-1, 2**32, 2**128, "1", None, True):
        odd._ip = bits  # type: ignore[union-attr]
        dumped_alike([values[0], odd])
    del odd._ip  # type: ignore[union-attr]
    dumped_alike([values[0], odd])
    before = dumped_alike(values)
    for owner, name, value in (
        (ipaddress.IPv4Address, "__str__", lambda self: "own"),
        (ipaddress.IPv6Address, "__str__", lambda self: "own"),
        (ipaddress._BaseV4, "_string_from_ip_int", classmethod(lambda cls, bits: "own")),
        (ipaddress._BaseV6, "_compress_hextets", classmethod(lambda cls, hextets: ["own"])),
        (ipaddress._BaseAddress, "__str__", lambda self: "own"),
        (ipaddress.IPv4Address, "_ip", property(lambda self: 5)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, value, raising=False)
            assert dumped_alike(values) != before
        assert dumped_alike(values) == before


def test_a_metaclass_that_tells_another_name_every_time() -> None:
    def work(side: Any) -> Any:
        NamingMeta.count = ModuleMeta.count = 0
        return side().dumps_typed([Named.A, Named.A, Named.A])

    assert work(Rust) == work(Upstream)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", [lambda: {"own": 1}, 5, None, lambda: 1 / 0], ids=["dict", "5", "None", "raises"])
@pytest.mark.parametrize("name", ["enum", "dataclass", "named tuple with __dict__", "path of a subclass", "secret"])
def test_an_object_with_a_method_of_its_own(name: str, method: str, answer: Any) -> None:
    if name == "enum":
        own: Any = enum.Enum("Fresh", {"A": 1})
        own.__module__, odd = __name__, own.B if hasattr(own, "B") else own.A
        others: list[Any] = [Colour.RED, Colour.GREEN]
    else:
        odd, others = OBJECTS[name](), [OBJECTS[name](), OBJECTS[name]()]
    dumped_alike([*others, odd])
    try:
        setattr(odd, method, answer)
    except AttributeError:
        object.__setattr__(odd, method, answer)
    dumped_alike([*others, odd, *others, odd])
    dumped_alike([odd, *others])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["Colour", "Plain", "Slots", "Point", "SecretStr", "PosixPath", "IPv4Address", "Own"])
def test_a_class_that_is_given_a_method(name: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owners: dict[str, tuple[type, Any]] = {
        "Colour": (Colour, Colour.RED),
        "Plain": (Plain, Plain()),
        "Slots": (Slots, Slots()),
        "Point": (Point, Point(1, 2)),
        "SecretStr": (SecretStr, SecretStr("s")),
        "PosixPath": (pathlib.PosixPath, pathlib.Path("a")),
        "IPv4Address": (ipaddress.IPv4Address, ipaddress.ip_address("1.2.3.4")),
        "Own": (enum.Enum, Own.A),
    }
    owner, value = owners[name]
    before = dumped_alike([value, value])
    for answer in (lambda self: {"own": 1}, property(lambda self: lambda: {"property": 1}), 5):
        with monkeypatch.context() as patch:
            # A metaclass may refuse what an enum is given.
            patch.setattr(owner, method, answer, raising=False)
            dumped_alike([value, value])
        assert dumped_alike([value, value]) == before


def test_a_class_that_gets_another_name() -> None:
    @dataclass
    class Fresh:
        a: int = 1

    for name in ("Fresh", "Another", "Other", "Fresh", "Longer than it was before", "é"):
        Fresh.__name__ = name
        dumped_alike([Fresh(), Fresh()])
        Fresh.__module__ = f"module {name}"
        dumped_alike([Fresh(), Fresh()])


def test_a_class_that_gets_another_name_while_its_objects_are_written() -> None:
    def work(side: Any) -> Any:
        class Renames(enum.Enum):
            A = 1

            @property
            def value(self) -> Any:
                Renames.__name__ = f"{Renames.__name__}x"
                return 1

        return side().dumps_typed([Renames.A] * 5)

    assert work(Rust) == work(Upstream)


def test_a_class_that_changes_while_its_objects_are_written() -> None:
    def work(side: Any) -> Any:
        class Changes(enum.Enum):
            A = 1

            @property
            def value(self) -> Any:
                Changes.dict = lambda self: {"changed": 1}  # type: ignore[attr-defined]
                return 1

        return side().dumps_typed([Changes.A] * 3)

    assert work(Rust) == work(Upstream)


def test_an_asdict_that_is_given_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh: Any = collections.namedtuple("fresh", "x y")
    values = [fresh(1, 2), fresh(3, 4)]
    before = dumped_alike(values)
    code = copy.copy(fresh._asdict.__code__)

    def maker() -> Any:
        _dict, _zip = dict, zip
        return lambda self: _dict(_zip("ab", self))

    monkeypatch.setattr(fresh._asdict, "__code__", maker().__code__)
    assert dumped_alike(values) != before
    monkeypatch.setattr(fresh._asdict, "__code__", code)
    assert dumped_alike(values) == before


def test_fields_that_cannot_be_written() -> None:
    for bad in (object(), 2**64, "\ud800", {object(): 1}):
        dumped_alike([Point(1, bad)])
        dumped_alike([Point(1, Point(bad, 1)), Plain(bad)])
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    dumped_alike([Point(1, deep)])


# --- that it is so, and that it is noticed where it is not -----------------------------------------------------------


def python_calls(value: Any, reason: str) -> int:
    serializer = Rust()
    serializer.dumps_typed(value)
    before = counters()["encoded"]["python"][reason]
    serializer.dumps_typed(value)
    return counters()["encoded"]["python"][reason] - before


def test_a_named_tuple_is_written_by_its_fields() -> None:
    # New ones: a class that was changed often is not looked at again.
    fresh: Any = collections.namedtuple("fresh", "x y")
    assert python_calls([fresh(1, 2), Typed(1)], "_asdict()") == 0
    assert python_calls([WithDict(1, 2), OwnAsDict(1, 2), OwnIteration(1, 2)], "_asdict()") == 3


class Careless(Rust):
    """Writes as Rust does, but something else."""

    fault = ""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        if self.fault == "class" and isinstance(obj, Point):
            obj = Typed(*obj)
        if self.fault == "own method" and dataclasses.is_dataclass(obj):
            vars(obj).pop("dict", None)
        if self.fault == "value" and isinstance(obj, enum.Enum):
            obj = Colour.GREEN
        return super().dumps_typed(obj)


@pytest.mark.parametrize("fault", ["class", "own method", "value"])
def test_a_careless_writer_is_noticed(fault: str) -> None:
    side = type("Side", (Careless,), {"fault": fault})
    odd: Any = Plain()
    odd.dict = lambda: {"own": 1}
    value = {"class": Point(1, 2), "own method": odd, "value": Colour.RED}[fault]
    with pytest.raises(AssertionError):
        dumped_alike(value, side)
