"""What upstream's own tests never do (upstream-loop.md §2) as small programs on the real API, one function each.

Run as a program it prints one JSON object: what each of them observed; `test_never_exercised.py` holds that data.
"""

import asyncio
import copy
import operator
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal
from typing import Annotated, Any

from trap_programs import Log, main, says, thread_of
from typing_extensions import TypedDict

PROGRAMS: dict[str, Callable[[], Any]] = {}


def program(function: Callable[[], Any]) -> Callable[[], Any]:
    """Puts a program on the list."""
    PROGRAMS[function.__name__] = function
    return function


def logging_channel(base: Any, calls: list[str]) -> Any:
    """A subclass of a channel class that tells each call of the methods that it overrides."""

    def telling(name: str) -> Any:
        def method(self: Any, *args: Any) -> Any:
            calls.append(f"{name}{[list(arg) if isinstance(arg, list | tuple) else arg for arg in args] or ''}")
            return getattr(base, name)(self, *args)

        return method

    names = ("update", "get", "is_available", "checkpoint", "consume", "finish", "copy")
    return type("Telling", (base,), {name: telling(name) for name in names})


def own_channel() -> Any:
    """A class that inherits from nothing but upstream's abstract class."""
    from langgraph.channels.base import BaseChannel
    from langgraph.errors import EmptyChannelError

    class Largest(BaseChannel[int, int, int]):
        """Keeps the largest value; empty again once it is above 100."""

        value: int | None = None

        @property
        def ValueType(self) -> Any:  # noqa: N802
            return int

        @property
        def UpdateType(self) -> Any:  # noqa: N802
            return int

        def from_checkpoint(self, checkpoint: Any) -> Any:
            new = type(self)(self.typ, self.key)
            new.value = checkpoint if isinstance(checkpoint, int) else None
            return new

        def update(self, values: Any) -> bool:
            before = self.value
            for value in values:
                self.value = value if self.value is None else max(self.value, value)
            if self.value is not None and self.value > 100:
                self.value = None
            return self.value != before

        def get(self) -> int:
            if self.value is None:
                raise EmptyChannelError
            return self.value

    return Largest


def three_steps(channel: Any, values: tuple[Any, ...] = (1, 5, 2), **compiled: Any) -> Any:
    """A chain of nodes that write `x`; the last one reads it."""
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        x: channel
        log: Annotated[list[str], operator.add]

    graph = StateGraph(State)
    before = START
    for name, value in zip("abc", values, strict=True):
        graph.add_node(name, lambda state, value=value: {"x": value, "log": [f"{state.get('x')}"]})
        graph.add_edge(before, name)
        before = name
    graph.add_node("end", lambda state: {"log": [f"{state.get('x')}"]})
    graph.add_edge(before, "end")
    return graph.compile(**compiled)


@program
def a_channel_class_of_ones_own() -> Any:
    from langgraph.channels.base import BaseChannel
    from langgraph.checkpoint.memory import InMemorySaver

    largest = own_channel()
    graph = three_steps(Annotated[int, largest], checkpointer=InMemorySaver())
    first = graph.invoke({"log": []}, thread_of())
    asynchronous = asyncio.run(graph.ainvoke({"log": []}, thread_of("2")))
    graph.update_state(thread_of(), {"x": 50})
    return {
        "first": first,
        "asynchronous": asynchronous,
        "updated": graph.get_state(thread_of()).values,
        "again": graph.invoke({"x": 200, "log": []}, thread_of()),
        "history": [saved.values.get("x") for saved in graph.get_state_history(thread_of())],
        "is a channel": isinstance(graph.channels["x"], BaseChannel),
        "class": type(graph.channels["x"]).__name__,
        "key": graph.channels["x"].key,
    }


@program
def a_channel_class_of_ones_own_hears_what_upstream_tells_it() -> Any:
    calls: list[str] = []
    graph = three_steps(Annotated[int, logging_channel(own_channel(), calls)])
    result = graph.invoke({"log": []})
    return {"result": result, "calls": calls}


@program
def subclasses_of_built_in_channels_are_asked_by_their_methods() -> Any:
    from langgraph.channels import BinaryOperatorAggregate, EphemeralValue, LastValue, Topic
    from langgraph.graph import START, StateGraph

    told: dict[str, Any] = {}
    for base, made in (
        (LastValue, lambda cls: cls(int)),
        (EphemeralValue, lambda cls: cls(int, False)),
        (Topic, lambda cls: cls(int)),
        (BinaryOperatorAggregate, lambda cls: cls(int, operator.add)),
    ):
        calls: list[str] = []
        channel = made(logging_channel(base, calls))
        graph = StateGraph(TypedDict("state", {"x": Annotated[int, channel]}))  # type: ignore[misc]
        graph.add_node("a", lambda state: {"x": 1})
        graph.add_node("b", lambda state: {})
        graph.add_edge(START, "a")
        graph.add_edge("a", "b")
        calls.clear()
        result = graph.compile().invoke({"x": 3})
        told[base.__name__] = {"result": result, "calls": calls, "is": isinstance(channel, base)}
    return told


