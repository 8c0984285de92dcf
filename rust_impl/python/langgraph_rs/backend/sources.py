"""The upstream that the table was made for: versions and source files, and whether they are what Python would import.

`upstream.json` beside this module is written by `parity oracle freeze` from the frozen oracle. Nothing of upstream is
imported to look: only metadata and files are read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Package", "Source", "load", "problems", "source_of", "wrong_file"]

_DATA = Path(__file__).with_name("upstream.json")
_ROOT = "langgraph"


@dataclass(frozen=True)
class Package:
    """A distribution of upstream; `files` maps a path relative to an entry of `sys.path` to its sha256 in hex."""

    name: str
    version: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Source:
    """The file that a module of upstream is made of."""

    file: str
    sha256: str
    package: Package


def load() -> tuple[Package, ...]:
    """The packages and files that the backend was made for."""
    import json

    data = json.loads(_DATA.read_text("utf-8"))
    return tuple(Package(name, entry["version"], entry["files"]) for name, entry in data["packages"].items())


def source_of(module: str, packages: tuple[Package, ...]) -> Source:
    """The frozen file of a module. Raises LookupError if the oracle does not freeze it."""
    stem = module.replace(".", "/")
    for package in packages:
        for file in (f"{stem}.py", f"{stem}/__init__.py"):
            if file in package.files:
                return Source(file, package.files[file], package)
    raise LookupError(f"{module} is not among the files of upstream.json")


def problems(packages: tuple[Package, ...]) -> Iterator[str]:
    """What of the installed upstream is not what the backend was made for, one line each, with the cure.

    A package of another version is told once; its files would all differ.
    """
    from importlib import metadata

    portions = tuple(_portions())
    for package in packages:
        pin = f"{package.name}=={package.version}"
        try:
            found = metadata.version(package.name)
        except metadata.PackageNotFoundError:
            yield f"it needs {package.name} {package.version}, which is not installed: `pip install {pin}`"
            continue
        if found != package.version:
            yield f"it is made for {package.name} {package.version} and {found} is installed: `pip install {pin}`"
            continue
        for file, sha256 in package.files.items():
            path = _find(file, portions)
            if path is None:
                yield f"{file} of {package.name} {package.version} is missing: {_restore(package)}"
            else:
                yield from wrong_file(path, Source(file, sha256, package))


def wrong_file(path: Path, source: Source) -> Iterator[str]:
    """One line if the file at that path is not the frozen one, else nothing."""
    import hashlib

    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        yield f"cannot read {path}: {error.strerror or error}"
        return
    if found != source.sha256:
        package = source.package
        yield (
            f"{path} is not the file of {package.name} {package.version} "
            f"(sha256 {found[:16]}…, expected {source.sha256[:16]}…): {_restore(package)}"
        )


def _restore(package: Package) -> str:
    return f"`pip install --force-reinstall --no-deps {package.name}=={package.version}`"


def _portions() -> Iterator[Path]:
    """The folders of the namespace package, in the order in which Python looks into them."""
    from langgraph_rs.backend.finder import ReplacingFinder

    for finder in tuple(sys.meta_path):
        find: Any = getattr(finder, "find_spec", None)
        if find is None or isinstance(finder, ReplacingFinder):
            continue
        spec = find(_ROOT, None)
        if spec is not None:
            yield from (Path(location) for location in spec.submodule_search_locations or ())
            return


def _find(file: str, portions: tuple[Path, ...]) -> Path | None:
    inside = file.removeprefix(f"{_ROOT}/")
    return next((path for portion in portions if (path := portion / inside).is_file()), None)
