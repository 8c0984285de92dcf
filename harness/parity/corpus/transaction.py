"""Several files replaced as one: either all of the old or all of the new, whenever the writer dies.

New files are staged in a folder beside the old ones. Renaming the journal into that folder is the commit: before it,
the staged files are rubbish; after it, whoever comes next finishes putting them in place. Putting in place can be
repeated from any point.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from parity.cases.model import CaseError
from parity.triage.files import read_json, write_atomic

__all__ = ["STAGING", "reading", "replace_files"]

STAGING = ".corpus-staging"
JOURNAL = "COMMIT"

_WAIT = 120.0
"""Seconds that a reader waits for a writer: staged files are run once more before they are put in place."""


def replace_files(root: Path, files: Mapping[str, bytes], remove: set[str], check: Callable[[Path], None]) -> None:
    """Writes `files` and removes others below `root`, all or nothing; paths are relative, in the order to be written.

    `check` is given the staging folder before anything is replaced; if it raises, nothing has happened. Raises
    CaseError if another writer is at work or the folder cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root, fcntl.LOCK_EX, wait=0.0):
            _recover(root)
            staging = root / STAGING
            try:
                for path, data in files.items():
                    write_atomic(staging / path, data)
                check(staging)
                _sync_folders(staging)
                journal = {"write": list(files), "remove": sorted(remove)}
                write_atomic(staging / JOURNAL, json.dumps(journal).encode())
                _sync(staging)
            except BaseException:
                if not (staging / JOURNAL).exists():
                    shutil.rmtree(staging, ignore_errors=True)
                raise
            _finish(root)
    except OSError as error:
        raise CaseError("/", f"cannot write {root}: {error.strerror or error}") from error


@contextmanager
def reading(root: Path) -> Iterator[None]:
    """Holds writers off while the files are read, after finishing what a killed writer had committed."""
    try:
        if (root / STAGING / JOURNAL).exists():
            with _locked(root, fcntl.LOCK_EX, wait=_WAIT):
                _recover(root)
        with _locked(root, fcntl.LOCK_SH, wait=_WAIT):
            yield
    except OSError as error:
        raise CaseError("/", f"cannot read {root}: {error.strerror or error}") from error


def _recover(root: Path) -> None:
    staging = root / STAGING
    if (staging / JOURNAL).exists():
        _finish(root)
    elif staging.exists():
        shutil.rmtree(staging)


def _finish(root: Path) -> None:
    staging = root / STAGING
    journal = read_json(staging / JOURNAL)
    for path in journal["write"]:
        if (staging / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / path, root / path)
            _sync((root / path).parent)
    for path in journal["remove"]:
        (root / path).unlink(missing_ok=True)
    _sync(root)
    # The journal goes first: staged files without one are rubbish, a journal without its files would be a lie.
    (staging / JOURNAL).unlink()
    shutil.rmtree(staging)


@contextmanager
def _locked(root: Path, mode: int, wait: float) -> Iterator[None]:
    """Holds a lock on the folder itself, which dies with the process and leaves no file behind."""
    handle = os.open(root, os.O_RDONLY)
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, mode | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise CaseError("/", f"another process is writing or reading {root}; try again later") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folders(root: Path) -> None:
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        _sync(folder)
