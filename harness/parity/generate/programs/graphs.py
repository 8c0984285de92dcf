"""The graphs of a program: its main StateGraph with subgraphs, an entrypoint with tasks, or a Pregel without either."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from parity.generate.programs.functional import make_entrypoint
from parity.generate.programs.instructions import cond, dests, log, node_body, policies
from parity.generate.programs.making import Body, Making
from parity.generate.programs.raw import make_raw
from parity.generate.programs.state import LOG, TWIN, logged, state_of
from parity.generate.programs.value_state import make_value
from parity.generate.programs.versions import with_other_version

__all__ = ["make_graphs"]

_SHAPES = ("chain", "fan", "loop", "chain", "fan", "free")


def make_graphs(making: Making) -> None:
    """Makes `main` and whatever it uses; `making.graphs` has them in order, each before those it uses."""
    if making.may("entrypoint", "task", "task_many", "task_retry", "task_interrupt", "previous", "final"):
        make_entrypoint(making)
    elif making.want("value_state", 3):
        make_value(making)
    elif making.may("raw", "raw_many_channels", "raw_barrier", "raw_eager"):
        make_raw(making)
    else:
        _state_graph(making, "main", depth=0)
    if making.want("deployed", 1):
        making.graphs = with_other_version(making)


def _state_graph(making: Making, name: str, depth: int, state: Body | None = None) -> None:
    state = state_of(making) if state is None else state
    graph: Body = {"form": "state", "state": state, "nodes": [], "edges": [], "joins": [], "branches": []}
    making.graphs[name] = graph
    if making.may("pydantic", "dataclass") and "left" not in state:
        graph["schema"] = "pydantic" if making.may("pydantic") else "dataclass"
        _defaults(graph)
    prefix = "s" * depth
    count = 1 + making.below(3)
    if making.may("parallel", "interrupt_parallel", "max_concurrency", "join", "threads"):
        count = 3
    middles = [f"{prefix}n{index}" for index in range(count)]
    if making.may("subgraph_prefix"):
        # Each name begins with the one before it.
        middles = [f"{prefix}n{'1' * index}" for index in range(max(2, count))]
    last = "last" if depth == 0 else f"{prefix}last"
    shape = _shape_of(making, middles)
    if shape == "fan" and not making.want("parallel", 4):
        # Two parallel writers of a LastValue end the run: only where that is what is asked for.
        for key in [key for key, spec in state.items() if spec == {"channel": "LastValue"}]:
            state[key] = {"channel": "AnyValue"}
    _nodes(making, graph, name, [*middles, last], depth)
    _wire(making, graph, middles, last, shape)
    if depth == 0 and making.may("tools"):
        _tools(making, graph, middles[0])
    _schemas(making, graph)
    _compile(making, graph, depth)
    _handlers(making, graph, last)


def _defaults(graph: Body) -> None:
    """Every key of a class of fields has a default: what a node returns need not be the whole state."""
    for spec in graph["state"].values():
        typed: dict[str | None, Any] = {"list": [], "int": 0, "str": "", "dict": {"t": "dict", "v": []}}
        messages = spec.get("channel") == "Messages" or spec.get("reducer") == "messages"
        spec["default"] = [] if messages or spec.get("channel") == "Topic" else typed.get(spec.get("type"))


def _nodes(making: Making, graph: Body, graph_name: str, names: list[str], depth: int) -> None:
    state = graph["state"]
    for index, name in enumerate(names):
        node: Body = {"name": name}
        later = names[index + 1 :]
        inside = _inside(making, graph_name, name, depth) if index < len(names) - 1 else None
        if inside is not None:
            node["graph"] = inside
        else:
            node["do"] = node_body(making, name, state, later, inner=depth > 0)
            node["do"] = _calls(making, depth) + node["do"]
            _mode(making, node, last=index == len(names) - 1)
        graph["nodes"].append(node)
    if making.may("interrupt_parallel"):
        _stop_in_parallel(making, graph, names)


def _mode(making: Making, node: Body, *, last: bool) -> None:
    """How the node is added: what it returns, its policies, whether it is async, what it reads."""
    has_timeout = making.asynchronous and making.may("timeout_run", "timeout_idle")
    if making.asynchronous and (making.want("async_node") or has_timeout):
        node["async"] = True
    node.update(policies(making, asynchronous=node.get("async", False)))
    if "timeout" in node and making.below(2) == 0:
        node["do"].append({"op": "hang", **({"stubborn": True} if making.may("outlived") else {})})
        if making.may("outlived"):
            # What is cut off while it hangs goes on all the same.
            node["do"] += node["do"][:3]
    if making.want("no_return", 3):
        node["returns"] = "none"
    elif making.want("bad_return", 4):
        node["returns"] = "list"
    if making.want("defer", 2) and (last or making.below(2)):
        node["defer"] = True
    elif making.may("returns_object") and making.below(3) == 0:
        node["returns"] = "object"
    if making.want("inject"):
        node["inject"] = making.pick(
            (["runtime"], ["config"], ["config", "runtime"], ["writer", "previous"], ["store"])
        )
    if making.want("config", 3):
        node["metadata"] = {"of": node["name"]}


def _inside(making: Making, graph_name: str, node_name: str, depth: int) -> str | None:
    """The name of a subgraph that is this node, made at once; None for an ordinary node."""
    if depth == 0:
        wanted = making.may(
            "subgraph", "subgraph_own_memory", "subgraph_stateless", "subgraph_interrupts", "command_parent"
        )
        wanted = wanted or making.may("subgraph_deep", "subgraph_prefix", "subgraph_twice", "stream_subgraphs")
        made = [node["graph"] for node in making.graphs[graph_name]["nodes"] if "graph" in node]
        if made and not making.may("subgraph_twice"):
            return None
        if made:
            return str(made[0])
    else:
        wanted = depth < 3 and making.want("subgraph_deep")
    if not wanted:
        return None
    child = f"child{len(making.graphs)}"
    before, after = making.static, making.interrupts
    _state_graph(making, child, depth + 1, _child_state(making, graph_name))
    compiled = making.graphs[child].setdefault("compile", {})
    if making.want("subgraph_own_memory"):
        compiled["checkpointer"] = True
    elif making.want("subgraph_stateless"):
        compiled["checkpointer"] = False
    if making.may("subgraph_interrupts") and (before, after) == (making.static, making.interrupts):
        making.interrupts += 1
        node = next((node for node in making.graphs[child]["nodes"] if "do" in node), None)
        if node is not None:
            node["do"].insert(0, {"op": "interrupt", "value": {"lit": f"{child}?"}, "var": "inner"})
    return child


def _child_state(making: Making, parent: str) -> Body:
    """A subgraph shares the parent's log and `a`, and has keys of its own."""
    shared = {
        key: dict(spec)
        for key, spec in making.graphs[parent]["state"].items()
        if key in (LOG, TWIN, "a", "messages", "plain_messages")
    }
    for spec in shared.values():
        spec.pop("default", None)
    if making.below(2):
        shared["mine"] = {"channel": "BinaryOperatorAggregate", "reducer": "add_int", "type": "int"}
    return shared


