"""aiosqlite without its thread: each statement is executed when it is asked for, so that async runs do not depend on
chance.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite

__all__ = ["connect"]


class _Started:
    """Stands for the thread that AsyncSqliteSaver asks for, to see whether the connection is open."""

    @staticmethod
    def is_alive() -> bool:
        return True


class _InlineConnection(aiosqlite.Connection):
    """An aiosqlite connection whose statements run in the caller's thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: sqlite3.connect(path, check_same_thread=False, timeout=0), iter_chunk_size=64)
        self._thread: Any = _Started

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    async def __aenter__(self) -> _InlineConnection:
        self._connection = self._connector()
        self._connection.execute("PRAGMA synchronous=OFF")
        return self

    async def __aexit__(self, *raised: Any) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def connect(path: Path) -> _InlineConnection:
    """A connection to the database at `path`; `async with` opens and closes it."""
    return _InlineConnection(path)
