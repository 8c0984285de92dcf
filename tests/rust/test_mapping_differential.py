"""Inputs, outputs, debug events and task statuses: our functions beside upstream's, on the same arguments."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType, SimpleNamespace
from typing import Any

import langgraph.pregel._io as upstream_io
import langgraph.pregel._task_status as upstream_status
import langgraph.pregel.debug as upstream_debug
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.channels.ephemeral_value import EphemeralValue
from langgraph.channels.last_value import LastValue
from langgraph.channels.named_barrier_value import NamedBarrierValue
from langgraph.channels.topic import Topic
from langgraph.errors import EmptyChannelError
from langgraph.types import Command, Interrupt, PregelExecutableTask, Send
from langgraph_rs.algorithm import debug, io, task_status
from mapping_sides import Both, Call, Log
from pydantic import BaseModel

READ_CHANNEL = Both(upstream_io.read_channel, io.read_channel)
READ_CHANNELS = Both(upstream_io.read_channels, io.read_channels)
COMMAND = Both(upstream_io.map_command, io.map_command)
INPUT = Both(upstream_io.map_input, io.map_input)
VALUES = Both(upstream_io.map_output_values, io.map_output_values)
UPDATES = Both(upstream_io.map_output_updates, io.map_output_updates)
STATUSES = Both(upstream_status.read_task_statuses, task_status.read_task_statuses)
TASKS = Both(upstream_debug.map_debug_tasks, debug.map_debug_tasks)
MULTIPLE = Both(upstream_debug.is_multiple_channel_write, debug.is_multiple_channel_write)
FOLDED = Both(upstream_debug.map_task_result_writes, debug.map_task_result_writes)
RESULTS = Both(upstream_debug.map_debug_task_results, debug.map_debug_task_results)
PUBLIC = Both(upstream_debug.rm_pregel_keys, debug.rm_pregel_keys)
CHECKPOINT = Both(upstream_debug.map_debug_checkpoint, debug.map_debug_checkpoint)
WRITES = Both(upstream_debug.tasks_w_writes, debug.tasks_w_writes)

NULL = "00000000-0000-0000-0000-000000000000"


class Where(str, Enum):
    """A goto as users write it: what an f-string makes of it is not its value."""

    A = "a"


class Text(str):
    """A str that formats as something else."""

    def __format__(self, spec: str) -> str:
        return f"<{super().__format__(spec)}>"

    def __str__(self) -> str:
        return "text"


class Custom:
    """A channel of no known class."""

    def __init__(self, log: Log, found: Any) -> None:
        self.log, self.found = log, found

    def get(self) -> Any:
        self.log.append("get")
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


class EmptierError(EmptyChannelError):
    """A subclass of upstream's error."""


class Refusing(dict[str, Any]):
    """A mapping that has no channel yet for any name."""

    def __getitem__(self, name: str) -> Any:
        raise EmptyChannelError(name)


class Loud:
    """Equal to one text; says when it is asked."""

    def __init__(self, log: Log, text: str) -> None:
        self.log, self.text = log, text

    def __eq__(self, other: object) -> bool:
        self.log.append(("eq", self.text, other))
        return self.text == other

    def __hash__(self) -> int:
        self.log.append(("hash", self.text))
        return hash(self.text)


def last(value: Any) -> LastValue[Any]:
    channel: LastValue[Any] = LastValue(Any)
    channel.update([value])
    return channel


def channels() -> dict[str, Any]:
    """One of each sort, and names for them."""
    topic = Topic(int)
    topic.update([1, [2, 3]])
    barrier = NamedBarrierValue(str, {"x"})
    barrier.update(["x"])
    summed = BinaryOperatorAggregate(list, lambda left, right: left + right)
    summed.update([[1]])
    return {
        "a": last(1),
        "none": last(None),
        "empty": LastValue(int),
        "gone": EphemeralValue(int),
        "topic": topic,
        "barrier": barrier,
        "sum": summed,
        "b": last([0]),
    }


