"""Cases run on a subject, in processes of its own, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from parity.cases.model import Case
from parity.observe.model import Outcome
from parity.subjects.process import SubjectProcess
from parity.subjects.registry import spec_for

__all__ = ["HASH_SEEDS", "Recorder", "run_all"]

HASH_SEEDS = (0, 1)
"""PYTHONHASHSEED of the recording, and of the one that shows what upstream leaves to it."""

VERIFY_SEED = 2
"""PYTHONHASHSEED of the run that proves a corpus as it was written."""

TIMEOUT = 60.0
"""Seconds for one case; corpora hold long values."""

Recorder = Callable[[Sequence[Case], int], list[Outcome]]
"""Runs cases under a hash seed; the outcomes are in their order."""


@dataclass(frozen=True)
class Subject:
    """A recorder of a subject known by name, with that many processes."""

    name: str
    processes: int = 1

    def __call__(self, cases: Sequence[Case], hash_seed: int) -> list[Outcome]:
        """Runs the cases. Raises SubjectStartError if the subject cannot be started at all."""
        return run_all(self.name, cases, hash_seed, self.processes)


def run_all(subject: str, cases: Sequence[Case], hash_seed: int, processes: int = 1) -> list[Outcome]:
    """The outcome of every case on a subject, in order, spread over processes. Raises SubjectStartError."""
    outcomes: dict[int, Outcome] = {}

    def share(first: int) -> None:
        with SubjectProcess(spec_for(subject), timeout=TIMEOUT, hash_seed=hash_seed) as process:
            for index in range(first, len(cases), processes):
                outcomes[index] = Outcome.from_reply(process.run(cases[index]))

    with ThreadPoolExecutor(processes) as pool:
        for done in [pool.submit(share, first) for first in range(min(processes, len(cases)))]:
            done.result()
    return [outcomes[index] for index in range(len(cases))]
