"""What is done with a program's graphs: runs, resumes, reads, updates and forks on one or two threads."""

from __future__ import annotations

from typing import Any

from parity.generate.programs.making import Body, Making, dictionary
from parity.generate.programs.state import LOG, TWIN, fitting, logged
from parity.generate.programs.value_state import value_of
from parity.generate.programs.versions import AFTER

__all__ = ["make_run"]

_MODES = ("values", "updates", "debug", "messages", "custom", "tasks", "checkpoints")
_SYNC = ("invoke", "stream", "stream")
_ASYNC = ("ainvoke", "astream", "astream")
_POSTGRES = 11
"""One in so many programs is saved to PostgreSQL beside those that drew it: it takes three times as long."""


def make_run(making: Making) -> Body:
    """The `run` member: what the graphs run on, and three to six operations, the first of them a run."""
    run: Body = {"saver": "memory", "ops": []}
    if making.want("sqlite"):
        run["saver"] = "sqlite"
    elif making.want("no_saver", 2):
        run["saver"] = "none"
    elif making.want("pathless"):
        run["saver"] = "pathless"
    versions = [name for name in ("str", "float", "custom") if making.may(f"{name}_versions")]
    if versions and run["saver"] != "sqlite":
        run["versions"] = making.pick(versions)
    if making.may("store"):
        run["store"] = True
    if making.may("cache", "cache_ttl", "cache_cleared", "cache_graph", "cache_key_fails", "cache_task"):
        run["cache"] = True
    if making.may("threads"):
        run["schedule"] = "threads"
    if making.may("delta_bound"):
        run["delta_bound"] = 1 + making.below(4)
    ops: list[Body] = run["ops"]
    ops.append(_run(making, _input(making)))
    for _ in range(2 + making.below(4)):
        ops.append(_next(making))
    _crash(making, ops)
    if run["saver"] == "none":
        run["ops"] = [_without_saver(op) for op in run["ops"] if op["op"] not in _OF_SAVERS]
    elif run["saver"] == "memory" and run.get("versions") != "custom" and _postgres(making):
        run["saver"] = "postgres"
        run.setdefault("versions", "str")  # what its own saver gives
    return run


def _postgres(making: Making) -> bool:
    return making.may("postgres") or making.choices.below(_POSTGRES) == _POSTGRES - 1


def _input(making: Making) -> Any:
    main = making.graphs["main"]
    if main["form"] == "entrypoint":
        return making.below(9)
    if main["form"] == "pregel":
        if isinstance(main["input"], list):
            return dictionary(**{"in": 1, making.pick(("more", "else", "out")): 2})
        return making.pick((1, "in", dictionary(k=1)))
    if main.get("schema") == "value":
        return value_of(making)
    given: list[list[Any]] = [[key, entries] for key, entries in logged(main["state"], ["in"]).items()]
    keys = main.get("input") or [key for key, spec in main["state"].items() if "managed" not in spec]
    for key in making.some([key for key in keys if key not in (LOG, TWIN, "messages", "plain_messages")], 3):
        value = fitting(making, main["state"][key])
        if "lit" in value and (value["lit"] is not None or making.may("reducer_error")):
            given.append([key, value["lit"]])
    if making.want("overwrite_input"):
        given = [[key, {"t": "dict", "v": [["__overwrite__", making.pick(([], ["over"]))]]}] for key, _ in given[:2]]
    return {"t": "dict", "v": given}


def _run(making: Making, given: Any) -> Body:
    asynchronous = making.asynchronous
    op: Body = {"op": "run", "api": making.pick(_ASYNC if asynchronous else _SYNC), "input": given}
    if making.want("batch") and given is not None and not _is_command(given):
        op["api"] = "abatch" if asynchronous else "batch"
        op["inputs"] = [op.pop("input"), given][: 1 + making.below(2)]
        return op
    if asynchronous and making.want("events_v2"):
        op["api"] = "events_v2"
    elif asynchronous and making.want("events_v3"):
        op["api"] = "events_v3"
    elif not asynchronous and making.want("stream_v3"):
        op["api"] = "stream_v3"
    else:
        _streaming(making, op)
    if making.may("durability_async", "durability_exit"):
        often = 3 if making.may("exit_delta") else 2
        op["durability"] = (
            "exit"
            if making.may("durability_exit") and making.below(often) < often - 1
            else making.pick(("async", "sync"))
        )
    _runtime(making, op)
    _fault(making, op)
    return op