NAMES = tuple(channels())


# ---------------------------------------------------------------------------------------------- read_channel(s)


@pytest.mark.parametrize("name", [*NAMES, "unknown"])
@pytest.mark.parametrize("catch", [None, True, False])
def test_one_channel_is_read(name: str, catch: bool | None) -> None:
    kwargs = {} if catch is None else {"catch": catch}
    READ_CHANNEL.agree(lambda: Call((channels(), name), kwargs))


@pytest.mark.parametrize("found", [7, None, EmptyChannelError("e"), EmptierError(), ValueError("v"), KeyError("k")])
@pytest.mark.parametrize("catch", [True, False])
def test_a_custom_channel_is_read_by_its_methods(found: Any, catch: bool) -> None:
    def make() -> Call:
        log: Log = []
        return Call(({"c": Custom(log, found)}, "c"), {"catch": catch}, log)

    READ_CHANNEL.agree(make)


def test_a_mapping_may_say_itself_that_a_channel_is_empty() -> None:
    for catch in (True, False):
        READ_CHANNEL.agree(lambda catch=catch: Call((Refusing(a=last(1)), "a"), {"catch": catch}))  # type: ignore[misc]
    READ_CHANNELS.agree(lambda: Call((Refusing(a=last(1)), ["a"])))


@pytest.mark.parametrize(
    "select", ["a", "empty", "unknown", Text("a"), [], list(NAMES), NAMES[::-1], ["a", "a"], ["a", "unknown", "b"], 3]
)
@pytest.mark.parametrize("skip_empty", [None, True, False])
def test_channels_are_read_in_the_order_of_the_selection(select: Any, skip_empty: bool | None) -> None:
    kwargs = {} if skip_empty is None else {"skip_empty": skip_empty}
    READ_CHANNELS.agree(lambda: Call((channels(), select), kwargs))
    READ_CHANNELS.agree(lambda: Call((MappingProxyType(channels()), select), kwargs))


# -------------------------------------------------------------------------------------------------- map_command


class State(BaseModel):
    """A state as a pydantic model."""

    a: int = 0
    b: int = 0


@dataclass
class Fields:
    """A state as a dataclass."""

    a: int = 0


def update_of(kind: str) -> Any:
    return {
        "none": None,
        "empty": {},
        "dict": {"a": 1, "b": [2]},
        "pairs": [("a", 1), ("a", 2)],
        "no pairs": [("a", 1), "b"],
        "model": State(a=3),
        "dataclass": Fields(4),
        "value": 5,
    }[kind]


def goto_of(kind: str) -> Any:
    return {
        "nothing": (),
        "str": "a",
        "send": Send("a", 1),
        "enum": Where.A,
        "text": Text("a"),
        "list": ["a", Send("b", {}), "c"],
        "tuple": ("a", Where.A),
        "wrong": ["a", 3, "b"],
        "wrong alone": 3.5,
        "none inside": [None],
    }[kind]


UPDATE_KINDS = ("none", "empty", "dict", "pairs", "no pairs", "model", "dataclass", "value")
GOTO_KINDS = ("nothing", "str", "send", "enum", "text", "list", "tuple", "wrong", "wrong alone", "none inside")


@pytest.mark.parametrize("graph", [None, "__parent__", "other"])
@pytest.mark.parametrize("goto", GOTO_KINDS)
@pytest.mark.parametrize("resume", [None, 0, {"id": 1}])
@pytest.mark.parametrize("update", UPDATE_KINDS)
def test_a_command_becomes_writes(graph: str | None, goto: str, resume: Any, update: str) -> None:
    COMMAND.agree(lambda: Call((Command(graph=graph, goto=goto_of(goto), resume=resume, update=update_of(update)),)))


