"""The worker: `python -m parity.subjects.worker NAME` speaks the protocol of `docs/protocol.md`."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from parity.subjects.limits import bound_memory
from parity.subjects.postgres.errors import WITHOUT, PostgresError
from parity.subjects.protocol import PROTOCOL
from parity.subjects.releases.name import PREFIX

__all__ = ["Served", "answer", "interpreters", "main", "serve"]

Observe = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]

INTERPRETERS: dict[str, str] = {
    "value": "parity.subjects.upstream.values:observe_value",
    "bytes": "parity.subjects.upstream.values:observe_bytes",
    "serde": "parity.subjects.upstream.serde:observe_serde",
    "channel": "parity.subjects.upstream.channels:observe_channel",
    "graph": "parity.subjects.upstream.graphs:observe_graph",
    "program": "parity.subjects.upstream.programs.run:observe_program",
}
"""What runs a case of each kind through the LangGraph that a process imports: module and function."""

PROBES: dict[str, str] = {
    "graph": "parity.subjects.upstream.probes:graph",
    "program": "parity.subjects.upstream.probes:program",
}
"""Kinds whose cases run with names of LangGraph replaced, and what tries whether a release has all of them."""

KINDS = tuple(INTERPRETERS)
CORE_KINDS = ("value", "bytes", "channel", "graph")


class UnsupportedError(Exception):
    """A case with a feature that this subject does not claim."""


@dataclass(frozen=True)
class Served:
    """A subject in this process: how it runs a case, what it is made of, and what it did natively for the last case.

    `kinds` are those of the cases that it runs; `lacks` says why it does not run others.
    """

    observe: Observe
    versions: dict[str, str]
    work: Callable[[], dict[str, int]] = dict
    kinds: tuple[str, ...] = KINDS
    lacks: dict[str, str] = field(default_factory=dict)


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
    if name.startswith(("core", "rust")):
        bound_memory()
    served = serve(name)
    hello: dict[str, Any] = {
        "protocol": PROTOCOL,
        "subject": name,
        "kinds": list(served.kinds),
        "versions": served.versions,
    }
    if served.lacks:
        hello["lacks"] = served.lacks
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
    except PostgresError as error:
        reply["unsupported"] = f"{WITHOUT}{error}"
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
    if name.startswith(PREFIX):
        return _release()
    return _rust(fault) if base.startswith("rust") else _upstream(name)


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


def _release() -> Served:
    """A release of upstream that may lack what an interpreter of ours needs: such a kind is told, and not claimed."""
    table: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {}
    lacks: dict[str, str] = {}
    for kind, place in INTERPRETERS.items():
        try:
            interpreter = _interpreter(place)
            if kind in PROBES:
                _named(PROBES[kind])()
            table[kind] = interpreter
        except (ImportError, AttributeError) as error:
            lacks[f"kind:{kind}"] = f"{type(error).__name__}: {error}"
    # Imported by the interpreters; what cannot build a case's value under this release says so with it.
    from parity.cases.schema import CaseError

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        if kind not in table:
            raise UnsupportedError(f"cases of kind {kind}: {lacks.get(f'kind:{kind}', 'not known')}")
        try:
            return table[kind](dict(body))
        except CaseError as error:
            raise UnsupportedError(f"a value that this release does not build so: {error.what}") from None

    # The first of a name is the one that is imported.
    found = reversed(list(metadata.distributions()))
    versions = {item.metadata["Name"].lower().replace("_", "-"): item.version for item in found}
    return Served(observe, dict(sorted(versions.items())), kinds=tuple(table), lacks=lacks)


def interpreters() -> dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]]:
    """What runs a case of each kind through the LangGraph that this process imports."""
    return {kind: _interpreter(place) for kind, place in INTERPRETERS.items()}


def _interpreter(place: str) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    found: Callable[[dict[str, Any]], list[dict[str, Any]]] = _named(place)
    return found


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


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

    run: Observe = observe
    if fault:
        from parity.subjects.backend.faults import shared

        run = shared(observe)
    return Served(run, {"langgraph-rs": langgraph_rs.__version__}, kinds=CORE_KINDS)


def _rust(fault: str) -> Served:
    from parity.subjects.backend.witnessed import Witnessed, put_backend_under_langgraph

    parts = put_backend_under_langgraph()
    # LangGraph is imported from here on only, and so with its names replaced.
    from langgraph_rs import __version__, _core

    from parity.subjects.upstream.serde import observe_serde
    from parity.subjects.upstream.values import UPSTREAM, Codec, observe_bytes, observe_value

    codec = Codec(UPSTREAM.serializer, _core.decode_msgpack) if parts is None or "codec" in parts else UPSTREAM
    table: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
        **interpreters(),
        "value": lambda body: observe_value(body, codec),
        "bytes": lambda body: observe_bytes(body, codec),
        "serde": lambda body: observe_serde(body, codec),
    }

    def observe(kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return table[kind](dict(body))

    # Where a part is upstream's there is nothing to be witnessed, and no work to be told of.
    witnessed = Witnessed(observe) if parts is None else None
    run: Observe = observe if witnessed is None else witnessed.run
    if fault:
        from parity.subjects.backend import faults
        from parity.subjects.faults import RUST_FAULTS

        if RUST_FAULTS[fault].localised == "core":
            run = faults.shared(run)
        else:
            faults.plant(fault)
    versions = {package: metadata.version(package) for package in ("langgraph", "langgraph-checkpoint", "ormsgpack")}
    if witnessed is None:
        return Served(run, {"langgraph-rs": f"{__version__}, only {', '.join(parts or ()) or 'none'}", **versions})
    return Served(run, {"langgraph-rs": __version__, **versions}, witnessed.work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
