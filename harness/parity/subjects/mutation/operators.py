"""The mutation operators: for a node of a syntax tree, the nodes that could stand in its place.

Each is a small mistake that a person could have made. An operator yields `(variant, replacement)`; replacements share
the children of the node that they stand for.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

__all__ = ["OPERATORS", "Operator", "replacements"]

Replacement = tuple[str, ast.AST]
Operator = Callable[[ast.AST, str, ast.AST], Iterator[Replacement]]
"""Parent, field and child in; the variants and what stands in the child's place out."""

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}

_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


def _comparison(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.Compare):
        for index, found in enumerate(node.ops):
            for other in _COMPARISONS[type(found)]:
                new = copy.copy(node)
                new.ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                yield f"{index}:{other.__name__}", new


def _boolean(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        new = copy.copy(node)
        new.op = other()
        yield other.__name__, new


def _operand(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.BoolOp):
        for index in range(len(node.values)):
            left = [*node.values[:index], *node.values[index + 1 :]]
            new = copy.copy(node)
            new.values = left
            yield f"without {index}", new if len(left) > 1 else left[0]


def _negation(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield "dropped", node.operand


def _arithmetic(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and (other := _ARITHMETIC.get(type(node.op))) is not None:
        new = copy.copy(node)
        new.op = other()
        yield other.__name__, new


def _constant(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if not isinstance(node, ast.Constant) or (isinstance(parent, ast.FormattedValue) and field == "format_spec"):
        return
    value = node.value
    if isinstance(value, bool):
        yield str(not value), ast.Constant(not value)
    elif value is None:
        # `x is None` is the comparison operator's, `return None` says the same as `return`.
        if not isinstance(parent, ast.Compare | ast.Return):
            yield "1", ast.Constant(1)
    elif isinstance(value, int | float):
        yield "+1", ast.Constant(value + 1)
        if value not in (0, -1):
            yield "0", ast.Constant(0)
    elif isinstance(value, str):
        yield "~", ast.Constant("~" + value)
        if value and not isinstance(parent, ast.JoinedStr):
            yield "empty", ast.Constant("")
    elif isinstance(value, bytes):
        yield "~", ast.Constant(b"~" + value)


def _returned(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if (
        isinstance(node, ast.Return)
        and node.value is not None
        and not (isinstance(node.value, ast.Constant) and node.value.value is None)
    ):
        yield "None", ast.Return(ast.Constant(None))


def _deletion(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.Expr | ast.AugAssign | ast.Continue | ast.Break | ast.Raise | ast.Delete | ast.Assert):
        yield type(node).__name__, ast.Pass()
    elif isinstance(node, ast.Return) and node.value is None:
        yield "Return", ast.Pass()
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if all(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
            yield type(node).__name__, ast.Pass()


def _jump(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.Break):
        yield "Continue", ast.Continue()
    elif isinstance(node, ast.Continue):
        yield "Break", ast.Break()


def _condition(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    is_condition = (field == "test" and isinstance(parent, ast.If | ast.IfExp | ast.While)) or (
        field == "ifs" and isinstance(parent, ast.comprehension)
    )
    if not is_condition or isinstance(node, ast.Constant):
        return
    yield "False", ast.Constant(False)
    # A loop that never ends by its condition would only ever show as a time-out.
    if not isinstance(parent, ast.While):
        yield "True", ast.Constant(True)


def _keyword(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.Call):
        for index, keyword in enumerate(node.keywords):
            new = copy.copy(node)
            new.keywords = [*node.keywords[:index], *node.keywords[index + 1 :]]
            yield f"without {keyword.arg or '**'}", new


_FUSSY = frozenset({"isinstance", "issubclass", "getattr", "setattr", "hasattr", "cast", "super", "zip", "TypeVar"})
"""Functions that refuse other arguments at once, or do not mind: nobody would be wrong about them for long."""


def _argument(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if not isinstance(node, ast.Call) or (isinstance(node.func, ast.Name) and node.func.id in _FUSSY):
        return
    if len(node.args) > 1:
        new = copy.copy(node)
        new.args = [node.args[1], node.args[0], *node.args[2:]]
        yield "swap 0", new
    for index in range(len(node.keywords) - 1):
        first, second = node.keywords[index : index + 2]
        if first.arg is None or second.arg is None:
            continue
        new = copy.copy(node)
        swapped = [ast.keyword(first.arg, second.value), ast.keyword(second.arg, first.value)]
        for made, of in zip(swapped, (first, second), strict=True):
            ast.copy_location(made, of)
        new.keywords = [*node.keywords[:index], *swapped, *node.keywords[index + 2 :]]
        yield f"swap {first.arg}", new
    if len(node.args) > 1 and not isinstance(node.args[-1], ast.Starred):
        new = copy.copy(node)
        new.args = node.args[:-1]
        yield "without last", new


def _default(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if (
        isinstance(parent, ast.arguments)
        and field in ("defaults", "kw_defaults")
        and not isinstance(node, ast.Constant)
    ):
        yield "None", ast.Constant(None)


def _caught(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if not (isinstance(parent, ast.ExceptHandler) and field == "type"):
        return
    yield "nothing", ast.Tuple([], ast.Load())
    if not (isinstance(node, ast.Name) and node.id == "BaseException"):
        yield "anything", ast.Name("BaseException", ast.Load())
    if isinstance(node, ast.Tuple):
        for index in range(len(node.elts)):
            new = copy.copy(node)
            new.elts = [*node.elts[:index], *node.elts[index + 1 :]]
            yield f"without {index}", new


def _element(parent: ast.AST, field: str, node: ast.AST) -> Iterator[Replacement]:
    if isinstance(node, ast.Dict):
        for index in range(len(node.keys)):
            new = copy.copy(node)
            new.keys = [*node.keys[:index], *node.keys[index + 1 :]]
            new.values = [*node.values[:index], *node.values[index + 1 :]]
            yield f"without {index}", new
    elif isinstance(node, ast.List) and isinstance(node.ctx, ast.Load):
        for index in range(len(node.elts)):
            new_list = copy.copy(node)
            new_list.elts = [*node.elts[:index], *node.elts[index + 1 :]]
            yield f"without {index}", new_list


OPERATORS: dict[str, Operator] = {
    "comparison": _comparison,
    "and-or": _boolean,
    "operand": _operand,
    "negation": _negation,
    "arithmetic": _arithmetic,
    "constant": _constant,
    "return": _returned,
    "deletion": _deletion,
    "jump": _jump,
    "condition": _condition,
    "keyword": _keyword,
    "argument": _argument,
    "default": _default,
    "except": _caught,
    "element": _element,
}
"""The operators by name, in the order they are tried at a node."""


def replacements(parent: ast.AST, field: str, node: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    """Every operator, variant and replacement for a child that a parent has in a field, with its place in the file."""
    for name, operator in OPERATORS.items():
        for variant, replacement in operator(parent, field, node):
            if not hasattr(replacement, "lineno"):
                ast.copy_location(replacement, node)
            yield name, variant, ast.fix_missing_locations(replacement)