class Slow:
    """Looks like a command and says what is asked of it."""

    graph = None

    def __init__(self, log: Log, updates: Any) -> None:
        self.log, self.updates = log, updates

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.log[-1:] != [name]:  # Asked again at once: how often does not show in what a real command yields.
            self.log.append(name)
        return {"goto": ("a", "b"), "resume": 1, "update": True}[name]

    def _update_as_tuples(self) -> Any:
        self.log.append("updates")
        if isinstance(self.updates, BaseException):
            raise self.updates
        return self.updates


@pytest.mark.parametrize(
    "updates",
    [[("a", 1)], [("a", 1, 2)], [("a",)], [3], ["ab"], ValueError("v"), StopIteration("s"), None, ()],
)
def test_a_command_is_looked_at_as_far_as_its_writes_are_asked_for(updates: Any) -> None:
    def make() -> Call:
        log: Log = []
        return Call((Slow(log, updates),), log=log)

    COMMAND.agree(make)


# ---------------------------------------------------------------------------------------------------- map_input


@pytest.mark.parametrize("select", ["a", ["a", "b"], ("b",), [], {"a": 1}, Text("a")])
@pytest.mark.parametrize(
    "chunk",
    [None, 0, "a", [1], {}, {"a": 1}, {"b": 1, "x": 2, "a": None, Text("y"): 3}, defaultdict(int, {"a": 1}), {1: 2}],
)
def test_an_input_becomes_writes(select: Any, chunk: Any, caplog: pytest.LogCaptureFixture) -> None:
    told: list[list[tuple[str, int, str]]] = []
    for side in (INPUT.upstream, INPUT.ours):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            INPUT.observe(side, lambda: Call((select, chunk)))
        told.append([(record.name, record.levelno, record.getMessage()) for record in caplog.records])
    INPUT.agree(lambda: Call((select, chunk)))
    assert told[0] == told[1]


