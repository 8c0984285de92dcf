"""The table of pairs: what it counts, what it leaves out, and that a file of it is read or refused."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from parity.cases.model import CaseError
from parity.generate import programs
from parity.generate.pairs import PairCounts, PairTable

TABLE = PairTable("programs", {"x": ("a", "b"), "y": ("b", "c")}, ("a+c",), {"a+b": 2, "a+c": 1})


def test_what_contradicts_itself_is_neither_possible_nor_executed() -> None:
    assert TABLE.possible == {"a+b", "b+c"}
    assert TABLE.executed == {"a+b"}
    assert list(TABLE.never()) == [("b", ["c"])]


def test_two_groups_have_the_pairs_of_a_feature_each() -> None:
    assert TABLE.between("x", "x") == (1, 1)
    assert TABLE.between("x", "y") == TABLE.between("y", "x") == (1, 2)
    assert TABLE.between("y", "y") == (0, 1)


def test_a_table_survives_its_file() -> None:
    again = PairTable.from_json(json.loads(json.dumps(TABLE.to_json())))
    assert (again.executed, again.possible, again.themes) == (TABLE.executed, TABLE.possible, TABLE.themes)
    assert again.to_json() == TABLE.to_json()


@pytest.mark.parametrize(
    "change",
    [{"schema": "parity/pairs/2"}, {"executed": 2}, {"cases": {"a": 1}}, {"cases": {"a+b": 0}}, {"extra": 1}],
)
def test_another_version_or_a_table_that_does_not_add_up_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(CaseError):
        PairTable.from_json({**TABLE.to_json(), **change})
    with pytest.raises(CaseError):
        PairTable.from_json([])


def test_pairs_are_counted_where_the_generator_has_them_and_taken_away() -> None:
    counts = PairCounts()
    counts.count("programs", programs, {"delta", "branch"})
    counts.count("programs", programs, {"delta", "branch", "join"})
    counts.count("values", SimpleNamespace(), {"int", "str"})
    assert counts.take() == {"programs": {"branch+delta": 2, "branch+join": 1, "delta+join": 1}}
    assert counts.take() == {}