def _is_command(given: Any) -> bool:
    return isinstance(given, dict) and "command" in given


def _streaming(making: Making, op: Body) -> None:
    stream = op["api"] in ("stream", "astream")
    modes: list[str] = ["values", "updates"]
    if making.may("emit"):
        modes.append("custom")
    if making.may("push_message", "chat"):
        modes.append("messages")
    if making.may("stream_debug"):
        modes += ["debug", "tasks", "checkpoints"]
    if stream:
        op["stream_mode"] = modes
        if making.want("stream_one"):
            op["stream_mode"] = making.pick(_MODES)
        elif making.want("stream_list"):
            op["stream_mode"] = list(dict.fromkeys([making.pick(_MODES), making.pick(_MODES), making.pick(_MODES)]))
        if making.may("stream_subgraphs", "subgraph", "subgraph_interrupts", "call") and making.below(2) == 0:
            op["subgraphs"] = True
        if making.want("stream_closed", 3):
            op["take"] = 1 + making.below(3)
    elif making.want("stream_one"):
        op["stream_mode"] = making.pick(_MODES)
    if making.want("stream_v2"):
        op["version"] = "v2"


def _runtime(making: Making, op: Body) -> None:
    sends = making.may("send", "send_each", "command_send")
    if making.want("low_limit"):
        op["recursion_limit"] = 1 + making.below(4)
    elif not making.may("config_bound"):
        # Upstream's default is 10,000 supersteps; tasks multiply in every superstep of a cycle with Sends.
        op["recursion_limit"] = 4 if sends and making.may("cycle", "command", "tools") else 9
    if making.may("max_concurrency"):
        op["max_concurrency"] = 1 + making.below(3)
    if making.may("context"):
        op["context"] = dictionary(who=making.pick(("me", "you")))
    if making.want("config"):
        op["config"] = {
            "tags": ["one", "two"][: making.below(3)],
            "metadata": {"m": making.below(3)},
            "configurable": {"user": making.below(3)},
        }
    if making.want("callbacks") or making.may("attempts_told"):
        op["callbacks"] = True
    if making.may("drain"):
        op["control"] = True
    main = making.graphs["main"]
    if making.want("output_keys") and main["form"] == "state":
        op["output_keys"] = making.pick((LOG, [LOG, "a"]))
    if making.want("interrupt_at_run") and main["form"] != "entrypoint":
        names = [node["name"] for node in main["nodes"]]
        making.static += 1
        op[making.pick(("interrupt_before", "interrupt_after"))] = making.pick(("*", names[:1], names[-1:]))
    if making.want("same_run_id"):
        op["run_id"] = 1


def _fault(making: Making, op: Body) -> None:
    if making.want("put_fails", 2):
        op["fault"] = {
            "at": "put",
            "nth": 1 + making.below(4),
            "kind": "error",
            "when": making.pick(("before", "after")),
        }
    elif making.want("put_writes_fails", 2):
        op["fault"] = {
            "at": "put_writes",
            "nth": 1 + making.below(3),
            "kind": "error",
            "when": making.pick(("before", "after")),
        }
    elif making.want("crash", 2):
        at = making.pick(("put", "put_writes"))
        op["fault"] = {"at": at, "nth": 1 + making.below(4), "kind": "crash", "when": making.pick(("before", "after"))}


def _crash(making: Making, ops: list[Body]) -> None:
    """After a crash comes a new process."""
    for index in range(len(ops) - 1, -1, -1):
        if ops[index].get("fault", {}).get("kind") == "crash":
            ops[index + 1 : index + 1] = [{"op": "restart"}]


