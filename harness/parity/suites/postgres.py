"""A PostgreSQL server for one suite, where upstream's tests expect it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from parity.subjects.postgres.errors import PostgresError
from parity.subjects.postgres.server import USER
from parity.subjects.postgres.server import server as postgres
from parity.suites.errors import SuiteError

__all__ = ["server"]


@contextlib.contextmanager
def server(port: int) -> Iterator[str]:
    """A fresh server on that TCP port of localhost, 0 for any; yields its URI, which ends in a slash.

    It is stopped and its folder removed however the block is left. Raises SuiteError if PostgreSQL is not installed,
    the port is taken, or the server does not start.
    """
    port = _free_port(port)
    folder = Path(tempfile.mkdtemp(prefix="parity-postgres-"))
    try:
        with postgres(folder, port):
            yield f"postgres://{USER}:{USER}@localhost:{port}/"
    except PostgresError as error:
        raise SuiteError(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SuiteError(f"port {port}, where upstream's tests expect PostgreSQL, is taken: {error}") from error
        return int(probe.getsockname()[1])
