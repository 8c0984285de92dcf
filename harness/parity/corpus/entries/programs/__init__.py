"""The program corpus: named programs, each for one behaviour of LangGraph, by the parts of its inventory."""

from __future__ import annotations

from collections.abc import Iterator

from parity.cases.model import Case
from parity.corpus.entries.programs import (
    attempts,
    branches,
    composition,
    control,
    faults,
    interrupts,
    nested,
    postgres,
    releases,
    resumption,
    runs,
    state,
    stored,
    survivors,
    threads,
    yardstick,
)
from parity.corpus.entries.programs.parts import Told

__all__ = ["entries", "told"]


def entries() -> Iterator[tuple[str, Case]]:
    """Yields (name, case), the same ones in the same order every time."""
    for entry in told():
        yield entry.name, Case("program", entry.body)


def told() -> Iterator[Told]:
    """The entries with what each is there to show."""
    for part in (
        state,
        control,
        faults,
        attempts,
        interrupts,
        resumption,
        threads,
        stored,
        composition,
        nested,
        runs,
        postgres,
        branches,
        releases,
        yardstick,
        survivors,
    ):
        yield from part.entries()
