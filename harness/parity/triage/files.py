"""Reading what may be anything, and writing what must never be half there."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from parity.cases.model import CaseError, Json

MAX_FILE_BYTES = 64 * 1024 * 1024
"""A stored file larger than this is refused unread: nothing parity writes comes near it."""


def read_json(path: Path, limit: int = MAX_FILE_BYTES) -> Json:
    """The JSON in a file. Raises CaseError, one clear line, for a file that is missing, too large or not JSON."""
    try:
        if not path.is_file():
            raise CaseError("/", f"cannot read {path}: {'not a file' if path.exists() else 'no such file'}")
        size = path.stat().st_size
        if size > limit:
            raise CaseError("/", f"{path} has {size} bytes; more than {limit} are refused")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CaseError("/", f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CaseError("/", f"{path} is not UTF-8 text: byte {error.start}") from error
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise CaseError("/", f"{path} is nested too deeply") from error
    except ValueError as error:
        raise CaseError("/", f"{path} is not JSON: {error}") from error


def write_atomic(path: Path, data: bytes) -> None:
    """Writes a file so that at every moment either the old content or the new is there, whole.

    The folder is made if need be. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")
