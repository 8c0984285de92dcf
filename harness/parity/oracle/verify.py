"""Whether what is installed is the frozen oracle. Nothing of it is imported: only metadata and files are read."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from parity.oracle.definition import DEFAULT, Oracle, OracleError, Package, load, sha256_of

__all__ = ["Installed", "Problem", "installed", "require", "verify"]

INSTALL = "pip install --require-hashes -r requirements-dev.lock"
"""How to mend a wrong or missing package."""


@dataclass(frozen=True)
class Problem:
    """A file or package that is not the oracle's: what was expected, what was found, and the cure."""

    what: str
    expected: str
    found: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}; to mend: {self.mend}"


@dataclass(frozen=True)
class Installed:
    """An installed package: its version and the folder that its files' paths are relative to."""

    version: str
    location: Path


def installed(name: str) -> Installed | None:
    """The package of that name in this environment, or None."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    return Installed(distribution.version, Path(str(distribution.locate_file(""))))


def verify(oracle: Oracle, find: Callable[[str], Installed | None] = installed) -> list[Problem]:
    """Everything that is not as frozen: Python, then each package of the lock, then each upstream source file.

    A package of the wrong version is told once; its files are compared only if its version is right, or all of them
    would be told again.
    """
    problems: list[Problem] = []
    python = platform.python_version()
    if not oracle.requires_python.contains(python, prereleases=True):
        wanted = f"CPython {oracle.requires_python}"
        problems.append(Problem("Python", wanted, python, f"use {wanted}; nox runs with the Python it is installed in"))
    behaviour = {package.name: package for package in oracle.packages}
    for name, version in oracle.lock.versions.items():
        if not oracle.lock.applies(name):
            continue
        package = find(name)
        if package is None or package.version != version:
            found = "nothing" if package is None else package.version
            problems.append(Problem(f"package {name}", version, found, INSTALL))
        elif name in behaviour:
            problems += _files(behaviour[name], package)
    return problems


def require(name: str = DEFAULT) -> Oracle:
    """The oracle, if it is what is installed. Raises OracleError with the first problem and the number of others."""
    oracle = load(name)
    problems = verify(oracle)
    if problems:
        others = f" (and {len(problems) - 1} more: `parity doctor`)" if len(problems) > 1 else ""
        raise OracleError(f"the oracle {oracle.name} is not what is installed: {problems[0]}{others}")
    return oracle


def _files(package: Package, where: Installed) -> list[Problem]:
    problems: list[Problem] = []
    mend = f"pip install --force-reinstall --no-deps {package.name}=={where.version}"
    for file, expected in package.files.items():
        try:
            found = sha256_of(where.location / file)
        except OSError as error:
            problems.append(Problem(f"file {where.location / file}", "it to be there", error.strerror or "?", mend))
            continue
        if found != expected:
            problems.append(Problem(f"file {where.location / file}", f"sha256 {expected}", found, mend))
    return problems
