"""What of a module is not mutated, by rule and with the reason: where no behaviour of LangGraph can change."""

from __future__ import annotations

import ast
from collections.abc import Callable

__all__ = ["RULES", "skip_reason"]

Rule = Callable[[ast.AST, str, ast.AST], bool]
"""Whether a rule holds for a child that a parent has in a field."""


def _annotation(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return field in ("annotation", "returns")


def _docstring(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)


def _type_checking(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return isinstance(child, ast.If) and _last_name(child.test) == "TYPE_CHECKING"


def _overload(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and any(
        _last_name(decorator) == "overload" for decorator in child.decorator_list
    )


def _log(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return (
        isinstance(child, ast.Expr)
        and isinstance(child.value, ast.Call)
        and isinstance(child.value.func, ast.Attribute)
        and _last_name(child.value.func.value) in ("logger", "logging")
    )


def _names_for_others(parent: ast.AST, field: str, child: ast.AST) -> bool:
    names = _assigned(child)
    return bool(names & {"__all__", "__slots__"})


def _type_variable(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return (
        isinstance(child, ast.Assign)
        and isinstance(child.value, ast.Call)
        and _last_name(child.value.func) in ("TypeVar", "ParamSpec")
    )


def _type_alias(parent: ast.AST, field: str, child: ast.AST) -> bool:
    value = child.value if isinstance(child, ast.Assign) else None
    return (
        isinstance(parent, ast.Module)
        and isinstance(value, ast.Subscript)
        and _last_name(value.value) in ("Callable", "Sequence", "Mapping", "Union", "Optional", "Literal")
    )


def _cast(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return isinstance(parent, ast.Call) and _last_name(parent.func) == "cast" and child in parent.args[:1]


def _generic_base(parent: ast.AST, field: str, child: ast.AST) -> bool:
    return isinstance(parent, ast.ClassDef) and field == "bases" and isinstance(child, ast.Subscript)


RULES: tuple[tuple[str, Rule], ...] = (
    ("an annotation", _annotation),
    ("a docstring", _docstring),
    ("for type checkers only", _type_checking),
    ("an overload, for type checkers only", _overload),
    ("a line of a log", _log),
    ("names for others: __all__, __slots__", _names_for_others),
    ("a type variable", _type_variable),
    ("an alias of a type", _type_alias),
    ("the type of a cast", _cast),
    ("the parameters of a generic base", _generic_base),
)
"""The rules: a reason, and when it holds."""


def skip_reason(parent: ast.AST, field: str, child: ast.AST) -> str | None:
    """Why a child and all below it is not mutated; None if it is."""
    return next((reason for reason, holds in RULES if holds(parent, field, child)), None)


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(node: ast.AST) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}
