"""Cases that are on disk: divergences kept as regressions, and the recorded corpora."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from parity.cases.model import Case, CaseError
from parity.corpus.files import MANIFEST, load
from parity.corpus.model import Entry
from parity.triage.files import read_json
from parity.triage.saved import open_saved

REGRESSIONS = "regressions"
CORPUS = "corpus"
LONGEST_RECORDED = 4096
"""Bytes of the longest recorded input that is damaged again: longer ones cost time and show no more."""

STORED = (REGRESSIONS, CORPUS)
"""The layers of stored cases, in the order a run takes them."""


def stored_cases(layer: str, fixtures: Path) -> Iterator[Case]:
    """The cases of a stored layer, in a fixed order. Raises CaseError for a file that is not what it should be."""
    if layer == REGRESSIONS:
        for path in regression_files(fixtures):
            saved = open_saved(str(path), ())
            yield saved if isinstance(saved, Case) else saved.case
    elif layer == CORPUS:
        yield from _corpus(fixtures)
    else:
        raise ValueError(f"unknown stored layer {layer!r}")


def has_stored(layer: str, fixtures: Path) -> bool:
    """Whether there is anything to run in a stored layer."""
    if layer == CORPUS:
        return (fixtures / MANIFEST).exists()
    return next(stored_cases(layer, fixtures), None) is not None


def corpus_hash(fixtures: Path) -> str | None:
    """The sha256 that the corpora's manifest states, None where it states none; reading the cases verifies it."""
    try:
        stated = read_json(fixtures / MANIFEST)
    except CaseError:
        return None
    return str(stated["sha256"]) if isinstance(stated, dict) and "sha256" in stated else None


def recorded_bytes(fixtures: Path) -> list[bytes]:
    """The msgpack in the recorded corpora that random bytes are made of: what upstream wrote, and the bytes cases."""
    return list(Recorded.read(fixtures).data)


def _msgpack(entries: Iterable[Entry]) -> list[bytes]:
    found: set[str] = set()
    for entry in entries:
        if entry.case.kind == "bytes":
            found.add(entry.case.body["hex"])
        found.update(event["hex"] for event in entry.events if event.get("tag") == "msgpack")
    return [bytes.fromhex(digits) for digits in sorted(found) if len(digits) <= 2 * LONGEST_RECORDED]


@dataclass(frozen=True)
class Recorded:
    """What a worker needs of the recorded corpora, read once: every case, and the bytes of `recorded_bytes`."""

    cases: tuple[Case, ...]
    data: tuple[bytes, ...]

    @classmethod
    def read(cls, fixtures: Path) -> Recorded:
        """Reads the corpora; nothing where nothing was ever recorded. Raises CaseError as `stored_cases` does."""
        if not (fixtures / MANIFEST).exists():
            return cls((), ())
        entries = [entry for _, entry in load(fixtures, schemas=False).entries()]
        return cls(tuple(entry.case for entry in entries), tuple(_msgpack(entries)))


def regression_files(fixtures: Path) -> list[Path]:
    """The kept divergences (or plain cases), sorted by name."""
    return sorted((fixtures / REGRESSIONS).glob("*.json"))


def _corpus(fixtures: Path) -> Iterator[Case]:
    """The recorded cases; none where nothing was ever recorded below that folder."""
    yield from Recorded.read(fixtures).cases
