"""An outcome is what a subject made of a case, and survives its JSON form."""

from __future__ import annotations

import pytest

from parity.observe.model import Outcome
from parity.subjects.protocol import Reply


def test_an_outcome_is_a_reply_without_its_time() -> None:
    events = [{"e": "get", "result": 1}]
    assert Outcome.from_reply(Reply("observed", events, "", 0.5)) == Outcome("observed", ({"e": "get", "result": 1},))
    assert Outcome.from_reply(Reply("panic", None, "boom", 0.5)) == Outcome("panic", (), "boom")


def test_an_outcome_survives_its_json() -> None:
    outcome = Outcome("observed", ({"e": "get", "result": None},), "")
    assert Outcome.from_json(outcome.to_json()) == outcome


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([], "an outcome is an object"),
        ({"status": "fine", "events": [], "detail": ""}, "unknown outcome status"),
        ({"status": [], "events": [], "detail": ""}, "unknown outcome status"),
        ({"status": "observed", "events": {}, "detail": ""}, "needs events"),
        ({"status": "observed", "events": [{}], "detail": ""}, "needs events"),
        ({"status": "observed", "events": [], "detail": 3}, "needs a detail"),
    ],
)
def test_anything_else_is_one_clear_line(bad: object, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Outcome.from_json(bad)
    assert "\n" not in str(caught.value)
