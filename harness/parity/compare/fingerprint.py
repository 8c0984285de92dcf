"""Which layer, and what about it, a difference belongs to: coarse by cause, so that one bug is one row."""

from __future__ import annotations

from parity.cases.model import Case, Json
from parity.compare.graph_cause import Traces, graph_cause
from parity.compare.jsondiff import Point
from parity.compare.program_cause import program_cause

__all__ = ["classify"]

_SCALARS = frozenset(
    (
        *("int", "float", "str", "bytes", "bytearray", "memoryview", "uuid", "decimal", "ip", "path", "pattern"),
        *("datetime", "date", "time", "timedelta", "timezone", "zoneinfo", "ndarray", "exception", "opaque", "missing"),
    )
)
_VALUE_STEPS = frozenset(("v", "value", "payload", "arg", "timeout"))


def classify(case: Case, traces: Traces, point: Point) -> tuple[str, str]:
    """The layer and aspect of the difference at `point` in the event `traces.index` of both sides."""
    if case.kind == "channel":
        return "channels", _channel_aspect(case, traces, point)
    if point.bytes is not None and (case.kind == "value" or point.bytes.same_value):
        return "codec", f"encode:{point.bytes.kind}"
    if case.kind == "graph":
        return graph_cause(case, traces, point)
    if case.kind == "program":
        return program_cause(case, traces.expected, traces.actual, traces.index, point)
    return "codec", _codec_aspect(traces, point)


def _channel_aspect(case: Case, traces: Traces, point: Point) -> str:
    """An error instead of a result is a wrong value: which of the two shows depends on what came before it."""
    name = case.body["channel"]["class"]
    expected, actual = traces.pair()
    if expected is None or actual is None or expected["e"] != actual["e"]:
        return f"{name}:events"
    error, other = expected.get("error"), actual.get("error")
    if error and other and error.get("type") == other.get("type"):
        return f"{name}:error"
    return f"{name}:{expected['e']}" if expected["e"] in ("consume", "finish") else f"{name}:value"


def _codec_aspect(traces: Traces, point: Point) -> str:
    expected, actual = traces.pair()
    if expected is None or actual is None or expected["e"] != actual["e"]:
        return "events"
    if expected["e"] in ("strict", "gate"):
        return "gate"
    if "error" in expected or "error" in actual:
        error = expected.get("error")
        return f"error:{error.get('type') if isinstance(error, dict) else 'ok'}"
    if expected["e"] == "dumps":
        return f"encode:{expected.get('tag')}"
    return f"decode:{_tagged_kind(point)}"


def _tagged_kind(point: Point) -> str:
    """The kind of the tagged value that the difference is in, by the expected side."""
    if isinstance(point.expected, dict) and isinstance(point.expected.get("t"), str):
        return str(point.expected["t"])
    last = point.steps[-1] if point.steps else "value"
    is_value = isinstance(last, int) or last in _VALUE_STEPS or point.what in ("missing", "extra", "order")
    if point.holder is not None and (point.holder in _SCALARS or not is_value):
        return point.holder
    return _plain_kind(point.expected)


def _plain_kind(value: Json) -> str:
    if value is None:
        return "null"
    return {bool: "bool", int: "int", str: "str", list: "list"}.get(type(value), type(value).__name__)
