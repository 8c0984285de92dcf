"""Models that hold models: written from their fields and made of them where pydantic would do nothing else."""

from __future__ import annotations

import gc
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import ormsgpack
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.serde.event_hooks import register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer
from model_sides import anatomy, called, envelope, outcome, read, replaced, shared, variants, written
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    PrivateAttr,
    RootModel,
    SerializeAsAny,
    SkipValidation,
    Strict,
    StringConstraints,
    Tag,
    WrapValidator,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from typing_extensions import NotRequired, TypedDict

T = TypeVar("T")


class Text(str):
    """A string, and not exactly one."""


class Step(BaseModel):
    name: str
    cost: float = 0.5
    tags: list[str] = []


class State(BaseModel):
    question: str
    answer: str | None = None
    attempts: int = 0
    scores: dict[str, float] = {}
    steps: list[Step] = []


class Point(BaseModel):
    x: int
    y: int


class Many(BaseModel):
    """More fields than a set of the smallest size has room for."""

    a: int = 1
    b: int = 2
    c: int = 3
    d: int = 4
    e: int = 5
    f: int = 6
    g: int = 7


class Empty(BaseModel):
    pass


class Record(TypedDict):
    x: NotRequired[int]
    point: Point


class Keeps(BaseModel):
    """Keeps what it has no field for."""

    model_config = ConfigDict(extra="allow")
    a: int = 1


class Refuses(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 1


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)
    a: int = 1
    point: Point


class Base(BaseModel):
    a: int = 1


class Derived(Base):
    b: int = 2


class Mixin:
    kind = "mixed"


class Mixed(Mixin, BaseModel):
    a: int = 1


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Left(BaseModel):
    right: Right | None = None


class Right(BaseModel):
    left: Left | None = None


class Pair(BaseModel, Generic[T]):
    first: T
    second: T


class Everything(BaseModel):
    one: Point
    perhaps: Point | None = None
    listed: list[Point] = []
    named: dict[str, Point] = {}
    lists: list[list[Point]] = []
    deep: dict[str, list[dict[str, Point]]] = {}
    tupled: tuple[Point, ...] = ()
    either: Point | int | str | None = None
    some: list[Point] | int = 0
    record: Record | None = None
    many: Many = Many()
    empty: Empty = Empty()
    keeps: Keeps = Keeps()
    refuses: Refuses = Refuses()
    frozen: Frozen | None = None
    derived: Derived = Derived()
    mixed: Mixed = Mixed()
    tree: Tree | None = None
    pair: Pair[int] | None = None
    pairs: Pair[Point] | None = None
    raw: bytes = b""
    kind: Literal["a", "b"] = "a"
    flag: bool = True
    free: Any = None
    moment: datetime = datetime(2024, 1, 1)
    moments: list[datetime] = []


def point(x: int = 1) -> Point:
    return Point(x=x, y=2)


def everything(**fields: Any) -> Everything:
    given: dict[str, Any] = {
        "one": point(),
        "perhaps": point(2),
        "listed": [point(), point(2)],
        "named": {"a": point(), "é": point()},
        "lists": [[point()], []],
        "deep": {"k": [{"l": point()}]},
        "tupled": (point(),),
        "either": point(),
        "some": [point()],
        "record": {"x": 1, "point": point()},
        "frozen": Frozen(point=point()),
        "tree": Tree(name="t", children=[Tree(name="u")]),
        "pair": Pair[int](first=1, second=2),
        "pairs": Pair[Point](first=point(), second=point()),
        "raw": b"x",
        "free": {"a": [1, {"b": None}]},
        "moments": [datetime(2024, 1, 1, 1, 2, 3, 4), datetime(2024, 1, 1, tzinfo=timezone.utc)],
    }
    return Everything(**(given | fields))


def tree(levels: int) -> Tree:
    found = Tree(name="leaf")
    for level in range(levels):
        found = Tree(name=str(level), children=[found])
    return found


