"""What a run on Rust is worth, held against the same tests on Python; and one on Python, as a yardstick."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parity.suites.outcomes import GOOD, Difference, Outcomes, compare
from parity.suites.run import Run

__all__ = ["Verdict", "judge", "tried_alone", "yardstick"]


@dataclass(frozen=True)
class Verdict:
    """`differences`: tests with another outcome than on Python; `objections`: lines that each fail the run."""

    differences: tuple[Difference, ...]
    objections: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether all that passes on Python passes on Rust, and it was Rust that worked."""
        return not self.objections


def yardstick(run: Run) -> str | None:
    """Why a run on Python cannot be measured against, on one line; None if it can."""
    suite, counts = run.suite, run.outcomes.counts()
    if run.stopped:
        return f"suite {suite.name} on Python was stopped after {run.seconds:g} s"
    if not run.finished:
        return f"pytest ended with status {run.outcomes.status} in suite {suite.name} on Python"
    if bad := run.outcomes.of("crashed", "timeout", "lost"):
        return f"on Python too {bad[0]} {run.outcomes.results[bad[0]].outcome} ({len(bad)} such tests)"
    if not run.arguments and run.outcomes.deselected:
        return f"{len(run.outcomes.deselected)} tests of suite {suite.name} were deselected"
    if not run.arguments and counts[GOOD] < suite.passed:
        return f"only {counts[GOOD]} tests of suite {suite.name} pass on Python; at least {suite.passed} should"
    return None


def judge(run: Run, python: Outcomes) -> Verdict:
    """Compares a run on Rust with the same tests on Python.

    Where the user gave pytest arguments, only tests that the run was going to make are compared.
    """
    outcomes = run.outcomes
    if run.arguments:
        chosen = {test: result for test, result in python.results.items() if test in outcomes.results}
        python = Outcomes(chosen, (), python.status)
    differences = tuple(compare(python, outcomes))
    objections: list[str] = []
    if run.stopped:
        objections.append(f"stopped after {run.seconds:g} s")
    elif not run.finished:
        objections.append(f"pytest did not come to its end (status {outcomes.status})")
    if not run.arguments and outcomes.deselected:
        objections.append(f"{len(outcomes.deselected)} tests were deselected")
    if worse := [difference for difference in differences if difference.worse]:
        objections.append(f"{_tests(len(worse))} pass on Python and not on Rust")
    if run.testimony is not None:
        objections += run.testimony.objections(run.suite.work if not run.arguments else ())
    return Verdict(differences, tuple(objections))


def tried_alone(verdict: Verdict, outcomes: Outcomes) -> Verdict:
    """The same verdict, with what became of its tests when they were run once more, one at a time."""
    alone = {test: result.outcome for test, result in outcomes.results.items()}
    return replace(verdict, differences=tuple(replace(one, alone=alone.get(one.test)) for one in verdict.differences))


def _tests(number: int) -> str:
    return f"{number} test{'s' * (number != 1)}"
