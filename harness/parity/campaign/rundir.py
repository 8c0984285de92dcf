"""The folder of one run, and what lies where in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path


@dataclass(frozen=True)
class RunDir:
    """A run's folder: `events.jsonl`, `divergences/`, `pairs-LAYER.json`, the report, and `work/`, which holds what
    only a killed run leaves."""

    path: Path

    @classmethod
    def create(cls, reports: Path, seed: int, now: datetime | None = None) -> RunDir:
        """Makes a new folder under `reports`, named by UTC time and seed. Raises OSError."""
        stamp = (now or datetime.now(timezone.utc)).strftime("%Y%m%d-%H%M%S")
        reports.mkdir(parents=True, exist_ok=True)
        name = f"{stamp}-seed{seed}"
        for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
            path = reports / f"{name}{suffix}"
            try:
                path.mkdir()
            except FileExistsError:
                continue
            run = cls(path)
            for folder in (run.divergences, run.claims, run.logs):
                folder.mkdir(parents=True)
            return run
        raise FileExistsError(f"{reports / name} and 998 others like it exist already")

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def events(self) -> Path:
        """The event stream."""
        return self.path / "events.jsonl"

    @property
    def divergences(self) -> Path:
        """One file per divergence."""
        return self.path / "divergences"

    @property
    def oracle_failures(self) -> Path:
        """Cases that the oracle gave no observation for."""
        return self.path / "oracle-failures"

    def pairs(self, layer: str) -> Path:
        """The pairs of features that the run executed in a layer's cases."""
        return self.path / f"pairs-{layer}.json"

    @property
    def work(self) -> Path:
        """What only matters while the run lives, or after it was killed."""
        return self.path / "work"

    @property
    def claims(self) -> Path:
        """One empty file per fingerprint that some worker shrinks."""
        return self.work / "claims"

    @property
    def logs(self) -> Path:
        """What the workers wrote on standard error."""
        return self.work / "logs"

    def in_flight(self, worker: int) -> Path:
        """The case that a worker is running."""
        return self.work / "in-flight" / f"worker-{worker}.json"

    def log(self, worker: int) -> Path:
        """What a worker wrote on standard error."""
        return self.logs / f"worker-{worker}.log"

    def claim(self, fingerprint_id: str) -> bool:
        """True for the first worker that asks for this fingerprint."""
        try:
            (self.claims / fingerprint_id).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def drop_work(self) -> None:
        """Removes what a run that came to its end does not need."""
        shutil.rmtree(self.work, ignore_errors=True)
