"""The treacherous behaviours of upstream's loop as small programs on the real API, one function a trap.

Run as a program it prints one JSON object: what each of them observed. The numbers are those of
upstream-loop.md §5. Every program returns plain data that tells the trap apart from what one would have expected;
`test_traps.py` holds that data.
"""

import contextlib
import copy
import json
import operator
import os
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Annotated, Any

from typing_extensions import TypedDict

TRAPS: dict[str, Callable[[], Any]] = {}


def trap(function: Callable[[], Any]) -> Callable[[], Any]:
    """Puts a program on the list."""
    TRAPS[function.__name__] = function
    return function


def observe(function: Callable[[], Any]) -> Any:
    """What a program returns, or the error that ended it; so that one trap's failure hides no other's."""
    try:
        return function()
    except Exception as error:
        return {"raised": f"{type(error).__name__}: {error}"}


class Log(TypedDict):
    log: Annotated[list[str], operator.add]


def says(text: str) -> Callable[[Any], dict[str, list[str]]]:
    """A node that appends a text to `log`."""
    return lambda state: {"log": [text]}


def thread_of(name: str = "1") -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


def tasks_by_step(graph: Any, value: Any, config: Any = None, **options: Any) -> list[list[str]]:
    """The names of each superstep's tasks in the order in which the stream lists them."""
    steps: dict[int, list[str]] = {}
    for event in graph.stream(value, config, stream_mode="debug", **options):
        if event["type"] == "task":
            steps.setdefault(event["step"], []).append(event["payload"]["name"])
    return [steps[step] for step in sorted(steps)]


def checkpoints_of(saver: Any, config: Any) -> list[Any]:
    """The stored checkpoints, oldest first."""
    return [saved.checkpoint for saved in saver.list(config)][::-1]


def int_saver() -> Any:
    """An in-memory saver whose versions are ints, with the calls for a next version recorded."""
    from langgraph.checkpoint.memory import InMemorySaver

    class IntSaver(InMemorySaver):
        def __init__(self) -> None:
            super().__init__()
            self.asked: list[Any] = []

        def get_next_version(self, current: Any, channel: None) -> int:
            self.asked.append(current)
            return 1 if current is None else int(current) + 1

    return IntSaver()


@trap
def trap_01_pending_sends_do_not_hold_deferred_nodes_back() -> Any:
    from langgraph.graph import START, StateGraph
    from langgraph.types import Send

    graph = StateGraph(Log)
    graph.add_node("a", says("a"))
    graph.add_node("late", says("late"))
    graph.add_node("z", says("z"), defer=True)
    graph.add_edge(START, "a")
    graph.add_edge(START, "z")
    graph.add_conditional_edges("a", lambda state: [Send("late", {"log": []})], ["late"])
    return tasks_by_step(graph.compile(), {"log": []})


@trap
def trap_02_live_order_is_by_name_and_state_order_by_declaration() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    graph = StateGraph(Log)
    for name in ("z", "a"):
        graph.add_node(name, says(name))
        graph.add_edge(START, name)
    compiled = graph.compile(checkpointer=InMemorySaver(), interrupt_before="*")
    live = None
    for event in compiled.stream({"log": []}, thread_of(), stream_mode="debug"):
        if event["type"] == "checkpoint":
            live = event["payload"]["next"]
    return {"live": live, "state": list(compiled.get_state(thread_of()).next)}


@trap
def trap_03_sends_are_listed_first_and_applied_last() -> Any:
    from langgraph.graph import START, StateGraph
    from langgraph.pregel._algo import task_path_str
    from langgraph.types import Send

    graph = StateGraph(Log)
    graph.add_node("a", lambda state: {})
    graph.add_node("sent", says("sent"))
    graph.add_node("zz", says("zz"))
    graph.add_edge(START, "a")
    graph.add_edge("a", "zz")
    graph.add_conditional_edges("a", lambda state: [Send("sent", {"log": []})], ["sent"])
    compiled = graph.compile()
    return {
        "listed": tasks_by_step(compiled, {"log": []}),
        "applied": compiled.invoke({"log": []})["log"],
        "texts": [task_path_str(part) for part in (7, True, (), ("x", 12, (False,)))],
    }


