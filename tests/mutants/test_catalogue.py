"""Which mutants there are, what they are called, and what is left alone."""

from __future__ import annotations

from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from worlds import ToyTarget, find, toy

from parity.subjects.mutation.catalogue import Catalogue, ModuleMutants
from parity.subjects.mutation.operators import OPERATORS
from parity.subjects.mutation.targets import COMPONENTS, TARGETS, MutationError, target_of


def values(code: CodeType) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(code, found)
    return found


@pytest.mark.parametrize(
    ("source", "operator", "wanted"),
    [
        ("x = 1 < 2", "comparison", {"0:LtE": True, "0:GtE": False}),
        ("x = 1 < 2 < 3", "comparison", {"0:LtE": True, "0:GtE": False, "1:LtE": True, "1:GtE": False}),
        ("y = None\nx = y is None", "comparison", {"0:IsNot": False}),
        ("x = 0 or 2", "and-or", {"And": 0}),
        ("x = 0 or 2", "operand", {"without 0": 2, "without 1": 0}),
        ("y = 1\nx = not y", "negation", {"dropped": 1}),
        ("x = 2 + 3", "arithmetic", {"Sub": -1}),
        ("x = 2\nx += 3", "arithmetic", {"Sub": -1}),
        ("x = 7", "constant", {"+1": 8, "0": 0}),
        ("x = 'a'", "constant", {"~": "~a", "empty": ""}),
        ("x = None", "constant", {"1": 1}),
        ("x = True", "constant", {"False": False}),
        ("y = 'b'\nx = f'a{y}'", "constant", {"~": "~ab"}),
        ("def f():\n    return 3\nx = f()", "return", {"None": None}),
        ("x = [1]\nx.append(2)", "deletion", {"Expr": [1]}),
        ("x = {}\nx['a'] = 1", "deletion", {"Assign": {}}),
        ("x = 1\nx += 3", "deletion", {"AugAssign": 1}),
        ("x = 0\nfor y in (1, 2):\n    x += y\n    break", "jump", {"Continue": 3}),
        ("y = 1\nx = 5 if y else 6", "condition", {"False": 6, "True": 5}),
        ("x = [y for y in (0, 1) if y]", "condition", {"False": [], "True": [0, 1]}),
        ("x = dict(a=1, b=2)", "keyword", {"without a": {"b": 2}, "without b": {"a": 1}}),
        ("x = dict(a=1, b=2)", "argument", {"swap a": {"a": 2, "b": 1}}),
        ("x = max(1, 2, 3)", "argument", {"swap 0": 3, "without last": 2}),
        ("y = 2\ndef f(a=y):\n    return a\nx = f()", "default", {"None": None}),
        ("x = {'a': 1, 'b': 2}", "element", {"without 0": {"b": 2}, "without 1": {"a": 1}}),
        ("try:\n    int('a')\nexcept (KeyError, ValueError):\n    x = 1", "except", {"anything": 1, "without 0": 1}),
    ],
)
def test_an_operator_makes_these_mistakes(tmp_path: Path, source: str, operator: str, wanted: dict[str, Any]) -> None:
    module = ModuleMutants(toy(tmp_path, source))
    found = {one.variant: one.id for one in module.mutants if one.operator == operator}
    for variant, value in wanted.items():
        assert values(module.compile(found[variant]))["x"] == value
    if operator not in ("constant", "except"):
        assert found.keys() == wanted.keys()


def test_every_operator_makes_mutants_of_upstream(catalogue: Catalogue) -> None:
    assert {one.operator for one in catalogue.mutants.values()} == set(OPERATORS)


def test_every_target_has_mutants(catalogue: Catalogue) -> None:
    assert {one.module for one in catalogue.mutants.values()} == {target.module for target in TARGETS}
    assert {one.component for one in catalogue.mutants.values()} == set(COMPONENTS)


def test_a_mutant_leaves_no_trace_in_the_tree(tmp_path: Path) -> None:
    module = ModuleMutants(toy(tmp_path, "def f(a, b=1):\n    if a > b and a:\n        return a + b\n    return [b]\n"))
    before = module.compile_original()
    codes = [module.compile(one.id) for one in module.mutants]
    assert module.compile_original() == before
    assert [code == before for code in codes].count(True) == 0


SKIPPED = '''"""Text."""
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload
__all__ = ("f",)
T = TypeVar("T", bound="int")
if TYPE_CHECKING:
    import os
class A(Generic[T]):
    """Text."""
    __slots__ = ("a",)
    b: dict["str", "int"]
@overload
def f(a: int = 1) -> int: ...
def f(a: "Any") -> "int":
    """Text."""
    logger.warning("text %s", a)
    return cast("int", a)
'''


def test_what_changes_no_behaviour_is_left_alone_and_said(tmp_path: Path) -> None:
    module = ModuleMutants(toy(tmp_path, SKIPPED))
    assert [(one.line, one.operator) for one in module.mutants] == [(16, "return")]
    assert {one.reason for one in module.skipped} == {
        "a docstring",
        "an annotation",
        "a type variable",
        "names for others: __all__, __slots__",
        "for type checkers only",
        "the parameters of a generic base",
        "an overload, for type checkers only",
        "a line of a log",
        "the type of a cast",
    }


def test_an_id_is_of_this_source_and_no_other(tmp_path: Path) -> None:
    one = ModuleMutants(toy(tmp_path, "x = 1\n", "one")).mutants
    again = ModuleMutants(toy(tmp_path, "x = 1\n", "one")).mutants
    changed = ModuleMutants(toy(tmp_path, "x = 1\n\n", "one")).mutants
    assert one == again
    assert {mutant.id for mutant in one}.isdisjoint(mutant.id for mutant in changed)


def test_pieces_of_one_text_have_ids_of_their_own(tmp_path: Path) -> None:
    module = ModuleMutants(toy(tmp_path, "y = 1\nx = f'a{y}b{y}c'\n"))
    texts = [values(module.compile(one.id))["x"] for one in module.mutants if one.line == 2]
    assert texts == ["~a1b1c", "a1~b1c", "a1b1~c"]


def test_lines_and_scope_say_who_runs_a_mutant(tmp_path: Path) -> None:
    source = "def f(a=1):\n  if (a\n    > 2):\n    a = a(\n      3)\n\n  def g(b=4):\n    return b\n"
    mutants = ModuleMutants(toy(tmp_path, source)).mutants
    default = find(mutants, operator="constant", original="1", variant="+1")
    assert (default.scope, default.called, default.function) == (None, (2, 8), "")
    condition = find(mutants, operator="constant", original="2", variant="+1")
    assert (condition.lines, condition.scope, condition.function) == ((2, 3), (2, 8), "f")
    argument = find(mutants, operator="constant", original="3", variant="+1")
    assert argument.lines == (4, 5)
    inner = find(mutants, operator="constant", original="4", variant="+1")
    assert (inner.lines, inner.scope, inner.called, inner.function) == ((7, 7), (2, 8), None, "f")
    returned = find(mutants, operator="return")
    assert (returned.lines, returned.function) == ((8, 8), "f")


def test_what_there_is_not_is_an_error_in_one_line(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(MutationError, match="there is no mutant 'nobody'"):
        catalogue.mutant("nobody")
    with pytest.raises(MutationError, match="is not among the modules"):
        target_of("os.path")
    with pytest.raises(MutationError, match="cannot read"):
        ModuleMutants(ToyTarget("toy", "", "toy", tmp_path / "nothing.py"))
