"""The ten Rust channel classes against upstream's: a script runs with each, and what it yields must be the same."""

from __future__ import annotations

import collections
import collections.abc
import copy
import functools
import gc
import inspect
import operator
import pickle
import sys
import threading
import types
import typing
import weakref
from collections.abc import Callable, Iterator
from types import FunctionType, SimpleNamespace
from typing import Annotated, Any, Generic, TypeVar

import langgraph.channels
import langgraph.channels.binop
import langgraph.channels.last_value
import langgraph.channels.named_barrier_value
import langgraph_rs.channels
import pytest
from hypothesis import HealthCheck, given, settings
from langgraph._internal._typing import MISSING
from langgraph.channels.base import BaseChannel
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.graph import state as graph_state
from langgraph.types import Overwrite
from langgraph_rs._core import channel_counters
from langgraph_rs.backend.reflection import adopt
from shown import shown
from typing_extensions import NotRequired, Required

import parity.subjects.upstream.channels as oracle
from parity.cases.model import Case
from parity.compare import compare
from parity.corpus.entries.channels import entries
from parity.generate.channels import cases
from parity.observe.model import Outcome

NAMES = (
    "AnyValue",
    "BinaryOperatorAggregate",
    "DeltaChannel",
    "EphemeralValue",
    "LastValue",
    "LastValueAfterFinish",
    "NamedBarrierValue",
    "NamedBarrierValueAfterFinish",
    "Topic",
    "UntrackedValue",
)

Script = Callable[[Any], Any]
T = TypeVar("T")


def _upstream() -> dict[str, type[Any]]:
    modules = (langgraph.channels, langgraph.channels.last_value, langgraph.channels.named_barrier_value)
    return {name: next(vars(module)[name] for module in modules if name in vars(module)) for name in NAMES}


UPSTREAM = SimpleNamespace(**_upstream())
RUST = SimpleNamespace(**{name: getattr(langgraph_rs.channels, name) for name in NAMES})


def described(value: Any) -> Any:
    """A channel as its class and attributes, whatever it is in; the sentinel by its name."""
    if value is MISSING:
        return "MISSING"
    if isinstance(value, BaseChannel):
        slots = [name for cls in type(value).__mro__ for name in vars(cls).get("__slots__", ())]
        attributes = {name: getattr(value, name, "unset") for name in {*slots, "key", "typ"}}
        own = vars(value) if hasattr(value, "__dict__") else {}
        return type(value).__name__, {name: described(item) for name, item in sorted({**attributes, **own}.items())}
    if type(value) is object:
        return "another object()"
    if isinstance(value, (FunctionType, Iterator)):
        return getattr(value, "__name__", type(value))
    if type(value) in (list, tuple):
        return type(value)(described(item) for item in value)
    return value


def outcome(script: Script, side: Any) -> Any:
    try:
        return described(script(side))
    except Exception as error:
        return type(error), str(error)


def both(script: Script) -> Any:
    """What the script yields with upstream's classes, which is what it yields with ours."""
    expected = outcome(script, UPSTREAM)
    assert outcome(script, RUST) == expected
    return expected


def add(left: Any, right: Any) -> Any:
    return left + right


def fold(current: Any, updates: Any) -> Any:
    return current + [item for update in updates for item in update]


MAKERS: dict[str, Script] = {
    "AnyValue": lambda side: side.AnyValue(int, "k"),
    "BinaryOperatorAggregate": lambda side: side.BinaryOperatorAggregate(list, add),
    "DeltaChannel": lambda side: side.DeltaChannel(fold, list, snapshot_frequency=3),
    "EphemeralValue": lambda side: side.EphemeralValue(int),
    "LastValue": lambda side: side.LastValue(int, "k"),
    "LastValueAfterFinish": lambda side: side.LastValueAfterFinish(int, "k"),
    "NamedBarrierValue": lambda side: side.NamedBarrierValue(str, {"a", "b"}),
    "NamedBarrierValueAfterFinish": lambda side: side.NamedBarrierValueAfterFinish(str, {"a", "b"}),
    "Topic": lambda side: side.Topic(str),
    "UntrackedValue": lambda side: side.UntrackedValue(int),
}

UPDATES: dict[str, list[Any]] = {
    name: ["a"] if "Barrier" in name else [["a"]] if name in ("BinaryOperatorAggregate", "DeltaChannel") else [1]
    for name in NAMES
}

SLOTS: dict[str, tuple[str, ...]] = {name: (*getattr(UPSTREAM, name).__slots__, "key", "typ") for name in NAMES}

each_class = pytest.mark.parametrize("name", NAMES)


def made(side: Any, name: str) -> Any:
    channel = MAKERS[name](side)
    channel.key = "the key"
    return channel


def filled(side: Any, name: str) -> Any:
    channel = made(side, name)
    channel.update(UPDATES[name])
    return channel