class Unfinished(dict[str, Any]):
    """A dict that fails halfway."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(a=1, b=2)
        self.error = error

    def __iter__(self) -> Iterator[str]:
        yield "a"
        raise self.error

    def __getitem__(self, key: str) -> Any:
        return f"item {key}"


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt()])
def test_an_input_that_fails_fails_where_it_is_read(error: BaseException) -> None:
    INPUT.agree(lambda: Call((["a", "b"], Unfinished(error))))


class Membership:
    """Input channels that end a loop around them when asked."""

    def __contains__(self, name: str) -> bool:
        raise StopIteration(name)


def test_an_error_that_would_end_a_loop_is_seen() -> None:
    seen = INPUT.agree(lambda: Call((Membership(), {"a": 1})))
    assert "generator raised StopIteration" in repr(seen)


# -------------------------------------------------------------------------------------- map_output_values, updates


def task(name: str = "n", number: int = 0, **fields: Any) -> PregelExecutableTask:
    values: dict[str, Any] = {
        "name": name,
        "input": {"in": number},
        "proc": None,
        "writes": deque(),
        "config": {"tags": []},
        "triggers": [f"branch:to:{name}"],
        "retry_policy": (),
        "cache_key": None,
        "id": f"id{number}",
        "path": ("__pregel_pull", name),
    }
    return PregelExecutableTask(**{**values, **fields})


CHANNELS = ("a", "b", "none", "empty", "branch:to:n", "__return__", "__error__", "__interrupt__", "__no_writes__")
PARTS = st.recursive(
    st.none() | st.integers(0, 2) | st.just("x"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["$writes", "k"]), inner, max_size=2),
    max_leaves=4,
)
WRITE = st.tuples(st.sampled_from(CHANNELS), PARTS)
SELECTIONS = st.sampled_from(["a", "none", ["a", "b"], ("b", "none", "a"), [], {"a": 0}])


def copied(value: Any) -> Any:
    """The same value anew: both sides must get containers of their own."""
    if isinstance(value, list):
        return [copied(item) for item in value]
    if isinstance(value, tuple):
        return tuple(copied(item) for item in value)
    return {key: copied(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(selection=SELECTIONS, writes=st.just(True) | st.lists(WRITE, max_size=4))
@settings(max_examples=300, deadline=None)
def test_values_are_shown_when_a_shown_channel_was_written(selection: Any, writes: Any) -> None:
    VALUES.agree(lambda: Call((selection, copied(writes), channels())))


@pytest.mark.parametrize("selection", ["a", ["a", "b"]])
@pytest.mark.parametrize(
    "writes",
    [1, None, [1], [("a",)], [("a", 1, 2)], [("b", 1), ("a",)], [("x", 0), "ab"], [[1]], [{"a": 1, "b": 2}], [([], 1)]],
)
def test_writes_that_are_no_pairs_fail_alike(selection: Any, writes: Any) -> None:
    VALUES.agree(lambda: Call((selection, copied(writes), channels())))
    UPDATES.agree(lambda: Call((selection, [(task(), copied(writes))])))
    FOLDED.agree(lambda: Call((copied(writes),)))
    RESULTS.agree(lambda: Call(((task(), copied(writes)), selection)))


def test_a_channel_that_is_no_str_is_compared_by_its_own_methods() -> None:
    def make() -> Call:
        log: Log = []
        return Call(("a", [(Loud(log, "b"), 1), (Loud(log, "a"), 2), (Loud(log, "c"), 2)], channels()), log=log)

    VALUES.agree(make)


CONFIGS = st.sampled_from(
    [
        None,
        {},
        {"tags": None},
        {"tags": []},
        {"tags": ["langsmith:hidden"]},
        {"tags": ["seq:step:1", "mine"]},
        {"tags": ("seq:step:1",), "metadata": {"langgraph_step": 1, "thread_id": "t", "mine": [1]}},
        {"metadata": {"mine": 1}},
        {"metadata": None, "tags": ["t"]},
        {"metadata": {"langgraph_node": "n"}},
        {"metadata": MappingProxyType({"mine": 2})},
    ]
)
TASK_WRITES = st.lists(
    st.tuples(st.sampled_from(["n", "m"]), CONFIGS, st.lists(WRITE, max_size=4), st.sampled_from([list, tuple, deque])),
    max_size=4,
)


@given(selection=SELECTIONS, tasks=TASK_WRITES, cached=st.sampled_from([None, False, True]))
@settings(max_examples=500, deadline=None)
def test_updates_are_shown_by_task(selection: Any, tasks: Any, cached: bool | None) -> None:
    kwargs = {} if cached is None else {"cached": cached}

    def make() -> Call:
        listed = [
            (task(name, number, config=copied(config)), kind(copied(writes)))
            for number, (name, config, writes, kind) in enumerate(tasks)
        ]
        return Call((selection, listed), kwargs)

    UPDATES.agree(make)


def test_only_the_first_write_tells_a_failed_task() -> None:
    """Trap 18: a node that failed after it wrote something is still shown."""
    failed = ("__error__", ValueError("v"))
    seen = UPDATES.agree(lambda: Call((["a"], [(task(), [("a", 1), failed])])))
    assert "'end', 0" not in repr(seen)
    assert "('str', \"'a'\")" in repr(seen)
    UPDATES.agree(lambda: Call((["a"], [(task(), [failed, ("a", 1)])])))


@pytest.mark.parametrize("tasks", [[task()], [(task(), [], 3)], 5, [(task(), [(["unhashable"], 1)])], [(task(), [3])]])
def test_tasks_that_are_no_pairs_fail_alike(tasks: Any) -> None:
    for selection in ("a", ["a"], [["unhashable"]]):
        UPDATES.agree(lambda selection=selection: Call((selection, tasks)))  # type: ignore[misc]


# ------------------------------------------------------------------------------------------- read_task_statuses

IDS = st.sampled_from([NULL, "id0", "id1", "id2"])
CONTROL = ("__resume__", "__error_source_node__")
INTERRUPTS = st.sampled_from([Interrupt("q", id="i1"), Interrupt(["q"], id="i2")])
PENDING_WRITE = st.one_of(
    st.tuples(IDS, st.sampled_from([*CHANNELS[:6], "__no_writes__", *CONTROL]), PARTS),
    st.tuples(IDS, st.just("__interrupt__"), INTERRUPTS | st.lists(INTERRUPTS, max_size=2).map(tuple)),
    st.tuples(IDS, st.just("__error__"), st.none() | st.sampled_from([ValueError("v"), "text"])),
)
PENDING = st.lists(PENDING_WRITE, max_size=6)


@given(PENDING)
@settings(max_examples=500, deadline=None)
def test_the_status_of_tasks_is_read_from_their_writes(pending: Any) -> None:
    STATUSES.agree(lambda: Call((copied(pending),)))


class Sequenced(list[Any]):
    """A subclass of a sequence."""


@pytest.mark.parametrize(
    "value", [Interrupt(1, id="i"), [], "text", b"by", Sequenced([1]), range(2), {1: 2}, {3}, None]
)
def test_an_interrupt_may_hold_one_question_or_several(value: Any) -> None:
    STATUSES.agree(lambda: Call(([("id0", "__interrupt__", value), ("id0", "__interrupt__", (7,))],)))


def test_an_error_with_partial_output_counts_as_finished() -> None:
    """Trap 26."""
    pending = [("id0", "a", 1), ("id0", "__error__", ValueError("v")), ("id0", "__error__", ValueError("w"))]
    STATUSES.agree(lambda: Call((pending,)))
    status = task_status.read_task_statuses(pending)["id0"]
    assert status.finished
    assert str(status.error) == "v"


@pytest.mark.parametrize("channel", ["__interrupt__", "__error__", "__resume__", "a", "\ud800"])
def test_channels_of_writes_may_be_any_text(channel: str) -> None:
    def make() -> Call:
        log: Log = []
        writes = [("id0", Loud(log, channel), 1), ("id0", Text(channel), 2), (Text("id0"), channel, 3)]
        return Call((writes,), log=log)

    STATUSES.agree(make)


@pytest.mark.parametrize(
    "pending", [[("id0", "a")], [("id0", "a", 1, 2)], [3], 3, [([], "a", 1)], [("i", [], 1)], iter(())]
)
def test_writes_that_are_no_triples_fail_alike(pending: Any) -> None:
    STATUSES.agree(lambda: Call((pending,)))
    WRITES.agree(lambda: Call(([task()], pending, None, "a")))


# ---------------------------------------------------------------------------------------------------- debug events


@given(st.lists(st.tuples(st.sampled_from(["n", "m"]), CONFIGS), max_size=4))
@settings(max_examples=300, deadline=None)
def test_tasks_are_told_with_what_users_gave_them(tasks: Any) -> None:
    TASKS.agree(lambda: Call(([task(name, at, config=copied(config)) for at, (name, config) in enumerate(tasks)],)))


@pytest.mark.parametrize(
    "config",
    [{"tags": 3}, {"tags": [3]}, {"metadata": 3}, {"metadata": {1: 2}}, {"metadata": {Text("a"): 1}}, 3, "text"],
)
def test_configs_that_make_no_sense_fail_alike(config: Any) -> None:
    TASKS.agree(lambda: Call(([task(), task(config=config), task()],)))


def test_tasks_of_any_class_are_told() -> None:
    """Upstream's tests give objects that only look like tasks."""
    fields = {"id": 1, "name": None, "input": (), "triggers": "t", "config": None}
    TASKS.agree(lambda: Call((iter([SimpleNamespace(**fields), SimpleNamespace(id=1)]),)))


