"""Where environments of releases are kept, and how one is made so that nobody ever meets half of it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from parity.oracle.lock import Lock
from parity.subjects.releases.errors import ReleaseError
from parity.subjects.releases.name import Release

__all__ = ["VARIABLE", "Installed", "begin", "folder_for_harness", "folder_of", "locked", "python_of", "read", "root"]

VARIABLE = "LANGGRAPH_PARITY_CACHE"
"""The environment variable that names the cache's folder; every process of a run reads it."""

_RECORD = "release.json"
_SCHEMA = "parity/release/1"


@dataclass(frozen=True)
class Installed:
    """An environment that is whole: its folder, the release, and the exact version of all that is in it.

    `direct` is what the release itself requires; `refused` names pins of the frozen oracle that it does not accept,
    with what it asks for; `unconstrained` says why none of those pins could be kept, empty where they were.
    """

    folder: Path
    release: str
    distributions: dict[str, str]
    direct: dict[str, str]
    refused: dict[str, str]
    unconstrained: str = ""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return python_of(self.folder)

    def save(self) -> None:
        """Writes the record that makes the folder a whole environment. Raises OSError."""
        record = {"schema": _SCHEMA, **{key: value for key, value in asdict(self).items() if key != "folder"}}
        (self.folder / _RECORD).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")


def root() -> Path:
    """The cache's folder: LANGGRAPH_PARITY_CACHE, else langgraph-parity below XDG_CACHE_HOME or ~/.cache."""
    if named := os.environ.get(VARIABLE):
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "langgraph-parity"


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


def folder_of(release: Release, lock: Lock, others: tuple[str, ...]) -> Path:
    """Where the environment of a release lies: one for each interpreter and each set of pins."""
    text = repr((str(release), sys.version, sys.base_prefix, sorted(lock.versions.items()), others, _SCHEMA))
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    return root() / "releases" / f"langgraph-{release.version}-{python}-{digest}"


def folder_for_harness(package: Path) -> Path:
    """Where the link to the harness's package lies that environments are shown."""
    return root() / "harness" / hashlib.sha256(str(package).encode()).hexdigest()[:10]


def read(folder: Path) -> Installed | None:
    """The environment in that folder; None where there is none, or where it is not whole."""
    try:
        record: dict[str, Any] = json.loads((folder / _RECORD).read_text("utf-8"))
        if record.pop("schema") != _SCHEMA or not python_of(folder).exists():
            return None
        return Installed(folder=folder, **record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder against every other process that would make it. Raises ReleaseError."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f".{folder.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise ReleaseError(f"cannot use the cache {folder.parent}: {error.strerror or error}") from error


@contextlib.contextmanager
def begin(folder: Path) -> Iterator[Path]:
    """A folder to make the environment in; renamed to `folder` if the body ends well, removed if not.

    To be held by `locked`. What a killed process left is removed first.
    """
    for left in folder.parent.glob(f".{folder.name}.tmp-*"):
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.tmp-", dir=folder.parent))
    try:
        yield made
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
