"""Run folders as a campaign leaves them, small enough to read here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.campaign import events as ev
from parity.cases.model import Case
from parity.compare import compare
from parity.observe.model import Outcome
from parity.triage.divergence import Divergence

HOSTILE = '</script><script>alert(\'gotcha\')</script>" onload="alert(1)" <b>&amp;\u202e'
"""What a report must show and never obey."""

ORACLE_BYTES = bytes.fromhex("82a17604ae") + b"channel_values" + bytes.fromhex("81a161cc80")
SUBJECT_BYTES = bytes.fromhex("82a17604ae") + b"channel_values" + bytes.fromhex("81a161cd0080")
"""The same map, 128 written in one byte and in two."""


def graph_case() -> Case:
    """A graph with one of everything that is drawn: edge, join, branch, Send, deferral, cycle, hostile text."""
    return Case.from_json(
        {
            "schema": "parity/case/1",
            "kind": "graph",
            "state": {
                "a": {"channel": "LastValue"},
                "log": {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"},
            },
            "nodes": [
                node("plan", [{"op": "write", "key": "a", "value": {"add": [{"get": "a"}, {"lit": 1}]}}]),
                node("left", [{"op": "write", "key": "log", "value": {"list": [{"lit": HOSTILE}]}}]),
                node("right", [{"op": "raise", "error": "ValueError", "message": HOSTILE[:60], "when": {"has": "a"}}]),
                node("worker", []),
                {**node("collect", []), "defer": True},
            ],
            "edges": [["__start__", "plan"], ["plan", "left"], ["plan", "right"]],
            "joins": [{"from": ["left", "right"], "to": "collect"}],
            "branches": [
                {"from": "plan", "name": "fan", "path": {"each": "log", "node": "worker"}, "ends": None},
                {
                    "from": "collect",
                    "name": "again",
                    "path": {
                        "if": {"cmp": "lt", "left": {"get": "a"}, "right": {"lit": 5}},
                        "then": ["plan"],
                        "else": ["__end__"],
                    },
                    "ends": None,
                },
            ],
            "run": {"recursion_limit": 9, "versions": "int", "calls": [{"input": {"t": "dict", "v": [["a", 1]]}}]},
        }
    )


def node(name: str, do: list[Any]) -> dict[str, Any]:
    """A node that returns its updates."""
    return {"name": name, "defer": False, "do": do, "returns": "dict"}


def blob(data: bytes) -> dict[str, str]:
    """Serialized bytes as an event has them."""
    return {"tag": "msgpack", "hex": data.hex()}


def trace(checkpoint: bytes) -> Outcome:
    """What a graph case was seen to do, with these bytes in its first checkpoint."""
    put: dict[str, Any] = {
        "e": "put",
        "checkpoint_id": "00000000-0000-6000-8000-000000000001",
        "parent_id": None,
        "step": -1,
        "checkpoint": blob(checkpoint),
        "metadata": blob(b"\x80"),
        "blobs": [],
    }
    return Outcome("observed", ({"e": "call", "index": 0}, {"e": "load", "checkpoint_id": None}, put))


def diverging(case: Case, expected: Outcome, actual: Outcome, **changes: Any) -> Divergence:
    """The divergence of two outcomes, as the campaign would keep it."""
    comparison = compare(case, expected, actual)
    difference = comparison.difference
    assert difference is not None
    made = Divergence(
        id=Divergence.make_id(difference.fingerprint_id, case),
        phase="campaign",
        campaign_layer=f"{case.kind}s",
        layer=difference.layer,
        aspect=difference.aspect,
        fingerprint=difference.fingerprint,
        fingerprint_id=difference.fingerprint_id,
        oracle="upstream",
        subject="core",
        seed=7,
        case=case,
        original_case=case,
        expected=expected,
        actual=actual,
        difference=difference,
        applied=dict(comparison.applied),
        provenance={},
        shrunk=True,
        flaky=False,
        count=1,
    )
    return replace(made, **changes)


def wrong_width() -> Divergence:
    """A codec divergence on a graph: an integer written too wide."""
    return diverging(graph_case(), trace(ORACLE_BYTES), trace(SUBJECT_BYTES))


def panicked() -> Divergence:
    """A crash on a value."""
    case = Case("value", {"value": {"t": "dict", "v": [["k", {"t": "int", "v": "18446744073709551616"}]]}})
    seen = Outcome("observed", ({"e": "dumps", "tag": "msgpack", "hex": "c0"},))
    return diverging(case, seen, Outcome("panic", (), f"index out of bounds {HOSTILE}"))


def wrong_channel() -> Divergence:
    """A channel divergence that did not happen again."""
    case = Case(
        "channel",
        {
            "channel": {"class": "LastValue", "key": "k"},
            "ops": [{"op": "update", "values": [HOSTILE]}, {"op": "get"}],
        },
    )
    update = {"e": "update", "result": True}
    expected = Outcome("observed", (update, {"e": "get", "result": HOSTILE}))
    actual = Outcome("observed", (update, {"e": "get", "result": HOSTILE + "!"}))
    return diverging(case, expected, actual, flaky=True)


def started(run_id: str = "20260101-000000-seed7") -> ev.RunStarted:
    """How every stream begins."""
    return ev.RunStarted(
        run_id,
        7,
        f"parity run --seed 7 # {HOSTILE}",
        "upstream",
        "core",
        "quick",
        2,
        ("values", "channels", "graphs"),
        10.0,
        20.0,
        "2026-01-01T00:00:00+00:00",
        {"python": "3.11.4", "platform": "Linux-x", "commit": "abc123", "corpus_hash": "feed"},
    )


def layer_finished(phase: str, layer: str, cases: int, fingerprints: dict[str, int]) -> ev.LayerFinished:
    """A layer that ran `cases` cases, of which those in `fingerprints` diverged."""
    diverged = sum(fingerprints.values())
    return ev.LayerFinished(
        phase,
        layer,
        cases,
        cases,
        cases - diverged,
        diverged,
        0,
        0,
        0,
        0,
        {"observed": cases},
        fingerprints,
        {"set-order": 3},
        {"send": cases // 2, HOSTILE: 1},
        {},
        40,
        2.0,
        1.0,
        0.5,
        None,
    )


def stream(divergences: list[Divergence], outcome: str | None, count: int = 5) -> list[ev.Event]:
    """A whole run's events; without an outcome the footer is missing, as when the run was killed."""
    events: list[ev.Event] = [
        started(),
        ev.SubjectReady("oracle", "upstream", ("value", "graph"), {"langgraph": "1.2.22"}),
        ev.SubjectReady("subject", "core", ("value", "graph"), {"langgraph-rs": "0.1.0"}),
        ev.LayerStarted("aa", "graphs", 10),
        layer_finished("aa", "graphs", 10, {}),
        ev.LayerStarted("campaign", "graphs", 100),
    ]
    for found in divergences:
        path = f"divergences/{found.id}.json"
        events.append(
            ev.DivergenceFound(
                "campaign",
                found.campaign_layer,
                found.id,
                found.fingerprint,
                found.fingerprint_id,
                found.difference.summary,
                found.case.case_id,
                100,
                path,
                0,
            )
        )
    fingerprints = {found.fingerprint_id: count for found in divergences}
    events.append(layer_finished("campaign", "graphs", 100, fingerprints))
    if outcome is not None:
        code = {"parity": 0, "diverged": 1, "vacuous": 1}.get(outcome, 2)
        total = count * len(divergences)
        names = {found.fingerprint_id: found.fingerprint for found in divergences}
        events.append(
            ev.RunFinished(
                started().run_id,
                7,
                code,
                outcome,
                "",
                100,
                total,
                names,
                0,
                12.5,
                0.9,
                len(events),
                "2026-01-01T00:01:00+00:00",
                4,
            )
        )
    return events


def counted(events: list[ev.Event]) -> list[ev.Event]:
    """The events with a footer that counts them, after some were added."""
    last = events[-1]
    assert isinstance(last, ev.RunFinished)
    return [*events[:-1], replace(last, events=len(events) - 1)]


def write(folder: Path, events: list[ev.Event], divergences: list[Divergence]) -> Path:
    """The run's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for found in divergences:
        found.save(folder / "divergences")
    (folder / "events.jsonl").write_text("".join(json.dumps(ev.to_json(event)) + "\n" for event in events))
    return folder


def diverged_run(folder: Path) -> Path:
    """A run that found a crash, a divergence and a flaky one."""
    divergences = [wrong_channel(), wrong_width(), panicked()]
    return write(folder, stream(divergences, "diverged"), divergences)


def clean_run(folder: Path) -> Path:
    """A run in which both sides agreed."""
    return write(folder, stream([], "parity"), [])
