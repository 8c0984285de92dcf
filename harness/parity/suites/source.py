"""A source distribution: fetched by pip, checked by sha256, kept in a cache, unpacked for one run.

pip is the client, so that an index mirror, a proxy or a certificate of the user's configuration is heeded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from parity.oracle.definition import sha256_of
from parity.suites.definition import Source
from parity.suites.errors import SuiteError

__all__ = ["fetch", "unpack"]

_PIP_SECONDS = 600
_MAX_UNPACKED = 256 * 1024 * 1024
_WANTED = ("tests", "pyproject.toml")
"""What of a distribution is unpacked: its tests and their settings. The package itself is the installed, frozen one."""


def fetch(source: Source, cache: Path) -> Path:
    """The distribution's file in the cache, fetched if it is not there or not itself.

    Raises SuiteError, naming the file, if the index cannot be reached or gives a file with another sha256.
    """
    kept = cache / "sources" / source.file
    try:
        if kept.is_file() and sha256_of(kept) == source.sha256:
            return kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=kept.parent) as folder:
            _download(source, Path(folder))
            fetched = Path(folder) / source.file
            if not fetched.is_file():
                found = ", ".join(sorted(path.name for path in Path(folder).iterdir())) or "nothing"
                raise SuiteError(f"the index has {found} for {source.project} {source.version}, not {source.file}")
            # pip has checked the hash before it looked inside; what is kept is checked by ourselves.
            if (digest := sha256_of(fetched)) != source.sha256:
                raise SuiteError(f"{source.file}: expected sha256 {source.sha256}, the index gave {digest}")
            fetched.replace(kept)
    except OSError as error:
        raise SuiteError(f"cannot keep {source.file} in {kept.parent}: {error.strerror or error}") from error
    return kept


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks the tests of a distribution, and the settings they run with, into an empty folder.

    Raises SuiteError for an archive that is truncated, has no tests, is too large, or would write outside the folder.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            _unpack(tar, folder, archive.name)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise SuiteError(f"cannot unpack {archive.name}: {error}") from error


def _download(source: Source, folder: Path) -> None:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{source.project}=={source.version} --hash=sha256:{source.sha256}\n", "utf-8")
    command = (
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--retries", "2", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"),
        *("--require-hashes", "--dest", str(folder), "--requirement", str(wanted)),
    )
    try:
        run = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PIP_SECONDS,
            env={**os.environ, "PIP_NO_COLOR": "1"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SuiteError(f"cannot fetch {source.file}: {error}") from error
    wanted.unlink()
    if run.returncode != 0:
        raise SuiteError(f"cannot fetch {source.file} from the package index: {_reason(run.stderr + run.stdout)}")


def _reason(output: str) -> str:
    """What pip complains of, on one line; of a wrong hash, both hashes."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    hashes = [line for line in lines if line.startswith(("Expected sha256", "Got "))]
    if hashes:
        return "the file has another hash: " + ", ".join(" ".join(line.split()) for line in hashes)
    errors = [line[len("error: ") :] for line in lines if line.lower().startswith("error: ")]
    return "; ".join(errors) or (lines[-1] if lines else "pip said nothing")


def _unpack(tar: tarfile.TarFile, folder: Path, name: str) -> None:
    size = tests = 0
    for member in tar:
        parts = PurePosixPath(member.name).parts
        # The check is of every member, also of those not wanted: an archive with one such is not to be trusted at all.
        if member.name.startswith("/") or ".." in parts:
            raise SuiteError(f"{name} holds {member.name!r}, which leads out of its folder")
        if len(parts) < 2 or parts[1] not in _WANTED:
            continue
        if not (member.isfile() or member.isdir()):
            raise SuiteError(f"{name} holds {member.name!r}, which is neither a file nor a folder")
        size += member.size
        if size > _MAX_UNPACKED:
            raise SuiteError(f"{name} unpacks to more than {_MAX_UNPACKED} bytes")
        tests += member.isfile() and parts[1] == "tests"
        member.name = str(PurePosixPath(*parts[1:]))
        tar.extract(member, folder, filter="data")
    if not tests:
        raise SuiteError(f"{name} holds no tests")