@trap
def trap_04_seen_versions_are_those_before_the_step() -> Any:
    from langgraph.graph import START, StateGraph

    saver = int_saver()
    graph = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a").compile(checkpointer=saver)
    graph.invoke({"log": []}, thread_of())
    stored = checkpoints_of(saver, thread_of())
    return {
        "first": stored[0]["versions_seen"],
        "last": stored[-1]["versions_seen"],
        "versions": stored[-1]["channel_versions"],
    }


@trap
def trap_05_one_version_is_asked_for_per_step_whatever_changes() -> Any:
    from langgraph.graph import START, StateGraph
    from langgraph.pregel._algo import PregelTaskWrites, apply_writes, increment

    saver = int_saver()
    graph = StateGraph(Log).add_node("a", lambda state: {}).add_node("b", lambda state: {})
    graph.add_edge(START, "a").add_edge("a", "b")
    graph.compile(checkpointer=saver).invoke({"log": []}, thread_of())
    # A name that no channel has counts too.
    checkpoint = {"v": 4, "id": "0", "channel_versions": {"gone": 41}, "versions_seen": {}, "channel_values": {}}
    asked: list[Any] = []

    def following(current: Any, channel: Any) -> Any:
        asked.append(current)
        return increment(current, channel)

    apply_writes(checkpoint, {}, [PregelTaskWrites((), "n", (), ())], following, {})
    return {"run": saver.asked, "unknown": asked, "versions": checkpoint["channel_versions"]}


@trap
def trap_06_a_consumed_barrier_moves_but_is_not_updated() -> Any:
    from langgraph.graph import START, StateGraph

    saver = int_saver()
    graph = StateGraph(Log)
    for name in ("a", "b", "c"):
        graph.add_node(name, says(name))
    graph.add_edge(START, "a").add_edge(START, "b").add_edge(["a", "b"], "c")
    graph.compile(checkpointer=saver).invoke({"log": []}, thread_of())
    last = checkpoints_of(saver, thread_of())[-1]
    return {"version": last["channel_versions"]["join:a+b:c"], "updated": last["updated_channels"]}


@trap
def trap_07_a_cleared_ephemeral_moves_but_is_not_updated() -> Any:
    from langgraph.channels import EphemeralValue, LastValue
    from langgraph.pregel._algo import PregelTaskWrites, apply_writes, increment

    ephemeral, last = EphemeralValue(int), LastValue(int)
    ephemeral.key, last.key = "ephemeral", "last"
    ephemeral.update([1])
    last.update([1])
    checkpoint = {"v": 4, "id": "0", "channel_versions": {"ephemeral": 1}, "versions_seen": {}, "channel_values": {}}
    channels = {"ephemeral": ephemeral, "last": last}
    task = PregelTaskWrites((), "n", [("last", 2)], ("other",))
    updated = apply_writes(checkpoint, channels, [task], increment, {"last": ["n"]})
    return {
        "updated": sorted(updated),
        "available": ephemeral.is_available(),
        "versions": checkpoint["channel_versions"],
        "last": last.get(),
    }


@trap
def trap_08_a_fresh_read_copies_all_channels_and_reduces_again() -> Any:
    from langgraph.channels import EphemeralValue
    from langgraph.graph import END, START, StateGraph

    calls: list[list[int]] = []

    def add(left: list[int], right: list[int]) -> list[int]:
        calls.append([len(left), len(right)])
        return left + right

    class State(TypedDict):
        items: Annotated[list[int], add]
        passing: Annotated[int, EphemeralValue]

    seen: list[Any] = []

    def route(state: Any) -> str:
        seen.append(dict(state))
        return END

    graph = StateGraph(State)
    graph.add_node("a", lambda state: {"items": [2]})
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", route)
    graph.compile().invoke({"items": [1], "passing": 5})
    return {"calls": calls, "seen": seen}


@trap
def trap_09_a_first_overwrite_is_stored_raw() -> Any:
    from langgraph.channels import BinaryOperatorAggregate
    from langgraph.types import Overwrite

    class NoEmpty:
        """A type that cannot be called without arguments."""

        def __init__(self, value: Any) -> None:
            raise TypeError("needs a value")

    bare = BinaryOperatorAggregate(NoEmpty, operator.add)
    bare.update([Overwrite([1])])
    full = BinaryOperatorAggregate(list, operator.add)
    full.update([[1], Overwrite([9]), [3]])
    return {"bare": repr(bare.get()), "full": full.get()}