class TestConstructor:
    @each_class
    def test_sets_what_upstreams_sets(self, name: str) -> None:
        both(MAKERS[name])

    @pytest.mark.parametrize(
        "call",
        [
            lambda s: s.LastValue(),
            lambda s: s.LastValue(int, "k", 3),
            lambda s: s.LastValue(int, typ=int),
            lambda s: s.LastValue(int, name="k"),
            lambda s: s.LastValue(key="k", typ=int),
            lambda s: s.LastValue(key="k"),
            lambda s: s.EphemeralValue(int, guard=0),
            lambda s: s.EphemeralValue(int, True, "k"),
            lambda s: s.UntrackedValue(typ=int, guard=[]),
            lambda s: s.Topic(accumulate=True),
            lambda s: s.Topic(str, accumulate=1),
            lambda s: s.BinaryOperatorAggregate(int),
            lambda s: s.BinaryOperatorAggregate(),
            lambda s: s.BinaryOperatorAggregate(int, add, add),
            lambda s: s.BinaryOperatorAggregate(operator=add, typ=int),
            lambda s: s.NamedBarrierValue(str),
            lambda s: s.NamedBarrierValue(str, names=["a"]),
            lambda s: s.NamedBarrierValueAfterFinish(names={"a"}),
            lambda s: s.DeltaChannel(),
            lambda s: s.DeltaChannel(fold),
            lambda s: s.DeltaChannel(fold, None),
            lambda s: s.DeltaChannel(fold, dict, 3),
            lambda s: s.DeltaChannel(fold, dict, 3, snapshot_frequency=1),
            lambda s: s.DeltaChannel(fold, dict, frequency=3),
            lambda s: s.DeltaChannel(fold, snapshot_frequency=0),
            lambda s: s.DeltaChannel(fold, snapshot_frequency=-2.5),
            lambda s: s.DeltaChannel(fold, snapshot_frequency=2.5),
            lambda s: s.DeltaChannel(fold, snapshot_frequency=2**80),
            lambda s: s.DeltaChannel(fold, snapshot_frequency="3"),
        ],
    )
    def test_takes_and_refuses_arguments_as_upstreams(self, call: Script) -> None:
        both(call)

    @pytest.mark.parametrize(
        "typ",
        [
            list,
            typing.List[int],  # noqa: UP006
            list[int],
            Annotated[list, "x"],
            Annotated[dict[str, int], "x"],
            Required[set[int]],
            NotRequired[Annotated[int, 1]],
            collections.abc.Sequence,
            collections.abc.MutableSequence[int],
            collections.abc.Set,
            collections.abc.MutableSet,
            collections.abc.Mapping[str, int],
            collections.abc.MutableMapping,
            collections.abc.Iterable,
            typing.Any,
            typing.Optional[int],  # noqa: UP045
            int | None,
            lambda: 7,
            None,
            5,
        ],
    )
    def test_a_reducing_channel_finds_the_class_to_start_with(self, typ: Any) -> None:
        both(lambda s: s.BinaryOperatorAggregate(typ, add))
        both(lambda s: s.DeltaChannel(fold, typ))
        both(lambda s: s.DeltaChannel(fold, typ).from_checkpoint(MISSING))

    def test_what_is_no_exception_is_not_taken_for_a_type_that_cannot_be_called(self) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        for side in (UPSTREAM, RUST):
            with pytest.raises(KeyboardInterrupt):
                side.BinaryOperatorAggregate(interrupted, add)

    @each_class
    def test_an_object_that_was_never_initialised_has_no_attributes(self, name: str) -> None:
        for method in ("get", "checkpoint", "is_available", "copy"):
            both(lambda s, method=method: getattr(getattr(s, name).__new__(getattr(s, name)), method)())


class TestAttributes:
    @pytest.mark.parametrize(("name", "slot"), [(name, slot) for name in NAMES for slot in SLOTS[name]])
    def test_is_read_assigned_and_deleted(self, name: str, slot: str) -> None:
        def script(side: Any) -> Any:
            channel, marker = filled(side, name), [slot]
            before = getattr(channel, slot)
            setattr(channel, slot, marker)
            seen = [described(before), getattr(channel, slot) is marker]
            delattr(channel, slot)
            seen += [hasattr(channel, slot), outcome(lambda _: getattr(channel, slot), None)]
            seen += [outcome(lambda _: delattr(channel, slot), None)]
            for method in ("get", "checkpoint", "is_available", "copy", "consume", "finish"):
                seen.append(outcome(lambda _, method=method: getattr(channel, method)(), None))
            setattr(channel, slot, before)
            return [*seen, described(channel)]

        both(script)

    @each_class
    def test_no_other_attribute_can_be_set(self, name: str) -> None:
        both(lambda s: setattr(made(s, name), "other", 1))

    @each_class
    def test_the_key_that_was_assigned_is_in_messages_and_copies(self, name: str) -> None:
        def script(side: Any) -> Any:
            channel = made(side, name)
            channel.key = ("not", "a string")
            refusal = outcome(lambda _: channel.update([["x"], {"__overwrite__": 1}, {"__overwrite__": 1}]), None)
            return refusal, channel.copy().key, channel.from_checkpoint(MISSING).key

        both(script)

    @each_class
    def test_has_the_types_of_its_values_and_updates(self, name: str) -> None:
        both(lambda s: (made(s, name).ValueType, made(s, name).UpdateType))
        both(lambda s: setattr(made(s, name), "typ", "no type") or made(s, name).UpdateType)

    def test_a_topic_asks_its_type_for_the_union(self) -> None:
        both(lambda s: s.Topic("no type").UpdateType)

    def test_finished_stays_what_a_checkpoint_said(self) -> None:
        for name in ("LastValueAfterFinish", "NamedBarrierValueAfterFinish"):
            both(lambda s, name=name: made(s, name).from_checkpoint(({"a", "b"}, "yes")).checkpoint())
            both(lambda s, name=name: made(s, name).from_checkpoint(({"a", "b"}, "yes")).copy())
            both(lambda s, name=name: made(s, name).from_checkpoint(({"a", "b"}, [])).finish())


class TestReflection:
    @each_class
    def test_is_named_as_upstreams(self, name: str) -> None:
        both(
            lambda s: [getattr(getattr(s, name), at) for at in ("__module__", "__qualname__", "__name__", "__slots__")]
        )
        both(lambda s: repr(getattr(s, name)))
        both(lambda s: repr(made(s, name)).partition(" at 0x")[0])
        both(lambda s: getattr(s, name).__parameters__)

    @each_class
    def test_shows_the_documentation_and_signature_that_it_adopts(self, name: str) -> None:
        ours, theirs = getattr(RUST, name), getattr(UPSTREAM, name)
        plain = inspect.signature(theirs)
        parameters = [(p.name, p.kind, p.default) for p in plain.parameters.values()]
        before = {key: vars(ours).get(key) for key in ("__doc__",)}
        assert [(p.name, p.kind, p.default) for p in inspect.signature(ours).parameters.values()] == parameters
        try:
            adopt(ours, theirs)
            both(lambda s: getattr(s, name).__doc__)
            both(lambda s: str(inspect.signature(getattr(s, name))))
            both(lambda s: typing.get_args(getattr(s, name).__orig_bases__[0]))

            def subclass(side: Any) -> Any:
                class Mine(getattr(side, name)):  # type: ignore[misc]
                    def __init__(self, other: int) -> None: ...

                return str(inspect.signature(Mine))

            both(subclass)
        finally:
            ours.__doc__ = before["__doc__"]
            for attribute in ("__signature__", "__orig_bases__", "__annotations__"):
                if attribute in vars(ours):
                    delattr(ours, attribute)

    @each_class
    def test_methods_take_their_argument_by_name(self, name: str) -> None:
        both(lambda s: made(s, name).update(values=UPDATES[name]))
        both(lambda s: made(s, name).from_checkpoint(checkpoint=MISSING))
        both(lambda s: list(inspect.signature(made(s, name).update).parameters))
        both(lambda s: list(inspect.signature(made(s, name).from_checkpoint).parameters))

    @each_class
    def test_is_a_channel_of_langgraph(self, name: str) -> None:
        cls = getattr(RUST, name)
        assert issubclass(cls, BaseChannel)
        assert isinstance(made(RUST, name), BaseChannel)
        assert issubclass(type("Mine", (cls,), {}), BaseChannel)
        assert isinstance(type("Mine", (cls,), {})(int, {"a"}), BaseChannel)
        others = [other for other in NAMES if other != name]
        assert not any(isinstance(made(RUST, name), getattr(RUST, other)) for other in others)


