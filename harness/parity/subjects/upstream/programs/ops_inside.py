"""The operations on the parts of a graph: its schemas, the channels of a stored checkpoint, one task alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.programs.session import Session, UnresolvedError
from parity.subjects.upstream.programs.trace import error_of

__all__ = ["attempt", "channels", "schemas"]


def schemas(session: Session, op: Mapping[str, Any]) -> None:
    """The JSON schemas that the graph gives of its input and output, and those of the models that it gives."""
    graph = session.graph
    asked: dict[str, Callable[[], Any]] = {
        "input": graph.get_input_jsonschema,
        "output": graph.get_output_jsonschema,
        "input_model": lambda: graph.get_input_schema().model_json_schema(),
        "output_model": lambda: graph.get_output_schema().model_json_schema(),
    }
    session.trace.record({"e": "schemas", **{name: _told(ask) for name, ask in asked.items()}})


def _told(ask: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"schema": ask()}
    except Exception as error:
        return {"error": error_of(error)}


def channels(session: Session, op: Mapping[str, Any]) -> None:
    """The channels of a stored checkpoint, made by hand as LangGraph's server makes them; without `saver`, nobody is
    there to ask for what the checkpoint itself does not hold. Raises UnresolvedError without a checkpoint.
    """
    from langgraph.pregel import _checkpoint

    saver, config = session.bench.saver, session.at(op)
    with session.trace.quiet():
        found = saver.get_tuple(config)
    if found is None:
        raise UnresolvedError("a checkpoint: the thread has none")
    specs = session.graph.channels
    asked: dict[str, Any] = {"saver": saver, "config": found.config} if op.get("saver", True) else {}
    try:
        if op.get("async"):
            made, managed = session.run(lambda: _checkpoint.achannels_from_checkpoint(specs, found.checkpoint, **asked))
        else:
            made, managed = _checkpoint.channels_from_checkpoint(specs, found.checkpoint, **asked)
    except Exception as error:
        session.trace.record({"e": "error", **error_of(error)})
        return
    values = [[name, describe(made[name].get())] for name in made if made[name].is_available()]
    session.trace.record({"e": "channels", "names": list(made), "values": values, "managed": sorted(managed)})


def attempt(session: Session, op: Mapping[str, Any]) -> None:
    """One task of a node, run without a loop, as LangGraph's server runs it: its runtime says nothing of the run, which
    what runs tasks then reads from the config.
    """
    from langgraph.pregel import _retry
    from langgraph.runtime import Runtime
    from langgraph.types import PregelExecutableTask

    node = session.graph.nodes[op["node"]]
    writes: deque[tuple[str, Any]] = deque()
    configurable: dict[str, Any] = {
        "thread_id": "alone",
        "checkpoint_id": "stored",
        "checkpoint_ns": f"{op['node']}:task",
        "__pregel_task_id": "task",
        "__pregel_send": writes.extend,
        "__pregel_runtime": Runtime(),
    }
    task = PregelExecutableTask(
        name=op["node"],
        input=build(op["input"]),
        proc=node.node,
        writes=writes,
        config={"configurable": configurable, "tags": [], "metadata": {}},
        triggers=(),
        retry_policy=node.retry_policy or (),
        cache_key=None,
        id="task",
        path=("__pregel_pull", op["node"]),
        writers=node.flat_writers,
        timeout=node.timeout,
    )
    event: dict[str, Any] = {"e": "attempt"}
    try:
        if op.get("async"):
            session.run(lambda: _retry.arun_with_retry(task, None))
        else:
            _retry.run_with_retry(task, None)
    except Exception as error:
        event["error"] = error_of(error)
    session.trace.record({**event, "writes": [[channel, describe(value)] for channel, value in writes]})
