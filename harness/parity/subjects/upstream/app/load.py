"""MODULE:GRAPH or FILE.py:GRAPH to a compiled graph, as `langgraph.json` would find it."""

from __future__ import annotations

import asyncio
import difflib
import importlib
import importlib.util
import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from langgraph.graph import StateGraph
from langgraph.pregel import Pregel

__all__ = ["LoadError", "Loader", "is_async_only"]


class LoadError(Exception):
    """A graph that is not to be had: one line, and the user's traceback if their code raised."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.traceback = traceback


@dataclass(frozen=True)
class Loader:
    """Finds graphs. What factories opened stays open until the stack is closed, on the loop."""

    loop: asyncio.AbstractEventLoop
    stack: AsyncExitStack

    def load(self, target: str) -> Pregel[Any, Any, Any, Any]:
        """The graph of `MODULE:NAME` or `FILE.py:NAME`. Raises LoadError."""
        where, _, attribute = target.rpartition(":")
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        module = _import(where)
        return self._graph_of(_attribute(module, attribute, where), target)

    def _graph_of(self, found: Any, target: str) -> Pregel[Any, Any, Any, Any]:
        made = found
        if callable(found) and not isinstance(found, (Pregel, StateGraph)) and not _is_runnable(found):
            made = self._made(found, target)
        if isinstance(made, StateGraph):
            made = _guarded(made.compile, f"{target} does not compile")
        if not isinstance(made, Pregel):
            raise LoadError(_not_a_graph(found, made, target))
        return made

    def _made(self, factory: Callable[..., Any], target: str) -> Any:
        """What a factory makes: called without arguments, or with a config if it asks for one; awaited; entered."""
        arguments = _arguments(factory, target)
        # A plain function is called outside the loop: it may run one itself.
        made = _guarded(lambda: factory(*arguments), f"{target} raised")
        return _guarded(lambda: self.loop.run_until_complete(self.opened(made)), f"{target} raised")

    async def opened(self, made: Any) -> Any:
        """The graph or saver that was made: awaited, and entered if it is a context manager."""
        if inspect.isawaitable(made):
            made = await made
        if isinstance(made, (Pregel, StateGraph)):
            return made
        if hasattr(made, "__aenter__"):
            return await self.stack.enter_async_context(made)
        if hasattr(made, "__enter__"):
            return self.stack.enter_context(made)
        return made


def _arguments(factory: Callable[..., Any], target: str) -> tuple[Any, ...]:
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return ()
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [p for p in parameters if p.default is inspect.Parameter.empty and p.kind not in free]
    if not needed:
        return ()
    if len(needed) == 1 and needed[0].kind is not inspect.Parameter.KEYWORD_ONLY:
        return ({"configurable": {}},)
    names = ", ".join(p.name for p in needed)
    raise LoadError(f"{target} is a function that needs {names}: a factory takes nothing, or one config")


def _import(where: str) -> ModuleType:
    if where.endswith(".py") or os.sep in where:
        path = Path(where)
        if not path.is_file():
            raise LoadError(f"no such file: {where}")
        name = _name_of_file(path.resolve())
    else:
        name = where
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise LoadError(f"no module named {error.name!r} in {os.getcwd()} or in {sys.executable}") from None
        raise _raised(error, f"cannot import {where}") from None
    except (Exception, SystemExit) as error:
        raise _raised(error, f"cannot import {where}") from None


def _name_of_file(path: Path) -> str:
    """The dotted name under which the file's own imports work; its folder, or that of its package, is on the path."""
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    sys.path.insert(0, str(folder))
    name = ".".join(parts)
    taken = sys.modules.get(parts[0])
    if taken is None and parts[0] not in sys.stdlib_module_names:
        return name
    if taken is not None and str(getattr(taken, "__file__", "")).startswith(str(folder)):
        return name
    # The name is another module's: this one gets a name of its own.
    own = f"parity_app_{path.stem}"
    spec = importlib.util.spec_from_file_location(own, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[own] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _raised(error, f"cannot import {path.name}") from None
    return own


def _attribute(module: ModuleType, attribute: str, where: str) -> Any:
    found: Any = module
    path = where
    for name in attribute.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise LoadError(f"{path} has no {name!r}{_hint(found, name)}") from None
        except Exception as error:
            raise _raised(error, f"{path}.{name} raised") from None
        path = f"{path}.{name}"
    return found


def _hint(owner: Any, name: str) -> str:
    names = [known for known in vars(owner) if not known.startswith("__")] if hasattr(owner, "__dict__") else []
    graphs = [known for known in names if isinstance(vars(owner)[known], (Pregel, StateGraph))]
    near = difflib.get_close_matches(name, names, n=3)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; its graphs: {', '.join(graphs[:5])}" if graphs else "; nothing in it is a graph"


def _is_runnable(value: Any) -> bool:
    return hasattr(value, "ainvoke") and not isinstance(value, type)


def _not_a_graph(found: Any, made: Any, target: str) -> str:
    kind = type(made)
    name = f"{kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else kind.__qualname__
    how = "returned" if made is not found else "is"
    hint = "; give the graph itself" if _is_runnable(made) else ""
    return f"{target} {how} {name}, not a graph{hint}"


def _guarded(call: Callable[[], Any], what: str) -> Any:
    try:
        return call()
    except LoadError:
        raise
    except (Exception, SystemExit) as error:
        raise _raised(error, what) from None


def _raised(error: BaseException, what: str) -> LoadError:
    """The error in one line with the place in the user's code, and its traceback."""
    last = traceback.format_exception_only(error)[-1].strip()
    text = "".join(traceback.format_exception(error))
    return LoadError(f"{what}: {last}{_place(error)}", text)


def _place(error: BaseException) -> str:
    """The innermost line that is the user's own, neither of an installed package nor of this one."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    others = (*{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}, str(Path(__file__).parents[3]))
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if not frame.filename.startswith(("<", *others)):
            place = f" ({frame.filename}:{frame.lineno})"
    return place


def is_async_only(graph: Pregel[Any, Any, Any, Any], depth: int = 0) -> bool:
    """Whether some node of the graph, or of a graph in it, has no synchronous function."""
    return any(_lacks_sync(node.bound, depth) for node in graph.nodes.values())


def _lacks_sync(runnable: Any, depth: int) -> bool:
    if depth > 10:
        return False
    if isinstance(runnable, Pregel):
        return is_async_only(runnable, depth + 1)
    if hasattr(runnable, "func") and hasattr(runnable, "afunc"):
        return runnable.func is None and runnable.afunc is not None
    return any(_lacks_sync(step, depth + 1) for step in getattr(runnable, "steps", ()) or ())
