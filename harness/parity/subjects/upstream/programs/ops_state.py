"""The operations that read and write a thread's state without running it, and the reading back after each operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.programs.session import Session, UnresolvedError
from parity.subjects.upstream.programs.trace import error_of, snapshot_of

__all__ = ["bulk_update", "history", "reread", "state", "update"]


def state(session: Session, op: Mapping[str, Any]) -> None:
    """`get_state`, `aget_state`."""
    config, subgraphs = session.at(op), bool(op.get("subgraphs"))
    try:
        if op.get("async"):
            found = session.run(lambda: session.graph.aget_state(config, subgraphs=subgraphs))
        else:
            found = session.graph.get_state(config, subgraphs=subgraphs)
    except Exception as error:
        session.trace.record({"e": "error", **error_of(error)})
    else:
        session.trace.record({"e": "state", **snapshot_of(found)})


def history(session: Session, op: Mapping[str, Any]) -> None:
    """`get_state_history`, `aget_state_history`."""
    config = session.at(op)
    options: dict[str, Any] = {}
    if "limit" in op:
        options["limit"] = op["limit"]
    if op.get("filter") is not None:
        options["filter"] = {key: build(value) for key, value in op["filter"].items()}
    if op.get("before") is not None:
        options["before"] = session.place(config["configurable"]["thread_id"], op["before"])
    try:
        found = _history(session, config, options, bool(op.get("async")))
    except Exception as error:
        session.trace.record({"e": "error", **error_of(error)})
    else:
        session.trace.record({"e": "history", "states": [snapshot_of(snapshot) for snapshot in found]})


def _history(session: Session, config: Mapping[str, Any], options: Mapping[str, Any], asynchronous: bool) -> list[Any]:
    if not asynchronous:
        return list(session.graph.get_state_history(config, **options))

    async def read() -> list[Any]:
        return [snapshot async for snapshot in session.graph.aget_state_history(config, **options)]

    return session.run(read)


def update(session: Session, op: Mapping[str, Any]) -> None:
    """`update_state`, `aupdate_state`."""
    config = session.at(op)
    values = build(op.get("values"))
    options: dict[str, Any] = {"as_node": op["as_node"]} if op.get("as_node") is not None else {}
    if op.get("task") is not None:
        options["task_id"] = _task(session, config, op["task"])
    _updated(
        session,
        op,
        lambda: session.graph.update_state(config, values, **options),
        lambda: session.graph.aupdate_state(config, values, **options),
    )


def bulk_update(session: Session, op: Mapping[str, Any]) -> None:
    """`bulk_update_state`, `abulk_update_state`."""
    from langgraph.types import StateUpdate

    config = session.at(op)
    supersteps = []
    for rows in op["supersteps"]:
        updates = []
        for row in rows:
            members: dict[str, Any] = {}
            if row.get("task") is not None:
                members["task_id"] = _task(session, config, row["task"])
            updates.append(StateUpdate(build(row.get("values")), row.get("as_node"), **members))
        supersteps.append(updates)
    _updated(
        session,
        op,
        lambda: session.graph.bulk_update_state(config, supersteps),
        lambda: session.graph.abulk_update_state(config, supersteps),
    )


def _updated(session: Session, op: Mapping[str, Any], sync: Any, asynchronous: Any) -> None:
    try:
        config = session.run(asynchronous) if op.get("async") else sync()
    except Exception as error:
        session.trace.record({"e": "error", **error_of(error)})
    else:
        session.trace.record({"e": "updated", "config": describe(config)})


def _task(session: Session, config: Mapping[str, Any], index: int) -> str:
    with session.trace.quiet():
        tasks = session.graph.get_state(dict(config)).tasks
    if not index < len(tasks):
        raise UnresolvedError(f"task {index}: {len(tasks)} are pending")
    task_id: str = tasks[index].id
    return task_id


def reread(session: Session, *, asynchronous: bool) -> None:
    """Reads the head, every earlier head and the history of each thread back, and writes down what has changed."""
    if session.bench.saver is None:
        return
    for thread in tuple(session.threads):
        _reread(session, thread, asynchronous)


def _reread(session: Session, thread: str, asynchronous: bool) -> None:
    event: dict[str, Any] = {"e": "reread", "thread": thread}
    config = session.config(thread)
    try:
        with session.trace.quiet():
            head, held, history = _read_all(session, thread, asynchronous)
    except Exception as error:
        session.trace.record({**event, "error": error_of(error)})
        return
    event["head"] = snapshot_of(head)
    event["held"] = [_once(session, ("held", thread), snapshot) for snapshot in held]
    event["history"] = [_once(session, ("history", thread), snapshot) for snapshot in history]
    session.trace.record(event)
    checkpoint_id = head.config["configurable"].get("checkpoint_id")
    heads = session.heads.setdefault(config["configurable"]["thread_id"], [])
    if checkpoint_id is not None and checkpoint_id not in heads:
        heads.append(checkpoint_id)


def _once(session: Session, key: tuple[str, ...], snapshot: Any) -> Any:
    """A snapshot; only its id where it is what it was when it was last read."""
    shown = snapshot_of(snapshot)
    checkpoint_id = snapshot.config["configurable"].get("checkpoint_id")
    if session.changed((*key, str(checkpoint_id)), shown):
        return shown
    return {"same": checkpoint_id}


def _read_all(session: Session, thread: str, asynchronous: bool) -> tuple[Any, list[Any], list[Any]]:
    graph = session.graph
    configs = [session.config(thread, checkpoint_id=held) for held in session.heads.get(thread, ())]
    if not asynchronous:
        return (
            graph.get_state(session.config(thread), subgraphs=True),
            [graph.get_state(config) for config in configs],
            list(graph.get_state_history(session.config(thread))),
        )

    async def read() -> tuple[Any, list[Any], list[Any]]:
        return (
            await graph.aget_state(session.config(thread), subgraphs=True),
            [await graph.aget_state(config) for config in configs],
            [snapshot async for snapshot in graph.aget_state_history(session.config(thread))],
        )

    return session.run(read)
