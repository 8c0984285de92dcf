"""A PostgreSQL server for one run: made in a folder of its own, on this machine only, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from parity.suites.errors import SuiteError

__all__ = ["server"]

_INSTALL = "install PostgreSQL (Debian: `apt-get install postgresql`)"
_USER = "postgres"
"""Both the server's superuser and, where we are root, the account that Debian's package made to run it."""

_DEBIAN = Path("/usr/lib/postgresql")
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


@contextlib.contextmanager
def server(port: int) -> Iterator[str]:
    """A fresh server on that TCP port of localhost, 0 for any; yields its URI, which ends in a slash.

    It is stopped and its folder removed however the block is left. Raises SuiteError if PostgreSQL is not installed,
    the port is taken, or the server does not start.
    """
    programs = _programs()
    account = _account()
    port = _free_port(port)
    folder = Path(tempfile.mkdtemp(prefix="parity-postgres-"))
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
            )
        _await(programs, process, port, folder / "log")
        yield f"postgres://{_USER}:{_USER}@localhost:{port}/"
    except OSError as error:
        raise SuiteError(f"cannot run PostgreSQL in {folder}: {error}") from error
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _settings(port: int, folder: Path) -> tuple[str, ...]:
    settings = {
        "listen_addresses": "localhost",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        # The data does not outlive the run.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    return tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))


def _programs() -> Path:
    """The folder with initdb and postgres; Debian keeps those of the newest version out of PATH."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))])
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        raise SuiteError(f"PostgreSQL is not installed: {_INSTALL}")
    return Path(found).resolve().parent


def _account() -> int | None:
    """The user id to run the server under; None for our own. The server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_USER).pw_uid
    except KeyError as error:
        raise SuiteError(f"PostgreSQL does not run as root, and there is no user {_USER!r}: {_INSTALL}") from error


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SuiteError(f"port {port}, where upstream's tests expect PostgreSQL, is taken: {error}") from error
        return int(probe.getsockname()[1])


def _initialise(programs: Path, data: Path, account: int | None) -> None:
    command = (
        *(programs / "initdb", "--pgdata", data, "--username", _USER, "--auth", "trust"),
        *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
    )
    run = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, cwd=data.parent, user=account
    )
    if run.returncode != 0:
        raise SuiteError(f"initdb failed: {' '.join((run.stderr or run.stdout).split())[-300:]}")


def _await(programs: Path, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    ready = (programs / "pg_isready", "--quiet", "--host", "localhost", "--port", str(port))
    while subprocess.run(ready, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise SuiteError(f"PostgreSQL did not start: {' '.join(log.read_text('utf-8', 'replace').split())[-300:]}")
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
