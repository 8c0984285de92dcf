"""Checkpoints made, copied, loaded, snapshotted, migrated: our functions beside upstream's, on the same arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any

import langgraph.pregel._checkpoint as upstream
import langgraph.pregel._utils as utils
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph._internal._typing import MISSING
from langgraph.channels.base import BaseChannel
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.channels.delta import DeltaChannel
from langgraph.channels.last_value import LastValue
from langgraph.channels.named_barrier_value import NamedBarrierValue
from langgraph.channels.topic import Topic
from langgraph.channels.untracked_value import UntrackedValue
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.managed.is_last_step import IsLastStepManager
from langgraph.pregel.main import Pregel
from langgraph.types import Overwrite, Send
from langgraph_rs.algorithm import checkpoint as ours
from langgraph_rs.algorithm import migration
from mapping_sides import Both, Call, Log
from typing_extensions import TypedDict

BOTH = {name: Both(getattr(upstream, name, None) or getattr(utils, name), getattr(ours, name)) for name in ours.__all__}
NULL = "00000000-0000-0000-0000-000000000000"
TASK = "bd3e9e68-4a1b-1683-6bbd-ff07df05a705"


def joined(left: list[Any], right: list[Any]) -> list[Any]:
    """A reducer, told by its name."""
    return left + right


def folded(left: Any, batch: Any) -> Any:
    """A batch reducer that takes upstream's MISSING for nothing."""
    return [*([] if left is MISSING else left), *batch]


def refused(left: Any, batch: Any) -> Any:
    raise ValueError("refused")


def delta(value: Any = None, often: int = 2, reducer: Any = folded) -> DeltaChannel:
    """A delta channel; without a value it is empty."""
    channel = DeltaChannel(reducer, list, snapshot_frequency=often) if often else DeltaChannel(reducer, list)
    return channel if value is None else channel.from_checkpoint(value)


def held(channel: BaseChannel[Any, Any, Any], *values: Any) -> Any:
    channel.update(list(values))
    return channel


class Told(LastValue[Any]):
    """A user's channel; says what it is asked."""

    __slots__ = ("log",)

    def __init__(self, log: Log) -> None:
        super().__init__(Any)
        self.log = log

    def checkpoint(self) -> Any:
        self.log.append("checkpoint")
        return super().checkpoint()

    def from_checkpoint(self, checkpoint: Any) -> Told:
        self.log.append(("from_checkpoint", checkpoint))
        new = Told(self.log)
        new.update([] if checkpoint is MISSING else [checkpoint])
        return new


class MyDelta(DeltaChannel):
    """A subclass of upstream's delta channel."""


def channels(log: Log) -> dict[str, Any]:
    return {
        "last": held(LastValue(int), 1),
        "none": held(LastValue(Any), None),
        "empty": LastValue(int),
        "topic": held(Topic(int), 1, [2]),
        "barrier": held(NamedBarrierValue(str, {"x", "y"}), "x"),
        "sum": held(BinaryOperatorAggregate(list, joined), [1]),
        "untracked": held(UntrackedValue(int), 5),
        "delta": delta([1], 2),
        "often": delta([2], 1),
        "mine": MyDelta(folded, list, snapshot_frequency=1).from_checkpoint([3]),
        "bare": delta(),
        "told": held(Told(log), 9),
    }


CHANNELS = tuple(channels([]))
DELTAS = ("delta", "often", "mine", "bare")


def calls(make: Callable[[Log], tuple[Any, ...]], **kwargs: Any) -> Callable[[], Call]:
    """Arguments that are told a log, made anew for each side."""

    def made() -> Call:
        log: Log = []
        return Call(make(log), kwargs, log)

    return made


# -------------------------------------------------------------------------------------------- made and copied


def test_an_empty_checkpoint_asks_for_its_id_before_the_time() -> None:
    seen = BOTH["empty_checkpoint"].agree(lambda: Call(()))
    assert repr(seen).index("'uuid6'") < repr(seen).index("'now'")


