"""The mutants of upstream's modules: found in the frozen source, named by content, compiled one at a time in memory."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

from parity.subjects.mutation.operators import replacements
from parity.subjects.mutation.skips import skip_reason
from parity.subjects.mutation.targets import TARGETS, MutationError, Target

__all__ = ["Catalogue", "ModuleMutants", "Mutant", "Skipped"]

_SHOWN = 160
"""Characters of source that are shown of either side of a mutant."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One small mistake in one module.

    `id` is 10 hex digits of the file's sha256, the place and the mutation: a mutant of another file never has it.
    `lines` are the first and last line (from 1) of the statement, or of its head, that is changed: whoever runs the
    mutant runs one of them. `scope` are the lines of the body of the outermost function around it; None where the
    code runs when the module is imported. `called` is the body of the function of whose parameters it is a default: who
    runs none of that does not see it. `function` is the outermost function's dotted name with its class, "" outside.
    """

    id: str
    module: str
    component: str
    line: int
    column: int
    operator: str
    variant: str
    function: str
    original: str
    mutated: str
    source: str
    lines: tuple[int, int]
    scope: tuple[int, int] | None
    called: tuple[int, int] | None = None

    @property
    def place(self) -> str:
        """Where it is: `pregel._loop:512:8`."""
        return f"{self.module.removeprefix('langgraph.')}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return f"{self.id} {self.place} {self.operator} {self.variant}: {self.original} → {self.mutated}"


@dataclass(frozen=True)
class Skipped:
    """What is not mutated: the line where it begins, and the reason."""

    module: str
    line: int
    reason: str


@dataclass(frozen=True)
class _Edit:
    """A mutant with its place in the tree: what stands in `parent.field` (at `index`) instead."""

    mutant: Mutant
    parent: ast.AST
    field: str
    index: int | None
    replacement: ast.AST


@dataclass(frozen=True)
class _Place:
    """What surrounds a node: its statement's lines, the outermost function's name and body, the path of names."""

    lines: tuple[int, int]
    path: tuple[str, ...]
    function: str
    scope: tuple[int, int] | None
    called: tuple[int, int] | None = None


class ModuleMutants:
    """The mutants of one module's source. Raises MutationError if the source cannot be read."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.path = target.path()
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise MutationError(f"cannot read {self.path}: {error.strerror or error}") from error
        self._text = data.decode("utf-8").splitlines()
        self._digest = hashlib.sha256(data).hexdigest()
        self._tree = ast.parse(data, str(self.path))
        self.skipped: list[Skipped] = []
        self._compiling = threading.Lock()
        self._seen: Counter[str] = Counter()

    @property
    def mutants(self) -> list[Mutant]:
        """Every mutant, in the order of the source."""
        return [edit.mutant for edit in self._edits.values()]

    def compile(self, mutant_id: str) -> CodeType:
        """The module's code with that mutation. Raises MutationError for an id that is not of this module."""
        edit = self._edits.get(mutant_id)
        if edit is None:
            raise MutationError(f"{self.target.module} has no mutant {mutant_id!r}")
        with self._compiling, _applied(edit):
            return self._compiled()

    def compile_original(self) -> CodeType:
        """The module's code as it is: what a mutant's is compared with."""
        with self._compiling:
            return self._compiled()

    def _compiled(self) -> CodeType:
        return compile(self._tree, str(self.path), "exec", dont_inherit=True)

    @cached_property
    def _edits(self) -> dict[str, _Edit]:
        top = _Place((1, 1), (), "", None)
        return {edit.mutant.id: edit for edit in self._visit(self._tree, top)}

    def _visit(self, parent: ast.AST, place: _Place) -> Iterator[_Edit]:
        for field, value in ast.iter_fields(parent):
            children = value if isinstance(value, list) else [value]
            for index, child in enumerate(children):
                if not isinstance(child, ast.AST) or not _has_place(child):
                    continue
                if (reason := skip_reason(parent, field, child)) is not None:
                    line = int(getattr(child, "lineno", place.lines[0]))
                    self.skipped.append(Skipped(self.target.module, line, reason))
                    continue
                inner = _inside(place, parent, field, child)
                for operator, variant, replacement in replacements(parent, field, child):
                    mutant = self._mutant(child, replacement, operator, variant, inner)
                    yield _Edit(mutant, parent, field, index if isinstance(value, list) else None, replacement)
                yield from self._visit(child, inner)

    def _mutant(self, node: ast.AST, replacement: ast.AST, operator: str, variant: str, place: _Place) -> Mutant:
        line, column = int(getattr(node, "lineno", place.lines[0])), int(getattr(node, "col_offset", 0))
        end = (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
        name = f"{self._digest}/{self.target.module}/{line}:{column}-{end[0]}:{end[1]}/{operator}/{variant}"
        # The pieces of an f-string all claim the place of the whole string.
        self._seen[name] += 1
        digest = hashlib.sha256(f"{name}/{self._seen[name]}".encode()).hexdigest()
        return Mutant(
            id=digest[:10],
            module=self.target.module,
            component=self.target.component,
            line=line,
            column=column,
            operator=operator,
            variant=variant,
            function=place.function,
            original=_shown(node),
            mutated=_shown(replacement),
            source=self._text[line - 1].strip()[:_SHOWN],
            lines=place.lines,
            scope=place.scope,
            called=place.called,
        )


class Catalogue:
    """All mutants of upstream. Raises MutationError if a module is not there."""

    def __init__(self, targets: tuple[Target, ...] = TARGETS) -> None:
        self.modules = {target.module: ModuleMutants(target) for target in targets}

    @cached_property
    def mutants(self) -> dict[str, Mutant]:
        """Every mutant by its id, module by module."""
        found = [mutant for module in self.modules.values() for mutant in module.mutants]
        by_id = {mutant.id: mutant for mutant in found}
        if len(by_id) != len(found):
            raise MutationError("two mutants have one id")
        return by_id

    def mutant(self, mutant_id: str) -> Mutant:
        """The mutant of that id. Raises MutationError."""
        if (found := self.mutants.get(mutant_id)) is None:
            raise MutationError(f"there is no mutant {mutant_id!r} of this upstream; `parity mutants --list` lists all")
        return found

    def compile(self, mutant_id: str) -> tuple[Mutant, CodeType]:
        """The mutant and its module's code. Raises MutationError."""
        mutant = self.mutant(mutant_id)
        return mutant, self.modules[mutant.module].compile(mutant_id)


@contextlib.contextmanager
def _applied(edit: _Edit) -> Iterator[None]:
    """The tree with the mutation in it, and as it was afterwards."""
    if edit.index is None:
        before = getattr(edit.parent, edit.field)
        setattr(edit.parent, edit.field, edit.replacement)
        try:
            yield
        finally:
            setattr(edit.parent, edit.field, before)
        return
    children = getattr(edit.parent, edit.field)
    before = children[edit.index]
    children[edit.index] = edit.replacement
    try:
        yield
    finally:
        children[edit.index] = before


def _has_place(node: ast.AST) -> bool:
    """Contexts and operators are no code of their own; what holds expressions is."""
    return not isinstance(node, ast.expr_context | ast.operator | ast.unaryop | ast.boolop | ast.cmpop)


def _inside(place: _Place, parent: ast.AST, field: str, child: ast.AST) -> _Place:
    """What surrounds a child, and all below it that has no statement of its own."""
    path, function, scope, lines, called = place.path, place.function, place.scope, place.lines, place.called
    if isinstance(parent, Function | ast.ClassDef):
        # Of a function's own children only the body runs when it is called: defaults and decorators run before.
        if field == "body":
            path = (*path, parent.name)
        if isinstance(parent, Function) and scope is None:
            body = (parent.body[0].lineno, parent.body[-1].end_lineno or parent.body[-1].lineno)
            if field == "body":
                scope, called, function = body, None, ".".join(path)
            elif field == "args":
                called = body
    if isinstance(child, ast.stmt):
        lines = _own_lines(child)
    elif isinstance(child, ast.ExceptHandler | ast.match_case):
        first = int(getattr(child, "lineno", child.body[0].lineno))
        lines = (first, max(first, child.body[0].lineno - 1))
    return _Place(lines, path, function, scope, called)


def _own_lines(node: ast.stmt) -> tuple[int, int]:
    """The lines of a statement; of one that holds others, those of its head."""
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    body = getattr(node, "body", None)
    if body:
        return first, max(first, body[0].lineno - 1, *_ends_of_head(node))
    return first, node.end_lineno or node.lineno


def _ends_of_head(node: ast.stmt) -> list[int]:
    heads = [getattr(node, "test", None), getattr(node, "iter", None)]
    return [int(head.end_lineno or head.lineno) for head in heads if isinstance(head, ast.expr)] or [0]


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