_OF_SAVERS = ("restart", "old_format", "delete_thread", "channels")


def _without_saver(op: Body) -> Body:
    """Nothing of an operation that names checkpoints or calls of a saver."""
    return {member: value for member, value in op.items() if member not in ("at", "before", "fault")}


def _next(making: Making) -> Body:
    """The next operation: one that the drawn features call for, else a resume or one more input."""
    wanted: list[str] = []
    for names, kind in (
        (("state_at", "history_read", "history_filter"), "read"),
        (("update", "update_as_node", "update_as_end", "update_copy", "update_input", "update_task"), "update"),
        (("bulk_update", "bulk_tasks"), "bulk"),
        (("fork", "replay", "head_by_id", "fork_update", "run_inside"), "fork"),
        (("command_at", "command_out"), "command"),
        (("schemas_asked", "channels_read", "task_alone"), "part"),
        (("restart", "delete_thread", "old_format", "cache_cleared", "deployed"), "other"),
        (("second_thread",), "thread"),
    ):
        if making.may(*names):
            wanted.append(kind)
    if making.interrupts or making.static:
        wanted += ["resume", "resume"]
    wanted.append("input" if making.may("second_input", "new_input_on_interrupt", "previous") else "resume")
    kind = making.pick(wanted)
    makers = {"read": _read, "update": _update, "bulk": _bulk, "fork": _fork, "other": _other, "resume": _resume}
    makers.update(command=_command, part=_part)
    if kind == "input":
        return _run(making, _input(making))
    if kind == "thread":
        return {**_run(making, _input(making)), "thread": "u"}
    return makers[kind](making)


def _resume(making: Making) -> Body:
    """An answer to an interrupt, or `null`: go on."""
    if not making.interrupts or making.below(4) == 3:
        return _run(making, None)
    answer = making.pick((7, "yes", 3, None, dictionary(k=1)))
    if making.want("resume_empty"):
        answer = {"t": "dict", "v": []}
    command: Body = {"resume": answer}
    if making.want("resume_by_id"):
        pairs = [[0, answer], [1, "second"]]
        command = {"resume_by_id": pairs[:1] if making.want("resume_partly") else pairs}
    elif making.want("resume_partly"):
        command = {"resume_by_id": [[making.below(2), answer]]}
    main = making.graphs["main"]
    if making.want("resume_with_update") and main["form"] == "state":
        command["update"] = value_of(making) if main.get("schema") == "value" else dictionary(a=5)
    if making.want("resume_with_goto") and main["form"] == "state":
        command["goto"] = [making.pick([node["name"] for node in main["nodes"]])]
    op = _run(making, {"command": command})
    return {**op, "strict": True} if making.want("resume_strict") else op


def _command(making: Making) -> Body:
    """A `Command` as input that answers nothing: it writes and goes on elsewhere, or to a parent that is not there."""
    main = making.graphs["main"]
    command: Body = {"update": _values(making)} if main["form"] == "state" else {"resume": 1}
    if main["form"] == "state" and making.below(2):
        command["goto"] = [making.pick([node["name"] for node in main["nodes"]])]
    if making.want("command_out", 3):
        command["graph"] = "parent"
    op = _run(making, {"command": command})
    return {**op, "at": _ref(making)} if making.want("command_at") else op


def _ref(making: Making) -> Body:
    if making.below(2):
        return {"put": making.below(6)}
    ref: Body = {"nth": making.below(5)}
    nodes = making.graphs["main"].get("nodes", ())
    inside = [
        node["name"] for node in nodes if "graph" in node or any(one["op"] == "call" for one in node.get("do", ()))
    ]
    if inside and making.below(2):
        ref["sub"] = making.pick(inside)
    return ref


def _sided(making: Making, op: Body) -> Body:
    if making.asynchronous:
        op["async"] = True
    return op