VERSIONS = st.sampled_from([1, 2, 3])
NODES = st.sampled_from(["n", "m", "__interrupt__", "__input__"])
SEEN = st.dictionaries(NODES, st.dictionaries(st.sampled_from(CHANNELS), VERSIONS | st.none(), max_size=4), max_size=3)
MARKS = st.dictionaries(
    st.sampled_from([f"{node}{mark}{channel}" for node in ("n", "m") for mark in "|:" for channel in DELTAS]),
    VERSIONS,
    max_size=4,
)


def stored(versions: Mapping[str, Any], seen: Mapping[str, Any], marks: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "v": 4,
        "ts": "then",
        "id": "before",
        "channel_values": {"last": [0]},
        "channel_versions": dict(versions),
        "versions_seen": {
            **{node: dict(versions) for node, versions in seen.items()},
            **({} if marks is None else {"__snapshot_bumps__": dict(marks)}),
        },
        "updated_channels": ["last"],
    }


class Next:
    """`get_next_version` of a saver; says how it is called."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def __call__(self, current: Any, channel: None) -> Any:
        self.log.append((current, channel))
        return 100 + len(self.log)


@given(
    versions=st.dictionaries(st.sampled_from(CHANNELS), VERSIONS),
    seen=SEEN,
    marks=st.none() | MARKS,
    with_channels=st.booleans(),
    snapshot=st.none() | st.sets(st.sampled_from(["delta", "often", "mine", "unknown"])),
    before=st.none() | st.dictionaries(st.sampled_from(DELTAS), VERSIONS),
    triggers=st.none() | st.dictionaries(st.sampled_from(DELTAS), st.lists(NODES, max_size=2)),
    identity=st.sampled_from([None, "", "given"]),
    updated=st.none() | st.sets(st.sampled_from(CHANNELS)),
    advancing=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_a_checkpoint_is_made(
    *,
    versions: Any,
    seen: Any,
    marks: Any,
    with_channels: bool,
    snapshot: Any,
    before: Any,
    triggers: Any,
    identity: Any,
    updated: Any,
    advancing: bool,
) -> None:
    def make() -> Call:
        log: Log = []
        options = {
            "id": identity,
            "updated_channels": updated,
            "get_next_version": Next(log) if advancing else None,
            "channels_to_snapshot": snapshot,
            "stored_versions": before,
            "trigger_to_nodes": triggers,
        }
        live = channels(log) if with_channels else None
        return Call((stored(versions, seen, marks), live, 7), options, log)

    BOTH["create_checkpoint"].agree(make)
    BOTH["versions_seen_without_bumps"].agree(lambda: Call((stored({}, seen, marks)["versions_seen"],)))


@pytest.mark.parametrize("marks", [None, {}, {"n|delta": 3}, {"n|delta": 2, "n:delta": 1}, {"n:delta": 1}])
def test_a_bump_is_seen_by_whoever_saw_what_it_replaced(marks: Any) -> None:
    """Also by nodes that never ran, if the channel never had a version; what each really read is remembered once."""

    def make() -> Call:
        log: Log = []
        seen = {"n": {"delta": 3, "often": 1}, "m": {"delta": 2}, "o": {}}
        before = stored({"delta": 3, "often": 1}, seen, marks)
        options = {
            "get_next_version": Next(log),
            "channels_to_snapshot": {"delta", "often", "mine"},
            "stored_versions": {"delta": 3, "often": 1},
            "trigger_to_nodes": {"mine": ["p", "n"], "delta": ["q"]},
        }
        return Call((before, channels(log), 1), options, log)

    BOTH["create_checkpoint"].agree(make)
    call = make()
    made = ours.create_checkpoint(*call.args, **call.kwargs)
    assert made["versions_seen"]["p"] == {"mine": made["channel_versions"]["mine"]}
    BOTH["versions_seen_without_bumps"].agree(lambda: Call((made["versions_seen"],)))


def test_without_channels_the_values_stay_those_of_before() -> None:
    """Trap 20: exit mode makes a new id each step around the very same values and versions."""
    for make in (upstream.create_checkpoint, ours.create_checkpoint):
        before = stored({"last": 1}, {}, None)
        after = make(before, None, 1)
        assert after["channel_values"] is before["channel_values"]
        assert after["channel_versions"] is before["channel_versions"]
        assert after["versions_seen"] is before["versions_seen"]


def test_live_containers_are_in_the_checkpoint() -> None:
    """Trap 11: the set of a barrier and the list of a topic are not copied."""
    for make in (upstream.create_checkpoint, ours.create_checkpoint):
        live = channels([])
        made = make(stored(dict.fromkeys(CHANNELS, 1), {}, None), live, 1)
        live["barrier"].update(["y"])
        live["topic"].update([3])
        assert made["channel_values"]["barrier"] == {"x", "y"}
        assert made["channel_values"]["topic"] == [3] or made["channel_values"]["topic"] == [1, 2]
        assert made["channel_values"]["none"] is None, "trap 12: None is a value"


def test_a_snapshot_of_an_empty_channel_fails_alike() -> None:
    BOTH["create_checkpoint"].agree(
        calls(lambda log: (stored({"bare": 1}, {}, None), channels(log), 1), channels_to_snapshot={"bare"})
    )


@pytest.mark.parametrize("missing", ["channel_values", "channel_versions", "versions_seen"])
@pytest.mark.parametrize("live", [True, False])
def test_a_checkpoint_that_lacks_a_part_fails_alike(missing: str, live: bool) -> None:
    def make(log: Log) -> tuple[Any, ...]:
        before = stored({}, {}, None)
        del before[missing]
        return (before, channels(log) if live else None, 1)

    BOTH["create_checkpoint"].agree(calls(make))
    BOTH["copy_checkpoint"].agree(calls(lambda log: make(log)[:1]))


def test_updated_channels_that_do_not_sort_fail_alike() -> None:
    BOTH["create_checkpoint"].agree(lambda: Call((stored({}, {}, None), None, 1), {"updated_channels": {"a", 1}}))


def test_channels_that_change_meanwhile_fail_alike() -> None:
    def make() -> Call:
        live: dict[str, Any] = {}

        class Adding(LastValue[Any]):
            def checkpoint(self) -> Any:
                live["new"] = LastValue(int)
                return 1

        live["a"] = Adding(Any)
        return Call((stored({"a": 1}, {}, None), live, 1))

    BOTH["create_checkpoint"].agree(make)


@pytest.mark.parametrize("make", [upstream.create_checkpoint, ours.create_checkpoint])
def test_versions_are_compared_by_their_own_methods_which_may_call_back(make: Callable[..., Any]) -> None:
    asked: list[str] = []

    class Version:
        def __eq__(self, other: object) -> bool:
            asked.append("eq")
            make(stored({}, {}, None), {}, 0)
            return True

        def __hash__(self) -> int:
            return 0

    made = make(
        stored({"delta": Version()}, {}, None),
        {"delta": delta([1])},
        1,
        channels_to_snapshot={"delta"},
        stored_versions={"delta": 3},
        get_next_version=lambda current, channel: "new",
    )
    assert made["channel_versions"] == {"delta": "new"}
    assert asked == ["eq"]


@given(versions=st.dictionaries(st.sampled_from(CHANNELS), VERSIONS), seen=SEEN, marks=st.none() | MARKS)
@settings(deadline=None)
def test_a_copy_shares_no_dict_with_its_checkpoint(versions: Any, seen: Any, marks: Any) -> None:
    BOTH["copy_checkpoint"].agree(lambda: Call((stored(versions, seen, marks),)))

    def bare() -> Call:
        checkpoint = stored(versions, seen, marks)
        del checkpoint["updated_channels"]
        return Call((checkpoint,))

    BOTH["copy_checkpoint"].agree(bare)


def test_parts_of_other_classes_are_copied_by_their_methods() -> None:
    class Copying(dict[str, Any]):
        def copy(self) -> Any:
            return {"copied": True}

    part = {"channel_values": Copying(), "channel_versions": Copying(a=1), "versions_seen": {"n": Copying()}}
    BOTH["copy_checkpoint"].agree(lambda: Call(({**stored({}, {}, None), **part},)))
    BOTH["copy_checkpoint"].agree(lambda: Call(({**stored({}, {}, None), "channel_values": 3},)))


# ------------------------------------------------------------------------------------------------------ versions


class Newest:
    """A version of one's own; newer than any other."""

    def __gt__(self, other: object) -> bool:
        return not isinstance(other, Newest)