@program
def a_subclass_of_a_built_in_channel_has_the_last_word() -> Any:
    from langgraph.channels import LastValue
    from langgraph.checkpoint.memory import InMemorySaver

    class Doubled(LastValue):  # type: ignore[type-arg]
        def update(self, values: Any) -> bool:
            return super().update([value * 2 for value in values])

        def checkpoint(self) -> Any:
            return ("kept", super().checkpoint())

        def from_checkpoint(self, checkpoint: Any) -> Any:
            inner = checkpoint[1] if isinstance(checkpoint, tuple) else checkpoint
            return super().from_checkpoint(inner)

    saver = InMemorySaver()
    graph = three_steps(Annotated[int, Doubled], checkpointer=saver)
    result = graph.invoke({"x": 10, "log": []}, thread_of())
    stored = saver.get_tuple(thread_of())
    return {
        "result": result,
        "state": graph.get_state(thread_of()).values,
        "stored": stored and stored.checkpoint["channel_values"]["x"],
        "again": graph.invoke({"log": []}, thread_of())["log"],
    }


def added(left: Any, right: Any) -> Any:
    """A reducer that can be found by its name."""
    return left + right


def folded(left: Any, batch: Any) -> Any:
    """A batch reducer that can be found by its name."""
    return [*left, *batch]


def every_channel() -> dict[str, Any]:
    from langgraph.channels import (
        AnyValue,
        BinaryOperatorAggregate,
        EphemeralValue,
        LastValue,
        NamedBarrierValue,
        Topic,
        UntrackedValue,
    )
    from langgraph.channels.delta import DeltaChannel
    from langgraph.channels.last_value import LastValueAfterFinish
    from langgraph.channels.named_barrier_value import NamedBarrierValueAfterFinish

    return {
        "AnyValue": AnyValue(list),
        "BinaryOperatorAggregate": BinaryOperatorAggregate(list, added),
        "DeltaChannel": DeltaChannel(folded, list, snapshot_frequency=3),
        "EphemeralValue": EphemeralValue(list, False),
        "LastValue": LastValue(list),
        "LastValueAfterFinish": LastValueAfterFinish(list),
        "NamedBarrierValue": NamedBarrierValue(str, {"a", "b"}),
        "NamedBarrierValueAfterFinish": NamedBarrierValueAfterFinish(str, {"a", "b"}),
        "Topic": Topic(list, True),
        "UntrackedValue": UntrackedValue(list),
    }


def looked_at(channel: Any) -> dict[str, Any]:
    """What a user can see of a channel, as plain data."""

    def shown(work: Callable[[], Any]) -> Any:
        try:
            value = work()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        if type(value) is object:
            return "no value"
        return sorted(value) if isinstance(value, set) else value if isinstance(value, bool) else repr(value)

    attributes = ("key", "typ", "value", "values", "names", "seen", "finished", "guard", "accumulate")
    return {
        "class": type(channel).__qualname__,
        "get": shown(channel.get),
        "available": shown(channel.is_available),
        **{name: shown(lambda name=name: getattr(channel, name)) for name in attributes if hasattr(channel, name)},
    }


def filled(name: str) -> Any:
    channel = every_channel()[name]
    channel.key = f"key of {name}"
    channel.update(["a"] if "Barrier" in name else [["item"]])
    return channel


@program
def channels_are_pickled_and_copied() -> Any:
    result: dict[str, Any] = {}
    for name in every_channel():
        for state, make in (("empty", lambda name=name: every_channel()[name]), ("filled", lambda n=name: filled(n))):
            channel = make()
            if name in {"AnyValue", "EphemeralValue", "LastValue", "UntrackedValue"} and state == "empty":
                # Upstream's sentinel for no value does not survive: it is known by its identity alone.
                copies = {"copy.copy": copy.copy(channel)}
            else:
                copies = {f"pickle {n}": pickle.loads(pickle.dumps(channel, n)) for n in range(2, 6)}
                copies |= {"copy.copy": copy.copy(channel), "copy.deepcopy": copy.deepcopy(channel)}
            expected = looked_at(channel)
            result[f"{name} {state}"] = {
                "original": expected,
                "as the original": [how for how, made in copies.items() if looked_at(made) == expected],
                "equal": [how for how, made in copies.items() if made == channel],
            }
    return result


