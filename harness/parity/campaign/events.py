"""What happens in a run, as a typed stream: one JSON line per event in `events.jsonl`, and nothing else is reported.

The stream is the run's only record: the console, the journal and the report all read it. It begins with RunStarted
and, if the run came to its end, closes with RunFinished, whose `events` is the number of lines before it. A stream
without that footer is visibly partial.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from parity.cases.schema import CaseError, validate

SCHEMA = "parity/events/1"
"""The version of the stream's format; RunStarted carries it."""

PHASES = ("regressions", "aa", "aa_subject", "corpus", "campaign")
"""The steps of a run, in order: kept divergences; the oracle against itself; the subject against itself, where two
releases are compared; recorded corpora, random cases."""


@dataclass(frozen=True)
class RunStarted:
    """The first event. `provenance` says what ran: versions, commit, platform. `at` is UTC, ISO 8601."""

    name: ClassVar[str] = "run_started"
    run_id: str
    seed: int
    command: str
    oracle: str
    subject: str
    profile: str
    workers: int
    layers: tuple[str, ...]
    timeout: float
    shrink_seconds: float
    at: str
    provenance: dict[str, Any]
    schema: str = SCHEMA


@dataclass(frozen=True)
class SubjectReady:
    """A side has started and said what it is, and what it lacks. `role` is `oracle` or `subject`."""

    name: ClassVar[str] = "subject_ready"
    role: str
    subject: str
    kinds: tuple[str, ...]
    versions: dict[str, str]
    lacks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerStarted:
    """A layer of a phase begins. `cases` is the number planned, None where only time limits it."""

    name: ClassVar[str] = "layer_started"
    phase: str
    layer: str
    cases: int | None


@dataclass(frozen=True)
class Progress:
    """Where a layer stands, all workers together. `seconds` is wall time since the layer started."""

    name: ClassVar[str] = "progress"
    phase: str
    layer: str
    cases: int
    planned: int | None
    agreed: int
    diverged: int
    unsupported: int
    seconds: float


@dataclass(frozen=True)
class DivergenceFound:
    """The first case of a new fingerprint, as saved at `path` (relative to the run's directory).

    `flaky`: it was gone when the same case was run again on both sides.
    """

    name: ClassVar[str] = "divergence_found"
    phase: str
    layer: str
    id: str
    fingerprint: str
    fingerprint_id: str
    summary: str
    case_id: str
    case_bytes: int
    path: str
    worker: int
    flaky: bool = False


@dataclass(frozen=True)
class DivergenceShrunk:
    """Shrinking of a divergence has ended and the file at `path` now holds the smallest case seen.

    `flaky`: that case did not show it when it was run once more, nor did the one found. `cut`: the budget ended the
    search, so a smaller case may exist. `localised` is one line that says where in the Rust side it lies, if that was
    asked.
    """

    name: ClassVar[str] = "divergence_shrunk"
    phase: str
    layer: str
    id: str
    fingerprint: str
    fingerprint_id: str
    summary: str
    case_id: str
    case_bytes: int
    original_bytes: int
    probes: int
    seconds: float
    flaky: bool
    path: str
    worker: int
    localised: str = ""
    cut: bool = False


@dataclass(frozen=True)
class Unsupported:
    """A side does not claim a feature; told once per reason, counted in LayerFinished."""

    name: ClassVar[str] = "unsupported"
    phase: str
    layer: str
    role: str
    reason: str
    case_id: str


@dataclass(frozen=True)
class OracleFailed:
    """The oracle gave no observation: a fault of the harness, never a statement about the subject."""

    name: ClassVar[str] = "oracle_failed"
    phase: str
    layer: str
    status: str
    detail: str
    path: str


@dataclass(frozen=True)
class WorkerFailed:
    """A campaign worker died of an error of its own. `log` is relative to the run's directory."""

    name: ClassVar[str] = "worker_failed"
    worker: int
    detail: str
    log: str


