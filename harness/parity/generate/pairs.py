"""Which two features a run has executed in one case, of all pairs that could be: the table that a run leaves.

A generator offers it by `THEMES`, `executed(case, events)`, `pairs_of(names)` and `impossible_pairs()`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any

from parity.cases.schema import CaseError, Json, validate

__all__ = ["PAIRS_SCHEMA", "PairCounts", "PairTable"]

PAIRS_SCHEMA = "parity/pairs/1"
"""The version that a file of pairs names; another one is an error, never a guess."""


@dataclass(frozen=True)
class PairTable:
    """The pairs of one generator's features: `layer` is its layer, `themes` its features by group.

    A pair is written ``a+b``, in the order of the alphabet. `impossible` pairs contradict each other and are not
    counted; `cases` has, for each other pair that was executed at all, the number of cases that executed both.
    """

    layer: str
    themes: Mapping[str, tuple[str, ...]]
    impossible: tuple[str, ...]
    cases: Mapping[str, int]

    @property
    def features(self) -> tuple[str, ...]:
        """All features, in the order of the alphabet."""
        return tuple(sorted({name for names in self.themes.values() for name in names}))

    @cached_property
    def possible(self) -> frozenset[str]:
        """The pairs that a program could have."""
        return frozenset("+".join(pair) for pair in combinations(self.features, 2)) - set(self.impossible)

    @cached_property
    def executed(self) -> frozenset[str]:
        """The possible pairs that were executed."""
        return self.possible & {pair for pair, number in self.cases.items() if number}

    def between(self, one: str, other: str) -> tuple[int, int]:
        """How many pairs of a feature of one theme and one of the other were executed, and how many are possible."""
        pairs = {"+".join(sorted(pair)) for pair in product(self.themes[one], self.themes[other]) if len({*pair}) == 2}
        return len(pairs & self.executed), len(pairs & self.possible)

    def never(self) -> Iterator[tuple[str, list[str]]]:
        """Each feature with those after it in the alphabet that it was never executed with, where there are any."""
        for index, first in enumerate(self.features):
            pairs = {other: f"{first}+{other}" for other in self.features[index + 1 :]}
            missing = [other for other, pair in pairs.items() if pair in self.possible and pair not in self.executed]
            if missing:
                yield first, missing

    def to_json(self) -> dict[str, Json]:
        """The object that `pairs-LAYER.json` holds."""
        return {
            "schema": PAIRS_SCHEMA,
            "layer": self.layer,
            "executed": len(self.executed),
            "possible": len(self.possible),
            "themes": {theme: list(names) for theme, names in self.themes.items()},
            "impossible": sorted(self.impossible),
            "cases": {pair: self.cases[pair] for pair in sorted(self.executed)},
        }

    @classmethod
    def from_json(cls, obj: Json) -> PairTable:
        """Reads a table. Raises CaseError: where it is wrong, and what was expected there."""
        if not isinstance(obj, dict):
            raise CaseError("/", f"expected a table of pairs, got {type(obj).__name__}")
        if obj.get("schema") != PAIRS_SCHEMA:
            raise CaseError("/schema", f"expected {PAIRS_SCHEMA!r}, got {obj.get('schema')!r:.80}")
        validate(obj, "pairs")
        made = cls(
            layer=obj["layer"],
            themes={theme: tuple(names) for theme, names in obj["themes"].items()},
            impossible=tuple(obj["impossible"]),
            cases=dict(obj["cases"]),
        )
        if (len(made.executed), len(made.possible)) != (obj["executed"], obj["possible"]):
            told = f"{obj['executed']} of {obj['possible']}"
            raise CaseError("/executed", f"the cases say {len(made.executed)} of {len(made.possible)}, not {told}")
        return made


class PairCounts:
    """Counts pairs as cases run, by layer; what was counted is taken away piece by piece, so memory is bounded."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def count(self, layer: str, generator: Any, names: Collection[str]) -> None:
        """Counts the pairs of one case's features, if the layer's generator (a module) has pairs at all."""
        if hasattr(generator, "pairs_of"):
            self._counts.setdefault(layer, Counter()).update(generator.pairs_of(names))

    def take(self) -> dict[str, dict[str, int]]:
        """What was counted since the last time."""
        taken, self._counts = self._counts, {}
        return {layer: dict(counts) for layer, counts in taken.items()}
