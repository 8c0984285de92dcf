"""What differs between two corpora, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from parity.cases.model import canonical
from parity.compare import Difference, compare
from parity.corpus.model import Corpus, CorpusFile, Entry
from parity.observe.model import Outcome

__all__ = ["Change", "diff"]


@dataclass(frozen=True)
class Change:
    """One entry that differs: `added`, `removed`, `case` (another input), `events` (another output), `normalised`.

    `difference` is the first one between the events, for a change of events that no rule explains away.
    """

    path: str
    name: str
    what: str
    difference: Difference | None = None

    def __str__(self) -> str:
        text = f"{self.path}: {self.name}: {_WORDS[self.what]}"
        return text if self.difference is None else f"{text}: {self.difference.summary}"


_WORDS = {
    "added": "added",
    "removed": "removed",
    "case": "another case under this name",
    "events": "other events",
    "normalised": "other normalisations needed",
}


def diff(old: Corpus, new: Corpus) -> list[Change]:
    """The changes that lead from one corpus to another, in the order of the files. Empty if their hashes are equal."""
    olds, news = ({file.path: file for file in corpus.files} for corpus in (old, new))
    return [
        change for path in sorted(olds.keys() | news.keys()) for change in _file(path, olds.get(path), news.get(path))
    ]


def _file(path: str, old: CorpusFile | None, new: CorpusFile | None) -> Iterator[Change]:
    olds, news = ({entry.name: entry for entry in file.entries} if file is not None else {} for file in (old, new))
    for name in [*news, *(name for name in olds if name not in news)]:
        change = _entry(path, name, olds.get(name), news.get(name))
        if change is not None:
            yield change


def _entry(path: str, name: str, old: Entry | None, new: Entry | None) -> Change | None:
    if old is None or new is None:
        return Change(path, name, "added" if old is None else "removed")
    if old.case.case_id != new.case.case_id:
        return Change(path, name, "case")
    if canonical(list(old.events)) != canonical(list(new.events)):
        found = compare(old.case, Outcome("observed", old.events), Outcome("observed", new.events))
        return Change(path, name, "events", found.difference)
    return Change(path, name, "normalised") if old.normalised != new.normalised else None
