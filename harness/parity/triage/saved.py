"""What a person names on the command line: a divergence or a case, by id or by file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from parity.cases.model import CASE_SCHEMA, Case, CaseError, Json
from parity.triage.divergence import DIVERGENCE_SCHEMA, Divergence, find
from parity.triage.files import read_json


def open_saved(text: str, roots: Iterable[Path]) -> Divergence | Case:
    """The divergence or the case that `text` names: a file if there is one of that name, else a divergence's id.

    A case file may be one line of what a killed run left in its `in-flight` folder. Raises CaseError, one clear line.
    """
    path = saved_path(text, roots)
    obj = _read(path)
    schema = obj.get("schema") if isinstance(obj, dict) else None
    try:
        if schema == CASE_SCHEMA:
            return Case.from_json(obj)
        if schema == DIVERGENCE_SCHEMA:
            return Divergence.from_json(obj)
    except CaseError as error:
        raise CaseError(error.where, f"{error.what} (in {path})") from error
    got = f"schema {schema!r}" if isinstance(obj, dict) else f"a JSON {type(obj).__name__}"
    raise CaseError("/", f"{path} is no divergence or case this version reads: {got}")


def saved_path(text: str, roots: Iterable[Path]) -> Path:
    """The file that `text` names, which need not exist if it looks like a path. Raises CaseError for an unknown id."""
    path = Path(text)
    looks_like_path = "/" in text or path.suffix == ".json"
    return path if path.exists() or looks_like_path else find(text, roots)


def _read(path: Path) -> Json:
    try:
        return read_json(path)
    except CaseError:
        lines = _lines(path)
        if len(lines) > 1 and all(f'"{CASE_SCHEMA}"' in line for line in lines):
            raise CaseError(
                "/",
                f"{path} holds {len(lines)} cases that were in flight, one per line: put one into a file of its own",
            ) from None
        raise


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
