"""langgraph_rs.algorithm.tasks beside upstream's `pregel/_algo.py`: the same results, effects, errors and log lines.

Each case builds the same world twice and lets upstream's functions work on one and ours on the other. Numbers in names
are those of the 31 traps.
"""

from __future__ import annotations

import copy
import functools
import gc
import logging
import operator
import pickle
import threading
import uuid
import weakref
from collections import ChainMap, OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from algorithm_worlds import (
    ALGORITHMS,
    CLASSES,
    Recorder,
    Version,
    account,
    channels_of,
    logged,
    outcome,
    rust,
    upstream,
)
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from langchain_core.callbacks import AsyncCallbackManager, BaseCallbackHandler, CallbackManager
from langgraph._internal._config import DEFAULT_RECURSION_LIMIT
from langgraph._internal._constants import RESERVED
from langgraph._internal._runnable import RunnableCallable
from langgraph._internal._scratchpad import PregelScratchpad
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.channels.last_value import LastValue
from langgraph.managed.is_last_step import IsLastStepManager, RemainingStepsManager
from langgraph.pregel._algo import Call, PregelTaskWrites
from langgraph.pregel._read import PregelNode
from langgraph.runtime import ExecutionInfo, Runtime
from langgraph.types import CachePolicy, PregelExecutableTask, RetryPolicy, Send, TimeoutPolicy
from langgraph_rs import _core
from shown import shown

WAYS = ("python", "map", "rust")
CHECKPOINT_ID = "1ef4f797-8335-6428-8001-8a1503f9b875"
SEED = 4

VERSIONS: dict[str, Callable[[Any, Any], Any]] = {
    "int": lambda current, _: 1 if current is None else current + 1,
    "float": lambda current, _: 0.5 if current is None else current + 0.5,
    "str": lambda current, _: f"{1 if current is None else int(current) + 1:08}",
    "custom": lambda current, _: Version(1 if current is None else current.number + 1),
    "huge": lambda current, _: 2**70 if current is None else current + 1,
    "bool": lambda current, _: True if current is None else current + 1,
}


def checkpoint_of(
    versions: dict[str, Any] | None = None, seen: dict[str, Any] | None = None, v: int = 4
) -> dict[str, Any]:
    """A checkpoint as savers give it."""
    return {
        "v": v,
        "id": CHECKPOINT_ID,
        "ts": "2026-01-01T00:00:00+00:00",
        "channel_values": {},
        "channel_versions": {} if versions is None else versions,
        "versions_seen": {} if seen is None else seen,
        "updated_channels": None,
    }


def both(world: Callable[[str], Any], work: Callable[[Any, Any], Any], way: str = "python") -> Any:
    """Makes the world twice, lets both algorithms work, and asserts that the same came of it; upstream's account."""
    accounts = []
    for name, algorithm in ALGORITHMS.items():
        made = world("python" if name == "upstream" else way)
        with logged() as lines:
            result = outcome(lambda made=made, algorithm=algorithm: work(algorithm, made))
        accounts.append((result, account(made), lines))
    assert accounts[1] == accounts[0]
    return accounts[0]


# ids, paths, versions

PATHS = st.recursive(
    st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False)),
    lambda parts: st.one_of(st.lists(parts).map(tuple), st.lists(parts)),
    max_leaves=12,
)


class Odd(int):
    def __format__(self, spec: str) -> str:
        return f"<{spec}>"


class Named(str):
    def __str__(self) -> str:
        return "shown"


@seed(SEED)
@settings(max_examples=300, deadline=None)
@given(PATHS)
def test_3_paths_have_the_same_text(path: Any) -> None:
    assert rust.task_path_str(path) == upstream.task_path_str(path)


@pytest.mark.parametrize(
    "path",
    [
        (),
        "a",
        -3,
        10**30,
        True,
        Odd(4),
        Named("n"),
        ("__pregel_push", ("__pregel_pull", "n"), 2, "id", True),
        ("\ud800", "\ud800\udfff", "x"),
        ((), ((),), "a"),
    ],
    ids=shown,
)
def test_3_odd_paths_too(path: Any) -> None:
    assert rust.task_path_str(path) == upstream.task_path_str(path)


def test_3_a_path_without_end_is_refused_not_fatal() -> None:
    path: list[Any] = []
    path.append(path)
    for algorithm in ALGORITHMS.values():
        with pytest.raises(RecursionError):
            algorithm.task_path_str(path)


@seed(SEED)
@settings(max_examples=200, deadline=None)
@given(st.binary(), st.lists(st.one_of(st.text(), st.binary())))
def test_ids_are_the_same(namespace: bytes, parts: list[Any]) -> None:
    assert outcome(lambda: rust._xxhash_str(namespace, *parts)) == outcome(
        lambda: upstream._xxhash_str(namespace, *parts)
    )
    assert outcome(lambda: rust._uuid5_str(namespace, *parts)) == outcome(
        lambda: upstream._uuid5_str(namespace, *parts)
    )


@pytest.mark.parametrize("part", ["\ud800", bytearray(b"x"), memoryview(b"y")], ids=shown)
def test_ids_of_odd_parts(part: Any) -> None:
    for name in ("_xxhash_str", "_uuid5_str"):
        results = [outcome(partial(getattr(a, name), b"n", part)) for a in ALGORITHMS.values()]
        assert results[0] == results[1]


@pytest.mark.parametrize(
    "versions", [{}, {"a": 1}, {"a": 1.5, "b": 2}, {"a": "x"}, {"a": Version(2)}, {"a": None}], ids=shown
)
def test_null_versions(versions: dict[str, Any]) -> None:
    both(lambda _: checkpoint_of(versions), lambda algorithm, made: algorithm.checkpoint_null_version(made))


def test_increment() -> None:
    for current in (None, 0, 41, 1.5, Version(1), "x"):
        results = [outcome(lambda a=a, current=current: a.increment(current, None)) for a in ALGORITHMS.values()]
        assert results[0] == results[1]


