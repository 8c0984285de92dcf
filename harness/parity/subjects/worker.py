"""The worker: `python -m parity.subjects.worker NAME` speaks the protocol of `docs/protocol.md`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

from parity.subjects.limits import bound_memory
from parity.subjects.protocol import PROTOCOL

__all__ = ["main"]

Observe = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]

KINDS = ("value", "bytes", "channel", "graph")
RUST_KINDS = ("value", "bytes", "serde")
UPSTREAM_KINDS = ("value", "bytes", "serde", "channel", "graph")


class UnsupportedError(Exception):
    """A case with a feature that this subject does not claim."""


def main(argv: list[str]) -> int:
    """Serves one subject until the end of input."""
    if len(argv) != 1:
        print("usage: python -m parity.subjects.worker NAME", file=sys.stderr)
        return 2
    # Only replies may reach the parent's pipe: whatever else prints goes to standard error.
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    name = argv[0]
    if name in ("core", "rust"):
        bound_memory()
    observe, versions = _subject(name)
    kinds = {"rust": RUST_KINDS, "core": KINDS}.get(name, UPSTREAM_KINDS)
    hello = {"protocol": PROTOCOL, "subject": name, "kinds": list(kinds), "versions": versions}
    replies.write(json.dumps(hello) + "\n")
    replies.flush()
    for line in sys.stdin.buffer:
        replies.write(_answer(json.loads(line), observe) + "\n")
        replies.flush()
    return 0


def _answer(request: dict[str, Any], observe: Observe) -> str:
    case = request["case"]
    reply: dict[str, Any] = {"id": request["id"]}
    try:
        reply["observation"] = {"kind": case["kind"], "events": observe(case["kind"], case)}
        return json.dumps(reply, separators=(",", ":"))
    except UnsupportedError as error:
        reply["unsupported"] = str(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        kind = "panic" if type(error).__name__ == "PanicException" else "exception"
        reply["failure"] = {"kind": kind, "type": type(error).__name__, "message": str(error)}
    reply.pop("observation", None)
    return json.dumps(reply, separators=(",", ":"))


def _subject(name: str) -> tuple[Observe, dict[str, str]]:
    if name == "core":
        return _core()
    return _rust() if name == "rust" else _upstream(name)


def _upstream(name: str) -> tuple[Observe, dict[str, str]]:
    from parity.subjects.upstream.channels import observe_channel
    from parity.subjects.upstream.graphs import observe_graph
    from parity.subjects.upstream.serde import observe_serde
    from parity.subjects.upstream.values import observe_bytes, observe_value

    table: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
        "value": observe_value,
        "bytes": observe_bytes,
        "serde": observe_serde,
        "channel": observe_channel,
        "graph": observe_graph,
    }

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return table[kind](dict(body))

    versions = {package: metadata.version(package) for package in ("langgraph", "langgraph-checkpoint", "ormsgpack")}
    if name.startswith("faulty:"):
        from parity.subjects.upstream.faults import plant

        return plant(name[len("faulty:") :], observe), versions
    return observe, versions


def _core() -> tuple[Observe, dict[str, str]]:
    import langgraph_rs
    from langgraph_rs import _core

    # BaseException.add_note came with Python 3.11; under 3.10 upstream adds none, so there are none to compare.
    has_notes = sys.version_info >= (3, 11)

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            events: list[dict[str, Any]] = json.loads(_core.run_case(json.dumps(body)))["events"]
        except ValueError as error:
            if str(error).startswith("unsupported case"):
                raise UnsupportedError(str(error)) from None
            raise
        if not has_notes:
            for event in events:
                if "notes" in event:
                    event["notes"] = []
        return events

    return observe, {"langgraph-rs": langgraph_rs.__version__}


def _rust() -> tuple[Observe, dict[str, str]]:
    import langgraph_rs
    from langgraph_rs import _core
    from langgraph_rs.serde import JsonPlusSerializer

    from parity.subjects.upstream.serde import observe_serde
    from parity.subjects.upstream.values import Codec, observe_bytes, observe_value

    codec = Codec(JsonPlusSerializer, _core.decode_msgpack)
    table = {"value": observe_value, "bytes": observe_bytes, "serde": observe_serde}

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        if kind not in RUST_KINDS:
            raise UnsupportedError(f"kind {kind!r}")
        return table[kind](dict(body), codec)

    versions = {package: metadata.version(package) for package in ("langgraph", "langgraph-checkpoint")}
    return observe, {"langgraph-rs": langgraph_rs.__version__, **versions}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
