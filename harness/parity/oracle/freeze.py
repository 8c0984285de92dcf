"""Freezing: `oracle.toml` made from its lock and what is installed, so that a new release is a diff to review."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from importlib import metadata
from pathlib import Path

from packaging.specifiers import SpecifierSet

from parity.oracle.definition import DEFAULT, SCHEMA, Oracle, OracleError, Package, folder_of, sha256_of
from parity.oracle.lock import LockError, read_lock
from parity.oracle.verify import INSTALL, installed

__all__ = ["BACKEND_FILE", "REIMPLEMENTED", "freeze", "render", "render_for_backend"]

LOCK_NAME = "requirements.lock"
REQUIRES_PYTHON = SpecifierSet(">=3.11,<3.13")
"""ormsgpack 1.13.1 does not install below 3.11; CPython 3.13 calls its paths `pathlib._local.PosixPath`, and so do the
bytes that upstream makes of them there."""

REIMPLEMENTED: dict[str, tuple[str, ...]] = {
    "langgraph": (
        "langgraph/channels/*.py",
        "langgraph/pregel/_algo.py",
        "langgraph/pregel/_checkpoint.py",
        "langgraph/pregel/_executor.py",
        "langgraph/pregel/_io.py",
        "langgraph/pregel/_loop.py",
        "langgraph/pregel/_read.py",
        "langgraph/pregel/_retry.py",
        "langgraph/pregel/_runner.py",
        "langgraph/pregel/_task_status.py",
        "langgraph/pregel/_utils.py",
        "langgraph/pregel/_validate.py",
        "langgraph/pregel/_write.py",
        "langgraph/pregel/debug.py",
        "langgraph/pregel/main.py",
        "langgraph/pregel/types.py",
        "langgraph/graph/_branch.py",
        "langgraph/graph/_node.py",
        "langgraph/graph/state.py",
        "langgraph/managed/*.py",
        "langgraph/_internal/_config.py",
        "langgraph/_internal/_constants.py",
        "langgraph/_internal/_fields.py",
        "langgraph/_internal/_queue.py",
        "langgraph/_internal/_replay.py",
        "langgraph/_internal/_retry.py",
        "langgraph/_internal/_runnable.py",
        "langgraph/_internal/_scratchpad.py",
        "langgraph/_internal/_serde.py",
        "langgraph/_internal/_typing.py",
        "langgraph/constants.py",
        "langgraph/errors.py",
        "langgraph/types.py",
    ),
    "langgraph-checkpoint": (
        "langgraph/checkpoint/base/__init__.py",
        "langgraph/checkpoint/base/id.py",
        "langgraph/checkpoint/memory/__init__.py",
        "langgraph/checkpoint/serde/_msgpack.py",
        "langgraph/checkpoint/serde/base.py",
        "langgraph/checkpoint/serde/event_hooks.py",
        "langgraph/checkpoint/serde/jsonplus.py",
        "langgraph/checkpoint/serde/types.py",
    ),
    "ormsgpack": (),
}
"""The upstream files whose behaviour is re-implemented, by package. ormsgpack is a binary, which the lock covers."""


BACKEND_FILE = Path("rust_impl") / "python" / "langgraph_rs" / "backend" / "upstream.json"
"""Where the drop-in backend, which is used without the repository, keeps versions and hashes; relative to its root."""


def freeze(name: str = DEFAULT, root: Path | None = None) -> str:
    """The text of `oracle.toml` for what is installed. Raises OracleError if that is not what the lock says.

    A pattern of `REIMPLEMENTED` that finds no file is an error too: upstream has moved what we follow.
    """
    folder = folder_of(name, root)
    try:
        lock = read_lock(folder / LOCK_NAME)
    except LockError as error:
        raise OracleError(f"{folder}: {error}; make it with `nox -s lock`") from error
    if lock.versions.get("langgraph") != name.removeprefix("langgraph-"):
        raise OracleError(f"{folder / LOCK_NAME} pins langgraph {lock.versions.get('langgraph')}, not that of {name}")
    packages: list[Package] = []
    for package, patterns in REIMPLEMENTED.items():
        found = installed(package)
        if found is None or found.version != lock.versions.get(package):
            there = "nothing" if found is None else found.version
            raise OracleError(
                f"package {package}: the lock says {lock.versions.get(package)} and installed is {there}; "
                f"install it first: {INSTALL}"
            )
        files = sorted(str(file) for file in metadata.files(package) or ())
        chosen: dict[str, str] = {}
        for pattern in patterns:
            matches = [file for file in files if fnmatchcase(file, pattern)]
            if not matches:
                raise OracleError(f"package {package} {found.version} has no file {pattern}: upstream moved it")
            chosen.update((file, sha256_of(found.location / file)) for file in matches)
        packages.append(Package(package, found.version, dict(sorted(chosen.items()))))
    return render(Oracle(name, folder, REQUIRES_PYTHON, LOCK_NAME, lock, tuple(packages)))


def render(oracle: Oracle) -> str:
    """`oracle.toml` as text."""
    lines = [
        "# The frozen oracle: written by `parity oracle freeze` from the lock and what is installed, not by hand.",
        "",
        f"schema = {_quoted(SCHEMA)}",
        f"name = {_quoted(oracle.name)}",
        f"requires_python = {_quoted(str(oracle.requires_python))}",
        f"lock = {_quoted(oracle.lock_name)}",
        f"lock_sha256 = {_quoted(sha256_of(oracle.folder / oracle.lock_name))}",
    ]
    for package in oracle.packages:
        lines += ["", f"[packages.{_quoted(package.name)}]", f"version = {_quoted(package.version)}"]
        if package.files:
            lines += ["", f"[packages.{_quoted(package.name)}.files]"]
            lines += [f"{_quoted(file)} = {_quoted(digest)}" for file, digest in package.files.items()]
    return "\n".join(lines) + "\n"


def render_for_backend(oracle: Oracle) -> str:
    """What `BACKEND_FILE` says of an oracle: versions and source hashes of the packages that are Python."""
    packages = {
        package.name: {"version": package.version, "files": package.files}
        for package in oracle.packages
        if package.files
    }
    return json.dumps({"oracle": oracle.name, "packages": packages}, indent=1) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text)