NATIVE: dict[str, Callable[[], BaseModel]] = {
    "state": lambda: State(
        question="q", scores={"a": 0.5}, steps=[Step(name=f"step {i}", tags=["a", "b"]) for i in range(10)]
    ),
    "an empty state": lambda: State(question="q"),
    "everything": everything,
    "everything left out": lambda: Everything(one=point()),
    "other choices": lambda: everything(either="text", some=5, perhaps=None, free=[]),
    "a tree": lambda: tree(12),
    "two that refer to each other": lambda: Left(right=Right(left=Left())),
    "many fields": Many,
    "no fields": Empty,
    "frozen": lambda: Frozen(point=point()),
    "derived": Derived,
    "with a mixin": Mixed,
    "a generic of models": lambda: Pair[Point](first=point(), second=point()),
    "extra allowed, none given": Keeps,
    "flat": lambda: Step(name="n"),
}


@pytest.mark.parametrize("name", NATIVE)
def test_models_in_models_are_written_and_read_as_upstream_does(name: str) -> None:
    make = NATIVE[name]
    upstream, rust = written(make)
    assert rust == upstream
    upstream, rust = read(upstream[0])
    assert rust == upstream


@pytest.mark.parametrize("name", NATIVE)
def test_without_a_call_into_python(name: str) -> None:
    value, serializer = NATIVE[name](), JsonPlusSerializer()
    typed = serializer.dumps_typed(value)
    serializer.loads_typed(typed)
    assert called("encoded", lambda: serializer.dumps_typed(value)) == {}
    assert called("decoded", lambda: serializer.loads_typed(typed)) == {}


def test_what_a_model_has_is_its_own() -> None:
    """Lists and dicts that a validator would copy, and fields' names, are shared with nothing."""
    serializer = JsonPlusSerializer()
    typed = serializer.dumps_typed(everything())
    first, second = serializer.loads_typed(typed), serializer.loads_typed(typed)
    first.listed.append(point(9))
    first.listed[0].x = 50
    first.listed[0].model_fields_set.discard("y")
    first.many.model_fields_set.clear()
    assert anatomy(second) == anatomy(serializer.loads_typed(typed)) == anatomy(Upstream().loads_typed(typed))
    assert Point(x=1, y=2).model_fields_set == {"x", "y"}


def test_a_model_that_was_read_behaves_as_any_other() -> None:
    model = JsonPlusSerializer().loads_typed(Upstream().dumps_typed(everything()))
    assert model == everything()
    assert model.model_dump() == everything().model_dump()
    assert model.model_copy(deep=True) == model
    model.one.x = 3
    assert model.one.model_dump() == {"x": 3, "y": 2}
    assert model.one.model_fields_set == {"x", "y"}
    model.keeps.more = 1
    assert model.keeps.model_extra == {"more": 1}
    with pytest.raises(ValueError, match="frozen"):
        model.frozen.a = 3
    assert weakref.ref(model.one)() is model.one
    assert gc.is_tracked(model.one)


# --- what is stored may be anything -----------------------------------------------------------------------------------

ODD: list[Any] = [
    *(None, True, 0, 5, 2**63, -1, 1.0, 1.5, "", "x", "5", "a", b"x", b""),
    *([], [1], ["a"], [None], [[]], [{}], {}, {"x": 1}, {"a": 1}, {1: 1}),
    *({"x": 1, "y": 2}, {"y": 2, "x": 1}, {"x": 1, "y": 2, "z": 3}, {"x": "1", "y": 2.0}, [{"x": 1, "y": 2}]),
    *({"name": "n"}, {"name": "n", "children": []}, {"name": "n", "cost": 1, "tags": []}),
]


def extensions() -> list[Any]:
    """Stored values that are extensions."""
    found = []
    for value in (
        datetime(2024, 1, 1),
        datetime(2024, 1, 1, tzinfo=timezone.utc),
        date(2024, 1, 1),
        timedelta(1),
        {1},
        UUID(int=1),
        Decimal(1),
        point(),
        Derived(),
        Keeps(z=1),  # type: ignore[call-arg]
        HumanMessage("x"),
    ):
        _, data = Upstream().dumps_typed(value)
        found.append(ormsgpack.unpackb(data, ext_hook=ormsgpack.Ext))
    moment = ormsgpack.packb(("datetime", "datetime", "no moment", "fromisoformat"))
    method = ormsgpack.packb(("datetime", "datetime", "2024-01-01", "fromtimestamp"))
    return [
        *found,
        ormsgpack.Ext(3, moment),
        ormsgpack.Ext(3, method),
        ormsgpack.Ext(3, b"\xc1"),
        ormsgpack.Ext(9, b""),
    ]