def test_lazy_counters_count_and_travel() -> None:
    counter = rust.LazyAtomicCounter()
    again = pickle.loads(pickle.dumps(counter))
    assert [counter(), counter(), again(), copy.deepcopy(counter)()] == [0, 1, 0, 2]
    drawn: list[int] = []
    threads = [threading.Thread(target=lambda: drawn.extend(again() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == list(range(1, 2001))


def test_reserved_names_are_upstreams(request: pytest.FixtureRequest) -> None:
    """A channel of a reserved name is never consumed, whatever reserved names there are."""
    for name in [*sorted(RESERVED), "free"]:

        def world(_: str, name: str = name) -> Any:
            return {name: Recorder(1)}, checkpoint_of({name: 1}), [PregelTaskWrites(("a",), "n", [], [name])]

        both(world, lambda algorithm, made: algorithm.apply_writes(made[1], made[0], made[2], upstream.increment, {}))


# apply_writes


def apply(algorithm: Any, made: Any) -> Any:
    return algorithm.apply_writes(made["checkpoint"], made["channels"], made["tasks"], made["next"], made["starts"])


def world_of(
    specs: dict[str, str],
    tasks: list[PregelTaskWrites],
    *,
    versions: dict[str, Any] | None = None,
    seen: dict[str, Any] | None = None,
    version: str | None = "int",
    starts: Any = None,
    values: dict[str, Any] | None = None,
) -> Callable[[str], dict[str, Any]]:
    def make(way: str) -> dict[str, Any]:
        channels = channels_of(specs, way)
        for name, value in (values or {}).items():
            channels[name].update([value])
        return {
            "checkpoint": checkpoint_of(copy.deepcopy(versions), copy.deepcopy(seen)),
            "channels": channels,
            "tasks": copy.deepcopy(tasks),
            "next": None if version is None else VERSIONS[version],
            "starts": {} if starts is None else starts,
        }

    return make


T = PregelTaskWrites
way = pytest.mark.parametrize("way", WAYS)


@way
def test_1_pending_sends_do_not_hold_back_the_end(way: str) -> None:
    specs = {"__pregel_tasks": "sends", "d": "deferred", "a": "last"}
    tasks = [T(("__pregel_pull", "n"), "n", [("d", 1), ("__pregel_tasks", Send("x", 1))], ["a"])]
    result = both(world_of(specs, tasks, versions={"a": 1}, starts={"a": ["n"], "d": ["m"]}), apply, way)
    assert "'d'" in str(result[0]), "the deferred channel finished"


@way
def test_3_pull_is_applied_before_push_and_in_the_order_of_paths(way: str) -> None:
    tasks = [
        T(("__pregel_push", 10, False), "s", [("k", 3)], ["__pregel_push"]),
        T(("__pregel_push", 9, False), "s", [("k", 2)], ["__pregel_push"]),
        T(("__pregel_pull", "n"), "n", [("k", 1)], ["a"]),
        T((), "__input__", [("k", 0)], []),
    ]
    both(world_of({"k": "kept", "a": "last"}, tasks, versions={"a": 1}), apply, way)


@way
def test_4_seen_is_recorded_before_the_step_and_for_tasks_without_triggers(way: str) -> None:
    tasks = [T((), "__input__", [("a", 1)], []), T(("p",), "n", [("b", 1)], ["a", "unknown", "gone"])]
    both(world_of({"a": "last", "b": "last"}, tasks, versions={"a": 3, "gone": 9}), apply, way)


@way
@pytest.mark.parametrize("version", [*VERSIONS, None])
def test_5_the_next_version_follows_the_highest_of_all_even_of_unknown_names(way: str, version: str | None) -> None:
    asked: list[Any] = []
    first = None if version is None else VERSIONS[version](None, None)
    high = None if version is None else VERSIONS[version](VERSIONS[version](first, None), None)

    def make(kind: str) -> dict[str, Any]:
        versions = {} if version is None else {"a": copy.copy(first), "gone": copy.copy(high)}
        made = world_of({"a": "last"}, [T((), "n", [], [])], versions=versions, version=version)(kind)
        if version is not None:
            made["next"] = lambda current, channel: (
                asked.append(account((current, channel))) or VERSIONS[version](current, channel)
            )
        return made

    both(make, apply, way)
    assert len(asked) == (0 if version is None else 2)
    assert len(set(map(str, asked))) <= 1


def test_5_the_remembered_highest_follows_changes_by_anyone() -> None:
    channels = channels_of({"a": "last", "b": "last"}, "rust")
    checkpoint = checkpoint_of({"a": 1})
    asked: list[Any] = []

    def step(name: str) -> None:
        def next_version(current: Any, _: Any) -> Any:
            asked.append(current)
            return current + 1

        rust.apply_writes(checkpoint, channels, [T((), "n", [(name, 1)], [])], next_version, {})

    step("a")
    checkpoint["channel_versions"]["gone"] = 50
    step("b")
    del checkpoint["channel_versions"]["gone"]
    step("b")
    checkpoint["channel_versions"] = {"a": 7}
    step("b")
    checkpoint["channel_versions"]["b"] = -1
    step("a")
    assert asked == [1, 50, 51, 7, 7]


@way
def test_6_consuming_moves_the_version_and_updates_nothing(way: str) -> None:
    specs = {"c": "custom", "b": "barrier", "a": "last"}
    tasks = [T(("p",), "n", [], ["c", "b", "a", "nowhere", "__input__"])]
    both(world_of(specs, tasks, versions={"c": 1, "b": 1}, values={"c": 1}), apply, way)


@way
def test_7_the_notice_of_a_step_clears_but_updates_nothing(way: str) -> None:
    specs = dict.fromkeys(CLASSES, "")
    specs = {name: name for name in CLASSES if name != "sends"}
    values: dict[str, Any] = dict.fromkeys(specs, 1) | {"barrier": "p", "late": "q"}
    tasks = [T(("p",), "n", [("last", 2)], ["ephemeral"])]
    for starts in ({}, {"last": ["n"]}):
        both(world_of(specs, tasks, values=values, versions={"ephemeral": 1}, starts=starts), apply, way)


@way
def test_31_without_versions_what_was_just_written_is_cleared_and_the_end_always_comes(way: str) -> None:
    specs = {"e": "ephemeral", "t": "topic", "d": "deferred", "c": "custom"}
    tasks = [T(("p",), "n", [("e", 1), ("t", 2), ("d", 3), ("c", 4)], ["e"])]
    both(world_of(specs, tasks, version=None, starts={"e": ["n"], "d": ["m"]}), apply, way)


@way
def test_writes_to_unknown_channels_are_logged_and_markers_are_not(way: str) -> None:
    markers = [
        "__no_writes__",
        "__pregel_push",
        "__resume__",
        "__interrupt__",
        "__return__",
        "__error__",
        "__error_source_node__",
    ]
    writes = [(marker, 1) for marker in markers] + [
        ("nowhere", 1),
        ("__scheduled__", 1),
        ("a", 1),
        ("__previous__", 2),
        (5, 5),
    ]
    result = both(world_of({"a": "last"}, [T(("__pregel_pull", "n"), "n", writes, [])]), apply, way)
    assert [line[2] for line in result[2]] == [
        f"Task n with path ('__pregel_pull', 'n') wrote to unknown channel {name}, ignoring it."
        for name in ("nowhere", "__scheduled__", "__previous__", "5")
    ]


@way
@pytest.mark.parametrize(
    "writes",
    [[("a", 1), ("a", 2)], [("a",)], [5], [(["a"], 1)], [("a", 1, 2)], [("e", 1), ("e", 2)], ["ab"]],
    ids=shown,
)
def test_what_fails_fails_alike_and_leaves_the_same_behind(way: str, writes: list[Any]) -> None:
    both(world_of({"a": "last", "e": "guarded"}, [T(("p",), "n", writes, ["a"])], versions={"a": 1}), apply, way)


@way
def test_missing_keys_and_mixed_versions_fail_alike(way: str) -> None:
    for versions in ({"a": 1, "b": "x"}, {"a": 1, "b": 1.5}, {"a": Version(1), "b": 2}):
        both(world_of({"a": "last"}, [T((), "n", [("a", 1)], [])], versions=versions), apply, way)

    def empty(kind: str) -> Any:
        return {**world_of({"a": "last"}, [T(("p",), "n", [("a", 1)], ["a"])])(kind), "checkpoint": {}}

    both(empty, apply, way)


def test_mappings_and_tasks_of_other_kinds_work_as_dicts_and_lists_do() -> None:
    class Quiet:
        path, name, triggers, writes = ("p",), "n", ("a",), (("a", 1), ("b", 2))

    def world(_: str) -> Any:
        channels = channels_of({"a": "last", "b": "last", "e": "ephemeral"}, "python")
        checkpoint = {**checkpoint_of(), "channel_versions": OrderedDict(a=1), "versions_seen": OrderedDict()}
        return {
            "checkpoint": ChainMap(checkpoint),
            "channels": ChainMap(channels),
            "tasks": iter([Quiet()]),
            "next": upstream.increment,
            "starts": ChainMap({"a": ["n"]}),
        }

    results = []
    for algorithm in ALGORITHMS.values():
        made = world("")
        results.append(
            (
                outcome(partial(apply, algorithm, made)),
                account(dict(made["checkpoint"])),
                account(dict(made["channels"])),
            )
        )
    assert results[0] == results[1]


def test_a_channel_map_follows_whoever_changes_it() -> None:
    """Channels that are added, replaced, taken out or changed behind the map's back are heard like all others."""

    def scenario(algorithm: Any, kind: str) -> Any:
        channels = channels_of({"a": "last", "e": "ephemeral"}, kind)
        checkpoint = checkpoint_of({"a": 1})
        seen = []

        def step(*writes: tuple[str, Any]) -> None:
            tasks = [T(("p",), "n", list(writes), ["a"])]
            algorithm.apply_writes(checkpoint, channels, tasks, upstream.increment, {"a": ["n"]})
            seen.append(account((checkpoint["channel_versions"], dict(channels))))

        step(("a", 1))
        channels["e"].update([5])
        step(("a", 1))
        fresh = channels_of({"x": "ephemeral", "y": "topic", "z": "ephemeral"}, kind)
        fresh["x"].update([1])
        channels["x"] = fresh["x"]
        dict.__setitem__(channels, "y", fresh["y"])
        step(("a", 1), ("y", 1))
        step(("a", 2))
        dict.update(channels, {"e": fresh["z"]})
        fresh["z"].update([9])
        step(("a", 3))
        del channels["x"]
        channels.pop("y")
        step(("a", 3), ("x", 1))
        other = dict(channels)
        other["e"].update([3])
        step(("a", 4))
        channels["e"].value = 8
        step(("a", 5))
        return seen

    expected = scenario(upstream, "python")
    for kind in WAYS:
        assert scenario(rust, kind) == expected


def test_a_channel_in_two_maps_or_twice_in_one_is_heard_as_upstream_hears_it() -> None:
    def scenario(algorithm: Any, kind: str) -> Any:
        first, second = channels_of({"e": "ephemeral"}, kind), channels_of({"a": "last"}, kind)
        twice = channels_of({"x": "last"}, kind)
        second["e"] = twice["e"] = twice["again"] = first["e"]
        seen = []
        for channels in (first, second, twice, first, second):
            for writes in ([("e", 1)], [], [("again", 1)], []):
                algorithm.apply_writes(
                    checkpoint_of(), channels, [T(("p",), "n", writes, ["a"])], upstream.increment, {}
                )
                seen.append(channels["e"].is_available())
        return seen

    expected = scenario(upstream, "python")
    assert expected[:2] == [True, False]
    for kind in WAYS:
        assert scenario(rust, kind) == expected


def test_a_channel_map_is_a_dict() -> None:
    channels = channels_of({"a": "last", "b": "topic"}, "map")
    assert isinstance(channels, dict)
    assert repr(channels) == repr(dict(channels))
    for other in (copy.copy(channels), copy.deepcopy(channels), pickle.loads(pickle.dumps(channels))):
        assert type(other) is _core.ChannelMap
        assert list(other) == ["a", "b"]
        rust.apply_writes(checkpoint_of(), other, [T((), "n", [("b", 1)], [])], upstream.increment, {})
        assert other["b"].get() == [1]


STEPS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["n", "m", "k", "__input__"]),
            st.sampled_from([("__pregel_pull",), ("__pregel_push", 0, False), ("__pregel_push", 1, False), ()]),
            st.lists(st.sampled_from([*CLASSES, "nowhere", "__pregel_push", "__interrupt__"]), max_size=3),
            st.lists(st.tuples(st.sampled_from([*CLASSES, "nowhere", "__no_writes__"]), st.integers(0, 2)), max_size=5),
        ),
        max_size=3,
    ),
    max_size=5,
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("version", [None, "int", "str", "float", "custom"])
def test_random_supersteps_end_alike(way: str, version: str | None) -> None:
    @seed(SEED)
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(STEPS, st.sets(st.sampled_from(sorted(CLASSES))), st.sets(st.sampled_from(sorted(CLASSES))))
    def check(steps: Any, names: set[str], starts: set[str]) -> None:
        accounts = []
        for algorithm, kind in ((upstream, "python"), (rust, way)):
            channels = channels_of({name: name for name in sorted(names)}, kind)
            checkpoint = checkpoint_of()
            record = []
            for step in steps:
                tasks = [
                    T((*path, name), name, [(c, _value(c, v)) for c, v in writes], triggers)
                    for name, path, triggers, writes in step
                ]
                with logged() as lines:
                    result = outcome(
                        lambda tasks=tasks, algorithm=algorithm, channels=channels, checkpoint=checkpoint: (
                            algorithm.apply_writes(
                                checkpoint,
                                channels,
                                tasks,
                                None if version is None else VERSIONS[version],
                                {name: ["n"] for name in starts},
                            )
                        )
                    )
                recorders = {name for name, channel in channels.items() if isinstance(channel, Recorder)}
                for name in recorders:
                    # Triggers of a step are consumed in the order of a set.
                    channels[name].calls.sort(key=str)
                record.append((result, account((checkpoint, dict(channels))), lines))
            accounts.append(record)
        assert accounts[1] == accounts[0]

    check()


