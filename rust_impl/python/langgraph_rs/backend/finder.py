"""The import hook: names replaced in the module that defines them, after it has run and before anyone imports them."""

from __future__ import annotations

import importlib
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from langgraph_rs.backend.errors import BackendError, BackendWarning
from langgraph_rs.backend.poison import poison
from langgraph_rs.backend.record import RECORD, Original
from langgraph_rs.backend.reflection import adopt
from langgraph_rs.backend.replaced import REPLACED, Replacement, part_of
from langgraph_rs.backend.sources import Package, load, problems, source_of, wrong_file

__all__ = ["BACKEND", "ROOT", "Mode", "ReplacingFinder", "hooked_modules", "resolve"]

BACKEND = "LANGGRAPH_BACKEND"
"""The environment variable: `rust`, `auto`, or `python`, which is as if it were unset."""

ROOT = "langgraph"

Mode = Literal["rust", "auto"]
"""`rust`: without the backend LangGraph cannot be imported; `auto`: without it upstream runs, after a warning."""

_FAILED = "LangGraph cannot have its Rust backend"
_ADVICE = f"or start without {BACKEND} (or with {BACKEND}=auto) for plain Python"


class ReplacingFinder:
    """Stands first in `sys.meta_path` and looks at modules of LangGraph only.

    At the first of them it compares the installed upstream with the one the table was made for. Modules of the table
    are then found as without it, and loaded by their own loader, after which the names are replaced.
    """

    def __init__(
        self, mode: Mode, *, witness: bool, refusal: str | None = None, parts: frozenset[str] | None = None
    ) -> None:
        """`refusal` is why the backend cannot be had whatever is installed, or None. `parts` (None: all) are those of
        the table that Rust takes over; the others stay upstream's.
        """
        self.mode: Mode = mode
        self.witness = witness
        self.parts = parts
        self._refusal = refusal
        self._usable: bool | None = None
        self._trouble: tuple[str, ...] = ()
        self._packages: tuple[Package, ...] = ()
        self._lock = threading.Lock()

    def takes(self, row: Replacement) -> bool:
        """Whether a row of the table is to be replaced."""
        return self.parts is None or part_of(row) in self.parts

    @property
    def verified(self) -> bool | None:
        """Whether upstream is what the table was made for; None before anyone asked."""
        return self._usable

    @property
    def trouble(self) -> tuple[str, ...]:
        """Why the backend cannot be had, one line each."""
        return self._trouble

    def require(self) -> bool:
        """Whether the backend is to be used. Raises BackendError where it is wanted and cannot be had."""
        with self._lock:
            first = self._usable is None
            if first:
                self._packages = load()
                self._trouble = (self._refusal,) if self._refusal else tuple(problems(self._packages))
                self._usable = not self._trouble
        if self._usable:
            return True
        if self.mode == "rust":
            raise BackendError(f"{_FAILED}: {_told(self._trouble)}; {_ADVICE}")
        if first:
            warnings.warn(f"{_FAILED}, it runs in plain Python: {_told(self._trouble)}", BackendWarning, stacklevel=2)
        return False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, with a loader around theirs for modules of the table. Raises BackendError."""
        if fullname != ROOT and not fullname.startswith(f"{ROOT}."):
            return None
        if not self.require() or fullname not in hooked_modules():
            return None
        spec = self._found_by_others(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        # The file that is about to run, which need not be the one that was looked at before: sys.path may have changed.
        wrong = next(wrong_file(Path(str(spec.origin)), source_of(fullname, self._packages)), None)
        if wrong is not None:
            raise BackendError(f"{_FAILED}: {wrong}; {_ADVICE}")
        loader: Any = _ReplacingLoader(spec.loader, self._replace)
        spec.loader = loader
        return spec

    def _found_by_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in tuple(sys.meta_path):
            find: Any = getattr(finder, "find_spec", None)
            if finder is not self and find is not None:
                spec: ModuleSpec | None = find(fullname, path, target)
                if spec is not None:
                    return spec
        return None

    def _replace(self, module: ModuleType) -> None:
        """Puts the providers of a module's rows in place, and poisons what they replace if the witness is on."""
        taken = [row for row in REPLACED if self.takes(row)]
        rows = [row for row in taken if row.module == module.__name__]
        extra = [label for row in taken for label in row.poisons if label.partition(":")[0] == module.__name__]
        originals = {row: _Place.of(module, row.name) for row in rows}
        more = {label: _Place.of(module, label.partition(":")[2]) for label in extra}
        providers = {row: originals[row].fitted(resolve(row.provider)) for row in rows}
        for row, place in originals.items():
            adopt(providers[row], place.value)
            setattr(place.owner, place.name, providers[row])
            RECORD.replaced[row.module, row.name] = self._original(place, providers[row], f"{row.module}:{row.name}")
        for label, place in more.items():
            RECORD.poisoned[label] = self._original(place, None, label)

    def _original(self, place: _Place, provider: Any, label: str) -> Original:
        functions = self._poison(place.value, place.module, label)
        return Original(place.value, place.module, place.owner, place.name, provider, functions)

    def _poison(self, original: Any, module: ModuleType, label: str) -> int:
        if not self.witness:
            return 0
        functions = poison(original, vars(module), label)
        if functions == 0:
            raise BackendError(f"the witness finds no Python function in {label}: the row proves nothing")
        return functions


class _ReplacingLoader:
    """A module's own loader until the module has run; who looks at the module afterwards finds its own loader."""

    def __init__(self, loader: Any, replace: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._replace = replace

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._replace(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def hooked_modules() -> frozenset[str]:
    """Modules in which something is replaced or poisoned."""
    return frozenset(row.module for row in REPLACED) | frozenset(
        label.partition(":")[0] for row in REPLACED for label in row.poisons
    )


def resolve(provider: str) -> Any:
    """The object of a row's "module:attribute". Raises BackendError if it cannot be had."""
    name, _, attribute = provider.partition(":")
    try:
        return getattr(importlib.import_module(name), attribute)
    except (ImportError, AttributeError) as error:
        raise BackendError(f"{provider} cannot take its place in LangGraph: {error}") from error


@dataclass(frozen=True)
class _Place:
    """Where a name is kept: a module, or a class in it, and what is kept there, unbound."""

    module: ModuleType
    owner: Any
    name: str
    value: Any

    @classmethod
    def of(cls, module: ModuleType, path: str) -> _Place:
        """The place of "name" or "Class.name" in a module. Raises BackendError if there is no such."""
        *classes, name = path.split(".")
        owner: Any = module
        try:
            for part in classes:
                owner = vars(owner)[part]
            return cls(module, owner, name, vars(owner)[name])
        except KeyError as error:
            raise BackendError(f"upstream's {module.__name__} has no {path} to replace") from error

    def fitted(self, provider: Any) -> Any:
        """The provider as it must be kept there to be called as the original is."""
        for kind in (staticmethod, classmethod):
            if isinstance(self.value, kind):
                return kind(provider)
        return provider


def _told(trouble: Sequence[str]) -> str:
    others = f" (and {len(trouble) - 1} more: `python -m langgraph_rs`)" if len(trouble) > 1 else ""
    return f"{trouble[0]}{others}"
