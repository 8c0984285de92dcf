"""The numbers of a layer, as one worker counts them and as several are added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from parity.campaign.events import LayerFinished

_NUMBERS = (
    "cases",
    "agreed",
    "diverged",
    "unsupported",
    "oracle_failed",
    "duplicates",
    "rejected",
    "supersteps",
    "seconds_oracle",
    "seconds_subject",
)
_COUNTERS = (
    *("verdicts", "fingerprints", "normalisations", "features", "unsupported_reasons", "work"),
    *("waived", "flaky", "passing"),
)


@dataclass
class Tally:
    """Counts of one layer (see LayerFinished, which publishes them)."""

    cases: int = 0
    agreed: int = 0
    diverged: int = 0
    unsupported: int = 0
    oracle_failed: int = 0
    duplicates: int = 0
    rejected: int = 0
    supersteps: int = 0
    seconds_oracle: float = 0.0
    seconds_subject: float = 0.0
    stopped: str | None = None
    verdicts: Counter[str] = field(default_factory=Counter)
    fingerprints: Counter[str] = field(default_factory=Counter)
    normalisations: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)
    unsupported_reasons: Counter[str] = field(default_factory=Counter)
    work: Counter[str] = field(default_factory=Counter)
    waived: Counter[str] = field(default_factory=Counter)
    flaky: Counter[str] = field(default_factory=Counter)
    passing: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Adds another worker's counts; the first reason for stopping is kept."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.stopped = self.stopped or other.stopped

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON, as a worker sends them."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            **{name: dict(getattr(self, name)) for name in _COUNTERS},
            "stopped": self.stopped,
        }

    @classmethod
    def from_json(cls, obj: dict[str, Any]) -> Tally:
        """The counts a worker sent."""
        values: dict[str, Any] = {key: Counter(value) if key in _COUNTERS else value for key, value in obj.items()}
        return cls(**values)

    def finished(
        self, phase: str, layer: str, planned: int | None, seconds: float, pairs: tuple[int, int] = (0, 0)
    ) -> LayerFinished:
        """The event that publishes these counts; `pairs` were executed and are possible."""
        counts = _sorted(self.to_json())
        executed, possible = pairs
        return LayerFinished(
            phase, layer, planned, seconds=seconds, **counts, pairs_executed=executed, pairs_possible=possible
        )


def _sorted(obj: dict[str, Any]) -> dict[str, Any]:
    return {key: dict(sorted(value.items())) if isinstance(value, dict) else value for key, value in obj.items()}
