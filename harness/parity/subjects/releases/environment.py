"""The environment of a release: made from wheels, once, and found again."""

from __future__ import annotations

import os
import tempfile
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import parity
from parity.oracle import OracleError
from parity.oracle.definition import load
from parity.oracle.lock import Lock
from parity.subjects.releases import cache, pip
from parity.subjects.releases.cache import Installed
from parity.subjects.releases.errors import ReleaseError
from parity.subjects.releases.name import Release

__all__ = ["COMPANIONS", "WANTED", "ensure", "find", "harness_path"]

COMPANIONS: tuple[str, ...] = ("numpy",)
"""What the worker imports beside LangGraph and what LangGraph brings."""

WANTED: tuple[str, ...] = ("langgraph-checkpoint-sqlite==3.1.2",)
"""What some programs need; without it they are left out. It refuses older versions of langgraph-checkpoint."""


def ensure(release: Release, say: Callable[[str], object] = lambda _: None) -> Installed:
    """The environment of a release, installed first if need be; `say` hears one line then. Raises ReleaseError."""
    found = find(release)
    if found is not None:
        return found
    lock = _oracle_lock()
    folder = _folder(release, lock)
    with cache.locked(folder):
        found = cache.read(folder)  # another process may have made it while this one waited
        if found is None:
            found = _install(release, lock, folder, say)
    return found


def find(release: Release) -> Installed | None:
    """The environment of a release if there is one. Raises ReleaseError if the oracle's own lock cannot be read."""
    return cache.read(_folder(release, _oracle_lock()))


def harness_path() -> Path:
    """A folder for PYTHONPATH that holds this very package and nothing else: beside it lies what is installed here.

    Raises ReleaseError.
    """
    package = Path(parity.__file__).resolve().parent
    folder = cache.folder_for_harness(package)
    link = folder / package.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(package, target_is_directory=True)
    except FileExistsError:
        pass  # another process has made it
    except OSError as error:
        raise ReleaseError(f"cannot use the cache {folder}: {error.strerror or error}") from error
    return folder


def _folder(release: Release, lock: Lock) -> Path:
    return cache.folder_of(release, lock, (*COMPANIONS, *WANTED))


def _install(release: Release, lock: Lock, folder: Path, say: Callable[[str], object]) -> Installed:
    try:
        with cache.begin(folder) as made, tempfile.TemporaryDirectory(prefix="parity-wheel-") as fetched:
            wheel = pip.download(release.version, Path(fetched))
            direct = {str(canonicalize_name(item.name)): item for item in pip.requirements_of(wheel)}
            say(f"installing langgraph {release} into {folder}")
            kept, refused = _constraints(release, lock, direct)
            venv.create(made, symlinks=os.name != "nt", with_pip=False)
            complete, unconstrained = _fill(made, wheel, kept, release)
            if not complete:
                refused.update((name, "it cannot be installed beside this release") for name in WANTED)
            installed = Installed(
                folder=made,
                release=str(release),
                distributions=pip.freeze(made),
                direct={name: str(item.specifier) for name, item in sorted(direct.items())},
                refused=refused,
                unconstrained=unconstrained,
            )
            _verify(release, installed)
            installed.save()
    except OSError as error:
        raise ReleaseError(f"cannot install langgraph {release} in {folder}: {error.strerror or error}") from error
    whole = cache.read(folder)
    if whole is None:
        raise ReleaseError(f"langgraph {release} was installed in {folder}, but cannot be read back")
    return whole


def _fill(made: Path, wheel: Path, kept: Mapping[str, str], release: Release) -> tuple[bool, str]:
    """Installs with the oracle's pins, else without them; with what is only wanted, else without.

    Whether that is there, and why the pins could not be kept, empty where they were. Raises ReleaseError.
    """
    pins = tuple(f"{name}=={version}" for name, version in release.pins)
    constraints = made / "constraints.txt"
    complaints: list[str] = []
    for pinned, wanted in ((True, True), (True, False), (False, True), (False, False)):
        lines = [f"{name}=={version}\n" for name, version in sorted(kept.items())] if pinned else []
        constraints.write_text("".join(lines), "utf-8")
        others = (*COMPANIONS, *(WANTED if wanted else ()), *pins)
        complaint = pip.install(cache.python_of(made), wheel, others, constraints)
        if complaint is None:
            return wanted, "" if pinned else complaints[1]
        complaints.append(complaint)
    raise ReleaseError(f"cannot install langgraph {release}: {complaints[-1]}")


def _constraints(
    release: Release, lock: Lock, direct: Mapping[str, Requirement]
) -> tuple[dict[str, str], dict[str, str]]:
    """The oracle's pins that apply here and that the release accepts, and those that it refuses."""
    asked = {"langgraph", *(name for name, _ in release.pins)}
    pins = {name: version for name, version in lock.versions.items() if name not in asked and lock.applies(name)}
    refused = {
        name: f"the frozen {version} is not {direct[name].specifier}"
        for name, version in pins.items()
        if name in direct and not direct[name].specifier.contains(version, prereleases=True)
    }
    return {name: version for name, version in pins.items() if name not in refused}, refused


def _verify(release: Release, installed: Installed) -> None:
    """Raises ReleaseError if what was installed is not what was asked for."""
    for name, version in (("langgraph", str(release.version)), *release.pins):
        if (found := installed.distributions.get(name)) != version:
            raise ReleaseError(f"asked for {name} {version}, but the package index gave {found or 'nothing'}")


def _oracle_lock() -> Lock:
    try:
        return load().lock
    except OracleError as error:
        raise ReleaseError(str(error)) from error
