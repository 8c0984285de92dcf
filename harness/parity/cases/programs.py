"""What a case of kind `program` must be beyond its schema (`docs/programs.md`): known names, things in their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from parity.cases.program_parts import Function, destinations, expressions, functions, instructions, node_names
from parity.cases.schema import CaseError

__all__ = ["NO_KEY", "check_programs"]

NO_KEY = "no key"
"""The text of the error of a cache key that cannot be made (CACHE `key`: `fails`)."""

_START, _END = "__start__", "__end__"

_NOWHERE = "nowhere"
"""What no node and no key is called: programs go there, and write there, to see what becomes of it."""

_FOR_PREGEL = ("LastValueAfterFinish", "NamedBarrierValue", "NamedBarrierValueAfterFinish")
"""Channels that no state key can be: StateGraph makes them itself."""

_PLACES = {
    "write": ("node", "on_error", "default_on_error", "pregel_node"),
    "command": ("node", "on_error", "default_on_error"),
    "hang": ("node", "task", "entrypoint", "pregel_node"),
    "sleep": ("node", "task", "entrypoint", "pregel_node"),
}
"""The functions in which an instruction may stand; the others may stand in any."""


def check_programs(body: Mapping[str, Any]) -> None:
    """Raises CaseError for the first thing that the schema cannot refuse: where it is and what is wrong."""
    graphs = body["graphs"]
    names = list(graphs)
    if names[0] != "main":
        raise CaseError("/graphs", f"the first graph is {names[0]!r}, expected 'main'")
    for index, name in enumerate(names):
        graph = graphs[name]
        where = f"/graphs/{name}"
        later = names[index + 1 :]
        if name == "main" and "checkpointer" in graph.get("compile", {}):
            raise CaseError(f"{where}/compile/checkpointer", "main takes the saver of the run")
        _check_doubled(name, graph, where)
        if graph["form"] == "state":
            _check_state_graph(name, graph, where, later)
        elif graph["form"] == "pregel":
            _check_pregel(graph, where)
        _check_wanted(graph.get("compile", {}), node_names(name, graph), f"{where}/compile")
        for function in functions(name, graph):
            _check_function(function, graph, body["run"], later)
    _check_run(body)


# --- graphs -------------------------------------------------------------------------------------------------------


def _check_state_graph(name: str, graph: Mapping[str, Any], where: str, later: Sequence[str]) -> None:
    keys = _keys(graph)
    for member in ("state", "private", "again"):
        _check_channels(graph, member, where)
    _known(graph.get("again", ()), graph["state"], f"{where}/again", "state key")
    if graph.get("schema") == "value":
        _check_value(graph, where)
    for key in graph.get("private", {}):
        if key in graph["state"]:
            raise CaseError(f"{where}/private/{key}", "also a state key")
    for member in ("input", "output"):
        _known(graph.get(member) or (), graph["state"], f"{where}/{member}", "state key")
    nodes = [*node_names(name, graph), _START, _END]
    for index, node in enumerate(graph["nodes"]):
        here = f"{where}/nodes/{index}"
        if node["name"] in keys:
            raise CaseError(f"{here}/name", f"{node['name']!r} is also a state key")
        _known(node.get("reads", ()), keys, f"{here}/reads", "state or private key")
        _known(node.get("ends", ()), nodes, f"{here}/ends", "node")
        _known(node.get("tools", ()), [tool["name"] for tool in graph.get("tools", ())], f"{here}/tools", "tool")
        if "graph" in node:
            _later(node["graph"], later, f"{here}/graph")
        for member in ("returns", "async", "inject"):
            if member in node and "do" not in node:
                raise CaseError(f"{here}/{member}", "only a node with instructions has this")
    for index, edge in enumerate(graph.get("edges", ())):
        _known(edge, nodes, f"{where}/edges/{index}", "node")
    for index, join in enumerate(graph.get("joins", ())):
        _known(join["from"], nodes, f"{where}/joins/{index}/from", "node")
        _known([join["to"]], nodes, f"{where}/joins/{index}/to", "node")
    _check_branches(graph, where, nodes, keys)
    sources = [edge[0] for edge in graph.get("edges", ())] + [branch["from"] for branch in graph.get("branches", ())]
    if _START not in sources:
        raise CaseError(f"{where}/edges", "no edge and no branch leaves __start__")


_OF_KEYS = ("private", "again", "input", "output", "tools")
"""Members of graphs whose state has keys."""


def _check_value(graph: Mapping[str, Any], where: str) -> None:
    """A state that is one value: nothing refers to keys beside the one that stands for it."""
    if len(graph["state"]) != 1:
        raise CaseError(f"{where}/state", "a state that is one value has one key, which stands for it")
    [(key, channel)] = graph["state"].items()
    if channel.get("channel") == "LastValue" and channel.get("type", "any") == "any":
        raise CaseError(f"{where}/state/{key}", "a state that is one value has a type")
    for member in _OF_KEYS:
        if member in graph:
            raise CaseError(f"{where}/{member}", "a state that is one value has no keys")
    for index, node in enumerate(graph["nodes"]):
        if "reads" in node or "tools" in node or node.get("returns", "dict") not in ("dict", "none"):
            member = next(name for name in ("reads", "tools", "returns") if name in node)
            raise CaseError(f"{where}/nodes/{index}/{member}", "a state that is one value has no keys")


def _check_branches(graph: Mapping[str, Any], where: str, nodes: Sequence[str], keys: Iterable[str]) -> None:
    taken: set[tuple[str, str]] = set()
    for index, branch in enumerate(graph.get("branches", ())):
        here = f"{where}/branches/{index}"
        _known([branch["from"]], nodes, f"{here}/from", "node")
        if branch["name"] == "on_error":
            raise CaseError(f"{here}/name", "on_error is what a handler is called in the trace")
        pair = (branch["from"], branch["name"])
        if pair in taken:
            raise CaseError(f"{here}/name", f"a second branch {pair[1]!r} from {pair[0]!r}")
        taken.add(pair)
        _known(branch.get("ends") or (), nodes, f"{here}/ends", "node")
        path = branch["path"]
        if "each" in path:
            _known([path["each"]], keys, f"{here}/path/each", "state key")
            _known([path["node"]], [*nodes, _NOWHERE], f"{here}/path/node", "node")
        for member in ("to", "then", "else"):
            for pointer, target in destinations(path.get(member, ()), f"{here}/path/{member}"):
                _known([target], [*nodes, _NOWHERE], pointer, "node")
        for pointer, kind, _ in expressions(path, f"{here}/path"):
            if kind == "error":
                raise CaseError(pointer, "only an error handler has an error")


def _check_pregel(graph: Mapping[str, Any], where: str) -> None:
    channels = graph["channels"]
    _check_channels(graph, "channels", where)
    for member in ("input", "output", "stream_channels"):
        if member in graph:
            _known(_listed(graph[member]), channels, f"{where}/{member}", "channel")
    for index, node in enumerate(graph["nodes"]):
        here = f"{where}/nodes/{index}"
        if node["name"] in channels:
            raise CaseError(f"{here}/name", f"{node['name']!r} is also a channel")
        for member in ("subscribe", "read", "writes"):
            _known(node.get(member, ()), channels, f"{here}/{member}", "channel")
        if "only" in node:
            _known([node["only"]], channels, f"{here}/only", "channel")
            if "read" in node:
                raise CaseError(f"{here}/read", "a node that is given only one channel reads no others")


def _check_channels(graph: Mapping[str, Any], member: str, where: str) -> None:
    for key, channel in graph.get(member, {}).items():
        here = f"{where}/{member}/{key}"
        if "default" in channel and graph.get("schema", "typed_dict") in ("typed_dict", "value"):
            raise CaseError(f"{here}/default", "only keys of pydantic and dataclass schemas have defaults")
        if graph["form"] == "state" and channel.get("channel") in _FOR_PREGEL:
            raise CaseError(f"{here}/channel", f"a state key cannot be a {channel['channel']}")


def _check_doubled(name: str, graph: Mapping[str, Any], where: str) -> None:
    for member in ("state", "private", "channels"):
        if _NOWHERE in graph.get(member, ()):
            raise CaseError(f"{where}/{member}/{_NOWHERE}", "no key may have this name")
    taken = {_NOWHERE}
    for member in ("nodes", "tasks", "tools"):
        for index, spec in enumerate(graph.get(member, ())):
            if spec["name"] in taken:
                raise CaseError(f"{where}/{member}/{index}/name", f"a second {spec['name']!r} in {name}")
            taken.add(spec["name"])


def _check_wanted(holder: Mapping[str, Any], nodes: Sequence[str], where: str) -> None:
    for member in ("interrupt_before", "interrupt_after"):
        if holder.get(member, "*") != "*":
            _known(holder[member], nodes, f"{where}/{member}", "node")


# --- functions ----------------------------------------------------------------------------------------------------


def _check_function(function: Function, graph: Mapping[str, Any], run: Mapping[str, Any], later: Sequence[str]) -> None:
    tasks = [task["name"] for task in graph.get("tasks", ())]
    if function.kind == "task":
        # A task that could call itself would have no end.
        tasks = tasks[function.position + 1 :]
    for where, instruction in instructions(function.do, f"{function.where}/{function.member}"):
        op = instruction["op"]
        if function.kind not in _PLACES.get(op, (function.kind,)):
            raise CaseError(where, f"{op} has no meaning in a {function.kind}")
        if op in ("write", "mutate"):
            _check_key(instruction["key"], function, graph, op, f"{where}/key")
        elif op == "command" and instruction.get("graph") != "parent":
            _known(instruction.get("update", ()), [*_keys(graph), _NOWHERE], f"{where}/update", "state key")
            nodes = [node["name"] for node in graph["nodes"]] + [_END, _NOWHERE]
            for pointer, target in destinations(instruction.get("goto", ()), f"{where}/goto"):
                _known([target], nodes, pointer, "node")
        elif op == "task":
            _known([instruction["name"]], tasks, f"{where}/name", "task that may be called here")
        elif op == "call":
            _later(instruction["graph"], later, f"{where}/graph")
        elif op == "store":
            _check_store(instruction, run, where)
        elif op == "barrier" and run.get("schedule", "inline") != "threads":
            raise CaseError(where, "a barrier needs the schedule threads")
        elif op == "hang" and not (function.spec.get("async") and _ends_a_hang(function, graph)):
            raise CaseError(where, "only an async function with a time-out may hang")
        elif op == "sleep" and not function.spec.get("async"):
            raise CaseError(where, "only an async function may sleep")
        elif op == "sleep" and run.get("schedule", "inline") == "threads":
            raise CaseError(where, "only a run of schedule inline has a clock of its own to sleep by")
        if "error" not in function.kind:
            _no_error(instruction, where)
    for member in ("result", "save"):
        if member in function.spec:
            _no_error(function.spec[member], f"{function.where}/{member}")


def _check_key(key: str, function: Function, graph: Mapping[str, Any], op: str, where: str) -> None:
    if function.kind == "pregel_node":
        node = function.spec
        known = node.get("writes", ()) if op == "write" else [*node.get("subscribe", ()), *node.get("read", ())]
        if op == "mutate" and "only" in node:
            return
        _known([key], known, where, "channel of the node")
    elif graph["form"] == "state" and function.kind not in ("task", "tool"):
        _known([key], [*_keys(graph), _NOWHERE], where, "state key")


def _ends_a_hang(function: Function, graph: Mapping[str, Any]) -> bool:
    if "timeout" in function.spec:
        return True
    in_loop = function.kind in ("node", "pregel_node")
    return in_loop and ("timeout" in graph.get("defaults", {}) or "step_timeout" in graph.get("compile", {}))


def _no_error(item: Any, where: str) -> None:
    for pointer, kind, _ in expressions(item, where):
        if kind == "error":
            raise CaseError(pointer, "only an error handler has an error")


def _check_store(item: Mapping[str, Any], run: Mapping[str, Any], where: str) -> None:
    if not run.get("store"):
        raise CaseError(where, "the run has no store")
    for member, operations in (("key", ("put", "get", "delete")), ("value", ("put",))):
        if (member in item) != (item["do"] in operations):
            raise CaseError(f"{where}/{member}", f"{'not' if member in item else 'missing'} for {item['do']}")


# --- operations ---------------------------------------------------------------------------------------------------

_STREAMS = ("stream", "astream", "events_v2", "events_v3", "stream_v3")
"""The forms of a run whose reader can stop."""


def _check_run(body: Mapping[str, Any]) -> None:
    run = body["run"]
    main = body["graphs"]["main"]
    nodes = node_names("main", main)
    everywhere = {node for name, graph in body["graphs"].items() for node in node_names(name, graph)}
    saved = run.get("saver", "memory") != "none"
    for index, op in enumerate(run["ops"]):
        where = f"/run/ops/{index}"
        kind = op["op"]
        if kind == "restart" and "main" in op:
            _known([op["main"]], body["graphs"], f"{where}/main", "graph")
            main = body["graphs"][op["main"]]
            nodes = node_names(op["main"], main)
            if op["main"] != "main" and "checkpointer" in main.get("compile", {}):
                raise CaseError(f"{where}/main", f"{op['main']} has a checkpointer of its own")
        if not saved:
            for member in ("at", "before", "fault"):
                if member in op:
                    raise CaseError(f"{where}/{member}", "the run has no saver")
            if kind in ("old_format", "delete_thread", "restart", "channels"):
                raise CaseError(where, f"{kind} needs a saver")
        if op.get("fault", {}).get("kind") == "crash" and [item["op"] for item in run["ops"][index + 1 :]][:1] not in (
            [],
            ["restart"],
        ):
            raise CaseError(f"{where}/fault", "after a crash comes a restart")
        if kind == "run":
            _check_call(op, main, nodes, where)
        elif kind == "update":
            _check_update(op, nodes, everywhere, "sub" in op.get("at", {}), where)
        elif kind == "bulk_update":
            for step, updates in enumerate(op["supersteps"]):
                for position, update in enumerate(updates):
                    here = f"{where}/supersteps/{step}/{position}"
                    _check_update(update, nodes, everywhere, "sub" in op.get("at", {}), here)
        elif kind == "store":
            _check_store(op, run, where)
        elif kind == "attempt":
            _known([op["node"]], [] if main["form"] == "entrypoint" else nodes, f"{where}/node", "node")
        elif kind == "clear_cache" and not run.get("cache"):
            raise CaseError(where, "the run has no cache")
        for member in ("at", "before"):
            _known(_listed(op.get(member, {}).get("sub", [])), everywhere, f"{where}/{member}/sub", "node")


def _check_call(op: Mapping[str, Any], main: Mapping[str, Any], nodes: Sequence[str], where: str) -> None:
    api = op.get("api", "invoke")
    if ("inputs" in op) != (api in ("batch", "abatch")):
        raise CaseError(f"{where}/inputs", f"{'not' if 'inputs' in op else 'missing'} for {api}")
    if "inputs" in op and "input" in op:
        raise CaseError(f"{where}/input", "inputs are given")
    if "take" in op and api not in _STREAMS:
        raise CaseError(f"{where}/take", f"{api} has no reader that could stop")
    _check_wanted(op, nodes, where)
    if "output_keys" in op:
        known = main["channels"] if main["form"] == "pregel" else main.get("state", ())
        if main.get("schema") == "value":
            raise CaseError(f"{where}/output_keys", "a state that is one value has no keys")
        _known(_listed(op["output_keys"]), known, f"{where}/output_keys", "key")
    given = [(f"{where}/input", op.get("input"))]
    given += [(f"{where}/inputs/{index}", item) for index, item in enumerate(op.get("inputs", ()))]
    for pointer, item in given:
        if isinstance(item, dict) and "command" in item:
            goto = item["command"].get("goto", ())
            for here, target in destinations(goto, f"{pointer}/command/goto"):
                _known([target], [*nodes, _END, _NOWHERE], here, "node")


def _check_update(
    update: Mapping[str, Any], nodes: Sequence[str], everywhere: Iterable[str], inside: bool, where: str
) -> None:
    as_node = update.get("as_node", _END)
    if not as_node.startswith("__"):
        _known([as_node], [*(everywhere if inside else nodes), _NOWHERE], f"{where}/as_node", "node")


# --- names --------------------------------------------------------------------------------------------------------


def _keys(graph: Mapping[str, Any]) -> list[str]:
    return [*graph["state"], *graph.get("private", {})]


def _listed(names: Any) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _known(used: Iterable[str], known: Iterable[str], where: str, what: str) -> None:
    for name in used:
        if name not in known:
            raise CaseError(where, f"no {what} is named {name!r}")


def _later(name: str, later: Sequence[str], where: str) -> None:
    if name not in later:
        raise CaseError(where, f"no later graph is named {name!r}")
