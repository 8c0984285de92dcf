"""Random classes of pydantic models: whatever they do to their fields, both serializers write and read them alike."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import ormsgpack
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer
from model_sides import anatomy, called, envelope, outcome, paths, replaced, shared
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    StringConstraints,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from typing_extensions import NotRequired, TypedDict

# pydantic warns of what is odd on purpose here; what it warns of when models are read or written is compared.
pytestmark = pytest.mark.filterwarnings("ignore")

Kind = tuple[Any, st.SearchStrategy[Any]]
"""An annotation, and values that its validator takes."""


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Record(TypedDict):
    x: NotRequired[int]
    y: str


def one_more(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else value


TEXTS = st.text(max_size=4)
LEAVES: list[Kind] = [
    (int, st.integers(-(2**63), 2**64 - 1)),
    (str, TEXTS),
    (float, st.floats(allow_nan=False)),
    (bool, st.booleans()),
    (bytes, st.binary(max_size=3)),
    (None, st.none()),
    (Any, st.none() | st.integers(0, 9) | TEXTS | st.lists(st.integers(0, 9), max_size=2)),
    (datetime, st.datetimes() | st.datetimes(timezones=st.just(UTC))),
    (date, st.dates()),
    (Decimal, st.decimals(allow_nan=False, places=2)),
    (UUID, st.uuids()),
    (Colour, st.sampled_from(Colour)),
    (Literal["a", "b"], st.sampled_from("ab")),
    (set[int], st.sets(st.integers(0, 9), max_size=3)),
    (tuple[int, str], st.tuples(st.integers(0, 9), TEXTS)),
    (tuple[int, ...], st.lists(st.integers(0, 9), max_size=3).map(tuple)),
    (int | str, st.integers(0, 9) | TEXTS),
    (int | list[int], st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2)),
    (Record, st.fixed_dictionaries({"y": TEXTS}, optional={"x": st.integers(0, 9)})),
    (Annotated[int, Field(gt=3)], st.integers(4, 9)),
    (Annotated[str, StringConstraints(strip_whitespace=True)], TEXTS),
    (Annotated[int, BeforeValidator(one_more)], st.integers(0, 9)),
    (Annotated[int, AfterValidator(one_more)], st.integers(0, 9)),
    (Annotated[int, PlainSerializer(lambda value: [value])], st.integers(0, 9)),
    (Annotated[int, Field(exclude=True)], st.integers(0, 9)),
]


@st.composite
def kinds(draw: st.DrawFn, classes: list[Kind], depth: int = 0) -> Kind:
    """A type of a field: a leaf, one of the classes, or something that holds others."""
    form = draw(st.sampled_from(("leaf", "leaf", "model", "model", "list", "dict", "numbered", "optional")))
    if form == "model" and classes:
        return draw(st.sampled_from(classes))
    if form in ("leaf", "model") or depth > 2:
        # The first few are what most fields are.
        return draw(st.sampled_from(LEAVES[: draw(st.sampled_from((6, len(LEAVES))))]))
    inner, values = draw(kinds(classes, depth + 1))
    if form == "list":
        return list[inner], st.lists(values, max_size=3)  # type: ignore[valid-type]
    if form == "dict":
        return dict[str, inner], st.dictionaries(TEXTS, values, max_size=3)  # type: ignore[valid-type]
    if form == "numbered":
        return dict[int, inner], st.dictionaries(st.integers(0, 9), values, max_size=3)  # type: ignore[valid-type]
    return inner | None if inner is not None else None, st.none() | values


NAMES = ("a", "b", "name", "self_", "größe", "content", "kind", "f0", "f1", "f2", "f3", "f4")

# What a class may do beside holding fields: each gives more of a class's body, for the name of one of its fields.
HABITS: dict[str, Callable[[str], dict[str, Any]]] = {
    "nothing": lambda name: {},
    "frozen": lambda name: {"model_config": ConfigDict(frozen=True)},
    "extra allowed": lambda name: {"model_config": ConfigDict(extra="allow")},
    "extra forbidden": lambda name: {"model_config": ConfigDict(extra="forbid")},
    "strict": lambda name: {"model_config": ConfigDict(strict=True)},
    "by name": lambda name: {"model_config": ConfigDict(populate_by_name=True)},
    "defaults validated": lambda name: {"model_config": ConfigDict(validate_default=True)},
    "text stripped": lambda name: {"model_config": ConfigDict(str_strip_whitespace=True)},
    "private": lambda name: {"_hidden": PrivateAttr(default=1), "__annotations__": {"_hidden": int}},
    "private, made": lambda name: {"_hidden": PrivateAttr(default_factory=list), "__annotations__": {"_hidden": Any}},
    "post init": lambda name: {"model_post_init": lambda self, context: None},
    "post init that changes": lambda name: {"model_post_init": lambda self, context: self.__dict__.update({name: 1})},
    "own init": lambda name: {"__init__": lambda self, **data: BaseModel.__init__(self, **{**data})},
    "field validator": lambda name: {"check": field_validator(name)(classmethod(lambda cls, value: [value]))},
    "before": lambda name: {"check": model_validator(mode="before")(classmethod(lambda cls, data: data))},
    "after": lambda name: {"check": model_validator(mode="after")(lambda self: self)},
    "computed": lambda name: {"twice": computed_field(property(lambda self: 2))},
    "field serializer": lambda name: {"put": field_serializer(name)(lambda self, value: [1])},
    "model serializer": lambda name: {"put": model_serializer(lambda self: {"put": 1})},
    "slots": lambda name: {"__slots__": ("more",)},
    "finalizer": lambda name: {"__del__": lambda self: None},
    "equal to all": lambda name: {"__eq__": lambda self, other: True, "__hash__": lambda self: 1},
}

# What may be said of a field.
SAYINGS: dict[str, Callable[[str], dict[str, Any]]] = {
    "nothing": lambda name: {},
    "alias": lambda name: {"alias": name + "_"},
    "alias of another": lambda name: {"alias": "a"},
    "validation alias": lambda name: {"validation_alias": AliasChoices(name, "other")},
    "serialization alias": lambda name: {"serialization_alias": "other"},
    "frozen": lambda name: {"frozen": True},
    "excluded": lambda name: {"exclude": True},
    "described": lambda name: {"description": "text", "json_schema_extra": {"x": 1}},
}


@st.composite
def classes(draw: st.DrawFn) -> list[tuple[type[BaseModel], dict[str, st.SearchStrategy[Any]]]]:
    """Up to three classes, each of which may hold or inherit from those before it, with values for their fields."""
    made: list[tuple[type[BaseModel], dict[str, st.SearchStrategy[Any]]]] = []
    known: list[Kind] = []
    for number in range(draw(st.integers(1, 3))):
        base, fields = BaseModel, dict[str, st.SearchStrategy[Any]]()
        if made and draw(st.integers(0, 3)) == 0:
            base, fields = made[-1][0], made[-1][1].copy()
        body: dict[str, Any] = {"__module__": __name__, "__qualname__": f"Drawn{number}", "__annotations__": {}}
        some = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
        for name in some:
            annotation, values = draw(kinds(known))
            says = SAYINGS[draw(st.sampled_from(["nothing"] * 12 + sorted(SAYINGS)))](name)
            default = draw(st.sampled_from(("none", "value", "value", "factory")))
            if default == "value":
                body[name] = Field(draw(values), **says)
            elif default == "factory":
                value = draw(values)
                body[name] = Field(default_factory=lambda value=value: value, **says)
            else:
                body[name] = Field(**says)
            body["__annotations__"][name] = annotation
            fields[name] = values
        habit = HABITS[draw(st.sampled_from(["nothing"] * 12 + sorted(HABITS)))](draw(st.sampled_from(some)))
        body["__annotations__"].update(habit.pop("__annotations__", {}))
        try:
            cls: type[BaseModel] = type(BaseModel)(f"Drawn{number}", (base,), {**body, **habit})
        except Exception:
            # Not every mixture is a class: then one that does nothing more.
            cls = type(BaseModel)(f"Drawn{number}", (BaseModel,), {**body, "__annotations__": body["__annotations__"]})
            fields = {name: fields[name] for name in some}
        made.append((cls, fields))
        known.append((cls, instances(cls, fields)))
    return made


def instances(cls: type[BaseModel], fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Models of a class: validated where that goes, and made without it otherwise, of all the fields or of some."""

    def make(data: dict[str, Any]) -> BaseModel:
        try:
            return cls(**data)
        except Exception:
            return cls.model_construct(**data)

    whole = st.fixed_dictionaries(fields)
    some = st.fixed_dictionaries({}, optional=fields)
    return (whole | whole | some).map(make)


