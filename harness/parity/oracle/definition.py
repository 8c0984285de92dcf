"""What an oracle is: a folder of `oracles/` with `oracle.toml` and the requirements lock that it names."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from parity.oracle.lock import Lock, LockError, read_lock

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["DEFAULT", "SCHEMA", "Oracle", "OracleError", "Package", "folder_of", "load", "sha256_of"]

DEFAULT = "langgraph-1.2.22"
"""The oracle that every run is made against."""

SCHEMA = "parity/oracle/1"
"""The version of `oracle.toml`."""

_MAX_BYTES = 1024 * 1024
NAME = re.compile(r"langgraph-[0-9][0-9a-z.]*")
"""What an oracle may be called: it is a folder, so nothing that could lead out of it."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class OracleError(Exception):
    """An oracle that cannot be used: its files are unreadable, or what is installed is not it. One line."""


@dataclass(frozen=True)
class Package:
    """A package whose behaviour is re-implemented, and the files that define that behaviour.

    `files` maps a path inside site-packages to its sha256; empty where the package is a binary, which the lock covers.
    """

    name: str
    version: str
    files: dict[str, str]


@dataclass(frozen=True)
class Oracle:
    """A frozen oracle. `requires_python` says which versions it is known to behave alike on."""

    name: str
    folder: Path
    requires_python: SpecifierSet
    lock_name: str
    lock: Lock
    packages: tuple[Package, ...]


def folder_of(name: str, root: Path | None = None) -> Path:
    """The folder of an oracle. Oracles are part of the repository, not of the installed package."""
    return (root or Path(__file__).resolve().parents[3] / "oracles") / name


def load(name: str = DEFAULT, root: Path | None = None) -> Oracle:
    """Reads an oracle and the lock it names. Raises OracleError for files missing, malformed or not of each other."""
    folder = folder_of(name, root)
    path = folder / "oracle.toml"
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise OracleError(f"{path} is larger than {_MAX_BYTES} bytes")
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise OracleError(
            f"cannot read {path}: {error.strerror or error}; parity runs from a checkout of its repository"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise OracleError(f"{path} is not TOML: {error}; restore it with `git checkout {path}`") from error
    return _oracle(data, folder, path)


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content, in hex. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _oracle(data: dict[str, Any], folder: Path, path: Path) -> Oracle:
    try:
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema: expected {SCHEMA!r}, got {data.get('schema')!r}")
        name = _text(data, "name")
        if name != folder.name or not NAME.fullmatch(name):
            raise ValueError(f"name: expected {folder.name!r}, got {name!r}")
        lock_name = _text(data, "lock")
        if "/" in lock_name or lock_name.startswith("."):
            raise ValueError(f"lock: expected the name of a file beside oracle.toml, got {lock_name!r}")
        try:
            python = SpecifierSet(_text(data, "requires_python"))
        except InvalidSpecifier as error:
            raise ValueError(f"requires_python: {error}") from error
        packages = tuple(_package(key, value) for key, value in _table(data, "packages").items())
        lock_path = folder / lock_name
        _check_lock(lock_path, _text(data, "lock_sha256"))
        lock = read_lock(lock_path)
        for package in packages:
            if lock.versions.get(package.name) != package.version:
                where, locked = f"packages.{package.name}.version", lock.versions.get(package.name)
                raise ValueError(f"{where}: {package.version!r}, but {lock_name} has {locked!r}")
    except (ValueError, LockError) as error:
        raise OracleError(f"{path}: {error}") from error
    return Oracle(name, folder, python, lock_name, lock, packages)


def _check_lock(path: Path, expected: str) -> None:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ValueError(f"cannot read {path.name}: {error.strerror or error}") from error
    if found != expected:
        raise ValueError(
            f"{path.name} is not the one this oracle was frozen with: expected sha256 {expected}, found {found}; "
            f"restore it with git, or freeze anew with `parity oracle freeze`"
        )


def _package(name: str, data: object) -> Package:
    if not isinstance(data, dict):
        raise ValueError(f"packages.{name}: expected a table")
    version, files = data.get("version"), data.get("files", {})
    if not isinstance(version, str):
        raise ValueError(f"packages.{name}.version: expected a string")
    if not isinstance(files, dict):
        raise ValueError(f"packages.{name}.files: expected a table")
    for file, digest in files.items():
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise ValueError(f"packages.{name}.files.{file}: expected a sha256 in hex")
        if file.startswith("/") or ".." in file.split("/"):
            raise ValueError(f"packages.{name}.files.{file}: expected a path inside site-packages")
    return Package(name, version, dict(files))


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected a string, got {type(value).__name__}")
    return value


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise ValueError(f"{key}: expected a table, got {type(value).__name__}")
    return value
