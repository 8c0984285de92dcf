"""A PostgreSQL server in a folder of its own, for this machine only, whose data nobody wants to keep."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from parity.subjects.limits import end_with_parent
from parity.subjects.postgres.errors import PostgresError

__all__ = ["INSTALL", "USER", "find_programs", "server"]

INSTALL = "install PostgreSQL (Debian: `apt-get install postgresql`)"
USER = "postgres"
"""Both the server's superuser and, where we are root, the account that Debian's package made to run it."""

_DEBIAN = Path("/usr/lib/postgresql")
_PORT = 5432
"""What a client's library takes for a socket in a folder, unless it is told another."""

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


@contextlib.contextmanager
def server(folder: Path, port: int | None = None) -> Iterator[None]:
    """A fresh server in an empty folder, on a Unix socket there, and on a TCP port of localhost if one is given.

    It is stopped however the block is left, also where this process is killed; the folder is not removed. Raises
    PostgresError if PostgreSQL is not installed or the server does not start.
    """
    programs = find_programs()
    account = _account()
    process: subprocess.Popen[bytes] | None = None
    try:
        if account is not None:
            os.chown(folder, account, -1)
        data = folder / "data"
        _initialise(programs, data, account)
        with (folder / "log").open("wb") as log:
            # A session of its own: Ctrl-C is for us, and we stop it in order.
            process = subprocess.Popen(
                (programs / "postgres", "-D", data, *_settings(port, folder)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
                user=account,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, and no lock is taken
            )
        _await(programs, process, folder, port)
        yield
    except OSError as error:
        raise PostgresError(f"cannot run PostgreSQL in {folder}: {error}") from error
    finally:
        if process is not None:
            _stop(process)


def _end_with_parent() -> None:
    end_with_parent(signal.SIGQUIT)  # immediate shutdown, children included


def _settings(port: int | None, folder: Path) -> tuple[str, ...]:
    settings = {
        "listen_addresses": "" if port is None else "localhost",
        "port": str(port or _PORT),
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        # The data does not outlive the run.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        # In the folder, and not where a killed server would leave it.
        "dynamic_shared_memory_type": "mmap",
        # What it does in between changes how it reads later, and so the order of what it reads.
        "autovacuum": "off",
        "jit": "off",
    }
    return tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))


def find_programs() -> Path:
    """The folder with initdb and postgres; Debian keeps those of the newest version out of PATH."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        raise PostgresError(f"PostgreSQL is not installed: {INSTALL}")
    return Path(found).resolve().parent


def _account() -> int | None:
    """The user id to run the server under; None for our own. The server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER).pw_uid
    except KeyError as error:
        raise PostgresError(f"PostgreSQL does not run as root, and there is no user {USER!r}: {INSTALL}") from error


def _initialise(programs: Path, data: Path, account: int | None) -> None:
    command = (
        *(programs / "initdb", "--pgdata", data, "--username", USER, "--auth", "trust"),
        *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
    )
    run = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, cwd=data.parent, user=account
    )
    if run.returncode != 0:
        raise PostgresError(f"initdb failed: {' '.join((run.stderr or run.stdout).split())[-300:]}")


def _await(programs: Path, process: subprocess.Popen[bytes], folder: Path, port: int | None) -> None:
    log = folder / "log"
    deadline = time.monotonic() + _START_SECONDS
    ready = (programs / "pg_isready", "--quiet", "--host", str(folder), "--port", str(port or _PORT))
    while subprocess.run(ready, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            told = " ".join(log.read_text("utf-8", "replace").split())
            raise PostgresError(f"PostgreSQL did not start: {told[-300:]}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown: connections are cut, the server's processes are gone when it returns."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGQUIT)  # immediate shutdown, children included
        process.wait()
