"""`report.json`: everything a run found, as data; the HTML page and the console summary are made from it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from parity.cases.schema import CaseError, Json, validate
from parity.generate.pairs import PairTable
from parity.triage.divergence import GATES

__all__ = [
    "REPORT_SCHEMA",
    "VERDICTS",
    "AaResult",
    "CorpusResult",
    "Drift",
    "Fingerprint",
    "Floor",
    "Layer",
    "Normalisation",
    "Provenance",
    "Report",
    "Run",
    "WaiverResult",
    "severity",
]

REPORT_SCHEMA = "parity/report/1"
"""The version that a report file names; another one is an error, never a guess."""

VERDICTS = ("parity", "divergence", "flaky", "vacuity", "waivers", "incomplete", "error")
"""parity: oracle and subject agreed; divergence: they did not; flaky: they did not, and then they did; vacuity: too
little ran to claim anything; waivers: one of them is expired, stale or passing; incomplete: the run did not come to its
end; error: the harness or its environment failed."""

_SEVERITIES = ("crash", "divergence", "flaky")


def severity(layer: str, flaky: bool) -> str:
    """`flaky` if it did not happen again, `crash` if the subject itself failed (layer `subject`), else `divergence`."""
    if flaky:
        return "flaky"
    return "crash" if layer == "subject" else "divergence"


@dataclass(frozen=True)
class Run:
    """One run: what was asked (`command`), when it began (`started`, ISO 8601, UTC), and how long it took, in seconds.

    `seconds_oracle` and `seconds_subject` are the time inside each side's workers, summed over workers.
    """

    id: str
    seed: int
    command: str
    started: str
    seconds: float
    seconds_oracle: float
    seconds_subject: float
    workers: int
    profile: str
    floors_checked: int


@dataclass(frozen=True)
class Provenance:
    """What ran: the versions that both sides named, and where."""

    oracle: str
    oracle_versions: dict[str, str]
    subject: str
    subject_versions: dict[str, str]
    python: str
    platform: str
    commit: str


@dataclass(frozen=True)
class AaResult:
    """The oracle against itself under two hash seeds."""

    cases: int
    differences: int
    detail: str


@dataclass(frozen=True)
class CorpusResult:
    """The recorded corpus: its hash, how many entries were run, how many differed."""

    hash: str
    entries: int
    differences: int


@dataclass(frozen=True)
class Floor:
    """A vacuity floor that was missed: the minimum below which agreement proves nothing, and what was measured."""

    phase: str
    layer: str
    name: str
    required: float
    measured: float


@dataclass(frozen=True)
class Normalisation:
    """A rule that made two observations comparable, why it is right, and how often it was applied."""

    rule: str
    reason: str
    count: int


@dataclass(frozen=True)
class Layer:
    """What ran of one layer in one phase (`aa`, `regressions`, `corpus`, `campaign`).

    `waived` and `flaky` are cases that neither agreed nor diverged; `fingerprints` and `flaky_fingerprints` count by
    fingerprint id, `waivers` by waiver. `verdicts` counts the subject's replies by status; `rate` is cases per second
    of wall time; `supersteps` counts those the oracle committed; `complete` is False if the layer had not come to its
    end; `stopped` says why it ended early.
    """

    phase: str
    name: str
    complete: bool
    cases: int
    agreed: int
    diverged: int
    unsupported: int
    oracle_failed: int
    duplicates: int
    rejected: int
    seconds: float
    rate: float
    supersteps: int
    stopped: str | None
    verdicts: dict[str, int]
    features: dict[str, int]
    unsupported_reasons: dict[str, int]
    normalisations: tuple[Normalisation, ...]
    waived: int = 0
    flaky: int = 0
    fingerprints: dict[str, int] = field(default_factory=dict)
    flaky_fingerprints: dict[str, int] = field(default_factory=dict)
    waivers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WaiverResult:
    """A waiver and what became of it in this run (`events.WaiverJudged` says what the states mean)."""

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

    @property
    def failing(self) -> bool:
        """Whether it fails the run."""
        return self.state in ("expired", "passing", "stale")


@dataclass(frozen=True)
class Fingerprint:
    """One cause of divergence: all cases that part in the same way, with the smallest one found.

    `id` names the saved divergence (`parity replay ID`), `fingerprint` the layer and aspect at fault, `first_seed` the
    seed of the run that found it first. `divergence` is the saved divergence (`divergence.schema.json`), or None, and
    then `omitted` says why.
    """

    id: str
    phase: str
    fingerprint: str
    layer: str
    aspect: str
    count: int
    first_seed: int
    severity: str
    summary: str
    shrunk: bool
    flaky: bool
    replay: str
    divergence: dict[str, Any] | None
    omitted: str


@dataclass(frozen=True)
class Drift:
    """Two releases of upstream that were compared: what they are, and what is known without running a case.

    `distributions` differ between the sides: name, older and newer version (None: not there). By side (`old`, `new`):
    `lacks` are public names that only the other has, `absent` those that cases needing them were left out for.
    `defaults` changed: parameter, older and newer. `notes` says what could not be kept equal. `components` has the ids
    of the changes by the part of LangGraph that they lie in.
    """

    old: str
    new: str
    distributions: tuple[tuple[str, str | None, str | None], ...]
    lacks: dict[str, tuple[str, ...]]
    absent: dict[str, tuple[str, ...]]
    defaults: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    components: dict[str, tuple[str, ...]]

    @classmethod
    def from_json(cls, obj: Mapping[str, Any]) -> Drift:
        """Reads what a schema has checked."""
        return cls(
            old=obj["old"],
            new=obj["new"],
            distributions=tuple((name, old, new) for name, old, new in obj["distributions"]),
            lacks={side: tuple(names) for side, names in obj["lacks"].items()},
            absent={side: tuple(names) for side, names in obj["absent"].items()},
            defaults=tuple((name, old, new) for name, old, new in obj["defaults"]),
            notes=tuple(obj["notes"]),
            components={name: tuple(ids) for name, ids in obj.get("components", {}).items()},
        )


@dataclass(frozen=True)
class Report:
    """A whole run. `complete` is False if its event stream has no footer: then what is here is only a part."""

    complete: bool
    verdict: str
    reasons: tuple[str, ...]
    run: Run
    provenance: Provenance
    aa: AaResult | None
    corpus: CorpusResult | None
    layers: tuple[Layer, ...]
    floors_missed: tuple[Floor, ...]
    fingerprints: tuple[Fingerprint, ...]
    waivers: tuple[WaiverResult, ...] = ()
    drift: Drift | None = None
    pairs: tuple[PairTable, ...] = ()

    @property
    def waived(self) -> int:
        """How many cases a waiver let pass: they are not counted as passed."""
        return sum(layer.waived for layer in self.layers if layer.phase not in GATES)

    @property
    def cases(self) -> int:
        """How many cases the oracle and the subject both ran (the oracle against itself not counted)."""
        return sum(layer.cases for layer in self.layers if layer.phase not in GATES)

    @property
    def unsupported(self) -> int:
        """How many of these the subject did not claim to support."""
        return sum(layer.unsupported for layer in self.layers if layer.phase not in GATES)

    def ordered(self) -> tuple[Fingerprint, ...]:
        """The causes, worst first: crashes, divergences, flaky ones; in each, the most frequent first."""
        return tuple(sorted(self.fingerprints, key=lambda f: (_SEVERITIES.index(f.severity), -f.count, f.id)))

    def to_json(self) -> dict[str, Any]:
        """The object written to `report.json`."""
        obj = _plain(asdict(replace(self, pairs=())))
        return {"schema": REPORT_SCHEMA, **obj, "pairs": [table.to_json() for table in self.pairs]}

    @classmethod
    def from_json(cls, obj: Json) -> Report:
        """Validates and reads a report. Raises CaseError: where it is wrong, and what was expected there."""
        if not isinstance(obj, dict):
            raise CaseError("/", f"expected a report object, got {type(obj).__name__}")
        if obj.get("schema") != REPORT_SCHEMA:
            raise CaseError("/schema", f"expected {REPORT_SCHEMA!r}, got {obj.get('schema')!r}")
        validate(obj, "report")
        return cls(
            complete=obj["complete"],
            verdict=obj["verdict"],
            reasons=tuple(obj["reasons"]),
            run=Run(**obj["run"]),
            provenance=Provenance(**obj["provenance"]),
            aa=None if obj["aa"] is None else AaResult(**obj["aa"]),
            corpus=None if obj["corpus"] is None else CorpusResult(**obj["corpus"]),
            layers=tuple(_layer(layer) for layer in obj["layers"]),
            floors_missed=tuple(Floor(**item) for item in obj["floors_missed"]),
            fingerprints=tuple(Fingerprint(**item) for item in obj["fingerprints"]),
            waivers=tuple(WaiverResult(**item) for item in obj.get("waivers", [])),
            drift=None if obj.get("drift") is None else Drift.from_json(obj["drift"]),
            pairs=tuple(PairTable.from_json(item) for item in obj.get("pairs", [])),
        )


def _layer(obj: Mapping[str, Any]) -> Layer:
    rules = tuple(Normalisation(**item) for item in obj["normalisations"])
    return Layer(**{**obj, "normalisations": rules})


def _plain(value: Any) -> Any:
    """Tuples as lists, so that what is written equals what is read back."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