VERSION_MAPS = st.one_of(
    st.dictionaries(st.sampled_from(CHANNELS), values)
    for values in (
        st.integers(-1, 2),
        st.sampled_from(["", "1", "2"]),
        st.floats(-1, 1),
        st.builds(Newest),
        st.decimals(-1, 1, allow_nan=True),
        st.sampled_from([0, 1.5, "1", None, b"1"]),
    )
)


@given(before=VERSION_MAPS, after=VERSION_MAPS)
@settings(max_examples=400, deadline=None)
def test_channels_that_moved_are_found(before: Any, after: Any) -> None:
    """The null version is that of the first version's class; classes that do not compare fail alike."""
    moved = BOTH["get_new_channel_versions"]
    moved.agree(lambda: Call((before, after)))
    moved.agree(lambda: Call((MappingProxyType(before), MappingProxyType(after))))
    moved.agree(lambda: Call((after, after)))


# ------------------------------------------------------------------------------------------------- exit-mode ids

WRITTEN = [TASK, NULL, TASK.upper(), TASK.replace("-", ""), "{" + TASK + "}", f"urn:uuid:{TASK}", "no", "", TASK + "0"]


@pytest.mark.parametrize("task_id", [*WRITTEN, "bd3e9e68-4a1b-1683-6bbdff-07df05a705", "\ud800", None, 3])
@pytest.mark.parametrize("step", [-2, -1, 0, 1, 99_999_999, 100_000_000, 0xFFFF, 0x10000, 2**40, True])
def test_ids_of_exit_writes(step: int, task_id: Any) -> None:
    for name in ("exit_delta_task_id", "exit_delta_late_task_id"):
        BOTH[name].agree(lambda: Call((step, task_id)))