def _value(channel: str, value: int) -> Any:
    if channel in ("barrier", "late"):
        return "pq?"[value]
    return Send("n", value) if channel == "sends" else value


# reading


def read_world(kind: str) -> dict[str, Any]:
    names = [*CLASSES]
    channels = channels_of({name: name for name in names}, kind)
    for name in ("last", "ephemeral", "sum", "topic", "custom"):
        channels[name].update([2])
    return {
        "channels": channels,
        "managed": {"is_last": IsLastStepManager, "remaining": RemainingStepsManager},
        "task": T(("p",), "n", [("last", 5), ("sum", 3), ("sum", 4), ("custom", 7), ("nowhere", 1)], ["a"]),
        "scratchpad": PregelScratchpad(
            step=4, stop=5, call_counter=id, interrupt_counter=id, get_null_resume=id, resume=[], subgraph_counter=id
        ),
    }


@way
@pytest.mark.parametrize("fresh", [False, True, 0, 1, "yes"])
@pytest.mark.parametrize(
    "select",
    [
        "last",
        "ephemeral",
        "any",
        "nowhere",
        [],
        ["last", "sum", "ephemeral", "any"],
        ["remaining", "sum", "is_last", "custom"],
        ["remaining"],
        ["sum", "nowhere"],
        ("sum", "sum"),
    ],
    ids=shown,
)
def test_8_reads_are_alike(way: str, fresh: Any, select: Any) -> None:
    def work(algorithm: Any, made: Any) -> Any:
        return algorithm.local_read(made["scratchpad"], made["channels"], made["managed"], made["task"], select, fresh)

    both(read_world, work, way)


