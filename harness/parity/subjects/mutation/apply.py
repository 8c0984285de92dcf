"""A mutant put in its module's place in this process: when it is imported, or afterwards, function by function."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FunctionType, ModuleType

from parity.subjects.mutation.targets import MutationError

__all__ = ["Functions", "import_instead", "swap"]

Key = tuple[str, int, str]
"""A function of a file: its qualified name, its first line, and its own name."""


class _CodeLoader(SourceFileLoader):
    """Loads a module from code that is at hand; everything else about it is as in its file."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


class _CodeFinder(MetaPathFinder):
    def __init__(self, module: str, code: CodeType) -> None:
        self._module = module
        self._code = code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        spec.loader = _CodeLoader(fullname, spec.origin, self._code)
        return spec


def import_instead(module: str, code: CodeType) -> None:
    """Whoever imports `module` in this process from now on gets it from this code.

    Raises MutationError if it is imported already: others hold what they took from it.
    """
    if module in sys.modules:
        raise MutationError(f"{module} is imported already")
    sys.meta_path.insert(0, _CodeFinder(module, code))


class Functions:
    """The functions of upstream's files that are alive in this process, by file and place."""

    def __init__(self, files: set[str]) -> None:
        self._by_file: dict[str, dict[Key, list[FunctionType]]] = {file: {} for file in files}
        for found in gc.get_objects():
            if type(found) is FunctionType and found.__code__.co_filename in files:
                self._by_file[found.__code__.co_filename].setdefault(_key(found.__code__), []).append(found)

        # What is alive now stays alive: a collection in a forked child would only copy all of it.
        gc.collect()
        gc.freeze()

    def of(self, file: str) -> dict[Key, list[FunctionType]]:
        """Those of one file."""
        return self._by_file.get(file, {})


def swap(code: CodeType, functions: Functions) -> int:
    """Gives each living function whose code differs in the mutated module the code that it has there; how many.

    Every reference to a function sees the change, wherever it was imported to. Raises MutationError if the difference
    lies in no living function, or one cannot take its new code: such a mutant has to be imported.
    """
    live = functions.of(code.co_filename)
    changed = 0
    for new in _nested(code):
        for function in live.get(_key(new), ()):
            if function.__code__ == new:
                continue
            try:
                function.__code__ = new
            except ValueError as error:
                raise MutationError(f"{_key(new)[0]} cannot take its new code: {error}") from error
            changed += 1
    if not changed:
        raise MutationError("no living function differs")
    return changed


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)


def _key(code: CodeType) -> Key:
    return getattr(code, "co_qualname", code.co_name), code.co_firstlineno, code.co_name