# ----------------------------------------------------------------------------------------------------- snapshots

COUNTERS = st.dictionaries(
    st.sampled_from(CHANNELS),
    st.tuples(st.integers(0, 3), st.integers(0, 3)) | st.lists(st.integers(0, 3), min_size=2, max_size=2),
)
VERSIONED = st.dictionaries(st.sampled_from(CHANNELS), VERSIONS)


@given(counters=COUNTERS, versions=VERSIONED, limit=st.sampled_from([1, 2, 5000]))
@settings(max_examples=300, deadline=None)
def test_snapshots_are_due(counters: Any, versions: Any, limit: int) -> None:
    before = upstream.DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT
    upstream.DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT = limit
    try:
        BOTH["delta_channels_to_snapshot"].agree(calls(lambda log: (channels(log), counters, versions)))
        BOTH["get_delta_channels_from_all_channels"].agree(calls(lambda log: (channels(log), versions)))
    finally:
        upstream.DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT = before


@pytest.mark.parametrize("counters", [{"delta": (1,)}, {"delta": 3}, {"delta": ("a", "b")}, {"delta": None}])
def test_counters_that_make_no_sense_fail_alike(counters: Any) -> None:
    due = BOTH["delta_channels_to_snapshot"]
    due.agree(calls(lambda log: (channels(log), counters, dict.fromkeys(CHANNELS, 1))))
    advance = BOTH["create_metadata_for_update_state_api"]
    metadata = {"counters_since_delta_snapshot": counters}
    advance.agree(calls(lambda log: (channels(log), {"delta"}), prev_metadata=metadata))


METADATA = st.none() | st.fixed_dictionaries({}, optional={"counters_since_delta_snapshot": st.none() | COUNTERS})


@given(updated=st.sets(st.sampled_from(CHANNELS)), metadata=METADATA)
@settings(max_examples=300, deadline=None)
def test_counters_advance_with_an_update(updated: Any, metadata: Any) -> None:
    advance = BOTH["create_metadata_for_update_state_api"]
    advance.agree(calls(lambda log: (channels(log), updated), prev_metadata=metadata))


