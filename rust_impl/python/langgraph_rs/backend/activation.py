"""Switching the backend on and off: the environment variable at interpreter start, or `install` from a program."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable
from typing import Any

from langgraph_rs.backend.errors import BackendError
from langgraph_rs.backend.finder import BACKEND, Mode, ReplacingFinder, hooked_modules
from langgraph_rs.backend.replaced import PARTS

__all__ = ["MODES", "PARTS_VARIABLE", "WITNESS", "WITNESS_FILE", "at_start", "current", "install", "uninstall"]

WITNESS = "LANGGRAPH_RS_WITNESS"
"""`1`: replaced Python functions raise when they are called."""

WITNESS_FILE = "LANGGRAPH_RS_WITNESS_FILE"
"""Where each process writes what `witness()` says when it ends: this path, its process id and `.json`."""

PARTS_VARIABLE = "LANGGRAPH_RS_PARTS"
"""For finding faults: the parts that Rust takes over, separated by commas, or `none`; unset or empty: all of them."""

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
            try:
                finder = ReplacingFinder(mode, witness=_wants_witness(), parts=_parts(None, _wants_witness()))
            except BackendError as error:
                finder = ReplacingFinder("rust", witness=False, refusal=str(error))
            _insert(finder)
            return
    known = ", ".join((*MODES, "python"))
    _insert(ReplacingFinder("rust", witness=False, refusal=f"{BACKEND} is {value!r}, which is none of {known}"))


def install(mode: Mode = "rust", *, witness: bool | None = None, parts: Iterable[str] | None = None) -> bool:
    """Puts the backend under LangGraph in this process, as the variable does; returns whether it is there.

    `rust` raises BackendError if the installed upstream is not the one the backend was made for; `auto` then warns once
    and returns False. `witness` is taken from the environment unless given. A second call changes nothing. LangGraph's
    modules take names from each other when they load, so once one of the table is loaded it is too late: BackendError.

    `parts`, a tool for finding faults, names those of `replaced.PARTS` that Rust takes over (none at all: an empty
    sequence); it is taken from LANGGRAPH_RS_PARTS unless given. It cannot be had together with the witness: a backend
    of which a part is upstream's proves nothing about Rust.
    """
    if mode not in MODES:
        raise BackendError(f"unknown mode {mode!r}; known: {', '.join(MODES)}")
    installed = current()
    if installed is not None:
        return installed.require()
    wanted = _wants_witness() if witness is None else witness
    finder = ReplacingFinder(mode, witness=wanted, parts=_parts(parts, wanted))
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


def _parts(given: Iterable[str] | None, witness: bool) -> frozenset[str] | None:
    """The parts that are asked for, None for all. Raises BackendError for unknown ones, and beside the witness."""
    if given is None:
        text = os.environ.get(PARTS_VARIABLE, "").strip()
        if not text:
            return None
        given = () if text == "none" else [name.strip() for name in text.split(",") if name.strip()]
    parts = frozenset(given)
    unknown = sorted(parts - PARTS.keys())
    if unknown:
        raise BackendError(f"unknown part {unknown[0]!r}; known: {', '.join(PARTS)}, none")
    if witness:
        raise BackendError(f"a part of the backend proves nothing: {PARTS_VARIABLE} and {WITNESS} exclude each other")
    return parts


def _wants_witness() -> bool:
    return os.environ.get(WITNESS, "") not in ("", "0")