class TestGenerics:
    @each_class
    def test_takes_one_type(self, name: str) -> None:
        both(lambda s: repr(getattr(s, name)[int]))
        both(lambda s: getattr(s, name)[int, str])
        both(lambda s: typing.get_args(getattr(s, name)[list[int]]))
        both(lambda s: typing.get_origin(getattr(s, name)[int]) is getattr(s, name))
        both(lambda s: getattr(s, name)[T].__parameters__)
        both(lambda s: getattr(s, name)[int] == getattr(s, name)[int])
        both(lambda s: described(getattr(s, name)[int](int, {"a"})))

    @each_class
    def test_is_subclassed_with_or_without_a_type(self, name: str) -> None:
        def script(side: Any) -> Any:
            cls = getattr(side, name)

            class Plain(cls):  # type: ignore[misc,valid-type]
                pass

            class Given(cls[int]):  # type: ignore[misc,valid-type]
                pass

            class Open(cls[T]):  # type: ignore[misc,valid-type]
                pass

            class Both(cls[T], Generic[T]):  # type: ignore[misc,valid-type]
                pass

            class Closed(Open[int]):  # type: ignore[type-arg]
                pass

            classes = (Plain, Given, Open, Both, Closed)
            parameters = [each.__parameters__ for each in classes]
            subscripted = [outcome(lambda _, each=each: repr(each[int]).rpartition(".")[2], None) for each in classes]
            return parameters, subscripted, [issubclass(each, cls) for each in classes]

        both(script)


class TestSubclasses:
    def test_overrides_methods_and_calls_the_inherited(self) -> None:
        def script(side: Any) -> Any:
            class Doubling(side.LastValue):  # type: ignore[misc,name-defined]
                def __init__(self, typ: Any, key: str = "") -> None:
                    super().__init__(typ, key)
                    self.calls = 0

                def update(self, values: Any) -> bool:
                    self.calls += 1
                    return super().update([2 * value for value in values])

                def get(self) -> Any:
                    return ("got", super().get())

            channel = Doubling(int, "k")
            seen = [channel.update([4]), channel.get(), channel.checkpoint(), channel.calls]
            restored = channel.from_checkpoint(9)
            duplicate = channel.copy()
            return seen, type(restored).__name__, restored.calls, duplicate.get(), duplicate.key, described(channel)

        both(script)

    @each_class
    def test_instances_have_a_dict_and_can_be_referred_to_weakly(self, name: str) -> None:
        def script(side: Any) -> Any:
            mine = type("Mine", (getattr(side, name),), {"shared": 1})
            channel = mine(*MAKER_ARGUMENTS[name])
            channel.own = 2
            channel.update(UPDATES[name])
            duplicate = channel.copy()
            return vars(channel), weakref.ref(channel)() is channel, described(duplicate), duplicate.shared

        both(script)
        both(lambda s: weakref.ref(made(s, name)))

    @each_class
    def test_is_constructed_anew_with_the_class_and_parameters_of_upstreams_call(self, name: str) -> None:
        def script(side: Any) -> Any:
            calls: list[Any] = []

            class Mine(getattr(side, name)):  # type: ignore[misc]
                def __init__(self, *args: Any, **kwargs: Any) -> None:
                    calls.append((args, kwargs))
                    super().__init__(*args, **kwargs)

            channel = Mine(*MAKER_ARGUMENTS[name])
            channel.key = "k"
            channel.update(UPDATES[name])
            return described([channel.copy(), channel.from_checkpoint(MISSING)]), calls

        both(script)

    @each_class
    def test_another_constructor_makes_copying_fail_alike(self, name: str) -> None:
        def script(side: Any) -> Any:
            class Mine(getattr(side, name)):  # type: ignore[misc]
                def __init__(self) -> None:
                    super().__init__(*MAKER_ARGUMENTS[name])

            return [
                str(outcome(lambda _: Mine().copy(), None)).replace("<locals>.", ""),
                str(outcome(lambda _: Mine().from_checkpoint(MISSING), None)),
            ]

        both(script)

    def test_an_overridden_attribute_is_used_by_inherited_methods(self) -> None:
        def script(side: Any) -> Any:
            log: list[Any] = []

            class Logged(side.EphemeralValue):  # type: ignore[misc,name-defined]
                @property
                def value(self) -> Any:
                    return self.stored

                @value.setter
                def value(self, value: Any) -> None:
                    log.append(("assigned", described(value)))
                    self.stored = value

                guard = False

            # The class has `guard` as a plain attribute, so the instance gets one of its own.
            channel = Logged(int, True)
            channel.update([1])
            channel.get()
            channel.update([])
            return log, vars(channel).get("guard"), outcome(lambda _: channel.update([1, 2]), None)

        both(script)

    def test_copying_after_finish_goes_through_what_is_overridden(self) -> None:
        def script(side: Any) -> Any:
            class Mine(side.LastValueAfterFinish):  # type: ignore[misc,name-defined]
                def checkpoint(self) -> Any:
                    return ("other", True)

            return Mine(int).copy()

        both(script)

    @each_class
    def test_has_the_defaults_of_every_channel(self, name: str) -> None:
        def script(side: Any) -> Any:
            class Mine(getattr(side, name)):  # type: ignore[misc]
                def consume(self) -> Any:
                    return "mine", super().consume()

                def finish(self) -> Any:
                    return "mine", super().finish()

                def is_available(self) -> Any:
                    return "mine", super().is_available()

            channel = Mine(*MAKER_ARGUMENTS[name])
            channel.update(UPDATES[name])
            return channel.is_available(), channel.consume(), channel.finish(), channel.is_available()

        both(script)


MAKER_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "AnyValue": (int, "k"),
    "BinaryOperatorAggregate": (list, add),
    "DeltaChannel": (fold, list),
    "EphemeralValue": (int,),
    "LastValue": (int, "k"),
    "LastValueAfterFinish": (int, "k"),
    "NamedBarrierValue": (str, {"a", "b"}),
    "NamedBarrierValueAfterFinish": (str, {"a", "b"}),
    "Topic": (str,),
    "UntrackedValue": (int,),
}