def _read(making: Making) -> Body:
    if making.want("state_at") or not making.may("history_read", "history_filter"):
        return _sided(making, {"op": "state", "at": _ref(making), "subgraphs": making.below(2) == 1})
    op: Body = {"op": "history"}
    if making.want("history_filter"):
        op["filter"] = {"source": making.pick(("loop", "input", "update"))}
    if making.below(2):
        op["limit"] = 1 + making.below(3)
    if making.below(2):
        op["before"] = _ref(making)
    return _sided(making, op)


def _part(making: Making) -> Body:
    """A question about the graph's parts: a checkpoint's channels, one task alone, its schemas."""
    main = making.graphs["main"]
    if making.want("channels_read"):
        op: Body = {"op": "channels", "saver": making.below(3) > 0}
        return _sided(making, {**op, "at": _ref(making)} if making.below(2) else op)
    nodes = [node["name"] for node in main.get("nodes", ()) if "do" in node]
    if nodes and making.want("task_alone", 1 if not making.may("schemas_asked") else 2):
        return _sided(making, {"op": "attempt", "node": making.pick(nodes), "input": _input(making)})
    return {"op": "schemas"}


def _values(making: Making) -> Any:
    main = making.graphs["main"]
    if main.get("schema") == "value":
        return value_of(making)
    if main["form"] == "state":
        return dictionary(**logged(main["state"], ["updated"]), a=making.below(9))
    if main["form"] == "pregel":
        return making.pick((dictionary(log=["updated"]), 5))
    return making.below(9)


def _as_node(making: Making) -> str | None:
    main = making.graphs["main"]
    if making.want("update_as_end"):
        return "__end__"
    if making.want("update_copy"):
        return "__copy__"
    if making.want("update_input"):
        return "__input__"
    if making.may("update_as_node") or making.below(2):
        names: list[str] = [node["name"] for node in main["nodes"]] if "nodes" in main else ["main"]
        return making.pick(names)
    return None


def _update(making: Making) -> Body:
    op: Body = {"op": "update", "values": _values(making)}
    as_node = _as_node(making)
    if as_node is not None:
        op["as_node"] = as_node
        if as_node in ("__end__", "__copy__") and making.below(2) == 0:
            op["values"] = None
    if making.want("update_task"):
        op["task"] = making.below(2)
    return _sided(making, op)


def _bulk(making: Making) -> Body:
    supersteps: list[list[Body]] = []
    for _ in range(1 + making.below(3)):
        updates: list[Body] = []
        for _ in range(1 + making.below(2)):
            update: Body = {"values": _values(making)}
            as_node = _as_node(making)
            if as_node is not None:
                update["as_node"] = as_node
            if making.want("bulk_tasks"):
                update["task"] = making.below(2)
            updates.append(update)
        supersteps.append(updates)
    return _sided(making, {"op": "bulk_update", "supersteps": supersteps})


def _fork(making: Making) -> Body:
    if making.want("fork_update"):
        return {**_update(making), "at": _ref(making)}
    if making.want("run_inside"):
        inside = [node["name"] for node in making.graphs["main"].get("nodes", ()) if "graph" in node]
        if inside:
            again = _resume(making) if making.below(2) else _run(making, None)
            return {**again, "at": {"nth": making.below(3), "sub": making.pick(inside)}}
    if making.want("head_by_id"):
        return {**_run(making, None), "at": {"nth": 0}}
    given = _input(making) if making.want("fork") else None
    return {**_run(making, given), "at": _ref(making)}


def _other(making: Making) -> Body:
    if making.want("deployed") and AFTER in making.graphs:
        return {"op": "restart", "main": making.pick((AFTER, AFTER, "main"))}
    for feature in ("restart", "delete_thread", "old_format", "cache_cleared"):
        if making.want(feature, 2):
            if feature == "old_format":
                return {"op": "old_format", "v": 1 + making.below(3)}
            return {"op": "clear_cache" if feature == "cache_cleared" else feature}
    return _run(making, None)