ODD: list[Any] = [None, 1, True, 1.5, "text", b"x", [], [1], {}, {"a": 1}, {1: 2}]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[type], Any, Any]:
    """The classes, a value that holds models of the last, and what else might be stored of such a one."""
    made = draw(classes())
    cls, fields = made[-1]
    model = draw(instances(cls, fields))
    stored = {name: draw(values) for name, values in fields.items() if draw(st.integers(0, 9))}
    ways = list(paths(stored))
    if ways and draw(st.booleans()):
        stored = replaced(stored, draw(st.sampled_from(ways)), draw(st.sampled_from(ODD)))
    if draw(st.integers(0, 3)) == 0:
        stored = dict(reversed(stored.items()))
    if draw(st.integers(0, 3)) == 0:
        stored["more"] = 1
    value = draw(st.sampled_from(([model, model], {"state": model}, model)))
    return [cls for cls, _ in made], value, stored


def differences(case: tuple[list[type], Any, Any], ours: type, ways: Counter[str]) -> list[str]:
    """Where a serializer and upstream's do not agree on a case; how it was read is counted."""
    drawn, value, stored = case
    for cls in drawn:
        globals()[cls.__name__] = cls
    found = []

    def compare(what: str, work: Callable[[type], Any]) -> Any:
        # Upstream's once before: some things are told only once.
        _, upstream, rust = (outcome(lambda side=side: work(side)) for side in (Upstream, Upstream, ours))
        if upstream != rust:
            found.append(f"{what}: upstream {upstream!r}, ours {rust!r}")
        return upstream[0]

    def load(side: type, typed: Any) -> Any:
        result = side().loads_typed(typed)
        return anatomy(result), shared(result)

    typed = compare("dumps", lambda side: side().dumps_typed(value))
    documents = []
    if isinstance(typed[0], str):
        documents.append(typed)
    try:
        # The fields as a stored model has them, which may be what no model of this class ever had.
        inner = Upstream().dumps_typed(stored)[1]
        fields = ormsgpack.unpackb(inner, ext_hook=ormsgpack.Ext, option=ormsgpack.OPT_NON_STR_KEYS)
        documents.append(envelope(drawn[-1], fields))
    except Exception:
        ways["not stored"] += 1
    for document in documents:
        compare("loads", lambda side, document=document: load(side, document))
        reasons = called("decoded", lambda document=document: outcome(lambda: ours().loads_typed(document)))
        ways["validated" if reasons.keys() & {"validator of a pydantic model", "constructor"} else "taken"] += 1
    return found