@way
def test_8_a_fresh_read_runs_reducers_on_a_copy(way: str) -> None:
    calls: list[Any] = []

    def add(left: Any, right: Any) -> Any:
        calls.append((left, right))
        return left + right

    def world(kind: str) -> Any:
        calls.clear()
        made = read_world(kind)
        library = type(made["channels"]["sum"])
        channel = library(int, add)
        channel.key = "sum"
        channel.update([1])
        made["channels"]["sum"] = channel
        return made

    def work(algorithm: Any, made: Any) -> Any:
        value = algorithm.local_read(made["scratchpad"], made["channels"], {}, made["task"], ["sum"], True)
        return value, list(calls), made["channels"]["sum"].get()

    assert both(world, work, way)[0][0] == "value"


def test_8_copies_that_anyone_could_notice_are_made_though_they_are_not_selected() -> None:
    """A value type of a user's is called for every copy of its channel; a builtin one nobody can hear."""

    made: list[str] = []

    class Tally(int):
        def __new__(cls, *args: Any) -> Tally:
            made.append("Tally")
            return super().__new__(cls, *args)

    def scenario(algorithm: Any, library: Any, map_class: Any) -> Any:
        channels = map_class()
        channels["heard"] = library.BinaryOperatorAggregate(Tally, operator.add)
        channels["quiet"] = library.BinaryOperatorAggregate(int, operator.add)
        channels["a"] = library.LastValue(int)
        made.clear()
        algorithm.local_read(None, channels, {}, T((), "n", [("a", 1)], []), ["a"], True)
        return list(made)

    from algorithm_worlds import _Upstream, rust_channels

    expected = scenario(upstream, _Upstream, dict)
    assert expected
    assert scenario(rust, rust_channels, _core.ChannelMap) == expected
    before = _core.algorithm_counters()["channels_copied"]
    scenario(rust, rust_channels, _core.ChannelMap)
    assert _core.algorithm_counters()["channels_copied"] - before == 2, "not the quiet one"


# static interrupts


@pytest.mark.parametrize(
    "versions", [{}, {"a": 1}, {"a": 0, "b": 2}, {"a": "x"}, {"a": 1.5}, {"a": Version(1)}], ids=account
)
@pytest.mark.parametrize("seen", [None, {}, {"a": 1}, {"a": 1, "b": 2}, {"b": 1}], ids=shown)
@pytest.mark.parametrize("nodes", ["*", [], ["n"], ["hidden", "m"], "nm"], ids=shown)
def test_13_static_interrupts_stop_alike(versions: Any, seen: Any, nodes: Any) -> None:
    class Task:
        def __init__(self, name: str, config: Any) -> None:
            self.name, self.config = name, config

    tasks = [
        Task("n", {}),
        Task("m", None),
        Task("hidden", {"tags": ["langsmith:hidden"]}),
        Task("h2", {"tags": ("x",)}),
    ]

    def work(algorithm: Any, made: Any) -> Any:
        return [task.name for task in algorithm.should_interrupt(made, nodes, iter(tasks))]

    both(lambda _: checkpoint_of(copy.deepcopy(versions), {} if seen is None else {"__interrupt__": seen}), work)


# preparing tasks


def run_this(value: Any) -> Any:
    return value


def make_nodes(**more: Any) -> dict[str, PregelNode]:
    """Nodes of every kind that PULL and PUSH tell apart."""
    shared = functools.partial(dict)

    def node(**options: Any) -> PregelNode:
        return PregelNode(
            **{"bound": RunnableCallable(run_this, name="run"), "triggers": ["a"], "channels": ["a"], **options}
        )

    return {
        "n": node(mapper=shared, metadata={"mine": 1, "langgraph_step": "x"}, tags=["t1", "t2"]),
        "m": node(mapper=shared, retry_policy=RetryPolicy(max_attempts=2), cache_policy=CachePolicy(ttl=5)),
        "one": node(channels="a", triggers=["b", "a"]),
        "none": node(channels="empty"),
        "unknown": node(channels="nowhere"),
        "managed": node(channels=["a", "remaining", "empty"]),
        "idle": node(triggers=["empty"]),
        "quiet": PregelNode(channels="a", triggers=["a"]),
        "b": node(triggers=["b"], timeout=TimeoutPolicy(run_timeout=3)),
        **more,
    }


def prepare_world(kind: str, **options: Any) -> dict[str, Any]:
    specs = {"a": "last", "b": "last", "empty": "last", "__pregel_tasks": "sends", "gone": "untracked"}
    channels = channels_of(specs, kind)
    channels["a"].update([{"deep": [1]}])
    channels["b"].update([2])
    channels["__pregel_tasks"].update(
        [
            Send("n", {"x": 1}),
            Send("nobody", 1),
            5,
            Send("b", 2, timeout=TimeoutPolicy(run_timeout=9)),
            Send("quiet", 3),
        ]
    )
    runtime = Runtime(context={"user": 1}, store=None)
    made: dict[str, Any] = {
        "channels": channels,
        "checkpoint": checkpoint_of({"a": 2, "b": 1, "__pregel_tasks": 2}, {"one": {"a": 2, "b": 1}, "b": {}}),
        "nodes": make_nodes(),
        "managed": {"remaining": RemainingStepsManager},
        "pending": [],
        "config": {
            "configurable": {
                "thread_id": "t",
                "__pregel_runtime": runtime,
                "checkpoint_map": {"": "older"},
                "__pregel_checkpointer": "saver",
            },
            "tags": ["run"],
            "metadata": ChainMap({"thread_id": "t", "lc_versions": {"a": "1"}, "nested": {"k": [1]}}),
            "callbacks": None,
            "recursion_limit": DEFAULT_RECURSION_LIMIT,
            "run_id": uuid.UUID(int=7),
            "max_concurrency": 3,
        },
        "step": 3,
        "stop": 9,
        "for_execution": True,
        "options": {},
    }
    made.update(options)
    made["checkpoint"]["channel_values"]["__previous__"] = "before"
    return made


def prepare(algorithm: Any, made: dict[str, Any]) -> Any:
    return algorithm.prepare_next_tasks(
        made["checkpoint"],
        made["pending"],
        made["nodes"],
        made["channels"],
        made["managed"],
        made["config"],
        made["step"],
        made["stop"],
        for_execution=made["for_execution"],
        **made["options"],
    )


class Manager(CallbackManager):
    pass


def managers() -> Iterator[Any]:
    yield None
    for kind in (CallbackManager, AsyncCallbackManager, Manager):
        yield kind(handlers=[BaseCallbackHandler()], parent_run_id=uuid.UUID(int=1))


@way
@pytest.mark.parametrize("for_execution", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"updated_channels": set(), "trigger_to_nodes": {"a": ["n"]}},
        {"updated_channels": {"a", "b"}, "trigger_to_nodes": {"a": ("n", "m", "one"), "b": ["b", "one"]}},
        {"updated_channels": {"a"}, "trigger_to_nodes": {}},
        {"updated_channels": {"nowhere"}, "trigger_to_nodes": {"a": ["n"], "nowhere": []}},
        {"retry_policy": (RetryPolicy(),), "cache_policy": CachePolicy(key_func=lambda _: b"key"), "store": "store"},
        {"checkpointer": "own"},
        {"manager": CallbackManager(handlers=[], parent_run_id=uuid.UUID(int=1))},
    ],
    ids=["none", "nothing", "two", "untriggered", "empty", "policies", "saver", "manager"],
)
def test_2_and_3_tasks_are_prepared_alike_and_in_the_same_order(way: str, for_execution: bool, options: Any) -> None:
    both(lambda kind: prepare_world(kind, for_execution=for_execution, options=options), prepare, way)


