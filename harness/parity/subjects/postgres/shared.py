"""One server for all processes of a run, started by the first that asks for it.

A run has a *place*: a folder that its first process makes, and whose path the others have in their environment. The
owner of the place holds a lock there for as long as it lives. Who needs the server starts a keeper in the place, unless
there is one; the keeper runs the server and waits for the owner's lock. The kernel gives it that lock when the owner
is gone, in whatever way, and then server and place go too. A process without a place in its environment makes one of
its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from parity.subjects.postgres.errors import PostgresError

__all__ = ["VARIABLE", "Place", "address", "owned", "owned_by_this_process", "setting_up"]

VARIABLE = "PARITY_POSTGRES"
"""Environment variable: the place of the run."""

_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
_PREFIX = "parity-pg-"
_SWEPT_SECONDS = 600.0
"""Age of a place that may be taken for one that was left."""

_LONGEST_PATH = 60
"""Characters of a temporary folder's path: the path of a Unix socket below it may have 107."""


class Place:
    """The files of a place, of which a run has one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.owner = folder / "owner"
        """Locked by the owner while it lives."""
        self.keeper = folder / "keeper"
        """Locked by the keeper while it lives."""
        self.starting = folder / "starting"
        """Locked by whoever looks whether there is a keeper."""
        self.told = folder / "told.json"
        """What the keeper has said: `{"server": folder}` or `{"error": why}`."""
        self.server = folder / "server"

    def read(self) -> Path | None:
        """The folder of the server's socket; None where no keeper has been started. Raises PostgresError."""
        try:
            told = json.loads(self.told.read_text("utf-8"))
        except FileNotFoundError:
            return None
        if "error" in told:
            raise PostgresError(told["error"])
        return Path(told["server"])

    def tell(self, **told: str) -> None:
        """Writes down what came of the start; whole, or not at all."""
        draft = self.folder / "told.draft"
        draft.write_text(json.dumps(told), "utf-8")
        draft.replace(self.told)


def address() -> Path:
    """The folder of the socket of this run's server, which is started if it is not there yet. Raises PostgresError."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else owned_by_this_process()
    place = Place(folder)
    try:
        found = place.read()
        if found is not None:
            return found
        with _locked(place.starting):
            found = place.read()  # another process may have started it while this one waited
            if found is None:
                _start_keeper(place)
                found = place.read()
    except OSError as error:
        raise PostgresError(f"the run's place for PostgreSQL is gone: {error}") from error
    if found is None:
        raise PostgresError("the keeper of PostgreSQL ended without a word")
    return found


@contextlib.contextmanager
def setting_up() -> Iterator[None]:
    """Inside, no other process of the run makes tables: what it names, and the indexes it builds, are not disturbed."""
    folder = os.environ.get(VARIABLE) or owned_by_this_process()
    with _locked(Path(folder) / "setting-up"):
        yield


@contextlib.contextmanager
def owned() -> Iterator[None]:
    """Inside, this process and those that it starts have a place; when it is left the server is gone, if there was one.

    Where there is a place already it is that one, and stays. Where none can be made, each process is on its own.
    """
    if os.environ.get(VARIABLE):
        yield
        return
    try:
        place, lock = _make()
    except OSError:
        yield
        return
    os.environ[VARIABLE] = str(place.folder)
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        _leave(place, lock)


_OWN: dict[int, tuple[Path, int]] = {}
"""By process id, the place of a process that was given none, with its lock: a forked process needs another."""


def owned_by_this_process() -> Path:
    """A place that lasts as long as this process. Raises PostgresError."""
    pid = os.getpid()
    if pid not in _OWN:
        try:
            place, lock = _make()
        except OSError as error:
            raise PostgresError(f"there is no place for PostgreSQL: {error}") from error
        _OWN[pid] = place.folder, lock
    return _OWN[pid][0]


def _make() -> tuple[Place, int]:
    base = tempfile.gettempdir()
    base = base if len(base) <= _LONGEST_PATH else "/tmp"
    _sweep(Path(base))
    place = Place(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base)))
    place.folder.chmod(0o711)  # the server's own account must be able to enter it
    # Not inherited by a program that this process executes.
    lock = os.open(place.owner, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return place, lock


def _sweep(base: Path) -> None:
    """Removes the places of owners that were killed before anybody asked for a server: no keeper is there to do it."""
    for folder in base.glob(f"{_PREFIX}*"):
        place = Place(folder)
        with contextlib.suppress(OSError):
            if (
                time.time() - folder.stat().st_mtime > _SWEPT_SECONDS
                and not _is_locked(place.owner)
                and not _kept(place)
            ):
                shutil.rmtree(folder, ignore_errors=True)


def _leave(place: Place, lock: int) -> None:
    """Gives the place up, and waits until the keeper has removed it, if there is one."""
    with contextlib.suppress(OSError), _locked(place.starting):
        started = place.told.exists() and "server" in json.loads(place.told.read_text("utf-8"))
        os.close(lock)
        if not started:
            shutil.rmtree(place.folder, ignore_errors=True)
            return
    deadline = time.monotonic() + _STOP_SECONDS
    while place.folder.exists() and time.monotonic() < deadline and _kept(place):
        time.sleep(0.01)
    shutil.rmtree(place.folder, ignore_errors=True)


def _kept(place: Place) -> bool:
    """Whether the keeper lives: it locks a file for as long as it does."""
    return place.keeper.exists() and _is_locked(place.keeper)


def _is_locked(path: Path) -> bool:
    """Raises OSError where there is no such file of ours."""
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _start_keeper(place: Place) -> None:
    # A process of its own session, in which nothing of a subject under test is active: it outlives who asked first.
    environment = {**os.environ, "LANGGRAPH_BACKEND": "", "LANGGRAPH_RS_WITNESS": ""}
    keeper = subprocess.Popen(
        (sys.executable, "-m", "parity.subjects.postgres.keeper", str(place.folder)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    assert keeper.stdout is not None
    # It closes its output when it has said what came of the start.
    with keeper.stdout as output:
        output.read()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
