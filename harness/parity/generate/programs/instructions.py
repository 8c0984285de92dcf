"""What a node, a task or an entrypoint does: a short list of instructions of the drawn features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parity.generate.programs.making import Body, Making, dictionary
from parity.generate.programs.state import LOG, TWIN, fitting, logged, overwritten

__all__ = ["cond", "dests", "expression", "log", "node_body", "policies", "task_body"]

_ERRORS = ("ValueError", "RuntimeError", "KeyError", "ConnectionError", "CustomError", "TimeoutError")
_SCHEMAS = ("int", "str", "json")


def log(state: Body, name: str) -> list[Body]:
    """Writes of the node's name to the log and to its plain twin."""
    return [{"op": "write", "key": key, "value": value} for key, value in logged(state, {"lit": [name]}).items()]


def cond(making: Making, state: Body) -> Body:
    """A condition on the state."""
    key = making.pick(tuple(state))
    choice = making.below(4)
    if choice == 0:
        return {"cmp": "lt", "left": {"len": {"get": LOG}}, "right": {"lit": 1 + making.below(6)}}
    if choice == 1:
        return {"has": key}
    if choice == 2:
        return {"cmp": "eq", "left": {"get": key}, "right": {"lit": making.below(4)}}
    return {"cmp": making.pick(("lt", "ge")), "left": {"get": key}, "right": {"lit": making.below(6)}}


def expression(making: Making, key: str, state: Body) -> Body:
    """What a node writes to a key: mostly a value that fits, sometimes something of the state or of the run."""
    spec = state[key]
    typed = spec.get("type") not in (None, "any") or spec.get("channel") in ("Messages", "Custom")
    choice = making.below(8)
    if typed or choice < 4:
        return fitting(making, spec)
    other = making.pick(tuple(state))
    return (
        {"len": {"get": other}},
        {"add": [{"get": key}, {"lit": 1}]},
        {"run": True},
        {"context": "who"} if making.may("context") else {"get": "a"},
    )[choice - 4]


def dests(making: Making, names: Sequence[str], most: int, *, to_end: bool = True) -> list[Any]:
    """Destinations of a branch or a `Command`: nodes, END, Sends."""
    chosen: list[Any] = []
    for _ in range(making.below(most + 1)):
        if names and making.want("send"):
            send: Body = {"send": making.pick(names), "arg": _argument(making)}
            if making.want("send_timeout", 1):
                send["timeout"] = 5
            chosen.append(send)
        else:
            chosen.append(making.pick([*names, "__end__"] if to_end else list(names)))
    return chosen


def _argument(making: Making) -> Body:
    choice = making.below(3)
    if choice == 0:
        return {"dict": [[LOG, {"lit": ["sent"]}], ["a", {"lit": making.below(9)}]]}
    return {"lit": making.below(200)} if choice == 1 else {"input": True}


def node_body(making: Making, name: str, state: Body, later: Sequence[str], *, inner: bool) -> list[Body]:
    """The instructions of a node of a StateGraph. `later`: nodes that it may go to. `inner`: it is in a subgraph."""
    do = log(state, name)
    if making.want("delta_overwrite", 3):
        value = overwritten(making, {"lit": [f"{name}="]})
        do = [{**write, "value": value} for write in do]
    writable = [key for key, spec in state.items() if key not in (LOG, TWIN, "left") and "managed" not in spec]
    for key in making.some([key for key in writable if key not in ("messages", "plain_messages")], 2):
        if state[key]["channel"] != "LastValue" or not making.may("parallel") or making.below(2):
            do.append({"op": "write", "key": key, "value": expression(making, key, state)})
    do += _messages(making, state)
    if making.want("mutated", 3):
        do.insert(0, {"op": "mutate", "key": making.pick(tuple(state)), "value": {"lit": making.below(9)}})
    do += _writers(making, name, state)
    do += _interrupts(making, name, state)
    do += _failures(making, name, state)
    do += _commands(making, name, state, later, inner=inner)
    if making.want("store", 2):
        do += _store(making)
    if making.asynchronous and making.may("idle_refreshed"):
        acts: list[Body] = [{"op": "heartbeat"}, {"op": "emit", "value": {"lit": "on"}}]
        acts.append({"op": "chat", "text": "a b", "var": "c"})
        do += [{"op": "sleep", "seconds": 0.75}, making.pick(acts), {"op": "sleep", "seconds": 0.75}]
    if making.want("drain", 3):
        do.append({"op": "drain"})
    return do


def _messages(making: Making, state: Body) -> list[Body]:
    if "messages" not in state or making.below(2):
        return []
    value = fitting(making, state["messages"])
    keys = [key for key in ("messages", "plain_messages") if key in state]
    return [{"op": "write", "key": key, "value": value} for key in keys]


def _writers(making: Making, name: str, state: Body) -> list[Body]:
    do: list[Body] = []
    if making.want("emit"):
        do.append({"op": "emit", "value": {"lit": dictionary(of=name, n=making.below(9))}})
    if making.want("push_message", 3) and "messages" in state:
        do.append({"op": "push_message", "text": f"pushed by {name}", "id": f"p{name}", "key": "messages"})
    if making.want("chat", 2):
        do.append({"op": "chat", "text": f"I am {name}", "var": "said"})
        if "messages" in state and making.below(2) == 0:
            do.append({"op": "write", "key": "messages", "value": {"list": [{"var": "said"}]}})
    return do


