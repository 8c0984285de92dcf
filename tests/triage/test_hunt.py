"""A hunt keeps the smallest case of its fingerprint and ends within its budget."""

from __future__ import annotations

import pytest
from makers import bytes_case

from parity.triage.shrink import HANG_PROBES, Hunt, Spent


def hunt(budget: float = 10.0) -> tuple[Hunt, list[float]]:
    now = [100.0]
    return Hunt("fp", bytes_case("000000"), budget, clock=lambda: now[0]), now


def test_only_a_smaller_case_with_the_same_fingerprint_is_better() -> None:
    search, _ = hunt()
    assert search.probed(bytes_case("0000"), "fp", False)
    assert not search.probed(bytes_case("00"), "other", False)
    assert not search.probed(bytes_case("00"), None, False)
    assert not search.probed(bytes_case("00000000"), "fp", False)
    assert search.best == bytes_case("0000")
    assert search.probes == 4


def test_of_two_cases_of_one_length_the_first_in_order_wins_whichever_came_first() -> None:
    search, _ = hunt()
    assert search.probed(bytes_case("01"), "fp", False)
    assert search.probed(bytes_case("00"), "fp", False)
    assert not search.probed(bytes_case("01"), "fp", False)


def test_it_ends_with_its_budget() -> None:
    search, now = hunt(budget=5.0)
    search.check()
    now[0] += 4.9
    search.check()
    now[0] += 0.1
    with pytest.raises(Spent):
        search.check()


def test_a_budget_of_nothing_allows_no_probe() -> None:
    search, _ = hunt(budget=0.0)
    with pytest.raises(Spent):
        search.check()


def test_hangs_are_probed_only_a_few_times() -> None:
    search, _ = hunt()
    for _ in range(HANG_PROBES):
        search.check()
        search.probed(bytes_case("00"), "fp", True)
    with pytest.raises(Spent):
        search.check()


def test_where_a_hang_is_hunted_only_the_budget_ends_it() -> None:
    now = [100.0]
    search = Hunt("fp", bytes_case("000000"), 5.0, hasty=True, clock=lambda: now[0])
    for _ in range(HANG_PROBES + 3):
        search.check()
        search.probed(bytes_case("00"), "fp", True)
    now[0] += 5.0
    with pytest.raises(Spent):
        search.check()


def test_running_out_is_no_exception_that_a_search_engine_would_take_for_a_finding() -> None:
    assert not issubclass(Spent, Exception)
