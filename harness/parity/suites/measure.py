"""One suite measured: Python's result as the yardstick, from the cache or run, and Rust's held against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from parity.suites import baseline
from parity.suites.definition import Suite
from parity.suites.errors import SuiteError
from parity.suites.outcomes import GOOD, Outcomes
from parity.suites.run import Limits, Run, run
from parity.suites.table import Row
from parity.suites.verdict import judge, tried_alone, yardstick

__all__ = ["BOTH", "PYTHON", "RUST", "Order", "measure"]

PYTHON = "python"
"""Only the yardstick, run anew."""

RUST = "rust"
"""Rust against the yardstick, which is run only if the cache does not have it."""

BOTH = "both"
"""Rust against the yardstick, run anew."""

_FEW = 25
"""So many failures may be chance; more are not tried alone."""


@dataclass(frozen=True)
class Order:
    """What is to be run: on which of PYTHON, RUST and BOTH, within which limits, with which arguments of pytest's.

    `cache` keeps what was fetched and Python's results, `folder` gets pytest's output; `say` is told what is running.
    """

    backend: str
    limits: Limits
    pytest: tuple[str, ...]
    cache: Path
    folder: Path
    say: Callable[[str], None]


def measure(suite: Suite, order: Order) -> list[Row]:
    """The rows of one suite, Python's first. Raises SuiteError where it cannot be run, or Python is no yardstick."""
    python = baseline.recall(suite, order.cache) if order.backend == RUST else None
    rows: list[Row] = []
    if python is None:
        first = _python(suite, order)
        python = first.outcomes
        rows.append(Row(suite.name, PYTHON, python, first.seconds))
    else:
        rows.append(Row(suite.name, PYTHON, python, None))
    if order.backend != PYTHON:
        rows.append(_rust(suite, order, python))
    return rows


def _python(suite: Suite, order: Order) -> Run:
    """The yardstick, kept if it is of the whole suite."""
    first = _run(suite, PYTHON, order)
    if not order.pytest and first.finished and first.outcomes.counts()[GOOD] < suite.passed:
        # Some of upstream's tests look at the clock, and fail on a busy machine. A second try, one test at a time, only
        # raises what is asked of Rust, whose own failures stand.
        second = _alone(first, tuple(first.outcomes.of("failed", "error")), order)
        first = replace(first, outcomes=replace(first.outcomes, results={**first.outcomes.results, **second.results}))
    if trouble := yardstick(first):
        raise SuiteError(f"{trouble}; pytest's output: {first.log}")
    if not order.pytest:
        baseline.keep(suite, order.cache, first.outcomes)
    return first


def _rust(suite: Suite, order: Order, python: Outcomes) -> Row:
    rust = _run(suite, RUST, order)
    verdict = judge(rust, python)
    worse = tuple(one.test for one in verdict.differences if one.worse and one.rust in ("failed", "error"))
    if 0 < len(worse) <= _FEW:
        verdict = tried_alone(verdict, _alone(rust, worse, order))
    return Row(suite.name, RUST, rust.outcomes, rust.seconds, verdict, rust.testimony)


def _run(suite: Suite, backend: str, order: Order) -> Run:
    log = order.folder / f"{suite.name}-{backend}.log"
    order.say(f"{suite.name} on {backend}: running, pytest's output in {log}")
    return run(suite, backend, cache=order.cache, log=log, limits=order.limits, arguments=order.pytest)


def _alone(first: Run, tests: tuple[str, ...], order: Order) -> Outcomes:
    """These tests once more, one at a time."""
    log = first.log.with_name(f"{first.log.stem}-again.log")
    order.say(f"{first.suite.name} on {first.backend}: {len(tests)} failed, once more and one at a time in {log}")
    limits = replace(order.limits, jobs=min(order.limits.jobs, 1))
    return run(first.suite, first.backend, cache=order.cache, log=log, limits=limits, arguments=tests).outcomes
