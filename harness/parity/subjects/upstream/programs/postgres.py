"""PostgresSaver and AsyncPostgresSaver, recorded, on tables of this process's own in the run's server.

A process has a schema with the tables that upstream's `setup` makes, emptied before each program, so that neither
another process nor another program is seen. Beside the program's connections there is one that empties the tables and
reads the bytes they hold.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from parity.subjects.postgres.errors import PostgresError
from parity.subjects.postgres.server import USER
from parity.subjects.postgres.shared import address, setting_up
from parity.subjects.upstream.objects import describe
from parity.subjects.upstream.programs.savers import Book, DatabaseSaver
from parity.subjects.upstream.programs.trace import typed

__all__ = ["PostgresqlSaver"]

_TABLES = "checkpoints, checkpoint_blobs, checkpoint_writes"
_LOST = "the run's server went away"


class PostgresqlSaver(DatabaseSaver):
    """PostgresSaver for sync calls and AsyncPostgresSaver for async ones. Raises PostgresError without a server."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self.book = book
        self._async = []
        self._tables = _tables(os.getpid())
        if not self._tables.emptied():
            _tables.cache_clear()
            raise PostgresError(_LOST)
        self._open()

    def close(self) -> None:
        """Closes the connection. Raises PostgresError if the server has gone meanwhile: what was seen is void."""
        self._sync.conn.close()
        if not self._tables.answers("SELECT 1"):
            _tables.cache_clear()
            raise PostgresError(_LOST)

    def reopen(self) -> None:
        """Another connection, as another process has it, to the same rows."""
        self._sync.conn.close()
        self._open()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Inside, async calls go to an AsyncPostgresSaver on the running loop."""
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        from parity.subjects.upstream.programs.inline_postgres import connect

        connection = await connect(self._tables.where)
        self._async.append(AsyncPostgresSaver(connection))
        try:
            yield
        finally:
            self._async.clear()
            await connection.close()

    def stored_checkpoint(
        self, thread: str, ns: str, checkpoint_id: str, versions: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A checkpoint and its metadata, which are JSON as PostgreSQL writes it, and the values that lie beside it."""
        place = (thread, ns, checkpoint_id)
        [(checkpoint, metadata)] = self._tables.read(
            "SELECT checkpoint::text, metadata::text FROM checkpoints"
            " WHERE thread_id = %s AND checkpoint_ns = %s AND checkpoint_id = %s",
            place,
        )
        found = self._tables.read(
            "SELECT channel, version, type, blob FROM checkpoint_blobs WHERE thread_id = %s AND checkpoint_ns = %s",
            place[:2],
        )
        stored = {(channel, version): (tag, blob) for channel, version, tag, blob in found}
        blobs = []
        for channel, version in versions.items():
            tag, blob = stored.get((channel, str(version)), ("empty", None))
            blobs.append([channel, describe(version), None if tag == "empty" else typed((tag, blob))])
        return {
            "checkpoint": typed(("json", checkpoint.encode())),
            "metadata": typed(("json", metadata.encode())),
            "blobs": blobs,
        }

    def stored_writes(self, thread: str, ns: str, checkpoint_id: str, task_id: str) -> Any:
        """All pending writes of a task, as they are stored by now: index, channel, bytes."""
        rows = self._tables.read(
            "SELECT idx, channel, type, blob FROM checkpoint_writes WHERE thread_id = %s AND checkpoint_ns = %s"
            " AND checkpoint_id = %s AND task_id = %s ORDER BY ctid",
            (thread, ns, checkpoint_id, task_id),
        )
        return [[index, channel, typed((tag, value))] for index, channel, tag, value in rows]

    def _open(self) -> None:
        from langgraph.checkpoint.postgres import PostgresSaver

        self._sync = PostgresSaver(_connect(self._tables.where))


class _Tables:
    """The tables of this process: where they are, and a connection that no program has."""

    def __init__(self, where: str, reader: Any) -> None:
        self.where = where
        self.reader = reader

    def emptied(self) -> bool:
        """Removes every row, and what is left of rows, so that each program begins with the same tables; whether the
        server was there to do it.
        """
        return self.answers(f"TRUNCATE {_TABLES}")

    def answers(self, query: str) -> bool:
        """Whether the server, asked this, is still there."""
        from psycopg import OperationalError

        try:
            self.reader.execute(query)
        except OperationalError:
            return False
        return True

    def read(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        from psycopg.rows import tuple_row

        with self.reader.cursor(row_factory=tuple_row) as cursor:
            rows: list[tuple[Any, ...]] = cursor.execute(query, values).fetchall()
        return rows


@lru_cache(maxsize=1)
def _tables(pid: int) -> _Tables:
    """The tables of the process of that id, made by upstream. Raises PostgresError."""
    try:
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg import Error
    except ImportError as error:
        raise PostgresError(f"langgraph-checkpoint-postgres is not installed here: {error}") from None
    server = f"host={address()} user={USER} dbname=postgres"
    try:
        with setting_up():
            reader = _connect(server)
            number = reader.execute("SELECT count(*) AS n FROM pg_namespace WHERE nspname LIKE 'program%'").fetchone()
            schema = f"program{number['n']}"
            reader.execute(f"CREATE SCHEMA {schema}")
            reader.close()
            where = f"{server} options=-csearch_path={schema}"
            reader = _connect(where)
            PostgresSaver(reader).setup()
    except Error as error:
        raise PostgresError(f"the run's PostgreSQL server cannot be used: {error}") from error
    return _Tables(where, reader)


def _connect(where: str) -> Any:
    """A connection as `PostgresSaver.from_conn_string` makes it."""
    from psycopg import Connection
    from psycopg.rows import dict_row

    return Connection.connect(where, autocommit=True, prepare_threshold=0, row_factory=dict_row)
