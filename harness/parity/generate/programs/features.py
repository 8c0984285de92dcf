"""Which features a program holds, and which of them a run of it came to: one question per feature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from parity.cases.model import Case
from parity.cases.programs import NO_KEY
from parity.generate.programs.attempts import ATTEMPTS
from parity.generate.programs.facts import Facts, facts_of
from parity.generate.programs.themes import FEATURES

__all__ = ["executed", "features"]

Body = Mapping[str, Any]


def features(case: Case) -> set[str]:
    """The features that a program holds, by the names of FEATURES."""
    return _named(facts_of(case.body))


def executed(case: Case, events: Iterable[Body]) -> set[str]:
    """The features that took part, as the trace tells: those of nodes, tasks and graphs that ran, and of operations.

    An operation that referred to nothing was not run, and a crash that nothing came to did not happen. What a node,
    a branch or an error handler holds counts when it ran, whichever of its instructions it came to. A node whose cache
    key cannot be made never runs: it counts by its error.
    """
    ran: set[str] = set()
    begun: set[int] = set()
    current = -1
    crashed = keyless = False
    for event in events:
        if event["e"] == "ran":
            ran.add(str(event["what"]))
        elif event["e"] == "op":
            current = event["index"]
            begun.add(current)
        elif event["e"] == "unresolved":
            begun.discard(current)
        elif event["e"] == "crash":
            crashed = True
        elif event["e"] == "error" and event["message"] == NO_KEY:
            keyless = True
    if not ran and not begun:
        return set()
    named = _named(facts_of(case.body, ran, sorted(begun))) - (set() if crashed else {"crash"})
    return named | ({"cache_key_fails"} if keyless else set())


def _named(facts: Facts) -> set[str]:
    return {name for name in FEATURES if _QUESTIONS[name](facts)}


def _channel(name: str) -> Callable[[Facts], bool]:
    return lambda facts: any(spec.get("channel") == name for spec in facts.channels)


def _graph(member: str, *values: Any) -> Callable[[Facts], bool]:
    return lambda facts: any(
        member in graph and (not values or graph[member] in values) for graph in facts.graphs.values()
    )


def _node(member: str, *values: Any) -> Callable[[Facts], bool]:
    return lambda facts: any(member in node and (not values or node[member] in values) for _, node in facts.nodes)


def _does(op: str, member: str | None = None, *values: Any) -> Callable[[Facts], bool]:
    def asks(facts: Facts) -> bool:
        found = facts.named(op)
        if member is None:
            return bool(found)
        return any(member in one and (not values or one[member] in values) for one in found)

    return asks


def _op(*names: str) -> Callable[[Facts], bool]:
    return lambda facts: any(op["op"] in names for op in facts.ops)


def _call(member: str, *values: Any) -> Callable[[Facts], bool]:
    return lambda facts: any(member in op and (not values or op[member] in values) for op in facts.calls)


def _run(member: str, *values: Any) -> Callable[[Facts], bool]:
    return lambda facts: facts.run.get(member) in values


def _compiled(member: str, *values: Any) -> Callable[[Facts], bool]:
    return lambda facts: any(
        member in graph.get("compile", {}) and (not values or graph["compile"][member] in values)
        for graph in facts.graphs.values()
    )


def _expr(name: str) -> Callable[[Facts], bool]:
    return lambda facts: any(name in expr for expr in facts.exprs)


def _command(member: str) -> Callable[[Facts], bool]:
    return lambda facts: any(member in command for command in facts.commands())


def _fault(at: str | None, kind: str) -> Callable[[Facts], bool]:
    return lambda facts: any(
        op["fault"]["kind"] == kind and at in (None, op["fault"]["at"]) for op in facts.calls if "fault" in op
    )


def _updates(value: str) -> Callable[[Facts], bool]:
    def asks(facts: Facts) -> bool:
        single = [op for op in facts.ops if op["op"] == "update"]
        bulk = [update for op in facts.ops if op["op"] == "bulk_update" for step in op["supersteps"] for update in step]
        return any(update.get("as_node") == value for update in [*single, *bulk])

    return asks


def _overwrites(facts: Facts) -> bool:
    """In any of its three forms."""
    marks = (["__overwrite__"], ["type", "value"])
    return any("overwrite" in expr or [pair[0] for pair in expr.get("dict", ())] in marks for expr in facts.exprs)


def _messages(facts: Facts) -> list[Body]:
    return [expr["message"] for expr in facts.exprs if "message" in expr]


def _message_lists(facts: Facts) -> list[list[Body]]:
    lists = [expr["list"] for expr in facts.exprs if "list" in expr]
    return [items for items in lists if any("message" in item or "remove" in item for item in items)]


def _depth(facts: Facts, name: str) -> int:
    inner = [node["graph"] for node in facts.graphs[name].get("nodes", ()) if "graph" in node]
    return 1 + max((_depth(facts, child) for child in inner if child in facts.graphs), default=0)


def _subgraph_nodes(facts: Facts) -> list[str]:
    return [node["graph"] for _, node in facts.nodes if "graph" in node]


def _interrupts_in_subgraph(facts: Facts) -> bool:
    inside = set(_subgraph_nodes(facts))
    nodes = {id(node) for name in inside for node in facts.graphs.get(name, {}).get("nodes", ())}
    return any(id(node) in nodes and one["op"] == "interrupt" for node, one in facts.does)


def _parallel_interrupts(facts: Facts) -> bool:
    return any(_shape(graph) == "fan" and _asking(facts, graph) >= 1 for graph in facts.graphs.values())


def _asking(facts: Facts, graph: Body) -> int:
    return len({id(node) for node, one in facts.does if one["op"] == "interrupt" and node in graph.get("nodes", ())})


def _shape(graph: Body) -> str:
    sources = [source for source, _ in graph.get("edges", ())]
    return "fan" if any(sources.count(source) >= 3 for source in sources) else "other"


def _failing_handlers(facts: Facts) -> bool:
    return any(instruction["op"] == "raise" for instruction in facts.handles)


def _raise_after_writes(facts: Facts) -> bool:
    seen: set[int] = set()
    for node, one in facts.does:
        if one["op"] in ("write", "command"):
            seen.add(id(node))
        if one["op"] == "raise" and id(node) in seen:
            return True
    return False


def _between_interrupts(facts: Facts) -> bool:
    orders: dict[int, str] = {}
    for node, one in facts.does:
        orders[id(node)] = orders.get(id(node), "") + {"interrupt": "i", "raise": "r"}.get(one["op"], "")
    return any("iri" in order for order in orders.values())


def _cycle(facts: Facts) -> bool:
    for graph in facts.graphs.values():
        order = {node["name"]: index for index, node in enumerate(graph.get("nodes", ()))}
        steps = [tuple(edge) for edge in graph.get("edges", ())]
        for branch in graph.get("branches", ()):
            for member in ("to", "then", "else"):
                steps += [(branch["from"], dest) for dest in branch["path"].get(member, ()) if isinstance(dest, str)]
        if any(a in order and b in order and order[b] <= order[a] for a, b in steps):
            return True
    return False


def _sent(facts: Facts) -> list[Body]:
    return [dest for dest in facts.dests if isinstance(dest, dict)]


def _parallel_nodes(facts: Facts) -> bool:
    return any(_shape(graph) == "fan" for graph in facts.graphs.values())


def _tasks_called(facts: Facts) -> int:
    return len(facts.named("task"))


def _task_nodes(facts: Facts, member: str) -> bool:
    return any(member in node for graph, node in facts.nodes if graph["form"] == "entrypoint" and node is not graph)


def _raw(facts: Facts, predicate: Callable[[Body], bool]) -> bool:
    return any(graph["form"] == "pregel" and predicate(graph) for graph in facts.graphs.values())


_ODD = ("tuple", "bytes", "set", "datetime", "uuid", "decimal", "deque", "path", "delta_snapshot", "send", "float")

_QUESTIONS: dict[str, Callable[[Facts], bool]] = {
    # State
    "delta": _channel("DeltaChannel"),
    "delta_messages": lambda facts: any(spec.get("reducer") == "messages" for spec in facts.channels),
    "delta_default_cadence": lambda facts: any(
        spec.get("channel") == "DeltaChannel" and "snapshot_frequency" not in spec for spec in facts.channels
    ),
    "delta_overwrite": lambda facts: _channel("DeltaChannel")(facts) and _overwrites(facts),
    "delta_bound": lambda facts: "delta_bound" in facts.run,
    "messages": _channel("Messages"),
    "message_without_id": lambda facts: any("id" not in message for message in _messages(facts)),
    "message_removed": _expr("remove"),
    "message_twice": lambda facts: any(len(items) > 1 for items in _message_lists(facts)),
    "private": _graph("private"),
    "input_schema": lambda facts: any(
        graph.get("input") for graph in facts.graphs.values() if graph["form"] == "state"
    ),
    "output_schema": lambda facts: any(
        graph.get("output") for graph in facts.graphs.values() if graph["form"] == "state"
    ),
    "pydantic": _graph("schema", "pydantic"),
    "dataclass": _graph("schema", "dataclass"),
    "value_state": _graph("schema", "value"),
    "reads": _node("reads"),
    "returns_object": _node("returns", "object"),
    "topic": _channel("Topic"),
    "ephemeral": _channel("EphemeralValue"),
    "untracked": _channel("UntrackedValue"),
    "any_value": _channel("AnyValue"),
    "custom_channel": _channel("Custom"),
    "managed": lambda facts: any("managed" in spec for spec in facts.channels),
    "values_of_all_sorts": lambda facts: any(
        isinstance(expr.get("lit"), dict) and expr["lit"].get("t") in _ODD for expr in facts.exprs
    ),
    "mutated": _does("mutate"),
    "overwrite": _overwrites,
    # Control
    "branch": lambda facts: bool(facts.branches),
    "branch_many": lambda facts: any(
        len(branch["path"].get(member, ())) > 1 for branch in facts.branches for member in ("to", "then", "else")
    ),
    "branch_ends": lambda facts: any(branch.get("ends") for branch in facts.branches),
    "start_branch": lambda facts: any(branch["from"] == "__start__" for branch in facts.branches),
    "join": lambda facts: any(graph.get("joins") for graph in facts.graphs.values()),
    "defer": _node("defer", True),
    "cycle": _cycle,
    "command": _does("command"),
    "command_update": _does("command", "update"),
    "command_send": lambda facts: any(
        isinstance(dest, dict) for one in facts.named("command") for dest in one.get("goto", ())
    ),
    "command_several": lambda facts: any(count > 1 for count in facts.per_node("command")),
    "command_parent": _does("command", "graph", "parent"),
    "send": lambda facts: bool(_sent(facts)),
    "send_each": lambda facts: any("each" in branch["path"] for branch in facts.branches),
    "send_timeout": lambda facts: any("timeout" in dest for dest in _sent(facts)),
    "no_return": _node("returns", "none"),
    "bad_return": _node("returns", "list"),
    "parallel": _parallel_nodes,
    "low_limit": lambda facts: any(op.get("recursion_limit", 9) <= 3 for op in facts.calls),
    "max_concurrency": _call("max_concurrency"),
    "step_timeout": _compiled("step_timeout"),
    "drain": _does("drain"),
    # Faults
    "node_error": lambda facts: any("on_runs" not in one for one in facts.named("raise")),
    "node_error_once": _does("raise", "on_runs"),
    "error_after_writes": _raise_after_writes,
    "error_note": _does("raise", "note"),
    "cancelled": _does("raise", "error", "CancelledError"),
    "reducer_error": lambda facts: any(expr.get("lit", 0) is None for expr in facts.exprs),
    "retry": _node("retry"),
    "retry_several": lambda facts: any(isinstance(node.get("retry"), list) for _, node in facts.nodes),
    "retry_never": lambda facts: any(
        isinstance(node.get("retry"), dict) and node["retry"].get("on") == "none" for _, node in facts.nodes
    ),
    "error_handler": _node("on_error"),
    "handler_command": lambda facts: any(one["op"] == "command" for one in facts.handles),
    "handler_fails": _failing_handlers,
    "handler_default": lambda facts: any("on_error" in graph.get("defaults", {}) for graph in facts.graphs.values()),
    "timeout_run": lambda facts: any("run" in node.get("timeout", {}) for _, node in facts.nodes),
    "timeout_idle": lambda facts: any("idle" in node.get("timeout", {}) for _, node in facts.nodes),
    "put_fails": _fault("put", "error"),
    "put_writes_fails": _fault("put_writes", "error"),
    "crash": _fault(None, "crash"),
    # Interrupts
    "interrupt_before": _compiled("interrupt_before"),
    "interrupt_after": _compiled("interrupt_after"),
    "interrupt_all": lambda facts: (
        _compiled("interrupt_before", "*")(facts) or _compiled("interrupt_after", "*")(facts)
    ),
    "interrupt_at_run": lambda facts: _call("interrupt_before")(facts) or _call("interrupt_after")(facts),
    "interrupt": _does("interrupt"),
    "interrupt_twice": lambda facts: any(count > 1 for count in facts.per_node("interrupt")),
    "interrupt_parallel": _parallel_interrupts,
    "interrupt_schema": _does("interrupt", "schema"),
    "error_between_interrupts": _between_interrupts,
    "resume_by_id": _command("resume_by_id"),
    "resume_partly": lambda facts: any(len(one.get("resume_by_id", "ab")) == 1 for one in facts.commands()),
    "resume_with_update": _command("update"),
    "resume_with_goto": _command("goto"),
    "new_input_on_interrupt": lambda facts: (
        len([op for op in facts.calls if isinstance(op.get("input"), (dict, int)) and "command" not in _dict(op)]) > 1
        and bool(facts.named("interrupt"))
    ),
    # Threads' history
    "state_at": _op("state"),
    "history_read": _op("history"),
    "history_filter": lambda facts: any("filter" in op for op in facts.ops if op["op"] == "history"),
    "schemas_asked": _op("schemas"),
    "channels_read": _op("channels"),
    "task_alone": _op("attempt"),
    "update": _op("update"),
    "update_as_node": lambda facts: any("as_node" in op for op in facts.ops if op["op"] == "update"),
    "update_as_end": _updates("__end__"),
    "update_copy": _updates("__copy__"),
    "update_input": _updates("__input__"),
    "update_task": lambda facts: any("task" in op for op in facts.ops if op["op"] == "update"),
    "bulk_update": _op("bulk_update"),
    "bulk_tasks": lambda facts: any(
        "task" in update
        for op in facts.ops
        if op["op"] == "bulk_update"
        for step in op["supersteps"]
        for update in step
    ),
    "fork": lambda facts: any("at" in op and op.get("input") is not None for op in facts.calls),
    "replay": lambda facts: any("at" in op and op.get("input") is None for op in facts.calls),
    "head_by_id": lambda facts: any(op.get("at") == {"nth": 0} for op in facts.calls),
    "fork_update": lambda facts: any("at" in op for op in facts.ops if op["op"] == "update"),
    "second_input": lambda facts: (
        len([op for op in facts.calls if op.get("input") is not None and "command" not in _dict(op)]) > 1
    ),
    "second_thread": lambda facts: any(op.get("thread", "t") != "t" for op in facts.ops),
    "same_run_id": lambda facts: len([op for op in facts.calls if "run_id" in op]) > 1,
    "restart": _op("restart"),
    "delete_thread": _op("delete_thread"),
    # Composition
    "subgraph": lambda facts: bool(_subgraph_nodes(facts)),
    "subgraph_twice": lambda facts: len(_subgraph_nodes(facts)) > len(set(_subgraph_nodes(facts))),
    "subgraph_deep": lambda facts: "main" in facts.graphs and _depth(facts, "main") > 2,
    "subgraph_prefix": lambda facts: _prefixed([node["name"] for _, node in facts.nodes if "graph" in node]),
    "subgraph_own_memory": _compiled("checkpointer", True),
    "subgraph_stateless": _compiled("checkpointer", False),
    "subgraph_interrupts": _interrupts_in_subgraph,
    "call": _does("call"),
    "call_own_thread": _does("call", "thread"),
    "call_twice": lambda facts: any(count > 1 for count in facts.per_node("call")),
    "call_streamed": _does("call", "stream"),
    "call_hidden": _does("call", "hidden", True),
    "tools": _node("tools"),
    "entrypoint": _graph("form", "entrypoint"),
    "task": lambda facts: _tasks_called(facts) > 0,
    "task_many": lambda facts: _tasks_called(facts) > 2,
    "task_retry": lambda facts: _task_nodes(facts, "retry"),
    "task_interrupt": lambda facts: any(
        one["op"] == "interrupt" and node in graph.get("tasks", ())
        for graph in facts.graphs.values()
        for node, one in facts.does
    ),
    "previous": _expr("previous"),
    "final": _graph("save"),
    "raw": _graph("form", "pregel"),
    "raw_many_channels": lambda facts: _raw(facts, lambda graph: len(graph["channels"]) > 4),
    "raw_barrier": _channel("NamedBarrierValue"),
    "raw_eager": _graph("eager", True),
    # Runs
    "async_api": _call("api", "ainvoke", "astream", "abatch", "events_v2", "events_v3"),
    "async_node": _node("async", True),
    "stream_one": lambda facts: any(isinstance(op.get("stream_mode"), str) for op in facts.calls),
    "stream_list": lambda facts: any(isinstance(op.get("stream_mode"), list) for op in facts.calls),
    "stream_subgraphs": _call("subgraphs", True),
    "stream_debug": lambda facts: any("debug" in (op.get("stream_mode") or ()) for op in facts.calls),
    "stream_v2": _call("version", "v2"),
    "stream_closed": _call("take"),
    "emit": _does("emit"),
    "push_message": _does("push_message"),
    "chat": _does("chat"),
    "events_v2": _call("api", "events_v2"),
    "events_v3": _call("api", "events_v3"),
    "stream_v3": _call("api", "stream_v3"),
    "batch": _call("api", "batch", "abatch"),
    "durability_async": _call("durability", "async"),
    "durability_exit": _call("durability", "exit"),
    "cache": _node("cache"),
    "cache_ttl": lambda facts: any(node.get("cache", {}).get("ttl") for _, node in facts.nodes),
    "cache_cleared": _op("clear_cache"),
    "store": _does("store"),
    "context": _call("context"),
    "config": _call("config"),
    "config_bound": _compiled("config"),
    "callbacks": _call("callbacks", True),
    "output_keys": _call("output_keys"),
    "inject": _node("inject"),
    "sqlite": _run("saver", "sqlite"),
    "no_saver": _run("saver", "none"),
    "str_versions": _run("versions", "str"),
    "float_versions": _run("versions", "float"),
    "custom_versions": _run("versions", "custom"),
    "postgres": _run("saver", "postgres"),
    "old_format": _op("old_format"),
    "threads": _run("schedule", "threads"),
    **ATTEMPTS,
}
"""What each feature asks of a program's facts."""


def _dict(op: Body) -> Body:
    given = op.get("input")
    return given if isinstance(given, dict) else {}


def _prefixed(names: list[str]) -> bool:
    return any(a != b and b.startswith(a) for a in names for b in names)