@pytest.mark.parametrize("name", ["state", "a tree", "many fields", "frozen", "two that refer to each other"])
def test_whatever_is_stored_in_whichever_place(name: str) -> None:
    model = NATIVE[name]() if name != "a tree" else tree(2)
    if isinstance(model, State):
        model = State(question="q", scores={"a": 0.5}, steps=[Step(name="s", tags=["a"])])
    for fields in variants(model.model_dump(), ODD + extensions()):
        upstream, rust = read(envelope(type(model), fields))
        assert rust == upstream, fields


def test_whatever_is_stored_in_a_model_of_all_kinds() -> None:
    # As stored: moments are extensions, tuples arrays.
    _, data = Upstream().dumps_typed(everything())
    stored = ormsgpack.unpackb(ormsgpack.unpackb(data, ext_hook=lambda _, data: data), ext_hook=ormsgpack.Ext)[2]
    odd = [*ODD[::3], *extensions()[::2], {"x": 1, "y": 2}]
    for number, fields in enumerate(variants(stored, odd)):
        if number % 3 == 0:
            upstream, rust = read(envelope(Everything, fields))
            assert rust == upstream, fields


def test_deep_data() -> None:
    outer, leaf = b"\x82\xa4name\xa1x\xa8children\x91", b"\x82\xa4name\xa1y\xa8children\x90"
    for levels in (*range(15, 35), 60, 90, 124):
        parts = (Tree.__module__, "Tree", ormsgpack.Fragment(outer * levels + leaf), "model_validate_json")
        upstream, rust = read(("msgpack", ormsgpack.packb(ormsgpack.Ext(5, ormsgpack.packb(parts)))))
        assert repr(rust) == repr(upstream), levels


def test_damaged_data() -> None:
    _, data = Upstream().dumps_typed(everything())
    for place in range(0, len(data), 3):
        for damaged in (data[:place], data[:place] + b"\xc1" + data[place + 1 :], data[:place] + data[place + 1 :]):
            upstream, rust = read(("msgpack", damaged))
            assert rust == upstream, place


# --- what is in the fields may be anything ----------------------------------------------------------------------------


class Zone(tzinfo):
    """A zone that keeps count of its questions."""

    asked = 0

    def __repr__(self) -> str:
        return "zone"

    def utcoffset(self, moment: Any) -> timedelta:
        Zone.asked += 1
        return timedelta(hours=1)

    def dst(self, moment: Any) -> None:
        return None

    def tzname(self, moment: Any) -> str:
        return "zone"


class BadZone(Zone):
    def utcoffset(self, moment: Any) -> timedelta:
        Zone.asked += 1
        raise ValueError("no offset")


VALUES: list[Callable[[], Any]] = [
    lambda: None,
    lambda: True,
    lambda: 7,
    lambda: 2**64,
    lambda: 1.5,
    lambda: "x",
    lambda: "\ud800",
    lambda: Text("x"),
    lambda: b"x",
    lambda: [1],
    lambda: [point()],
    lambda: [Text("a")],
    lambda: (point(),),
    lambda: {"a": 1},
    lambda: {"a": point()},
    lambda: {1: point()},
    lambda: {Text("a"): point()},
    lambda: {"a": 0.5, "b": 1},
    point,
    lambda: Point.model_construct(x="no"),
    lambda: Point.model_construct(x=1),
    Derived,
    Base,
    lambda: Keeps(z=1),  # type: ignore[call-arg]
    lambda: tree(1),
    lambda: {"x": 1, "point": point()},
    lambda: {"x": 1, "point": {"x": 1, "y": 2}},
    lambda: {"x": 1, "y": 2},
    lambda: datetime(2024, 1, 1, tzinfo=Zone()),
    lambda: datetime(2024, 1, 1, tzinfo=BadZone()),
    lambda: [datetime(2024, 1, 1, tzinfo=Zone())],
    lambda: {1, 2},
    lambda: NotImplemented,
    lambda: Step(name="n"),
]


def test_whatever_is_in_whichever_field() -> None:
    for name in Everything.model_fields:
        for value in VALUES:

            def make(name: str = name, value: Callable[[], Any] = value) -> BaseModel:
                model = everything()
                model.__dict__[name] = value()
                return model

            counts = []
            for one in (Upstream, JsonPlusSerializer):
                Zone.asked, model = 0, make()
                counts.append((outcome(lambda one=one, model=model: one().dumps_typed(model)), Zone.asked))
            assert counts[1] == counts[0], (name, value())