def run(ours: type, count: int, number: int, phases: tuple[Phase, ...] = (Phase.generate,)) -> Counter[str]:
    """Draws so many cases; raises AssertionError at a difference. Says how the models were read."""
    ways: Counter[str] = Counter()

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))
    @given(cases())
    def check(case: tuple[list[type], Any, Any]) -> None:
        found = differences(case, ours, ways)
        assert not found, "\n".join(found)

    check()
    return ways


@pytest.mark.parametrize("number", range(3))
def test_random_classes(number: int) -> None:
    ways = run(JsonPlusSerializer, 100, number, (Phase.generate, Phase.shrink))
    assert ways["taken"] > 20
    assert ways["validated"] > 20


def each_model(value: Any) -> list[BaseModel]:
    """The models in a value, from the outside in."""
    if isinstance(value, BaseModel):
        return [value, *each_model(list(value.__dict__.values()))]
    if isinstance(value, dict):
        return each_model(list(value.values()))
    if isinstance(value, list | tuple):
        return [model for item in value for model in each_model(item)]
    return []


class ForgetsPrivate(JsonPlusSerializer):
    """The fault: private attributes are not made."""

    def loads_typed(self, data: Any) -> Any:
        value = super().loads_typed(data)
        for model in each_model(value):
            object.__setattr__(model, "__pydantic_private__", None)
        return value


class TakesAll(JsonPlusSerializer):
    """The fault: every field is one that was given."""

    def loads_typed(self, data: Any) -> Any:
        value = super().loads_typed(data)
        for model in each_model(value):
            model.__pydantic_fields_set__.update(model.__dict__)
        return value


class TurnsRound(JsonPlusSerializer):
    """The fault: models in models have their fields in another order."""

    def loads_typed(self, data: Any) -> Any:
        value = super().loads_typed(data)
        for model in each_model(value)[1:]:
            object.__setattr__(model, "__dict__", dict(reversed(model.__dict__.items())))
        return value


class WritesAliases(JsonPlusSerializer):
    """The fault: fields are written by their aliases."""

    def dumps_typed(self, obj: Any) -> Any:
        return super().dumps_typed(obj.model_dump(by_alias=True) if isinstance(obj, BaseModel) else obj)


@pytest.mark.parametrize("fault", [ForgetsPrivate, TakesAll, TurnsRound, WritesAliases])
def test_a_planted_fault_is_seen_in_random_classes(fault: type) -> None:
    with pytest.raises(AssertionError):
        run(fault, 300, 0)
