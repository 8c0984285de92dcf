"""Small divergences to test with, and sides that answer as told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from parity.cases.model import Case
from parity.compare import compare
from parity.observe.model import Outcome
from parity.subjects.protocol import Reply, Status
from parity.triage.divergence import Divergence


def bytes_case(hexes: str) -> Case:
    """A bytes case."""
    return Case("bytes", {"hex": hexes})


def observed(*values: Any) -> Outcome:
    """An observation of one `structure` event per value."""
    return Outcome("observed", tuple({"e": "structure", "value": value} for value in values))


def make(hexes: str = "93010203", expected: Outcome | None = None, actual: Outcome | None = None) -> Divergence:
    """A divergence of a bytes case: by default the oracle saw 1, the subject 2."""
    case = bytes_case(hexes)
    expected, actual = expected or observed(1), actual or observed(2)
    difference = compare(case, expected, actual).difference
    assert difference is not None
    return Divergence(
        id=Divergence.make_id(difference.fingerprint_id, case),
        phase="campaign",
        campaign_layer="bytes",
        layer=difference.layer,
        aspect=difference.aspect,
        fingerprint=difference.fingerprint,
        fingerprint_id=difference.fingerprint_id,
        oracle="upstream",
        subject="core",
        seed=7,
        case=case,
        original_case=case,
        expected=expected,
        actual=actual,
        difference=difference,
        applied={"some_rule": 2},
        provenance={"python": "3.11"},
        shrunk=True,
        flaky=False,
        count=3,
    )


class Told:
    """A side that answers as told and remembers what it was asked."""

    def __init__(self, answer: Callable[[Case], Outcome] | Outcome) -> None:
        self._answer = answer
        self.asked: list[Case] = []
        self.limits: list[float | None] = []

    def run(self, case: Case) -> Reply:
        """The answer."""
        self.asked.append(case)
        outcome = self._answer if isinstance(self._answer, Outcome) else self._answer(case)
        events = list(outcome.events) if outcome.status == "observed" else None
        return Reply(outcome.status, events, outcome.detail, 0.001)

    def run_many(self, cases: Sequence[Case], *, limit: float | None = None) -> list[Reply]:
        """The answers; none after one that ends a process. What limits there were is remembered."""
        self.limits.append(limit)
        replies: list[Reply] = []
        for case in cases:
            replies.append(self.run(case))
            if replies[-1].status in ("panic", "timeout", "abort", "protocol"):
                break
        return replies


def failing(status: Status, detail: str = "it broke") -> Outcome:
    """A verdict about a subject."""
    return Outcome(status, (), detail)