class TestEquality:
    def test_is_of_class_and_parameters_not_of_contents(self) -> None:
        def script(side: Any) -> Any:
            channels = [
                *(maker(side) for maker in MAKERS.values()),
                *(filled(side, name) for name in NAMES),
                side.EphemeralValue(int, False),
                side.EphemeralValue(int, 1),
                side.UntrackedValue(str, False),
                side.Topic(int, True),
                side.NamedBarrierValue(str, {"a"}),
                side.NamedBarrierValue(str, frozenset({"a"})),
                side.NamedBarrierValueAfterFinish(str, ["a", "b"]),
                side.BinaryOperatorAggregate(int, operator.add),
                side.BinaryOperatorAggregate(int, lambda a, b: a),
                side.DeltaChannel(fold, snapshot_frequency=3.0),
                side.DeltaChannel(lambda a, b: a, snapshot_frequency=3),
                side.DeltaChannel(lambda a, b: a),
                type("Mine", (side.LastValue,), {})(int),
            ]
            return [[(a == b, a != b) for b in [*channels, None, 1, "LastValue", int]] for a in channels]

        both(script)

    def test_a_reducer_without_a_name_cannot_be_compared(self) -> None:
        partial = functools.partial(add)
        both(lambda s: s.BinaryOperatorAggregate(int, partial) == s.BinaryOperatorAggregate(int, partial))
        both(lambda s: s.DeltaChannel(partial) == s.DeltaChannel(fold))
        both(lambda s: s.BinaryOperatorAggregate(int, lambda a, b: a) == s.BinaryOperatorAggregate(int, partial))

    @each_class
    def test_makes_it_unhashable(self, name: str) -> None:
        both(lambda s: hash(made(s, name)))
        both(lambda s: {made(s, name)})

    @each_class
    def test_there_is_no_order(self, name: str) -> None:
        both(lambda s: made(s, name) < made(s, name))

    def test_of_a_subclass_is_what_the_subclass_says(self) -> None:
        def script(side: Any) -> Any:
            class Never(side.LastValue):  # type: ignore[misc,name-defined]
                def __eq__(self, other: object) -> bool:
                    return False

                __hash__ = None  # type: ignore[assignment]

            never, other, plain = Never(int), Never(int), side.LastValue(int)
            return [never == other, never != other, never == plain, plain == never, plain != never]

        both(script)


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our classes under the names in upstream's modules, as the import hook puts them: pickle finds classes by name."""
    for name in NAMES:
        monkeypatch.setattr(sys.modules[getattr(UPSTREAM, name).__module__], name, getattr(RUST, name))


