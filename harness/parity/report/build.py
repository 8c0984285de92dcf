"""From a run's folder (`events.jsonl`, `divergences/*.json`) to `report.json` and `report.html`."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity.cases.schema import CaseError, Json, validate, validate_part
from parity.compare import Difference
from parity.compare.components import component
from parity.compare.rules import RULES
from parity.generate.pairs import PairTable
from parity.report.console import markdown
from parity.report.model import (
    AaResult,
    CorpusResult,
    Drift,
    Fingerprint,
    Floor,
    Layer,
    Normalisation,
    Provenance,
    Report,
    Run,
    WaiverResult,
    severity,
)
from parity.report.page import render_page
from parity.report.releases import named_sides
from parity.triage.divergence import GATES, Divergence
from parity.triage.files import read_json, write_atomic

__all__ = ["MAX_EVENTS_BYTES", "assemble", "build", "load", "render"]

EVENTS_SCHEMA = "parity/events/1"
"""The version of the event stream this reads."""

MAX_EVENTS_BYTES = 256 * 1024 * 1024
"""An event stream larger than this is refused unread."""

MAX_DIVERGENCE_BYTES = 4 * 1024 * 1024
"""A saved divergence larger than this does not go into the report."""

MAX_EMBEDDED_BYTES = 24 * 1024 * 1024
"""When the divergences in a report add up to this much, the rest keep their rows, without the case."""

_VERDICTS = {
    "parity": "parity",
    "diverged": "divergence",
    "flaky": "flaky",
    "vacuous": "vacuity",
    "waivers": "waivers",
    "aa_failed": "error",
    "interrupted": "incomplete",
    "error": "error",
}


def build(run_dir: Path) -> Path:
    """Writes `report.json`, `report.html` and `summary.md` of a run, each atomically, and returns the page's path.

    Raises CaseError for a run that is missing, malformed, of another version or too large, and OSError if the files
    cannot be written.
    """
    report = assemble(run_dir)
    obj = report.to_json()
    # What is written must be readable: an event stream may hold numbers or texts that no report can have.
    validate(obj, "report")
    text = json.dumps(obj, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
    page, summary = render_page(report), markdown(report)
    write_atomic(run_dir / "report.json", text.encode("ascii"))
    write_atomic(run_dir / "summary.md", summary.encode("utf-8"))
    return _write_page(run_dir, page)


def render(run_dir: Path) -> Path:
    """Writes `report.html` again from the run's `report.json` alone, and returns its path. Raises as `build` does."""
    return _write_page(run_dir, render_page(load(run_dir / "report.json")))


def load(path: Path) -> Report:
    """Reads a `report.json`. Raises CaseError, one line, for anything else."""
    obj = read_json(path)
    try:
        return Report.from_json(obj)
    except CaseError as error:
        raise CaseError(error.where, f"{error.what} (in {path})") from error


def _write_page(run_dir: Path, page: str) -> Path:
    path = run_dir / "report.html"
    write_atomic(path, page.encode("utf-8"))
    return path


def assemble(run_dir: Path) -> Report:
    """The report of what a run's folder holds now. Raises CaseError as `build` does."""
    stream = _Stream(list(_events(run_dir / "events.jsonl")))
    started, finished = stream.started, stream.finished
    layers = stream.layers()
    fingerprints = _fingerprints(run_dir, stream, int(started["seed"]))
    drift = _drift(started["provenance"].get("drift"), fingerprints)
    if drift is not None:
        fingerprints = tuple(replace(item, summary=named_sides(item.summary, drift)) for item in fingerprints)
    complete = finished is not None
    reasons = [
        f"{event['detail']} (worker {event['worker']}, see {event['log']})" for event in stream.of("worker_failed")
    ]
    reasons += [
        f"The oracle gave no observation ({e['status']}): {e['detail']}" for e in stream.of("oracle_failed")[:5]
    ]
    verdict = "incomplete"
    if finished is not None:
        verdict = _VERDICTS[finished["outcome"]]
        if verdict in ("error", "incomplete") and finished["message"]:
            reasons.insert(0, str(finished["message"]))
    return Report(
        complete=complete,
        verdict=verdict,
        reasons=tuple(_line(reason) for reason in reasons),
        run=Run(
            id=started["run_id"],
            seed=started["seed"],
            command=started["command"],
            started=started["at"],
            seconds=finished["seconds"] if finished else sum(layer.seconds for layer in layers),
            seconds_oracle=sum(event["seconds_oracle"] for event in stream.of("layer_finished")),
            seconds_subject=sum(event["seconds_subject"] for event in stream.of("layer_finished")),
            workers=started["workers"],
            profile=started["profile"],
            floors_checked=finished["floors_checked"] if finished else 0,
        ),
        provenance=_provenance(stream),
        aa=_aa(layers),
        corpus=_corpus(layers, started["provenance"]),
        layers=layers,
        floors_missed=tuple(
            Floor(e["phase"], e["layer"], e["floor"], e["required"], e["got"]) for e in stream.of("floor_missed")
        ),
        fingerprints=fingerprints,
        waivers=tuple(
            WaiverResult(**{key: value for key, value in e.items() if key != "event"})
            for e in stream.of("waiver_judged")
        ),
        drift=drift,
        pairs=_pairs(run_dir),
    )


