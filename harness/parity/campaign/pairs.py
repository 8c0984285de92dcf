"""The pairs of features that a run has executed: added up over workers and layers, and left in the run's folder."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Mapping

from parity.campaign.plan import LAYERS
from parity.campaign.rundir import RunDir
from parity.generate.pairs import PairTable
from parity.triage.files import write_atomic

__all__ = ["RunPairs", "pair_table"]


def pair_table(layer: str, cases: Mapping[str, int]) -> PairTable:
    """The table of a layer of random cases; `cases` counts those that executed each pair."""
    generator = importlib.import_module(LAYERS[layer])
    return PairTable(layer, generator.THEMES, tuple(sorted(generator.impossible_pairs())), cases)


class RunPairs:
    """What the layers of a run have executed together, by layer of random cases."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, pairs: Mapping[str, Mapping[str, int]]) -> None:
        """Adds what was counted."""
        for layer, counts in pairs.items():
            self._counts.setdefault(layer, Counter()).update(counts)

    def size(self) -> tuple[int, int]:
        """How many pairs were executed, and how many are possible."""
        tables = [pair_table(layer, counts) for layer, counts in self._counts.items()]
        return sum(len(table.executed) for table in tables), sum(len(table.possible) for table in tables)

    def counts(self) -> dict[str, Counter[str]]:
        """The counts by layer."""
        return self._counts

    def save(self, run_dir: RunDir) -> None:
        """Writes `pairs-LAYER.json` for each layer that has pairs, atomically. Raises OSError."""
        for layer, counts in sorted(self._counts.items()):
            text = json.dumps(pair_table(layer, counts).to_json(), indent=1) + "\n"
            write_atomic(run_dir.pairs(layer), text.encode("ascii"))
