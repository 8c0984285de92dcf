"""The search for broken relations: random programs, run in all their variants on one subject."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace

from parity.cases.model import Case
from parity.generate.programs import make
from parity.generate.swarm import Choices
from parity.metamorphic.relations import RELATIONS, Broken, Relation
from parity.metamorphic.variants import loses_values
from parity.triage.pair import Side
from parity.triage.reduce import reduce
from parity.triage.shrink import Hunt, Spent

__all__ = ["Asked", "Finding", "Search", "ask", "programs", "summary"]

SIZES = (60, 120, 200, 320, 480)
"""How many bytes of choices a program is made from."""

LOST = "float versions on PostgreSQL"
"""The aspect of whatever is broken where the saver loses values: one known finding, which shall hide no other."""


@dataclass(frozen=True)
class Asked:
    """A relation's answer about one program: whether it says anything, whether it could be run, and what is broken."""

    applies: bool
    observed: bool = False
    broken: Broken | None = None


@dataclass(frozen=True)
class Finding:
    """A relation that a program breaks: the program as found and the smallest that breaks it in the same aspect."""

    relation: str
    broken: Broken
    case: Case
    original: Case


def ask(relation: Relation, case: Case, side: Side) -> Asked:
    """Runs the variants of a program and judges them. A variant that gives no observation leaves nothing to judge."""
    variants = relation.cases(case)
    if not variants:
        return Asked(False)
    traces = []
    for variant in variants:
        reply = side.run_many([variant])[0]
        if reply.events is None or any(event["e"] == "hang" for event in reply.events):
            return Asked(True)
        traces.append(reply.events)
    broken = relation.judge([variant.body for variant in variants], traces)
    if broken is not None and loses_values(case.body):
        broken = replace(broken, aspect=LOST)
    return Asked(True, True, broken)


def programs(seed: int, index: int, step: int) -> Iterator[Case]:
    """The programs of a seed that the `index`-th of `step` workers asks about; endless."""
    number = index
    while True:
        source = random.Random(f"{seed}/{number}")
        yield make(Choices(source.randbytes(source.choice(SIZES))))
        number += step


@dataclass
class Search:
    """Asks every relation about random programs, on as many subject processes as there are workers.

    `start` starts a subject. `cases` is how many programs are drawn, `shrink_seconds` how long each finding is reduced.
    `asked`, `observed` and `broken` count by relation; `broken` also by aspect.
    """

    start: Callable[[], AbstractContextManager[Side]]
    cases: int
    seed: int
    workers: int
    shrink_seconds: float
    relations: Sequence[Relation] = RELATIONS
    found: Callable[[Finding], object] = lambda _: None
    asked: Counter[str] = field(default_factory=Counter)
    observed: Counter[str] = field(default_factory=Counter)
    broken: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Runs to the end. Raises what starting a subject raises."""
        with ThreadPoolExecutor(self.workers) as pool:
            for future in [pool.submit(self._work, index) for index in range(self.workers)]:
                future.result()

    def _work(self, index: int) -> None:
        with ExitStack() as stack:
            side = stack.enter_context(self.start())
            count = self.cases // self.workers + (index < self.cases % self.workers)
            source = programs(self.seed, index, self.workers)
            for _ in range(count):
                self._visit(next(source), side)

    def _visit(self, case: Case, side: Side) -> None:
        for relation in self.relations:
            asked = ask(relation, case, side)
            with self._lock:
                self.asked[relation.name] += asked.applies
                self.observed[relation.name] += asked.observed
                if asked.broken is None:
                    continue
                key = (relation.name, asked.broken.aspect)
                self.broken[key] += 1
                first = self.broken[key] == 1
            if first:
                smallest = self._smallest(relation, asked.broken, case, side)
                with self._lock:
                    self.found(smallest)

    def _smallest(self, relation: Relation, broken: Broken, case: Case, side: Side) -> Finding:
        """The program reduced for as long as the budget allows and the same aspect shows."""
        best = Finding(relation.name, broken, case, case)
        hunt = Hunt(broken.aspect, case, self.shrink_seconds)

        def shows(candidate: Case) -> bool:
            nonlocal best
            hunt.check()
            again = ask(relation, candidate, side)
            if again.broken is None or again.broken.aspect != broken.aspect:
                return False
            best = Finding(relation.name, again.broken, candidate, case)
            return True

        with suppress(Spent):
            reduce(case, shows)
        return best


def summary(search: Search, known: Iterable[tuple[str, str]]) -> list[str]:
    """One line per relation: how often it was asked and observed, and what of it was broken, known or new."""
    names = set(known)
    lines = []
    for relation in search.relations:
        broken = {key: count for key, count in search.broken.items() if key[0] == relation.name}
        new = sum(count for key, count in broken.items() if key not in names)
        old = sum(broken.values()) - new
        lines.append(
            f"{relation.name:20} asked {search.asked[relation.name]:6}  observed {search.observed[relation.name]:6}  "
            f"broken {new:4} new, {old:4} known"
        )
    return lines
