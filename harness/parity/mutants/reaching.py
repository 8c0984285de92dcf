"""Which cases or tests run a mutant's lines, by what was recorded once: bit n of a number is line n of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from parity.subjects.mutation.catalogue import Mutant

__all__ = ["Lines", "lines_around", "reaching", "read_lines", "runs_on_import", "written_lines"]

Lines = Mapping[str, int]
"""The lines that something runs, by module."""


class Reached(Protocol):
    """A case or a test."""

    @property
    def reach(self) -> Lines:
        """The lines that it runs."""


R = TypeVar("R", bound=Reached)


def runs_on_import(mutant: Mutant, imported: Lines) -> bool:
    """Whether the mutant's code, or the function around it, has run before any case or test does."""
    return mutant.scope is None or bool(imported.get(mutant.module, 0) & _span(mutant.scope))


def reaching(items: Iterable[R], mutant: Mutant, imported: Lines, rank: Callable[[R], tuple[Any, ...]]) -> list[R]:
    """Those that run the mutant's lines, sorted by rank.

    Of a mutant that runs when its module is imported, these are all: first those that run the function that it is in,
    or anything else of its module. A default is seen by whoever runs the function.
    """
    if mutant.called is not None or not runs_on_import(mutant, imported):
        mask = _span(mutant.called or mutant.lines)
        return sorted((item for item in items if item.reach.get(mutant.module, 0) & mask), key=rank)
    near = _span(mutant.scope) if mutant.scope is not None else 0
    return sorted(
        items,
        key=lambda item: (not item.reach.get(mutant.module, 0) & near, mutant.module not in item.reach, *rank(item)),
    )


def lines_around(item: Reached, mutant: Mutant) -> int:
    """How many lines of the outermost function around the mutant something runs, or of its module outside of any."""
    lines = item.reach.get(mutant.module, 0)
    return (lines & _span(mutant.scope) if mutant.scope is not None else lines).bit_count()


def read_lines(data: Mapping[str, str]) -> dict[str, int]:
    """Lines as a tracer and our files write them, hexadecimal."""
    return {module: int(text, 16) for module, text in data.items()}


def written_lines(lines: Lines) -> dict[str, str]:
    """The inverse of `read_lines`."""
    return {module: f"{mask:x}" for module, mask in lines.items()}


def _span(lines: tuple[int, int]) -> int:
    first, last = lines
    return ((1 << (last + 1)) - 1) & ~((1 << first) - 1)