def test_whatever_is_in_the_fields_of_models_in_fields() -> None:
    for change in (
        lambda model, value: model.steps[0].__dict__.__setitem__("cost", value),
        lambda model, value: model.steps[-1].__dict__.__setitem__("tags", value),
        lambda model, value: model.steps[-1].__dict__.__setitem__("more", value),
        lambda model, value: model.steps[-1].__dict__.__delitem__("name"),
        lambda model, value: model.steps.append(value),
        lambda model, value: object.__setattr__(model.steps[1], "__pydantic_extra__", {"a": value}),
        lambda model, value: object.__setattr__(model.steps[1], "__pydantic_fields_set__", set()),
        lambda model, value: object.__delattr__(model.steps[1], "__pydantic_extra__"),
        lambda model, value: object.__setattr__(model.steps[1], "__dict__", {}),
        lambda model, value: model.scores.__setitem__("b", value),
        lambda model, value: model.scores.__setitem__(value, 1.0),
    ):
        for value in VALUES:

            def make(change: Any = change, value: Callable[[], Any] = value) -> BaseModel:
                model = State(question="q", scores={"a": 0.5}, steps=[Step(name="a"), Step(name="b")])
                outcome(lambda: change(model, value()))
                return model

            upstream, rust = written(make)
            assert rust == upstream, value()


class Literals(BaseModel):
    kind: Literal["first", "second"]
    kinds: list[Literal["first", "second"]] = []
    perhaps: Literal["third"] | None = None
    more: Any = None


@pytest.mark.parametrize("more", [None, datetime(2024, 1, 2)], ids=["of bytes", "of a dict"])
def test_literals_are_those_of_the_class(more: Any) -> None:
    kinds = ["".join(("fi", "rst")), "".join(("fi", "rst")), "second"]
    one = Literals.model_construct(kind="".join(("fi", "rst")), kinds=kinds, perhaps="third", more=more)
    part = Literals.model_construct(kind="second", kinds=[], perhaps="".join(("thi", "rd")), more=more)
    for value in (one, part, [one, part, one], [HumanMessage("a", id="b"), HumanMessage(["c", {"d": more}], id="e")]):
        upstream, rust = read(Upstream().dumps_typed(value))
        assert rust == upstream
    first, second = (JsonPlusSerializer().loads_typed(Upstream().dumps_typed(one)) for _ in range(2))
    assert first.kind is second.kind is first.kinds[0] is first.kinds[1]
    assert first.perhaps is second.perhaps
    assert first.kinds is not second.kinds


def test_shared_and_cyclic_models() -> None:
    def twice() -> BaseModel:
        one = point()
        return everything(one=one, perhaps=one, listed=[one, one], free=None)

    def cycle() -> BaseModel:
        found = tree(2)
        found.children[0].children[0].children.append(found)
        return found

    for make in (twice, cycle, lambda: tree(70), lambda: tree(300)):
        upstream, rust = written(make)
        assert rust == upstream
        if isinstance(upstream[0][1], bytes):
            upstream, rust = read(upstream[0])
            assert repr(rust) == repr(upstream)


# --- what disqualifies a class ----------------------------------------------------------------------------------------


class Colour(Enum):
    RED = "red"


class OwnInit(BaseModel):
    a: int = 1

    def __init__(self, **data: Any) -> None:
        super().__init__(a=data.get("a", 0) + 1)


class OwnNew(BaseModel):
    a: int = 1

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__new__(cls)
        object.__setattr__(instance, "marked", True)
        return instance


class PostInit(BaseModel):
    a: int = 1

    def model_post_init(self, context: Any) -> None:
        self.__dict__["a"] = self.a + 1


class Private(BaseModel):
    a: int = 1
    _b: list[int] = PrivateAttr(default_factory=list)


class ModelBefore(BaseModel):
    a: int = 1

    @model_validator(mode="before")
    @classmethod
    def before(cls, data: Any) -> Any:
        return {**data, "a": data["a"] + 1} if isinstance(data, dict) and "a" in data else data


class ModelAfter(BaseModel):
    a: int = 1

    @model_validator(mode="after")
    def after(self) -> Any:
        self.__dict__["a"] += 1
        return self


