"""A replay runs the saved case, not the seed, and says what became of the divergence."""

from __future__ import annotations

import pytest
from makers import Told, bytes_case, failing, make, observed

from parity.observe.model import Outcome
from parity.triage.pair import Pair
from parity.triage.replay import Replay, replay


def again(expected: Outcome, actual: Outcome) -> Replay:
    return replay(make(), Pair(Told(expected), Told(actual), before=lambda _: None))


@pytest.mark.parametrize(
    ("expected", "actual", "answer", "code"),
    [
        (observed(1), observed(1), "FIXED", 0),
        (observed(1), observed(2), "FAILED", 1),
        (observed(1), failing("panic"), "CHANGED", 1),
        (observed(1), failing("timeout"), "CHANGED", 1),
        (observed(1), failing("unsupported"), "ERROR", 2),
        (failing("exception"), observed(1), "ERROR", 2),
        (failing("unsupported"), observed(1), "ERROR", 2),
    ],
)
def test_the_answer(expected: Outcome, actual: Outcome, answer: str, code: int) -> None:
    result = again(expected, actual)
    assert (result.answer, result.exit_code) == (answer, code)


def test_it_runs_the_saved_case_on_both_sides() -> None:
    oracle, subject = Told(observed(1)), Told(observed(1))
    replay(make("c0"), Pair(oracle, subject, before=lambda _: None))
    assert oracle.asked == subject.asked == [bytes_case("c0")]


def test_a_changed_fingerprint_names_both() -> None:
    why = again(observed(1), failing("panic")).why
    assert make().fingerprint in why
    assert "subject/panic" in why


def test_an_oracle_that_changed_is_said() -> None:
    assert "oracle itself" in again(observed(5), observed(5)).why
    assert "oracle itself" not in again(observed(1), observed(1)).why


def test_a_plain_case_agrees_or_diverges() -> None:
    for actual, answer, code in ((observed(1), "AGREES", 0), (observed(2), "DIVERGES", 1)):
        result = replay(bytes_case("01"), Pair(Told(observed(1)), Told(actual), before=lambda _: None))
        assert (result.answer, result.exit_code) == (answer, code)


def test_the_case_is_noted_before_it_is_sent() -> None:
    order: list[str] = []

    def oracle(_: object) -> Outcome:
        order.append("sent")
        return observed(1)

    Pair(Told(oracle), Told(observed(1)), before=lambda _: order.append("noted")).run(bytes_case("01"))
    assert order == ["noted", "sent"]
