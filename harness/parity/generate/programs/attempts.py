"""Whether a program has one of the features of attempts: what is tried again, called by tasks, cut off, resumed."""

from __future__ import annotations

from collections.abc import Callable

from parity.generate.programs.facts import Body, Facts

__all__ = ["ATTEMPTS"]


def _handles(facts: Facts, *others: str) -> bool:
    """Whether there is a handler, in a graph of which another node does one of these."""
    for graph in facts.graphs.values():
        if graph["form"] != "state":
            continue
        nodes = graph["nodes"]
        if not any("on_error" in node for node in nodes):
            continue
        if not others or any(
            one["op"] in others for node, one in facts.does if node in nodes and "on_error" not in node
        ):
            return True
    return False


def _retries(facts: Facts) -> list[Body]:
    found = [node["retry"] for _, node in facts.nodes if "retry" in node]
    return [policy for retry in found for policy in (retry if isinstance(retry, list) else [retry])]


def _timeouts(facts: Facts) -> list[Body]:
    return [node["timeout"] for _, node in facts.nodes if "timeout" in node]


def _sleeps_beside(facts: Facts, *others: str) -> bool:
    """Whether a node with an idle time-out sleeps and does one of these."""
    idle = [node for _, node in facts.nodes if "idle" in node.get("timeout", {})]
    return any(
        any(one["op"] == "sleep" for holder, one in facts.does if holder is node)
        and any(one["op"] in others for holder, one in facts.does if holder is node)
        for node in idle
    )


def _cached(facts: Facts, key: str) -> bool:
    return any(node.get("cache", {}).get("key") == key for _, node in facts.nodes)


def _task_cached(facts: Facts) -> bool:
    return any("cache" in task for graph in facts.graphs.values() for task in graph.get("tasks", ()))


def _nested(facts: Facts) -> bool:
    tasks = [task for graph in facts.graphs.values() for task in graph.get("tasks", ())]
    return any(one["op"] == "task" and node in tasks for node, one in facts.does)


def _unfinished(facts: Facts) -> bool:
    """Whether a function calls a task for whose result it does not wait."""
    for _, node in facts.nodes:
        mine = [one for holder, one in facts.does if holder is node]
        waited = {one["of"] for one in mine if one["op"] == "result"}
        if any(one["op"] == "task" and one.get("var") not in waited for one in mine):
            return True
    return False


def _graph_policy(member: str) -> Callable[[Facts], bool]:
    return lambda facts: any(member in graph.get("compile", {}) for graph in facts.graphs.values())


def _exit_delta(facts: Facts) -> bool:
    delta = any(spec.get("channel") == "DeltaChannel" for spec in facts.channels)
    return delta and any(op.get("durability") == "exit" for op in facts.calls)


def _command_at(facts: Facts) -> bool:
    return any("at" in op and "command" in _given(op) for op in facts.calls)


def _given(op: Body) -> Body:
    given = op.get("input")
    return given if isinstance(given, dict) else {}


def _raw(facts: Facts) -> list[Body]:
    return [graph for graph in facts.graphs.values() if graph["form"] == "pregel"]


def _listens(graph: Body) -> bool:
    deltas = [name for name, spec in graph["channels"].items() if spec.get("channel") == "DeltaChannel"]
    return any(name in (*node.get("subscribe", ()), node.get("only")) for name in deltas for node in graph["nodes"])


def _empty_answer(facts: Facts) -> bool:
    return any(command.get("resume") == {"t": "dict", "v": []} for command in facts.commands())


def _overwrite_input(facts: Facts) -> bool:
    """Whether a dict that a run is given has a value that is an overwrite."""
    given = [_given(op) for op in facts.calls]
    values = [pair[1] for value in given if value.get("t") == "dict" for pair in value["v"]]
    return any(isinstance(value, dict) and "__overwrite__" in str(value.get("v")) for value in values)


ATTEMPTS: dict[str, Callable[[Facts], bool]] = {
    "handler_async": lambda facts: any("on_error" in node and node.get("async") for _, node in facts.nodes),
    "handler_beside": lambda facts: _handles(facts, "interrupt", "raise"),
    "retry_intervals": lambda facts: any("initial" in policy for policy in _retries(facts)),
    "retry_list": lambda facts: any(isinstance(policy.get("on"), list) for policy in _retries(facts)),
    "retry_graph": _graph_policy("retry"),
    "idle_refreshed": lambda facts: _sleeps_beside(facts, "heartbeat", "emit", "chat", "task"),
    "idle_strict": lambda facts: any(timeout.get("refresh_on") == "heartbeat" for timeout in _timeouts(facts)),
    "attempts_told": lambda facts: bool(_timeouts(facts)) and any(op.get("callbacks") for op in facts.calls),
    "outlived": lambda facts: any(one.get("stubborn") for one in facts.named("hang")),
    "slow_step": lambda facts: any(
        graph.get("compile", {}).get("step_timeout", 30) < 30 for graph in facts.graphs.values()
    ),
    "cache_key_fails": lambda facts: _cached(facts, "fails"),
    "cache_graph": _graph_policy("cache"),
    "cache_task": _task_cached,
    "task_nested": _nested,
    "task_caught": lambda facts: any(one.get("catch") for one in facts.named("result")),
    "task_unfinished": _unfinished,
    "exit_delta": _exit_delta,
    "overwrite_input": _overwrite_input,
    "resume_strict": lambda facts: any(op.get("strict") for op in facts.calls),
    "resume_empty": _empty_answer,
    "command_at": _command_at,
    "command_out": lambda facts: any("graph" in command for command in facts.commands()),
    "run_inside": lambda facts: any("sub" in op.get("at", {}) for op in facts.calls),
    "deployed": lambda facts: any("main" in op for op in facts.ops if op["op"] == "restart"),
    "pathless": lambda facts: facts.run.get("saver") == "pathless",
    "raw_inputs": lambda facts: any(isinstance(graph["input"], list) for graph in _raw(facts)),
    "raw_listener": lambda facts: any(_listens(graph) for graph in _raw(facts)),
    "raw_empty": lambda facts: any("do" not in node for graph in _raw(facts) for node in graph["nodes"]),
    "raw_tags": lambda facts: any("tags" in node for graph in _raw(facts) for node in graph["nodes"]),
}
"""What each feature of attempts asks of a program's facts."""