@trap
def trap_10_every_copy_calls_the_type_and_delta_differs() -> Any:
    from langgraph.channels import BinaryOperatorAggregate, DeltaChannel
    from langgraph.types import Overwrite

    made: list[int] = []

    class Counted(list):  # type: ignore[type-arg]
        def __init__(self, *args: Any) -> None:
            made.append(len(made))
            super().__init__(*args)

    channel = BinaryOperatorAggregate(Counted, operator.add)
    channel.copy()
    channel.from_checkpoint([1])
    counts = len(made)
    delta = DeltaChannel(lambda state, writes: [*state, *(item for write in writes for item in write)], list)
    delta.key = "delta"
    replacement = [9]
    delta.update([[1], Overwrite(replacement), [3]])
    after = delta.get()
    delta.update([Overwrite(None)])
    return {"made": counts, "overwritten": after, "same": after is replacement, "emptied": delta.get()}


@trap
def trap_11_a_checkpoint_may_be_the_live_container() -> Any:
    from langgraph.channels import NamedBarrierValue, Topic

    barrier = NamedBarrierValue(str, {"a", "b"})
    barrier.update(["a"])
    stored = barrier.checkpoint()
    barrier.update(["b"])
    topic = Topic(int, accumulate=True)
    topic.update([1])
    kept = topic.checkpoint()
    topic.update([2])
    return {"barrier": sorted(stored), "topic": list(kept), "same": barrier.checkpoint() is stored}


@trap
def trap_12_errors_name_the_key_and_none_is_a_value() -> Any:
    from langgraph.channels import EphemeralValue, LastValue
    from langgraph.errors import InvalidUpdateError

    texts = []
    for made in (LastValue(int), EphemeralValue(int)):
        for key in ("", "other"):
            made.key = key
            try:
                made.update([1, 2])
            except InvalidUpdateError as error:
                texts.append(str(error))
    none = LastValue(int)
    none.update([None])
    return {"texts": texts, "none": none.get(), "available": none.is_available()}


@trap
def trap_13_interrupts_compare_with_the_first_versions_null() -> Any:
    from langgraph.pregel._algo import should_interrupt

    class Task:
        def __init__(self, name: str, tags: list[str]) -> None:
            self.name, self.config = name, {"tags": tags}

    tasks = [Task("a", []), Task("b", ["langsmith:hidden"])]

    def interrupted(versions: Any, seen: Any, nodes: Any) -> Any:
        try:
            return [
                task.name
                for task in should_interrupt({"channel_versions": versions, "versions_seen": seen}, nodes, tasks)  # type: ignore[arg-type]
            ]
        except TypeError as error:
            return str(error)

    return [
        interrupted({"x": 1}, {}, "*"),
        interrupted({"x": 1}, {}, ["b"]),
        interrupted({"x": 1}, {"__interrupt__": {"x": 1}}, "*"),
        interrupted({"x": "1", "y": 2}, {}, "*"),
        interrupted({"x": 0, "y": "2"}, {}, "*"),
        interrupted({}, {}, "*"),
    ]


@trap
def trap_13_seen_by_interrupts_advances_on_resume_only() -> Any:
    from langgraph.graph import START, StateGraph

    saver = int_saver()
    graph = StateGraph(Log).add_node("a", says("a")).add_node("b", says("b"))
    compiled = graph.add_edge(START, "a").add_edge("a", "b").compile(checkpointer=saver, interrupt_before=["b"])
    compiled.invoke({"log": []}, thread_of())
    before = [stored["versions_seen"].get("__interrupt__") for stored in checkpoints_of(saver, thread_of())]
    compiled.invoke(None, thread_of())
    after = [stored["versions_seen"].get("__interrupt__") for stored in checkpoints_of(saver, thread_of())]
    return {"before": before, "after": after}


