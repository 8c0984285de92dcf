"""What the expressions and conditions of cases compute (`docs/cases.md` §4), once their operands are known."""

from __future__ import annotations

from typing import Any

from parity.cases.model import canonical
from parity.subjects.upstream.objects import describe

__all__ = ["add", "compare", "length"]


def add(left: Any, right: Any) -> Any:
    """The sum of two ints (no bools), otherwise the second."""
    return left + right if _is_int(left) and _is_int(right) else right


def length(value: Any) -> int:
    """The length of a list, tuple, str or dict (no subclasses), otherwise 0."""
    return len(value) if type(value) in (list, tuple, str, dict) else 0


def compare(operator: str, left: Any, right: Any) -> bool:
    """`lt` and `ge` of ints (false for anything else); `eq` of whatever has the same tagged form."""
    if operator == "eq":
        # As text, because Python's True equals 1.
        return canonical(describe(left)) == canonical(describe(right))
    if not (_is_int(left) and _is_int(right)):
        return False
    return bool(left < right if operator == "lt" else left >= right)


def _is_int(value: Any) -> bool:
    return type(value) is int