@way
@pytest.mark.parametrize("seen", [None, {}, {"a": 1}, {"a": 9}], ids=shown)
@pytest.mark.parametrize(
    "versions", [{}, {"a": 1}, {"a": 0.5}, {"a": "1"}, {"a": Version(1)}, {"z": 1}, {"z": None, "a": 4}], ids=account
)
def test_14_what_triggers_a_node(way: str, seen: Any, versions: Any) -> None:
    def world(kind: str) -> Any:
        made = prepare_world(kind)
        made["checkpoint"] = checkpoint_of(copy.deepcopy(versions), {} if seen is None else {"n": seen})
        return made

    both(world, prepare, way)


@way
def test_14_triggers_are_asked_alike(way: str) -> None:
    for seen in (None, {}, {"a": 1}, {"a": 2}):
        both(
            prepare_world,
            lambda algorithm, made, seen=seen: [
                outcome(lambda node=node: algorithm._triggers(made["channels"], {"a": 2}, seen, 0, node))
                for node in (*made["nodes"].values(), PregelNode(channels="x", triggers=["nowhere"]))
            ],
            way,
        )


PENDING = {
    "none": [],
    "dict": {},
    "null": [("00000000-0000-0000-0000-000000000000", "__resume__", "answer"), ("x", "__resume__", 1)],
    "other": [("x", "a", 1)],
}


@pytest.mark.parametrize("pending", PENDING)
@pytest.mark.parametrize("resume_map", [None, {}, {"?": 1}, "next", "first"])
@pytest.mark.parametrize("held", ["nothing", "value", "list", "empty"])
def test_15_answers_are_found_and_appended_in_place(pending: str, resume_map: Any, held: str) -> None:
    accounts = []
    for algorithm in ALGORITHMS.values():
        writes: Any = copy.deepcopy(PENDING[pending])
        answers = {"nothing": None, "value": "v", "list": ["p", "q"], "empty": []}[held]
        if isinstance(writes, list) and answers is not None:
            writes.append(("task", "__resume__", answers))
        answered = {"nothing": 0, "value": 1, "list": 2, "empty": 0}[held] if isinstance(writes, list) else 0
        given_map = resume_map
        if isinstance(resume_map, str):
            from langgraph.types import _interrupt_id

            given_map = {_interrupt_id("ns:task", answered if resume_map == "next" else 0): "mapped"}
        pad = algorithm._scratchpad(None, writes, "task", "ns:task", given_map, 1, 5)
        again = answers is not None and pad.resume is answers
        accounts.append((account(pad), account(writes), again))
    assert accounts[0] == accounts[1]


def test_15_counters_of_a_scratchpad_count_apart() -> None:
    pad = rust._scratchpad(None, [], "t", "ns", None, 1, 2)
    assert type(pad) is PregelScratchpad
    assert [pad.call_counter(), pad.call_counter(), pad.interrupt_counter(), pad.subgraph_counter()] == [0, 1, 0, 0]
    from dataclasses import replace

    other = replace(pad, interrupt_counter=rust.LazyAtomicCounter())
    assert (other.call_counter(), other.resume is pad.resume) == (2, True)


def test_16_an_answer_for_anyone_is_taken_out_of_the_list_it_was_found_in() -> None:
    class Picky:
        """Equal to nothing but itself, and says so."""

        asked: int = 0

        def __eq__(self, other: object) -> bool:
            type(self).asked += 1
            return self is other

        __hash__ = None  # type: ignore[assignment]

    null = "00000000-0000-0000-0000-000000000000"
    accounts = []
    for algorithm in ALGORITHMS.values():
        Picky.asked = 0
        writes = [("t", "a", Picky()), (null, "__resume__", "answer"), (null, "__resume__", "second")]
        parent = algorithm._scratchpad(None, writes, "t", "ns", None, 1, 5)
        child = algorithm._scratchpad(parent, [], "t2", "ns2", None, 1, 5)
        record = [
            child.get_null_resume(),
            child.get_null_resume(consume=True),
            len(writes),
            parent.get_null_resume(True),
        ]
        record += [parent.get_null_resume(False), Picky.asked, child.get_null_resume(True)]
        record.append(algorithm._scratchpad(None, [], "t", "ns", None, 1, 5).get_null_resume(True))
        accounts.append(record)
    assert accounts[0] == accounts[1]
    assert accounts[0][1] == "answer"


def test_16_comparing_may_prepare_tasks_again() -> None:
    """`list.remove` compares, which is the user's code, which may call anything."""
    null = "00000000-0000-0000-0000-000000000000"
    calls: list[Any] = []

    class Recursive:
        def __eq__(self, other: object) -> bool:
            if len(calls) < 3:
                calls.append(pad.get_null_resume(False))
                rust._scratchpad(pad, writes, "t", "ns", None, 1, 5).get_null_resume(True)
            return False

        __hash__ = None  # type: ignore[assignment]

    writes: list[Any] = [(null, Recursive(), 1), (null, "__resume__", "answer")]
    pad = rust._scratchpad(None, [(null, "__resume__", Recursive())], "t", "ns", None, 1, 5)
    pad = rust._scratchpad(None, writes[1:], "t", "ns", None, 1, 5)
    assert pad.get_null_resume(True) == "answer"
    writes[1:1] = [(null, "__resume__", Recursive())]
    pad = rust._scratchpad(None, writes, "t", "ns", None, 1, 5)
    pad.get_null_resume(True)
    assert len(writes) < 3


@pytest.mark.parametrize("handlers", ["list", "manager", "async", "subclass", "none", "strange"])
@pytest.mark.parametrize("child", [False, True])
def test_configs_are_merged_alike_whatever_callbacks_there_are(handlers: str, child: bool) -> None:
    handler = BaseCallbackHandler()
    found: Any = {
        "list": [handler],
        "manager": CallbackManager(handlers=[handler]),
        "async": AsyncCallbackManager(handlers=[handler]),
        "subclass": Manager(handlers=[handler]),
        "none": None,
        "strange": "callbacks",
    }[handlers]
    manager = CallbackManager(handlers=[handler], parent_run_id=uuid.UUID(int=2)) if child else None

    def world(kind: str) -> Any:
        made = prepare_world(kind, options={"manager": manager})
        made["config"] = {"callbacks": found, **made["config"], "callbacks": found}  # noqa: F601
        return made

    def work(algorithm: Any, made: Any) -> Any:
        tasks = prepare(algorithm, made)
        configs = [task.config for task in tasks.values()]
        return [
            (
                config,
                type(config.get("callbacks")).__name__,
                config.get("callbacks") is found,
                [config[key] is made["config"][key] for key in ("tags", "configurable")],
            )
            for config in configs
        ]

    both(world, work)


