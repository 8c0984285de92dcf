"""Whether a corpus still says what its oracle, or another subject, does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from parity.cases.model import Case
from parity.compare import compare
from parity.corpus.model import Corpus
from parity.corpus.record import Recorder
from parity.corpus.sources import grouped
from parity.observe.model import Outcome

__all__ = ["Deviation", "drift", "replay"]


@dataclass(frozen=True)
class Deviation:
    """An entry that does not hold: the file, the entry, and what is wrong, in one line."""

    path: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.name}: {self.what}"


def drift(corpus: Corpus, named: Iterable[tuple[str, Case]]) -> list[Deviation]:
    """Where the recorded cases are no longer those that the sources make."""
    wanted = {path: dict(group) for path, group in grouped(named).items()}
    recorded = {file.path: {entry.name: entry.case for entry in file.entries} for file in corpus.files}
    found: list[Deviation] = []
    for path in sorted(wanted.keys() | recorded.keys()):
        new, old = wanted.get(path, {}), recorded.get(path, {})
        found += [Deviation(path, name, "is designed but not recorded") for name in new if name not in old]
        found += [Deviation(path, name, "is recorded but no longer designed") for name in old if name not in new]
        changed = (name for name, case in new.items() if name in old and old[name].case_id != case.case_id)
        found += [Deviation(path, name, "was recorded with another case") for name in changed]
    return found


def replay(corpus: Corpus, run: Recorder, hash_seed: int) -> tuple[list[Deviation], list[Deviation]]:
    """Runs every entry and compares: the entries that differ, and those that the subject does not support."""
    recorded = list(corpus.entries())
    different: list[Deviation] = []
    unsupported: list[Deviation] = []
    for (file, entry), outcome in zip(recorded, run([entry.case for _, entry in recorded], hash_seed), strict=True):
        if outcome.status == "unsupported":
            unsupported.append(Deviation(file.path, entry.name, outcome.detail))
            continue
        difference = compare(entry.case, Outcome("observed", entry.events), outcome).difference
        if difference is not None:
            what = f"PYTHONHASHSEED={hash_seed}: {difference.fingerprint}: {difference.summary}"
            different.append(Deviation(file.path, entry.name, what))
    return different, unsupported