@trap
def trap_14_a_node_that_never_ran_needs_no_newer_version() -> Any:
    from langgraph.channels import LastValue
    from langgraph.pregel import NodeBuilder
    from langgraph.pregel._algo import prepare_next_tasks

    channel = LastValue(int)
    channel.key = "x"
    channel.update([1])
    node = NodeBuilder().subscribe_only("x").do(lambda value: value).build()

    def next_tasks(versions: Any, seen: Any) -> list[str]:
        checkpoint = {
            "v": 4,
            "id": str(uuid.UUID(int=6)),
            "channel_versions": versions,
            "versions_seen": seen,
            "channel_values": {},
        }
        found = prepare_next_tasks(
            checkpoint,  # type: ignore[arg-type]
            [],
            {"n": node},
            {"x": channel},
            {},
            {"configurable": {}},
            0,
            10,
            for_execution=False,
        )
        return [task.name for task in found.values()]

    return [
        next_tasks({"x": 3}, {}),
        next_tasks({"x": 3}, {"n": {"x": 3}}),
        next_tasks({"x": 3}, {"n": {"x": 2}}),
        next_tasks({"y": 3}, {"n": {}}),
        next_tasks({}, {}),
    ]


def resumed_graph(questions: int, nodes: tuple[str, ...] = ("ask",)) -> tuple[Any, Any]:
    """A graph whose nodes ask questions one after the other, and its saver."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    def ask(name: str) -> Callable[[Any], Any]:
        return lambda state: {"log": [f"{name}{number}={interrupt(number)}" for number in range(questions)]}

    saver = InMemorySaver()
    graph = StateGraph(Log)
    for name in nodes:
        graph.add_node(name, ask(name))
        graph.add_edge(START, name)
    return graph.compile(checkpointer=saver), saver


@trap
def trap_15_the_resume_list_is_kept_across_questions() -> Any:
    from langgraph.types import Command

    compiled, saver = resumed_graph(3)
    compiled.invoke({"log": []}, thread_of())
    kept = []
    for answer in ("x", "y"):
        compiled.invoke(Command(resume=answer), thread_of())
        writes = saver.get_tuple(thread_of()).pending_writes
        kept.append([[channel, value] for _, channel, value in writes if channel == "__resume__"])
    final = compiled.invoke(Command(resume="z"), thread_of())
    return {"kept": kept, "log": final["log"]}


@trap
def trap_15_the_resume_list_is_the_pending_write() -> Any:
    from langgraph.pregel._algo import _scratchpad
    from langgraph.types import Interrupt

    first = Interrupt.from_ns("x", "node:1").id
    answers: list[Any] = []
    with_writes = _scratchpad(None, [("task", "__resume__", answers)], "task", "node:1", {first: "mapped"}, 0, 1)
    without = _scratchpad(None, [], "task", "node:1", {first: "mapped"}, 0, 1)
    return {"same": with_writes.resume is answers, "answers": answers, "without": without.resume}


@trap
def trap_16_consuming_an_answer_compares_and_removes_from_the_captured_list() -> Any:
    from langgraph.constants import TASKS
    from langgraph.pregel._algo import _scratchpad

    null = str(uuid.UUID(int=0))
    compared: list[str] = []

    class Write(tuple):  # type: ignore[type-arg]
        def __eq__(self, other: object) -> bool:
            compared.append(str(self[1]))
            return tuple.__eq__(self, other)

        __hash__ = tuple.__hash__

    writes = [Write((null, "other", 1)), Write((null, "__resume__", "answer"))]
    scratchpad = _scratchpad(None, writes, "task", "ns", None, 0, 1)
    peeked = scratchpad.get_null_resume(False)
    consumed = scratchpad.get_null_resume(True)
    again = scratchpad.get_null_resume(True)
    return {"answers": [peeked, consumed, again], "left": len(writes), "compared": compared, "tasks": TASKS}


@trap
def trap_17_special_writes_dedupe_and_come_last() -> Any:
    from langgraph.types import Command

    compiled, saver = resumed_graph(1)
    compiled.invoke({"log": []}, thread_of())
    saved: list[list[str]] = []
    put = saver.put_writes

    def put_writes(config: Any, writes: Any, *rest: Any) -> None:
        saved.append([channel for channel, _ in writes])
        put(config, writes, *rest)

    saver.put_writes = put_writes
    compiled.invoke(Command(resume="x", update={"log": ["u"]}), thread_of())
    return saved


@trap
def trap_17_message_ids_are_stamped_into_the_tasks_writes() -> Any:
    from langchain_core.messages import HumanMessage
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, MessagesState, StateGraph

    message = HumanMessage("hello")
    graph = StateGraph(MessagesState).add_node("a", lambda state: {"messages": [message]}).add_edge(START, "a")
    final = graph.compile(checkpointer=InMemorySaver()).invoke({"messages": []}, thread_of())
    return {"stamped": message.id is not None, "same": final["messages"][0].id == message.id}


@trap
def trap_18_partial_writes_of_a_failed_node_are_shown() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    def route(state: Any) -> str:
        raise ValueError("no way")

    def before(state: Any) -> Any:
        raise ValueError("at once")

    shown = []
    for node, path in ((says("a"), route), (before, None)):
        graph = StateGraph(Log).add_node("a", node).add_edge(START, "a")
        if path is not None:
            graph.add_conditional_edges("a", path)
        chunks: list[Any] = []
        try:
            for chunk in graph.compile(checkpointer=InMemorySaver()).stream(
                {"log": []}, thread_of(), stream_mode="updates"
            ):
                chunks.append(chunk)
        except ValueError as error:
            chunks.append(str(error))
        shown.append(chunks)
    return shown


def counting(durability: str) -> tuple[list[Any], Any]:
    """What an entrypoint sees as `previous` over three calls, and how many checkpoints there are."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.func import entrypoint

    saver = InMemorySaver()
    seen: list[Any] = []

    @entrypoint(checkpointer=saver)
    def count(value: int, *, previous: Any = None) -> int:
        seen.append(previous)
        return value + (previous or 0)

    for value in (1, 2, 3):
        count.invoke(value, thread_of(), durability=durability)  # type: ignore[arg-type]
    return seen, len(checkpoints_of(saver, thread_of()))


