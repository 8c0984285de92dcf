"""What ran: versions, commit, platform. Collected without importing what is described."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("langgraph-parity", "langgraph-rs", "langgraph", "langgraph-checkpoint", "ormsgpack", "hypothesis")


def collect() -> dict[str, Any]:
    """The provenance of a run started here and now. What is not known is null."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": _changes(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    folder = Path(__file__).resolve().parent
    try:
        run = subprocess.run(("git", *arguments), cwd=folder, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.strip()


def _changes() -> bool | None:
    status = _git("status", "--porcelain")
    return None if status is None else bool(status)
