"""A fault planted in upstream shows in a random program, which is reduced to the few members that show it."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from langgraph.channels.topic import Topic

from parity.cases.model import Case, canonical
from parity.compare import compare
from parity.generate.programs import Choices, make
from parity.observe.model import Outcome
from parity.subjects.upstream.programs.run import observe_program
from parity.triage.reduce import reduce
from parity.triage.shrink import case_size

Planted = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Planted:
    """While it is entered, a Topic forgets the last of several values of a superstep."""
    update: Any = Topic.update

    def forgetful(channel: Any, values: Any) -> bool:
        return bool(update(channel, values[:-1] if len(values) > 1 else values))

    @contextmanager
    def plant() -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(Topic, "update", forgetful)
            yield

    return plant


def test_a_planted_fault_is_reduced_to_a_small_program(planted: Planted) -> None:
    def outcome(case: Case) -> Outcome:
        return Outcome("observed", tuple(observe_program(case.body)))

    def shows(case: Case) -> bool:
        expected = outcome(case)
        with planted():
            return compare(case, expected, outcome(case)).difference is not None

    bits = random.Random(11)
    drawn = (make(Choices(bits.randbytes(3000))) for _ in range(300))
    case = next(case for case in drawn if '"send"' in canonical(case.body) and shows(case))
    small = reduce(case, shows)
    assert case_size(small)[0] < min(500, case_size(case)[0])
    # Two sends in one superstep: nothing else of the program is needed.
    assert '"send"' in canonical(small.body) or '"each"' in canonical(small.body)
    assert len(small.body["run"]["ops"]) == 1