@dataclass(frozen=True)
class LayerFinished:
    """What a layer did, all workers together.

    `cases` were run on both sides; of these `agreed` + `diverged` + `waived` + `flaky` + `unsupported` +
    `oracle_failed` = `cases`. `waived` counts, by waiver, cases that diverged as a waiver says; `flaky`, by fingerprint
    id, those that diverged and then did not; `passing`, by waiver, how often its kept regression no longer diverged.
    `duplicates` (a worker had run that case already) and `rejected` (generation gave up) were not run. `verdicts`
    counts the subject's answers by status. `seconds` is wall time; `seconds_oracle` and `seconds_subject` are sums
    over workers. `fingerprints` counts divergences by fingerprint id; `normalisations` by rule; `features` counts
    cases that use each feature (that executed it, where the generator can tell by the oracle's events); `supersteps`
    counts those the oracle committed. `stopped` says why the layer ended early, if it did. `work` is what the subject
    says that its own code did, by name. `pairs_executed` of `pairs_possible` pairs of features were executed in one
    case (both 0 where no case had pairs).
    """

    name: ClassVar[str] = "layer_finished"
    phase: str
    layer: str
    planned: int | None
    cases: int
    agreed: int
    diverged: int
    unsupported: int
    oracle_failed: int
    duplicates: int
    rejected: int
    verdicts: dict[str, int]
    fingerprints: dict[str, int]
    normalisations: dict[str, int]
    features: dict[str, int]
    unsupported_reasons: dict[str, int]
    supersteps: int
    seconds: float
    seconds_oracle: float
    seconds_subject: float
    stopped: str | None
    work: dict[str, int] = field(default_factory=dict)
    waived: dict[str, int] = field(default_factory=dict)
    flaky: dict[str, int] = field(default_factory=dict)
    passing: dict[str, int] = field(default_factory=dict)
    pairs_executed: int = 0
    pairs_possible: int = 0


@dataclass(frozen=True)
class FloorMissed:
    """A vacuity floor was not reached: too little was executed for agreement to mean anything."""

    name: ClassVar[str] = "floor_missed"
    phase: str
    layer: str
    floor: str
    required: float
    got: float


@dataclass(frozen=True)
class WaiverJudged:
    """What became of a waiver in this run. `cases` is how many it let pass; the texts are those of `waivers.toml`.

    `state` is `active` (it let cases pass), `unused` (nothing matched, and too little ran to say more), or what fails a
    run: `expired`, `passing` (its kept regression no longer shows it), `stale` (nothing matched at full size).
    """

    name: ClassVar[str] = "waiver_judged"
    key: str
    fingerprint: str
    reason: str
    owner: str
    issue: str
    expiry: str
    regression: str
    state: str
    cases: int
    detail: str


@dataclass(frozen=True)
class RunFinished:
    """The footer. `events` counts the lines before this one.

    `outcome` is `parity`, `diverged`, `flaky`, `vacuous`, `waivers` (one of them is expired, stale or passing),
    `aa_failed`, `interrupted` or `error`. `waived` and `flaky` count cases. `share` is the part of the workers' wall
    time spent waiting for oracle and subject.
    """

    name: ClassVar[str] = "run_finished"
    run_id: str
    seed: int
    exit_code: int
    outcome: str
    message: str
    cases: int
    diverged: int
    fingerprints: dict[str, str]
    floors_missed: int
    seconds: float
    share: float
    events: int
    at: str
    floors_checked: int
    waived: int = 0
    flaky: int = 0


Event = (
    RunStarted
    | SubjectReady
    | LayerStarted
    | Progress
    | DivergenceFound
    | DivergenceShrunk
    | Unsupported
    | OracleFailed
    | WorkerFailed
    | LayerFinished
    | FloorMissed
    | WaiverJudged
    | RunFinished
)

EVENT_TYPES: dict[str, type[Any]] = {
    kind.name: kind
    for kind in (
        RunStarted,
        SubjectReady,
        LayerStarted,
        Progress,
        DivergenceFound,
        DivergenceShrunk,
        Unsupported,
        OracleFailed,
        WorkerFailed,
        LayerFinished,
        FloorMissed,
        WaiverJudged,
        RunFinished,
    )
}
"""The events by their name in the stream."""


def to_json(event: Event) -> dict[str, Any]:
    """The event as a JSON object: its name under `event`, then its fields."""
    return {"event": event.name, **dataclasses.asdict(event)}


def from_json(obj: Any) -> Event:
    """Reads one event. Raises CaseError for anything that does not follow `events.schema.json`."""
    validate(obj, "events")
    values = {key: value for key, value in obj.items() if key != "event"}
    for key in ("layers", "kinds"):
        if key in values:
            values[key] = tuple(values[key])
    event: Event = EVENT_TYPES[obj["event"]](**values)
    return event


def read(path: Path) -> Iterator[Event]:
    """The events of a run's `events.jsonl`.

    A last line without its newline was being written when the run was killed and is left out. Raises CaseError for
    any other malformed line, naming its number, and for a file that cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaseError("/", f"cannot read {path}: {error.strerror or error}") from error
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            yield from_json(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise CaseError("/", f"{path}, line {number}: {error}") from error
