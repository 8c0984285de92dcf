"""Runs the server of a place for as long as the place has an owner: `python -m parity.subjects.postgres.keeper PLACE`.

It says in the place what came of the start, and closes its standard output.
"""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

from parity.subjects.postgres.errors import PostgresError
from parity.subjects.postgres.server import server
from parity.subjects.postgres.shared import Place

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Keeps the server until the owner is gone; returns the exit code."""
    if len(argv) != 1:
        print("usage: python -m parity.subjects.postgres.keeper PLACE", file=sys.stderr)
        return 2
    # What bounds the memory of a subject must not bound the server's.
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    place = Place(Path(argv[0]))
    owner = os.open(place.owner, os.O_RDWR)
    fcntl.flock(os.open(place.keeper, os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_EX)
    try:
        place.server.mkdir()
        with server(place.server):
            place.tell(server=str(place.server))
            _hush()
            fcntl.flock(owner, fcntl.LOCK_EX)
    except (PostgresError, OSError) as error:
        place.tell(error=str(error))
        _hush()
        fcntl.flock(owner, fcntl.LOCK_EX)
    finally:
        shutil.rmtree(place.folder, ignore_errors=True)
    return 0


def _hush() -> None:
    """Ends the output that whoever started this process reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