@given(PARTS)
@settings(deadline=None)
def test_folded_writes_are_recognised(value: Any) -> None:
    MULTIPLE.agree(lambda: Call((copied(value),)))


@given(st.lists(WRITE, max_size=6))
@settings(max_examples=300, deadline=None)
def test_writes_of_one_channel_are_folded(writes: Any) -> None:
    FOLDED.agree(lambda: Call((copied(writes),)))


def test_a_value_that_looks_folded_grows() -> None:
    """Upstream appends to the list inside the user's own value."""
    for fold in (FOLDED.upstream, FOLDED.ours):
        mine: list[Any] = [1]
        assert fold([("a", {"$writes": mine, "k": 0}), ("a", 2)]) == {"a": {"$writes": [1, 2]}}
        assert mine == [1, 2]


RESULT_WRITE = st.one_of(
    WRITE.filter(lambda write: write[0] != "__interrupt__"),
    st.tuples(st.just("__interrupt__"), INTERRUPTS | st.lists(INTERRUPTS, max_size=2).map(tuple)),
    st.tuples(st.just("__error__"), st.just(ValueError("v"))),
    st.tuples(st.just("a"), PARTS, PARTS),
)


@given(selection=SELECTIONS, writes=st.lists(RESULT_WRITE, max_size=5), kind=st.sampled_from([list, deque, tuple]))
@settings(max_examples=500, deadline=None)
def test_results_of_tasks_are_told(selection: Any, writes: Any, kind: Callable[[Any], Any]) -> None:
    RESULTS.agree(lambda: Call(((task(), kind(copied(writes))), selection)))