class ModelWrap(BaseModel):
    a: int = 1

    @model_validator(mode="wrap")
    @classmethod
    def wrap(cls, data: Any, handler: Any) -> Any:
        return handler(data)


class FieldValidated(BaseModel):
    a: int = 1

    @field_validator("a")
    @classmethod
    def more(cls, value: int) -> int:
        return value + 1


class FieldBefore(BaseModel):
    a: Annotated[int, BeforeValidator(lambda value: value + 1)] = 1


class FieldAfter(BaseModel):
    a: Annotated[int, AfterValidator(lambda value: value + 1)] = 1


class FieldWrap(BaseModel):
    a: Annotated[int, WrapValidator(lambda value, handler: handler(value) + 1)] = 1


class Strictly(BaseModel):
    model_config = ConfigDict(strict=True)
    a: float = 1.0
    b: tuple[int, ...] = ()


class FieldStrict(BaseModel):
    a: Annotated[float, Strict()] = 1.0


class Aliased(BaseModel):
    a: int = Field(default=1, alias="b")


class Choices(BaseModel):
    a: int = Field(default=1, validation_alias=AliasChoices("a", "b"))


class Serialized(BaseModel):
    a: int = 1

    @field_serializer("a")
    def negative(self, value: int) -> int:
        return -value


class WholeSerialized(BaseModel):
    a: int = 1

    @model_serializer
    def whole(self) -> dict[str, Any]:
        return {"a": 5}


class Annotation(BaseModel):
    a: Annotated[int, PlainSerializer(str)] = 1


class Computed(BaseModel):
    a: int = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return self.a * 2


class Excluded(BaseModel):
    a: int = Field(default=1, exclude=True)
    b: int = 2


class Bounded(BaseModel):
    a: int = Field(default=1, le=2)
    b: list[int] = Field(default=[], max_length=1)
    c: Annotated[str, StringConstraints(to_upper=True)] = "c"


class Stripped(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)
    a: str = " a "


class Finite(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)
    a: float = float("nan")


