"""Pydantic models: written from their fields and made by their validator where nobody can tell the difference."""

from __future__ import annotations

import enum
import gc
import inspect
import logging
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

import pydantic.v1
import pytest
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs import recognition
from langgraph_rs.serde import JsonPlusSerializer, counters
from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    RootModel,
    SerializeAsAny,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from typing_extensions import NotRequired, TypedDict

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"


class Text(str):
    pass


class Record(TypedDict):
    x: NotRequired[int]
    y: str


@dataclass
class Box:
    x: int


class Inner(BaseModel):
    x: int = 1


class InnerChild(Inner):
    z: int = 3


class State(BaseModel):
    a: int
    b: str = "b"
    c: list[str] = []
    d: dict[str, int] = {}
    e: float | None = None
    f: bool = True
    g: bytes = b""
    h: Literal["x", "y"] = "x"
    i: tuple[int, ...] = ()
    j: Record | None = None
    k: Inner = Inner()
    l: list[Inner] = []  # noqa: E741
    m: dict[str, Inner | int] = {}
    n: Any = None
    o: datetime = datetime(2024, 1, 1)
    p: date = date(2024, 1, 1)
    q: timedelta = timedelta(1)


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Chat(BaseModel):
    messages: list[AnyMessage] = []


class Bounded(BaseModel):
    a: Annotated[int, Field(ge=1, alias="first")] = 1


class Checked(BaseModel):
    a: int

    @field_validator("a")
    @classmethod
    def double(cls, value: int) -> int:
        return value * 2

    @model_validator(mode="before")
    @classmethod
    def before(cls, data: Any) -> Any:
        data["a"] = data["a"] + 1
        return data


class After(BaseModel):
    a: int

    @model_validator(mode="after")
    def another(self) -> Any:
        return After.model_construct(a=99)


class Fails(BaseModel):
    a: int

    @field_validator("a")
    @classmethod
    def never(cls, value: int) -> int:
        raise ValueError("never")


class Posted(BaseModel):
    a: int = 1
    _seen: list[int] = PrivateAttr(default_factory=list)

    def model_post_init(self, context: Any) -> None:
        self._seen.append(self.a)


class OwnInit(BaseModel):
    a: int = 1

    def __init__(self, **data: Any) -> None:
        super().__init__(a=data.get("a", 0) + 1)


class OwnNew(BaseModel):
    a: int = 1

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__new__(cls)
        return instance


class OwnDump(BaseModel):
    a: int = 1

    def model_dump(self, **options: Any) -> dict[str, Any]:
        return {"a": self.a + 1}


class OwnMessage(HumanMessage):
    def model_dump(self, **options: Any) -> dict[str, Any]:
        return super().model_dump(**options) | {"content": "own"}


class PlainMessage(HumanMessage):
    pass


class FieldSerializer(BaseModel):
    a: int = 1

    @field_serializer("a")
    def negative(self, value: int) -> int:
        return -value


class ModelSerializer(BaseModel):
    a: int = 1

    @model_serializer
    def all(self) -> Any:
        return {"all": self.a}


class AnnotatedSerializer(BaseModel):
    a: Annotated[int, PlainSerializer(str)] = 1


class Computed(BaseModel):
    a: int = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return self.a * 2


class Cached(BaseModel):
    a: int = 1

    @cached_property
    def twice(self) -> int:
        return self.a * 2


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1


class Excluded(BaseModel):
    a: int = 1
    b: int = Field(default=2, exclude=True)