def pickled_in(side: Any, make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        for name in NAMES:
            patch.setattr(sys.modules[getattr(UPSTREAM, name).__module__], name, getattr(side, name))
        return make()


class Slotted:
    """A mixin with a slot of its own."""

    __slots__ = ("extra",)


class TestCopies:
    @each_class
    @pytest.mark.parametrize("full", [False, True])
    def test_copy_and_deepcopy_yield_what_upstreams_yield(self, name: str, full: bool) -> None:
        make = filled if full else made
        both(lambda s: copy.copy(make(s, name)))
        # An empty channel is not empty any more: the sentinel is copied into another object.
        both(lambda s: copy.deepcopy(make(s, name)))
        both(lambda s: copy.deepcopy(make(s, name)).is_available())
        both(lambda s: make(s, name).__reduce_ex__(4)[2])
        both(lambda s: [make(s, name).__reduce_ex__(2)[2], list(make(s, name).__reduce_ex__(2)[2][1])])

    @each_class
    def test_a_shallow_copy_shares_what_the_channel_refers_to(self, name: str) -> None:
        both(
            lambda s: [
                getattr(copy.copy(channel), slot) is getattr(channel, slot)
                for channel in [filled(s, name)]
                for slot in SLOTS[name]
            ]
        )

    @each_class
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize("full", [False, True])
    def test_pickling_yields_what_upstreams_yields(
        self, name: str, protocol: int, full: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make = filled if full else made

        def script(side: Any) -> Any:
            return pickled_in(side, lambda: pickle.loads(pickle.dumps(make(side, name), protocol)), monkeypatch)

        both(script)

    def test_the_pickles_are_byte_for_byte_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in NAMES:
            if "Barrier" in name:
                continue  # A set of strings has no fixed order of its own, but the same one in both.
            dumps = [
                pickled_in(s, lambda s=s, n=name: pickle.dumps(filled(s, n), 4), monkeypatch) for s in (UPSTREAM, RUST)
            ]
            assert dumps[0] == dumps[1]

    def test_a_lambda_cannot_be_pickled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def script(side: Any) -> Any:
            channel = side.BinaryOperatorAggregate(list, lambda a, b: a)
            return pickled_in(side, lambda: pickle.dumps(channel), monkeypatch)

        assert both(script)[0] in (AttributeError, pickle.PicklingError)

    def test_an_unset_attribute_stays_unset(self) -> None:
        def script(side: Any) -> Any:
            channel = side.LastValue(int)
            del channel.value
            blank = side.Topic.__new__(side.Topic)
            return copy.copy(channel), copy.deepcopy(channel), copy.copy(blank), blank.__reduce_ex__(2)[2]

        both(script)

    def test_instances_of_subclasses_keep_their_own_attributes(self) -> None:
        def script(side: Any) -> Any:
            class Mine(side.LastValue, Slotted):  # type: ignore[misc,name-defined]
                pass

            class Bare(side.LastValue):  # type: ignore[misc,name-defined]
                __slots__ = ("more",)

            mine, bare = Mine(int, "k"), Bare(int, "k")
            mine.own, mine.extra, bare.more = [1], 2, 3
            copied, deep = copy.copy(mine), copy.deepcopy(mine)
            return [
                vars(copied),
                copied.extra,
                vars(deep),
                deep.own is mine.own,
                copy.copy(bare).more,
                copy.copy(bare).key,
                outcome(lambda _: bare.__dict__, None),
                mine.__reduce_ex__(2)[2],
                outcome(lambda _: mine.__reduce_ex__(1), None),
            ]

        both(script)

    def test_a_subclass_may_say_what_its_state_is(self) -> None:
        def script(side: Any) -> Any:
            class Mine(side.LastValue):  # type: ignore[misc,name-defined]
                def __getstate__(self) -> Any:
                    return {"key": "from the state"}

                def __setstate__(self, state: Any) -> None:
                    self.key = state["key"]

            return copy.copy(Mine(int)).key, outcome(lambda _: copy.copy(Mine(int)).typ, None)

        both(script)


class Sequence(collections.abc.Sequence[Any]):
    """A sequence that is neither list nor tuple."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)


ARGUMENTS: list[Callable[[], Any]] = [
    lambda: [],
    lambda: (),
    lambda: [["a"]],
    lambda: (["a"],),
    lambda: (["a"], ["b"]),
    lambda: ["a", "b"],
    lambda: "",
    lambda: "a",
    lambda: "ab",
    lambda: {},
    lambda: {1: 2},
    lambda: {1: 2, 3: 4},
    lambda: {-1: ["x"], 0: ["y"]},
    set,
    lambda: {"a"},
    lambda: {"a", "b"},
    lambda: collections.deque([["a"]]),
    lambda: collections.deque([["a"], ["b"]]),
    Sequence,
    lambda: Sequence(["a"]),
    lambda: Sequence(["a"], ["b"]),
    lambda: type("L", (list,), {})([["a"], ["b"]]),
    lambda: range(2),
    lambda: None,
    lambda: 3,
]


class TestUpdate:
    @each_class
    @pytest.mark.parametrize("argument", ARGUMENTS)
    @pytest.mark.parametrize("guard", [True, False])
    def test_takes_any_sequence_as_upstreams(self, name: str, argument: Callable[[], Any], guard: bool) -> None:
        def script(side: Any) -> Any:
            channel = made(side, name)
            if hasattr(channel, "guard"):
                channel.guard = guard
            results = [outcome(lambda _: channel.update(argument()), None) for _ in range(2)]
            return results, channel

        both(script)

    @pytest.mark.parametrize("name", ["BinaryOperatorAggregate", "Topic", "NamedBarrierValue"])
    def test_takes_what_can_only_be_iterated_over(self, name: str) -> None:
        def script(side: Any) -> Any:
            channel = made(side, name)
            return outcome(lambda _: channel.update(iter(UPDATES[name])), None), channel

        both(script)

    @each_class
    def test_the_sentinel_is_no_value_and_none_is_one(self, name: str) -> None:
        def script(side: Any) -> Any:
            seen = []
            for values in ([MISSING], [None], [1, MISSING], [MISSING, None]):
                channel = made(side, name)
                seen.append((outcome(lambda _, c=channel, v=values: c.update(v), None), described(channel)))
                seen.append((outcome(lambda _, c=channel: c.get(), None), channel.checkpoint()))
            return seen

        both(script)


class Twice(dict):  # type: ignore[type-arg]
    """A dict that answers as an `Overwrite` although it holds nothing of the kind."""

    def get(self, key: Any, default: Any = None) -> Any:
        return "__overwrite__" if key == "type" else default

    def __contains__(self, key: object) -> bool:
        return key == "value"

    def __getitem__(self, key: Any) -> Any:
        return ["from the subclass"]


class Contrary:
    """Equal to everything, and not a bool about it."""

    def __eq__(self, other: object) -> Any:
        return [1]

    __hash__ = None  # type: ignore[assignment]


OVERWRITES: list[Any] = [
    Overwrite(["o"]),
    Overwrite(None),
    Overwrite(value=Overwrite(["inner"])),
    {"__overwrite__": ["o"]},
    {"__overwrite__": None},
    {"value": ["o"], "type": "__overwrite__"},
    {"value": ["o"], "type": "__overwrite__", "more": 1},
    {"value": ["o"], "type": "other"},
    {"value": ["o"], "type": Contrary()},
    {"type": "__overwrite__"},
    {"__overwrite__": ["o"], "more": 1},
    {"__overwrite__": ["o"], "type": "__overwrite__"},
    collections.OrderedDict(__overwrite__=["o"]),
    collections.defaultdict(list, value=["o"], type="__overwrite__"),
    Twice(),
    Twice(a=1),
    type("Sub", (Overwrite,), {})(["sub"]),
]


class TestOverwrite:
    @pytest.mark.parametrize("value", OVERWRITES, ids=shown)
    @pytest.mark.parametrize("name", ["BinaryOperatorAggregate", "DeltaChannel"])
    def test_is_recognised_in_all_its_forms(self, name: str, value: Any) -> None:
        def script(side: Any) -> Any:
            seen = []
            for values in ([value], [["a"], value, ["b"]], [value, ["b"], value], [["a"], value]):
                for start in (None, "MISSING"):
                    channel = made(side, name)
                    if start:
                        channel.value = MISSING
                    seen.append((outcome(lambda _, c=channel, v=values: c.update(v), None), described(channel)))
            return seen

        both(script)

    @pytest.mark.parametrize("value", OVERWRITES, ids=shown)
    def test_is_where_a_replay_begins(self, value: Any) -> None:
        def script(side: Any) -> Any:
            seen = []
            for values in ([value], [["a"], value, ["b"]], [value, ["b"], value, ["c"]], [["a"]], []):
                channel = filled(side, "DeltaChannel")
                writes = [("task", "key", each) for each in values]
                seen.append((outcome(lambda _, c=channel, w=writes: c.replay_writes(w), None), described(channel)))
            return seen

        both(script)

    @pytest.mark.parametrize("value", [*OVERWRITES, None, [], "__overwrite__"], ids=shown)
    def test_is_found_by_those_who_look_for_it(self, value: Any) -> None:
        expected = outcome(lambda _: langgraph.channels.binop._get_overwrite(value), None)
        assert outcome(lambda _: langgraph_rs.channels.get_overwrite(value), None) == expected

    def test_a_copied_overwriting_value_is_apart_from_the_write(self) -> None:
        def script(side: Any) -> Any:
            value = ["o"]
            binop, delta = made(side, "BinaryOperatorAggregate"), made(side, "DeltaChannel")
            binop.update([Overwrite(value)])
            delta.update([Overwrite(value)])
            return binop.get() is value, delta.get() is value, delta.get()

        assert both(script) == (True, False, ["o"])


class TestCheckpoint:
    @each_class
    @pytest.mark.parametrize(
        "checkpoint",
        [
            *(MISSING, None, 0, [], ["a"], (), ("a",), (["a"], True), ("x", ["a"]), "ab", "abc", {"a"}, {"a", "b"}),
            *(
                ({"a", "b"}, 1),
                {1: 2, 3: 4},
                _DeltaSnapshot(["s"]),
                _DeltaSnapshot(MISSING),
                2.5,
                iter([1, 2]),
                range(2),
            ),
        ],
        ids=shown,
    )
    def test_any_object_is_restored_or_refused_as_upstreams(self, name: str, checkpoint: Any) -> None:
        def script(side: Any) -> Any:
            restored = filled(side, name).from_checkpoint(copy.copy(checkpoint))
            seen = [described(restored)]
            for method in ("is_available", "get", "checkpoint", "consume", "finish", "copy"):
                seen.append(outcome(lambda _, m=method: getattr(restored, m)(), None))
            seen.append(outcome(lambda _: restored.update(UPDATES[name]), None))
            return seen, restored

        both(script)

    def test_is_the_live_list_or_set_of_the_channel(self) -> None:
        def script(side: Any) -> Any:
            topic, barrier = side.Topic(str, True), made(side, "NamedBarrierValue")
            finishing = made(side, "NamedBarrierValueAfterFinish")
            before = topic.checkpoint(), barrier.checkpoint(), finishing.checkpoint()
            for channel in (topic, barrier, finishing):
                channel.update(["a"])
            given = ["x"]
            restored = side.Topic(str, True).from_checkpoint(given)
            restored.update(["y"])
            names = {"a"}
            waiting = side.NamedBarrierValue(str, names).from_checkpoint(names)
            return [
                before,
                topic.checkpoint() is topic.values,
                topic.get() is topic.values,
                barrier.checkpoint() is barrier.seen,
                given,
                restored.values is given,
                waiting.seen is waiting.names,
                barrier.copy().seen is barrier.seen,
                barrier.copy().names is barrier.names,
            ]

        assert both(script)[0] == (["a"], {"a"}, ({"a"}, False))

    def test_every_copy_calls_the_type(self) -> None:
        def script(side: Any) -> Any:
            calls: list[int] = []

            def typ() -> Any:
                calls.append(len(calls))
                if len(calls) == 4:
                    raise ValueError("no more")
                return [len(calls)]

            channel = side.BinaryOperatorAggregate(typ, add)
            seen = [channel.get(), channel.copy().get(), channel.from_checkpoint(MISSING).get(), channel.get()]
            seen.append(described(channel.from_checkpoint(MISSING)))
            delta = side.DeltaChannel(fold, typ)
            counted = [len(calls)]
            for action in (delta.copy, lambda: delta.from_checkpoint(MISSING), lambda: delta.update([["a"]])):
                action()
                counted.append(len(calls))
            return seen, counted

        both(script)


class TestDelta:
    def test_goes_through_its_life_as_upstreams(self) -> None:
        def script(side: Any) -> Any:
            channel = side.DeltaChannel(fold, list, snapshot_frequency=2)
            channel.key = "messages"
            seen: list[Any] = [channel.checkpoint(), channel.is_available(), outcome(lambda _: channel.get(), None)]
            seen.append(channel.update([["a"], ["b"]]))
            seen += [channel.get(), channel.checkpoint(), channel.is_available()]
            restored = channel.from_checkpoint(MISSING)
            restored.replay_writes([("t", "messages", ["a"]), ("t", "messages", ["b"])])
            seal = channel.from_checkpoint(_DeltaSnapshot(["sealed"]))
            seal.replay_writes([("t", "messages", ["c"])])
            plain = channel.from_checkpoint(["from a binop"])
            return [*seen, restored, seal, plain, channel.copy(), channel == restored]

        both(script)

    def test_a_binop_takes_over_a_snapshot(self) -> None:
        both(lambda s: s.BinaryOperatorAggregate(list, add).from_checkpoint(_DeltaSnapshot(["s"])))

    def test_copies_its_value_with_copy_copy(self) -> None:
        class Copied:
            def __copy__(self) -> Any:
                return "the copy"

        def script(side: Any) -> Any:
            channel = side.DeltaChannel(fold, list).from_checkpoint(Copied())
            return channel.copy().get(), side.DeltaChannel(fold).copy()

        both(script)

    def test_the_reducer_is_given_a_new_list_and_the_sentinel_where_there_is_no_value(self) -> None:
        def script(side: Any) -> Any:
            given: list[Any] = []

            def reducer(current: Any, updates: Any) -> Any:
                given.append((described(current), updates, type(updates)))
                return updates

            channel, values = side.DeltaChannel(reducer, dict), (1, 2)
            channel.replay_writes([("t", "k", 1)])
            channel.update(values)
            return given, channel.get()

        both(script)

    @pytest.mark.parametrize(
        "writes", [None, [1], [(1, 2)], [(1, 2, 3, 4)], ["abc"], [("t", "k", ["v"])], iter([]), {}]
    )
    def test_replays_what_unpacks_into_three(self, writes: Any) -> None:
        def script(side: Any) -> Any:
            channel = filled(side, "DeltaChannel")
            return outcome(lambda _: channel.replay_writes(writes), None), channel

        both(script)


class TestReentry:
    """A call that a channel makes midway finds the channel as it is then, and may call it."""

    def test_from_an_operator(self) -> None:
        def script(side: Any) -> Any:
            seen: list[Any] = []

            def nosy(current: Any, update: Any) -> Any:
                seen.append((channel.get(), channel.is_available(), channel.checkpoint(), channel.copy().get()))
                if update == ["again"]:
                    seen.append(channel.update([["inner"]]))
                if update == ["key"]:
                    channel.key, channel.value = "assigned", ["replaced"]
                if update == ["operator"]:
                    channel.operator = add
                return current + update

            channel = side.BinaryOperatorAggregate(list, nosy)
            for values in ([["a"], ["again"], ["b"]], [["key"], ["c"]], [["operator"], ["d"], ["e"]]):
                seen.append(channel.update(values))
            return seen, channel.get(), channel.key

        both(script)

    def test_from_a_batch_reducer(self) -> None:
        def script(side: Any) -> Any:
            seen: list[Any] = []

            def nosy(current: Any, updates: Any) -> Any:
                seen.append(outcome(lambda _: channel.get(), None))
                if updates == [["again"]]:
                    seen.append(channel.update([["inner"]]))
                    channel.replay_writes([("t", "k", ["replayed"])])
                return current + [item for update in updates for item in update]

            channel = side.DeltaChannel(nosy, list)
            channel.update([["a"]])
            channel.update([["again"]])
            return seen, channel.get()

        both(script)

    def test_from_hashing_and_comparing_names(self) -> None:
        def script(side: Any) -> Any:
            seen: list[Any] = []

            class Name:
                def __init__(self, text: str) -> None:
                    self.text = text

                def __hash__(self) -> int:
                    if ready:
                        ready.pop()
                        seen.append((channel.is_available(), len(channel.seen), channel.update([Name("a")])))
                        channel.key = "changed meanwhile"
                    return hash(self.text)

                def __eq__(self, other: object) -> bool:
                    if ready:
                        ready.pop()
                        seen.append(channel.consume())
                    return isinstance(other, Name) and self.text == other.text

                def __repr__(self) -> str:
                    return self.text

            ready: list[int] = []
            channel = side.NamedBarrierValue(Name, {Name("a"), Name("b")})
            ready += [1, 1]
            seen.append(channel.update([Name("b")]))
            ready += [1]
            seen.append(outcome(lambda _: channel.update([Name("other")]), None)[0])
            return seen, sorted(name.text for name in channel.seen), channel.key, channel.is_available()

        both(script)

    def test_from_a_type_a_copy_and_a_format(self) -> None:
        def script(side: Any) -> Any:
            seen: list[Any] = []
            holder: list[Any] = []

            def typ() -> Any:
                if holder:
                    seen.append(holder[0].update([["from typ"]]))
                return []

            class Copied:
                def __copy__(self) -> Any:
                    channel.value = ["assigned while copied"]
                    return "copy"

            class Key:
                def __format__(self, spec: str) -> str:
                    single.value = "assigned while formatted"
                    return "formatted"

            binop = side.BinaryOperatorAggregate(typ, add)
            holder.append(binop)
            duplicate = binop.copy()
            channel = side.DeltaChannel(fold).from_checkpoint(Copied())
            other = channel.copy()
            single = side.LastValue(int, Key())
            refusal = outcome(lambda _: single.update([1, 2]), None)
            return seen, binop.get(), duplicate.get(), channel.get(), other.get(), refusal, single.get()

        both(script)

    def test_from_what_an_old_value_does_when_it_goes(self) -> None:
        def script(side: Any) -> Any:
            seen: list[Any] = []

            class Last:
                def __del__(self) -> None:
                    seen.append((channel.get(), channel.update(["while going"])))

            channel = side.LastValue(object)
            channel.update([Last()])
            channel.update(["next"])
            return seen, channel.get()

        assert both(script)[0] == [("next", True)]

    def test_a_reducer_that_raises_midway_keeps_what_was_folded(self) -> None:
        def failing(current: Any, update: Any) -> Any:
            if update == ["bad"]:
                raise RuntimeError("reducer")
            return current + update

        def script(side: Any) -> Any:
            channel = side.BinaryOperatorAggregate(list, failing)
            return outcome(lambda _: channel.update([["a"], ["bad"], ["b"]]), None), channel.get()

        assert both(script) == ((RuntimeError, "reducer"), ["a"])

    def test_an_exception_passes_through_as_the_very_object(self) -> None:
        for side in (UPSTREAM, RUST):
            error = ValueError("mine")
            error.add_note("noted")

            def failing(current: Any, update: Any, error: ValueError = error) -> Any:
                raise error from KeyError("cause")

            with pytest.raises(ValueError, match="mine") as caught:
                side.BinaryOperatorAggregate(list, failing).update([["a"]])
            assert caught.value is error
            assert error.__notes__ == ["noted"]
            assert isinstance(error.__cause__, KeyError)

    def test_threads_read_and_write_while_a_reducer_of_another_runs(self) -> None:
        def script(side: Any) -> Any:
            inside, go_on = threading.Event(), threading.Event()

            def waiting(current: Any, update: Any) -> Any:
                if update == ["wait"]:
                    inside.set()
                    assert go_on.wait(30)
                return current + update

            channel = side.BinaryOperatorAggregate(list, waiting)
            thread = threading.Thread(target=channel.update, args=([["a"], ["wait"], ["b"]],))
            thread.start()
            assert inside.wait(30)
            seen = [channel.get(), channel.is_available(), channel.copy().get(), channel.update([["x"]]), channel.get()]
            go_on.set()
            thread.join()
            return seen, channel.get()

        assert both(script) == ([["a"], True, ["a"], True, ["a", "x"]], ["a", "wait", "b"])

    def test_many_threads_at_once_neither_fail_nor_tear(self) -> None:
        channel = RUST.LastValue(object)
        channel.update([(0, 0)])
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(2000):
                    channel.update([(number, turn)])
                    first, second = channel.get()
                    assert (type(first), type(second)) == (int, int)
                    channel.copy().checkpoint()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures


class Node:
    """Something that can be referred to weakly."""


class TestMemory:
    @pytest.mark.parametrize(("name", "slot"), [(name, slot) for name in NAMES for slot in SLOTS[name]])
    def test_a_cycle_through_an_attribute_is_collected(self, name: str, slot: str) -> None:
        channel, node = made(RUST, name), Node()
        node.channel = channel  # type: ignore[attr-defined]
        setattr(channel, slot, node)
        watcher = weakref.ref(node)
        del channel, node
        gc.collect()
        assert watcher() is None

    @each_class
    def test_a_cycle_through_a_subclass_is_collected(self, name: str) -> None:
        mine = type("Mine", (getattr(RUST, name),), {})
        channel = mine(*MAKER_ARGUMENTS[name])
        channel.itself, channel.key = channel, [channel]
        watcher, class_watcher = weakref.ref(channel), weakref.ref(mine)
        del channel, mine
        gc.collect()
        assert watcher() is None
        gc.collect()
        assert class_watcher() is None

    def test_what_is_reachable_is_not_collected(self) -> None:
        channel, node = RUST.LastValue(object), Node()
        channel.update([node])
        watcher = weakref.ref(node)
        del node
        gc.collect()
        assert watcher() is channel.get()
        assert channel in gc.get_referrers(watcher())

    @each_class
    def test_nothing_stays_of_a_life(self, name: str) -> None:
        value = Node()
        kept: dict[str, Any] = {"Topic": [value]}

        def life() -> None:
            channel = made(RUST, name)
            for _ in range(2):
                outcome(lambda _: channel.update([kept.get(name, value)]), None)
                outcome(lambda _: channel.update(UPDATES[name]), None)
                channel.is_available(), channel.finish(), outcome(lambda _: channel.get(), None)
                other = channel.from_checkpoint(channel.checkpoint())
                assert other == channel
                copy.copy(channel.copy())
                channel.consume()
            outcome(lambda _: channel.update([value, value]), None)
            channel.value = value if name == "LastValue" else None if "value" in SLOTS[name] else MISSING

        def safe() -> None:
            outcome(lambda _: life(), None)

        for _ in range(200):
            safe()
        gc.collect()
        references, blocks = sys.getrefcount(value), sys.getallocatedblocks()
        for _ in range(2000):
            safe()
        gc.collect()
        assert sys.getrefcount(value) == references
        assert sys.getallocatedblocks() - blocks < 200


class TestStateGraph:
    """What `langgraph.graph.state` does with channel classes found in annotations."""

    @pytest.fixture
    def sides(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], Any]:
        def run(script: Script) -> Any:
            results = []
            for side in (UPSTREAM, RUST):
                with monkeypatch.context() as patch:
                    for name in NAMES:
                        if hasattr(graph_state, name):
                            patch.setattr(graph_state, name, getattr(side, name))
                    results.append(outcome(script, side))
            assert results[0] == results[1]
            return results[0]

        return run

    def test_annotations_become_channels(self, sides: Callable[[Script], Any]) -> None:
        def script(side: Any) -> Any:
            annotations = {
                "instance": Annotated[list, side.Topic(str)],
                "cls": Annotated[int, side.EphemeralValue],
                "wanted": Required[Annotated[int, side.AnyValue]],
                "delta": Annotated[list[int], side.DeltaChannel(fold)],
                "delta_not_required": Annotated[
                    NotRequired[dict[str, int]], side.DeltaChannel(fold, snapshot_frequency=7)
                ],
                "untracked": Annotated[int, "other", side.UntrackedValue(int, guard=False)],
                "operator": Annotated[list, operator.add],
                "plain": int,
            }
            return [graph_state._get_channel(name, annotation) for name, annotation in annotations.items()]

        described_channels = sides(script)
        assert [name for name, _ in described_channels] == [
            *("Topic", "EphemeralValue", "AnyValue", "DeltaChannel", "DeltaChannel", "UntrackedValue"),
            *("BinaryOperatorAggregate", "LastValue"),
        ]
        assert [attributes["key"] for _, attributes in described_channels][:3] == ["instance", "cls", "wanted"]

    def test_a_class_given_a_type_is_no_annotation_of_theirs(self, sides: Callable[[Script], Any]) -> None:
        assert sides(lambda s: graph_state._get_channel("x", Annotated[int, s.LastValue[int]]))[0] is ValueError

    def test_a_graph_of_them_runs(self, sides: Callable[[Script], Any]) -> None:
        def script(side: Any) -> Any:
            annotations = {
                "log": Annotated[list, operator.add],
                "topic": Annotated[list, side.Topic(str, accumulate=True)],
                "last": int,
                "fleeting": Annotated[int, side.EphemeralValue],
            }
            state = types.new_class("State", (dict,), {}, lambda body: body.update(__annotations__=annotations))
            builder = graph_state.StateGraph(state)
            builder.add_node("a", lambda s: {"log": ["a"], "topic": "x", "last": 1, "fleeting": 5})
            builder.add_node("b", lambda s: {"log": [s.get("fleeting")], "topic": ["y"]})
            builder.add_node("c", lambda s: {"log": ["c"]}, defer=True)
            builder.add_edge("__start__", "a")
            builder.add_edge("a", "b")
            builder.add_edge(["a", "b"], "c")
            return builder.compile().invoke({"log": []}, stream_mode="values")

        assert sides(script) == {"log": ["a", 5, "c"], "topic": ["x", "y"], "last": 1}


class TestCounters:
    def test_each_class_counts_what_it_did(self) -> None:
        before = channel_counters()
        channel = RUST.LastValueAfterFinish(int)
        channel.update([1])
        channel.update([])
        channel.finish()
        channel.get()
        channel.consume()
        channel.copy()
        channel.from_checkpoint(channel.checkpoint())
        channel.is_available()
        after = channel_counters()
        done = {
            name: {op: count - before[name][op] for op, count in counts.items() if count != before[name][op]}
            for name, counts in after.items()
        }
        once = dict.fromkeys(("update", "step", "finish", "get", "consume", "copy", "from_checkpoint", "checkpoint"), 1)
        assert done.pop("LastValueAfterFinish") == {**once, "is_available": 1}
        assert not any(done.values())

    def test_there_is_a_row_for_each_class_and_one_for_python(self) -> None:
        assert set(channel_counters()) == {*NAMES, "python"}


@pytest.fixture(scope="module")
def rust_oracle() -> Callable[[Case], list[Any]]:
    """Runs a case as the upstream subject does, but with our classes."""
    saved = {name: getattr(oracle, name) for name in NAMES}

    def observe(case: Case) -> list[Any]:
        for name in NAMES:
            setattr(oracle, name, getattr(RUST, name))
        try:
            return oracle.observe_channel(case.body)
        finally:
            for name, value in saved.items():
                setattr(oracle, name, value)

    return observe


def difference(case: Case, observe: Callable[[Case], list[Any]]) -> str | None:
    expected = Outcome("observed", tuple(oracle.observe_channel(case.body)))
    actual = Outcome("observed", tuple(observe(case)))
    if expected == actual:
        return None
    found = compare(case, expected, actual).difference
    return None if found is None else str(found)


class TestCases:
    def test_every_channel_case_of_the_corpus_is_observed_alike(self, rust_oracle: Callable[[Case], list[Any]]) -> None:
        before = channel_counters()
        found = [case for _, case in entries()]
        assert len(found) > 500
        assert not [text for case in found if (text := difference(case, rust_oracle)) is not None]
        after = channel_counters()
        assert all(after[name]["update"] > before[name]["update"] for name in NAMES)

    @settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=cases())
    def test_random_channel_cases_are_observed_alike(
        self, rust_oracle: Callable[[Case], list[Any]], case: Case
    ) -> None:
        assert difference(case, rust_oracle) is None

    def test_a_planted_difference_is_seen(self, rust_oracle: Callable[[Case], list[Any]]) -> None:
        class Keeping(RUST.EphemeralValue):  # type: ignore[misc,name-defined]
            def update(self, values: Any) -> bool:
                return bool(values) and super().update(values)

        case = Case(
            "channel",
            {
                "channel": {"class": "EphemeralValue", "key": "k", "guard": True},
                "ops": [{"op": "update", "values": [1]}, {"op": "update", "values": []}],
            },
        )
        assert difference(case, rust_oracle) is None
        original = RUST.EphemeralValue
        RUST.EphemeralValue = Keeping
        try:
            assert difference(case, rust_oracle) is not None
        finally:
            RUST.EphemeralValue = original