@given(
    updated=st.sets(st.sampled_from(CHANNELS)),
    metadata=METADATA,
    fresh=st.booleans(),
    fork=st.sets(st.sampled_from([*DELTAS, "unknown"])),
    versions=VERSIONED,
)
@settings(max_examples=300, deadline=None)
def test_an_update_plans_its_checkpoint(updated: Any, metadata: Any, fresh: bool, fork: Any, versions: Any) -> None:
    options = {
        "source": "update",
        "step": 3,
        "parents": {"": "c"},
        "saved_metadata": metadata,
        "is_fresh_thread": fresh,
        "fork_channels": fork,
        "channel_versions": versions,
    }
    plan = BOTH["create_checkpoint_plan_for_update_state_api"]
    plan.agree(calls(lambda log: (channels(log), updated), **options))


WRITES = st.lists(
    st.tuples(
        st.sampled_from([*CHANNELS, "__pregel_push", "unknown"]),
        st.sampled_from(
            [
                None,
                [1],
                Overwrite([1]),
                {"__overwrite__": 1},
                {"__overwrite__": 1, "x": 2},
                {"type": "__overwrite__", "value": 1},
                {"type": "__overwrite__"},
                {"type": "other", "value": 1},
                {},
            ]
        ),
    ),
    max_size=6,
)


@given(WRITES)
@settings(max_examples=300, deadline=None)
def test_written_delta_channels_are_found(writes: Any) -> None:
    BOTH["delta_channels_overwritten"].agree(calls(lambda log: (channels(log), writes)))
    pending = [("id", *write) for write in writes]
    BOTH["delta_channels_with_pending_writes"].agree(calls(lambda log: (channels(log), pending)))
    tasks = [SimpleNamespace(writes=writes[:2]), SimpleNamespace(writes=writes[2:])]
    BOTH["get_updated_channels_from_tasks"].agree(lambda: Call((tasks,)))


class Overwriting(dict[str, Any]):
    """A subclass of dict that means to overwrite."""


@pytest.mark.parametrize("value", [Overwriting({"__overwrite__": 1}), Overwriting(type="__overwrite__", value=1)])
def test_an_overwrite_may_be_of_a_subclass(value: Any) -> None:
    BOTH["delta_channels_overwritten"].agree(calls(lambda log: (channels(log), [("delta", value)])))


@pytest.mark.parametrize("writes", [None, [], (), 3, [3], [("delta",)], [("id", "delta", 1, 2)], [("id", [], 1)]])
def test_pending_writes_that_make_no_sense_fail_alike(writes: Any) -> None:
    BOTH["delta_channels_with_pending_writes"].agree(calls(lambda log: (channels(log), writes)))
    BOTH["delta_channels_overwritten"].agree(calls(lambda log: (channels(log), writes)))


# ------------------------------------------------------------------------------------------------------- loaded


class Saver:
    """Tells histories, and what it was asked."""

    def __init__(self, log: Log, histories: Any) -> None:
        self.log, self.histories = log, histories

    def get_delta_channel_history(self, **asked: Any) -> Any:
        self.log.append(asked)
        if isinstance(self.histories, BaseException):
            raise self.histories
        return self.histories

    async def aget_delta_channel_history(self, **asked: Any) -> Any:
        return self.get_delta_channel_history(**asked)


def history(*values: Any, **seed: Any) -> dict[str, Any]:
    return {"writes": [("id", "channel", value) for value in values], **seed}


HISTORY = st.builds(
    lambda values, seed: history(*values, **seed),
    st.lists(st.sampled_from([[1], [2], Overwrite([3]), {"__overwrite__": [4]}]), max_size=3),
    st.sampled_from([{}, {"seed": [0]}, {"seed": _DeltaSnapshot([9])}]),
)


def specs(log: Log) -> dict[str, Any]:
    return {
        "last": LastValue(int),
        "managed": IsLastStepManager,
        "sum": BinaryOperatorAggregate(list, joined),
        "delta": DeltaChannel(folded, list),
        "mine": MyDelta(folded, list),
        "topic": Topic(int),
        "told": Told(log),
        "text": "no channel at all",
    }


VALUES: dict[str, Any] = {
    "last": 1,
    "sum": [0],
    "delta": [5],
    "mine": _DeltaSnapshot([6]),
    "topic": [7],
    "told": None,
}


