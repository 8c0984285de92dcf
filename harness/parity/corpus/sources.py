"""Where the corpora's cases come from, and the file that holds each kind."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from parity.cases.model import Case
from parity.corpus.entries import channels, graphs, programs, serde, values

__all__ = ["PATHS", "entries", "grouped"]

PATHS = {
    "value": "corpus/values/values.json",
    "bytes": "corpus/values/bytes.json",
    "serde": "corpus/values/serde.json",
    "channel": "corpus/channels/channels.json",
    "graph": "corpus/graphs/graphs.json",
    "program": "corpus/programs/programs.json",
}
"""The file of each kind of case, below the fixtures folder."""


def entries() -> list[tuple[str, Case]]:
    """Every named case that belongs in the corpora."""
    parts = (values, serde, channels, graphs, programs)
    return list(chain.from_iterable(part.entries() for part in parts))


def grouped(named: Iterable[tuple[str, Case]]) -> dict[str, list[tuple[str, Case]]]:
    """Named cases by the path of their file, sorted by path. Raises ValueError for a name used twice in a file."""
    files: dict[str, dict[str, Case]] = {}
    for name, case in named:
        group = files.setdefault(PATHS[case.kind], {})
        if name in group:
            raise ValueError(f"{name!r} names two {case.kind} entries")
        group[name] = case
    return {path: list(files[path].items()) for path in sorted(files)}
