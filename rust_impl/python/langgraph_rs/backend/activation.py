"""Switching the backend on and off: the environment variable at interpreter start, or `install` from a program."""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any

from langgraph_rs.backend.errors import BackendError
from langgraph_rs.backend.finder import BACKEND, Mode, ReplacingFinder, hooked_modules

__all__ = ["MODES", "WITNESS", "WITNESS_FILE", "at_start", "current", "install", "uninstall"]

WITNESS = "LANGGRAPH_RS_WITNESS"
"""`1`: replaced Python functions raise when they are called."""

WITNESS_FILE = "LANGGRAPH_RS_WITNESS_FILE"
"""Where each process writes what `witness()` says when it ends: this path, its process id and `.json`."""

MODES: tuple[Mode, ...] = ("rust", "auto")


def at_start() -> None:
    """Called by `langgraph_rs_backend.pth` when the interpreter starts with the variable set. Raises nothing.

    Python prints what a line of a .pth file raises and goes on without it; so whatever is wrong is kept, and the first
    import of LangGraph raises it.
    """
    value = os.environ.get(BACKEND, "")
    if value in ("", "python") or current() is not None:
        return
    for mode in MODES:
        if value == mode:
            _insert(ReplacingFinder(mode, witness=_wants_witness()))
            return
    known = ", ".join((*MODES, "python"))
    _insert(ReplacingFinder("rust", witness=False, refusal=f"{BACKEND} is {value!r}, which is none of {known}"))


def install(mode: Mode = "rust", *, witness: bool | None = None) -> bool:
    """Puts the backend under LangGraph in this process, as the variable does; returns whether it is there.

    `rust` raises BackendError if the installed upstream is not the one the backend was made for; `auto` then warns once
    and returns False. `witness` is taken from the environment unless given. A second call changes nothing. LangGraph's
    modules take names from each other when they load, so once one of the table is loaded it is too late: BackendError.
    """
    if mode not in MODES:
        raise BackendError(f"unknown mode {mode!r}; known: {', '.join(MODES)}")
    installed = current()
    if installed is not None:
        return installed.require()
    finder = ReplacingFinder(mode, witness=_wants_witness() if witness is None else witness)
    loaded = sorted(hooked_modules() & sys.modules.keys())
    if loaded:
        others = f" and {len(loaded) - 1} more" if len(loaded) > 1 else ""
        raise BackendError(
            f"too late to install: {loaded[0]}{others} is already imported, and others hold its names; call "
            f"langgraph_rs.install() before anything imports LangGraph, or start Python with {BACKEND}=rust"
        )
    usable = finder.require()
    if usable:
        _insert(finder)
    return usable


def uninstall() -> tuple[str, ...]:
    """Takes the hook out: modules of LangGraph that load from now on are upstream's. Does nothing if it is not there.

    Returns what stays: the names ("module:name") whose modules have loaded already. Those modules and all that took
    names from them go on with Rust, as one whole, until the process ends or they are reloaded.
    """
    from langgraph_rs.backend.record import RECORD

    finder = current()
    if finder is not None:
        sys.meta_path.remove(finder)
    return tuple(
        f"{module}:{name}" for (module, name), original in sorted(RECORD.replaced.items()) if original.still_replaced()
    )


def current() -> ReplacingFinder | None:
    """The hook of this process, or None."""
    return next((finder for finder in sys.meta_path if isinstance(finder, ReplacingFinder)), None)


def _insert(finder: ReplacingFinder) -> None:
    entry: Any = finder
    sys.meta_path.insert(0, entry)
    if os.environ.get(WITNESS_FILE):
        atexit.register(_write_witness)


def _write_witness() -> None:
    from langgraph_rs.backend.status import write_witness

    path = os.environ.get(WITNESS_FILE)
    if path:
        try:
            write_witness(path)
        except OSError as error:
            print(f"langgraph_rs: error: cannot write {path}: {error.strerror or error}", file=sys.stderr)


def _wants_witness() -> bool:
    return os.environ.get(WITNESS, "") not in ("", "0")