def _calls(making: Making, depth: int) -> list[Body]:
    """Subgraphs invoked inside a function."""
    if depth > 0 or not making.may("call", "call_own_thread", "call_twice", "call_streamed") or making.below(2):
        return []
    child = f"called{len(making.graphs)}"
    inner = Making(making.choices, making.allowed - {"call", "call_own_thread", "call_twice", "call_streamed"})
    inner.graphs = making.graphs
    inner.asynchronous = making.asynchronous
    _state_graph(
        inner,
        child,
        1,
        {
            LOG: {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"},
            "a": {"channel": "LastValue"},
        },
    )
    making.interrupts += inner.interrupts
    making.static += inner.static
    call: Body = {"op": "call", "graph": child, "input": {"dict": [[LOG, {"lit": ["called"]}]]}, "var": "got"}
    if making.want("call_own_thread"):
        call["thread"] = "inner"
        if making.below(3) == 0:
            # Upstream refuses this: a graph with a thread of its own is a root.
            making.graphs[child].setdefault("compile", {})["checkpointer"] = True
    if making.want("call_streamed"):
        call["stream"] = making.pick(("values", "updates", "messages", "custom"))
    if making.want("call_hidden"):
        call["hidden"] = True
    again = [{**call, "var": "again"}] if making.want("call_twice") else []
    return [call, *again, {"op": "write", "key": "a", "value": {"index": [{"var": "got"}, {"lit": LOG}]}}]


def _stop_in_parallel(making: Making, graph: Body, names: list[str]) -> None:
    """Of the parallel nodes some interrupt or fail and at least one finishes."""
    plain = [node for node in graph["nodes"][: len(names) - 1] if "do" in node]
    for index, node in enumerate(plain[1:]):
        if index == 0 or making.below(2) == 0:
            making.interrupts += 1
            node["do"].append({"op": "interrupt", "value": {"lit": f"{node['name']}??"}, "var": "beside"})
            entries = logged(graph["state"], {"list": [{"var": "beside"}]})
            node["do"] += [{"op": "write", "key": key, "value": value} for key, value in entries.items()]
        elif making.below(2) == 0:
            node["do"].append(
                {"op": "raise", "error": "ValueError", "message": f"{node['name']} beside", "on_runs": [1]}
            )


def _shape_of(making: Making, middles: list[str]) -> str:
    shape = making.pick(_SHAPES)
    if len(middles) >= 3 and making.may("parallel", "interrupt_parallel", "max_concurrency", "threads"):
        return "fan"
    return "loop" if making.may("cycle") and making.below(2) == 0 else shape


def _wire(making: Making, graph: Body, middles: list[str], last: str, shape: str) -> None:
    edges: list[list[str]] = graph["edges"]
    if shape == "fan":
        edges += [["__start__", name] for name in middles]
        if making.may("join") and making.below(2) == 0 and len(middles) > 1:
            graph["joins"].append({"from": middles, "to": last})
        else:
            edges += [[name, last] for name in middles]
    else:
        path = ["__start__", *middles, last]
        skip = (
            making.below(len(middles))
            if making.may("branch", "branch_many", "send_each", "command", "command_several")
            else -1
        )
        edges += [
            [source, target] for index, (source, target) in enumerate(pairwise(path)) if index != skip + 1 or skip < 0
        ]
        if shape == "loop":
            limit = 3 + making.below(4)
            back: Body = {
                "if": {"cmp": "lt", "left": {"len": {"get": LOG}}, "right": {"lit": limit}},
                "then": [middles[0]],
                "else": ["__end__"],
            }
            graph["branches"].append({"from": last, "name": "back", "path": back, "ends": None})
        if skip >= 0:
            _branch(making, graph, middles[skip], [*middles[skip + 1 :], last], "over")
    if making.want("start_branch", 2):
        _branch(making, graph, "__start__", middles, "begin")
    if shape == "free" and making.may("branch", "branch_many", "branch_ends"):
        _branch(making, graph, middles[0], [*middles[1:], last], "free")


def _tools(making: Making, graph: Body, asking: str) -> None:
    """The node that asks calls tools until the log is long enough; a ToolNode runs them and leads back to it."""
    node = next(node for node in graph["nodes"] if node["name"] == asking)
    if "do" not in node:
        return
    graph["tools"] = [
        {"name": "look", "do": [], "result": {"list": [{"lit": "seen"}, {"var": "arg0"}]}},
        {"name": "fail", "do": [{"op": "raise", "error": "ValueError", "message": "no tool"}], "result": {"lit": 0}},
    ]
    if making.may("interrupt", "task_interrupt"):
        making.interrupts += 1
        graph["tools"][0]["do"] = [{"op": "interrupt", "value": {"lit": "tool?"}, "var": "answer"}]
    calls = [
        {"name": making.pick(("look", "look", "fail", "unknown")), "arg": {"lit": index}, "id": f"c{index}"}
        for index in range(1 + making.below(2))
    ]
    node["do"] += [
        {"op": "chat", "text": "let me see", "var": "asks", "tool_calls": calls},
        {"op": "write", "key": "messages", "value": {"list": [{"var": "asks"}]}},
    ]
    graph["nodes"].append({"name": "tools", "tools": ["look", "fail"]})
    path = {
        "if": {"cmp": "lt", "left": {"len": {"get": LOG}}, "right": {"lit": 3}},
        "then": ["tools"],
        "else": ["__end__"],
    }
    graph["branches"].append({"from": asking, "name": "ask", "path": path, "ends": None})
    graph["edges"].append(["tools", asking])


def _branch(making: Making, graph: Body, source: str, targets: list[str], name: str) -> None:
    path: Body
    if making.want("send_each"):
        path = {"each": making.pick((LOG, "b" if "b" in graph["state"] else LOG)), "node": making.pick(targets)}
    else:
        many = 3 if making.may("branch_many", "send") else 1
        first = [targets[0], *dests(making, targets, many - 1)]
        path = {"to": first}
        if making.below(2):
            path = {"if": cond(making, graph["state"]), "then": first, "else": dests(making, targets, many)}
    ends = None
    if making.want("branch_ends"):
        named = [dest for member in ("to", "then", "else") for dest in path.get(member, ()) if isinstance(dest, str)]
        ends = list(dict.fromkeys([*named, "__end__"]))
        if making.below(8) == 7 and len(ends) > 1:
            ends = ends[1:]
    graph["branches"].append({"from": source, "name": name, "path": path, "ends": ends})


def _schemas(making: Making, graph: Body) -> None:
    keys = [key for key, spec in graph["state"].items() if "managed" not in spec]
    if making.want("input_schema"):
        graph["input"] = list(dict.fromkeys([*logged(graph["state"], None), *making.some(keys, 2)]))
    if making.want("output_schema"):
        graph["output"] = list(dict.fromkeys([LOG, *making.some(keys, 2)]))
    writers = [node for node in graph["nodes"] if "do" in node]
    if making.want("private") and len(writers) > 1:
        graph["private"] = {"secret": {"channel": "LastValue"}}
        writers[0]["do"].append({"op": "write", "key": "secret", "value": {"lit": making.below(9)}})
        writers[-1]["reads"] = [LOG, "a", "secret"]
        writers[-1]["do"].append({"op": "write", "key": "a", "value": {"get": "secret"}})
    elif making.want("reads") and writers:
        writers[-1]["reads"] = [LOG, *making.some(keys[1:], 1)]
    if making.may("context"):
        graph["context"] = True


def _compile(making: Making, graph: Body, depth: int) -> None:
    names = [node["name"] for node in graph["nodes"]]
    compiled: Body = {}
    for feature, member in (("interrupt_before", "interrupt_before"), ("interrupt_after", "interrupt_after")):
        if making.want(feature):
            making.static += 1
            compiled[member] = "*" if making.want("interrupt_all") else making.some(names, 2) or [names[-1]]
    if making.want("step_timeout") and depth == 0:
        compiled["step_timeout"] = 30
    if making.may("slow_step") and depth == 0:
        compiled["step_timeout"] = 2
        for node in graph["nodes"]:
            if node.get("async") and making.below(2):
                node["do"].insert(making.below(len(node["do"]) + 1), {"op": "sleep", "seconds": making.pick((1, 3))})
    if making.want("retry_graph"):
        compiled["retry"] = {"attempts": 2, "on": "all"}
    if making.want("cache_graph"):
        compiled["cache"] = {"key": making.pick(("default", "constant"))}
    if making.want("config_bound"):
        compiled["config"] = {"tags": ["bound"], "metadata": {"bound": depth}, "recursion_limit": 6}
    if compiled:
        graph["compile"] = compiled


def _handlers(making: Making, graph: Body, last: str) -> None:
    """Error handlers of some nodes, or one for all of them."""
    if making.want("handler_beside", 1):
        # One of the parallel nodes fails and is handled, whatever the others do.
        first = next((node for node in graph["nodes"] if "do" in node), None)
        if first is not None:
            first["do"].append({"op": "raise", "error": "ValueError", "message": f"{first['name']} beside"})
            first["on_error"] = _handler(making, graph, last, first["name"])
    if making.want("handler_default", 2):
        graph["defaults"] = {"on_error": _handler(making, graph, last, "any")}
    if making.may("error_handler", "handler_command", "handler_fails"):
        for node in graph["nodes"]:
            if "do" in node and "on_error" not in node and making.below(2) == 0:
                node["on_error"] = _handler(making, graph, last, node["name"])


def _handler(making: Making, graph: Body, last: str, name: str) -> list[Body]:
    do = log(graph["state"], f"{name}~")
    do.append({"op": "write", "key": "a", "value": {"error": making.pick(("message", "type", "node"))}})
    if making.want("handler_command"):
        do.append({"op": "command", "goto": [last]})
    if making.want("handler_fails", 2):
        do.append({"op": "raise", "error": "RuntimeError", "message": f"handler of {name} failed"})
    return do
