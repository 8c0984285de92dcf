"""What is asked of the package index. pip is the client, so that a mirror, a proxy or a certificate of the user's
configuration is heeded."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from email import message_from_string
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from parity.subjects.releases.errors import ReleaseError

__all__ = ["download", "freeze", "install", "requirements_of"]

_SECONDS = 900
_FLAGS = ("--disable-pip-version-check", "--no-input", "--retries", "1", "--timeout", "20")
_SHOWN = 4
_FROM_VERSIONS = re.compile(r" ?\(from versions: ([^)]*)\)")


def download(version: Version, folder: Path) -> Path:
    """The release's wheel, put into an empty folder.

    Raises ReleaseError: unknown, known but without a wheel for this Python, or the index cannot be reached.
    """
    run = _pip(
        ("download", *_FLAGS, "--no-deps", "--only-binary", ":all:", "--dest", str(folder)),
        (f"langgraph=={version}",),
    )
    wheels = sorted(folder.glob("*.whl"))
    if run.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    said = run.stderr + run.stdout
    offered = _FROM_VERSIONS.search(said)
    if offered is None:
        raise ReleaseError(f"cannot fetch langgraph {version} from the package index: {_reason(said)}")
    known = _versions(offered[1])
    if not known:
        raise ReleaseError(
            f"cannot fetch langgraph {version}: the package index has no wheel of langgraph at all, or cannot be "
            f"reached (pip said: {_unreachable(said) or _reason(said)})"
        )
    if _is_of_any_form(version):
        python = ".".join(map(str, sys.version_info[:2]))
        raise ReleaseError(f"langgraph {version} has no wheel for Python {python}, and nothing is built from source")
    newest = ", ".join(str(item) for item in sorted(known, reverse=True)[:_SHOWN])
    raise ReleaseError(f"unknown release langgraph {version}: the package index does not have it; it has {newest}, …")


def requirements_of(wheel: Path) -> list[Requirement]:
    """What the wheel itself requires here, extras left out. Raises ReleaseError for a file that is no wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            [name] = [item for item in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", item)]
            headers = message_from_string(archive.read(name).decode("utf-8"))
        found = [Requirement(text) for text in headers.get_all("Requires-Dist", [])]
    except (OSError, zipfile.BadZipFile, ValueError, InvalidRequirement) as error:
        raise ReleaseError(f"{wheel.name} is not a wheel: {error}") from error
    return [item for item in found if item.marker is None or item.marker.evaluate({"extra": ""})]


def install(python: Path, wheel: Path, others: Sequence[str], constraints: Path) -> str | None:
    """Installs the wheel with its requirements into the environment of that Python; what pip complains of, or None.

    Nothing is built from source, and nothing of what is installed runs.
    """
    run = _pip(
        ("--python", str(python), "install", *_FLAGS, "--quiet", "--only-binary", ":all:"),
        ("--constraint", str(constraints), str(wheel), *others),
    )
    return None if run.returncode == 0 else _reason(run.stderr + run.stdout)


def freeze(folder: Path) -> dict[str, str]:
    """The exact version of every distribution in an environment, by canonical name. Raises ReleaseError."""
    sites = [str(path) for path in sorted(folder.glob("lib/python*/site-packages"))]
    found = {str(canonicalize_name(item.metadata["Name"])): item.version for item in metadata.distributions(path=sites)}
    if not found:
        raise ReleaseError(f"nothing was installed in {folder}")
    return dict(sorted(found.items()))


def _is_of_any_form(version: Version) -> bool:
    """Whether the index has a file of the release that cannot be installed here: a source, a wheel for others."""
    run = _pip(("index", "versions", *_FLAGS, "--pre", "-vv"), ("langgraph",))
    return re.search(rf"/langgraph-{re.escape(str(version))}(-[^/ ]*\.whl|\.tar\.gz|\.zip)", run.stdout) is not None


def _versions(listed: str) -> set[Version]:
    found: set[Version] = set()
    for text in listed.split(","):
        with contextlib.suppress(InvalidVersion):
            found.add(Version(text.strip()))
    return found


def _pip(options: Sequence[str], arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "pip", *options, *arguments)
    # What PYTHONPATH shows is the caller's, and pip would take it for installed.
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
            env={**env, "PIP_NO_COLOR": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise ReleaseError(f"pip did not end within {_SECONDS} s") from error
    except OSError as error:
        raise ReleaseError(f"cannot run pip: {error.strerror or error}") from error


def _reason(output: str) -> str:
    """What pip complains of, on one line."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line.strip()]
    errors = [line[len("error: ") :] for line in lines if line.lower().startswith("error: ")]
    return _FROM_VERSIONS.sub("", "; ".join(errors) or (lines[-1] if lines else "pip said nothing"))


def _unreachable(output: str) -> str:
    """The first of pip's complaints about the connection, on one line; empty if it had none."""
    if (errno := re.search(r"\[Errno [^\]]*\] [^')]*", output)) is not None:
        return errno[0]
    lines = [" ".join(line.split()) for line in output.splitlines()]
    return next((line for line in lines if "onnection" in line or "SSL" in line or "Name or service" in line), "")[:200]