@pytest.mark.parametrize("value", ["text", 3, (3,), {"a": 1}])
def test_an_interrupt_that_is_none_fails_alike(value: Any) -> None:
    RESULTS.agree(lambda: Call(((task(), [("__interrupt__", value)]), "a")))


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        {"configurable": {}},
        {"configurable": {"thread_id": 1, "__pregel_send": 2, "checkpoint_ns": ""}, "tags": []},
        {"configurable": MappingProxyType({"a": 1})},
        {"configurable": {1: 2}},
        {"configurable": None},
        3,
    ],
)
def test_internal_keys_are_left_out_of_configs(config: Any) -> None:
    PUBLIC.agree(lambda: Call((config,)))


CONFIGURABLES = st.fixed_dictionaries(
    {"thread_id": st.just("t"), "checkpoint_ns": st.sampled_from(["", "p:1"]), "checkpoint_id": st.just("c")},
    optional={"__pregel_send": st.just(1), "checkpoint_map": st.just({"": "x"})},
)
METADATA = st.sampled_from([None, {}, {"parents": {}}, {"parents": {"": "c0"}, "step": 1}, {"step": 2}])


@given(
    selection=SELECTIONS,
    names=st.lists(st.sampled_from(["n", "m"]), max_size=3),
    pending=PENDING,
    configurable=CONFIGURABLES,
    metadata=METADATA,
    parent=st.booleans(),
    subgraphs=st.lists(st.booleans(), min_size=3, max_size=3),
)
@settings(max_examples=400, deadline=None)
def test_checkpoints_are_told_with_the_tasks_that_follow(
    *,
    selection: Any,
    names: list[str],
    pending: Any,
    configurable: Any,
    metadata: Any,
    parent: bool,
    subgraphs: list[bool],
) -> None:
    def make() -> Call:
        tasks = {str(at): task(name, at, subgraphs=["graph"] if subgraphs[at] else []) for at, name in enumerate(names)}
        config = {"configurable": copied(configurable), "tags": []}
        before = {"configurable": {**configurable, "checkpoint_id": "b"}} if parent else None
        live = channels()
        return Call((config, live, selection, copied(metadata), tasks.values(), copied(pending), before, selection))

    CHECKPOINT.agree(make)


def test_tasks_that_can_be_gone_through_once_are_gone_through_once() -> None:
    config = {"configurable": {"thread_id": "t"}}
    CHECKPOINT.agree(lambda: Call((config, channels(), "a", {}, iter([task()]), [], None, "a")))


@pytest.mark.parametrize(
    "config", [{}, {"configurable": {}}, {"configurable": {"checkpoint_ns": "x"}}, {"configurable": None}, None]
)
def test_checkpoints_of_configs_that_lack_something_fail_alike(config: Any) -> None:
    for metadata in ({}, {"parents": {"": "c0"}}):
        arguments = (config, channels(), "a", metadata, [task(subgraphs=[1])], None, config, "a")
        CHECKPOINT.agree(lambda arguments=arguments: Call(arguments))  # type: ignore[misc]


