"""What the fork servers have in common: imports made once, and children that are waited for."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from parity.subjects.limits import bound_memory, end_with_parent

__all__ = ["Say", "fork", "import_all"]

Say = Callable[[Mapping[str, Any]], None]
"""Writes a message to whoever asked, as one line of JSON."""


def fork(say: Say, child: Callable[[], None], memory: int) -> None:
    """Runs `child` in a forked process with `memory` bytes of address space, waits for its end, and tells it."""
    pid = os.fork()
    if pid == 0:
        try:
            end_with_parent()
            bound_memory(memory)
            child()
        finally:
            os._exit(0)
    _, status, used = os.wait4(pid, 0)
    say({"ended": status, "cpu": round(used.ru_utime + used.ru_stime, 4)})


def import_all(names: Iterable[str]) -> int:
    """Imports what can be imported; how many. Only speed depends on it: not every module is found by its own name."""
    return sum(map(_imported, names))


def _imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        return False
    return True
