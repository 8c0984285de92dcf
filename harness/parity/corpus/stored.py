"""Corpora by name: a fixtures folder, or the fixtures of a commit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from parity.cases.model import CaseError, Json
from parity.corpus.files import load, parse
from parity.corpus.model import Corpus

__all__ = ["open_corpus"]

_GIT_SECONDS = 60


def open_corpus(name: str, fixtures: Path) -> Corpus:
    """The corpus in the folder `name`, or else that of the git revision `name` of the folder `fixtures`.

    Raises CaseError for what is neither, or malformed.
    """
    folder = Path(name)
    if folder.is_dir():
        return load(folder)
    if not fixtures.is_dir():
        raise CaseError("/", f"cannot read {fixtures}: no such folder")
    commit = _git(fixtures, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        raise CaseError("/", f"{name!r} is neither a fixtures folder nor a git revision")
    revision = commit.decode("ascii").strip()
    return parse(lambda path: _show(fixtures, name, revision, path))


def _show(fixtures: Path, name: str, revision: str, path: str) -> Json:
    blob = _git(fixtures, "cat-file", "blob", f"{revision}:./{path}")
    if blob is None:
        raise CaseError("/", f"{name} has no {fixtures / path}")
    try:
        return json.loads(blob.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CaseError("/", f"{path} of {name} is not JSON: {error}") from error


def _git(folder: Path, *arguments: str) -> bytes | None:
    try:
        run = subprocess.run(("git", *arguments), cwd=folder, capture_output=True, check=True, timeout=_GIT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout
