"""The worker: `python -m parity.subjects.worker NAME` speaks the protocol of `docs/protocol.md`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from parity.subjects.limits import bound_memory
from parity.subjects.protocol import PROTOCOL

__all__ = ["Served", "answer", "interpreters", "main", "serve"]

Observe = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]

KINDS = ("value", "bytes", "serde", "channel", "graph", "program")
CORE_KINDS = ("value", "bytes", "channel", "graph")


class UnsupportedError(Exception):
    """A case with a feature that this subject does not claim."""


@dataclass(frozen=True)
class Served:
    """A subject in this process: how it runs a case, what it is made of, and what it did natively for the last case."""

    observe: Observe
    versions: dict[str, str]
    work: Callable[[], dict[str, int]] = dict


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
    if name.partition(":")[0] in ("core", "rust"):
        bound_memory()
    served = serve(name)
    kinds = CORE_KINDS if name.partition(":")[0] == "core" else KINDS
    hello = {"protocol": PROTOCOL, "subject": name, "kinds": list(kinds), "versions": served.versions}
    replies.write(json.dumps(hello) + "\n")
    replies.flush()
    for line in sys.stdin.buffer:
        replies.write(answer(json.loads(line), served) + "\n")
        replies.flush()
    return 0


def answer(request: dict[str, Any], served: Served) -> str:
    """The line that answers a request; what the subject raises becomes its failure."""
    case = request["case"]
    reply: dict[str, Any] = {"id": request["id"]}
    try:
        reply["observation"] = {"kind": case["kind"], "events": served.observe(case["kind"], case)}
        if work := served.work():
            reply["work"] = work
        return json.dumps(reply, separators=(",", ":"))
    except UnsupportedError as error:
        reply["unsupported"] = str(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        reply["failure"] = {
            "kind": _FAILURES.get(type(error).__name__, "exception"),
            "type": type(error).__name__,
            "message": str(error),
        }
    for member in ("observation", "work"):
        reply.pop(member, None)
    return json.dumps(reply, separators=(",", ":"))


_FAILURES = {"PanicException": "panic", "WitnessVerdictError": "witness"}
"""The kind of a failure by the class that was raised; any other is an `exception`."""


def serve(name: str) -> Served:
    """The subject of that name, in this process from now on."""
    base, _, fault = name.partition(":")
    if base == "core":
        return _core(fault)
    if base == "mutant":
        return _mutant(fault)
    return _rust(fault) if base == "rust" else _upstream(name)


def _upstream(name: str) -> Served:
    table = interpreters()

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return table[kind](dict(body))

    versions = {package: metadata.version(package) for package in ("langgraph", "langgraph-checkpoint", "ormsgpack")}
    if name.startswith("faulty:"):
        from parity.subjects.upstream.faults import plant

        return Served(plant(name[len("faulty:") :], observe), versions)
    return Served(observe, versions)


def _mutant(mutant_id: str) -> Served:
    from parity.subjects.mutation.apply import import_instead
    from parity.subjects.mutation.catalogue import Catalogue

    mutant, code = Catalogue().compile(mutant_id)
    import_instead(mutant.module, code)
    return _upstream(f"mutant:{mutant_id}")


def interpreters() -> dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]]:
    """What runs a case of each kind through the LangGraph that this process imports."""
    from parity.subjects.upstream.channels import observe_channel
    from parity.subjects.upstream.graphs import observe_graph
    from parity.subjects.upstream.programs.run import observe_program
    from parity.subjects.upstream.serde import observe_serde
    from parity.subjects.upstream.values import observe_bytes, observe_value

    return {
        "value": observe_value,
        "bytes": observe_bytes,
        "serde": observe_serde,
        "channel": observe_channel,
        "graph": observe_graph,
        "program": observe_program,
    }


def _core(fault: str) -> Served:
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

    if fault:
        from parity.subjects.backend.faults import shared

        return Served(shared(observe), {"langgraph-rs": langgraph_rs.__version__})
    return Served(observe, {"langgraph-rs": langgraph_rs.__version__})


def _rust(fault: str) -> Served:
    from parity.subjects.backend.witnessed import Witnessed, put_backend_under_langgraph

    put_backend_under_langgraph()
    # LangGraph is imported from here on only, and so with its names replaced.
    from langgraph_rs import __version__, _core

    from parity.subjects.upstream.serde import observe_serde
    from parity.subjects.upstream.values import UPSTREAM, Codec, observe_bytes, observe_value

    codec = Codec(UPSTREAM.serializer, _core.decode_msgpack)
    table: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
        **interpreters(),
        "value": lambda body: observe_value(body, codec),
        "bytes": lambda body: observe_bytes(body, codec),
        "serde": lambda body: observe_serde(body, codec),
    }

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return table[kind](dict(body))

    witnessed = Witnessed(observe)
    run: Observe = witnessed.run
    if fault:
        from parity.subjects.backend import faults
        from parity.subjects.faults import RUST_FAULTS

        if RUST_FAULTS[fault].localised == "core":
            run = faults.shared(run)
        else:
            faults.plant(fault)
    versions = {package: metadata.version(package) for package in ("langgraph", "langgraph-checkpoint", "ormsgpack")}
    return Served(run, {"langgraph-rs": __version__, **versions}, witnessed.work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
