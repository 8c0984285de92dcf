"""One case on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from parity.cases.model import Case
from parity.compare import Comparison, compare
from parity.observe.model import Outcome
from parity.subjects.protocol import Reply

FAILURES = frozenset({"panic", "exception", "timeout", "abort", "protocol"})
"""The statuses that are verdicts about a subject; `observed` and `unsupported` are answers."""


class Side(Protocol):
    """A running subject, as far as this module uses one."""

    def run(self, case: Case) -> Reply:
        """Runs a case; whatever the subject does ends in a Reply."""


@dataclass(frozen=True)
class Result:
    """What both sides did with a case.

    `actual` and `comparison` are None where there was nothing to compare: the oracle gave no observation, or a side
    does not support the case. Seconds are wall time spent waiting for each side.
    """

    expected: Outcome
    actual: Outcome | None
    comparison: Comparison | None
    seconds_oracle: float
    seconds_subject: float

    @property
    def fingerprint_id(self) -> str | None:
        """The fingerprint of the difference, None if there is none."""
        difference = self.comparison.difference if self.comparison is not None else None
        return difference.fingerprint_id if difference is not None else None


class Pair:
    """Runs each case first on the oracle, then on the subject, and compares. `before` sees a case before it is sent."""

    def __init__(self, oracle: Side, subject: Side, before: Callable[[Case], object]) -> None:
        self._oracle = oracle
        self._subject = subject
        self._before = before

    def run(self, case: Case) -> Result:
        """What both sides did. Never raises for anything a subject does."""
        self._before(case)
        reply = self._oracle.run(case)
        expected = Outcome.from_reply(reply)
        if reply.status != "observed":
            return Result(expected, None, None, reply.seconds, 0.0)
        answer = self._subject.run(case)
        actual = Outcome.from_reply(answer)
        if answer.status == "unsupported":
            return Result(expected, actual, None, reply.seconds, answer.seconds)
        return Result(expected, actual, compare(case, expected, actual), reply.seconds, answer.seconds)
