"""The planted faults as patches of upstream, applied in memory in a worker of their own; the disk is not touched."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.channels import BinaryOperatorAggregate, EphemeralValue, LastValueAfterFinish, NamedBarrierValue
from langgraph.checkpoint.serde import jsonplus
from langgraph.pregel import _algo, _loop

from parity.subjects.upstream.graphs import RecordingSaver

__all__ = ["Observe", "plant"]

Observe = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]
"""Runs a case of a kind with a body; returns its events."""


def plant(name: str, observe: Observe) -> Observe:
    """Breaks one thing (`a+b`: two) in this process for good, and returns the way to run cases with it.

    Raises KeyError.
    """
    for one in name.split("+"):
        if one in _PATCHES:
            _PATCHES[one]()
        else:
            observe = _TRAPS[one](observe)
    return observe


def _int_width() -> None:
    original = jsonplus._msgpack_enc
    jsonplus._msgpack_enc = lambda data: _widen(original(data))


_HEADS = {
    0xC4: 1,
    0xC5: 2,
    0xC6: 4,
    0xC7: 1,
    0xC8: 2,
    0xC9: 4,
    0xD9: 1,
    0xDA: 2,
    0xDB: 4,
    0xDC: 2,
    0xDD: 4,
    0xDE: 2,
    0xDF: 4,
}
_FIXED = {
    0xCA: 4,
    0xCB: 8,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
    0xD4: 2,
    0xD5: 3,
    0xD6: 5,
    0xD7: 9,
    0xD8: 17,
}


def _widen(data: bytes) -> bytes:
    """The same message with every uint8 (cc) as a uint16 (cd). The tokens are walked, so that no payload is touched."""
    out, at = bytearray(), 0
    while at < len(data):
        marker = data[at]
        if marker == 0xCC:
            out += b"\xcd\x00" + data[at + 1 : at + 2]
            at += 2
            continue
        size = 1 + _FIXED.get(marker, 0)
        if 0xA0 <= marker <= 0xBF:
            size += marker & 0x1F
        elif marker in _HEADS:
            head = _HEADS[marker]
            size += head
            if marker < 0xDC:
                size += int.from_bytes(data[at + 1 : at + 1 + head], "big") + (0xC7 <= marker <= 0xC9)
        out += data[at : at + size]
        at += size
    return bytes(out)


def _reducer_reversed() -> None:
    original = BinaryOperatorAggregate.update

    def update(self: BinaryOperatorAggregate[Any], values: Any) -> bool:
        return original(self, list(reversed(values)))

    BinaryOperatorAggregate.update = update  # type: ignore[method-assign]


def _finish_ignored() -> None:
    LastValueAfterFinish.finish = lambda self: False  # type: ignore[method-assign]


def _ephemeral_kept() -> None:
    original = EphemeralValue.update

    def update(self: EphemeralValue[Any], values: Any) -> bool:
        return original(self, values) if values else False

    EphemeralValue.update = update  # type: ignore[method-assign]


def _barrier_early() -> None:
    NamedBarrierValue.is_available = lambda self: bool(self.seen)  # type: ignore[method-assign]


def _version_twice() -> None:
    module: Any = _loop
    original = module.apply_writes

    def apply_writes(checkpoint: Any, channels: Any, tasks: Any, following: Any, trigger_to_nodes: Any) -> set[str]:
        def twice(current: Any, channel: None) -> Any:
            return following(following(current, channel), channel)

        written: set[str] = original(checkpoint, channels, tasks, following and twice, trigger_to_nodes)
        return written

    module.apply_writes = apply_writes


def _send_dropped() -> None:
    original = _algo.prepare_push_task_send

    def prepare(task_path: Any, *args: Any, **kwargs: Any) -> Any:
        return None if task_path[1] == 0 else original(task_path, *args, **kwargs)

    _algo.prepare_push_task_send = prepare


def _save_skipped() -> None:
    original = RecordingSaver.put

    def put(self: RecordingSaver, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        if metadata.get("source") == "input":
            return config
        return original(self, config, checkpoint, metadata, new_versions)

    RecordingSaver.put = put  # type: ignore[method-assign]


def _provoking(what: str, kind: str) -> Callable[[Observe], Observe]:
    def trap(observe: Observe) -> Observe:
        from langgraph_rs import _core

        def run(case_kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
            if case_kind == kind:
                _core.provoke(what)
            return observe(case_kind, body)

        return run

    return trap


def _fickle(observe: Observe) -> Observe:
    seen: set[str] = set()

    def run(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        events = observe(kind, body)
        case = repr(body)
        if kind != "channel" or body["channel"]["class"] != "AnyValue" or case in seen:
            return events
        seen.add(case)
        return events[:-1]

    return run


def _hanging(observe: Observe) -> Observe:
    def run(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        if kind == "channel" and body["channel"]["class"] == "Topic":
            while True:
                time.sleep(3600)
        return observe(kind, body)

    return run


_PATCHES: dict[str, Callable[[], None]] = {
    "int_width": _int_width,
    "reducer_reversed": _reducer_reversed,
    "finish_ignored": _finish_ignored,
    "ephemeral_kept": _ephemeral_kept,
    "barrier_early": _barrier_early,
    "version_twice": _version_twice,
    "send_dropped": _send_dropped,
    "save_skipped": _save_skipped,
}
_TRAPS: dict[str, Callable[[Observe], Observe]] = {
    "panic": _provoking("panic", "graph"),
    "abort": _provoking("abort", "channel"),
    "hang": _hanging,
    "fickle": _fickle,
}
