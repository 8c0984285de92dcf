"""The subject `rust`: real LangGraph on the Rust backend under the witness; every case is held to its proof.

An observation says what came out. That Rust did it, and not the Python that it replaces, is said by two things of each
case: nobody used a poisoned original, and the counters of the extension module moved at least as far as what came out
demands. Where either fails there is no observation but the verdict `witness`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["Meter", "Observe", "WitnessVerdictError", "Witnessed", "put_backend_under_langgraph"]

Event = dict[str, Any]
Observe = Callable[[str, Mapping[str, Any]], list[Event]]


class WitnessVerdictError(AssertionError):
    """The work was not Rust's, or nobody can say that it was."""


def put_backend_under_langgraph() -> list[str] | None:
    """Installs the backend with the witness; or, where LANGGRAPH_RS_PARTS names some, those parts without it.

    Returns those parts, None for the whole. Raises BackendError, also if LangGraph is imported already.
    """
    import langgraph_rs

    partial = bool(os.environ.get("LANGGRAPH_RS_PARTS"))
    langgraph_rs.install(witness=not partial)
    parts: list[str] | None = langgraph_rs.witness()["parts"]
    return parts


class Witnessed:
    """Runs cases and demands proof for each. Made after LangGraph was imported under the backend.

    Raises WitnessVerdictError if a module of LangGraph came around the hook or holds an original.
    """

    def __init__(self, observe: Observe) -> None:
        import langgraph_rs

        self._observe = observe
        self._work: dict[str, int] = {}
        known = langgraph_rs.witness()
        around = sorted(name for name, state in known["names"].items() if state not in ("live", "waiting"))
        if not known["witness"] or around or known["captured"]:
            raise WitnessVerdictError(f"not under the backend: {(around or known['captured'] or ['no witness'])[0]}")

    def run(self, kind: str, body: Mapping[str, Any]) -> list[Event]:
        """Runs a case. Raises WitnessVerdictError."""
        self._work = {}
        meter = Meter()
        events = self._observe(kind, body)
        for name in meter.used():
            raise WitnessVerdictError(f"{name} of upstream was used")
        work = meter.work()
        for what, least in _demanded(kind, body, events).items():
            if work.get(what, 0) < least:
                raise WitnessVerdictError(f"{what} in Rust: {work.get(what, 0)}, and the case shows {least}")
        self._work = {name: count for name, count in work.items() if count}
        return events

    def work(self) -> dict[str, int]:
        """What Rust did for the last case, by name."""
        return self._work


class Meter:
    """What happened since it was made: the work of Rust by name, and the originals of upstream that were used."""

    def __init__(self) -> None:
        self._caught = _caught()
        self._before = _work(_counters())

    def work(self) -> dict[str, int]:
        """The counters that cases are held to, as far as they have moved."""
        return _difference(self._before, _work(_counters()))

    def used(self) -> list[str]:
        """The replaced Python functions that somebody called."""
        return [name for name, times in _caught().items() if times > self._caught.get(name, 0)]


def _caught() -> dict[str, int]:
    from langgraph_rs.backend.record import RECORD

    return RECORD.caught()


def _counters() -> dict[str, Any]:
    from langgraph_rs.backend.status import counters

    return counters()


def _work(counters: Mapping[str, Any]) -> dict[str, int]:
    """The counters that cases are held to, added up over kinds and classes."""
    codec, channels, algorithm = counters["codec"], counters["channel"], counters["algorithm"]
    native = [row for name, row in channels.items() if name != "python"]
    return {
        "encodings": codec["encoded"]["calls"] + codec["encoded"]["errors"],
        "bytes_encoded": codec["encoded"]["bytes"],
        "decodings": codec["decoded"]["calls"] + codec["decoded"]["errors"],
        "bytes_decoded": codec["decoded"]["bytes"],
        "channel_operations": sum(sum(row.values()) for row in native),
        "channel_updates": sum(row["update"] for row in native),
        "channel_calls_in_python": sum(channels["python"].values()),
        "supersteps": algorithm["supersteps"],
        "tasks": sum(algorithm["tasks"].values()),
    }


def _difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in after.items()}


def _demanded(kind: str, body: Mapping[str, Any], events: Sequence[Event]) -> dict[str, int]:
    """The least that Rust must have done for these events to come out."""
    if kind == "value":
        return _of_value(events)
    if kind == "bytes":
        return {"decodings": 1}
    if kind == "serde":
        return {"encodings": sum(event["e"] == "dumps" and event.get("tag") == "msgpack" for event in events)}
    if kind == "channel":
        return {"channel_operations": sum(op["op"] not in _NOT_COUNTED for op in body["ops"])}
    if kind == "program":
        return _of_program(events)
    return _of_graph(events)


_NOT_COUNTED = ("equals_fresh", "snapshot")
"""Operations of a channel case that are none of the channel's own methods, or more than one of them."""


def _of_value(events: Sequence[Event]) -> dict[str, int]:
    dumps = events[0]
    if "error" in dumps:
        return {"encodings": 1}
    if dumps["tag"] != "msgpack":
        return {}
    return {"encodings": 1, "bytes_encoded": len(dumps["hex"]) // 2, "decodings": 2}


def _of_graph(events: Sequence[Event]) -> dict[str, int]:
    """Every saved byte, every superstep that ended in a checkpoint, and every task that was told of."""
    saved = channels = supersteps = tasks = 0
    for event in events:
        if event["e"] == "put":
            blobs = [typed for _, _, typed in event["blobs"] if typed is not None]
            saved += sum(_size(typed) for typed in (event["checkpoint"], event["metadata"], *blobs))
            channels += len(event["blobs"])
            supersteps += event["step"] is not None and event["step"] >= 0
        elif event["e"] == "put_writes":
            saved += sum(_size(typed) for _, typed in event["writes"])
        elif event["e"] == "stream" and event["mode"] == "debug":
            tasks += ["type", "task"] in event["data"]["v"]
    return {"bytes_encoded": saved, "supersteps": supersteps, "tasks": tasks, "channel_operations": channels}


def _of_program(events: Sequence[Event]) -> dict[str, int]:
    """Every byte that a saver got, and a superstep with a task for each checkpoint that a run saved at the end of
    one.
    """
    saved = supersteps = tasks = 0
    written: set[tuple[str, ...]] = set()
    for event in events:
        if event["e"] == "put":
            blobs = [typed for _, _, typed in event["blobs"] if typed is not None]
            saved += sum(_size(typed) for typed in (event["checkpoint"], event["metadata"], *blobs))
            if event["source"] == "loop" and event["step"] is not None:
                supersteps += event["step"] >= 0
                tasks += event["step"] >= 1
        elif event["e"] == "put_writes":
            for index, channel, typed in event["writes"]:
                # The event shows all that a task has stored by then; what is shown again was not encoded again.
                row = (event["ns"], event["checkpoint_id"], event["task_id"], str(index), channel, typed["hex"])
                saved += 0 if row in written else _size(typed)
                written.add(row)
    return {"bytes_encoded": saved, "supersteps": supersteps, "tasks": tasks}


def _size(typed: Mapping[str, str]) -> int:
    return len(typed["hex"]) // 2 if typed["tag"] == "msgpack" else 0
