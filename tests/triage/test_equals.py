"""Two sides of which neither is known to be right: what one alone fails on is a difference, what both do is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parity.cases.model import Case
from parity.subjects.protocol import Hello, Reply
from parity.triage.pair import Pair, restless

CASE = Case("channel", {"channel": {"class": "LastValue", "key": "k"}, "ops": [{"op": "get"}]})
RIGHT = Reply("observed", [{"e": "get", "result": 1}], "", 0.1)
WRONG = Reply("observed", [{"e": "get", "result": 2}], "", 0.1)
RAISES = Reply("exception", None, "TypeError: no such parameter", 0.1)
FAILS = Reply("exception", None, "ValueError: another", 0.1)
DECLINES = Reply("unsupported", None, "kind graph", 0.1)


class Side:
    """Answers every case in one way."""

    def __init__(self, reply: Reply, kinds: tuple[str, ...] = ("channel",)) -> None:
        self._reply = reply
        self.hello = Hello("side", kinds, {})

    def run_many(self, cases: Sequence[Case]) -> list[Reply]:
        return [self._reply for _ in cases]


def fingerprint(left: Reply, right: Reply, *, equals: bool) -> str | None:
    result = Pair(Side(left), Side(right), lambda _: None, equals=equals).run(CASE)
    found = result.comparison.difference if result.comparison is not None else None
    return None if found is None else found.fingerprint


def test_the_place_of_a_difference_is_in_the_fingerprint_of_equals_alone() -> None:
    assert fingerprint(RIGHT, WRONG, equals=False) == "channels/LastValue:value"
    assert fingerprint(RIGHT, WRONG, equals=True) == "channels/LastValue:value@get.result"
    assert fingerprint(RIGHT, RIGHT, equals=True) is None


@pytest.mark.parametrize(("left", "aspect"), [(RAISES, "oracle-exception"), (RIGHT, "exception")])
def test_a_failure_of_one_is_a_difference_whoever_fails(left: Reply, aspect: str) -> None:
    right = RAISES if left is RIGHT else RIGHT
    assert fingerprint(left, right, equals=True) == f"subject/{aspect}"


def test_where_one_is_right_its_failure_is_none() -> None:
    assert Pair(Side(RAISES), Side(RIGHT), lambda _: None).run(CASE).actual is None


def test_what_both_fail_on_alike_says_nothing() -> None:
    result = Pair(Side(RAISES), Side(RAISES), lambda _: None, equals=True).run(CASE)
    assert result.comparison is None
    assert result.actual is not None
    assert result.actual.status == "unsupported"
    assert result.actual.detail == "both sides: exception, TypeError: no such parameter"
    assert fingerprint(RAISES, FAILS, equals=True) == "subject/oracle-exception"


def test_a_side_that_does_not_agree_with_itself_is_seen() -> None:
    settled = Pair(Side(RIGHT), Side(WRONG), lambda _: None, equals=True).run(CASE)
    assert settled.actual is not None
    assert restless(CASE, settled.expected, settled.actual, settled) == ""
    moved = Pair(Side(RIGHT), Side(RIGHT), lambda _: None, equals=True).run(CASE)
    assert "the subject did not agree with itself" in restless(CASE, settled.expected, settled.actual, moved)
    assert "the oracle did not agree with itself" in restless(CASE, settled.actual, settled.actual, settled)


def test_what_one_declines_is_not_compared() -> None:
    assert fingerprint(DECLINES, RIGHT, equals=True) is None
    assert fingerprint(RIGHT, DECLINES, equals=True) is None


def test_only_kinds_of_both_are_run() -> None:
    pair = Pair(Side(RIGHT, ("value", "channel", "program")), Side(RIGHT, ("program", "value")), lambda _: None)
    assert pair.kinds == ("value", "program")
