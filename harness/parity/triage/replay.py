"""A saved case run again: is the divergence still there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from parity.cases.model import Case
from parity.observe.model import Outcome
from parity.triage.divergence import Divergence
from parity.triage.pair import Pair, Result

Answer = Literal["FIXED", "FAILED", "CHANGED", "AGREES", "DIVERGES", "ERROR"]
"""Of a divergence: FIXED (both sides agree now), FAILED (the same fingerprint), CHANGED (another one). Of a plain
case: AGREES or DIVERGES; AGREES also of a flaky divergence, which proves nothing. ERROR: nothing could be compared."""

EXIT_CODES: dict[Answer, int] = {"FIXED": 0, "AGREES": 0, "FAILED": 1, "CHANGED": 1, "DIVERGES": 1, "ERROR": 2}


@dataclass(frozen=True)
class Replay:
    """The answer, what both sides did this time, and one line that says why."""

    answer: Answer
    result: Result
    why: str

    @property
    def exit_code(self) -> int:
        """0 both agree, 1 they differ, 2 no comparison was possible."""
        return EXIT_CODES[self.answer]


def replay(saved: Divergence | Case, pair: Pair) -> Replay:
    """Runs the saved case, never the seed, on both sides."""
    case = saved.case if isinstance(saved, Divergence) else saved
    result = pair.run(case)
    if result.actual is None:
        return Replay("ERROR", result, f"the oracle gave no observation: {_told(result.expected)}")
    if result.comparison is None:
        return Replay("ERROR", result, f"the subject does not support this case: {_told(result.actual)}")
    difference = result.comparison.difference
    if not isinstance(saved, Divergence):
        if difference is None:
            return Replay("AGREES", result, "both sides agree")
        return Replay("DIVERGES", result, f"{difference.fingerprint}: {difference.summary}")
    moved = "" if result.expected == saved.expected else " (the oracle itself no longer does what was saved)"
    if difference is None and saved.flaky:
        return Replay("AGREES", result, f"both sides agree this time; it was flaky when it was found{moved}")
    if difference is None:
        return Replay("FIXED", result, f"both sides agree now{moved}")
    if difference.fingerprint_id == saved.fingerprint_id:
        return Replay("FAILED", result, f"{difference.summary}{moved}")
    why = f"was {saved.fingerprint}, is {difference.fingerprint}: {difference.summary}{moved}"
    return Replay("CHANGED", result, why)


def _told(outcome: Outcome) -> str:
    return f"{outcome.status}: {outcome.detail}" if outcome.detail else outcome.status
