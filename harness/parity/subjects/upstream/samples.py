"""Sample user classes: what `cls` names in a case (`parity.subjects.upstream.samples:Name`).

They stand for what users keep in their state. Fields are `Any`, so that a class takes whatever a case gives it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pydantic
import pydantic.v1

__all__ = [
    "SUBCLASSES",
    "Account",
    "Address",
    "BytesSubclass",
    "Color",
    "DictSubclass",
    "FloatSubclass",
    "Frozen",
    "IntSubclass",
    "LegacyAddress",
    "LegacyPoint",
    "Level",
    "ListSubclass",
    "LoosePayload",
    "Mood",
    "Opaque",
    "Parcel",
    "Permission",
    "Point",
    "Profile",
    "Ratio",
    "Record",
    "SampleError",
    "Slotted",
    "StrSubclass",
    "Switch",
    "TupleSubclass",
]


class Color(enum.Enum):
    """A plain enum with values of several types."""

    RED = 1
    GREEN = "green"
    BLUE = 2.5
    NOTHING = None
    RAW = b"raw"
    PAIR = (1, 2)
    BIG = 2**63


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2**40
    NEGATIVE = -5


class Mood(str, enum.Enum):
    """A string enum as users wrote it before `enum.StrEnum`."""

    CALM = "calm"
    WILD = "wild"
    EMPTY = ""


class Ratio(float, enum.Enum):
    HALF = 0.5
    ONE = 1.0


class Permission(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Switch(enum.IntFlag):
    A = 1
    B = 2


@dataclass
class Point:
    x: Any
    y: Any = None


@dataclass(frozen=True)
class Frozen:
    key: Any
    value: Any = field(default=None)


@dataclass
class Slotted:
    __slots__ = ("left", "right")
    left: Any
    right: Any


class Record(NamedTuple):
    name: Any
    score: Any = None


class Parcel:
    """A plain class with the two attributes of upstream's `SendProtocol`: encoded by position."""

    def __init__(self, node: Any, arg: Any) -> None:
        self.node = node
        self.arg = arg

    def __hash__(self) -> int:
        return hash(str(self.node))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parcel) and (self.node, self.arg) == (other.node, other.arg)


class Address(pydantic.BaseModel):
    street: Any
    number: Any = None


class Profile(pydantic.BaseModel):
    """A pydantic v2 model with another inside."""

    name: Any
    address: Address | None = None
    tags: list[Any] = []


class Account(pydantic.BaseModel):
    """A pydantic v2 model that keeps fields it does not know."""

    model_config = pydantic.ConfigDict(extra="allow")

    owner: Any = None


class LoosePayload(pydantic.BaseModel):
    """A pydantic v2 model without fields."""


class LegacyPoint(pydantic.v1.BaseModel):
    x: Any
    y: Any = None


class LegacyAddress(pydantic.v1.BaseModel):
    """A pydantic v1 model with another inside."""

    street: Any
    point: LegacyPoint | None = None


class SampleError(Exception):
    """An exception of a user's own."""


class Opaque:
    """An instance of this cannot be serialised."""


class StrSubclass(str):
    __slots__ = ()


class IntSubclass(int):
    pass


class ListSubclass(list):  # type: ignore[type-arg]
    pass


class DictSubclass(dict):  # type: ignore[type-arg]
    pass


class FloatSubclass(float):
    pass


class BytesSubclass(bytes):
    pass


class TupleSubclass(tuple):  # type: ignore[type-arg]
    pass


SUBCLASSES: dict[str, type] = {
    "str": StrSubclass,
    "int": IntSubclass,
    "list": ListSubclass,
    "dict": DictSubclass,
    "float": FloatSubclass,
    "bytes": BytesSubclass,
    "tuple": TupleSubclass,
}
"""The plain subclass of each built-in that a `subclass` value is an instance of."""
