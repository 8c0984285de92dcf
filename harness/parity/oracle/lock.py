"""A requirements lock: exact versions, each with the sha256 of every wheel, as pip reads it with `--require-hashes`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

__all__ = ["Lock", "LockError", "parse_lock", "read_lock"]

_MAX_BYTES = 8 * 1024 * 1024
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)(?:\s*;\s*(.+))?")


class LockError(ValueError):
    """A lock that pip could not install from by hash; the message is one line with the line number."""


@dataclass(frozen=True)
class Lock:
    """Exact versions by canonical package name, their wheels' sha256, and markers of those not for everyone."""

    versions: dict[str, str]
    hashes: dict[str, frozenset[str]]
    markers: dict[str, str]

    def applies(self, name: str) -> bool:
        """Whether the package is wanted by this Python on this platform."""
        return name not in self.markers or Marker(self.markers[name]).evaluate()


def read_lock(path: Path) -> Lock:
    """Reads a lock. Raises LockError for one that is missing, too large, or not a lock."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise LockError(f"{path.name} is larger than {_MAX_BYTES} bytes")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise LockError(f"cannot read {path.name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LockError(f"{path.name} is not text: {error}") from error
    return parse_lock(text, path.name)


def parse_lock(text: str, name: str) -> Lock:
    """Parses the text of a lock. Every requirement must be an exact pin with at least one sha256. Raises LockError."""
    versions: dict[str, str] = {}
    hashes: dict[str, frozenset[str]] = {}
    markers: dict[str, str] = {}
    for number, line in _requirements(text):
        where = f"{name}, line {number}"
        digests = frozenset(_HASH.findall(line))
        pin = _PIN.fullmatch(_HASH.sub("", line).strip())
        if pin is None:
            raise LockError(f"{where}: expected name==version, got {line[:80]!r}")
        if not digests:
            raise LockError(f"{where}: {pin[1]} has no sha256")
        package = canonicalize_name(pin[1])
        if package in versions:
            raise LockError(f"{where}: {package} is pinned twice")
        versions[package], hashes[package] = pin[2], digests
        if pin[3]:
            try:
                Marker(pin[3])
            except InvalidMarker as error:
                raise LockError(f"{where}: {pin[3]!r} is not a marker") from error
            markers[package] = pin[3].strip()
    if not versions:
        raise LockError(f"{name} pins nothing")
    return Lock(versions, hashes, markers)


def _requirements(text: str) -> list[tuple[int, str]]:
    """Logical lines with the number of their first line; comments dropped, continuations joined."""
    found: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split(" #")[0].strip() if not raw.lstrip().startswith("#") else ""
        if not pending:
            start = number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        whole = (pending + line).strip()
        pending = ""
        if whole:
            found.append((start, whole))
    if pending.strip():
        found.append((start, pending.strip()))
    return found
