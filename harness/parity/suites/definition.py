"""Which suites there are: `suites.toml` beside the oracle that they belong to."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.oracle.definition import DEFAULT, folder_of
from parity.suites.errors import SuiteError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["FILE", "SCHEMA", "Source", "Suite", "load"]

SCHEMA = "parity/suites/1"
"""The version of `suites.toml`."""

FILE = "suites.toml"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_ARCHIVE = re.compile(r"[A-Za-z0-9_.-]+\.tar\.gz")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.]*")


@dataclass(frozen=True)
class Source:
    """A source distribution on the package index: project, exact version, file name and sha256."""

    project: str
    version: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Suite:
    """A suite of upstream's.

    `passed` is how many of its tests pass on Python at least; `work` names the subsystems of Rust that a run on Rust
    must have used; `env` is added to the environment; `postgres` is None, the TCP port that the tests expect a server
    on, or 0 for any; `serial` forbids running its tests side by side; `savers` adds our tests that run the conformance
    package over real savers.
    """

    name: str
    source: Source
    passed: int
    work: tuple[str, ...]
    env: dict[str, str]
    postgres: int | None
    serial: bool
    savers: bool


def load(path: Path | None = None) -> dict[str, Suite]:
    """The suites by name, in the order of the file. Raises SuiteError for a file missing or malformed."""
    path = path or folder_of(DEFAULT) / FILE
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise SuiteError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SuiteError(f"{path} is not TOML: {error}") from error
    try:
        if data.get("schema") != SCHEMA:
            raise ValueError(f"schema: expected {SCHEMA!r}, got {data.get('schema')!r}")
        sources = {name: _source(name, value) for name, value in _table(data, "sources").items()}
        suites = {name: _suite(name, value, sources) for name, value in _table(data, "suites").items()}
    except ValueError as error:
        raise SuiteError(f"{path}: {error}") from error
    if not suites:
        raise SuiteError(f"{path} names no suite")
    return suites


def _source(name: str, data: object) -> Source:
    where = f"sources.{name}"
    if not isinstance(data, dict) or not _NAME.fullmatch(name):
        raise ValueError(f"{where}: expected the table of a project")
    return Source(
        name,
        _match(data, "version", _VERSION, where),
        _match(data, "file", _ARCHIVE, where),
        _match(data, "sha256", _DIGEST, where),
    )


def _suite(name: str, data: object, sources: dict[str, Source]) -> Suite:
    where = f"suites.{name}"
    if not isinstance(data, dict) or not _NAME.fullmatch(name):
        raise ValueError(f"{where}: expected the table of a suite")
    known = {"source", "passed", "work", "env", "postgres", "serial", "savers"}
    if unknown := sorted(data.keys() - known):
        raise ValueError(f"{where}.{unknown[0]}: not known; known: {', '.join(sorted(known))}")
    source, work, env = data.get("source"), data.get("work", []), data.get("env", {})
    if source not in sources:
        raise ValueError(f"{where}.source: {source!r} is not one of sources")
    if not isinstance(work, list) or not all(isinstance(item, str) for item in work):
        raise ValueError(f"{where}.work: expected a list of names")
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise ValueError(f"{where}.env: expected a table of strings")
    port = _whole(data, "postgres", where, 65535) if "postgres" in data else None
    return Suite(
        name=name,
        source=sources[source],
        passed=_whole(data, "passed", where, 1_000_000),
        work=tuple(work),
        env=dict(env),
        postgres=port,
        serial=_flag(data, "serial", where),
        savers=_flag(data, "savers", where),
    )


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise ValueError(f"{key}: expected a table")
    return value


def _match(data: dict[str, Any], key: str, pattern: re.Pattern[str], where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{where}.{key}: {value!r} does not look like {pattern.pattern}")
    return value


def _whole(data: dict[str, Any], key: str, where: str, most: int) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{where}.{key}: expected a whole number from 0 to {most}, got {value!r}")
    return value


def _flag(data: dict[str, Any], key: str, where: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{where}.{key}: expected true or false")
    return value
