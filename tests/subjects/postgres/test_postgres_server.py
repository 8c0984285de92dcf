"""One server for a run: started by the first that asks, stopped when the owner of the run's place is gone."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.subjects.postgres import server
from parity.subjects.postgres.errors import PostgresError
from parity.subjects.postgres.shared import VARIABLE, Place, address, owned

OWNER = """
import signal, subprocess, sys, time
from parity.subjects.postgres.shared import address, owned
with owned():
    asked = [subprocess.Popen([sys.executable, "-c", "from parity.subjects.postgres.shared import address;"
             "print(address())"], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    [one, other] = [process.communicate()[0].strip() for process in asked]
    assert one == other == str(address()), (one, other)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started us in the background
    print(one, flush=True)
    LAST
"""


@pytest.fixture
def no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own processes have no place of the whole run of tests."""
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def owner(no_place: None, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A process that owns a place and has started its server, and then does what the test asks of it."""
    program = OWNER.replace("LAST", request.param)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def started(owner: subprocess.Popen[str]) -> tuple[Path, int]:
    """The folder of the owner's server, and the server's process id."""
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    return folder, int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def ends(folder: Path, pid: int) -> bool:
    """Whether server and place are gone, within a while."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not runs(pid) and not folder.parent.exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("owner", ["pass"], indirect=True)
def test_several_processes_share_one_server_which_is_gone_when_the_owner_leaves(owner: subprocess.Popen[str]) -> None:
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    assert owner.wait(60) == 0
    assert folder.name == "server"
    assert not folder.parent.exists(), "the owner waits until the place is gone"


@pytest.mark.parametrize("owner", ["time.sleep(600)"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_the_server_does_not_outlive_an_owner_that_is_ended(owner: subprocess.Popen[str], number: int) -> None:
    folder, pid = started(owner)
    assert runs(pid)
    owner.send_signal(number)
    assert ends(folder, pid)


@pytest.mark.parametrize("owner", ["time.sleep(600)"], indirect=True)
def test_the_server_does_not_outlive_its_keeper(owner: subprocess.Popen[str]) -> None:
    folder, pid = started(owner)
    keeper = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    assert "keeper" in Path(f"/proc/{keeper}/cmdline").read_text()
    os.kill(keeper, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(pid)
    owner.send_signal(signal.SIGINT)
    owner.wait(60)
    assert not folder.parent.exists(), "and the owner removes what the keeper left"


def test_a_place_that_nobody_asked_for_a_server_is_gone_at_once(no_place: None) -> None:
    with owned():
        place = Place(Path(os.environ[VARIABLE]))
        assert place.folder.exists()
        assert place.read() is None
    assert not place.folder.exists()
    assert VARIABLE not in os.environ


def test_places_of_owners_that_were_killed_early_are_swept_and_no_others(
    no_place: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp" if len(str(tmp_path)) > 60 else str(tmp_path))
    base = Path(tempfile.gettempdir())
    left, young, owned_by_one = (
        Place(base / f"parity-pg-test-{name}-{os.getpid()}") for name in ("left", "young", "has")
    )
    for place in (left, young, owned_by_one):
        place.folder.mkdir()
        place.owner.touch()
    for place in (left, owned_by_one):
        os.utime(place.folder, (0, 0))
    with owned_by_one.owner.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with owned():
            found = [place.folder.exists() for place in (left, young, owned_by_one)]
    for place in (young, owned_by_one):
        shutil.rmtree(place.folder)
    assert found == [False, True, True]


def test_what_the_keeper_said_of_a_start_that_failed_is_said_to_all_that_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Place(tmp_path).tell(error="it is not installed: install it")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for _ in range(2):
        with pytest.raises(PostgresError, match=r"^it is not installed: install it$"):
            address()


def test_a_machine_without_postgresql_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresError, match="PostgreSQL is not installed: install PostgreSQL"), server.server(tmp_path):
        pass


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "there").write_text("already")
    with pytest.raises(PostgresError, match=r"^initdb failed: .*/data"), server.server(tmp_path):
        pass