@trap
def trap_19_exiting_saves_one_checkpoint_a_run() -> Any:
    return {durability: counting(durability) for durability in ("sync", "exit")}


@trap
def trap_20_between_exits_ids_move_and_values_stay() -> Any:
    from langgraph.graph import START, StateGraph

    saver = int_saver()
    graph = StateGraph(Log).add_node("a", says("a")).add_node("b", says("b")).add_edge(START, "a").add_edge("a", "b")
    compiled = graph.compile(checkpointer=saver)
    events = [
        event["payload"]
        for event in compiled.stream({"log": []}, thread_of(), stream_mode="debug", durability="exit")
        if event["type"] == "checkpoint"
    ]
    ids = [event["config"]["configurable"]["checkpoint_id"] for event in events]
    return {
        "values": [event["values"] for event in events],
        "ids differ": len(set(ids)) == len(ids),
        "stored": [stored["id"] == ids[-1] for stored in checkpoints_of(saver, thread_of())],
        "steps": [event["metadata"]["step"] for event in events],
    }


@trap
def trap_20_previous_is_read_from_the_last_values_that_were_made() -> Any:
    from langgraph.channels import LastValue
    from langgraph.pregel import NodeBuilder, Pregel
    from langgraph.runtime import get_runtime

    found: dict[str, Any] = {}
    for durability in ("sync", "exit"):
        seen: list[Any] = []

        def look(value: Any, seen: list[Any] = seen) -> Any:
            seen.append(get_runtime().previous)
            return value

        first = NodeBuilder().subscribe_only("x").do(look).write_to("y", __previous__=lambda value: "written")
        second = NodeBuilder().subscribe_only("y").do(look).write_to("z")
        program = Pregel(
            nodes={"first": first.build(), "second": second.build()},
            channels={name: LastValue(str) for name in ("x", "y", "z", "__previous__")},
            input_channels="x",
            output_channels="z",
            checkpointer=int_saver(),
        )
        program.invoke("in", thread_of(), durability=durability)  # type: ignore[arg-type]
        found[durability] = seen
    return found


@trap
def trap_21_out_of_steps_still_prepares_and_shows() -> Any:
    from langgraph.errors import GraphRecursionError
    from langgraph.graph import START, StateGraph

    graph = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a")
    compiled = graph.add_conditional_edges("a", lambda state: "a").compile(checkpointer=int_saver())
    seen: list[Any] = []
    try:
        for event in compiled.stream({"log": []}, {**thread_of(), "recursion_limit": 2}, stream_mode="debug"):
            seen.append([event["type"], event["step"], event["payload"].get("next")])
    except GraphRecursionError as error:
        seen.append(str(error).split("\n", maxsplit=1)[0])
    return seen


