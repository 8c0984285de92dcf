"""Upstream's conformance package over the savers that people use, each with the serializer that it takes by default.

One test is one capability of one saver: all of the package's checks of it must pass. A further test reads the bytes
that a saver has stored, and under the Rust backend counts that Rust wrote and read them.

Runs in the process of `parity upstream --suite conformance`, with PostgreSQL at PARITY_POSTGRES_URI.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import Capability
from langgraph.checkpoint.conformance.report import ProgressCallbacks
from langgraph.checkpoint.conformance.test_utils import generate_checkpoint, generate_config, generate_metadata
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from psycopg import AsyncConnection

Saver = BaseCheckpointSaver[Any]
Opened = AbstractAsyncContextManager[Saver]

ON_RUST = os.environ.get("LANGGRAPH_BACKEND") == "rust"


def awaited(kind: type[Saver]) -> type[Saver]:
    """A saver with the asynchronous methods that the package calls, made of its synchronous ones.

    Only what the class itself defines: the package finds out by overriding which capabilities there are.
    """

    def method(name: str) -> Callable[..., Any]:
        async def call(self: Saver, *args: Any, **kwargs: Any) -> Any:
            return getattr(self, name)(*args, **kwargs)

        return call

    async def alist(self: Saver, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        for item in self.list(*args, **kwargs):
            yield item

    names = ("put", "put_writes", "get_tuple", "delete_thread", "delete_for_runs", "copy_thread", "prune")
    defined = [name for name in names if getattr(kind, name) is not getattr(BaseCheckpointSaver, name)]
    return type(f"Awaited{kind.__name__}", (kind,), {"alist": alist, **{f"a{name}": method(name) for name in defined}})


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[Saver]:
    yield InMemorySaver()


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Saver]:
    with awaited(SqliteSaver).from_conn_string(str(folder / "saver.sqlite")) as saver:  # type: ignore[attr-defined]
        yield saver


@asynccontextmanager
async def async_sqlite(folder: Path) -> AsyncIterator[Saver]:
    async with AsyncSqliteSaver.from_conn_string(str(folder / "saver.sqlite")) as saver:
        yield saver


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    """A database of its own on the run's server; yields its URI."""
    server, name = os.environ["PARITY_POSTGRES_URI"], f"parity_{uuid.uuid4().hex}"
    async with await AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}{name}"
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[Saver]:
    async with database() as uri:
        with awaited(PostgresSaver).from_conn_string(uri) as saver:  # type: ignore[attr-defined]
            saver.setup()
            yield saver


@asynccontextmanager
async def async_postgres(folder: Path) -> AsyncIterator[Saver]:
    async with database() as uri, AsyncPostgresSaver.from_conn_string(uri) as saver:
        await saver.setup()
        yield saver


SAVERS: dict[str, Callable[[Path], Opened]] = {
    "InMemorySaver": in_memory,
    "SqliteSaver": sqlite,
    "AsyncSqliteSaver": async_sqlite,
    "PostgresSaver": postgres,
    "AsyncPostgresSaver": async_postgres,
}


def codec_work() -> dict[str, Any] | None:
    """Rust's own count of what it coded so far; None on Python, where it must not even be loaded."""
    core = sys.modules.get("langgraph_rs._core")
    assert (core is not None) == ON_RUST
    return None if core is None else core.codec_counters()


def total(tree: Any) -> int:
    """The sum of all counters of a tree."""
    return sum(map(total, tree.values())) if isinstance(tree, dict) else int(tree)


@pytest.mark.parametrize("capability", [capability.value for capability in Capability])
@pytest.mark.parametrize("name", SAVERS)
async def test_capability(
    name: str, capability: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    @checkpointer_test(name=name)
    async def opened() -> AsyncIterator[Saver]:
        async with SAVERS[name](tmp_path) as saver:
            yield saver

    checks: list[str] = []
    trouble: list[str] = []

    def heard(_: str, check: str, passed: bool, error: str | None) -> None:
        checks.append(check)
        if not passed:
            trouble.append(f"{check}: {error}")

    before = codec_work()
    report = await validate(opened, capabilities={capability}, progress=ProgressCallbacks(on_test_result=heard))
    result = report.results[capability]
    if not result.detected:
        pytest.skip(f"{name} does not have it")
    record_property("checks", len(checks))
    assert not trouble, "\n".join(trouble)
    assert result.passed is True
    assert result.tests_passed == len(checks) > 0
    if before is not None:
        assert total(codec_work()) > total(before), "Rust coded nothing"


async def stored_values(name: str, saver: Any, folder: Path) -> list[tuple[str, bytes]]:
    """Every serialized value that the saver holds, with its type tag, read past the saver.

    SQLite's metadata and PostgreSQL's checkpoints are JSON of the database's, which no serializer writes.
    """
    if name == "InMemorySaver":
        spaces = [space for spaces in saver.storage.values() for space in spaces.values()]
        entries = [
            pair for space in spaces for checkpoint, metadata, _ in space.values() for pair in (checkpoint, metadata)
        ]
        writes = [write[2] for written in saver.writes.values() for write in written.values()]
        return [*entries, *saver.blobs.values(), *writes]
    queries = (
        ("SELECT type, checkpoint FROM checkpoints", "SELECT type, value FROM writes")
        if "Sqlite" in name
        else (
            "SELECT type, blob FROM checkpoint_blobs WHERE blob IS NOT NULL",
            "SELECT type, blob FROM checkpoint_writes",
        )
    )
    if "Sqlite" in name:
        import sqlite3

        with sqlite3.connect(folder / "saver.sqlite") as connection:
            return [row for query in queries for row in connection.execute(query)]
    found: list[tuple[str, bytes]] = []
    async with await AsyncConnection.connect(saver.conn.info.dsn, password="postgres") as reader:
        for query in queries:
            cursor = await reader.execute(query)
            found += [(str(tag), bytes(blob)) for tag, blob in await cursor.fetchall()]
    return found


@pytest.mark.parametrize("name", SAVERS)
async def test_every_stored_byte_comes_from_the_backend_and_is_read_by_it(name: str, tmp_path: Path) -> None:
    value = {"when": uuid.UUID(int=7), "some": {1, 2}, "text": "ä"}
    async with SAVERS[name](tmp_path) as saver:
        config = generate_config("thread")
        config["configurable"]["checkpoint_ns"] = ""
        checkpoint = generate_checkpoint(channel_values={"value": value}, channel_versions={"value": 1})
        before = codec_work()
        stored = await saver.aput(config, checkpoint, generate_metadata(), {"value": 1})
        await saver.aput_writes(stored, [("value", value)], "task")
        written = codec_work()
        held = await stored_values(name, saver, tmp_path)
        loaded = await saver.aget_tuple(stored)
        read = codec_work()
        expected = saver.serde.dumps_typed(value)
    assert loaded is not None
    assert loaded.checkpoint["channel_values"] == {"value": value}
    assert loaded.pending_writes == [("task", "value", value)]
    assert expected in held
    if before is not None and written is not None and read is not None:
        assert type(saver.serde).__module__.startswith("langgraph_rs")
        # To the byte: what lies in the saver is what Rust wrote since `before`, and nothing else.
        lies = sum(len(data) for tag, data in held if tag == "msgpack")
        assert written["encoded"]["bytes"] - before["encoded"]["bytes"] == lies > 0
        assert read["decoded"]["bytes"] - written["decoded"]["bytes"] >= 2 * len(expected[1])