class Attributes(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    a: int = 1


class Revalidated(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")
    a: int = 1


class Defaulted(BaseModel):
    model_config = ConfigDict(validate_default=True)
    a: int = "5"  # type: ignore[assignment]


class Assigned(BaseModel):
    model_config = ConfigDict(validate_assignment=True)
    a: int = 1


class EnumValue(BaseModel):
    model_config = ConfigDict(use_enum_values=True)
    a: Colour = Colour.RED


class Rooted(RootModel[list[Point]]):
    pass


class Abstract(BaseModel):
    a: int = 1

    @abstractmethod
    def act(self) -> None: ...


class Finalized(BaseModel):
    a: int = 1
    log: Any = None

    def __del__(self) -> None:
        DELETED.append(self.__dict__.get("a"))


DELETED: list[Any] = []


class Watched(BaseModel):
    a: int = 1

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return {"a": 77}
        return super().__getattribute__(name)


class Dicted(BaseModel):
    a: int = 1

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        return {"a": 78}


class Setting(BaseModel):
    a: int = 1

    def __setattr__(self, name: str, value: Any) -> None:
        raise AssertionError(name)


class OwnDump(BaseModel):
    a: int = 1

    def model_dump(self, **options: Any) -> dict[str, Any]:
        return {"a": 9}


class Schemed(BaseModel):
    a: int = 1

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(lambda value: value, handler(source))


class Factory(BaseModel):
    a: list[int] = Field(default_factory=list)


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    a: int = 1


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    a: int = 1


class Meta(type(BaseModel)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        CHECKED.append(type(instance))
        return super().__instancecheck__(instance)


CHECKED: list[type] = []


class Metaclassed(BaseModel, metaclass=Meta):
    a: int = 1


def holder(annotation: Any, **options: Any) -> type[BaseModel]:
    """A model of this module with a field of this type."""
    from pydantic import create_model

    name = f"Holder{len(HOLDERS)}"
    HOLDERS[name] = globals()[name] = create_model(name, __module__=__name__, held=(annotation, ...), **options)
    return HOLDERS[name]


HOLDERS: dict[str, type[BaseModel]] = {}

SPECIAL: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        *(OwnInit, OwnNew, PostInit, Private, ModelBefore, ModelAfter, ModelWrap, FieldValidated, FieldBefore),
        *(FieldAfter, FieldWrap, Strictly, FieldStrict, Aliased, Choices, Serialized, WholeSerialized, Annotation),
        *(Computed, Excluded, Bounded, Stripped, Finite, Attributes, Revalidated, Defaulted, Assigned, EnumValue),
        *(Abstract, Finalized, Watched, Dicted, Setting, OwnDump, Schemed, Factory, Metaclassed, Keeps, Refuses),
    )
}
SPECIAL |= {
    "RootModel": Rooted,
    "two models": Cat | Dog,
    "two models, told apart": Annotated[Cat | Dog, Field(discriminator="kind")],
    "two models, told apart by a function": Annotated[
        Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(lambda value: "cat")
    ],
    "base and derived": Base | Derived,
    "left to right": Annotated[Base | Derived, Field(union_mode="left_to_right")],
    "strict": Annotated[Point, Strict()],
    "with a validator": Annotated[Point, AfterValidator(lambda value: value)],
    "with a serializer": Annotated[Point, PlainSerializer(lambda value: 5)],
    "as any": SerializeAsAny[Base],
    "not validated": SkipValidation[Point],
    "an open generic": Pair,
    "a generic of anything": Pair[Any],
    "a message": AIMessage,
    "a model or a dict": Point | dict[str, int],
    "a model or anything": Point | Any,
    "a set of models": set[Frozen],
    "a pair of models": tuple[Point, Point],
    "floats": list[float],
    "an int or a float": list[float | int],
    "a class": type[BaseModel],
}

STORED: list[Any] = [
    {"a": 1},
    {"a": 5, "b": 2},
    {"a": 1.0, "b": [1]},
    {"a": "1"},
    {"b": 3},
    {},
    {"a": 1, "kind": "cat"},
    {"kind": "cat", "a": 1},
    {"kind": "dog", "a": 1},
    {"x": 1, "y": 2},
    {"first": 1, "second": {"x": 1}},
    {"a": " a "},
    {"a": float("nan")},
    {"a": []},
    {"a": 1, "b": 2, "c": "c"},
    {"a": 1, "b": [1, 2], "c": "c"},
    {"a": 1, "log": None},
    {"a": "red"},
    [{"x": 1, "y": 2}],
    [1, 2.5],
    [{"a": 1, "point": {"x": 1, "y": 2}}],
    {"root": []},
    {"content": "x", "type": "ai"},
    {"content": "x", "content_blocks": []},
    "x",
    None,
    5,
]


@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("wrapped", [False, True], ids=["itself", "in a list"])
def test_classes_that_do_more_are_read_as_upstream_does(name: str, wrapped: bool) -> None:
    annotation = SPECIAL[name]
    cls = holder(list[annotation] if wrapped else annotation)
    for stored in STORED:
        found: list[Any] = []
        typed = envelope(cls, {"held": [stored] if wrapped else stored})
        for one in (Upstream, Upstream, JsonPlusSerializer):
            if name == "Finalized":
                gc.collect()
            DELETED.clear()
            CHECKED.clear()
            result, told = outcome(lambda one=one, typed=typed: one().loads_typed(typed))
            seen = (anatomy(result), shared(result), told)
            del result
            found.append((seen, list(DELETED) if name == "Finalized" else [], list(CHECKED)))
        assert found[2] == found[1], stored


def instances() -> Iterator[Any]:
    """Of all classes, of which one cannot be made at all."""
    for cls in SPECIAL.values():
        if (
            isinstance(cls, type)
            and issubclass(cls, BaseModel)
            and cls not in (Abstract, Dicted, Pair, Rooted, AIMessage)
        ):
            made, _ = outcome(cls)
            yield made if isinstance(made, BaseModel) else cls.model_construct(a=1)
    yield from (
        Cat(),
        Dog(),
        Rooted([]),
        Derived(),
        point(),
        Pair(first=1, second=point()),
        [point()],
        (point(), point()),
        {1: 2},
    )
    yield from (Pair[Any](first=[1], second=None), [1, 2.0], AIMessage("x"), Keeps(z=1), frozenset({1}))  # type: ignore[call-arg]


@pytest.mark.parametrize("name", SPECIAL)
def test_classes_that_do_more_are_written_as_upstream_does(name: str) -> None:
    cls = holder(SPECIAL[name])
    for instance in instances():
        upstream, rust = written(lambda instance=instance: cls.model_construct(held=instance))
        assert rust == upstream, instance


NOT_TAKEN = [
    *("OwnInit", "OwnNew", "PostInit", "Private", "ModelBefore", "ModelAfter", "ModelWrap", "FieldValidated"),
    *("FieldBefore", "FieldAfter", "FieldWrap", "Strictly", "FieldStrict", "Aliased", "Choices", "Bounded", "Stripped"),
    *("Finite", "Finalized", "Schemed", "Metaclassed", "two models", "two models, told apart", "base and derived"),
    *("RootModel", "strict", "with a validator", "a model or a dict", "a model or anything", "a set of models"),
]


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_and_never_without_their_validator(name: str) -> None:
    cls = holder(SPECIAL[name])
    for stored in STORED:
        typed = envelope(cls, {"held": stored})
        made, _ = outcome(lambda stored=stored: cls(held=stored))
        if not isinstance(made, BaseModel):
            continue
        counts = called("decoded", lambda typed=typed: outcome(lambda: JsonPlusSerializer().loads_typed(typed)))
        assert counts.get("validator of a pydantic model", 0) + counts.get("constructor", 0) == 1


# --- what changes while the program runs ------------------------------------------------------------------------------


def agree(value: Any, typed: Any = None) -> None:
    """Both write it and read it in the same way."""
    upstream, rust = (outcome(lambda one=one: one().dumps_typed(value)) for one in (Upstream, JsonPlusSerializer))
    assert rust == upstream
    upstream, rust = read(typed or upstream[0])
    assert rust == upstream


@pytest.mark.parametrize(
    "change",
    [
        ("__init__", lambda self, **data: None),
        (
            "__getattribute__",
            lambda self, name: {"name": "changed"} if name == "__dict__" else object.__getattribute__(self, name),
        ),
        ("__setattr__", lambda self, name, value: None),
        ("__del__", lambda self: None),
        ("model_dump", lambda self, **options: {"changed": 1}),
        ("model_post_init", lambda self, context: None),
        ("__pydantic_extra__", {"more": 1}),
        ("__pydantic_fields_set__", frozenset()),
        ("marker", 1),
        ("__pydantic_validator__", State.__pydantic_validator__),
        ("__pydantic_serializer__", State.__pydantic_serializer__),
        ("__pydantic_core_schema__", State.__pydantic_core_schema__),
    ],
    ids=lambda change: change[0],
)
@pytest.mark.parametrize("changed", [Step, State], ids=["the model in the field", "the model itself"])
def test_a_class_that_is_changed(changed: type, change: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    value = NATIVE["state"]()
    typed = Upstream().dumps_typed(value)
    for _ in range(2):
        agree(value, typed)
    with monkeypatch.context() as patch:
        patch.setattr(changed, change[0], change[1], raising=False)
        agree(value, typed)
    agree(value, typed)


def test_a_class_that_is_rebuilt() -> None:
    class Late(BaseModel):
        a: int = 1

    class Holds(BaseModel):
        late: Late = Late()

    globals()["Late"], globals()["Holds"] = Late, Holds
    for cls in (Late, Holds):
        cls.__qualname__ = cls.__name__
    value = Holds()
    agree(value)
    Late.model_fields["a"].annotation = str  # type: ignore[assignment]
    Late.model_fields["a"].default = "text"
    Late.model_rebuild(force=True)
    agree(value)
    agree(Holds(late=Late.model_construct(a="x")))
    Holds.model_rebuild(force=True)
    agree(Holds(late=Late.model_construct(a="x")))
    agree(value)


def test_another_class_of_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = Upstream().dumps_typed(NATIVE["state"]())
    agree(NATIVE["state"]())

    class Other(BaseModel):
        question: str
        steps: Any = None

    monkeypatch.setitem(globals(), "State", Other)
    upstream, rust = read(typed)
    assert rust == upstream
    assert isinstance(JsonPlusSerializer().loads_typed(typed), Other)
    monkeypatch.setitem(globals(), "State", dict)
    upstream, rust = read(typed)
    assert rust == upstream
    monkeypatch.delitem(globals(), "State")
    upstream, rust = read(typed)
    assert rust == upstream


@pytest.mark.parametrize("allowed", [None, True, [State], [(State.__module__, "State")], [Step]], ids=str)
def test_the_gate_is_asked_once(allowed: Any) -> None:
    typed = Upstream().dumps_typed(NATIVE["state"]())
    found = []
    for one in (Upstream, JsonPlusSerializer):
        events: list[Any] = []
        unregister = register_serde_event_listener(events.append)
        try:
            result = one(allowed_msgpack_modules=allowed).loads_typed(typed)
        finally:
            unregister()
        found.append((anatomy(result), events))
    assert found[0] == found[1]
    plain = JsonPlusSerializer(allowed_msgpack_modules=allowed).loads_typed(typed)
    assert anatomy(plain) == found[0][0]


def test_a_listener_that_changes_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = Upstream().dumps_typed(NATIVE["state"]())
    found = []
    for one in (Upstream, JsonPlusSerializer):
        with monkeypatch.context() as patch:

            def change(event: Any, patch: Any = patch) -> None:
                patch.setattr(State, "__init__", lambda self, **data: None)

            unregister = register_serde_event_listener(change)
            try:
                found.append(anatomy(one().loads_typed(typed)))
            finally:
                unregister()
    assert found[0] == found[1]


def test_a_listener_that_fails() -> None:
    class Stop(BaseException):
        pass

    typed = Upstream().dumps_typed(NATIVE["state"]())
    for error in (ValueError("x"), Stop()):
        found = []
        for one in (Upstream, JsonPlusSerializer):

            def fail(event: Any, error: BaseException = error) -> None:
                raise error

            unregister = register_serde_event_listener(fail)
            try:
                found.append(outcome(lambda one=one: anatomy(one().loads_typed(typed))))
            except BaseException as raised:
                found.append((type(raised), str(raised)))
            finally:
                unregister()
        assert found[0] == found[1]


def test_classes_can_be_collected() -> None:
    def use() -> list[weakref.ref[type]]:
        class Inner(BaseModel):
            a: int = 1

        class Outer(BaseModel):
            inner: list[Inner] = [Inner()]

        globals()["Inner"], globals()["Outer"] = Inner, Outer
        Inner.__qualname__, Outer.__qualname__ = "Inner", "Outer"
        serializer = JsonPlusSerializer()
        for _ in range(3):
            assert serializer.loads_typed(serializer.dumps_typed(Outer())) == Outer()
        del globals()["Inner"], globals()["Outer"]
        return [weakref.ref(Inner), weakref.ref(Outer)]

    found = use()
    # The last plan used by a call ends with the call.
    JsonPlusSerializer().dumps_typed(point())
    gc.collect()
    assert [one() for one in found] == [None, None]


# --- the comparison itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plant",
    [
        lambda model: model.steps[3].model_fields_set.discard("cost"),
        lambda model: object.__setattr__(model.steps[3], "__pydantic_extra__", {}),
        lambda model: object.__setattr__(model.steps[3], "__pydantic_private__", {}),
        lambda model: object.__setattr__(model.steps[3], "__dict__", dict(reversed(model.steps[3].__dict__.items()))),
        lambda model: setattr(model.steps[3], "cost", 1),
        lambda model: setattr(model.steps[4], "tags", model.steps[3].tags),
        lambda model: object.__setattr__(model.steps[4], "__pydantic_fields_set__", model.steps[3].model_fields_set),
        lambda model: object.__setattr__(model, "__pydantic_fields_set__", frozenset(model.model_fields_set)),
    ],
)
def test_a_planted_fault_is_seen(plant: Callable[[Any], None]) -> None:
    typed = Upstream().dumps_typed(NATIVE["state"]())
    right, wrong = (JsonPlusSerializer().loads_typed(typed) for _ in range(2))
    assert (anatomy(right), shared(right)) == (anatomy(wrong), shared(wrong))
    plant(wrong)
    assert (anatomy(right), shared(right)) != (anatomy(wrong), shared(wrong))


def test_a_way_leads_to_every_part() -> None:
    fields = NATIVE["state"]().model_dump()
    changed = replaced(fields, ("steps", 9, "tags", 1), "changed")
    assert changed["steps"][9]["tags"] == ["a", "changed"]
    assert fields["steps"][9]["tags"] == ["a", "b"]
    assert any(one == changed for one in variants(fields, ["changed"]))
