"""Programs made from a program: the same thing done another way."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "asynchronous",
    "crashed",
    "durable",
    "has_chance",
    "invoked",
    "is_repeatable",
    "loses_values",
    "replayed",
    "single",
    "streamed",
]

Body = Mapping[str, Any]

_READING = ("stream_mode", "subgraphs", "version", "take", "output_keys", "callbacks")
_ASYNC = {"invoke": "ainvoke", "stream": "astream", "batch": "abatch"}
_SYNC = {after: before for before, after in _ASYNC.items()}
_UNREPEATABLE_OPS = ("mutate", "store", "drain", "hang", "barrier", "call", "push_message", "chat", "task")
_STOPPING = ("raise", "interrupt", "push_message", "chat", "drain")
_LOST_CHANNELS = ("UntrackedValue", "EphemeralValue", "Custom")


def is_repeatable(body: Body) -> bool:
    """Whether running a node of the program once more does what the first time did, from nothing but its checkpoint.

    No node that counts its runs, changes what it was given, or leaves traces outside the state; no channel whose value
    a checkpoint does not hold; no cache; no fault of the saver's; a saver.
    """
    run = body["run"]
    if run.get("saver", "memory") == "none" or run.get("cache") or run.get("store") or run.get("schedule") == "threads":
        return False
    if any("fault" in op or op["op"] in ("restart", "old_format") for op in run["ops"]):
        return False
    if any(graph["form"] != "state" for graph in body["graphs"].values()):
        return False
    for graph in body["graphs"].values():
        specs = [*graph["state"].values(), *graph.get("private", {}).values()]
        if any(spec.get("channel") in _LOST_CHANNELS or "managed" in spec for spec in specs):
            return False
        if graph.get("compile", {}).get("checkpointer") is not None:
            return False
    for part in _parts(body["graphs"]):
        if part.get("op") in _UNREPEATABLE_OPS or "on_runs" in part or part.get("run") is True or "timeout" in part:
            return False
        if "tools" in part or _has_chance_id(part):
            return False
    return True


def loses_values(body: Body) -> bool:
    """Whether the saver does not find again what it stored.

    PostgresSaver stores a channel's value under its version as psycopg writes it into a column of text, and looks for
    it under the version as PostgreSQL writes it in JSON: of a float version these are two texts.
    """
    run = body["run"]
    return bool(run.get("saver") == "postgres" and run.get("versions") == "float")


def _has_chance_id(part: Body) -> bool:
    """A message without an id gets one that says how many were made before it."""
    return isinstance(part.get("message"), Mapping) and "id" not in part["message"]


def has_chance(body: Body, *ops: str) -> bool:
    """Whether a node has one of these instructions, or makes a message without an id."""
    return any(part.get("op") in ops or _has_chance_id(part) for part in _parts(body["graphs"]))


def written_alike(body: Body, one: str, other: str) -> bool:
    """Whether two keys get the same writes everywhere: from nodes, commands, inputs and updates, in every graph."""
    for graph in body["graphs"].values():
        if (one in graph.get("state", {})) != (other in graph.get("state", {})):
            return False
    for part in _parts([body["graphs"], body["run"]["ops"]]):
        members = {key: value for key, value in part["v"] if isinstance(key, str)} if part.get("t") == "dict" else part
        declares = isinstance(part.get(one), Mapping) and "channel" in part[one]
        if not declares and members.get(one) != members.get(other):
            return False
        for member in ("do", "on_error", "then", "else"):
            instructions = [do for do in part.get(member, ()) if isinstance(do, Mapping)]
            writes = [
                [do["value"] for do in instructions if do.get("op") == "write" and do["key"] == key]
                for key in (one, other)
            ]
            if writes[0] != writes[1]:
                return False
    return True


def _parts(value: Any) -> Iterator[Body]:
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)


def single(body: Body) -> dict[str, Any] | None:
    """The program with its first operation alone, made by `invoke`; None if that is no plain run."""
    op = body["run"]["ops"][0]
    if op["op"] != "run" or "input" not in op:
        return None
    return _with_ops(body, [_read_by(op, "invoke")])


def invoked(body: Body) -> dict[str, Any] | None:
    """Every run of the program made by `invoke` (`ainvoke`), whatever it was made by; only its runs.

    None where threads decide which of several errors is raised, where a call of the saver fails, and for a bare Pregel:
    its stream has more channels than its result.
    """
    if body["run"].get("schedule") == "threads" or any("fault" in op for op in body["run"]["ops"]):
        return None
    if body["graphs"]["main"]["form"] == "pregel":
        return None
    return _every_run(body, "invoke")


def streamed(body: Body) -> dict[str, Any] | None:
    """Every run of the program made by `stream` (`astream`) of values, read to its end."""
    made = _every_run(body, "stream")
    for op in made["run"]["ops"] if made is not None else ():
        op["stream_mode"] = "values"
    return made


def asynchronous(body: Body, wanted: bool) -> dict[str, Any] | None:
    """Every operation through the async API, or none of them; None where a node can only do one of both.

    None too where nodes fail or stop (which siblings have run by then is up to the schedule), where the saver fails or
    the reader leaves, and where ids are counted.
    """
    if body["run"].get("schedule") == "threads" or body["run"].get("cache") or has_chance(body, *_STOPPING):
        return None
    if any("fault" in op or "take" in op for op in body["run"]["ops"]):
        return None
    if any(part.get("async") or "timeout" in part or "tools" in part for part in _parts(body["graphs"])):
        return None
    ops = []
    for op in body["run"]["ops"]:
        made = {**op}
        if op["op"] == "run":
            table = _ASYNC if wanted else _SYNC
            api = op.get("api", "invoke")
            if api not in (*_ASYNC, *_SYNC):
                return None
            made["api"] = table.get(api, api)
        elif op["op"] in ("state", "history", "update", "bulk_update"):
            made["async"] = wanted
        ops.append(made)
    return _with_ops(body, ops)


def durable(body: Body, durability: str) -> dict[str, Any] | None:
    """Every run of the program with this durability; only its runs."""
    made = _every_run(body, "invoke")
    for op in made["run"]["ops"] if made is not None else ():
        op["durability"] = durability
    return made


def crashed(body: Body, at: str, nth: int, when: str) -> dict[str, Any] | None:
    """The program's first run, which a crash ends at a call of the saver; then a new process goes on."""
    made = single(body)
    if made is None:
        return None
    op = made["run"]["ops"][0]
    op["durability"] = "sync"
    following = {member: value for member, value in op.items() if member in ("recursion_limit", "context", "config")}
    op["fault"] = {"at": at, "nth": nth, "kind": "crash", "when": when}
    made["run"]["ops"] = [
        op,
        {"op": "restart"},
        {"op": "run", "api": op["api"], "input": None, "durability": "sync", **following},
    ]
    return made


def replayed(body: Body, nth: int) -> dict[str, Any] | None:
    """The program's first run, then the same again from the n-th checkpoint that it put."""
    made = single(body)
    if made is None:
        return None
    op = made["run"]["ops"][0]
    following = {member: value for member, value in op.items() if member in ("recursion_limit", "context", "config")}
    made["run"]["ops"].append({"op": "run", "api": op["api"], "input": None, "at": {"put": nth}, **following})
    return made


def _every_run(body: Body, api: str) -> dict[str, Any] | None:
    ops = []
    for op in body["run"]["ops"]:
        if op["op"] == "run":
            if "input" not in op:
                return None
            ops.append(_read_by(op, api))
    return _with_ops(body, ops) if ops else None


def _read_by(op: Body, api: str) -> dict[str, Any]:
    made = {member: value for member, value in op.items() if member not in _READING}
    is_async = str(op.get("api", "invoke")) in (*_SYNC, "events_v2", "events_v3")
    made["api"] = _ASYNC[api] if is_async else api
    return made


def _with_ops(body: Body, ops: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(dict(body))
    made["run"]["ops"] = copy.deepcopy(ops)
    made["run"]["reread"] = True
    return made
