"""The operations on what is stored: another process, an older checkpoint format, deleted threads, cleared caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.programs.savers import DatabaseSaver
from parity.subjects.upstream.programs.session import DEFAULT_THREAD, Session, UnresolvedError
from parity.subjects.upstream.programs.trace import error_of

__all__ = ["clear_cache", "delete_thread", "old_format", "restart", "use_store"]


def restart(session: Session, op: Mapping[str, Any]) -> None:
    """A new process: the graphs are built anew, and another one may be run; saver, store and cache stay."""
    session.trace.revive()
    if isinstance(session.bench.saver, DatabaseSaver):
        session.bench.saver.reopen()
    session.main = op.get("main", session.main)
    session.graph = session.rebuild(session.main)


def delete_thread(session: Session, op: Mapping[str, Any]) -> None:
    """Deletes a thread from the saver."""
    saver, thread = session.bench.saver, op.get("thread", DEFAULT_THREAD)
    session.config(thread)
    try:
        if op.get("async"):
            session.run(lambda: saver.adelete_thread(thread))
        else:
            saver.delete_thread(thread)
    except Exception as error:
        session.trace.record({"e": "error", **error_of(error)})
    session.heads.pop(thread, None)


def clear_cache(session: Session, op: Mapping[str, Any]) -> None:
    """Empties the graph's cache."""
    try:
        if op.get("async"):
            session.run(session.graph.aclear_cache)
        else:
            session.graph.clear_cache()
    except Exception as error:
        session.trace.record({"e": "error", **error_of(error)})


def use_store(session: Session, op: Mapping[str, Any]) -> None:
    """One call of the store from outside of any run."""
    store, namespace = session.bench.store, tuple(op["namespace"])
    given: dict[str, Any] = {"e": "store", "do": op["do"]}
    try:
        if op["do"] == "put":
            found = store.put(namespace, op["key"], build(op["value"]))
        elif op["do"] == "search":
            found = store.search(namespace)
        else:
            found = getattr(store, op["do"])(namespace, op["key"])
    except Exception as error:
        session.trace.record({**given, "error": error_of(error)})
    else:
        session.trace.record({**given, "result": describe(found)})


def old_format(session: Session, op: Mapping[str, Any]) -> None:
    """Replaces the head of a thread by the same checkpoint as version `v` of the format would have it.

    Before 4 the Sends for the next superstep were a member of the checkpoint; before 3 a node was triggered by
    channels that were named after what leads to it; before 2 the ids of tasks were UUIDs of version 5. Raises
    UnresolvedError without a head.
    """
    saver = session.bench.saver
    config = session.config(op.get("thread", DEFAULT_THREAD))
    with session.trace.quiet():
        found = saver.get_tuple(config) if saver is not None else None
        if found is None:
            raise UnresolvedError("a head: the thread has no checkpoint")
        checkpoint = _older(found.checkpoint, op["v"], getattr(session.graph, "builder", None))
        parent = (found.parent_config or {}).get("configurable", {}).get("checkpoint_id")
        place = session.config(op.get("thread", DEFAULT_THREAD), checkpoint_ns="", checkpoint_id=parent)
        saver.put(place, checkpoint, found.metadata, checkpoint["channel_versions"])
        session.book.put.pop()
    session.trace.record({"e": "old_format", "checkpoint_id": checkpoint["id"], "v": op["v"]})


def _older(checkpoint: Mapping[str, Any], version: int, builder: Any) -> dict[str, Any]:
    older: dict[str, Any] = {
        **checkpoint,
        "v": version,
        "channel_values": dict(checkpoint["channel_values"]),
        "channel_versions": dict(checkpoint["channel_versions"]),
        "versions_seen": {name: dict(seen) for name, seen in checkpoint["versions_seen"].items()},
        "pending_sends": list(checkpoint["channel_values"].get("__pregel_tasks", ())),
    }
    older.pop("updated_channels", None)
    older["channel_values"].pop("__pregel_tasks", None)
    older["channel_versions"].pop("__pregel_tasks", None)
    if version < 3 and builder is not None:
        for name in sorted(builder.nodes):
            _rename(older, f"branch:to:{name}", _old_name(builder, name))
    return older


def _old_name(builder: Any, node: str) -> str:
    """What triggered a node before version 3: the start, a node with an edge to it, or else a branch."""
    sources = sorted(source for source, target in builder.edges if target == node)
    if "__start__" in sources:
        return f"start:{node}"
    alone = [source for source in sources if sum(edge[0] == source for edge in builder.edges) == 1]
    return alone[0] if alone else f"branch:before:route:{node}"


def _rename(checkpoint: dict[str, Any], name: str, old: str) -> None:
    for holder in (
        checkpoint["channel_values"],
        checkpoint["channel_versions"],
        *checkpoint["versions_seen"].values(),
    ):
        if name in holder:
            items = [(old if key == name else key, value) for key, value in holder.items()]
            holder.clear()
            holder.update(items)