@pytest.mark.parametrize(
    "metadata",
    [{}, None, {"lc_versions": {"b": "2"}, "x": 1}, {"lc_versions": 5}, OrderedDict(a=ChainMap({}))],
    ids=shown,
)
@pytest.mark.parametrize("limit", [None, 10007, DEFAULT_RECURSION_LIMIT, 25])
@pytest.mark.parametrize("kind", [dict, OrderedDict])
def test_metadata_tags_and_limits_are_merged_alike(metadata: Any, limit: Any, kind: Any) -> None:
    def world(way: str) -> Any:
        made = prepare_world(way)
        made["nodes"]["n"].metadata = {"lc_versions": {"c": "3"}, "deep": {"d": 1}, "map": ChainMap({"z": 1})}
        config = kind(made["config"])
        config["metadata"] = copy.deepcopy(metadata)
        config["recursion_limit"] = limit
        config["custom"] = {"kept": 1}
        config["empty"] = []
        made["config"] = config
        return made

    both(world, prepare)


def test_a_config_without_configurable_works_until_a_task_needs_it() -> None:
    for pending in ({}, []):
        both(lambda kind, pending=pending: prepare_world(kind, config={}, pending=pending), prepare)

        def quiet(kind: str, pending: Any = pending) -> Any:
            made = prepare_world(kind, config={}, pending=pending, for_execution=False)
            made["channels"] = {}
            made["nodes"] = {}
            return made

        assert both(quiet, prepare)[0] == ("value", ("dict", []))


class Shifted(Runtime):
    """A runtime that is not exactly upstream's."""


class Fake:
    def override(self, **overrides: Any) -> Any:
        return (
            "fake",
            sorted(overrides),
            account(overrides["execution_info"]) if "execution_info" in overrides else None,
        )


@pytest.mark.parametrize(
    "runtime", [None, Shifted(context=1), Fake(), "absent", 5], ids=lambda value: type(value).__name__
)
def test_runtimes_of_any_class(runtime: Any) -> None:
    def world(kind: str) -> Any:
        made = prepare_world(kind)
        if runtime == "absent":
            del made["config"]["configurable"]["__pregel_runtime"]
        else:
            made["config"]["configurable"]["__pregel_runtime"] = runtime
        return made

    both(world, prepare)


def test_tasks_are_upstreams_own_objects_and_usable_as_such() -> None:
    made = prepare_world("rust")
    tasks = prepare(rust, made)
    task = next(task for task in tasks.values() if task.name == "n" and task.path[0] == "__pregel_pull")
    assert type(task) is PregelExecutableTask
    assert weakref.ref(task)() is task
    with pytest.raises(AttributeError):
        task.name = "other"  # type: ignore[misc]
    configurable = task.config["configurable"]
    assert type(configurable["__pregel_runtime"]) is Runtime
    assert type(configurable["__pregel_runtime"].execution_info) is ExecutionInfo
    configurable["__pregel_send"]([("a", {"deep": [2]})])
    read = configurable["__pregel_read"]
    assert list(task.writes) == [("a", {"deep": [2]})]
    assert read(["a"], True) == {"a": {"deep": [2]}}
    assert read("a") == {"deep": [1]}
    copied = copy.deepcopy(read)
    assert copied.args[1] is not made["channels"]
    assert copied("a") == {"deep": [1]}


def test_27_the_reader_keeps_the_scratchpad_that_it_was_made_with() -> None:
    for algorithm in ALGORITHMS.values():
        made = prepare_world("python")
        for task in prepare(algorithm, made).values():
            configurable = task.config["configurable"]
            assert configurable["__pregel_read"].args[0] is configurable["__pregel_scratchpad"]
            assert configurable["__pregel_read"].args[1] is made["channels"]
            assert configurable["__pregel_read"].args[2] is made["managed"]
            assert configurable["__pregel_read"].args[3].writes is task.writes


@way
def test_29_the_second_reader_of_the_same_gets_a_shallow_copy_of_what_the_first_got(way: str) -> None:
    def work(algorithm: Any, made: Any) -> Any:
        inputs = [task.input for task in prepare(algorithm, made).values() if task.path[0] == "__pregel_pull"]
        deep = [value["a"] for value in inputs if isinstance(value, dict) and "a" in value]
        return [[one is other for one in deep] for other in deep], [
            [one is other for one in inputs] for other in inputs
        ]

    both(prepare_world, work, way)


@pytest.mark.parametrize("value", [(1, 2), {1, 2}, b"x", 5, None, OrderedDict(a=1), [1], "text"], ids=shown)
def test_29_copies_of_every_kind(value: Any) -> None:
    def world(kind: str) -> Any:
        made = prepare_world(kind)
        made["nodes"] = {
            name: PregelNode(channels="a", triggers=["a"], bound=RunnableCallable(run_this)) for name in ("x", "y")
        }
        made["channels"]["a"].update([value])
        return made

    def work(algorithm: Any, made: Any) -> Any:
        inputs = [task.input for task in prepare(algorithm, made).values() if task.path[0] == "__pregel_pull"]
        return inputs, inputs[0] is inputs[1]

    both(world, work)


def test_an_input_that_cannot_be_made_says_for_which_task() -> None:
    class Stop(BaseException):
        pass

    def broken(error: BaseException) -> PregelNode:
        def mapper(_: Any) -> Any:
            raise error

        return PregelNode(channels=["a"], triggers=["a"], mapper=mapper, bound=RunnableCallable(run_this))

    for node in (
        lambda: broken(ValueError("no")),
        lambda: PregelNode(channels={"a"}, triggers=["a"], bound=RunnableCallable(run_this)),  # type: ignore[arg-type]
        lambda: PregelNode(channels=["nowhere"], triggers=["a"], bound=RunnableCallable(run_this)),
        lambda: PregelNode(channels=["a"], triggers=["nowhere"], bound=RunnableCallable(run_this)),
    ):
        result = both(lambda kind, node=node: prepare_world(kind, nodes={"bad": node()}), prepare)
        assert result[0][0] == "error"
    for algorithm in ALGORITHMS.values():
        with pytest.raises(Stop) as caught:
            prepare(algorithm, prepare_world("python", nodes={"bad": broken(Stop())}))
        assert not hasattr(caught.value, "__notes__"), "only an Exception is told where it came from"


def test_inputs_are_made_alike() -> None:
    from langgraph._internal._typing import MISSING

    for node in make_nodes(to_missing=PregelNode(channels="a", triggers=["a"], mapper=lambda _: MISSING)).values():
        for for_execution in (True, False):
            for cached in (None, {}):

                def work(
                    algorithm: Any, made: Any, node: Any = node, run: bool = for_execution, cached: Any = cached
                ) -> Any:
                    cache = copy.copy(cached)
                    one = algorithm._proc_input(
                        node,
                        made["managed"],
                        made["channels"],
                        for_execution=run,
                        scratchpad=made["pad"],
                        input_cache=cache,
                    )
                    two = algorithm._proc_input(
                        node,
                        made["managed"],
                        made["channels"],
                        for_execution=run,
                        scratchpad=made["pad"],
                        input_cache=cache,
                    )
                    return one, two, one is two, None if cache is None else list(cache.values())

                both(lambda kind: {**prepare_world(kind), "pad": read_world("python")["scratchpad"]}, work)


# single tasks, calls and handlers


def single(algorithm: Any, made: dict[str, Any], path: Any, checksum: Any = None, **options: Any) -> Any:
    return algorithm.prepare_single_task(
        path,
        checksum,
        checkpoint=made["checkpoint"],
        checkpoint_id_bytes=bytes.fromhex(made["checkpoint"]["id"].replace("-", "")),
        checkpoint_null_version=0,
        pending_writes=made["pending"],
        processes=made["nodes"],
        channels=made["channels"],
        managed=made["managed"],
        config=made["config"],
        step=made["step"],
        stop=made["stop"],
        for_execution=made["for_execution"],
        **options,
    )


