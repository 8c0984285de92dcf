"""A corpus: named cases with what the oracle did, in a few files, under one hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from parity.cases.model import Case, Json, canonical

__all__ = ["CORPUS_SCHEMA", "MANIFEST_SCHEMA", "Corpus", "CorpusFile", "Entry"]

CORPUS_SCHEMA = "parity/corpus/1"
MANIFEST_SCHEMA = "parity/manifest/1"


@dataclass(frozen=True)
class Entry:
    """A named case and the events that the oracle was observed to make of it.

    `normalised` says which comparison rules were needed between recordings under two hash seeds, and how often: what
    of these events upstream leaves to chance.
    """

    name: str
    case: Case
    events: tuple[dict[str, Any], ...]
    normalised: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The entry as its file holds it."""
        return {
            "name": self.name,
            "case": self.case.to_json(),
            "normalised": self.normalised,
            "events": list(self.events),
        }


@dataclass(frozen=True)
class CorpusFile:
    """One file of a corpus: its path below the fixtures folder, the kind of its cases, and where it was recorded."""

    path: str
    kind: str
    entries: tuple[Entry, ...]
    provenance: dict[str, Any] = field(compare=False)

    @property
    def sha256(self) -> str:
        """The hash of the content: of everything but the provenance, independent of layout."""
        content = {"schema": CORPUS_SCHEMA, "kind": self.kind, "entries": [entry.to_json() for entry in self.entries]}
        return hashlib.sha256(canonical(content).encode()).hexdigest()


@dataclass(frozen=True)
class Corpus:
    """The files of a corpus, sorted by path, recorded from one oracle."""

    oracle: str
    files: tuple[CorpusFile, ...]

    @property
    def sha256(self) -> str:
        """The one hash of the corpus: of the oracle's name and every file's path and content hash."""
        listing = {"oracle": self.oracle, "files": [[file.path, file.sha256] for file in self.files]}
        return hashlib.sha256(canonical(listing).encode()).hexdigest()

    def entries(self) -> Iterator[tuple[CorpusFile, Entry]]:
        """Every entry with its file, in order."""
        for file in self.files:
            for entry in file.entries:
                yield file, entry

    def manifest(self) -> dict[str, Json]:
        """The manifest that names the files and the hash."""
        files = [
            {"path": file.path, "kind": file.kind, "entries": len(file.entries), "sha256": file.sha256}
            for file in self.files
        ]
        return {"schema": MANIFEST_SCHEMA, "oracle": self.oracle, "sha256": self.sha256, "files": files}