@program
def a_deep_copy_is_independent() -> Any:
    told = {}
    for name in every_channel():
        channel = filled(name)
        made = copy.deepcopy(channel)
        made.update(["b"] if "Barrier" in name else [["more"]])
        told[name] = [looked_at(channel), looked_at(made)]
    return told


@program
def a_graph_with_copied_channels_runs() -> Any:
    graph = three_steps(Annotated[list[str], added], (["1"], ["2"], ["3"]))
    before = graph.invoke({"x": ["0"], "log": []})
    graph.channels = pickle.loads(pickle.dumps({name: graph.channels[name] for name in ("log", "x")})) | {
        name: copy.deepcopy(channel) for name, channel in graph.channels.items() if name not in {"log", "x"}
    }
    return [before, graph.invoke({"x": ["0"], "log": []})]


@program
def any_value_takes_the_last_of_several_and_is_cleared() -> Any:
    from langgraph.channels import AnyValue
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        x: Annotated[int, AnyValue]
        log: Annotated[list[str], operator.add]

    graph = StateGraph(State)
    for name, value in (("a", 1), ("b", 2)):
        graph.add_node(name, lambda state, value=value: {"x": value})
        graph.add_edge(START, name)
        graph.add_edge(name, "c")
    graph.add_node("c", lambda state: {"log": [f"c {state.get('x')}"]})
    graph.add_node("d", lambda state: {"log": [f"d {state.get('x')}"]})
    graph.add_edge("c", "d")
    compiled = graph.compile(checkpointer=InMemorySaver())
    chunks = list(compiled.stream({"x": 0, "log": []}, thread_of(), stream_mode="values"))
    compiled.update_state(thread_of(), {"x": 9})
    return {
        "chunks": chunks,
        "history": [saved.values for saved in compiled.get_state_history(thread_of())],
        "updated": compiled.get_state(thread_of()).values,
    }


@program
def an_eager_stream_shows_what_happens_inside_a_running_task() -> Any:
    from langgraph.func import entrypoint, task

    told: dict[str, Any] = {}
    for eager in (True, False):
        shown = threading.Event()

        @task
        def inner(shown: threading.Event = shown, eager: bool = eager) -> str:
            return "shown" if shown.wait(20 if eager else 0.3) else "not shown"

        @entrypoint()
        def outer(value: int, inner: Any = inner) -> str:
            return inner().result()

        outer.stream_eager = eager
        events = []
        for event in outer.stream(1, stream_mode="tasks"):
            events.append([event["name"], "started" if "input" in event else event["result"]])
            if event["name"] == "inner":
                shown.set()
        told[str(eager)] = events
    return told


@program
def an_entrypoint_streams_eagerly_what_it_writes_itself() -> Any:
    from langgraph.func import entrypoint
    from langgraph.types import StreamWriter

    shown = threading.Event()

    @entrypoint()
    def flow(value: int, writer: StreamWriter) -> str:
        writer({"at": value})
        return "shown" if shown.wait(20) else "not shown"

    chunks = []
    for mode, chunk in flow.stream(1, stream_mode=["custom", "updates"]):
        chunks.append([mode, chunk])
        shown.set()
    return chunks


@program
def a_submit_function_of_ones_own_runs_the_tasks() -> Any:
    from langgraph.graph import START, StateGraph

    told: list[Any] = []

    def submit(fn: Any, *args: Any, **kwargs: Any) -> Any:
        told.append([fn.__name__, args[0].name, sorted(name for name in kwargs if name.startswith("__"))])
        future: Future[Any] = Future()
        try:
            kwargs = {name: value for name, value in kwargs.items() if not name.startswith("__")}
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future

    graph = StateGraph(Log).add_node("a", says("a")).add_node("b", says("b")).add_node("c", says("c"))
    graph.add_edge(START, "a").add_edge(START, "b").add_edge(["a", "b"], "c")
    config: Any = {"configurable": {"__pregel_runner_submit": lambda: submit}}
    result = graph.compile().invoke({"log": []}, config)
    return {"result": result, "told": sorted(told)}


