"""The yardstick: whether upstream's own tests tell a mutant from upstream, by which test, and how soon.

It gets what our side gets: a fork server, the tests that run the mutant's line and no others, the fastest first, a time
limit of the same kind for each, and the failing test once more by itself before the mutant counts as killed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType

from parity.mutants.forks import Answer, Forkserver, ImportFailedError, RefusedError, Session
from parity.mutants.suite_tests import SuiteTests, Test, start_server
from parity.mutants.verdict import Kill, Verdict
from parity.subjects.mutation.catalogue import Catalogue, Mutant
from parity.suites.definition import Suite

__all__ = ["SuiteKiller"]


@dataclass
class _Spent:
    began: float
    tests: int = 0
    cpu: float = 0.0
    unconfirmed: int = 0
    reaching: int = 0
    applied: str = ""


@dataclass(frozen=True)
class _Side:
    suite: Suite
    tests: SuiteTests


@dataclass(frozen=True)
class _Attack:
    """A mutant on a suite, and how it is put in place."""

    side: _Side
    mutant: Mutant
    code: CodeType
    swapped: bool


class SuiteKiller:
    """Judges mutants one after the other. `budget` is wall seconds per mutant, for all suites together.

    Raises MutantsError if pytest cannot be started.
    """

    def __init__(self, catalogue: Catalogue, suites: Sequence[tuple[Suite, SuiteTests]], budget: float) -> None:
        self._catalogue = catalogue
        self._sides = [_Side(suite, tests) for suite, tests in suites]
        self._budget = budget
        self._originals = {name: module.compile_original() for name, module in catalogue.modules.items()}
        self._servers: dict[tuple[str, str], Forkserver] = {}

    def close(self) -> None:
        """Ends the processes."""
        for server in self._servers.values():
            server.close()

    def judge(self, mutant: Mutant) -> Verdict:
        """What becomes of a mutant. Whatever it does to the tests, or to pytest, ends in a verdict."""
        reaching = [side.tests.reaching(mutant) for side in self._sides]
        for side, left in zip(self._sides, reaching, strict=True):
            if left:
                # Started outside of the time that is measured, as our own servers are.
                self._server(side, "bare" if side.tests.runs_on_import(mutant) else "full")
        spent = _Spent(time.perf_counter())
        _, code = self._catalogue.compile(mutant.id)
        if code == self._originals[mutant.module]:
            return self._verdict("same", spent, None)
        spent.reaching = sum(map(len, reaching))
        for side, left in zip(self._sides, reaching, strict=True):
            kill = self._suite(side, mutant, code, left, spent)
            if kill is not None:
                return self._verdict("killed", spent, kill)
            if time.perf_counter() - spent.began > self._budget:
                return self._verdict("stopped", spent, None)
        return self._verdict("survived" if spent.reaching else "unreached", spent, None)

    def _suite(self, side: _Side, mutant: Mutant, code: CodeType, left: list[Test], spent: _Spent) -> Kill | None:
        swapped = not side.tests.runs_on_import(mutant)
        while left:
            attack = _Attack(side, mutant, code, swapped)
            try:
                found = self._run(attack, left, spent)
            except RefusedError:
                swapped = False
                continue
            except ImportFailedError as error:
                return Kill(side.suite.name, "", "", "import", str(error)[:300])
            spent.applied = "swap" if swapped else "import"
            if found is None:
                return None
            index, kill = found
            if self._run(attack, [left[index]], spent) is not None:
                return kill
            spent.unconfirmed += 1
            left = left[index + 1 :]
        return None

    def _run(self, attack: _Attack, left: Sequence[Test], spent: _Spent) -> tuple[int, Kill] | None:
        """Runs tests until one fails, whose number this is, or the time is over."""
        server = self._server(attack.side, "full" if attack.swapped else "bare")
        tests = [test.id for test in left]
        with server.session(attack.mutant.module, attack.code, tests=tests, stop=True) as session:
            found = self._first(attack.side.suite, session, left, spent)
            session.close()
            spent.cpu += session.cpu
        return found

    def _first(self, suite: Suite, session: Session, left: Sequence[Test], spent: _Spent) -> tuple[int, Kill] | None:
        for index, answer in enumerate(session.results(test.limit for test in left)):
            spent.tests += 1
            if (kill := _kill(suite, left[index], answer)) is not None:
                return index, kill
            if time.perf_counter() - spent.began > self._budget:
                return None
        return None

    def _server(self, side: _Side, mode: str) -> Forkserver:
        found = self._servers.get((side.suite.name, mode))
        if found is None:
            found = self._servers[side.suite.name, mode] = start_server(side.suite, side.tests.folder, mode)
            if mode == "bare":
                found.preload(side.tests.preload)
        return found

    def _verdict(self, verdict: str, spent: _Spent, kill: Kill | None) -> Verdict:
        return Verdict(
            verdict=verdict,
            kill=kill,
            seconds=round(time.perf_counter() - spent.began, 4),
            cpu=round(spent.cpu, 4),
            ran=spent.tests,
            reaching=spent.reaching,
            applied=spent.applied,
            unconfirmed=spent.unconfirmed,
        )


def _kill(suite: Suite, test: Test, answer: Answer) -> Kill | None:
    if answer.verdict:
        return Kill(suite.name, "test", test.id, answer.verdict, answer.detail)
    result = json.loads(answer.text or "{}")
    if result.get("outcome") != "failed":
        return None
    return Kill(suite.name, "test", test.id, "failed", " ".join(str(result.get("text", "")).split())[:300])