class Aliased(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    a: int = Field(default=1, serialization_alias="A")


class Loaded(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    a: int = Field(default=1, validation_alias=AliasChoices("a", "b"))


class Box2(BaseModel, Generic[T]):
    item: T


class Roots(RootModel[list[int]]):
    pass


class AsAny(BaseModel):
    inner: SerializeAsAny[Inner]


class Values(BaseModel):
    model_config = ConfigDict(use_enum_values=True)
    colour: Colour = Colour.RED


class Coloured(BaseModel):
    colour: Colour = Colour.RED


class Sets(BaseModel):
    a: set[str] = {"x"}


class Arbitrary(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    box: Box


class Watched(BaseModel):
    a: int = 1
    seen: ClassVar[list[str]] = []

    def __getattribute__(self, name: str) -> Any:
        if name in {"model_dump", "__dict__"}:
            Watched.seen.append(name)
        return super().__getattribute__(name)


class Before(BaseModel):
    a: Annotated[int, BeforeValidator(int)] = 1


class Old(pydantic.v1.BaseModel):
    a: int = 1


def changed(model: BaseModel, **values: Any) -> BaseModel:
    """The model with values that its class would not take."""
    model.__dict__.update(values)
    return model


def without(model: BaseModel, name: str) -> BaseModel:
    del model.__dict__[name]
    return model


def cycle() -> BaseModel:
    tree = Tree(name="x")
    tree.children.append(tree)
    return tree


def deep(levels: int) -> BaseModel:
    tree = Tree(name="leaf")
    for level in range(levels):
        tree = Tree(name=str(level), children=[tree])
    return tree


def used_cache() -> BaseModel:
    model = Cached()
    assert model.twice == 2
    return model


FULL: dict[str, Any] = {
    "a": 2,
    "b": "é",
    "c": ["x", "y"],
    "d": {"k": 1},
    "e": 1.5,
    "g": b"x",
    "i": (1, 2),
    "j": {"y": "z"},
    "k": Inner(x=5),
    "l": [Inner(), Inner(x=2)],
    "m": {"a": Inner(), "b": 3},
    "n": {"deep": [1, {"x": None}]},
}

NATIVE: dict[str, Callable[[], Any]] = {
    "plain fields": lambda: State(a=1),
    "fields of all kinds": lambda: State(**FULL),
    "a tree": lambda: deep(5),
    "messages in a model": lambda: Chat(messages=[HumanMessage("a"), AIMessage("b", id="1"), SystemMessage("c")]),
    "human": lambda: HumanMessage("a", id="1", name="n", additional_kwargs={"x": [1, {"y": None}]}),
    "human with parts": lambda: HumanMessage(["a", {"type": "text", "text": "b"}]),
    "ai": lambda: AIMessage("a", response_metadata={"model": "m"}),
    "ai with a call": lambda: AIMessage(
        "",
        id="r",
        tool_calls=[{"name": "t", "args": {"x": 1}, "id": "c", "type": "tool_call"}],
        usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    ),
    "tool": lambda: ToolMessage("r", tool_call_id="c", status="error"),
    "system": lambda: SystemMessage("s"),
    "function": lambda: FunctionMessage("r", name="f"),
    "chat": lambda: ChatMessage("r", role="x"),
    "document": lambda: Document("text", metadata={"a": 1}),
    "a subclass without anything": lambda: PlainMessage("p"),
    "bounds and aliases": lambda: Bounded(first=3),
    "validators": lambda: Checked(a=1),
    "a validation alias": lambda: Loaded(b=4),
    "private attributes": lambda: Posted(a=4),
    "a generic model": lambda: Box2[int](item=3),
    "a generic model of anything": lambda: Box2(item=[3]),
    "extra allowed, none given": Extra,
    "a validator before a field": lambda: Before(a=3),
    "an attribute of a cache that was not used": Cached,
    "an init of its own": lambda: OwnInit(a=1),
}

CALLED: dict[str, Callable[[], Any]] = {
    "own model_dump": OwnDump,
    "a message with its own model_dump": lambda: OwnMessage("x"),
    "a field serializer": FieldSerializer,
    "a model serializer": ModelSerializer,
    "an annotated serializer": AnnotatedSerializer,
    "a computed field": Computed,
    "a cached property that was used": used_cache,
    "extra fields": lambda: Extra(a=1, z=2, y={1}),
    "an extra field of a message": lambda: HumanMessage("x", other=3),
    "an excluded field": Excluded,
    "aliases on writing": Aliased,
    "a root model": lambda: Roots([1, 2]),
    "serialize as any": lambda: AsAny(inner=InnerChild()),
    "enum values": Values,
    "an enum": Coloured,
    "a set": Sets,
    "an arbitrary type": lambda: Arbitrary(box=Box(1)),
    "a model that watches its attributes": Watched,
    "a wrong type": lambda: changed(State(a=1), a="x"),
    "a bool for an int": lambda: changed(State(a=1), a=True),
    "an int for a float": lambda: changed(State(a=1), e=1),
    "a str subclass": lambda: changed(State(a=1), b=Text("x")),
    "a wrong literal": lambda: changed(State(a=1), h="z"),
    "a wrong item": lambda: changed(State(a=1), c=["x", 1]),
    "a wrong key": lambda: changed(State(a=1), d={1: 1}),
    "a record that lacks a key": lambda: changed(State(a=1), j={"x": 1}),
    "a record with a key too many": lambda: changed(State(a=1), j={"y": "a", "q": 1}),
    "a subclass in a field": lambda: changed(State(a=1), k=InnerChild()),
    "a wrong model in a field": lambda: changed(State(a=1), k=State(a=1)),
    "a tuple for a list": lambda: changed(State(a=1), c=("x",)),
    "a model where anything may be": lambda: State(a=1, n=Inner()),
    "a dataclass where anything may be": lambda: State(a=1, n=[Box(1)]),
    "a set where anything may be": lambda: State(a=1, n={"x": {1}}),
    "odd keys where anything may be": lambda: State(a=1, n={1: 2, (1,): 3}),
    "a subclass of datetime": lambda: changed(State(a=1), o=type("Moment", (datetime,), {})(2024, 1, 1)),
    "a field too many": lambda: changed(State(a=1), other=3),
    "a field missing": lambda: without(State(a=1), "b"),
    "a model made without checks": lambda: State.model_construct(a="x"),
    "a cycle": cycle,
    "a deep tree": lambda: deep(70),
    "pydantic v1": Old,
}


@contextmanager
def told(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What is warned of and logged meanwhile."""
    texts: list[str] = []
    caplog.clear()
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        yield texts
    texts.extend(str(one.message) for one in caught)
    texts.extend(record.getMessage() for record in caplog.records)


def outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        return type(error), str(error)


def anatomy(value: Any) -> Any:
    """All of a model, down to what `==` does not look at."""
    if isinstance(value, BaseModel):
        extra, private = value.__pydantic_extra__, value.__pydantic_private__
        parts = (value.__dict__, value.__pydantic_fields_set__, extra, private)
        return type(value), [anatomy(part) for part in parts]
    if isinstance(value, dict):
        return [(key, anatomy(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [anatomy(item) for item in value]
    return type(value), value


def python_calls(direction: Literal["encoded", "decoded"], name: str) -> int:
    return counters()[direction]["python"][name]


@pytest.mark.parametrize("name", [*NATIVE, *CALLED])
def test_models_are_written_and_read_as_upstream_does(name: str, caplog: pytest.LogCaptureFixture) -> None:
    make = (NATIVE | CALLED)[name]
    with told(caplog):
        # What is told only once is told now.
        outcome(lambda: Upstream().loads_typed(Upstream().dumps_typed(make())))
    seen = []
    for one in (Upstream, JsonPlusSerializer):
        value = make()
        with told(caplog) as texts:
            typed = outcome(lambda value=value, one=one: one().dumps_typed(value))
            read = None
            if isinstance(typed[1], bytes):
                read = anatomy(outcome(lambda typed=typed, one=one: one().loads_typed(typed)))
        seen.append((typed, read, texts))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", NATIVE)
def test_plain_models_are_written_without_a_call_into_python(name: str) -> None:
    value = NATIVE[name]()
    JsonPlusSerializer().dumps_typed(value)
    before = counters()["encoded"]["python"]
    JsonPlusSerializer().dumps_typed(value)
    assert counters()["encoded"]["python"] == before


@pytest.mark.parametrize("name", [name for name in CALLED if name != "pydantic v1"])
def test_anything_else_is_written_by_its_own_model_dump(name: str) -> None:
    value, before = CALLED[name](), python_calls("encoded", "model_dump()")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcome(lambda: JsonPlusSerializer().dumps_typed(value))
    assert python_calls("encoded", "model_dump()") == before + 1


TAKEN = [
    "human",
    "human with parts",
    "ai",
    "ai with a call",
    "tool",
    "system",
    "function",
    "chat",
    "document",
    "a subclass without anything",
    "extra allowed, none given",
]
MADE_BY_VALIDATOR = ["plain fields", "validators", "a validator before a field", "private attributes"]
MADE_BY_INIT: dict[str, Callable[[], Any]] = {
    "own init": lambda: OwnInit(a=1),
    "own new": lambda: OwnNew(a=1),
    "a root model": lambda: Roots([1]),
    "a validator around the model": lambda: After.model_construct(a=1),
    "removal": lambda: RemoveMessage(id="x"),
    "a chunk, which has validators around the model": lambda: AIMessageChunk("x"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_fields_that_a_validator_would_leave_alone_are_taken_as_they_are(name: str) -> None:
    typed = Upstream().dumps_typed(NATIVE[name]())
    JsonPlusSerializer().loads_typed(typed)
    before = counters()["decoded"]["python"]
    JsonPlusSerializer().loads_typed(typed)
    assert counters()["decoded"]["python"] == before


@pytest.mark.parametrize("name", MADE_BY_VALIDATOR)
def test_models_are_made_by_their_validator(name: str) -> None:
    typed = Upstream().dumps_typed(NATIVE[name]())
    before = counters()["decoded"]["python"]
    JsonPlusSerializer().loads_typed(typed)
    after = counters()["decoded"]["python"]
    assert after["validator of a pydantic model"] == before["validator of a pydantic model"] + 1
    assert after["constructor"] == before["constructor"]


@pytest.mark.parametrize("name", MADE_BY_INIT)
def test_or_by_their_constructor(name: str, caplog: pytest.LogCaptureFixture) -> None:
    typed = Upstream().dumps_typed(MADE_BY_INIT[name]())
    before = python_calls("decoded", "validator of a pydantic model")
    seen = []
    for one in (Upstream, Upstream, JsonPlusSerializer):
        with told(caplog) as texts:
            read = anatomy(one().loads_typed(typed))
        seen.append((read, texts))
    assert seen[1] == seen[2]
    assert python_calls("decoded", "validator of a pydantic model") == before


def envelope(module: str, name: str, fields: Any) -> tuple[str, bytes]:
    """A model as it is stored, with these fields."""
    import ormsgpack

    inner = ormsgpack.packb((module, name, fields, "model_validate_json"), option=ormsgpack.OPT_NON_STR_KEYS)
    return "msgpack", ormsgpack.packb(ormsgpack.Ext(5, inner))


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "a", "self": 1},
        {"content": "a", "content_blocks": [{"type": "text", "text": "b"}]},
        {"id": "1", "content": "a", "z": 1, "y": 2},
        {"id": "1"},
        {"content": 5},
        {"content": "a", "type": "other"},
        {"content": "a", "type": "human", "z": 1, "y": 2},
        {"content": "a", 1: 2},
        {},
        [["content", "a"]],
        "text",
        None,
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["human.HumanMessage", "ai.AIMessage", "tool.ToolMessage"])
def test_arguments_that_a_constructor_would_stumble_over(name: str, fields: Any) -> None:
    module, _, cls = name.rpartition(".")
    typed = envelope(f"langchain_core.messages.{module}", cls, fields)
    expected, actual = (
        anatomy(outcome(lambda one=one: one().loads_typed(typed))) for one in (Upstream, JsonPlusSerializer)
    )
    assert actual == expected


class Kept(BaseModel):
    """Of what a validator may leave as it is."""

    a: int = 1
    b: float = 1.0
    c: bool = True
    d: str = "d"
    e: list[int] = [1]
    f: dict[str, float] = {"x": 1.0}
    g: int | str | None = None
    h: list[Any] | dict[str, int] | float = 1.5
    i: Literal["x", "y"] = "x"
    j: Any = None
    k: Record = {"x": 1, "y": "y"}


class Tight(BaseModel):
    """Of what it looks at more closely."""

    model_config = ConfigDict(str_strip_whitespace=True, str_max_length=5)
    a: str = " a "


class Bound(BaseModel):
    a: int = Field(default=1, le=3)
    b: list[int] = Field(default=[1], max_length=1)
    c: str = Field(default="c", pattern="c")


class Mixed(BaseModel):
    a: list[float] | Any = [1.0]
    b: list[int] | list[str] = [1]
    c: dict[str, int] | Record = {"x": 1}


WRONG: list[Any] = [
    *(None, True, 0, 5, 2**63, 1.0, 1.5, float("nan"), "", "x", " a ", "toolong", "5", b"x"),
    *([], [1], [True], ["1"], [1.5], [None], [[]], ["a", {"type": "text"}], ["a", 1], [1, 2]),
    *(
        {},
        {"x": 1},
        {"x": 1.0},
        {"x": "1"},
        {1: 1},
        {"y": "y", "x": 1},
        {"x": 1, "y": "y"},
        {"y": "y"},
        {"tool_calls": []},
    ),
    {"tool_calls": [{"id": "c", "function": {"name": "t", "arguments": "{}"}, "type": "function"}]},
    [{"name": "t", "args": {"x": 1}, "id": "c", "type": "tool_call"}],
    [{"name": "t", "args": {}, "id": None, "type": "tool_call"}, {"name": "u", "args": {}, "id": "d"}],
    [{"id": "c", "name": "t", "args": {}, "type": "tool_call"}],
    [{"name": "t", "args": {}, "id": "c", "type": "other"}],
    [{"name": "t", "args": {}, "id": "c", "type": "tool_call", "extras": {}}],
    [{"name": "t", "args": "", "id": "c", "error": None, "type": "invalid_tool_call"}],
    {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    {"output_tokens": 2, "input_tokens": 1, "total_tokens": 3},
    {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3, "input_token_details": {"audio": 1}, "more": 1},
]


@pytest.mark.parametrize(
    "make",
    [Kept, Tight, Bound, Mixed, *(NATIVE[name] for name in ("human", "ai", "ai with a call", "tool", "document"))],
)
def test_what_is_stored_of_a_model_may_be_anything(make: Callable[[], Any]) -> None:
    model = make()
    fields, cls = model.model_dump(), type(model)
    changed_fields = [fields | {name: value} for name in fields for value in WRONG]
    changed_fields += [{key: fields[key] for key in fields if key != name} for name in fields]
    changed_fields += [dict(reversed(fields.items())), fields | {"more": 1}, fields]
    for given in changed_fields:
        typed = envelope(cls.__module__, cls.__name__, given)
        upstream, rust = (anatomy(one().loads_typed(typed)) for one in (Upstream, JsonPlusSerializer))
        assert repr(rust) == repr(upstream), given


def test_a_failed_validation_falls_back_as_upstreams_does(caplog: pytest.LogCaptureFixture) -> None:
    typed = Upstream().dumps_typed(Fails.model_construct(a=1))
    assert anatomy(JsonPlusSerializer().loads_typed(typed)) == anatomy(Upstream().loads_typed(typed))


# --- what is changed while the program runs ---------------------------------------------------------------------------


def test_a_class_that_is_changed_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    class_ = type("Late", (State,), {"__module__": __name__})
    value = class_(a=1)
    serializer = JsonPlusSerializer()
    plain = serializer.dumps_typed(value)
    assert plain == Upstream().dumps_typed(value)
    monkeypatch.setattr(class_, "model_dump", lambda self: {"patched": True})
    assert serializer.dumps_typed(value) == Upstream().dumps_typed(value) != plain
    monkeypatch.delattr(class_, "model_dump")
    assert serializer.dumps_typed(value) == plain
    # A base that every model has.
    original = BaseModel.model_dump
    monkeypatch.setattr(BaseModel, "model_dump", lambda self, **options: original(self, **options) | {"base": 1})
    assert serializer.dumps_typed(value) == Upstream().dumps_typed(value) != plain


def test_code_that_is_exchanged_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    serializer, value = JsonPlusSerializer(), HumanMessage("a")
    typed = serializer.dumps_typed(value)
    assert serializer.loads_typed(typed) == value

    def model_dump(self: Any, **options: Any) -> Any:
        return {"content": "exchanged"}

    monkeypatch.setattr(BaseModel.model_dump, "__code__", model_dump.__code__)
    assert serializer.dumps_typed(value) == Upstream().dumps_typed(value) != typed


def test_an_init_that_is_replaced_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    serializer, typed = JsonPlusSerializer(), Upstream().dumps_typed(HumanMessage("a"))
    assert serializer.loads_typed(typed).content == "a"
    original = HumanMessage.__init__

    def replaced(self: Any, content: Any = None, **fields: Any) -> None:
        original(self, content="replaced", **fields)

    monkeypatch.setattr(HumanMessage, "__init__", replaced)
    assert serializer.loads_typed(typed).content == Upstream().loads_typed(typed).content == "replaced"


def test_a_validator_that_is_exchanged_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    serializer, typed = JsonPlusSerializer(), Upstream().dumps_typed(NATIVE["ai with a call"]())
    plain = anatomy(serializer.loads_typed(typed))
    original = AIMessage._backwards_compat_tool_calls.__func__  # type: ignore[attr-defined]

    def exchanged(cls: Any, values: Any) -> Any:
        return values | {"content": "exchanged"}

    with monkeypatch.context() as patch:
        patch.setattr(original, "__code__", exchanged.__code__)
        seen = anatomy(serializer.loads_typed(typed))
        assert seen == anatomy(Upstream().loads_typed(typed)) != plain
    with monkeypatch.context() as patch:
        rebuilt = {"name": "other", "args": {}, "id": None, "type": "tool_call"}
        patch.setattr("langchain_core.messages.ai.create_tool_call", lambda **fields: rebuilt)
        seen = anatomy(serializer.loads_typed(typed))
        assert seen == anatomy(Upstream().loads_typed(typed)) != plain
    assert anatomy(serializer.loads_typed(typed)) == plain


def test_an_instance_with_its_own_model_dump() -> None:
    values = [State(a=1), State(a=1)]
    for value in values:
        object.__setattr__(value, "__dict__", value.__dict__ | {"model_dump": lambda: {"own": 1}})
    assert JsonPlusSerializer().dumps_typed(values[0]) == Upstream().dumps_typed(values[1])


def test_a_class_can_be_collected() -> None:
    def use() -> weakref.ref[type]:
        class Local(BaseModel):
            a: int = 1
            kids: list[Inner] = [Inner()]

        serializer = JsonPlusSerializer()
        for _ in range(3):
            serializer.dumps_typed(Local())
        return weakref.ref(Local)

    class_ = use()
    gc.collect()
    assert class_() is None


def test_a_class_that_changes_without_end_is_still_written_right() -> None:
    class Restless(BaseModel):
        a: int = 1

    serializer = JsonPlusSerializer()
    for number in range(60):
        Restless.marker = number  # type: ignore[attr-defined]
        assert serializer.dumps_typed(Restless(a=number)) == Upstream().dumps_typed(Restless(a=number))


def test_only_sources_that_were_read_are_recognised() -> None:
    assert recognition.dumper(HumanMessage) is not None
    assert recognition.dumper(OwnDump) is None
    assert recognition.dumper(int) is None
    assert recognition.constructor(RemoveMessage) is None
    assert recognition.constructor(OwnNew) is None
    chain, leading = recognition.constructor(AIMessage) or ([], "")
    assert [function.__qualname__ for function, _ in chain] == [
        "AIMessage.__init__",
        "BaseMessage.__init__",
        "Serializable.__init__",
        "BaseModel.__init__",
    ]
    assert leading == "content"


def test_a_borrowed_name_is_not_recognised() -> None:
    source = inspect.getsource(HumanMessage.__init__)
    assert "super().__init__(content=content, **kwargs)" in source
    faked: Any = type("HumanMessage", (BaseModel,), {"__init__": HumanMessage.__init__, "__module__": __name__})
    assert recognition.constructor(faked) is None


def test_aware_datetimes_in_a_model() -> None:
    value = State(a=1, o=datetime(2024, 1, 1, tzinfo=timezone.utc))
    assert JsonPlusSerializer().dumps_typed(value) == Upstream().dumps_typed(value)