@trap
def trap_22_an_interrupt_shows_values_after_the_exit_save() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt

    saver = InMemorySaver()
    graph = StateGraph(Log).add_node("fast", says("fast")).add_node("ask", lambda state: {"log": [interrupt("?")]})
    compiled = graph.add_edge(START, "fast").add_edge(START, "ask").compile(checkpointer=saver)
    chunks = [
        chunk if mode == "values" and "__interrupt__" not in chunk else mode
        for mode, chunk in compiled.stream({"log": []}, thread_of(), stream_mode=["values"], durability="exit")
    ]
    return {"chunks": chunks, "stored": [s["channel_values"].get("log") for s in checkpoints_of(saver, thread_of())]}


@trap
def trap_23_a_retried_parent_schedules_its_calls_again() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.func import entrypoint, task
    from langgraph.types import RetryPolicy

    ran: list[str] = []

    @task
    def child(value: int) -> int:
        ran.append(f"child {value}")
        return value

    @entrypoint(
        checkpointer=InMemorySaver(),
        retry_policy=RetryPolicy(max_attempts=2, initial_interval=0.0, jitter=False, retry_on=ValueError),
    )
    def parent(value: int) -> int:
        ran.append("parent")
        found = child(value).result()
        if len([line for line in ran if line == "parent"]) == 1:
            raise ValueError("once")
        return found

    return {"value": parent.invoke(7, thread_of()), "ran": ran}


@trap
def trap_24_a_lone_task_runs_in_the_callers_thread() -> Any:
    from langgraph.graph import START, StateGraph

    main = threading.current_thread()
    here: dict[str, bool] = {}

    def note(name: str) -> Callable[[Any], Any]:
        def node(state: Any) -> Any:
            here[name] = threading.current_thread() is main
            return {"log": [name]}

        return node

    graph = StateGraph(Log)
    for name in ("lone", "left", "right"):
        graph.add_node(name, note(name))
    graph.add_edge(START, "lone").add_edge("lone", "left").add_edge("lone", "right")
    graph.compile().invoke({"log": []})
    return dict(sorted(here.items()))


@trap
def trap_25_an_error_handler_is_told_of_the_failed_task() -> Any:
    from langchain_core.runnables import RunnableConfig
    from langgraph.errors import NodeError
    from langgraph.graph import START, StateGraph
    from langgraph.runtime import Runtime

    seen: dict[str, Any] = {}

    def fails(state: Any, runtime: Runtime[Any]) -> Any:
        info = runtime.execution_info
        seen["failed"] = [info.task_id, info.checkpoint_ns] if info else None
        raise ValueError("broken")

    def handler(state: Any, error: NodeError, runtime: Runtime[Any], config: RunnableConfig) -> Any:
        info = runtime.execution_info
        own = config["configurable"]["checkpoint_ns"]
        seen["same info"] = info is not None and [info.task_id, info.checkpoint_ns] == seen["failed"]
        seen["namespace"] = [part.split(":")[0] for part in own.split("|")]
        seen["path"] = [
            part if isinstance(part, (str, bool, int)) else None for part in config["metadata"]["langgraph_path"]
        ]
        return {"log": [f"{error.node}: {error.error}"]}

    graph = StateGraph(Log).add_node("a", fails, error_handler=handler).add_edge(START, "a")
    final = graph.compile().invoke({"log": []})
    seen.pop("failed", None)
    return {"log": final["log"], **seen}


@trap
def trap_26_an_error_with_partial_output_reads_as_finished() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph.pregel._task_status import read_task_statuses

    ran: list[str] = []

    def node(state: Any) -> Any:
        ran.append("a")
        return {"log": ["a"]}

    def route(state: Any) -> str:
        ran.append("route")
        raise ValueError("no way")

    compiled = (
        StateGraph(Log)
        .add_node("a", node)
        .add_edge(START, "a")
        .add_conditional_edges("a", route)
        .compile(checkpointer=InMemorySaver())
    )
    ends = []
    for value in ({"log": []}, None):
        try:
            ends.append(compiled.invoke(value, thread_of()))  # type: ignore[arg-type]
        except ValueError as error:
            ends.append(str(error))
    statuses = read_task_statuses(
        [("t", "__error__", ValueError("x")), ("t", "log", 1), ("u", "__error__", ValueError("y"))]
    )
    return {"ends": ends, "ran": ran, "finished": {name: status.finished for name, status in statuses.items()}}


