"""psycopg's async connection without waiting on the loop: each statement is executed when it is asked for.

A statement on a socket takes as long as the server takes, and the answer may come in several parts: how often the loop
turns meanwhile, and what else has run by then, would be chance. On a loop whose clock jumps, the time-outs of nodes
would fire while a statement is under way.
"""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, waiting
from psycopg.pq import ConnStatus, PGconn
from psycopg.rows import dict_row

from parity.subjects.postgres.errors import PostgresError

__all__ = ["connect"]

_INTERVAL = 0.1
"""Seconds between two looks for a signal while the server works."""


class _InlineConnection(AsyncConnection[Any]):
    """An async connection whose statements are waited for in the caller's turn of the loop."""

    async def wait(self, gen: Any, interval: float = _INTERVAL, timeout: float | None = None) -> Any:
        return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=timeout)


async def connect(where: str) -> _InlineConnection:
    """A connection as `AsyncPostgresSaver.from_conn_string` makes it. Raises PostgresError if the server is gone."""
    low = PGconn.connect(where.encode())
    if low.status != ConnStatus.OK:
        raise PostgresError(f"the run's PostgreSQL server cannot be used: {low.get_error_message()}")
    low.nonblocking = 1
    connection = _InlineConnection(low, row_factory=dict_row)
    await connection.set_autocommit(True)
    connection.prepare_threshold = 0
    return connection
