"""Simpler expressions and conditions of programs: a plain value, a part in place of the whole, simpler parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parity.triage.smaller import PLAIN, Body, smaller, without

__all__ = ["conditions", "expressions"]

_OF_ONE = ("len", "overwrite")
_OF_MANY = ("list", "concat", "add", "index")


def expressions(expr: Body) -> Iterator[Body]:
    """Expressions that may stand for this one, the plainest first."""
    plain = {"lit": PLAIN}
    if expr != plain:
        yield plain
    ((kind, operand),) = expr.items()
    if kind == "lit":
        for value in smaller(operand):
            yield {"lit": value}
    elif kind in _OF_ONE:
        yield operand
        for simpler in expressions(operand):
            yield {kind: simpler}
    elif kind in _OF_MANY:
        yield from _of_many(kind, operand)
    elif kind == "dict":
        for _, value in operand:
            yield value
        for kept in without(operand):
            yield {"dict": kept}
        for index, (key, value) in enumerate(operand):
            for simpler in expressions(value):
                yield {"dict": [*operand[:index], [key, simpler], *operand[index + 1 :]]}
    elif kind == "message":
        for member in operand:
            if member != "role":
                yield {"message": {key: value for key, value in operand.items() if key != member}}


def _of_many(kind: str, operands: list[Any]) -> Iterator[Body]:
    yield from operands
    if kind in ("list", "concat"):
        for kept in without(operands):
            yield {kind: kept}
    for index, part in enumerate(operands):
        for simpler in expressions(part):
            yield {kind: [*operands[:index], simpler, *operands[index + 1 :]]}


def conditions(cond: Body) -> Iterator[Body]:
    """Conditions that may stand for this one."""
    if "not" in cond:
        yield cond["not"]
        for simpler in conditions(cond["not"]):
            yield {"not": simpler}
    elif "cmp" in cond:
        for side in ("left", "right"):
            for simpler in expressions(cond[side]):
                yield {**cond, side: simpler}