@way
@pytest.mark.parametrize("for_execution", [True, False])
@pytest.mark.parametrize(
    "path",
    [
        ("__pregel_pull", "n"),
        ["__pregel_pull", "n"],
        ("__pregel_pull", "n", 1, 2),
        ("__pregel_pull", "nobody"),
        ("__pregel_push", 0),
        ("__pregel_push", 1),
        ("__pregel_push", 2),
        ("__pregel_push", 3),
        ("__pregel_push", 4),
        ("__pregel_push", 99),
        ("__pregel_push", -1),
        ("__pregel_push", 1.5),
        ("__pregel_push", (), 1, False),
        ("__pregel_push",),
        ("elsewhere", "n"),
        (),
    ],
    ids=shown,
)
def test_single_tasks_are_prepared_alike(way: str, for_execution: bool, path: Any) -> None:
    for checksum in (None, "wrong"):
        both(
            lambda kind: prepare_world(kind, for_execution=for_execution),
            lambda algorithm, made, checksum=checksum: single(algorithm, made, path, checksum),
            way,
        )


@pytest.mark.parametrize("v", [0, 1, 2, 4])
@pytest.mark.parametrize("parent", [None, "", "parent:1", "a|b:2"])
def test_ids_follow_the_format_of_the_checkpoint_and_the_namespace(v: int, parent: Any) -> None:
    def world(kind: str) -> Any:
        made = prepare_world(kind)
        made["checkpoint"]["v"] = v
        if parent is not None:
            made["config"]["configurable"]["checkpoint_ns"] = parent
        return made

    both(world, prepare)


@pytest.mark.parametrize("checkpoint_id", ["xyz", "1ef4f797", "1ef", "", "ÄÖ"])
def test_checkpoint_ids_that_are_not_hex_fail_alike(checkpoint_id: str) -> None:
    def world(kind: str) -> Any:
        made = prepare_world(kind)
        made["checkpoint"]["id"] = checkpoint_id
        return made

    both(world, prepare)


def called(first: int = 0, *, second: int = 1) -> int:
    return first + second


class Nameless:
    def __call__(self) -> None: ...


def call_of(**options: Any) -> Call:
    settings = {"retry_policy": None, "cache_policy": None, "callbacks": None, "timeout": None, **options}
    return Call(settings.pop("func", called), settings.pop("input", ((1,), {"second": 2})), **settings)


@pytest.mark.parametrize("for_execution", [True, False])
@pytest.mark.parametrize(
    "call",
    [
        call_of(),
        call_of(retry_policy=[RetryPolicy()], timeout=TimeoutPolicy(run_timeout=1), callbacks=[BaseCallbackHandler()]),
        call_of(cache_policy=CachePolicy(ttl=3)),
        call_of(cache_policy=CachePolicy(key_func=lambda *a, **k: f"{a}{k}")),
        call_of(func=Nameless()),
        call_of(func=lambda: None),
    ],
    ids=["plain", "policies", "cached", "own key", "nameless", "lambda"],
)
def test_calls_are_prepared_alike(for_execution: bool, call: Call) -> None:
    path = ("__pregel_push", ("__pregel_pull", "n"), 3, "parent-id", call)
    for options in (
        {},
        {"cache_policy": CachePolicy(key_func=lambda *a, **k: b"k"), "manager": CallbackManager(handlers=[])},
    ):
        both(
            lambda kind: prepare_world(kind, for_execution=for_execution),
            lambda algorithm, made, options=options: single(algorithm, made, path, **options),
        )
    both(
        lambda kind: prepare_world(kind, for_execution=for_execution, config={}),
        lambda algorithm, made: single(algorithm, made, path),
    )


def test_the_helpers_of_push_take_the_id_function_of_their_caller() -> None:
    def ids(namespace: bytes, *parts: Any) -> str:
        return f"{len(namespace)}/{'/'.join(map(str, parts))}"

    def work(algorithm: Any, made: Any) -> Any:
        options = {
            "checkpoint": made["checkpoint"],
            "checkpoint_id_bytes": b"bytes",
            "pending_writes": [],
            "channels": made["channels"],
            "managed": made["managed"],
            "config": made["config"],
            "step": 1,
            "stop": 2,
            "for_execution": True,
            "parent_ns": "p",
            "task_id_func": ids,
        }
        send = algorithm.prepare_push_task_send(("__pregel_push", 0), None, processes=made["nodes"], **options)
        call = algorithm.prepare_push_task_functional(("__pregel_push", (), 0, "id", call_of()), None, **options)
        return send, call

    both(prepare_world, work)


@way
def test_25_a_handler_keeps_the_runs_execution_info_and_has_no_timeout(way: str) -> None:
    info = ExecutionInfo(checkpoint_id="c", checkpoint_ns="ns", task_id="run")

    def world(kind: str) -> Any:
        made = prepare_world(kind)
        made["config"]["configurable"]["__pregel_runtime"] = Runtime(execution_info=info)
        return made

    def work(algorithm: Any, made: Any) -> Any:
        failed = next(iter(prepare(upstream, made).values()))
        error = ValueError("why")
        results = []
        for name in ("b", "n", "nobody", "quiet", "m"):
            task = algorithm.prepare_node_error_handler_task(
                failed,
                handler_node_name=name,
                failed_error=error,
                checkpoint=made["checkpoint"],
                pending_writes=made["pending"],
                processes=made["nodes"],
                channels=made["channels"],
                managed=made["managed"],
                config=made["config"],
                step=made["step"],
                stop=made["stop"],
                retry_policy=(RetryPolicy(),),
            )
            results.append(task)
            if task is not None:
                configurable = task.config["configurable"]
                assert configurable["__pregel_runtime"].execution_info is info
                assert configurable["__pregel_node_error"].error is error
                assert task.timeout is None
        return results

    both(world, work, way)


# what pending writes say, and what a Send may carry

ERRORS: list[Any] = [
    ("t", "__error__", ValueError("x")),
    ("t", "a", 1),
    ("u", "__error__", "text"),
    ("t", "__error__", 5),
    ("t", "__error_source_node__", "node"),
    ("u", "__error_source_node__", 7),
]


@pytest.mark.parametrize(
    "writes", [ERRORS, [], [("t", "a")], None, [5]], ids=["errors", "none", "short", "nothing", "int"]
)
def test_errors_are_read_alike(writes: Any) -> None:
    for name, arguments in (
        ("_read_errors_from_pending_writes", ()),
        ("_read_error_for_task_id_from_pending_writes", ("t",)),
        ("_read_error_for_task_id_from_pending_writes", ("u",)),
        ("_read_error_for_task_id_from_pending_writes", ("v",)),
        ("_read_error_source_node_from_pending_writes", ("t",)),
        ("_read_error_source_node_from_pending_writes", ("u",)),
    ):
        both(
            lambda _: writes,
            lambda algorithm, made, name=name, arguments=arguments: getattr(algorithm, name)(made, *arguments),
        )


