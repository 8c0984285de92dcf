"""Our side: whether the recorded and random cases tell a mutant from upstream, by what, and how soon."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType

from parity.compare import compare
from parity.mutants.forks import Answer, Forkserver, ImportFailedError, RefusedError, Session
from parity.mutants.pool import Pool, PoolCase, outcome_of
from parity.mutants.verdict import Kill, Verdict
from parity.observe.model import Outcome
from parity.subjects.mutation.catalogue import Catalogue, Mutant
from parity.subjects.protocol import ProtocolError

__all__ = ["Killer"]


@dataclass
class _Spent:
    """What a mutant has cost so far."""

    began: float
    cases: int = 0
    cpu: float = 0.0
    unconfirmed: int = 0


class Killer:
    """Judges mutants one after the other, in processes of its own. Raises MutantsError if they cannot be started.

    `budget` is how many seconds the random cases of one mutant may take; recorded ones are all run.
    """

    def __init__(self, catalogue: Catalogue, pool: Pool, budget: float) -> None:
        self._catalogue = catalogue
        self._pool = pool
        self._budget = budget
        self._originals = {name: module.compile_original() for name, module in catalogue.modules.items()}
        self._full = Forkserver.of_cases("full")
        self._bare: Forkserver | None = None
        self._full.preload(pool.preload)

    def close(self) -> None:
        """Ends the processes."""
        self._full.close()
        if self._bare is not None:
            self._bare.close()

    def judge(self, mutant: Mutant) -> Verdict:
        """What becomes of a mutant. Whatever it does, hang or crash, ends in a verdict."""
        spent = _Spent(time.perf_counter())
        _, code = self._catalogue.compile(mutant.id)
        if code == self._originals[mutant.module]:
            return self._verdict("same", spent, None, 0, "")
        reaching = self._pool.reaching(mutant)
        if not reaching:
            return self._verdict("unreached", spent, None, 0, "")
        swapped = not self._pool.runs_on_import(mutant)
        if swapped:
            try:
                return self._shown(mutant, code, reaching, spent, swapped=True)
            except RefusedError:
                pass
        return self._shown(mutant, code, reaching, spent, swapped=False)

    def _shown(
        self, mutant: Mutant, code: CodeType, reaching: Sequence[PoolCase], spent: _Spent, *, swapped: bool
    ) -> Verdict:
        applied = "swap" if swapped else "import"
        left = list(reaching)
        try:
            while left:
                kill, left = self._attack(mutant, code, left, spent, swapped=swapped)
                if kill is None:
                    break
                if self._confirmed(mutant, code, kill[0], spent, swapped=swapped):
                    return self._verdict("killed", spent, kill[1], len(reaching), applied)
                spent.unconfirmed += 1
        except ImportFailedError as error:
            kill_by_import = Kill("import", "", "", str(error).split(":")[0], str(error)[:300])
            return self._verdict("killed", spent, kill_by_import, len(reaching), applied)
        return self._verdict("survived", spent, None, len(reaching), applied)

    def _attack(
        self, mutant: Mutant, code: CodeType, left: list[PoolCase], spent: _Spent, *, swapped: bool
    ) -> tuple[tuple[PoolCase, Kill] | None, list[PoolCase]]:
        """Shows cases until one is answered otherwise than by upstream; that case, and the cases after it."""
        with self._session(mutant, code, swapped=swapped) as session:
            killed: tuple[PoolCase, Kill] | None = None
            done = 0
            for case, answer in session.run(self._affordable(left)):
                done += 1
                spent.cases += 1
                if (kill := _kill(case, answer)) is not None:
                    killed = case, kill
                    break
            session.close()
            spent.cpu += session.cpu
        return killed, left[done:]

    def _affordable(self, cases: Sequence[PoolCase]) -> Iterator[PoolCase]:
        """The recorded cases, and random ones for as long as the budget lasts."""
        began: float | None = None
        for case in cases:
            if case.origin == "random":
                now = time.perf_counter()
                began = now if began is None else began
                if now - began > self._budget:
                    return
            yield case

    def _confirmed(self, mutant: Mutant, code: CodeType, case: PoolCase, spent: _Spent, *, swapped: bool) -> bool:
        """Whether the case alone, in a process of its own, tells the mutant again: a slow machine kills no mutant."""
        with self._session(mutant, code, swapped=swapped) as session:
            [(_, answer)] = session.run([case])
            session.close()
            spent.cpu += session.cpu
        return _kill(case, answer) is not None

    def _session(self, mutant: Mutant, code: CodeType, *, swapped: bool) -> Session:
        if swapped:
            return self._full.session(mutant.module, code)
        if self._bare is None:
            self._bare = Forkserver.of_cases("bare")
            self._bare.preload(self._pool.preload)
        return self._bare.session(mutant.module, code)

    def _verdict(self, verdict: str, spent: _Spent, kill: Kill | None, reaching: int, applied: str) -> Verdict:
        return Verdict(
            verdict=verdict,
            kill=kill,
            seconds=round(time.perf_counter() - spent.began, 4),
            cpu=round(spent.cpu, 4),
            ran=spent.cases,
            reaching=reaching,
            applied=applied,
            unconfirmed=spent.unconfirmed,
        )


def _kill(case: PoolCase, answer: Answer) -> Kill | None:
    """How an answer tells the mutant from upstream; None if it does not."""
    if answer.verdict:
        return Kill(case.origin, case.case.kind, case.name, answer.verdict, answer.detail)
    if answer.text == case.expected:
        return None
    assert answer.text is not None
    try:
        actual = outcome_of(case, answer.text)
    except (ProtocolError, ValueError, RecursionError) as error:
        actual = Outcome("protocol", (), str(error)[:300])
    if actual.status == "unsupported":
        # What the worker imports for a kind of cases could not be imported.
        return Kill(case.origin, case.case.kind, case.name, "unsupported", actual.detail[:300])
    difference = compare(case.case, case.outcome(), actual).difference
    if difference is None:
        return None
    return Kill(case.origin, case.case.kind, case.name, difference.fingerprint, difference.summary[:300])
