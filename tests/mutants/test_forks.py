"""The client of a fork server: a slow machine is no fault, a server that does not speak is; nothing stays behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from parity.mutants.errors import MutantsError
from parity.mutants.forks import Forkserver, Session

SERVER = """
import json, os, sys, tempfile, time


def say(**message):
    print(json.dumps(message), flush=True)


say(forkserver=1, modules=[])
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        tempfile.mkstemp()
        say(pid=os.getpid(), applied="nothing")
        time.sleep(600)
        os._exit(0)
    os.waitpid(child, 0)
    if MODE == "slow":
        # As on a machine on which others are always first.
        begin = time.monotonic()
        while time.monotonic() - begin < 1.5:
            pass
    if MODE != "mute":
        say(ended=9, cpu=0.25)
"""


def server(mode: str) -> Forkserver:
    """A fork server of a few lines."""
    return Forkserver((sys.executable, "-c", SERVER.replace("MODE", repr(mode))))


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All patience together is then half a second."""
    monkeypatch.setattr(Session, "_LOOK_SECONDS", 0.1)


def test_a_server_that_is_slow_to_say_that_its_child_has_ended_is_waited_for() -> None:
    with server("slow") as slow:
        session = slow.session()
        session.close()
        assert session.cpu == 0.25


def test_a_server_that_gets_no_processor_is_waited_for() -> None:
    with server("prompt") as stopped:
        session = stopped.session()
        os.kill(stopped._process.pid, signal.SIGSTOP)
        threading.Timer(2.0, os.kill, (stopped._process.pid, signal.SIGCONT)).start()
        began = time.monotonic()
        session.close()
        assert (session.cpu, time.monotonic() - began > 1.5) == (0.25, True)
        stopped.session().close()


def test_a_server_that_never_says_it_is_a_fault() -> None:
    with server("mute") as mute:
        session = mute.session()
        with pytest.raises(MutantsError, match="does not hear of its child's end"):
            session.close()


def test_what_a_killed_child_leaves_in_its_temporary_folder_goes_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with server("prompt") as made:
        made.session().close()
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o711
        assert len(list(folder.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