def _pairs(run_dir: Path) -> tuple[PairTable, ...]:
    """The tables of pairs that the run has left. Raises CaseError for one that is malformed."""
    tables: list[PairTable] = []
    for path in sorted(run_dir.glob("pairs-*.json")):
        try:
            tables.append(PairTable.from_json(read_json(path)))
        except CaseError as error:
            raise CaseError(error.where, f"{error.what} (in {path})") from error
    return tuple(tables)


def _drift(known: Json, fingerprints: tuple[Fingerprint, ...]) -> Drift | None:
    """What a run says of the two releases it compares, with its changes by component; None for any other run."""
    if known is None:
        return None
    validate_part(known, "report", "drift")
    components: dict[str, tuple[str, ...]] = {}
    for found in fingerprints:
        if found.flaky or found.phase in GATES:
            continue
        saved = None if found.divergence is None else Difference.from_json(found.divergence["difference"])
        name = component(saved) if saved is not None else found.layer
        components[name] = (*components.get(name, ()), found.id)
    return replace(Drift.from_json(known), components=dict(sorted(components.items())))


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 1000 else flat[:999] + "…"


def _events(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of an event stream; a last line that was being written when the run was killed is left out."""
    try:
        if not path.is_file():
            raise CaseError("/", f"cannot read {path}: {'not a file' if path.exists() else 'no such file'}")
        size = path.stat().st_size
        if size > MAX_EVENTS_BYTES:
            raise CaseError("/", f"{path} has {size} bytes; more than {MAX_EVENTS_BYTES} are refused")
        data = path.read_bytes()
    except OSError as error:
        raise CaseError("/", f"cannot read {path}: {error.strerror or error}") from error
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            obj: Json = json.loads(line.decode("utf-8"), parse_int=_integer, parse_float=_real, parse_constant=_real)
            validate(obj, "events")
        except CaseError as error:
            raise CaseError(error.where, f"{error.what} (in {path}, line {number})") from error
        except (ValueError, RecursionError) as error:
            raise CaseError("/", f"{path}, line {number} is not JSON: {_line(str(error))}") from error
        yield obj


def _integer(text: str) -> int:
    # No count or seed comes near this; a larger one could not be added to a float, or be printed at all.
    if len(text) > 300:
        raise ValueError("a number is too large")
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a number of JSON")
    return number


class _Stream:
    """The events of a run, by name. Raises CaseError unless they begin as a run of this version does."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        if not events or events[0]["event"] != "run_started":
            raise CaseError("/", "the event stream does not begin with run_started")
        self._events = events
        self.started = events[0]
        if self.started["schema"] != EVENTS_SCHEMA:
            raise CaseError("/schema", f"expected {EVENTS_SCHEMA!r}, got {self.started['schema']!r}")
        last = events[-1]
        self.finished = last if last["event"] == "run_finished" else None
        if self.finished is not None and self.finished["events"] != len(events) - 1:
            raise CaseError(
                "/events", f"the footer counts {self.finished['events']} events, there are {len(events) - 1}"
            )

    def of(self, *names: str) -> list[dict[str, Any]]:
        """The events of these names, in order."""
        return [event for event in self._events if event["event"] in names]

    def layers(self) -> tuple[Layer, ...]:
        """Every layer that began: as it finished, or as far as its last progress event says it got."""
        reached: dict[tuple[str, str], Layer] = {}
        for event in self.of("layer_started", "progress", "layer_finished"):
            reached[event["phase"], event["layer"]] = _layer(event)
        return tuple(reached.values())


def _layer(event: dict[str, Any]) -> Layer:
    seconds = float(event.get("seconds", 0.0))
    cases = event["cases"] if event["event"] != "layer_started" else 0
    reasons = {rule.name: rule.reason for rule in RULES}
    return Layer(
        phase=event["phase"],
        name=event["layer"],
        complete=event["event"] == "layer_finished",
        cases=cases,
        agreed=event.get("agreed", 0),
        diverged=event.get("diverged", 0),
        unsupported=event.get("unsupported", 0),
        oracle_failed=event.get("oracle_failed", 0),
        duplicates=event.get("duplicates", 0),
        rejected=event.get("rejected", 0),
        seconds=seconds,
        rate=cases / seconds if seconds > 0 else 0.0,
        supersteps=event.get("supersteps", 0),
        stopped=event.get("stopped"),
        verdicts=event.get("verdicts", {}),
        features=event.get("features", {}),
        unsupported_reasons=event.get("unsupported_reasons", {}),
        normalisations=tuple(
            Normalisation(name, reasons.get(name, "a rule of another version"), number)
            for name, number in sorted(event.get("normalisations", {}).items())
        ),
        waived=sum(event.get("waived", {}).values()),
        flaky=sum(event.get("flaky", {}).values()),
        fingerprints=event.get("fingerprints", {}),
        flaky_fingerprints=event.get("flaky", {}),
        waivers=event.get("waived", {}),
    )


def _provenance(stream: _Stream) -> Provenance:
    started = stream.started
    given = started["provenance"]
    ready = {event["role"]: event for event in stream.of("subject_ready")}

    def side(role: str) -> tuple[str, dict[str, str]]:
        event = ready.get(role)
        return (event["subject"], event["versions"]) if event else (started[role], {})

    oracle, oracle_versions = side("oracle")
    subject, subject_versions = side("subject")
    return Provenance(
        oracle=oracle,
        oracle_versions=oracle_versions,
        subject=subject,
        subject_versions=subject_versions,
        python=str(given.get("python", "")),
        platform=str(given.get("platform", "")),
        commit=str(given.get("commit") or ""),
    )


def _aa(layers: tuple[Layer, ...]) -> AaResult | None:
    own = [layer for layer in layers if layer.phase in GATES]
    if not own:
        return None
    detail = ", ".join(f"{layer.name}: {layer.diverged} of {layer.cases}" for layer in own)
    return AaResult(sum(layer.cases for layer in own), sum(layer.diverged for layer in own), detail)


def _corpus(layers: tuple[Layer, ...], provenance: dict[str, Any]) -> CorpusResult | None:
    own = [layer for layer in layers if layer.phase == "corpus"]
    if not own:
        return None
    name = str(provenance.get("corpus_hash") or "")
    return CorpusResult(name, sum(layer.cases for layer in own), sum(layer.diverged for layer in own))


def _fingerprints(run_dir: Path, stream: _Stream, seed: int) -> tuple[Fingerprint, ...]:
    """One for each fingerprint that was found, in the order found; those of the oracle with itself are kept apart.

    Where a fingerprint was found more than once, in several phases, the smallest shrunk case stands for it.
    """
    chosen: dict[tuple[bool, bool, str], dict[str, Any]] = {}
    for event in stream.of("divergence_found", "divergence_shrunk"):
        key = (event["phase"] in GATES, event["flaky"], event["fingerprint_id"])
        if event["flaky"]:
            # It was found as a divergence before it was seen to be none.
            steady = (key[0], False, key[2])
            if chosen.get(steady, {}).get("id") == event["id"]:
                del chosen[steady]
        if key not in chosen or chosen[key]["id"] == event["id"] or _better(event, chosen[key]):
            chosen[key] = event
    counts: Counter[tuple[bool, bool, str]] = Counter()
    for layer in stream.of("layer_finished"):
        for flaky_only, member in ((False, "fingerprints"), (True, "flaky")):
            for name, number in layer[member].items():
                counts[layer["phase"] in GATES, flaky_only, name] += number
    out: list[Fingerprint] = []
    room = MAX_EMBEDDED_BYTES
    for key, event in chosen.items():
        size = _size(run_dir, event["path"])
        omitted = _why_omitted(size, room)
        room -= 0 if omitted else size
        saved = None if omitted else Divergence.load(run_dir / event["path"])
        at_fault, _, aspect = event["fingerprint"].partition("/")
        flaky = bool(event.get("flaky", False)) or (saved is not None and saved.flaky)
        out.append(
            Fingerprint(
                id=event["id"],
                phase=event["phase"],
                fingerprint=event["fingerprint"],
                layer=at_fault,
                aspect=aspect,
                count=max(counts[key], 1),
                first_seed=saved.seed if saved else seed,
                severity=severity(at_fault, flaky),
                summary=_line(saved.difference.summary if saved else event["summary"]),
                shrunk=event["event"] == "divergence_shrunk" or (saved is not None and saved.shrunk),
                flaky=flaky,
                replay=saved.replay_command if saved else f"parity replay {event['id']}",
                divergence=saved.to_json() if saved else None,
                omitted=omitted,
            )
        )
    return tuple(out)


def _better(event: dict[str, Any], chosen: dict[str, Any]) -> bool:
    ended, other = (item["event"] == "divergence_shrunk" for item in (event, chosen))
    return bool(ended and (not other or event["case_bytes"] < chosen["case_bytes"]))


def _size(run_dir: Path, relative: str) -> int:
    """Bytes of a saved divergence, 0 if it is not there. Raises CaseError for a path that leads out of the run."""
    path = run_dir / relative
    try:
        if not path.resolve().is_relative_to(run_dir.resolve()):
            raise CaseError("/path", f"a divergence lies outside the run: {relative!r:.200}")
        return path.stat().st_size if path.is_file() else 0
    except CaseError:
        raise
    except (ValueError, OSError) as error:
        raise CaseError("/path", f"not the path of a divergence: {relative!r:.200}") from error


def _why_omitted(size: int, room: int) -> str:
    if not size:
        return "The run ended before this divergence was saved."
    if size > MAX_DIVERGENCE_BYTES:
        return f"The saved divergence has {size:,} bytes, too many to be shown here."
    return "There was no more room for the saved divergence here." if size > room else ""