@program
def the_loops_checkpoint_and_channels_can_be_looked_at() -> Any:
    from langgraph.channels.base import BaseChannel
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.pregel._loop import SyncPregelLoop

    seen: list[Any] = []
    original = SyncPregelLoop.after_tick

    def after_tick(self: Any) -> None:
        original(self)
        seen.append(
            {
                "keys": list(self.checkpoint),
                "channels": list(self.channels),
                "written": list(self.checkpoint["channel_versions"]),
                "seen": sorted(self.checkpoint["versions_seen"]),
                "updated": self.checkpoint["updated_channels"],
                "x": self.channels["x"].get(),
                "classes": all(isinstance(channel, BaseChannel) for channel in self.channels.values()),
                "dict": isinstance(self.channels, dict),
                "values": sorted(self.checkpoint["channel_values"]),
            }
        )

    SyncPregelLoop.after_tick = after_tick  # type: ignore[method-assign]
    try:
        result = three_steps(int, checkpointer=InMemorySaver()).invoke({"x": 0, "log": []}, thread_of())
    finally:
        SyncPregelLoop.after_tick = original  # type: ignore[method-assign]
    return {"result": result, "seen": seen}


@program
def the_loops_channels_can_be_changed_from_outside() -> Any:
    from langgraph.channels import EphemeralValue, LastValue
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.pregel._loop import SyncPregelLoop

    original = SyncPregelLoop.after_tick
    available: list[Any] = []

    def after_tick(self: Any) -> None:
        original(self)
        if self.step == 1:
            self.channels["x"].update([70])
            self.channels["new"] = LastValue(int, "new")
            self.channels["passing"] = EphemeralValue(int)
            self.channels["passing"].update([1])
        available.append([name for name, channel in self.channels.items() if channel.is_available()])

    SyncPregelLoop.after_tick = after_tick  # type: ignore[method-assign]
    try:
        saver = InMemorySaver()
        result = three_steps(int, checkpointer=saver).invoke({"x": 0, "log": []}, thread_of())
    finally:
        SyncPregelLoop.after_tick = original  # type: ignore[method-assign]
    return {"result": result, "available": available}


def versioned(following: Callable[[Any], Any]) -> Any:
    """An in-memory saver whose versions follow each other so; it writes down what it was asked."""
    from langgraph.checkpoint.memory import InMemorySaver

    class Saver(InMemorySaver):
        asked: list[str]

        def get_next_version(self, current: Any, channel: None) -> Any:
            self.asked.append(repr(current))
            return following(current)

    saver = Saver()
    saver.asked = []
    return saver


def with_versions(following: Callable[[Any], Any]) -> Any:
    from langgraph.types import Command, interrupt

    saver = versioned(following)
    graph: Any = three_steps(int, checkpointer=saver, interrupt_after=["b"])
    graph.nodes["end"].bound.func = lambda state: {"log": [interrupt("question")]}
    config = thread_of()
    stopped = graph.invoke({"x": 0, "log": []}, config)
    graph.update_state(config, {"x": 40})
    asked = [graph.invoke(None, config), graph.get_state(config).next]
    resumed = graph.invoke(Command(resume="answer"), config)
    stored = saver.get_tuple(config).checkpoint
    return {
        "stopped": stopped["log"],
        "asked": [str(asked[0]["__interrupt__"][0].value), list(asked[1])],
        "resumed": resumed["log"],
        "versions": {name: repr(version) for name, version in stored["channel_versions"].items()},
        "seen": {
            node: {name: repr(version) for name, version in seen.items()}
            for node, seen in sorted(stored["versions_seen"].items())
        },
        "calls": saver.asked,
        "history": [list(saved.next) for saved in graph.get_state_history(config)],
    }


@program
def versions_may_be_floats() -> Any:
    return with_versions(lambda current: 0.5 if current is None else current + 0.25)


@program
def versions_may_be_of_any_ordered_class() -> Any:
    return with_versions(lambda current: Decimal("1.10") if current is None else current * Decimal("1.1"))


@program
def a_tuple_of_stream_modes_yields_bare_chunks() -> Any:
    from langgraph.graph import START, StateGraph

    inner = StateGraph(Log).add_node("in", says("in")).add_edge(START, "in").compile()
    graph = StateGraph(Log).add_node("sub", inner).add_edge(START, "sub").compile()

    async def collected(**options: Any) -> list[Any]:
        return [chunk async for chunk in graph.astream({"log": []}, **options)]

    told: dict[str, Any] = {}
    for subgraphs in (False, True):
        for modes in (("values",), ("values", "updates"), ["values", "updates"]):
            options: dict[str, Any] = {"stream_mode": modes, "subgraphs": subgraphs}
            chunks = [list(graph.stream({"log": []}, **options)), asyncio.run(collected(**options))]
            told[f"{modes} {subgraphs}"] = [[without_ids(chunk) for chunk in part] for part in chunks]
    return told


def without_ids(chunk: Any) -> Any:
    """A chunk whose namespace, if it has one, is told without the task ids."""
    if isinstance(chunk, tuple) and isinstance(chunk[0], tuple):
        return [[name.split(":")[0] for name in chunk[0]], *chunk[1:]]
    return chunk


if __name__ == "__main__":
    main(PROGRAMS)