@pytest.mark.parametrize("argument", [{"gone": 1, "a": 2, 3: 4}, OrderedDict(gone=1), {}, [1], None, "gone"], ids=shown)
@pytest.mark.parametrize("kind", ["python", "map"])
def test_untracked_values_are_left_out_of_sends(argument: Any, kind: str) -> None:
    def work(algorithm: Any, made: Any) -> Any:
        packet = Send("n", argument, timeout=TimeoutPolicy(run_timeout=1))
        clean = algorithm.sanitize_untracked_values_in_send(packet, made["channels"])
        return clean is packet, clean.node, clean.arg, clean.timeout, type(clean).__name__

    both(prepare_world, work, kind)


# re-entry, threads, leaks


@way
def test_reducers_and_channels_may_call_the_algorithm_again(way: str) -> None:
    """A reducer that ends another superstep on the very same channels and reads them."""
    depth = 0
    channels: dict[str, Any] = {}
    checkpoint = checkpoint_of({"a": 1})

    def reducer(left: int, right: int) -> int:
        nonlocal depth
        depth += 1
        if depth < 4:
            rust.apply_writes(checkpoint, channels, [T(("p",), "m", [("e", depth)], ["a"])], upstream.increment, {})
            rust.local_read(None, channels, {}, T((), "m", [("s", 1)], []), ["s", "e"], True)
        return left + right

    made = channels_of({"a": "last", "e": "ephemeral", "t": "topic"}, way)
    library = type(made["a"])
    aggregate = BinaryOperatorAggregate if library is LastValue else _rust_aggregate()
    made["s"] = aggregate(int, reducer)
    channels = made
    rust.apply_writes(checkpoint, channels, [T(("p",), "n", [("s", 1), ("s", 2)], ["a"])], upstream.increment, {})
    assert depth >= 4
    assert made["s"].get() == 3


def _rust_aggregate() -> Any:
    from langgraph_rs.channels import BinaryOperatorAggregate as Aggregate

    return Aggregate


@way
def test_savers_and_versions_may_call_the_algorithm_again(way: str) -> None:
    """`get_next_version` and comparing versions are users' code: both end supersteps of their own, on the same map."""
    channels = channels_of({"a": "last", "e": "ephemeral", "s": "sum"}, way)
    checkpoint = checkpoint_of()
    entered: list[str] = []

    def again(who: str) -> None:
        if entered.count(who) < 4:
            entered.append(who)
            rust.apply_writes(checkpoint, channels, [T(("p",), "m", [("s", 1), ("e", 1)], ["a"])], next_version, {})

    class Nosy(Version):
        def __gt__(self, other: Any) -> bool:
            again("version")
            return self.number > other.number

    def next_version(current: Any, _: Any) -> Any:
        again("saver")
        return Nosy(1 if current is None else current.number + 1)

    for number in range(3):
        rust.apply_writes(checkpoint, channels, [T(("p",), "n", [("a", number)], ["a"])], next_version, {})
    assert set(entered) == {"saver", "version"}
    assert channels["s"].get() == len(entered)
    rust.apply_writes(checkpoint, channels, [T(("p",), "n", [], ["a"])], next_version, {})
    assert not channels["e"].is_available()


PLANTS: dict[str, Callable[..., Any]] = {
    "writes to unknown channels are not logged": lambda checkpoint, channels, tasks, *rest: rust.apply_writes(
        checkpoint,
        channels,
        [task._replace(writes=[w for w in task.writes if w[0] in channels]) for task in tasks],
        *rest,
    ),
    "sends are applied first": lambda checkpoint, channels, tasks, *rest: rust.apply_writes(
        checkpoint, channels, [task._replace(path=(task.path[0][::-1], *task.path[1:])) for task in tasks], *rest
    ),
    "a version is lost": lambda checkpoint, channels, *rest: (
        rust.apply_writes(checkpoint, channels, *rest),
        checkpoint["channel_versions"].pop("k"),
    )[0],
    "nobody hears of the step": lambda checkpoint, channels, tasks, *rest: rust.apply_writes(
        checkpoint, channels, [task._replace(triggers=[]) for task in tasks], *rest
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_seen(plant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [
        T(("__pregel_push", 0, False), "s", [("k", 2), ("nowhere", 1)], ["__pregel_push"]),
        T(("__pregel_pull", "n"), "n", [("k", 1)], ["a"]),
    ]
    world = world_of({"k": "kept", "a": "last", "e": "ephemeral"}, tasks, versions={"a": 1}, values={"e": 1})
    both(world, apply)
    monkeypatch.setitem(ALGORITHMS, "rust", SimpleNamespace(apply_writes=PLANTS[plant]))
    with pytest.raises(AssertionError):
        both(world, apply)


def test_supersteps_of_many_threads_keep_apart() -> None:
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            channels = channels_of({"a": "last", "e": "ephemeral", "s": "sum"}, "rust")
            checkpoint = checkpoint_of()
            for step in range(200):
                tasks = [T(("p", number), "n", [("a", step), ("s", 1), *([("e", 1)] if step % 3 == 0 else [])], ["a"])]
                rust.apply_writes(checkpoint, channels, tasks, upstream.increment, {"a": ["n"]})
                assert channels["e"].is_available() == (step % 3 == 0)
                assert rust.local_read(None, channels, {}, tasks[0], ["s"], True) == {"s": step + 2}
            assert checkpoint["channel_versions"]["a"] == 200
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_one_map_may_be_used_by_many_threads() -> None:
    """Upstream's loop never does so; it must not crash, deadlock or lose the last step's notice."""
    channels = channels_of({"a": "last", "e": "ephemeral", "t": "topic"}, "rust")
    checkpoint = checkpoint_of()

    def run() -> None:
        for _ in range(200):
            rust.apply_writes(
                checkpoint, channels, [T(("p",), "n", [("e", 1), ("t", 1)], ["a"])], upstream.increment, {}
            )

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rust.apply_writes(checkpoint, channels, [T(("p",), "n", [], ["a"])], upstream.increment, {})
    assert [channels[name].is_available() for name in ("e", "t")] == [False, False]


def test_cycles_through_a_scratchpad_and_a_map_are_collected() -> None:
    class Marker:
        pass

    marker = Marker()
    found = weakref.ref(marker)
    channels = channels_of({"a": "last"}, "rust")
    pending: list[Any] = [("00000000-0000-0000-0000-000000000000", "__resume__", marker)]
    pad = rust._scratchpad(None, pending, "t", "ns", None, 1, 2)
    channels["a"].update([pad])
    pending.append((pad, channels))
    rust.apply_writes(checkpoint_of(), channels, [T(("p",), "n", [], ["a"])], None, {})
    del marker, channels, pending, pad
    gc.collect()
    assert found() is None


def test_nothing_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects alive after many supersteps and preparations are those alive before."""
    # What is logged is kept by pytest.
    monkeypatch.setattr(logging.getLogger("langgraph"), "disabled", True)

    def work() -> None:
        made = prepare_world("rust")
        prepare(rust, made)
        rust.apply_writes(
            made["checkpoint"], made["channels"], [T(("p",), "n", [("a", 1)], ["a"])], upstream.increment, {}
        )
        outcome(
            lambda: rust.apply_writes(
                made["checkpoint"], made["channels"], [T(("p",), "n", [("a", 1), ("a", 2)], [])], None, {}
            )
        )
        rust.local_read(None, made["channels"], {}, T((), "n", [("a", 1)], []), ["a"], True)

    def alive() -> int:
        gc.collect()
        return len(gc.get_objects())

    # Caches of Python's own fill up first.
    for _ in range(200):
        work()
    before = alive()
    for _ in range(200):
        work()
    assert alive() - before < 20