def _interrupts(making: Making, name: str, state: Body) -> list[Body]:
    wanted = making.want("interrupt", 3) + making.want("interrupt_twice", 3) * 2 + making.want("interrupt_schema", 3)
    wanted += making.want("error_between_interrupts", 3) * 2
    do: list[Body] = []
    for number in range(min(wanted, 3)):
        making.interrupts += 1
        ask: Body = {"op": "interrupt", "value": {"lit": f"{name}?{number}"}, "var": f"answer{number}"}
        if making.may("interrupt_schema"):
            ask["schema"] = making.pick(_SCHEMAS)
        do.append(ask)
        do.append({"op": "write", "key": "a", "value": {"var": f"answer{number}"}})
        if number == 0 and making.may("error_between_interrupts"):
            do.append(_raise(making, name, on_runs=[1 + making.below(3)]))
    return do


def _raise(making: Making, name: str, on_runs: list[int] | None = None) -> Body:
    error = "CancelledError" if making.want("cancelled", 3) else making.pick(_ERRORS)
    made: Body = {"op": "raise", "error": error, "message": f"{name} failed"}
    if on_runs is not None:
        made["on_runs"] = on_runs
    if making.want("error_note", 2):
        made["note"] = f"noted in {name}"
    return made


def _failures(making: Making, name: str, state: Body) -> list[Body]:
    """Errors of nodes: always, on the first runs only, under a condition. Retries and handlers need some to work on."""
    do: list[Body] = []
    if making.want("node_error", 4):
        failure = _raise(making, name)
        if making.below(2):
            failure["when"] = cond(making, state)
        do.append(failure)
    elif (
        making.may("node_error_once", "retry", "retry_several", "error_after_writes", "put_fails")
        and making.below(3) == 0
    ):
        do.append(_raise(making, name, on_runs=[1, 2][: 1 + making.below(2)]))
    elif making.may("error_handler", "handler_default", "cancelled", "retry_never") and making.below(3) == 0:
        do.append(_raise(making, name))
    return do


def _commands(making: Making, name: str, state: Body, later: Sequence[str], *, inner: bool) -> list[Body]:
    do: list[Body] = []
    for feature in ("command", "command_several"):
        if not making.want(feature):
            continue
        command: Body = {"op": "command", "goto": dests(making, later, 2)}
        if making.want("command_send") and later:
            command["goto"].append({"send": making.pick(later), "arg": _argument(making)})
        if making.want("command_update"):
            entries = logged(state, {"lit": [f"{name}!"]})
            command["update"] = entries if making.below(2) == 0 else {"a": {"lit": making.below(9)}}
        do.append(command)
    if inner and making.want("command_parent"):
        # The parent is known by one node, its last, which every program has.
        parent: Body = {"op": "command", "graph": "parent", "goto": [making.pick(("last", "__end__"))]}
        parent["update"] = logged(state, {"lit": [f"{name}^"]})
        do.append(parent)
    return do


def _store(making: Making) -> list[Body]:
    key = making.pick(("k", "l"))
    choice = making.below(4)
    if choice == 0:
        return [
            {
                "op": "store",
                "do": "put",
                "namespace": ["n"],
                "key": key,
                "value": {"lit": dictionary(v=making.below(9))},
            }
        ]
    if choice == 1:
        return [
            {"op": "store", "do": "get", "namespace": ["n"], "key": key, "var": "stored"},
            {"op": "write", "key": "a", "value": {"var": "stored"}},
        ]
    if choice == 2:
        return [{"op": "store", "do": "search", "namespace": ["n"], "var": "found"}]
    return [{"op": "store", "do": "delete", "namespace": ["n"], "key": key}]


def task_body(making: Making, name: str) -> list[Body]:
    """The instructions of a task of the functional API; its arguments are variables."""
    do: list[Body] = _writers(making, name, {})
    if making.want("task_interrupt"):
        making.interrupts += 1
        do.append({"op": "interrupt", "value": {"lit": f"{name}?"}, "var": "answer"})
    if making.want("task_retry") or making.want("node_error", 4):
        do.append(_raise(making, name, on_runs=[1]))
    if making.want("store", 3):
        do += [instruction for instruction in _store(making) if instruction["op"] == "store"]
    return do


def policies(making: Making, *, asynchronous: bool) -> Body:
    """Retry, cache and time-out policies of a node or a task."""
    made: Body = {}
    if making.may("retry", "task_retry") and making.below(2) == 0:
        made["retry"] = {"attempts": 2 + making.below(2), "on": making.pick(("all", "default", "ValueError"))}
    if making.want("retry_intervals"):
        made["retry"] = {
            "attempts": 3,
            "on": "all",
            "initial": 0.25,
            "factor": 4,
            "most": 0.75,
            "jitter": making.below(2) == 0,
        }
    if making.want("retry_list"):
        made["retry"] = {"attempts": 3, "on": making.some(("ValueError", "RuntimeError", "KeyError"), 2)}
    if making.want("retry_several"):
        made["retry"] = [
            {"attempts": 2, "on": "ValueError"},
            {"attempts": 3, "on": making.pick(("all", "RuntimeError"))},
        ]
    if making.want("retry_never", 3):
        made["retry"] = {"attempts": 3, "on": "none"}
    if making.may("cache", "cache_ttl", "cache_cleared") and making.below(2) == 0:
        ttl = 60 if making.may("cache_ttl") else None
        made["cache"] = {"ttl": ttl, "key": making.pick(("default", "constant"))}
        if making.want("cache_key_fails"):
            made["cache"]["key"] = "fails"
    if asynchronous and making.may("timeout_run", "timeout_idle"):
        made["timeout"] = {"run": 0.05} if making.may("timeout_run") else {"idle": 0.05}
        if making.may("idle_refreshed", "idle_strict"):
            made["timeout"] = {"idle": 1, **({"refresh_on": "heartbeat"} if making.want("idle_strict") else {})}
    return made
