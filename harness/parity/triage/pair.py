"""One case on both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from parity.cases.model import Case
from parity.compare import Comparison, compare
from parity.compare.place import place
from parity.observe.model import Outcome
from parity.subjects.protocol import Hello, Reply

FAILURES = frozenset({"panic", "exception", "timeout", "abort", "protocol", "witness"})
"""The statuses that are verdicts about a subject; `observed` and `unsupported` are answers."""

_HASTY_SECONDS = 1.0
_HASTY_TIMES = 20.0
"""How long a subject has for a case that it may hang on: this many times the oracle's seconds, no less than a second,
as a slow machine is slow for both."""


class Side(Protocol):
    """A running subject, as far as this module uses one."""

    @property
    def hello(self) -> Hello:
        """What it said of itself when it started."""

    def run_many(self, cases: Sequence[Case], like: Sequence[Reply] = (), *, limit: float | None = None) -> list[Reply]:
        """The replies to the first so many cases, one at least; whatever the subject does ends in a Reply.

        `like`, if not empty, are another side's replies to these cases, which need not be read twice where they are
        the same. They are given only to a side of which the other is a process like it. `limit` is seconds for a case
        where that is less than the side has by itself; it is given to a subject alone, and seldom.
        """


@dataclass(frozen=True)
class Result:
    """What both sides did with a case.

    `actual` and `comparison` are None where there was nothing to compare: the oracle gave no observation, or a side
    does not support the case. Seconds are wall time spent waiting for each side; `work` is the subject's own count.
    """

    expected: Outcome
    actual: Outcome | None
    comparison: Comparison | None
    seconds_oracle: float
    seconds_subject: float
    work: Mapping[str, int] = field(default_factory=dict)

    @property
    def fingerprint_id(self) -> str | None:
        """The fingerprint of the difference, None if there is none."""
        difference = self.comparison.difference if self.comparison is not None else None
        return difference.fingerprint_id if difference is not None else None


class Pair:
    """Runs cases first on the oracle, then on the subject, and compares. `before` sees cases before they are sent.

    `equals`: the oracle is not known to be right, so a case that it alone fails on is a difference like any other.
    """

    def __init__(
        self, oracle: Side, subject: Side, before: Callable[[Sequence[Case]], object], *, equals: bool = False
    ) -> None:
        self._oracle = oracle
        self._subject = subject
        self._before = before
        self._equals = equals

    @property
    def equals(self) -> bool:
        """Whether neither side is known to be right."""
        return self._equals

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of cases that both sides claim to run."""
        return tuple(kind for kind in self._oracle.hello.kinds if kind in self._subject.hello.kinds)

    def run(self, case: Case) -> Result:
        """What both sides did. Never raises for anything a subject does."""
        return self.run_many((case,))[0]

    def run_hasty(self, case: Case) -> Result:
        """As `run`, but a subject that takes many times as long as the oracle did is taken for one that hangs.

        A guess, for the search of a smaller case that hangs: what is found by it is to be run again.
        """
        self._before((case,))
        (reply,) = self._oracle.run_many((case,))
        if not self._judges(reply):
            return _result(case, reply, None)
        (answer,) = self._subject.run_many((case,), limit=max(_HASTY_SECONDS, _HASTY_TIMES * reply.seconds))
        result = _result(case, reply, answer)
        return _placed(result) if self._equals else result

    def run_many(self, cases: Sequence[Case]) -> list[Result]:
        """What both sides did with the first so many of the cases, one at least: see `SubjectProcess.run_many`."""
        self._before(cases)
        replies = self._oracle.run_many(cases)
        judged = [(case, reply) for case, reply in zip(cases, replies, strict=False) if self._judges(reply)]
        answers = iter(self._ask([case for case, _ in judged], [reply for _, reply in judged]))
        results: list[Result] = []
        for case, reply in zip(cases, replies, strict=False):
            answer = next(answers, None) if self._judges(reply) else None
            if answer is None and self._judges(reply):
                break
            result = _result(case, reply, answer)
            results.append(_placed(result) if self._equals else result)
        return results

    def _ask(self, cases: Sequence[Case], like: Sequence[Reply]) -> list[Reply]:
        if not cases:
            return []
        written = any(reply.text for reply in like)
        return self._subject.run_many(cases, like) if written else self._subject.run_many(cases)

    def _judges(self, reply: Reply) -> bool:
        """Whether the subject is asked too: there is something to hold its answer against."""
        return reply.status == "observed" or (self._equals and reply.status != "unsupported")


def _placed(result: Result) -> Result:
    """The result with the place of its difference in its fingerprint.

    Where one side is right, the aspect names what is at fault. Between equals a change is known by where it shows.
    """
    found = result.comparison
    if found is None or found.difference is None or found.difference.layer == "subject":
        return result
    difference = replace(found.difference, aspect=f"{found.difference.aspect}@{place(found.difference)}")
    return replace(result, comparison=replace(found, difference=difference))


def hangs(result: Result) -> bool:
    """Whether the subject gave no answer in the time that it had."""
    return result.actual is not None and result.actual.status == "timeout"


def restless(case: Case, expected: Outcome, actual: Outcome, again: Result) -> str:
    """One line where a side did not agree with its own first answer to a case, or empty.

    What chance decides inside a case may differ between the sides in the same place every time; it differs there within
    one side too.
    """
    answers = (("the oracle", expected, again.expected), ("the subject", actual, again.actual))
    for name, before, after in answers:
        found = None if after is None else compare(case, before, after).difference
        if found is not None:
            return f"run again, {name} did not agree with itself: {found.summary}"
    return ""


def second_answer(first: Result | None, again: Result) -> str:
    """One line: what both sides did when a case that had diverged was run again, and which of them changed its mind."""
    difference = again.comparison.difference if again.comparison is not None else None
    if again.actual is None or again.comparison is None:
        said = "there was nothing to compare"
    else:
        said = "both sides agreed" if difference is None else f"it was {difference.fingerprint}: {difference.summary}"
    changed = []
    if first is not None:
        changed = [
            name
            for name, before, after in (
                ("the oracle", first.expected, again.expected),
                ("the subject", first.actual, again.actual),
            )
            if before != after
        ]
    return f"run again, {said}" + (f" ({' and '.join(changed)} answered differently)" if changed else "")


def _result(case: Case, reply: Reply, answer: Reply | None) -> Result:
    expected = Outcome.from_reply(reply)
    if answer is None:
        return Result(expected, None, None, reply.seconds, 0.0)
    actual = Outcome.from_reply(answer)
    if answer.status == "unsupported":
        return Result(expected, actual, None, reply.seconds, answer.seconds)
    if reply.status != "observed" and (reply.status, reply.detail) == (answer.status, answer.detail):
        # Two equals that fail alike: neither ran the case, so it says nothing about either.
        both = replace(actual, status="unsupported", detail=f"both sides: {reply.status}, {reply.detail}")
        return Result(expected, both, None, reply.seconds, answer.seconds)
    return Result(expected, actual, compare(case, expected, actual), reply.seconds, answer.seconds, answer.work)
