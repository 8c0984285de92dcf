"""Savers that write down each call, with the very bytes that they store, and that can be made to fail."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver

from parity.subjects.upstream.objects import describe
from parity.subjects.upstream.programs.trace import CrashError, Trace, typed

__all__ = [
    "Book",
    "DatabaseSaver",
    "Fault",
    "MemorySaver",
    "PathlessSaver",
    "SqlSaver",
    "Version",
    "next_version",
    "open_saver",
]


@functools.total_ordering
@dataclass(frozen=True)
class Version:
    """A version of a channel that is none of the built-in types: all it can do is to be compared."""

    number: int = 0

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self.number < other.number


def next_version(kind: str, current: Any) -> Any:
    """What follows a channel version of this kind: `int`, `float`, `str` (as InMemorySaver's), `custom`."""
    if kind == "int":
        return 1 if current is None else current + 1
    if kind == "float":
        return 1.0 if current is None else current + 1.0
    if kind == "custom":
        return Version(1 if current is None else current.number + 1)
    number = 1 if current is None else int(current.split(".")[0]) + 1
    return f"{number:032}.{0.5:016}"


@dataclass
class Fault:
    """Makes a saver fail: its `nth` call (from 1) of the method `at`, before or after it did its work."""

    at: str
    nth: int
    crashes: bool
    after: bool
    calls: int = field(default=0)


@dataclass
class Book:
    """What the savers of one case write to, and what they are told to do: shared by all of them, also by copies.

    `put` has (thread, checkpoint id) of each checkpoint that was put into a root namespace, in order.
    """

    trace: Trace
    versions: str
    fault: Fault | None = None
    put: list[tuple[str, str]] = field(default_factory=list)

    def turn(self, method: str, *, after: bool) -> None:
        """Raises what the fault of this operation says, if this is its moment; CrashError if the process is dead."""
        if self.trace.dead:
            raise CrashError
        fault = self.fault
        if fault is None or fault.at != method:
            return
        if not after:
            fault.calls += 1
        if fault.calls == fault.nth and fault.after == after:
            self.fault = None
            if fault.crashes:
                self.trace.crash()
                raise CrashError
            raise RuntimeError(f"the saver failed at {method} {fault.nth}")


class _Source(Protocol):
    """What a recording saver has, beside being one of LangGraph's."""

    book: Book

    def stored_checkpoint(
        self, thread: str, ns: str, checkpoint_id: str, versions: Mapping[str, Any]
    ) -> dict[str, Any]: ...

    def stored_writes(self, thread: str, ns: str, checkpoint_id: str, task_id: str) -> list[Any]: ...


def _loaded(saver: _Source, config: Any, found: CheckpointTuple | None) -> None:
    asked = config["configurable"]
    saver.book.trace.record(
        {
            "e": "load",
            "thread": asked["thread_id"],
            "ns": asked.get("checkpoint_ns", ""),
            "asked": asked.get("checkpoint_id"),
            "checkpoint_id": found.checkpoint["id"] if found else None,
        }
    )


def _put(saver: _Source, config: Any, checkpoint: Checkpoint, metadata: Any, new_versions: Mapping[str, Any]) -> None:
    place = config["configurable"]
    thread, ns = place["thread_id"], place["checkpoint_ns"]
    if ns == "":
        saver.book.put.append((thread, checkpoint["id"]))
    saver.book.trace.record(
        {
            "e": "put",
            "thread": thread,
            "ns": ns,
            "checkpoint_id": checkpoint["id"],
            "parent_id": place.get("checkpoint_id"),
            "step": metadata.get("step"),
            "source": metadata.get("source"),
            **saver.stored_checkpoint(thread, ns, checkpoint["id"], new_versions),
        }
    )


def _put_writes(saver: _Source, config: Any, task_id: str, task_path: str, count: int) -> None:
    place = config["configurable"]
    thread, ns, checkpoint_id = place["thread_id"], place.get("checkpoint_ns", ""), place["checkpoint_id"]
    saver.book.trace.record(
        {
            "e": "put_writes",
            "thread": thread,
            "ns": ns,
            "checkpoint_id": checkpoint_id,
            "task_id": task_id,
            "path": task_path,
            "given": count,
            "writes": saver.stored_writes(thread, ns, checkpoint_id, task_id),
        }
    )


def _history(saver: _Source, config: Any, channels: Sequence[str]) -> None:
    asked = config["configurable"]
    saver.book.trace.record(
        {
            "e": "load_delta",
            "thread": asked["thread_id"],
            "ns": asked.get("checkpoint_ns", ""),
            "asked": asked.get("checkpoint_id"),
            "channels": list(channels),
        }
    )


class MemorySaver(InMemorySaver):
    """InMemorySaver, recorded. Its async methods are upstream's, which call these."""

    def __init__(self, book: Book) -> None:
        super().__init__()
        self.book = book

    def get_next_version(self, current: Any, channel: None) -> Any:
        following = next_version(self.book.versions, current)
        self.book.trace.record({"e": "version", "current": describe(current), "next": describe(following)})
        return following

    def get_tuple(self, config: Any) -> CheckpointTuple | None:
        self.book.turn("get_tuple", after=False)
        found = super().get_tuple(config)
        _loaded(self, config, found)
        self.book.turn("get_tuple", after=True)
        return found

    def get_delta_channel_history(self, *, config: Any, channels: Sequence[str]) -> Any:
        _history(self, config, channels)
        return super().get_delta_channel_history(config=config, channels=channels)

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self.book.turn("put", after=False)
        saved = super().put(config, checkpoint, metadata, new_versions)
        _put(self, config, checkpoint, metadata, new_versions)
        self.book.turn("put", after=True)
        return saved

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self.book.turn("put_writes", after=False)
        super().put_writes(config, writes, task_id, task_path)
        _put_writes(self, config, task_id, task_path, len(writes))
        self.book.turn("put_writes", after=True)

    def stored_checkpoint(
        self, thread: str, ns: str, checkpoint_id: str, versions: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The bytes of a checkpoint, its metadata, and the channel values that were stored with it."""
        checkpoint, metadata, _ = self.storage[thread][ns][checkpoint_id]
        blobs = []
        for channel, version in versions.items():
            blob = self.blobs[(thread, ns, channel, version)]
            blobs.append([channel, describe(version), None if blob[0] == "empty" else typed(blob)])
        return {"checkpoint": typed(checkpoint), "metadata": typed(metadata), "blobs": blobs}

    def stored_writes(self, thread: str, ns: str, checkpoint_id: str, task_id: str) -> list[Any]:
        """All pending writes of a task, as they are stored by now: index, channel, bytes."""
        rows = self.writes[(thread, ns, checkpoint_id)]
        return [
            [index, channel, typed(value)] for (task, index), (_, channel, value, _) in rows.items() if task == task_id
        ]


class DatabaseSaver(BaseCheckpointSaver[Any]):
    """One of LangGraph's savers for sync calls and another for async ones, on one database of their own, recorded.

    An async run is wrapped in `connected`, which opens the async saver on the loop of that run. `_sync` is the saver
    for sync calls, `_async` has the one for async calls while there is one.
    """

    book: Book
    _sync: Any
    _async: list[Any]

    def close(self) -> None:
        """Closes the database."""
        raise NotImplementedError

    def reopen(self) -> None:
        """What a new process does: another connection to the same rows, where that makes a difference."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Inside, async calls go to an async saver on the running loop."""
        raise NotImplementedError

    def stored_checkpoint(
        self, thread: str, ns: str, checkpoint_id: str, versions: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The bytes of a checkpoint, its metadata, and the channel values that were stored with it."""
        raise NotImplementedError

    def stored_writes(self, thread: str, ns: str, checkpoint_id: str, task_id: str) -> Any:
        """All pending writes of a task, as they are stored by now: index, channel, bytes."""
        raise NotImplementedError

    def get_next_version(self, current: Any, channel: None) -> Any:
        following = next_version(self.book.versions, current)
        self.book.trace.record({"e": "version", "current": describe(current), "next": describe(following)})
        return following

    def get_tuple(self, config: Any) -> CheckpointTuple | None:
        self.book.turn("get_tuple", after=False)
        found: CheckpointTuple | None = self._sync_saver().get_tuple(config)
        _loaded(self, config, found)
        self.book.turn("get_tuple", after=True)
        return found

    async def aget_tuple(self, config: Any) -> CheckpointTuple | None:
        self.book.turn("get_tuple", after=False)
        found: CheckpointTuple | None = await self._async_saver().aget_tuple(config)
        _loaded(self, config, found)
        self.book.turn("get_tuple", after=True)
        return found

    def list(self, config: Any, **options: Any) -> Iterator[CheckpointTuple]:
        yield from self._sync_saver().list(config, **options)

    async def alist(self, config: Any, **options: Any) -> AsyncIterator[CheckpointTuple]:
        async for found in self._async_saver().alist(config, **options):
            yield found

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self.book.turn("put", after=False)
        saved = self._sync_saver().put(config, checkpoint, metadata, new_versions)
        _put(self, config, checkpoint, metadata, new_versions)
        self.book.turn("put", after=True)
        return saved

    async def aput(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self.book.turn("put", after=False)
        saved = await self._async_saver().aput(config, checkpoint, metadata, new_versions)
        _put(self, config, checkpoint, metadata, new_versions)
        self.book.turn("put", after=True)
        return saved

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self.book.turn("put_writes", after=False)
        self._sync_saver().put_writes(config, writes, task_id, task_path)
        _put_writes(self, config, task_id, task_path, len(writes))
        self.book.turn("put_writes", after=True)

    async def aput_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self.book.turn("put_writes", after=False)
        await self._async_saver().aput_writes(config, writes, task_id, task_path)
        _put_writes(self, config, task_id, task_path, len(writes))
        self.book.turn("put_writes", after=True)

    def delete_thread(self, thread_id: str) -> None:
        self._sync_saver().delete_thread(thread_id)

    async def adelete_thread(self, thread_id: str) -> None:
        await self._async_saver().adelete_thread(thread_id)

    def get_delta_channel_history(self, *, config: Any, channels: Sequence[str]) -> Any:
        _history(self, config, channels)
        return self._sync_saver().get_delta_channel_history(config=config, channels=channels)

    async def aget_delta_channel_history(self, *, config: Any, channels: Sequence[str]) -> Any:
        _history(self, config, channels)
        return await self._async_saver().aget_delta_channel_history(config=config, channels=channels)

    def _sync_saver(self) -> Any:
        self._sync.serde = self.serde
        return self._sync

    def _async_saver(self) -> Any:
        if not self._async:
            raise RuntimeError("an async call of the saver outside of an async operation")
        self._async[-1].serde = self.serde
        return self._async[-1]


class SqlSaver(DatabaseSaver):
    """SqliteSaver for sync calls and AsyncSqliteSaver for async ones, on one database in a file of its own, recorded.

    An async run is wrapped in `connected`, which opens the async saver on the loop of that run.
    """

    def __init__(self, book: Book, path: Path) -> None:
        from langgraph.checkpoint.sqlite import SqliteSaver

        super().__init__()
        self.book = book
        self._path = path
        self._connection = sqlite3.connect(path, check_same_thread=False, timeout=0)
        self._connection.execute("PRAGMA synchronous=OFF")
        self._sync = SqliteSaver(self._connection)
        self._async: list[Any] = []

    def close(self) -> None:
        """Closes the database."""
        self._connection.close()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Inside, async calls go to an AsyncSqliteSaver on the running loop."""
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        from parity.subjects.upstream.programs.inline_sqlite import connect

        async with connect(self._path) as connection:
            self._async.append(AsyncSqliteSaver(connection))
            try:
                yield
            finally:
                self._async.clear()

    def stored_checkpoint(
        self, thread: str, ns: str, checkpoint_id: str, versions: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The bytes of a checkpoint (with its channel values) and its metadata, JSON in this saver."""
        [(tag, checkpoint, metadata)] = self._connection.execute(
            "SELECT type, checkpoint, metadata FROM checkpoints"
            " WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?",
            (thread, ns, checkpoint_id),
        ).fetchall()
        blobs = [[channel, describe(version), None] for channel, version in versions.items()]
        return {"checkpoint": typed((tag, checkpoint)), "metadata": typed(("json", metadata)), "blobs": blobs}

    def stored_writes(self, thread: str, ns: str, checkpoint_id: str, task_id: str) -> Any:
        """All pending writes of a task, as they are stored by now: index, channel, bytes."""
        rows = self._connection.execute(
            "SELECT idx, channel, type, value FROM writes"
            " WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ? AND task_id = ? ORDER BY rowid",
            (thread, ns, checkpoint_id, task_id),
        ).fetchall()
        return [[index, channel, typed((tag, value))] for index, channel, tag, value in rows]


class PathlessSaver(MemorySaver):
    """The same as a saver was before `put_writes` took a task's path: upstream looks at the signature."""

    def put_writes(self, config: Any, writes: Any, task_id: str) -> None:  # type: ignore[override]
        super().put_writes(config, writes, task_id)

    async def aput_writes(self, config: Any, writes: Any, task_id: str) -> None:  # type: ignore[override]
        super().put_writes(config, writes, task_id)


def open_saver(kind: str, book: Book, folder: Path | None) -> Any:
    """The saver that `run.saver` names; None for `none`. `folder` is where an SQLite database may lie.

    Raises PostgresError where that is PostgreSQL's and there is no server.
    """
    if kind == "none":
        return None
    if kind == "memory":
        return MemorySaver(book)
    if kind == "pathless":
        return PathlessSaver(book)
    if kind == "postgres":
        from parity.subjects.upstream.programs.postgres import PostgresqlSaver

        return PostgresqlSaver(book)
    assert folder is not None
    return SqlSaver(book, folder / "checkpoints.sqlite")
