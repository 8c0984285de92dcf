"""Random cases of a layer, drawn and not run: for whoever wants to run them in a way of his own."""

from __future__ import annotations

from importlib import import_module

from parity.campaign.explore import explore
from parity.campaign.plan import LAYERS, derive_seed
from parity.cases.model import Case
from parity.triage.shrink import Hunt

__all__ = ["draw"]


def draw(layer: str, count: int, seed: int, purpose: str) -> list[Case]:
    """So many different cases of a layer of `campaign.plan.LAYERS`; fewer where its strategy has no more to offer.

    They follow from the seed and the purpose: what two callers draw is not the same.
    """
    collector = _Collector(count)
    explore(import_module(LAYERS[layer]).cases, derive_seed(seed, purpose, layer), collector)
    return list(collector.cases.values())


class _Collector:
    """A visitor that only keeps the cases, each once."""

    def __init__(self, count: int) -> None:
        self.cases: dict[str, Case] = {}
        self._count = count

    def wanted(self) -> int | None:
        return self._count - len(self.cases)

    def visit(self, case: Case) -> Hunt | None:
        if len(self.cases) < self._count:
            self.cases.setdefault(case.case_id, case)
        return None

    def probe(self, hunt: Hunt, case: Case) -> bool:
        raise AssertionError("nothing is hunted")

    def finish(self, hunt: Hunt) -> None:
        raise AssertionError("nothing is hunted")

    def rejected(self, count: int) -> None:
        """What a strategy gives up is no case."""

    def visited(self) -> int:
        return len(self.cases)