STATES = st.sampled_from([None, {}, {"id0": {"configurable": {}}, "id2": "state"}])


@given(
    selection=SELECTIONS,
    names=st.lists(st.sampled_from(["n", "m"]), max_size=3),
    pending=st.none() | PENDING,
    states=STATES,
    live=st.sampled_from([None, False, True]),
)
@settings(max_examples=500, deadline=None)
def test_tasks_get_what_their_writes_say(
    selection: Any, names: list[str], pending: Any, states: Any, live: bool | None
) -> None:
    kwargs = {} if live is None else {"live": live}
    tasks = [task(name, at) for at, name in enumerate(names)]
    WRITES.agree(lambda: Call((tasks, copied(pending), copied(states), selection), kwargs))


@pytest.mark.parametrize("key", [Text("a"), Where.A])
def test_the_output_key_is_looked_up_as_its_text(key: Any) -> None:
    for output in (key, [key]):
        WRITES.agree(lambda output=output: Call(([task()], [("id0", "a", 1), ("id0", "a", 2)], None, output)))  # type: ignore[misc]


# --------------------------------------------------------------------------------------------- calls from inside


def test_a_channel_may_read_channels_while_it_is_read() -> None:
    class Reading(Mapping[str, Any]):
        def __init__(self, read: Callable[..., Any]) -> None:
            self.read = read

        def __getitem__(self, name: str) -> Any:
            if name == "outer":
                return SimpleNamespace(get=lambda: self.read(self, ["inner", "inner"]))
            return last(1)

        def __iter__(self) -> Iterator[str]:
            return iter(())

        def __len__(self) -> int:
            return 0

    for read in (READ_CHANNELS.upstream, READ_CHANNELS.ours):
        assert read(Reading(read), ["outer", "inner"]) == {"outer": {"inner": 1}, "inner": 1}


def test_a_generator_can_be_left_and_closed() -> None:
    for side in (COMMAND.upstream, COMMAND.ours):
        made = side(Command(goto=["a", "b"], update={"c": 1}))
        assert next(made) == (NULL, "branch:to:a", "__start__")
        made.close()
        assert list(made) == []


# ------------------------------------------------------------------------------------ would these tests notice?


def eager(cmd: Command[Any]) -> Any:
    return iter(list(upstream_io.map_command(cmd)))


def reordered(channels: Any, select: Any) -> Any:
    return dict(reversed(upstream_io.read_channels(channels, select).items()))


def unaliased(writes: Any) -> Any:
    return upstream_debug.map_task_result_writes([(name, copied(value)) for name, value in writes])


def other_error(pending: Any) -> Any:
    try:
        return upstream_status.read_task_statuses(pending)
    except ValueError as error:
        raise TypeError(*error.args) from None


def other_class(pending: Any) -> Any:
    return {key: (value.output, value.error) for key, value in upstream_status.read_task_statuses(pending).items()}


PLANTED: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[[], Call]]] = {
    "everything at once": (upstream_io.map_command, eager, lambda: Call((Command(goto="a"),))),
    "another order": (upstream_io.read_channels, reordered, lambda: Call((channels(), ["a", "b"]))),
    "a copy": (upstream_debug.map_task_result_writes, unaliased, lambda: Call(([("a", [1])],))),
    "another error": (upstream_status.read_task_statuses, other_error, lambda: Call(([(1, 2)],))),
    "another class": (upstream_status.read_task_statuses, other_class, lambda: Call(([("i", "a", 1)],))),
    "a change": (upstream_io.read_channel, lambda held, _: held.pop("a").get(), lambda: Call((channels(), "a"))),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_difference_is_noticed(fault: str) -> None:
    upstream, planted, make = PLANTED[fault]
    Both(upstream, upstream).agree(make)
    with pytest.raises(AssertionError, match="upstream: "):
        Both(upstream, planted).agree(make)
