"""The search for the smallest case with the same fingerprint, within a budget; who proposes cases is not known here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from parity.cases.model import Case, canonical

HANG_PROBES = 2
"""After this many probes that cost a whole time-out the search for something else than a hang ends."""


class Spent(BaseException):
    """The budget is used up. A BaseException, so that whoever proposes cases does not take it for a finding."""


def case_size(case: Case) -> tuple[int, str]:
    """What "smaller" means: fewer bytes of canonical text, then that text's order."""
    text = canonical(case.to_json())
    return len(text), text


@dataclass
class Hunt:
    """One search: the smallest case seen so far is kept whatever happens.

    `budget` is wall seconds from the creation of the object; `cut` says that it, or probes that hang, ended the search.
    `hasty`: what is hunted is itself a hang, and its probes are made with little patience (`Pair.run_hasty`), so that
    they end with the budget alone; the smallest case is then to be run once more with all patience. `clock` is for
    tests.
    """

    fingerprint_id: str
    best: Case
    budget: float
    hasty: bool = False
    clock: Callable[[], float] = time.monotonic
    probes: int = 0
    hangs: int = 0
    seconds: float = 0.0
    cut: bool = False
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()
        self._size = case_size(self.best)

    def check(self) -> None:
        """To be called before each probe. Raises Spent when the time or the probes that may hang are used up."""
        self.seconds = self.clock() - self.started
        if self.seconds >= self.budget or (self.hangs >= HANG_PROBES and not self.hasty):
            self.cut = True
            raise Spent

    def probed(self, case: Case, fingerprint_id: str | None, hung: bool) -> bool:
        """Notes what a probe showed; True if it is the same divergence on a smaller case than any before."""
        self.probes += 1
        self.hangs += hung
        self.seconds = self.clock() - self.started
        if fingerprint_id != self.fingerprint_id:
            return False
        size = case_size(case)
        if size >= self._size:
            return False
        self._size, self.best = size, case
        return True