@trap
def trap_27_a_retry_clears_writes_and_reads_as_before() -> Any:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph import START, StateGraph
    from langgraph.types import RetryPolicy

    seen: list[Any] = []

    def node(state: Any, config: RunnableConfig) -> Any:
        settings = config["configurable"]
        read, send, scratchpad = (settings[f"__pregel_{name}"] for name in ("read", "send", "scratchpad"))
        send([("log", [f"attempt {len(seen)}"])])
        seen.append([read("log", True), read.args[0] is scratchpad])
        if len(seen) < 3:
            raise ValueError("again")
        return {}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.0, jitter=False, retry_on=ValueError)
    graph = StateGraph(Log).add_node("a", node, retry_policy=policy).add_edge(START, "a")
    return {"log": graph.compile().invoke({"log": ["in"]})["log"], "seen": seen}


@trap
def trap_28_only_a_list_of_modes_gives_pairs() -> Any:
    from langgraph.graph import START, StateGraph

    compiled = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a").compile()
    shapes: dict[str, Any] = {}
    for name, modes in (("list", ["values"]), ("tuple", ("values",)), ("both", ("values", "updates"))):
        shapes[name] = [
            chunk if isinstance(chunk, dict) else list(chunk)
            for chunk in compiled.stream({"log": []}, stream_mode=modes)
        ]  # type: ignore[arg-type]
    return shapes


@trap
def trap_29_the_second_task_gets_a_shallow_copy_of_the_input() -> Any:
    from langgraph.graph import START, StateGraph

    seen: list[Any] = []

    def node(state: Any) -> Any:
        seen.append(state)
        return {}

    graph = StateGraph(Log)
    for name in ("a", "b"):
        graph.add_node(name, node).add_edge(START, name)
    graph.compile().invoke({"log": ["x"]}, {"max_concurrency": 1})
    return {"same state": seen[0] is seen[1], "same list": seen[0]["log"] is seen[1]["log"]}


@trap
def trap_30_the_same_run_id_resumes() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    graph = StateGraph(Log).add_node("a", says("a")).add_edge(START, "a")
    compiled = graph.compile(checkpointer=InMemorySaver())
    logs = []
    for run in ("one", "one", "two"):
        logs.append(compiled.invoke({"log": [run]}, {**thread_of(), "metadata": {"run_id": run}})["log"])
    return logs


@trap
def trap_31_a_state_read_from_an_open_superstep_clears_ephemerals() -> Any:
    from langgraph.channels import EphemeralValue
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    class State(TypedDict):
        log: Annotated[list[str], operator.add]
        passing: Annotated[int, EphemeralValue]

    def fails(state: Any) -> Any:
        raise ValueError("stop")

    graph = StateGraph(State).add_node("a", lambda state: {"passing": 1, "log": ["a"]}).add_node("b", fails)
    compiled = graph.add_edge(START, "a").add_edge(START, "b").compile(checkpointer=InMemorySaver())
    with contextlib.suppress(ValueError):
        compiled.invoke({"log": []}, {**thread_of(), "max_concurrency": 1})
    state = compiled.get_state(thread_of())
    return {"values": state.values, "next": list(state.next)}


@trap
def local_reads_leave_the_channels_alone() -> Any:
    """Beside the traps: a fresh read works on copies, also of a user's own channel class."""
    from langgraph.channels import LastValue
    from langgraph.pregel._algo import PregelTaskWrites, local_read

    class Mine(LastValue):  # type: ignore[type-arg]
        pass

    channel = Mine(int, "x")
    channel.update([1])
    task = PregelTaskWrites((), "n", deque([("x", 2)]), ())
    fresh = local_read(None, {"x": channel}, {}, task, "x", fresh=True)  # type: ignore[arg-type]
    return {"fresh": fresh, "live": channel.get(), "copy": copy.copy(channel).get()}


def main(programs: dict[str, Callable[[], Any]]) -> None:
    """Runs every program and prints what they observed, and what the witness says where the backend is on."""
    observed = {name: observe(program) for name, program in programs.items()}
    counters = None
    if "LANGGRAPH_BACKEND" in os.environ:
        import langgraph_rs

        counters = langgraph_rs.witness()
    json.dump({"observed": observed, "witness": counters}, sys.stdout)


if __name__ == "__main__":
    main(TRAPS)
