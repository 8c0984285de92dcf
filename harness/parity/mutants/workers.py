"""Mutants shared out to workers, each with processes of its own; verdicts go to the journal as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from parity.compare import compare
from parity.mutants.errors import MutantsError
from parity.mutants.forks import Forkserver
from parity.mutants.journal import Journal
from parity.mutants.killer import Killer
from parity.mutants.pool import Pool, outcome_of
from parity.mutants.rust import RustCatalogue
from parity.mutants.rust_killers import CaseKiller, CrateKiller
from parity.mutants.suite_killer import SuiteKiller
from parity.mutants.suite_tests import SuiteTests
from parity.mutants.verdict import Verdict
from parity.subjects.mutation.catalogue import Catalogue, Mutant
from parity.suites.definition import Suite

__all__ = ["Judge", "Make", "core_killer", "crate_killer", "judge_all", "killer", "require_calm", "suite_killer"]

Judge = Callable[[Mutant], Verdict]
Make = Callable[[], tuple[Judge, Callable[[], None]]]
"""Makes a judge, with what ends its processes."""

_CALM_CASES = 10


def require_calm(catalogue: Catalogue, pool: Pool) -> None:
    """Puts every module's own, unmutated code in place as a mutant's would be, and asks some cases that run it.

    Raises MutantsError if anything differs from the oracle: then no mutant's difference would mean anything.
    """
    with Forkserver.of_cases("bare") as server:
        server.preload(pool.preload)
        for name, module in catalogue.modules.items():
            cases = [case for case in pool.cases if name in case.reach][:_CALM_CASES]
            if not cases:
                continue
            with server.session(name, module.compile_original()) as session:
                for case, answer in session.run(cases):
                    if answer.text is None or (
                        answer.text != case.expected
                        and compare(case.case, case.outcome(), outcome_of(case, answer.text)).difference is not None
                    ):
                        raise MutantsError(f"{name} differs from itself when it is imported in memory: {case.name}")


def judge_all(
    mutants: Sequence[Mutant],
    judges: Sequence[Make],
    journal: Journal,
    told: Callable[[Mutant, Verdict], None],
) -> None:
    """Judges every mutant that the journal has not, with one thread per judge; each judge is made in its thread.

    A judge is made as `(judge, close)`. Raises the first error of any, and KeyboardInterrupt, after all have ended.
    """
    work: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in mutants:
        if mutant.id not in journal.verdicts:
            work.put(mutant)
    errors: list[BaseException] = []
    stop = threading.Event()

    def serve(make: Make) -> None:
        try:
            judge, close = make()
            try:
                while not stop.is_set():
                    try:
                        mutant = work.get_nowait()
                    except queue.Empty:
                        return
                    verdict = judge(mutant)
                    journal.add(mutant, verdict)
                    told(mutant, verdict)
            finally:
                close()
        except BaseException as error:
            errors.append(error)
            stop.set()

    if work.empty():
        return
    threads = [threading.Thread(target=serve, args=(make,)) for make in judges]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def killer(catalogue: Catalogue, pool: Pool, budget: float) -> Make:
    """How a worker makes its judge: recorded and random cases against the oracle's answers."""

    def make() -> tuple[Judge, Callable[[], None]]:
        made = Killer(catalogue, pool, budget)
        return made.judge, made.close

    return make


def suite_killer(catalogue: Catalogue, suites: Sequence[tuple[Suite, SuiteTests]], budget: float) -> Make:
    """How a worker makes the yardstick's judge: upstream's own tests."""

    def make() -> tuple[Judge, Callable[[], None]]:
        made = SuiteKiller(catalogue, suites, budget)
        return made.judge, made.close

    return make


def core_killer(catalogue: RustCatalogue, pool: Pool, folder: Path) -> Make:
    """How a worker makes the judge of our crates: the same cases on subject `core`, built in its own folder."""

    def make() -> tuple[Judge, Callable[[], None]]:
        made = CaseKiller(catalogue, pool, folder)
        return made.judge, made.close

    return make


def crate_killer(catalogue: RustCatalogue, folder: Path) -> Make:
    """How a worker makes the yardstick's judge of our crates: their own tests."""

    def make() -> tuple[Judge, Callable[[], None]]:
        made = CrateKiller(catalogue, folder)
        return made.judge, made.close

    return make
