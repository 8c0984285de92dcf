"""Hypothesis as the source of cases, and as the one who proposes smaller ones.

A layer's cases come in chunks, each a Hypothesis run of its own with a seed derived from the layer's. A chunk ends
early when a case shows something new: Hypothesis then shrinks it, and the next chunk goes on from the next seed.
Hypothesis' database, deadlines and health checks are off: a run depends on its seed alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from parity.campaign.plan import derive_seed
from parity.cases.model import Case
from parity.generate.swarm import BATCH, Batch
from parity.triage.shrink import Hunt, Spent

CHUNK = 250
"""Examples per Hypothesis run: enough that its first, smallest examples do not dominate, few enough that its memory
of what it tried stays small."""

SMALLEST_CHUNK = 40
"""Fewer examples than this are hardly more than the smallest ones, which every chunk begins with."""

BATCHES = 128
"""Examples per Hypothesis run where an example is a batch of cases."""

IDLE_CHUNKS = 4
"""After this many chunks in a row without a case not seen before, the strategy has nothing more to offer."""


class Stop(BaseException):
    """The layer ends here. A BaseException, so that Hypothesis does not take it for a failing example."""


class _InterestingError(Exception):
    """Tells Hypothesis that an example is worth shrinking."""


class Visitor(Protocol):
    """What is done with cases."""

    def wanted(self) -> int | None:
        """How many more cases to visit; None for no limit."""

    def visit(self, case: Case) -> Hunt | None:
        """Runs a case; a hunt if it is to be shrunk. Raises Stop to end the layer."""

    def probe(self, hunt: Hunt, case: Case) -> bool:
        """Runs a smaller case; True if it shows what is hunted. Raises Spent to end the hunt."""

    def finish(self, hunt: Hunt) -> None:
        """The hunt has ended, one way or another."""

    def rejected(self, count: int) -> None:
        """So many examples were begun and given up by the strategy."""

    def visited(self) -> int:
        """How many different cases have been visited."""


class ManyVisitor(Visitor, Protocol):
    """The same for cases that come many at a time."""

    def visit_many(self, cases: Iterator[Case]) -> None:
        """Runs as many of the cases as are wanted; what is to be shrunk is reduced by itself. Raises Stop."""


def explore(cases: Callable[[], SearchStrategy[Case]], seed: int, visitor: Visitor) -> None:
    """Visits random cases until the visitor has enough, says Stop, or the strategy has nothing new to offer.

    Raises what the strategy itself raises: a broken strategy is an error of the harness.
    """
    strategy = cases()

    def chunk(seed: int, wanted: int | None) -> None:
        size = CHUNK if wanted is None else max(SMALLEST_CHUNK, min(CHUNK, wanted))
        _chunk(strategy, seed, size, visitor)

    _chunks(chunk, seed, visitor)


def explore_batches(batches: Callable[[], SearchStrategy[Batch[Case]]], seed: int, visitor: ManyVisitor) -> None:
    """The same where one example is many cases, made and sent together, for cases that cost less than an example does.

    Hypothesis draws them and shrinks none: their bytes are stretched, so fewer of them are no smaller case. What
    diverges is reduced from the case itself, and the chunk goes on.
    """
    strategy = batches()

    def chunk(seed: int, wanted: int | None) -> None:
        # The first example of a run is the simplest, which is one case many times.
        size = BATCHES if wanted is None else min(BATCHES, wanted // BATCH + 2)

        def example(batch: Batch[Case]) -> None:
            visitor.visit_many(batch.item(index) for index in range(len(batch)))

        _test(strategy, example, seed, size, (Phase.generate,))()

    _chunks(chunk, seed, visitor)


def _chunks(chunk: Callable[[int, int | None], None], seed: int, visitor: Visitor) -> None:
    idle = 0
    try:
        for index in itertools.count():
            wanted = visitor.wanted()
            if wanted is not None and wanted <= 0:
                return
            before = visitor.visited()
            chunk(derive_seed(seed, "chunk", index), wanted)
            idle = 0 if visitor.visited() > before else idle + 1
            if idle == IDLE_CHUNKS:
                return
    except Stop:
        return


T = TypeVar("T")


def _test(
    strategy: SearchStrategy[T], example: Callable[[T], None], seed: int, size: int, phases: tuple[Phase, ...]
) -> Callable[[], None]:
    """A Hypothesis run of so many examples that depends on its seed alone."""
    settings = hypothesis.settings(
        max_examples=size,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
    test: Callable[[], None] = hypothesis.seed(seed)(settings(hypothesis.given(strategy)(example)))
    return test


def _chunk(strategy: SearchStrategy[Case], seed: int, size: int, visitor: Visitor) -> None:
    hunt: Hunt | None = None
    begun = ended = 0

    @st.composite
    def counted(draw: st.DrawFn) -> Case:
        nonlocal begun, ended
        begun += 1
        case = draw(strategy)
        ended += 1
        return case

    def example(case: Case) -> None:
        nonlocal hunt
        if hunt is None:
            hunt = visitor.visit(case)
            interesting = hunt is not None
        else:
            interesting = visitor.probe(hunt, case)
        if interesting:
            raise _InterestingError

    test = _test(counted(), example, seed, size, (Phase.generate, Phase.shrink))
    try:
        test()
    except Spent:
        pass
    except Exception:
        # During a hunt Hypothesis ends with the example's own exception, or with its complaint that a divergence did
        # not show twice: what is kept is the hunt's best case, and whether it is flaky is decided by running that
        # again.
        if hunt is None:
            raise
    finally:
        if hunt is not None:
            visitor.finish(hunt)
        else:
            visitor.rejected(begun - ended)
