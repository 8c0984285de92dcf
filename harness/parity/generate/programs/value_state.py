"""Programs whose state is one value without a name: a StateGraph of an annotated list, dict or number."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from parity.generate.programs.instructions import policies
from parity.generate.programs.making import Body, Making
from parity.generate.programs.state import LOG, fitting

__all__ = ["make_value", "value_of"]

_FITTING = frozenset(
    (
        *("value_state", "branch", "branch_many", "branch_ends", "start_branch", "join", "defer", "cycle", "parallel"),
        *("command", "command_update", "command_send", "send", "send_each", "no_return", "low_limit"),
        *("max_concurrency", "node_error", "node_error_once", "error_note", "retry", "put_fails", "put_writes_fails"),
        *("crash", "interrupt", "interrupt_before", "interrupt_after", "interrupt_all", "interrupt_at_run"),
        *("resume_partly", "resume_with_update", "resume_with_goto", "new_input_on_interrupt", "resume_strict"),
        *("command_at", "command_out", "state_at", "history_read", "history_filter", "update", "update_as_node"),
        *("update_as_end", "update_copy", "update_input", "update_task", "bulk_update", "bulk_tasks", "fork", "replay"),
        *("head_by_id", "fork_update", "second_input", "second_thread", "same_run_id", "restart", "delete_thread"),
        *("async_api", "async_node", "stream_one", "stream_list", "stream_debug", "stream_v2", "stream_closed"),
        *("emit", "events_v2", "events_v3", "stream_v3", "batch", "durability_async", "durability_exit", "cache"),
        *("cache_cleared", "context", "config", "callbacks", "inject", "sqlite", "no_saver", "pathless"),
        *("str_versions", "float_versions", "custom_versions", "postgres", "old_format"),
        *("schemas_asked", "channels_read", "task_alone"),
    )
)
"""The features that such a program can have: no others speak of keys."""

_CHANNELS: tuple[Body, ...] = (
    {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"},
    {"channel": "BinaryOperatorAggregate", "reducer": "add_int", "type": "int"},
    {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"},
    {"channel": "BinaryOperatorAggregate", "reducer": "merge_dict", "type": "dict"},
    {"channel": "LastValue", "type": "int"},
)


def make_value(making: Making) -> None:
    """Makes `main` of one to three nodes and a last one, which follow each other, run side by side or begin anew."""
    making.allowed &= _FITTING
    spec = dict(making.pick(_CHANNELS))
    count = 3 if making.may("parallel", "join", "max_concurrency") else 1 + making.below(3)
    names = [f"v{index}" for index in range(count)]
    graph: Body = {"form": "state", "schema": "value", "state": {LOG: spec}, "nodes": [], "edges": [], "branches": []}
    making.graphs["main"] = graph
    for index, name in enumerate([*names, "last"]):
        graph["nodes"].append(_node(making, spec, name, [*names[index + 1 :], "last"] if name != "last" else []))
    _wire(making, graph, names)
    compiled: Body = {}
    for member in ("interrupt_before", "interrupt_after"):
        if making.want(member):
            making.static += 1
            compiled[member] = "*" if making.want("interrupt_all") else ["last"]
    if compiled:
        graph["compile"] = compiled
    if making.may("context"):
        graph["context"] = True


def value_of(making: Making) -> Any:
    """A tagged value that the state of such a program takes as input or update."""
    return _fit(making, making.graphs["main"]["state"][LOG])["lit"]


def _fit(making: Making, spec: Body) -> Body:
    return {"lit": making.below(9)} if spec["channel"] == "LastValue" else fitting(making, spec)


def _node(making: Making, spec: Body, name: str, later: list[str]) -> Body:
    written = {"lit": [name]} if spec.get("type") == "list" else _fit(making, spec)
    do: list[Body] = [{"op": "write", "key": LOG, "value": written}] if making.below(5) < 4 else []
    node: Body = {"name": name, "do": do}
    if making.want("emit"):
        do.append({"op": "emit", "value": {"get": LOG}})
    if making.want("interrupt", 3):
        making.interrupts += 1
        do.append({"op": "interrupt", "value": {"lit": f"{name}?"}, "var": "answer"})
    if making.want("node_error", 4) or making.want("node_error_once", 3):
        failure: Body = {
            "op": "raise",
            "error": making.pick(("ValueError", "RuntimeError")),
            "message": f"{name} failed",
        }
        if making.want("error_note"):
            failure["note"] = f"noted in {name}"
        do.append({**failure, "on_runs": [1]} if making.may("node_error_once") else failure)
    if later and making.want("command"):
        goto: list[Any] = [making.pick([*later, "__end__"])]
        if making.want("command_send"):
            goto.append({"send": making.pick(later), "arg": making.pick((_fit(making, spec), {"get": LOG}))})
        command: Body = {"op": "command", "goto": goto}
        if making.want("command_update"):
            command["update"] = {LOG: _fit(making, spec)}
        do.append(command)
    if making.want("no_return", 3):
        node["returns"] = "none"
    if making.want("defer", 3):
        node["defer"] = True
    if making.asynchronous and making.want("async_node"):
        node["async"] = True
    if making.want("inject"):
        node["inject"] = making.pick((["runtime"], ["config"], ["writer"]))
    return {**node, **policies(making, asynchronous=False)}


def _wire(making: Making, graph: Body, names: list[str]) -> None:
    edges: list[list[str]] = graph["edges"]
    if len(names) == 3 and making.may("parallel", "join", "max_concurrency"):
        edges += [["__start__", name] for name in names]
        if making.may("join"):
            graph["joins"] = [{"from": names, "to": "last"}]
        else:
            edges += [[name, "last"] for name in names]
    else:
        path = ["__start__", *names, "last"]
        edges += [[source, target] for source, target in pairwise(path)]
        if making.may("branch", "branch_many", "branch_ends", "send", "send_each"):
            edges.remove([names[-1], "last"])
            graph["branches"].append(_branch(making, graph, names[-1]))
    if making.may("cycle"):
        again: Body = {"cmp": "lt", "left": {"len": {"get": LOG}}, "right": {"lit": 3 + making.below(3)}}
        path_back: Body = {"if": again, "then": [names[0]], "else": ["__end__"]}
        graph["branches"].append({"from": "last", "name": "back", "path": path_back})
    if making.want("start_branch"):
        graph["branches"].append({"from": "__start__", "name": "begin", "path": {"to": [making.pick(names)]}})


def _branch(making: Making, graph: Body, source: str) -> Body:
    if making.want("send_each"):
        return {"from": source, "name": "on", "path": {"each": LOG, "node": "last"}}
    there: list[Any] = ["last"]
    if making.want("send"):
        there = [{"send": "last", "arg": {"get": LOG}}]
    if making.want("branch_many"):
        there.append("__end__" if making.below(2) else "last")
    shown: Body = {"cmp": making.pick(("lt", "ge")), "left": {"get": LOG}, "right": {"lit": making.below(9)}}
    if graph["state"][LOG].get("type") != "int":
        shown = {"cmp": "lt", "left": {"len": {"get": LOG}}, "right": {"lit": 1 + making.below(4)}}
    branch: Body = {"from": source, "name": "on", "path": {"if": shown, "then": there, "else": ["last"]}}
    if making.want("branch_ends"):
        branch["ends"] = ["last", "__end__"]
    return branch