@given(
    versions=st.sets(st.sampled_from(sorted(VALUES))),
    values=st.sets(st.sampled_from(sorted(VALUES))),
    histories=st.dictionaries(st.sampled_from(["delta", "mine", "sum", "last"]), HISTORY),
    saver=st.booleans(),
    config=st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_channels_are_loaded(*, versions: Any, values: Any, histories: Any, saver: bool, config: bool) -> None:
    def make() -> Call:
        log: Log = []
        checkpoint = {
            **stored(dict.fromkeys(sorted(versions), 1), {}, None),
            "channel_values": {name: VALUES[name] for name in sorted(values)},
        }
        options = {"saver": Saver(log, histories) if saver else None, "config": {"c": 1} if config else None}
        return Call((specs(log), checkpoint), options, log)

    BOTH["channels_from_checkpoint"].agree(make)
    BOTH["achannels_from_checkpoint"].agree(make)


@pytest.mark.parametrize(
    "histories",
    [
        ValueError("v"),
        None,
        {"delta": {}},
        {"delta": {"writes": [3]}},
        {"delta": None},
        {"sum": {"writes": [("a", "b")]}},
        {"sum": history(Overwrite([1]), Overwrite([2]), [3])},
        {"sum": history(3)},
    ],
)
@pytest.mark.parametrize("name", ["channels_from_checkpoint", "achannels_from_checkpoint"])
def test_histories_that_make_no_sense_fail_alike(name: str, histories: Any) -> None:
    def make() -> Call:
        log: Log = []
        options = {"saver": Saver(log, histories), "config": {}}
        return Call((specs(log), stored({"delta": 1, "sum": 1}, {}, None)), options, log)

    BOTH[name].agree(make)


def test_a_reducer_that_fails_in_replay_fails_alike() -> None:
    def make() -> Call:
        log: Log = []
        options = {"saver": Saver(log, {"delta": history([1])}), "config": {}}
        return Call(({"delta": delta(None, 2, refused)}, stored({"delta": 1}, {}, None)), options, log)

    BOTH["channels_from_checkpoint"].agree(make)


def test_a_channel_that_refuses_its_checkpoint_fails_alike() -> None:
    def make(log: Log) -> tuple[Any, ...]:
        values = {"channel_values": {"told": 1}}
        broken = SimpleNamespace(items=lambda: [("told", Told(log)), ("topic", Topic(int)), 3])
        return (broken, {**stored({}, {}, None), **values})

    BOTH["channels_from_checkpoint"].agree(calls(make))
    BOTH["channels_from_checkpoint"].agree(calls(lambda log: (specs(log), {"channel_versions": {}})))


@pytest.mark.parametrize("load", [upstream.channels_from_checkpoint, ours.channels_from_checkpoint])
def test_a_history_patched_into_one_saver_is_used(load: Callable[..., Any]) -> None:
    """Upstream's tests replace the method of an instance."""
    saver: Any = InMemorySaver()
    asked: Log = []

    def patched(**options: Any) -> Any:
        asked.append(options)
        return {"delta": history([1], [2])}

    saver.get_delta_channel_history = patched
    config = {"configurable": {}}
    specs = {"delta": DeltaChannel(folded, list)}
    loaded, managed = load(specs, stored({"delta": 1}, {}, None), saver=saver, config=config)
    assert loaded["delta"].get() == [[1], [2]]
    assert asked == [{"config": config, "channels": ["delta"]}]
    assert managed == {}


# --------------------------------------------------------------------------------------- superseded, put_writes


class Latest:
    """A saver that knows one checkpoint."""

    def __init__(self, log: Log, found: Any) -> None:
        self.log, self.found = log, found

    def get_tuple(self, config: Any) -> Any:
        self.log.append(config)
        return None if self.found is None else SimpleNamespace(checkpoint={"id": self.found})

    async def aget_tuple(self, config: Any) -> Any:
        return self.get_tuple(config)


CONFIGS = [
    {"configurable": {}},
    {"configurable": {"checkpoint_id": ""}},
    {"tags": [], "configurable": {"checkpoint_id": "c", "thread_id": "t"}},
    {"configurable": MappingProxyType({"checkpoint_id": "c"})},
    {},
    None,
]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("found", [None, "c", "d"])
@pytest.mark.parametrize("name", ["checkpoint_superseded", "acheckpoint_superseded"])
def test_a_thread_that_moved_on_is_noticed(name: str, found: Any, config: Any) -> None:
    saved = CheckpointTuple({"configurable": {}}, {"id": "c"}, {})  # type: ignore[typeddict-item]
    BOTH[name].agree(calls(lambda log: (Latest(log, found), config, saved)))


class Old:
    """A saver of the time before task paths."""

    def put_writes(self, config: Any, writes: Any, task_id: str) -> None: ...


@pytest.mark.parametrize(
    "put_writes", [InMemorySaver().put_writes, Old().put_writes, lambda *a, **k: None, lambda task_path: None, print, 3]
)
def test_savers_that_take_task_paths_are_known(put_writes: Any) -> None:
    BOTH["put_writes_accepts_task_path"].agree(lambda: Call((put_writes,)))


# ------------------------------------------------------------------------------------------------- migrations

PREGEL = Both(Pregel._migrate_checkpoint, migration.migrate_pregel_checkpoint)
STATE_GRAPH = Both(CompiledStateGraph._migrate_checkpoint, migration.migrate_state_graph_checkpoint)


class State(TypedDict):
    """A state."""

    a: int


def graph() -> Any:
    builder = StateGraph(State)
    for name in ("n", "m", "o"):
        builder.add_node(name, lambda state: state)
    builder.add_edge(START, "n")
    builder.add_edge("n", "m")
    builder.add_edge("n", "o")
    builder.add_edge("m", END)
    return builder.compile()


GRAPH = graph()
OLD = (
    "start:n", "start:gone", "start:n:x", "branch:n:c:m", "branch:n:c:gone", "branch:to:m", "branch:to:n", "branch:a:b",
    "n", "m", "o", "a", "__start__", "start", "branch:to:a:o",
)  # fmt: skip


@given(
    v=st.sampled_from([1, 2, 3, 4]),
    versions=st.dictionaries(st.sampled_from(OLD), st.integers(1, 3)),
    values=st.sets(st.sampled_from(OLD)),
    seen=st.dictionaries(
        st.sampled_from(["n", "m", "o", "__interrupt__"]), st.dictionaries(st.sampled_from(OLD), st.integers(1, 3))
    ),
    sends=st.sampled_from([None, [], [Send("n", 1)]]),
)
@settings(max_examples=400, deadline=None)
def test_older_checkpoints_are_migrated(v: int, versions: Any, values: Any, seen: Any, sends: Any) -> None:
    def make(subject: Any) -> Callable[[], Call]:
        def made() -> Call:
            checkpoint: dict[str, Any] = {
                "v": v,
                "channel_values": {name: [name] for name in sorted(values)},
                "channel_versions": dict(versions),
                "versions_seen": {node: dict(versions) for node, versions in seen.items()},
            }
            if sends is not None:
                checkpoint["pending_sends"] = list(sends)
            # Not the graph itself: it would be compared too.
            return Call((subject, checkpoint))

        return made

    PREGEL.agree(make(None))
    told = [Both.observe(STATE_GRAPH, migrate(side), make(None)) for side in (STATE_GRAPH.upstream, STATE_GRAPH.ours)]
    assert told[0] == told[1]


def migrate(side: Callable[..., Any]) -> Callable[..., Any]:
    """The method of one graph for both sides."""
    return lambda _, checkpoint: side(GRAPH, checkpoint)


def test_the_method_of_a_user_is_called_by_super() -> None:
    """A user's class may override either method and call its base."""
    order: list[str] = []

    class Mine(CompiledStateGraph):  # type: ignore[type-arg]
        def _migrate_checkpoint(self, checkpoint: Any) -> None:
            order.append("mine")
            migration.migrate_state_graph_checkpoint(self, checkpoint)

    mine = Mine.__new__(Mine)
    mine.nodes = {"n": None}  # type: ignore[dict-item]
    checkpoint: Any = {
        "v": 1,
        "pending_sends": [Send("n", 1)],
        "channel_values": {},
        "channel_versions": {"start:n": 2},
        "versions_seen": {},
    }
    mine._migrate_checkpoint(checkpoint)
    assert order == ["mine"]
    assert checkpoint["channel_versions"] == {"__pregel_tasks": 2, "branch:to:n": 2}
    assert "pending_sends" not in checkpoint
