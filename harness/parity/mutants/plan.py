"""Which mutants are judged: all of some components in an order that follows from a seed, the first so many of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from parity.mutants.errors import MutantsError
from parity.subjects.mutation.catalogue import Mutant
from parity.subjects.mutation.targets import MutationError

__all__ = ["by_id", "parse_components", "sample"]


def parse_components(names: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """The components that are named (comma-separated, repeatable), all if none is. Raises MutantsError."""
    wanted = {part.strip() for name in names for part in name.split(",") if part.strip()}
    if unknown := sorted(wanted - {*known, "all"}):
        raise MutantsError(f"unknown component {unknown[0]!r}; known: {', '.join(known)}, all")
    return tuple(name for name in known if name in wanted or "all" in wanted or not wanted)


def sample(mutants: Iterable[Mutant], components: Sequence[str], seed: int, count: int | None) -> list[Mutant]:
    """The first `count` mutants of these components, all if None, in the order that the seed gives them.

    A larger sample of a seed begins with the smaller one, so that a session can be continued with more.
    """
    eligible = [mutant for mutant in mutants if mutant.component in components]
    ordered = sorted(eligible, key=lambda mutant: hashlib.sha256(f"{seed}/{mutant.id}".encode()).digest())
    return ordered if count is None else ordered[:count]


def by_id(find: Callable[[str], Mutant], ids: Iterable[str]) -> list[Mutant]:
    """The mutants of these ids. Raises MutantsError for one that there is not."""
    try:
        return [find(name.removeprefix("mutant:")) for name in ids]
    except MutationError as error:
        raise MutantsError(str(error)) from error
